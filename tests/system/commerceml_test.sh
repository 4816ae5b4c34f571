#!/usr/bin/env bash
# CommerceML over real HTTP. Accounting, a node as 1C, with two CRM systems: another node as
# the site, and a site written from the protocol's reference. An invoice of the CRM reaches
# accounting, is paid there by a bank statement, and the CRM shows it; prices and stock reach
# both; a new customer does not double. commerceml_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
bank=$here/../../deploy/demo/bank.map
goods=Catalog.Номенклатура:33333333-3333-4333-8333-33333333333
customer=Catalog.Контрагенты:44444444-4444-4444-8444-44444444444
invoice=Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-66666666666
store=Catalog.Склады:22222222-2222-4222-8222-222222222221
poll() { must filial acc endpoint poll "$@"; }

make acc
make crm "http_endpoint = 127.0.0.1:*"
serve crm
refuse "needs --mapping" filial acc endpoint add --node shop --format commerceml --url "$url"
refuse '"exchange" is the user of acc' filial crm endpoint add --node other --format commerceml --mapping "$map" \
    --serve --user exchange --password-file password
refuse "no name and password" filial acc endpoint add --node shop --format commerceml --url https://a:b@c --user u --mapping "$map"
must filial acc endpoint add --node crm --format commerceml --mapping "$map" --url "$url" \
    --user exchange --password-file password --poll 1h

# --- a site by the reference: small pieces, progress, a line that breaks once ---
begin_site site --limit 700 --progress 2 --drop 2
must filial acc endpoint add --node shop --format commerceml --mapping "$map" --url "$site" --user exchange --password-file password --poll 1h

# --- accounting has goods, prices, stock, a customer ---
cat >acc.jsonl <<END
{"put":"Catalog.Организации:11111111-1111-4111-8111-111111111111","set":{"Description":"Филиал ООО","НаименованиеПолное":"ООО \"Филиал\"","ИНН":"7700000001","КПП":"770001001"}}
{"put":"$store","set":{"Description":"Москва"}}
{"put":"${goods}0","set":{"Description":"Обувь","IsFolder":true}}
{"put":"${goods}1","set":{"Description":"Сапоги <зимние>","Артикул":"С-1","ЕдиницаИзмерения":"пар","СтавкаНДС":"НДС20","Parent":"${goods}0"}}
{"put":"${goods}2","set":{"Description":"Крем","ЕдиницаИзмерения":"шт","СтавкаНДС":"БезНДС"}}
{"put":"${goods}4","set":{"Description":"Шнурки","ЕдиницаИзмерения":"пар"}}
{"put":"${customer}1","set":{"Description":"Ромашка","НаименованиеПолное":"ООО Ромашка","ИНН":"7701000002","КПП":"770101001","ЮрФизЛицо":"ЮридическоеЛицо"}}
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"${goods}1"},"records":[{"Period":"2026-11-01T00:00:00","Цена":"1719.5"}]}
{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":"Document.ПоступлениеТоваровУслуг:55555555-5555-4555-8555-555555555551"},"records":[{"Period":"2026-11-01T00:00:00","RecordType":"Receipt","Active":true,"Номенклатура":"${goods}1","Склад":"$store","Количество":"20"}]}
END
must filial acc batch <acc.jsonl
poll crm
has "Сапоги <зимние>" filial crm object get "${goods}1"
has "${goods}0" filial crm object get "${goods}1"
has "Обувь" filial crm object get "${goods}0"
must filial crm object get "$(filial crm object list InformationRegister.ЦеныНоменклатуры --refs | head -n 1)"
grep -qF 1719.5 out || { complain "no price"; cat out; }

poll shop
lacks "left out" <(filial acc endpoint show shop) # the rate of goods that have none is nothing to speak of
grep -q dropped site/log || complain "the line did not break"
is "files of the shop" "$(ls site/received | tr '\n' ' ')" "001-import0_1.xml 002-offers0_1.xml "
grep -qF 'КоличествоНаСкладе="20"' site/received/002-offers0_1.xml || complain "no stock at the shop"
grep -qF '<ЦенаЗаЕдиницу>1719.5</ЦенаЗаЕдиницу>' site/received/002-offers0_1.xml || complain "no price at the shop"
xmllint --noout site/received/*.xml || complain "what the shop has is not well formed"
grep -qF 'СодержитТолькоИзменения="false"' site/received/001-import0_1.xml || complain "the first export is whole"

# --- the invoice of the CRM; one customer is known in accounting under another Ид, one new ---
cat >crm.jsonl <<END
{"put":"${customer}8","set":{"Description":"Ромашка из CRM","НаименованиеПолное":"ООО Ромашка","ИНН":"7701000002","КПП":"770101001","ЮрФизЛицо":"ЮридическоеЛицо"}}
{"put":"${customer}9","set":{"Description":"Василёк","НаименованиеПолное":"ООО Василёк","ИНН":"7703000004","КПП":"770301001","ЮрФизЛицо":"ЮридическоеЛицо"}}
{"put":"${invoice}1","set":{"Number":"CRM-1","Date":"2026-11-22T18:05:11","Контрагент":"${customer}8","СуммаДокумента":"3439","Товары":[{"Номенклатура":"${goods}1","Количество":"2","Цена":"1719.5","Сумма":"3439","СтавкаНДС":"НДС20"}]}}
{"put":"${invoice}2","set":{"Number":"CRM-2","Date":"2026-11-22T18:06:00","Контрагент":"${customer}9","СуммаДокумента":"100","Товары":[{"Номенклатура":"${goods}2","Количество":"1","Цена":"100","Сумма":"100"}]}}
{"put":"${invoice}3","set":{"Number":"CRM-3","Date":"2026-11-22T18:07:00","СуммаДокумента":"5"}}
END
must filial crm batch <crm.jsonl
poll crm
is customers "$(count acc Catalog.Контрагенты)" 2
is invoices "$(count acc Document.СчетНаОплатуПокупателю)" 2
has "${customer}1" filial acc object get "${invoice}1"
has "${goods}1" filial acc object get "${invoice}1"
has "CRM-1" filial acc object get "${invoice}1"
lacks "из CRM" <(filial acc object get "${customer}1")
has "${customer}9" filial acc object get "${invoice}2"
has "7703000004" filial acc object get "${customer}9"
# What 1C would refuse is held back and named, and goes when it is mended.
has "CRM-3" filial crm endpoint show acc
must filial crm object put "${invoice}3" --set "Контрагент=${customer}9"
poll crm
is "invoices with the mended one" "$(count acc Document.СчетНаОплатуПокупателю)" 3

# --- paid from a bank statement ---
cat >statement.txt <<'END'
1CClientBankExchange
ВерсияФормата=1.03
Кодировка=UTF-8
Отправитель=Банк
ДатаНачала=23.11.2026
ДатаКонца=23.11.2026
РасчСчет=40702810900000000001
СекцияДокумент=Платежное поручение
Номер=31
Дата=23.11.2026
Сумма=3439.00
ПлательщикСчет=40702810900000000002
ПлательщикИНН=7701000002
Плательщик1=ООО Ромашка
ПолучательСчет=40702810900000000001
ПолучательИНН=7700000001
Получатель1=ООО Филиал
ДатаПоступило=23.11.2026
НазначениеПлатежа=Оплата по счету CRM-1 от 22.11.2026
КонецДокумента
КонецФайла
END
must filial acc import --format clientbank --map "$bank" statement.txt
poll crm
payment=$(filial crm object list Document.ПоступлениеНаРасчетныйСчет --refs)
is payments "$(count crm Document.ПоступлениеНаРасчетныйСчет)" 1
has "$invoice"1 filial crm object get "$payment" --json
is "invoices of the CRM" "$(count crm Document.СчетНаОплатуПокупателю)" 3
is "customers of the CRM" "$(count crm Catalog.Контрагенты)" 2

# --- prices and stock change, and reach both; nothing else goes ---
cat >change.jsonl <<END
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"${goods}1"},"records":[{"Period":"2026-11-01T00:00:00","Цена":"1719.5"},{"Period":"2026-11-20T00:00:00","Цена":"1650"}]}
{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":"Document.РеализацияТоваровУслуг:55555555-5555-4555-8555-555555555552"},"records":[{"Period":"2026-11-02T00:00:00","RecordType":"Expense","Active":true,"Номенклатура":"${goods}1","Склад":"$store","Количество":"2.5"}]}
END
must filial acc batch <change.jsonl
poll crm
must filial crm object get "$(filial crm object list InformationRegister.ЦеныНоменклатуры --refs | head -n 1)"
grep -qF 1650 out && grep -qF 1719.5 out || { complain "the price of the CRM"; cat out; }
poll shop
changes=$(ls site/received/*offers* | tail -n 1)
grep -qF 'КоличествоНаСкладе="17.5"' "$changes" || { complain "stock of the shop"; cat "$changes"; }
grep -qF '<ЦенаЗаЕдиницу>1650<' "$changes" || complain "price of the shop"
grep -qF 'ИзмененияПакетаПредложений' "$changes" || complain "only what changed"
lacks "3333333332" "$changes"
# A price says nothing of the stock, and documents that are unposted take theirs back.
told() { changes=$(ls site/received/*offers* | tail -n 1); grep -qF "$1" "$changes" || { complain "no $1 at the shop"; cat "$changes"; }; }
must filial acc batch <<END
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"${goods}1"},"records":[{"Period":"2026-11-20T00:00:00","Цена":"1651"}]}
END
poll shop
told '<ЦенаЗаЕдиницу>1651<'
lacks КоличествоНаСкладе "$changes"
unpost() {
    must filial acc batch <<END
{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":"$1"},"records":[]}
END
    poll shop
}
unpost Document.РеализацияТоваровУслуг:55555555-5555-4555-8555-555555555552
told 'КоличествоНаСкладе="20"'
lacks ЦенаЗаЕдиницу "$changes"
unpost Document.ПоступлениеТоваровУслуг:55555555-5555-4555-8555-555555555551
told 'КоличествоНаСкладе="0"'
told '<Количество>0</Количество>'
# Nothing to tell: no file more. Repeated, in full: nothing doubles.
before=$(ls site/received | wc -l)
poll shop
is "files without news" "$(ls site/received | wc -l)" "$before"
before=$(filial crm status --counts)
poll crm --full
is "the CRM after everything once more" "$(filial crm status --counts)" "$before"

# --- orders of the shop, in windows-1251, until they are confirmed ---
iconv -f utf-8 -t windows-1251 >site/orders.xml <<END
<?xml version="1.0" encoding="windows-1251"?>
<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-11-23"><Документ><Ид>17</Ид><Номер>17</Номер><Дата>2026-11-23</Дата><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>руб</Валюта><Курс>1</Курс><Сумма>231.7400</Сумма><Контрагенты><Контрагент><Ид>3#ivan#Иван</Ид><Наименование>Иван Петров</Наименование><Роль>Покупатель</Роль><ПолноеНаименование>Иван Петров</ПолноеНаименование></Контрагент></Контрагенты><Время>9:05:00</Время><Товары><Товар><Ид>33333333-3333-4333-8333-333333333331</Ид><Наименование>Сапоги</Наименование><ЦенаЗаЕдиницу>115.8700</ЦенаЗаЕдиницу><Количество>2.0000</Количество><Сумма>231.7400</Сумма></Товар><Товар><Ид>ORDER_DELIVERY</Ид><Наименование>Доставка</Наименование><ЦенаЗаЕдиницу>0</ЦенаЗаЕдиницу><Количество>1</Количество></Товар></Товары></Документ></КоммерческаяИнформация>
END
cp site/orders.xml again.xml
touch site/down
expect 1 "503" filial acc endpoint poll shop
[ -e site/orders.xml ] || complain "an order went while the site was down"
rm site/down
poll shop
[ -e site/taken/1.xml ] || complain "the order was not confirmed"
order=$(filial acc object list Document.СчетНаОплатуПокупателю --refs | while read -r ref; do filial acc object get "$ref" | grep '231.74' >/dev/null && echo "$ref"; done)
is "customers with the shop's" "$(count acc Catalog.Контрагенты)" 3
is "goods with the shop's delivery" "$(count acc Catalog.Номенклатура)" 5
has "2026-11-23T09:05:00" filial acc object get "$order" --json
before=$(filial acc status --counts)
cp again.xml site/orders.xml
poll shop
is "orders that came twice" "$(filial acc status --counts)" "$before"
# The number and the ids that go back are the shop's.
must filial acc object put "$order" --set "Комментарий=собран"
poll shop
last=$(ls site/received/*orders* | tail -n 1)
for words in "<Номер>17</Номер>" "3#ivan#Иван" "<Ид>ORDER_DELIVERY</Ид>" "собран" "<Время>09:05:00</Время>"; do
    grep -qF "$words" "$last" || { complain "no $words in"; cat "$last"; }
done
lacks "оплаты по 1С" "$last"

# --- curl as 1C ---
is "a wrong password" "$(curl -s -u exchange:wrong "$url?type=catalog&mode=checkauth" | head -n 1)" failure
is "no password" "$(curl -s "$url?type=catalog&mode=checkauth" | head -n 1)" failure
login catalog
is "the first line" "$(head -n 1 auth)" success
is "the answer to init, byte for byte" "$(exchange 'type=catalog&mode=init' | od -c | tr -d ' \n')" \
    "$(printf 'zip=no\nfile_limit=1048576' | od -c | tr -d ' \n')"
is "another session's sessid" "$(curl -s -u exchange:secret -b "filial_site=$cookie" "$url?type=catalog&mode=init&sessid=00" | head -n 1)" failure
for name in ../../x.xml /etc/passwd 'a/../../b' '..'; do
    is "$name" "$(exchange "type=catalog&mode=file&filename=$name" --data-binary x | head -n 1)" failure
done
is "what did not come" "$(exchange 'type=catalog&mode=import&filename=none.xml' | head -n 1)" failure
is "an unknown mode" "$(exchange 'type=catalog&mode=dance' | head -n 1)" failure
cp "$(ls site/received/*import* | head -n 1)" import0_1.xml
sed -i 's/Крем/Крем 2/' import0_1.xml
# Cut at a byte of each kind: in a character, in a tag, between.
for size in 1 7 333 100000; do
    exchange 'type=catalog&mode=init' >/dev/null
    rm -f piece.*
    if [ $size = 1 ]; then
        head -c 3 import0_1.xml >piece.a
        tail -c +4 import0_1.xml | head -c 1 >piece.b
        tail -c +5 import0_1.xml >piece.c
    else
        split -a 4 -b $((size == 7 ? 701 : size)) import0_1.xml piece.
    fi
    for piece in piece.*; do
        is "a piece" "$(exchange 'type=catalog&mode=file&filename=import0_1.xml' --data-binary "@$piece")" success
    done
    is "the import of pieces of $size" "$(exchange 'type=catalog&mode=import&filename=import0_1.xml')" success
done
has "Крем 2" filial crm object get "${goods}2"
# The answer may be lost; and a file that comes again under its name is another file.
again='type=catalog&mode=import&filename=import0_1.xml'
is "an import whose answer was lost" "$(exchange "$again")" success
sed 's/Крем 2/Крем 5/' import0_1.xml >changed.xml
exchange 'type=catalog&mode=file&filename=import0_1.xml' --data-binary @changed.xml >/dev/null
is "the same name once more" "$(exchange "$again")" success
has "Крем 5" filial crm object get "${goods}2"
# A rate of VAT that nobody knows here: the goods are taken, and it is told of.
sed 's/Крем 5/Крем 6/; s/<Ставка>[^<]*</<Ставка>22</' changed.xml >rate.xml
exchange 'type=catalog&mode=init' >/dev/null
exchange 'type=catalog&mode=file&filename=rate.xml' --data-binary @rate.xml >/dev/null
is "an unknown rate" "$(exchange 'type=catalog&mode=import&filename=rate.xml')" success
has "Крем 6" filial crm object get "${goods}2"
has "БезНДС" filial crm object get "${goods}2"
has 'there is no "22" here' filial crm endpoint show acc
# A file that is cut, one that is no CommerceML: words, and nothing changes.
exchange 'type=catalog&mode=init' >/dev/null
head -c 1500 import0_1.xml | exchange 'type=catalog&mode=file&filename=cut.xml' --data-binary @- >/dev/null
is "a cut file" "$(exchange 'type=catalog&mode=import&filename=cut.xml' | head -n 1)" failure
echo '<html/>' | exchange 'type=catalog&mode=file&filename=other.xml' --data-binary @- >/dev/null
exchange 'type=catalog&mode=import&filename=other.xml' >out
grep -q "^failure" out && grep -q CommerceML out || complain "other XML: $(cat out)"
# One upload at a time.
first=$cookie first_id=$sessid
exchange 'type=catalog&mode=init' >/dev/null
head -c 100 import0_1.xml | exchange 'type=catalog&mode=file&filename=import0_1.xml' --data-binary @- >/dev/null
login catalog
exchange 'type=catalog&mode=init' >/dev/null
is "a second upload" "$(exchange 'type=catalog&mode=file&filename=import0_1.xml' --data-binary @import0_1.xml | head -n 1)" failure
cookie=$first sessid=$first_id
tail -c +101 import0_1.xml | exchange 'type=catalog&mode=file&filename=import0_1.xml' --data-binary @- >/dev/null
is "the first upload" "$(exchange 'type=catalog&mode=import&filename=import0_1.xml')" success
# Archives.
must filial crm endpoint change acc --zip
sed -i 's/Крем 2/Крем 3/' import0_1.xml
python3 -m zipfile -c import.zip import0_1.xml
login catalog
is "zip" "$(exchange 'type=catalog&mode=init' | head -n 1)" "zip=yes"
split -b 500 import.zip zipped.
for piece in zipped.*; do exchange 'type=catalog&mode=file&filename=v8_1.zip' --data-binary "@$piece" >/dev/null; done
is "the import of an archive" "$(exchange 'type=catalog&mode=import&filename=import0_1.xml')" success
has "Крем 3" filial crm object get "${goods}2"
sed 's/Крем 3/Крем 4/' import0_1.xml >changed.xml
mkdir again && mv changed.xml again/import0_1.xml
(cd again && python3 -m zipfile -c ../again.zip import0_1.xml)
exchange 'type=catalog&mode=file&filename=v8_2.zip' --data-binary @again.zip >/dev/null
is "the import of another archive" "$(exchange 'type=catalog&mode=import&filename=import0_1.xml')" success
has "Крем 4" filial crm object get "${goods}2"
# Orders: shown until the session that asked confirms them.
must filial crm object put "${invoice}2" --set "Комментарий=срочно"
login sale
exchange 'type=sale&mode=init' >/dev/null
is "success without a query" "$(exchange 'type=sale&mode=success' | head -n 1)" failure
exchange 'type=sale&mode=query' >query.xml
is "the first bytes" "$(head -c 5 query.xml)" '<?xml'
grep -qF "срочно" query.xml || complain "the order is not in the answer"
lacks "xmlns" query.xml
login sale
exchange 'type=sale&mode=query' >query.xml
grep -qF "срочно" query.xml || complain "the order did not come again"
is "success" "$(exchange 'type=sale&mode=success')" success
is "success whose answer was lost" "$(exchange 'type=sale&mode=success')" success
exchange 'type=sale&mode=query' >query.xml
lacks "срочно" query.xml
# A new password: the old one opens nothing any more, however lately it was shown.
echo other >other
must filial crm endpoint change acc --password-file other
is "the password of before" "$(curl -s -u exchange:secret "$url?type=sale&mode=checkauth" | head -n 1)" failure
is "the new password" "$(curl -s -u exchange:other "$url?type=sale&mode=checkauth" | head -n 1)" success

stop crm
stop acc
exit "$failures"
