<?php
/*
 * A shop in PHP as 1C meets it: 1c_exchange.php of Bitrix with PHP's own sessions, in steps
 * as its components take them; written from the protocol's reference and knowing nothing of
 * Filial. A router of `php -S`, with settings in the environment:
 *
 *     SHOP=DIRECTORY [SHOP_ZIP=yes] [SHOP_LIMIT=N] php -S 127.0.0.1:0 bitrix.php
 *
 * DIRECTORY/catalog.json is what it has of goods and offers; DIRECTORY/orders.json its orders,
 * those with "changed" are asked for until `success` of the same session; what 1C says of one
 * is in it afterwards. DIRECTORY/log has a line for each request.
 */

const ITEMS_PER_STEP = 50;

$shop = getenv('SHOP');
$upload = "$shop/upload";
$given = $_GET + ['type' => '', 'mode' => '', 'filename' => ''];

function answer(string $text): void
{
    header('Content-Type: text/html; charset=windows-1251');
    echo mb_is_utf8($text) ? iconv('UTF-8', 'windows-1251//TRANSLIT', $text) : $text;
    exit;
}

function mb_is_utf8(string $text): bool
{
    return preg_match('//u', $text) === 1;
}

function load(string $name): array
{
    global $shop;
    return is_file("$shop/$name.json") ? json_decode(file_get_contents("$shop/$name.json"), true) : [];
}

function keep(string $name, array $what): void
{
    global $shop;
    $flags = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRETTY_PRINT | JSON_THROW_ON_ERROR;
    file_put_contents("$shop/$name.json", json_encode($what, $flags));
}

/* Elements are looked for as Bitrix does, by their names alone. */
function parsed(string $file): SimpleXMLElement
{
    $text = preg_replace('/\sxmlns="[^"]*"/', '', file_get_contents($file), 1);
    $previous = libxml_use_internal_errors(true);
    $xml = simplexml_load_string($text);
    libxml_use_internal_errors($previous);
    if ($xml === false) {
        answer("failure\nОшибка разбора файла: " . trim(libxml_get_last_error()->message));
    }
    return $xml;
}

function requisites(SimpleXMLElement $of): array
{
    $all = [];
    foreach ($of->ЗначенияРеквизитов->ЗначениеРеквизита ?? [] as $each) {
        $all[(string)$each->Наименование] = (string)$each->Значение;
    }
    return $all;
}

/* --- catalogue --- */

function take_groups(array &$catalog, SimpleXMLElement $of, string $parent): void
{
    foreach ($of->Группы->Группа ?? [] as $group) {
        $catalog['groups'][(string)$group->Ид] = ['name' => (string)$group->Наименование, 'parent' => $parent];
        take_groups($catalog, $group, (string)$group->Ид);
    }
}

function take_goods(array &$catalog, SimpleXMLElement $goods): void
{
    $id = (string)$goods->Ид;
    $was = $catalog['goods'][$id] ?? [];
    $catalog['goods'][$id] = [
        'name' => (string)$goods->Наименование, 'article' => (string)$goods->Артикул,
        'unit' => (string)$goods->БазоваяЕдиница['Код'], 'group' => (string)$goods->Группы->Ид,
        'active' => (string)$goods['Статус'] !== 'Удален' && (string)$goods->ПометкаУдаления !== 'true',
        'touched' => time()] + $was;
    if ((string)$goods['Статус'] === 'Удален') { /* it is deactivated, and keeps what it was */
        $catalog['goods'][$id] = ['active' => false] + $was;
    }
}

function take_offer(array &$catalog, SimpleXMLElement $offer): void
{
    $id = (string)$offer->Ид;
    if (!isset($catalog['goods'][explode('#', $id)[0]])) {
        $catalog['unknown'][] = $id;
        return;
    }
    $was = $catalog['offers'][$id] ?? ['prices' => [], 'stores' => [], 'quantity' => ''];
    foreach ($offer->Цены->Цена ?? [] as $price) {
        $was['prices'][(string)$price->ИдТипаЦены] = (string)$price->ЦенаЗаЕдиницу;
    }
    foreach ([$offer->Склад, $offer->Склады] as $stores) {
        foreach ($stores ?? [] as $store) {
            $was['stores'][(string)$store['ИдСклада']] = (string)$store['КоличествоНаСкладе'];
        }
    }
    $was['quantity'] = isset($offer->Количество) ? (string)$offer->Количество : $was['quantity'];
    $catalog['offers'][$id] = $was;
}

/* One step of many, each answered with progress: nothing is done in one request. */
function import_step(string $name): void
{
    global $upload;
    $step = &$_SESSION['imports'][$name];
    foreach (glob("$upload/*.zip") as $archive) {
        $zip = new ZipArchive();
        if ($zip->open($archive) !== true || !$zip->extractTo($upload)) {
            answer("failure\nОшибка распаковки архива");
        }
        $zip->close();
        unlink($archive);
        answer("progress\nРаспаковка архива завершена.");
    }
    if (!is_file("$upload/$name")) {
        answer("failure\nФайл $name не найден");
    }
    $step = $step ?? ['at' => 0, 'done' => 0];
    $words = ['Временные таблицы удалены.', 'Временные таблицы созданы.', 'Файл обработан.', 'Индекс создан.'];
    if ($step['at'] < count($words)) {
        answer("progress\n" . $words[$step['at']++]);
    }
    $xml = parsed("$upload/$name");
    $catalog = load('catalog') + ['groups' => [], 'goods' => [], 'offers' => [], 'unknown' => []];
    if ($step['done'] === 0 && isset($xml->Классификатор)) {
        take_groups($catalog, $xml->Классификатор, '');
    }
    $items = [];
    foreach ($xml->Каталог->Товары->Товар ?? [] as $each) {
        $items[] = ['take_goods', $each];
    }
    foreach ([$xml->ПакетПредложений, $xml->ИзмененияПакетаПредложений] as $package) {
        foreach ($package->Предложения->Предложение ?? [] as $each) {
            $items[] = ['take_offer', $each];
        }
    }
    foreach (array_slice($items, $step['done'], ITEMS_PER_STEP) as [$take, $element]) {
        $take($catalog, $element);
    }
    $step['done'] += ITEMS_PER_STEP;
    keep('catalog', $catalog);
    if ($step['done'] < count($items)) {
        answer("progress\nОбработано {$step['done']} из " . count($items));
    }
    unset($_SESSION['imports'][$name]);
    answer('success');
}

/* --- orders --- */

function order_xml(string $number, array $order): string
{
    $text = fn (string $what): string => htmlspecialchars($what, ENT_XML1 | ENT_QUOTES);
    $rows = '';
    foreach ($order['rows'] as $row) {
        $rows .= "<Товар><Ид>{$text($row['id'])}</Ид><ИдКаталога>shop</ИдКаталога><Наименование>{$text($row['name'])}</Наименование>"
            . "<БазоваяЕдиница Код=\"796\" НаименованиеПолное=\"Штука\" МеждународноеСокращение=\"PCE\">шт</БазоваяЕдиница>"
            . "<ЦенаЗаЕдиницу>{$row['price']}</ЦенаЗаЕдиницу><Количество>{$row['count']}.00</Количество><Сумма>" . $row['price'] * $row['count'] . '</Сумма></Товар>';
    }
    $customer = $order['customer'];
    return "<Документ><Ид>$number</Ид><Номер>$number</Номер><Дата>{$order['date']}</Дата><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль>"
        . "<Валюта>руб</Валюта><Курс>1</Курс><Сумма>" . sprintf('%.4f', $order['sum']) . "</Сумма><Контрагенты><Контрагент><Ид>{$text($customer['id'])}</Ид>"
        . "<Наименование>{$text($customer['name'])}</Наименование><Роль>Покупатель</Роль><ОфициальноеНаименование>{$text($customer['name'])}</ОфициальноеНаименование>"
        . "<ИНН>{$customer['inn']}</ИНН><КПП>{$customer['kpp']}</КПП></Контрагент></Контрагенты><Время>9:05:07</Время><Комментарий>{$text($order['comment'])}</Комментарий>"
        . "<Товары>$rows</Товары><ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Статус заказа</Наименование><Значение>[N] Принят, ожидается оплата</Значение></ЗначениеРеквизита></ЗначенияРеквизитов></Документ>\n";
}

function query(): void
{
    $documents = '';
    $_SESSION['queried'] = [];
    foreach (load('orders') as $number => $order) {
        if ($order['changed'] ?? false) {
            $documents .= order_xml((string)$number, $order);
            $_SESSION['queried'][] = $number;
        }
    }
    header('Content-Type: application/xml; charset=windows-1251');
    echo iconv('UTF-8', 'windows-1251', '<?xml version="1.0" encoding="windows-1251"?>' . "\n<КоммерческаяИнформация ВерсияСхемы=\"2.05\" ДатаФормирования=\""
        . date('Y-m-d\TH:i:s') . "\" ФорматДаты=\"ДФ=yyyy-MM-dd; ДЛФ=DT\" ФорматСуммы=\"ЧЦ=18; ЧДЦ=2; ЧРД=.\">\n$documents</КоммерческаяИнформация>");
    exit;
}

/* As Bitrix finds them: by Номер, then by Ид. What 1C entered itself is none of its orders. */
function load_orders(string $file): void
{
    $orders = load('orders');
    $strange = [];
    foreach (parsed($file)->Документ as $document) {
        $number = (string)$document->Номер;
        if (!isset($orders[$number])) {
            $strange[] = "Заказ №$number не найден";
            continue;
        }
        $said = requisites($document);
        $orders[$number]['xml_id'] = (string)$document->Ид;
        $orders[$number]['sum_of_1c'] = (string)$document->Сумма;
        $orders[$number]['paid'] = ($said['Номер оплаты по 1С'] ?? '') !== '';
        $orders[$number]['paid_by'] = $said['Номер оплаты по 1С'] ?? '';
        $orders[$number]['cancelled'] = ($said['Отменен'] ?? '') === 'true';
    }
    keep('orders', $orders);
    answer("success\n" . implode("\n", $strange));
}

/* --- requests --- */

$line = "{$_SERVER['REQUEST_METHOD']} type={$given['type']} mode={$given['mode']} file={$given['filename']} bytes=" . ($_SERVER['CONTENT_LENGTH'] ?? 0);
file_put_contents("$shop/log", "$line\n", FILE_APPEND);
if (($_SERVER['PHP_AUTH_USER'] ?? '') !== 'exchange' || ($_SERVER['PHP_AUTH_PW'] ?? '') !== 'secret') {
    answer("failure\nОшибка авторизации. Неверное имя пользователя или пароль.");
}
session_save_path($shop);
session_start(['use_strict_mode' => 1]);
if ($given['mode'] === 'checkauth') {
    $_SESSION['sessid'] = bin2hex(random_bytes(16));
    $time = $given['type'] === 'catalog' ? "\ntimestamp=" . time() : '';
    answer("success\n" . session_name() . "\n" . session_id() . "\nsessid={$_SESSION['sessid']}$time\n");
}
if (($_GET['sessid'] ?? '') !== ($_SESSION['sessid'] ?? null)) {
    answer("failure\nОшибка проверки источника запроса. Обновите модуль обмена.");
}
switch ($given['mode']) {
    case 'init':
        array_map('unlink', array_filter(glob("$upload/*") ?: [], 'is_file'));
        is_dir($upload) || mkdir($upload);
        $_SESSION['imports'] = [];
        answer('zip=' . (getenv('SHOP_ZIP') ?: 'no') . "\nfile_limit=" . (getenv('SHOP_LIMIT') ?: 204800));
    case 'file':
        $path = $upload . '/' . $given['filename'];
        is_dir(dirname($path)) || mkdir(dirname($path), 0777, true);
        file_put_contents($path, file_get_contents('php://input'), FILE_APPEND);
        if ($given['type'] !== 'sale') {
            answer('success');
        }
        $zip = new ZipArchive();
        if (@$zip->open($path) === true) {
            $path = $upload . '/' . $zip->getNameIndex(0);
            $zip->extractTo($upload);
        }
        str_ends_with(rtrim(file_get_contents($path)), '</КоммерческаяИнформация>') ? load_orders($path) : answer('success');
    case 'import':
        import_step($given['filename']);
    case 'query':
        query();
    case 'success':
        if (!isset($_SESSION['queried'])) {
            answer("failure\nСессия не та, что спрашивала");
        }
        $orders = load('orders');
        foreach ($_SESSION['queried'] as $number) {
            $orders[$number]['changed'] = false;
        }
        keep('orders', $orders);
        answer('success');
    case 'deactivate':
    case 'complete':
        answer('success');
    default:
        answer("failure\nНеизвестный режим");
}
