#!/usr/bin/env bash
# The payment of an invoice reaches the branch that wrote it: two branches write invoices for
# their companies, the centre imports the bank's statement, and each branch gets its own
# payments. Parts are summed, what is left and what is too much is told; orders go out.
# bank_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
demo=$(dirname "$configuration")

join() {
    must filial "$2" invite "$1" --auto-approve
    must filial "$1" join "$(cat out)"
}
sync() { for code in "$@"; do must filial "$code" sync now --timeout 30s; done; }
put() { # put CODE TYPE ATTRIBUTE=VALUE...: its ref
    local code=$1 type=$2 arguments=()
    shift 2
    for argument in "$@"; do arguments+=(--set "$argument"); done
    must filial "$code" object put "$type" "${arguments[@]}"
    cat out
}
invoice() { # invoice CODE NUMBER AMOUNT PARTNER COMPANY
    put "$1" Document.СчетНаОплатуПокупателю "Number=$2" Date=2026-01-10 \
        "СуммаДокумента=$3" "Контрагент=$4" "Организация=$5"
}
payment() { # payment NUMBER AMOUNT PURPOSE
    printf 'СекцияДокумент=Платежное поручение\r\nНомер=%s\r\nДата=11.01.2026\r\nСумма=%s\r\n' "$1" "$2"
    printf 'ПлательщикИНН=7701234567\r\nПлательщик1=Ромашка\r\nДатаПоступило=12.01.2026\r\n'
    printf 'НазначениеПлатежа=%s\r\nКонецДокумента\r\n' "$3"
}
statement() { # statement FILE, the payments on stdin
    {
        printf '1CClientBankExchange\r\nВерсияФормата=1.02\r\nКодировка=Windows\r\nРасчСчет=1\r\n'
        cat
        printf 'КонецФайла\r\n'
    } | iconv -f utf8 -t cp1251 >"$1"
}
# says EXPRESSION: over `answer`, the JSON in "out".
says() {
    python3 - "$1" <<'END' || { complain "it does not hold: $1"; cat out; }
import json, sys
answer = json.load(open("out"))
number = {row["number"]: row for row in answer.get("invoices", [])}
sys.exit(0 if eval(sys.argv[1]) else 1)
END
}
payments() { # payments CODE: how many it has
    filial "$1" object list Document.ПоступлениеНаРасчетныйСчет --limit 0 --refs | wc -l
}

# --- a tree whose branches have a company each ---
for code in C Ф1 Ф2; do make $code; done
must filial C filter set Document.СчетНаОплатуПокупателю 'Организация in $организации'
must filial C filter set Document.ПоступлениеНаРасчетныйСчет 'Организация in $организации'
one=$(put C Catalog.Организации Description=Первая НаименованиеПолное='ООО Первая' ИНН=5001000001 КПП=500101001)
two=$(put C Catalog.Организации Description=Вторая ИНН=5001000002)
partner=$(put C Catalog.Контрагенты Description=Ромашка НаименованиеПолное='ООО Ромашка' ИНН=7701234567)
must filial C filter value Ф1 организации "$one"
must filial C filter value Ф2 организации "$two"
join Ф1 C
join Ф2 C
sync Ф1 Ф2
first=$(invoice Ф1 Ф1-000123 1500.50 "$partner" "$one")
invoice Ф1 Ф1-000124 2000 "$partner" "$one" >/dev/null
second=$(invoice Ф2 Ф2-000777 300 "$partner" "$two")
sync Ф1 Ф2

# --- the statement comes to the centre, each payment goes to the branch of its invoice ---
{
    payment 1 1500.50 'по счету Ф1-000123 от 10.01.2026'
    payment 2 500.00 'По счёту № 124, первая часть'
    payment 3 300 'счет Ф2-000777'
    payment 4 7.00 'за воду'
} | statement kl1.txt
must filial C --json import --format clientbank --map "$demo/bank.map" kl1.txt
says '[p["matched"] for p in answer["payments"]] == [True, True, True, False]'
says 'number["Ф1-000123"]["state"] == "paid" and number["Ф1-000123"]["left"] == "0.00"'
says 'number["Ф1-000124"]["state"] == "underpaid" and number["Ф1-000124"]["left"] == "1500.00"'
says 'answer["payments"][1]["left"] == "1500.00"'
sync Ф1 Ф2
[ "$(payments C)" = 4 ] || complain "the centre has $(payments C) payments"
[ "$(payments Ф1)" = 2 ] || complain "the branch of two payments has $(payments Ф1)"
[ "$(payments Ф2)" = 1 ] || complain "the branch of one payment has $(payments Ф2)"
paid=$(filial Ф1 object list Document.ПоступлениеНаРасчетныйСчет --limit 0 --refs)
for ref in $paid; do filial Ф1 object get "$ref"; done >out
grep -q "$first" out || { complain "the payment at the branch does not name its invoice"; cat out; }
must filial Ф2 object get "$(filial Ф2 object list Document.ПоступлениеНаРасчетныйСчет --refs)"
grep -q "$second" out || { complain "the other branch has another payment"; cat out; }
must filial Ф1 object history "$(head -n 1 <<<"$paid")"
grep -q "verified, of C" out || { complain "the payment does not say how it came"; cat out; }
must filial Ф1 --json invoice list --map "$demo/bank.map"
says 'number["Ф1-000123"]["state"] == "paid" and number["Ф1-000124"]["paid"] == "500.00"'
says 'len(number) == 2'

# --- the same statement again pays nothing twice ---
must filial C --json import --format clientbank --map "$demo/bank.map" kl1.txt
says 'answer["equal"] == 4 and number["Ф1-000124"]["left"] == "1500.00"'
says 'number["Ф1-000123"]["state"] == "paid"'

# --- the rest, then too much ---
{
    payment 5 1000.00 'остаток по счету Ф1-000124'
    payment 6 500.01 'остаток по счету Ф1-000124'
    payment 7 5000 'по счету 777'
} | statement kl2.txt
must filial C --json import --format clientbank --map "$demo/bank.map" --dry-run kl2.txt
says 'number["Ф1-000124"]["state"] == "overpaid" and number["Ф1-000124"]["over"] == "0.01"'
must filial C --json import --format clientbank --map "$demo/bank.map" kl2.txt
says '[p["matched"] for p in answer["payments"]] == [True, True, False]'
says '"more than" in answer["payments"][1]["match"] and answer["payments"][1]["left"] == "-0.01"'
says '"more than is left" in answer["payments"][2]["match"]'
must filial C --json invoice list --map "$demo/bank.map" --state over
says 'list(number) == ["Ф1-000124"] and number["Ф1-000124"]["paid"] == "2000.01"'
refuse "none, part, paid or over" filial C invoice list --map "$demo/bank.map" --state x
refuse "give --map" filial C invoice list
must filial C invoice list --map "$demo/bank.map" --limit 1
grep -q -- "--limit N" out || { complain "a page does not say that there are more"; cat out; }

# --- what is marked for deletion is not paid, and pays nothing ---
sync Ф1
for ref in $paid; do must filial Ф1 object put "$ref" --set DeletionMark=true; done
must filial Ф1 object put "$first" --set DeletionMark=true
must filial Ф1 --json invoice list --map "$demo/bank.map"
says 'list(number) == ["Ф1-000124"] and number["Ф1-000124"]["paid"] == "1500.01"'

# --- orders to the bank, of each version, and read again ---
bought=$(put C Document.ПоступлениеТоваровУслуг Number=П-7 Date=2026-02-01 СуммаДокумента=42.5 \
    "Организация=$one" "Контрагент=$partner" НомерВходящегоДокумента=А-15 ДатаВходящегоДокумента=2026-01-31)
put C Document.ПоступлениеТоваровУслуг Number=П-8 Date=2026-02-02 СуммаДокумента=1 \
    "Организация=$two" "Контрагент=$partner" >/dev/null
put C Document.ПоступлениеТоваровУслуг Number=П-9 Date=2026-02-03 СуммаДокумента=2 DeletionMark=true \
    "Организация=$one" "Контрагент=$partner" >/dev/null
for version in 1.01 1.02 1.03; do
    must filial C export --format clientbank --map "$demo/orders.map" --version $version \
        --where "Организация=$one" --account 40702810000000000001 orders.txt
    iconv -f cp1251 -t utf8 orders.txt | tr -d '\r' >orders.utf8
    for line in "ВерсияФормата=$version" Номер=П-7 Дата=01.02.2026 Сумма=42.50 ПлательщикИНН=5001000001 \
        'Получатель=ИНН 7701234567 ООО Ромашка' РасчСчет=40702810000000000001 \
        'НазначениеПлатежа=Оплата по накладной А-15 от 31.01.2026' Очередность=5; do
        grep -qxF "$line" orders.utf8 || { complain "no line $line"; cat orders.utf8; }
    done
    [ "$(grep -c СекцияДокумент orders.utf8)" = 1 ] || complain "--where chose others too"
done
refuse "is no version of the format" filial C export --format clientbank \
    --map "$demo/orders.map" --version 1.04 no.txt
cat >out.map <<'END'
type = Document.ПоступлениеНаРасчетныйСчет
key = Number
direction = out
[columns]
Number = Номер
Date = Дата
СуммаДокумента = Сумма
END
must filial C --json import --format clientbank --map out.map --dry-run orders.txt
says 'answer["new"] == 1'

# --- a mapping of orders that is wrong names its line, and nothing is written ---
must filial C object put "$bought" --set СуммаДокумента=0 --set Number=
refuse "would be empty" filial C export --format clientbank --map "$demo/orders.map" no.txt
for wrong in 'Код = {Нет}' 'Код = {Контрагент.Нет}' 'Код = {Number' 'Код = {Number.ИНН}' 'Номер = 2' 'Код'; do
    { cat "$demo/orders.map"; echo "$wrong"; } >wrong.map
    refuse "wrong.map, line $(wc -l <wrong.map)" filial C export --format clientbank --map wrong.map no.txt
done
sed '/^Сумма/d' "$demo/orders.map" >wrong.map
refuse "an order needs Сумма" filial C export --format clientbank --map wrong.map no.txt
[ ! -e no.txt ] || complain "what was refused has left a file"
exit "$failures"
