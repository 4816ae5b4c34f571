#!/usr/bin/env bash
# What must not go wrong between 1C and a site, over real HTTP: files that are cut anywhere,
# two sessions at once, orders that one side or the other would refuse, a company's people.
# site_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
goods=Catalog.Номенклатура:33333333-3333-4333-8333-33333333333
customer=Catalog.Контрагенты:44444444-4444-4444-8444-44444444444
invoice=Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-66666666666
make acc
make crm "http_endpoint = 127.0.0.1:*"
serve crm

# --- files that are cut at a byte of every kind ---
python3 - <<'END'
text = ('\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" '
        'ВерсияСхемы="2.07" ДатаФормирования="2026-11-23T10:20:30">\n\t<Каталог СодержитТолькоИзменения="true">'
        '<Ид>1</Ид><Наименование>Каталог</Наименование><!-- слова --><Товары>\n\t\t<Товар>'
        '<Ид>33333333-3333-4333-8333-33333333333A</Ид><Наименование>Щётка &lt;мягкая&gt; N</Наименование>'
        '<БазоваяЕдиница Код="796 "/></Товар></Товары></Каталог></КоммерческаяИнформация>\n')
places = {
    "in the mark": 1, "behind the mark": 3, "in the declaration": text.encode().index(b"encoding") + 3,
    "in a name": text.encode().index("КоммерческаяИнформация".encode()) + 20,
    "in a letter of a name": text.encode().index("Каталог ".encode()) + 1,
    "in an attribute": text.encode().index(b"2026-11"), "in blanks": text.encode().index(b"\t\t<") + 1,
    "in a comment": text.encode().index("слова".encode()) + 2, "in an id": text.encode().index(b"8333-3333"),
    "in a letter": text.encode().index("ётка".encode()) + 1, "in an entity": text.encode().index(b"&lt;") + 2,
    "behind <": text.encode().index("</Товар>".encode()) + 1, "behind </": text.encode().index("</Товары>".encode()) + 2,
    "before the last >": len(text.encode()) - 2, "before the last letter": len(text.encode()) - 4}
for number, (name, place) in enumerate(places.items(), 10):
    data = text.replace("333A<", f"33{number:02d}<").replace(" N<", f" {number}<").encode()
    open(f"cut{number}.a", "wb").write(data[:place])
    open(f"cut{number}.b", "wb").write(data[place:])
    print(number, name, sep="\t")
END
[ -s cut24.b ] || complain "the files to be cut were not made"
login catalog
cuts=0
for first in cut??.a; do
    number=${first:3:2}
    ref=Catalog.Номенклатура:33333333-3333-4333-8333-3333333333$number
    exchange 'type=catalog&mode=init' >/dev/null
    is "the first piece of $number" "$(upload catalog cut.xml "$first")" success
    is "the import of a piece, $number" "$(import catalog cut.xml | head -n 1)" failure
    filial crm object get "$ref" >out 2>&1 && complain "$number came before it was whole"
    is "the second piece of $number" "$(upload catalog cut.xml "cut$number.b")" success
    is "the import of $number" "$(import catalog cut.xml)" success
    has "Щётка <мягкая> $number" filial crm object get "$ref"
    cuts=$((cuts + 1))
done
is "files that were cut" "$cuts" 15
# Orders are taken as soon as they are whole, wherever they were cut.
python3 - <<'END'
order = ('<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-11-23">'
         '<Документ><Ид>66666666-6666-4666-8666-66666666660{0}</Ид><Номер>Ц-{0}</Номер><Дата>2026-11-23</Дата>'
         '<ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс><Сумма>1</Сумма>'
         '<Время>10:00:00</Время></Документ></КоммерческаяИнформация>')
for number, place in enumerate((1, 60, 400, -1)):
    data = order.format(number).encode()
    open(f"order{number}.a", "wb").write(data[:place])
    open(f"order{number}.b", "wb").write(data[place:])
END
login sale
for number in 0 1 2 3; do
    exchange 'type=sale&mode=init' >/dev/null
    is "a piece of an order" "$(upload sale orders.xml order$number.a)" success
    filial crm object get "${invoice%6}0$number" >out 2>&1 && complain "order $number came before it was whole"
    is "the rest of an order" "$(upload sale orders.xml order$number.b)" success
    has "Ц-$number" filial crm object get "${invoice%6}0$number"
done

# --- a session asks for orders while another one imports ---
python3 - <<'END'
with open("many.xml", "w") as file:
    file.write('<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="2026-11-23T10:20:30"><Каталог СодержитТолькоИзменения="true">'
               '<Ид>1</Ид><Наименование>К</Наименование><Товары>')
    for n in range(6000):
        file.write(f'<Товар><Ид>33333333-3333-4333-8334-{n:012x}</Ид><Наименование>Много {n}</Наименование></Товар>')
    file.write('</Товары></Каталог></КоммерческаяИнформация>')
END
must filial crm batch <<END
{"put":"${customer}1","set":{"Description":"Ромашка","НаименованиеПолное":"ООО Ромашка","ИНН":"7701000002","КПП":"770101001","ЮрФизЛицо":"ЮридическоеЛицо"}}
{"put":"${invoice}1","set":{"Number":"CRM-1","Date":"2026-11-22T18:05:11","Контрагент":"${customer}1","СуммаДокумента":"5"}}
END
before=$(count crm Catalog.Номенклатура)
login catalog
exchange 'type=catalog&mode=init' >/dev/null
is "the large file" "$(upload catalog many.xml many.xml)" success
import catalog many.xml >imported &
importing=$!
login sale
exchange 'type=sale&mode=query' >query.xml
grep -qF "CRM-1" query.xml || complain "no order beside the import: $(head -c 300 query.xml)"
during=$(exchange 'type=sale&mode=success' | head -n 1)
wait $importing
is "the import beside a query" "$(cat imported)" success
is "goods of the large file" "$(count crm Catalog.Номенклатура)" $((before + 6000))
if [ "$during" = failure ]; then
    exchange 'type=sale&mode=query' >query.xml
    is "success behind the import" "$(exchange 'type=sale&mode=success')" success
fi
login sale
exchange 'type=sale&mode=query' >query.xml
lacks "CRM-1" query.xml

# --- an order that 1C would refuse is held back and named; when it is right, it goes until it is confirmed ---
cat >crm.jsonl <<END
{"put":"${goods}9","set":{"Артикул":"без имени"}}
{"put":"${invoice}5","set":{"Number":"CRM-5","Date":"2026-11-22T18:05:11","Контрагент":"${customer}1","СуммаДокумента":"1","Товары":[{"Номенклатура":"${goods}9","Количество":"1","Цена":"1","Сумма":"1"}]}}
END
must filial crm batch <crm.jsonl
login sale
exchange 'type=sale&mode=query' >query.xml
lacks "CRM-5" query.xml
is "success" "$(exchange 'type=sale&mode=success')" success
must filial crm endpoint show acc
for words in "CRM-5" "Наименование"; do
    grep -qF "$words" out || { complain "$words is not said"; cat out; }
done
must filial crm object put "${goods}9" --set "Description=Имя"
for time in first second; do # nothing of the order itself changed: it is owed until success
    login sale
    exchange 'type=sale&mode=query' >query.xml
    grep -qF "CRM-5" query.xml || complain "the mended order did not go, the $time time"
done
is "success" "$(exchange 'type=sale&mode=success')" success
login sale
exchange 'type=sale&mode=query' >query.xml
lacks "CRM-5" query.xml

sed 's/^out Контрагенты.*/&\nout ХозОперация = Счет на оплату/' "$map" >bills.map
must filial crm endpoint change acc --mapping bills.map
must filial crm object put "${invoice}5" --set "Комментарий=ещё раз"
login sale
exchange 'type=sale&mode=query' >query.xml
lacks "CRM-5" query.xml
has "takes «Заказ товара» only, this is «Счет на оплату»" filial crm endpoint show acc
is "success" "$(exchange 'type=sale&mode=success')" success
must filial crm endpoint change acc --mapping "$map"
login sale
exchange 'type=sale&mode=query' >query.xml
grep -qF "ещё раз" query.xml || complain "the order did not go by another mapping"
is "success" "$(exchange 'type=sale&mode=success')" success

# --- an order that cannot be taken is named, and is not confirmed to the site ---
begin_site site
must filial acc endpoint add --node shop --format commerceml --mapping "$map" --url "$site" \
    --user exchange --password-file password --poll 1h
order() { # NUMBER DATE
    echo "<Документ><Ид>$1</Ид><Номер>$1</Номер><Дата>$2</Дата><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>руб</Валюта><Курс>1</Курс><Сумма>1</Сумма><Время>9:05:00</Время></Документ>"
}
orders() { echo "<?xml version=\"1.0\" encoding=\"UTF-8\"?><КоммерческаяИнформация ВерсияСхемы=\"2.05\" ДатаФормирования=\"2026-11-23\">$*</КоммерческаяИнформация>"; }
orders "$(order 17 2026-11-23)" "$(order 18 вчера)" >site/orders.xml
expect 1 "1 of 2 items that the site has were not taken, and come again: Документ 18" filial acc endpoint poll shop
is "orders of the shop" "$(count acc Document.СчетНаОплатуПокупателю)" 1
[ -e site/orders.xml ] || complain "an order that could not be taken was confirmed"
for first in "" x; do # an answer that is none is told, as far as a whole letter
    printf '%s' "$first" "$(printf 'щ%.0s' {1..300})" >site/orders.xml
    expect 1 "begins with none of success" filial acc endpoint poll shop
    has "щщщ" filial acc endpoint show shop
    must filial acc endpoint show shop --json
done
printf '%4000s' "" >site/orders.xml
expect 1 "begins with none of success" filial acc endpoint poll shop
orders "$(order 17 2026-11-23)" "$(order 18 2026-11-24)" >site/orders.xml
must filial acc endpoint poll shop
is "orders of the shop, mended" "$(count acc Document.СчетНаОплатуПокупателю)" 2
[ -e site/taken/1.xml ] || complain "orders were not confirmed"

# --- https: whom nobody vouches for is not told a password ---
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout key.pem -out certificate.pem >openssl.log 2>&1 || complain "no certificate: $(tail -n 1 openssl.log)"
cat key.pem certificate.pem >both.pem
begin_site safe --certificate both.pem
must filial acc endpoint add --node safe --format commerceml --mapping "$map" --url "https${site#http}" \
    --user exchange --password-file password --poll 1h
expect 1 "its certificate is not trusted" filial acc endpoint poll safe
[ -e safe/log ] && complain "a site that nobody vouches for was asked: $(cat safe/log)"
must filial acc endpoint change safe --ca-file certificate.pem
must filial acc endpoint poll safe
grep -q checkauth safe/log || complain "the site was not asked over https"

# --- the company, for a portal and for a node in its place ---
person=Catalog.ФизическиеЛица:77777777-7777-4777-8777-77777777777
employee=Catalog.Сотрудники:88888888-8888-4888-8888-88888888888
department=Catalog.ПодразделенияОрганизаций:99999999-9999-4999-8999-99999999999
begin_site portal
must filial acc endpoint add --node portal --format commerceml --mapping "$map" --url "$site" --intranet "$site" \
    --user exchange --password-file password --poll 1h
must filial acc endpoint add --node crm --format commerceml --mapping "$map" --url "$url" \
    --intranet "${url%exchange.php}intranet.php" --user exchange --password-file password --poll 1h
cat >people.jsonl <<END
{"put":"${department}1","set":{"Description":"Продажи & \"сервис\""}}
{"put":"${person}1","set":{"Description":"Петров Иван Сергеевич","ИНН":"770100000300","ДатаРождения":"1980-02-03T00:00:00","Пол":"Мужской"}}
{"put":"${employee}1","set":{"Description":"Петров Иван Сергеевич","ФизическоеЛицо":"${person}1","Подразделение":"${department}1","Должность":"Менеджер","ЭлектроннаяПочта":"petrov@example.ru","Телефон":"12-34","ДатаПриема":"2020-01-09T00:00:00","ДатаУвольнения":"2099-01-01T00:00:00"}}
END
must filial acc batch <people.jsonl
must filial acc endpoint poll portal
company() { tail -n +1 "$(ls portal/received/*company.xml | tail -n 1)"; }
company >company.xml
for words in "<Фамилия>Петров</Фамилия>" "<Имя>Иван</Имя>" "<Отчество>Сергеевич</Отчество>" "<ДатаРождения>1980-02-03</ДатаРождения>" \
    "<ИНН>770100000300</ИНН>" "<Подразделение>${department#*:}1</Подразделение>" "<Тип>Почта</Тип>" "<Значение>Принят</Значение>" \
    "<Пол>М</Пол>" "Продажи &amp; "; do
    grep -qF "$words" company.xml || { complain "no $words in"; cat company.xml; }
done
xmllint --noout company.xml || complain "company.xml"
lacks "Уволен" company.xml
lacks "xmlns" company.xml
must filial acc object put "${person}1" --set "Пол=Женский"
must filial acc endpoint poll portal
company >company.xml
grep -qF "<Пол>Ж</Пол>" company.xml || { complain "the person's change did not go"; cat company.xml; }
must filial acc object put "${employee}1" --set "ДатаУвольнения=2026-01-09T00:00:00"
must filial acc object delete "${department}1"
must filial acc endpoint poll portal
company >company.xml
grep -qF "Уволен" company.xml || complain "the dismissal did not go"
grep -qF "<Статус>Удален</Статус>" company.xml || { complain "the department did not go away"; cat company.xml; }
must filial acc endpoint poll crm
must filial crm object get "${employee}1" --json
for words in "petrov@example.ru" "2020-01-09" "2026-01-09" "Менеджер"; do
    grep -qF "$words" out || { complain "no $words at the portal"; cat out; }
done
has 770100000300 filial crm object get "$(filial crm object list Catalog.ФизическиеЛица --refs)"
before=$(filial crm status --counts)
must filial acc endpoint poll crm --full
is "the portal after everything once more" "$(filial crm status --counts)" "$before"

stop crm
stop acc
exit "$failures"
