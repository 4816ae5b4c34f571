#!/usr/bin/env bash
# A catalogue out of a node's store is written in shares: others are served meanwhile and
# see how far it is, and what they write goes with the next message.
# site_shares_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
goods=Catalog.Номенклатура:33333333-3333-4333-8333
count=10000
orders=20000
# put NODE FILE: a transaction takes some thousands of objects, and some megabytes.
put() {
    split -C 1m "$2" part.
    for part in part.*; do
        must filial "$1" batch <"$part"
    done
    rm part.*
}


make acc "http_endpoint = 127.0.0.1:*"
begin_site shop --limit 8000000
must filial acc endpoint add --node shop --format commerceml --mapping "$map" --url "$site" \
    --user exchange --password-file password --poll 24h
must filial acc endpoint poll shop
python3 - "$goods" "$count" >goods.jsonl <<'END'
import sys
goods = lambda n: f"{sys.argv[1]}-{n:012x}"
store = lambda n: f"Catalog.Склады:22222222-2222-4222-8222-{n:012x}"
for n in range(int(sys.argv[2])):
    print(f'{{"put":"{goods(n)}","set":{{"Description":"Товар {n}"}}}}')
    print(f'{{"put":"InformationRegister.ЦеныНоменклатуры","filter":{{"Номенклатура":"{goods(n)}"}},'
          f'"records":[{{"Period":"2026-11-01T00:00:00","Цена":"{n % 100 + 1}"}}]}}')
for n in range(0, int(sys.argv[2]), 100):
    rows = ",".join(f'{{"Period":"2026-11-01T00:00:00","RecordType":"Receipt","Active":true,"Номенклатура":"{goods(n + i)}",'
                    f'"Склад":"{store(k)}","Количество":"{k + 1}"}}' for i in range(100) for k in range(20))
    print('{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":'
          f'"Document.ПоступлениеТоваровУслуг:55555555-5555-4555-8555-{n:012x}"}},"records":[{rows}]}}')
END
put acc goods.jsonl

# received WORDS: how often the site has them
received() { cat shop/received/*offers*.xml | grep -oF -- "$1" | wc -l; }

# While it is written others are answered. Whatever the files have of what is written here
# meanwhile: it was registered after the message began.
stages='at work on +(prices and stock|comparing|(goods|offers)\ndone of it +[0-9]+\nof +[1-9])'
echo 0 >served
python3 "$here/../harness/served.py" "$work/acc" served endpoint poll shop --full -- endpoint show shop \
    -- "$stages" -- object put "$goods-000000000001" --set "Description=Новое имя" >poll 2>&1 ||
    complain "$(cat poll)"
[ "$(cat served)" -gt 1 ] || complain "too little was served while it was written: $(cat served)"
is "offers" "$(received "<Предложение>")" "$count"
is "stores of all offers" "$(received "ИдСклада=")" $((count * 20))

rm -f shop/received/*
must filial acc endpoint poll shop
grep -qF "Новое имя" shop/received/*import*.xml || complain "what was written meanwhile did not go with the next message"
is "goods of the next message" "$(cat shop/received/*import*.xml | grep -c "<Товар>")" 1

# Who gives up in the middle leaves nothing behind, and the next one sends it all.
rm -f shop/received/*
"$bin/filial" --node "$work/acc" endpoint poll shop --full >/dev/null 2>&1 &
poll=$!
for _ in $(seq 200); do
    filial acc endpoint show shop --json >shown
    grep -qE '"now": *"(goods|offers)"' shown && break
done
kill "$poll"
wait "$poll" 2>/dev/null
stop acc
start acc
must filial acc endpoint poll shop --full
is "offers after a restart" "$(received "<Предложение>")" "$count"
stop acc

# --- the other chair: what 1C asks for is written in shares, too ---
make crm "http_endpoint = 127.0.0.1:*"
serve crm
python3 - "$orders" >orders.jsonl <<'END'
import sys
customer = "Catalog.Контрагенты:44444444-4444-4444-8444-444444444441"
print(f'{{"put":"{customer}","set":{{"Description":"Ромашка","НаименованиеПолное":"ООО Ромашка"}}}}')
for n in range(int(sys.argv[1])):
    print(f'{{"put":"Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-{n:012x}","set":{{"Number":"CRM-{n}",'
          f'"Date":"2026-11-22T18:05:11","Контрагент":"{customer}","СуммаДокумента":"5"}}}}')
END
put crm orders.jsonl
login sale
# during OUTPUT QUERY BODY_FILE...: what 1C asks; others are answered meanwhile
during() {
    local requests=()
    while [ $# -gt 0 ]; do
        requests+=("$1" "/${url#http://*/}?$2&sessid=$sessid" "$3")
        shift 3
    done
    echo 0 >served
    python3 "$here/../harness/served_http.py" "${pids[crm]}" "${url%/bitrix*}/health" served \
        "filial_site=$cookie" "${requests[@]}" || complain "${requests[*]}"
    [ "$(cat served)" -gt 1 ] || complain "too little was served meanwhile: $(cat served)"
}
# Who asks again in the same session waits for the first answer.
during query.xml 'type=sale&mode=query' "" second 'type=sale&mode=query' ""
if [ "$(head -n 1 query.xml)" = failure ]; then # the second one came first
    mv query.xml first && mv second query.xml && mv first second
fi
is "orders of the query" "$(grep -c "<Документ>" query.xml)" "$orders"
is "a second query at once" "$(head -n 1 second)" failure
is "success" "$(exchange 'type=sale&mode=success')" success
# Who goes away in the middle leaves the session usable.
must filial crm batch <<END
{"put":"Catalog.Контрагенты:44444444-4444-4444-8444-444444444442","set":{"Description":"Ромашка 2"}}
END
sed 's/"5"/"6"/' orders.jsonl >again.jsonl
put crm again.jsonl
login sale
curl -s --max-time 0.2 -u exchange:secret -b "filial_site=$cookie" "$url?type=sale&mode=query&sessid=$sessid" >/dev/null
for _ in $(seq 100); do
    exchange 'type=sale&mode=query' >query.xml
    [ "$(head -n 1 query.xml)" = failure ] || break
    sleep 0.1
done
is "orders once more" "$(grep -c "<Документ>" query.xml)" "$orders"
is "success" "$(exchange 'type=sale&mode=success')" success
# An order comes: all that are here are looked through before it is taken, in shares, too.
cat >order.xml <<END
<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-11-23T10:20:30"><Документ><Ид>17</Ид><Номер>CRM-7</Номер><Дата>2026-11-22</Дата><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс><Сумма>7</Сумма></Документ></КоммерческаяИнформация>
END
exchange 'type=sale&mode=init' >/dev/null
during answer 'type=sale&mode=file&filename=order.xml' order.xml
is "an order that came" "$(head -n 1 answer)" success
is "orders that are here" "$(count crm Document.СчетНаОплатуПокупателю)" "$orders"
stop crm
exit "$failures"
