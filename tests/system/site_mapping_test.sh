#!/usr/bin/env bash
# The mappings that are shipped for other configurations: all that they name is there, and
# goods, prices, stock, orders and payments reach a site by them; an order of the site comes.
# site_mapping_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
maps=$(dirname "$map")
id() { printf '%08d-1111-4111-8111-111111111111' "$1"; }

python3 "$here/../harness/make_configuration.py" ut11 <<'END'
Catalog Организации НаименованиеПолное:s1024 ИНН:s12 КПП:s9
Catalog УпаковкиЕдиницыИзмерения НаименованиеПолное:s100 МеждународноеСокращение:s3
ChartOfCharacteristicTypes ДополнительныеРеквизитыИСведения type:Catalog.ЗначенияСвойствОбъектов
Catalog ЗначенияСвойствОбъектов owner:ChartOfCharacteristicTypes.ДополнительныеРеквизитыИСведения
Catalog ВидыНоменклатуры
Catalog Номенклатура folders Артикул:s50 НаименованиеПолное:s1024 Описание:s1024 ЕдиницаИзмерения:Catalog.УпаковкиЕдиницыИзмерения ВидНоменклатуры:Catalog.ВидыНоменклатуры ТипНоменклатуры:Enum.ТипыНоменклатуры СтавкаНДС:Enum.СтавкиНДС
  ДополнительныеРеквизиты: Свойство:ChartOfCharacteristicTypes.ДополнительныеРеквизитыИСведения Значение:Catalog.ЗначенияСвойствОбъектов
Catalog ХарактеристикиНоменклатуры
Catalog ВидыЦен
Catalog Склады
Catalog Партнеры Клиент:b
Catalog Контрагенты НаименованиеПолное:s1024 ИНН:s12 КПП:s9 ЮрФизЛицо:Enum.ЮрФизЛицо Партнер:Catalog.Партнеры
Enum ТипыНоменклатуры Товар Услуга
Enum СтавкиНДС НДС22 НДС20 НДС18 НДС10 НДС0 БезНДС
Enum ЮрФизЛицо ЮрЛицо ФизЛицо
Document УстановкаЦенНоменклатуры
Document ПриобретениеТоваровУслуг
Document ЗаказКлиента Партнер:Catalog.Партнеры Контрагент:Catalog.Контрагенты СуммаДокумента:n15.2 Комментарий:s1024 НомерПоДаннымКлиента:s30 ДатаПоДаннымКлиента:d
  Товары: Номенклатура:Catalog.Номенклатура Количество:n15.3 КоличествоУпаковок:n15.3 Цена:n15.2 Сумма:n15.2 СуммаСНДС:n15.2 СтавкаНДС:Enum.СтавкиНДС
Document ПоступлениеБезналичныхДенежныхСредств ДокументОснование:Document.ЗаказКлиента СуммаДокумента:n15.2
InformationRegister ЦеныНоменклатуры recorder Номенклатура:Catalog.Номенклатура Характеристика:Catalog.ХарактеристикиНоменклатуры ВидЦены:Catalog.ВидыЦен =Цена:n15.2
AccumulationRegister ТоварыНаСкладах Номенклатура:Catalog.Номенклатура Характеристика:Catalog.ХарактеристикиНоменклатуры Склад:Catalog.Склады =ВНаличии:n15.3
END
python3 "$here/../harness/make_configuration.py" unf <<'END'
Catalog Организации НаименованиеПолное:s1024 ИНН:s12 КПП:s9
Catalog КлассификаторЕдиницИзмерения НаименованиеПолное:s100 МеждународноеСокращение:s3
ChartOfCharacteristicTypes ДополнительныеРеквизитыИСведения type:Catalog.ЗначенияСвойствОбъектов
Catalog ЗначенияСвойствОбъектов owner:ChartOfCharacteristicTypes.ДополнительныеРеквизитыИСведения
Catalog КатегорииНоменклатуры
Catalog Номенклатура folders Артикул:s50 НаименованиеПолное:s1024 Комментарий:s1024 ЕдиницаИзмерения:Catalog.КлассификаторЕдиницИзмерения КатегорияНоменклатуры:Catalog.КатегорииНоменклатуры ТипНоменклатуры:Enum.ТипыНоменклатуры ВидСтавкиНДС:Enum.ВидыСтавокНДС
  ДополнительныеРеквизиты: Свойство:ChartOfCharacteristicTypes.ДополнительныеРеквизитыИСведения Значение:Catalog.ЗначенияСвойствОбъектов
Catalog ВидыЦен
Catalog СтруктурныеЕдиницы ТипСтруктурнойЕдиницы:Enum.ТипыСтруктурныхЕдиниц
Catalog Контрагенты НаименованиеПолное:s1024 ИНН:s12 КПП:s9 ВидКонтрагента:Enum.ВидыКонтрагентов Покупатель:b
Enum ТипыНоменклатуры Запас Услуга Работа
Enum ВидыСтавокНДС Общая Пониженная Нулевая БезНДС
Enum ТипыСтруктурныхЕдиниц Склад Подразделение
Enum ВидыКонтрагентов ЮридическоеЛицо ФизическоеЛицо
Document ПриходнаяНакладная
Document ЗаказПокупателя Контрагент:Catalog.Контрагенты СуммаДокумента:n15.2 Комментарий:s1024 НомерЗаказаПокупателя:s30 СуммаВключаетНДС:b
  Запасы: Номенклатура:Catalog.Номенклатура Количество:n15.3 Цена:n15.2 Сумма:n15.2 Всего:n15.2
Document ПоступлениеНаСчет ДокументОснование:Document.ЗаказПокупателя СуммаДокумента:n15.2
InformationRegister ЦеныНоменклатуры ВидЦен:Catalog.ВидыЦен Номенклатура:Catalog.Номенклатура =Цена:n15.2
AccumulationRegister ЗапасыНаСкладах СтруктурнаяЕдиница:Catalog.СтруктурныеЕдиницы Номенклатура:Catalog.Номенклатура =Количество:n15.3
END

common() { # UNIT CATALOG
    cat <<END
{"put":"Catalog.Организации:$(id 1)","set":{"Description":"Филиал","НаименованиеПолное":"ООО \"Филиал\"","ИНН":"7700000001","КПП":"770001001"}}
{"put":"Catalog.$1:$(id 2)","set":{"Code":"715","Description":"пара"}}
{"put":"Catalog.Номенклатура:$(id 3)","set":{"Description":"Обувь","IsFolder":true}}
{"put":"Catalog.ВидыЦен:$(id 4)","set":{"Description":"Розничная"}}
{"put":"ChartOfCharacteristicTypes.ДополнительныеРеквизитыИСведения:$(id 11)","set":{"Description":"Цвет"}}
{"put":"Catalog.ЗначенияСвойствОбъектов:$(id 12)","set":{"Owner":"ChartOfCharacteristicTypes.ДополнительныеРеквизитыИСведения:$(id 11)","Description":"Чёрный"}}
END
}
{
    common УпаковкиЕдиницыИзмерения
    cat <<END
{"put":"Catalog.Номенклатура:$(id 5)","set":{"Description":"Сапоги","ДополнительныеРеквизиты":[{"Свойство":"ChartOfCharacteristicTypes.ДополнительныеРеквизитыИСведения:$(id 11)","Значение":"Catalog.ЗначенияСвойствОбъектов:$(id 12)"}],"Артикул":"С-1","Parent":"Catalog.Номенклатура:$(id 3)","ЕдиницаИзмерения":"Catalog.УпаковкиЕдиницыИзмерения:$(id 2)","ТипНоменклатуры":"Товар","СтавкаНДС":"НДС20"}}
{"put":"Catalog.Склады:$(id 6)","set":{"Description":"Москва"}}
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Recorder":"Document.УстановкаЦенНоменклатуры:$(id 7)"},"records":[{"Period":"2026-11-01T00:00:00","Active":true,"Номенклатура":"Catalog.Номенклатура:$(id 5)","ВидЦены":"Catalog.ВидыЦен:$(id 4)","Цена":"1719.5"}]}
{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":"Document.ПриобретениеТоваровУслуг:$(id 8)"},"records":[{"Period":"2026-11-01T00:00:00","RecordType":"Receipt","Active":true,"Номенклатура":"Catalog.Номенклатура:$(id 5)","Склад":"Catalog.Склады:$(id 6)","ВНаличии":"7"}]}
END
} >ut11.jsonl
{
    common КлассификаторЕдиницИзмерения
    cat <<END
{"put":"Catalog.Номенклатура:$(id 5)","set":{"Description":"Сапоги","ДополнительныеРеквизиты":[{"Свойство":"ChartOfCharacteristicTypes.ДополнительныеРеквизитыИСведения:$(id 11)","Значение":"Catalog.ЗначенияСвойствОбъектов:$(id 12)"}],"Артикул":"С-1","Parent":"Catalog.Номенклатура:$(id 3)","ЕдиницаИзмерения":"Catalog.КлассификаторЕдиницИзмерения:$(id 2)","ТипНоменклатуры":"Запас","ВидСтавкиНДС":"Общая"}}
{"put":"Catalog.СтруктурныеЕдиницы:$(id 6)","set":{"Description":"Москва","ТипСтруктурнойЕдиницы":"Склад"}}
{"put":"Catalog.СтруктурныеЕдиницы:$(id 9)","set":{"Description":"Отдел","ТипСтруктурнойЕдиницы":"Подразделение"}}
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"ВидЦен":"Catalog.ВидыЦен:$(id 4)","Номенклатура":"Catalog.Номенклатура:$(id 5)"},"records":[{"Period":"2026-11-01T00:00:00","Цена":"1719.5"}]}
{"put":"AccumulationRegister.ЗапасыНаСкладах","filter":{"Recorder":"Document.ПриходнаяНакладная:$(id 8)"},"records":[{"Period":"2026-11-01T00:00:00","RecordType":"Receipt","Active":true,"Номенклатура":"Catalog.Номенклатура:$(id 5)","СтруктурнаяЕдиница":"Catalog.СтруктурныеЕдиницы:$(id 6)","Количество":"7"}]}
END
} >unf.jsonl

# works NAME ORDER PAYMENT: everything by one mapping
works() {
    local node=$1-node file
    must filial "$node" init "$work/$node" --code acc --configuration "$1" --allow-any-file-system
    printf 'ballast = 1MiB\nmap_size = 1GiB\n' >>"$node/node.conf"
    must filial "$node" mapping check "$maps/$1.map"
    must filial "$node" mapping check "$maps/$1.map" --json
    is "what $1.map names and is not there" "$(python3 -c 'import json; print(json.load(open("out"))["remark_count"])')" 0
    must filial "$node" batch <"$1.jsonl"
    begin_site "$1-site" --limit 100000
    must filial "$node" endpoint add --node shop --format commerceml --mapping "$maps/$1.map" --url "$site" \
        --user exchange --password-file password
    must filial "$node" endpoint poll shop
    for file in "$1-site"/received/*; do xmllint --noout "$file" || complain "$file"; done
    for words in "<Наименование>Обувь<" "<Артикул>С-1<" 'Код="715"' "<Ставка>20<" "<Ид>$(id 3)<" "<Значение>Товар<" \
        "<Значение>Чёрный<" "<Значение>$(id 12)<" "<ТипЗначений>Справочник<"; do
        grep -qF "$words" "$1-site"/received/001-import0_1.xml || complain "no $words by $1.map: $(cat "$1-site"/received/001-*)"
    done
    for words in "<ЦенаЗаЕдиницу>1719.5<" "<ИдТипаЦены>$(id 4)<" "КоличествоНаСкладе=\"7\"" "<Наименование>Розничная<" "<Наименование>Москва<"; do
        grep -qF "$words" "$1-site"/received/002-offers0_1.xml || complain "no $words by $1.map: $(cat "$1-site"/received/002-*)"
    done
    lacks "Отдел" "$1-site"/received/*
    cat >"$1-site/orders.xml" <<END
<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-11-23"><Документ><Ид>17</Ид><Номер>17</Номер><Дата>2026-11-23</Дата><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>руб</Валюта><Курс>1</Курс><Сумма>3439.0000</Сумма><Контрагенты><Контрагент><Ид>3#ivan#ООО</Ид><Наименование>Ромашка</Наименование><Роль>Покупатель</Роль><ОфициальноеНаименование>ООО Ромашка</ОфициальноеНаименование><ИНН>7701000002</ИНН></Контрагент></Контрагенты><Время>9:05:00</Время><Товары><Товар><Ид>$(id 5)</Ид><Наименование>Сапоги</Наименование><ЦенаЗаЕдиницу>1719.5</ЦенаЗаЕдиницу><Количество>2.0000</Количество><Сумма>3439.0000</Сумма></Товар></Товары></Документ></КоммерческаяИнформация>
END
    must filial "$node" endpoint poll shop
    [ -e "$1-site/taken/1.xml" ] || complain "the order was not taken by $1.map: $(filial "$node" endpoint show shop)"
    must filial "$node" object list "$2" --refs
    local order
    order=$(head -n 1 out)
    must filial "$node" object get "$order" --json
    for words in 3439 1719.5 "$(id 5)" "2026-11-23T09:05:00" '"17"'; do
        grep -qF -- "$words" out || { complain "no $words in the order by $1.map"; cat out; }
    done
    is "goods by $1.map" "$(count "$node" Catalog.Номенклатура)" 2
    is "customers by $1.map" "$(count "$node" Catalog.Контрагенты)" 1
    # Another order of the same customer.
    local before
    before=$(filial "$node" status --counts | grep -E "Контрагенты|Партнеры")
    sed 's/>17</>18</g' "$1-site/taken/1.xml" >"$1-site/orders.xml"
    must filial "$node" endpoint poll shop
    is "customers of a second order by $1.map" "$(filial "$node" status --counts | grep -E "Контрагенты|Партнеры")" "$before"
    # 1C gives it a number of its own, and it is paid: both are told, by the site's number.
    must filial "$node" object put "$order" --set "Number=ТД-000015" --set "Posted=true"
    must filial "$node" object put "$3:$(id 10)" --set "Number=31" --set "Date=2026-11-24T09:15:02" \
        --set "ДокументОснование=$order" --set "СуммаДокумента=3439"
    must filial "$node" endpoint poll shop
    file=$(ls "$1-site"/received/*orders* | tail -n 1)
    for words in "<Номер>17</Номер>" "<Ид>17</Ид>" "Номер по 1С" "ТД-000015" "<Ид>3#ivan#ООО</Ид>"; do
        grep -qF "$words" "$file" || { complain "no $words by $1.map"; cat "$file"; }
    done
    lacks "Номер оплаты по 1С" "$file" # it is not posted
    must filial "$node" object put "$3:$(id 10)" --set "Posted=true"
    must filial "$node" endpoint poll shop
    file=$(ls "$1-site"/received/*orders* | tail -n 1)
    grep -A1 -F "Номер оплаты по 1С" "$file" >paid
    grep -qF "<Значение>31</Значение>" paid || { complain "no payment by $1.map"; cat "$file"; }
}
works ut11 Document.ЗаказКлиента Document.ПоступлениеБезналичныхДенежныхСредств
works unf Document.ЗаказПокупателя Document.ПоступлениеНаСчет

must filial demo init "$work/demo" --code demo --configuration "$configuration" --allow-any-file-system
must filial demo mapping check "$maps/ut11.map" # ЕдиницаИзмерения is a text there
# A mapping for another configuration: what is not there is told, and what is left does its work.
must filial unf-node mapping check "$maps/ut11.map"
for words in "ВидНоменклатуры" "Document.ЗаказКлиента" "line "; do
    grep -qF -- "$words" out || { complain "no word of $words"; cat out; }
done
printf '[Товар]\ntype = Catalog.Товары\n\nRef = Ид\n' >none.map
refuse "nothing of it is in this configuration" filial unf-node mapping check none.map
printf '[Товар]\ntype = Catalog.Номенклатура\ngoods\n' >broken.map
refuse "line 3" filial unf-node mapping check broken.map
sed '/^section = Товары/d' "$maps/ut11.map" >broken.map
refuse "[Документ/Товары] is a section" filial ut11-node mapping check broken.map
sed 's/item Товар/item Цена/' "$maps/ut11.map" >broken.map
refuse "[Цена] is no object" filial ut11-node mapping check broken.map
printf '\xEF\xBB\xBFversion = 2.07\n[Товар]\ntype = Catalog.Номенклатура\n\nRef = Ид\n' >marked.map
must filial unf-node mapping check marked.map # editors of Windows write a mark
exit "$failures"
