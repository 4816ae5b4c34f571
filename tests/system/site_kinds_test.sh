#!/usr/bin/env bash
# The exchange with sites as they really are: each kind of server that others wrote takes
# goods, gives its orders, is told what became of them, and loses or doubles nothing.
# site_kinds_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
goods=Catalog.Номенклатура:33333333-3333-4333-8333-33333333333

make acc
number=0
# order_of SITE: an order of it, in windows-1251 as such sites write
order_of() {
    number=$((number + 1))
    iconv -f utf-8 -t windows-1251 >"$1/orders.xml" <<END
<?xml version="1.0" encoding="windows-1251"?>
<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-11-23"><Документ><Ид>$number</Ид><Номер>$1-$number</Номер><Дата>2026-11-23</Дата><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>руб</Валюта><Курс>1</Курс><Сумма>231.7400</Сумма><Контрагенты><Контрагент><Ид>3#ivan#Иван</Ид><Наименование>Иван Петров</Наименование><Роль>Покупатель</Роль><ПолноеНаименование>Иван Петров</ПолноеНаименование></Контрагент></Контрагенты><Время>9:05:00</Время></Документ></КоммерческаяИнформация>
END
}
# exchange_with SITE OPTION...: goods there, an order here, the order there again
exchange_with() {
    local name=$1
    begin_site "$@"
    must filial acc object put "${goods}1" --set "Description=Сапоги для $name" --set "Артикул=С-1"
    must filial acc endpoint add --node "$name" --format commerceml --mapping "$map" --url "$site" \
        --user exchange --password-file password --poll 24h
    order_of "$name"
    must filial acc endpoint poll "$name"
    cat "$name"/received/*import* >goods.xml
    grep -qF "Сапоги для $name" goods.xml || complain "$name has no goods"
    xmllint --noout "$name"/received/*.xml || complain "$name has a broken file"
    ref=$(filial acc object list Document.СчетНаОплатуПокупателю --refs | while read -r each; do
        filial acc object get "$each" | grep -F "$name-$number" >/dev/null && echo "$each"; done)
    [ -n "$ref" ] || complain "the order of $name did not come"
    [ -e "$name/taken/1.xml" ] || complain "the order was not confirmed to $name"
    must filial acc object put "$ref" --set "Комментарий=собран для $name"
    must filial acc endpoint poll "$name"
    grep -F "собран для $name" "$name"/received/*orders* >/dev/null || complain "the order did not go back to $name"
    # A change once more, and nothing else with it.
    rm -f "$name"/received/*
    must filial acc object put "${goods}1" --set "Артикул=С-2 $name"
    must filial acc endpoint poll "$name"
    is "files of a change at $name" "$(find "$name/received" -type f | wc -l)" 1
}

exchange_with bitrix --kind bitrix --progress 11
grep -q "mode=deactivate" bitrix/log || complain "a full catalogue is ended by deactivate"
grep -q "mode=complete" bitrix/log || complain "a catalogue is ended by complete"
exchange_with zipped --kind bitrix --zip --progress 3 --limit 3000
grep -q 'type=sale mode=file file=v8.*zip' zipped/log || complain "orders were not packed: $(cat zipped/log)"
exchange_with opencart --kind opencart --limit 1K
exchange_with presta --kind presta
exchange_with django --kind django --limit 10M

# Whatever a site says behind "success" of our orders is shown to people.
touch bitrix/complain
must filial acc object put "$(filial acc object list Document.СчетНаОплатуПокупателю --refs | head -n 1)" \
    --set "Комментарий=ещё раз"
must filial acc endpoint poll bitrix
has "Заказ №17 не найден на сайте" filial acc endpoint show bitrix

# What is refused in windows-1251 is readable; an address that moved is named.
echo wrong >wrong
must filial acc endpoint change bitrix --password-file wrong
expect 1 "Ошибка авторизации" filial acc endpoint poll bitrix
python3 - <<'END' >moved.port &
import http.server, sys
class Moved(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(301)
        self.send_header("Location", "https://shop.example" + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", 0), Moved)
print(server.server_address[1], flush=True)
server.serve_forever()
END
pids[moved]=$!
for _ in $(seq 200); do [ -s moved.port ] && break; sleep 0.05; done
must filial acc endpoint change opencart --url "http://127.0.0.1:$(cat moved.port)/1c_exchange.php"
expect 1 "https://shop.example/1c_exchange.php (HTTP 301)" filial acc endpoint poll opencart

# --- the other chair: how real clients differ ---
make crm "http_endpoint = 127.0.0.1:*"
serve crm
cat >import.xml <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="2026-11-23T10:20:30"><Каталог СодержитТолькоИзменения="true"><Ид>1</Ид><Наименование>К</Наименование><Товары><Товар><Ид>33333333-3333-4333-8333-333333333334</Ид><Наименование>С Linux</Наименование></Товар></Товары></Каталог></КоммерческаяИнформация>
END
login catalog
exchange 'type=catalog&mode=init' >/dev/null
# 1C on Linux, 1C on Windows
is "a file of /tmp" "$(exchange 'type=catalog&mode=file&filename=/tmp/import.xml' --data-binary @import.xml)" success
is "its import" "$(exchange 'type=catalog&mode=import&filename=/tmp/import.xml')" success
has "С Linux" filial crm object get "${goods}4"
sed -i 's/С Linux/С Windows/' import.xml
is "a file of a folder" "$(exchange 'type=catalog&mode=file&filename=webdata%5Cimport.xml' --data-binary @import.xml)" success
is "its import" "$(exchange 'type=catalog&mode=import&filename=webdata%5Cimport.xml')" success
has "С Windows" filial crm object get "${goods}4"
is "a way out" "$(exchange 'type=catalog&mode=file&filename=%5C..%5C..%5Cx.xml' --data-binary x | head -n 1)" failure
# A name that is longer than the attribute is cut, as 1C does it; a code is not.
long=$(printf 'Щётка %.0s' {1..30})
sed "s/С Windows/$long/" import.xml >long.xml
is "a long name" "$(upload catalog long.xml long.xml)" success
is "its import" "$(import catalog long.xml | head -n 1)" success
must filial crm object get "${goods}4" --json
python3 - "$long" <<'END' || complain "the name is not cut: $(cat out)"
import json, sys
name = json.load(open("out"))["set"]["Description"]
sys.exit(not (sys.argv[1].startswith(name) and len(name) >= 90 and not name.endswith("\ufffd")))
END
has "is cut to" filial crm endpoint show acc
sed "s|<Наименование>С Windows|<Артикул>$(printf 'А%.0s' {1..40})</Артикул>&|" import.xml >long.xml
is "a long code" "$(upload catalog longer.xml long.xml)" success
import catalog longer.xml | grep -F "not taken: 1 of 1" >/dev/null || complain "a code was cut"
# Everything by POST, as other testers do.
is "init by POST" "$(exchange 'type=catalog&mode=init' -X POST -d '' | head -n 1)" "zip=no"
# Orders in an archive, as 1C sends them to a site that says zip=yes: whole at once, in pieces, several.
must filial crm endpoint change acc --zip
order() { # NUMBER
    echo "<?xml version=\"1.0\" encoding=\"UTF-8\"?><КоммерческаяИнформация ВерсияСхемы=\"2.07\" ДатаФормирования=\"2026-11-23T10:20:30\"><Документ><Ид>66666666-6666-4666-8666-66666666666$1</Ид><Номер>П-$1</Номер><Дата>2026-11-23</Дата><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс><Сумма>1</Сумма><Время>10:00:00</Время></Документ></КоммерческаяИнформация>"
}
for each in 1 2 3 4 5; do order $each >"orders-$each.xml"; done
python3 -m zipfile -c one.zip orders-1.xml
python3 -m zipfile -c two.zip orders-2.xml orders-3.xml
login sale
is "init of orders" "$(exchange 'type=sale&mode=init' | head -n 1)" "zip=yes"
is "an archive of orders" "$(upload sale v8_1.zip one.zip)" success
has "П-1" filial crm object get "Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-666666666661"
split -b 200 two.zip piece.
for piece in piece.*; do is "a piece of an archive" "$(upload sale v8_2.zip "$piece")" success; done
for each in 2 3; do
    has "П-$each" filial crm object get "Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-66666666666$each"
done
# A broken one is a failure, and changes nothing.
sed 's/<Номер>/<Номер/' orders-4.xml >broken.xml
python3 -m zipfile -c broken.zip broken.xml
exchange 'type=sale&mode=init' >/dev/null
is "a broken order in an archive" "$(upload sale v8_3.zip broken.zip | head -n 1)" failure
echo words >words.txt
python3 -m zipfile -c words.zip words.txt
exchange 'type=sale&mode=init' >/dev/null
is "an archive of something else" "$(upload sale v8_4.zip words.zip | head -n 1)" failure
# With a version at init they wait for mode=import, as УНФ asks for it.
python3 -m zipfile -c five.zip orders-5.xml
exchange 'type=sale&mode=init&version=2.09' >/dev/null
is "an archive that waits" "$(upload sale v8_5.zip five.zip)" success
filial crm object get "Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-666666666665" >out 2>&1 && complain "an order came before its import"
is "the import of an archive" "$(import sale orders-5.xml)" success
has "П-5" filial crm object get "Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-666666666665"

stop crm
stop acc
exit "$failures"
