#!/usr/bin/env bash
# A shop in PHP, as Bitrix is one: goods, prices and stock go there, an order comes, is paid by
# a bank statement, and the shop knows; nothing doubles. site_php_test.sh BIN CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
php -r 'exit(extension_loaded("simplexml") && extension_loaded("zip") ? 0 : 1);' 2>/dev/null ||
    { echo "skipped: php with xml and zip is not installed"; exit 77; }
bank=$here/../../deploy/demo/bank.map
goods=Catalog.Номенклатура:33333333-3333-4333-8333-
store=Catalog.Склады:22222222-2222-4222-8222-22222222222
customer=Catalog.Контрагенты:44444444-4444-4444-8444-444444444441
number() { printf '%s%012d' "$goods" "$1"; }

# serve_shop NAME [SETTING...]: at "site"; again at the same address after it was stopped
serve_shop() {
    local at=${shops[$1]:-127.0.0.1:0}
    env SHOP="$work/$1" SHOP_LIMIT=5000 "${@:2}" php -S "$at" "$here/../harness/bitrix.php" >"$1.log" 2>&1 &
    pids[$1]=$!
    for _ in $(seq 200); do grep -q started "$1.log" && break; sleep 0.05; done
    shops[$1]=$(grep -oE '127.0.0.1:[0-9]+' "$1.log" | head -n 1)
    site=http://${shops[$1]}/bitrix/admin/1c_exchange.php
}
# of NAME EXPRESSION: what the shop has; c is its catalogue, o are its orders
of() {
    python3 - "$1" "$2" <<'END'
import json, os, sys
read = lambda name: json.load(open(f"{sys.argv[1]}/{name}.json")) if os.path.exists(f"{sys.argv[1]}/{name}.json") else {}
c, o = read("catalog"), read("orders")
g = lambda n: f"33333333-3333-4333-8333-{n:012d}"
print(eval(sys.argv[2]))
END
}

make acc
python3 - "$goods" "$store" "$customer" >acc.jsonl <<'END'
import json, sys
goods, store, customer = sys.argv[1:]
def put(ref, **fields):
    print(json.dumps({"put": ref, "set": fields}, ensure_ascii=False))
def records(register, rows, **filter):
    print(json.dumps({"put": register, "filter": filter, "records": rows}, ensure_ascii=False))
put("Catalog.Организации:11111111-1111-4111-8111-111111111111", Description="Филиал ООО", НаименованиеПолное="ООО Филиал", ИНН="7700000001", КПП="770001001")
put(customer, Description="Ромашка", НаименованиеПолное="ООО Ромашка", ИНН="7701000002", КПП="770101001", ЮрФизЛицо="ЮридическоеЛицо")
put(f"{goods}{900:012d}", Description="Обувь", IsFolder=True)
for k in (1, 2):
    put(f"{store}{k}", Description=f"Склад {k}")
for n in range(1, 121):
    ref = f"{goods}{n:012d}"
    put(ref, Description=f'Товар {n} <&> "A"', Артикул=f"А-{n}", ЕдиницаИзмерения="пар", СтавкаНДС="НДС20", Parent=f"{goods}{900:012d}")
    records("InformationRegister.ЦеныНоменклатуры", [{"Period": "2026-11-01T00:00:00", "Цена": f"{n}.5"}], Номенклатура=ref)
    records("AccumulationRegister.ТоварыНаСкладах", [
        {"Period": "2026-11-01T00:00:00", "RecordType": "Receipt", "Active": True, "Номенклатура": ref, "Склад": f"{store}{k}", "Количество": str(10 * k)}
        for k in (1, 2)], Recorder=f"Document.ПоступлениеТоваровУслуг:55555555-5555-4555-8555-{n:012d}")
END
must filial acc batch <acc.jsonl

# orders_of NAME NUMBER: one of a customer that accounting has, and one of a new customer
orders_of() {
    mkdir -p "$1"
    python3 - "$2" >"$1/orders.json" <<'END'
import json, sys
def order(sum, id, name, inn, kpp, n, price, count):
    return {"changed": True, "date": "2026-11-22", "sum": sum, "comment": "Позвоните & приходите",
            "customer": {"id": id, "name": name, "inn": inn, "kpp": kpp},
            "rows": [{"id": f"33333333-3333-4333-8333-{n:012d}", "name": f"Товар {n}", "price": price, "count": count}]}
number = int(sys.argv[1])
print(json.dumps({number: order(21, "5#romashka#Ромашка", "ООО Ромашка", "7701000002", "770101001", 10, 10.5, 2),
                  number + 1: order(20.5, "6#new#Новый", "ООО Новый", "7703000004", "770301001", 20, 20.5, 1)}, ensure_ascii=False))
END
}

# statement NUMBER: the bank says that the order is paid
statement() {
    cat <<END
1CClientBankExchange
ВерсияФормата=1.03
Кодировка=UTF-8
ДатаНачала=24.11.2026
ДатаКонца=24.11.2026
РасчСчет=40702810400000000001
СекцияДокумент=Платежное поручение
Номер=5$1
Дата=24.11.2026
Сумма=21.00
ПлательщикСчет=40702810900000000002
ДатаПоступило=24.11.2026
Плательщик=ООО Ромашка
ПлательщикИНН=7701000002
ПлательщикКПП=770101001
Получатель=ООО Филиал
ПолучательИНН=7700000001
ПолучательСчет=40702810400000000001
НазначениеПлатежа=Оплата по счету $1 от 22.11.2026
КонецДокумента
КонецФайла
END
}

declare -A shops
# shop NAME NUMBER ZIP: the whole story with one shop
shop() {
    local name=$1 order=$2 zip=$3 invoice before
    orders_of "$name" "$order"
    serve_shop "$name" SHOP_ZIP="$zip"
    must filial acc endpoint add --node "$name" --format commerceml --mapping "$map" --url "$site" \
        --user exchange --password-file password --poll 24h
    must filial acc endpoint poll "$name"
    is "$name: goods" "$(of "$name" 'len(c["goods"]), len(c["offers"]), c["unknown"]')" "(120, 120, [])"
    is "$name: one of them" "$(of "$name" 'list(c["goods"][g(7)].values())[:3], c["groups"][c["goods"][g(7)]["group"]]["name"]')" \
        "(['Товар 7 <&> \"A\"', 'А-7', '715'], 'Обувь')"
    is "$name: its offer" "$(of "$name" 'list(c["offers"][g(7)]["prices"].values()), c["offers"][g(7)]["quantity"], sorted(c["offers"][g(7)]["stores"].values())')" \
        "(['7.5'], '30', ['10', '20'])"

    # Orders came, and are confirmed; the customer that is known is the same one.
    is "$name: what is asked for again" "$(of "$name" '[n for n in o if o[n]["changed"]]')" "[]"
    is "$name: customers" "$(count acc Catalog.Контрагенты)" 2
    is "$name: goods here" "$(count acc Catalog.Номенклатура)" 121
    invoice=$(filial acc object list Document.СчетНаОплатуПокупателю --refs | while read -r ref; do
        filial acc object get "$ref" --json | grep -F "\"$order\"" >/dev/null && echo "$ref"
    done)
    has "$customer" filial acc object get "$invoice"
    has "Позвоните & приходите" filial acc object get "$invoice"
    has "2026-11-22T09:05:07" filial acc object get "$invoice" --json
    before=$(filial acc status --counts)
    sed -i 's/"changed": false/"changed": true/' "$name/orders.json"
    must filial acc endpoint poll "$name"
    is "$name: orders that came twice" "$(filial acc status --counts)" "$before"
    is "$name: an order that nobody has paid" "$(of "$name" "o['$order'].get('paid', False)")" False

    # A bank statement pays one; a price and the stock change; goods are marked for deletion.
    statement "$order" >statement.txt
    must filial acc import --format clientbank --map "$bank" statement.txt
    must filial acc object put "$(number $((order + 5)))" --set DeletionMark=true
    must filial acc batch <<END
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"$(number "$order")"},"records":[{"Period":"2026-11-24T00:00:00","Цена":"777"}]}
{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":"Document.РеализацияТоваровУслуг:77777777-7777-4777-8777-0000000000$order"},"records":[{"Period":"2026-11-24T00:00:00","RecordType":"Expense","Active":true,"Номенклатура":"$(number $((order + 1)))","Склад":"${store}1","Количество":"3"}]}
END
    must filial acc endpoint poll "$name"
    is "$name: the order that is paid" "$(of "$name" "o['$order']['paid'], o['$order']['paid_by']")" "(True, '5$order')"
    is "$name: the order that is not" "$(of "$name" "o['$((order + 1))'].get('paid', False)")" False
    is "$name: the new price" "$(of "$name" "list(c['offers'][g($order)]['prices'].values()), c['offers'][g($order)]['quantity']")" "(['777'], '30')"
    is "$name: what is left" "$(of "$name" "sorted(c['offers'][g($order + 1)]['stores'].values()), c['offers'][g($order + 1)]['quantity']")" \
        "(['20', '7'], '27')"
    is "$name: goods that are marked" "$(of "$name" "c['goods'][g($order + 5)]['active'], c['goods'][g($order)]['active']")" "(False, True)"

    # The shop is away for a while, and nothing is lost.
    must filial acc object put "$(number $((order + 2)))" --set "Description=Новое имя"
    kill "${pids[$name]}"
    wait "${pids[$name]}" 2>/dev/null
    filial acc endpoint poll "$name" >out 2>&1 && complain "nobody is there, and the exchange went well"
    serve_shop "$name" SHOP_ZIP="$zip"
    must filial acc endpoint poll "$name"
    is "$name: what changed while it was away" "$(of "$name" "c['goods'][g($order + 2)]['name']")" "Новое имя"
}

shop plain 17 no
shop zipped 27 yes
# The first shop heard of the payment of its own order only.
is "the first shop's orders" "$(of plain 'sorted(o)')" "['17', '18']"
grep -q "mode=file file=.*zip" zipped/log || complain "no archive went"
stop acc
exit "$failures"
