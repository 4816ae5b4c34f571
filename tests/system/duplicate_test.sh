#!/usr/bin/env bash
# The same customer entered in two branches: found at the centre, merged there while filiald
# is killed at random moments, and undone; the branches follow. duplicate_test.sh BIN CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$(dirname "$0")/../harness/quiet.sh"

# card CODE NAME UUID: a customer and 400 invoices of his.
card() {
    python3 - "$@" >lines <<'P'
import json, sys, uuid
code, name, ref = sys.argv[1:]
customer = "Catalog.Контрагенты:" + ref
def put(to, **values):
    print(json.dumps({"put": to, "set": values}, ensure_ascii=False))
put(customer, Description=name, ИНН="7701234567", КонтактнаяИнформация=[{"Представление": "+7 (495) 123-45-67, info@romashka.ru"}])
for i in range(400):
    put("Document.СчетНаОплатуПокупателю:" + str(uuid.uuid5(uuid.NAMESPACE_OID, code + str(i))), Number=f"{code}-{i}",
        Контрагент=customer)
P
    must filial "$1" batch <lines
}
for code in C A B; do make $code "$quiet"; done
one=11111111-2222-4333-8444-00000000000a two=11111111-2222-4333-8444-00000000000b
kept=Catalog.Контрагенты:$one duplicate=Catalog.Контрагенты:$two
for code in A B; do
    must filial C invite $code --auto-approve
    must filial $code join "$(cat out)"
done
card A 'ООО «Ромашка»' $one
card B 'Ромашка, ООО' $two
both() { for code in A B; do must filial $code sync now --timeout 60s; done; }
# of CODE first|second: the invoices of either.
of() {
    filial "$1" duplicate show "$kept" "$duplicate" --json |
        python3 -c 'import json, sys
print(sum(row["objects"] for row in json.load(sys.stdin)["uses"] if row["of"].endswith(sys.argv[1])))' "$2"
}
hash_of() { filial "$1" status --hash; }
both
both

expect 0 "inn+kpp, phone, e-mail, name" filial C duplicate list
expect 0 "ООО «Ромашка»" filial C duplicate list --min 100
expect 0 "400" filial C duplicate show "$kept" "$duplicate"
[ "$(of C second)" = 400 ] || complain "the centre has $(of C second) invoices of the duplicate"
before=$(hash_of C)

# Merged, and killed; begun again until it is done. Each of them is on record.
RANDOM=7
for round in $(seq 4); do
    filial C duplicate merge "$kept" "$duplicate" --fill --by Анна >/dev/null 2>&1 &
    asker=$!
    sleep "0.0$((RANDOM % 9))"
    kill -KILL "${pids[C]}"
    wait "${pids[C]}" "$asker" 2>/dev/null
    unset "pids[C]"
    start C
done
must filial C duplicate merge "$kept" "$duplicate" --fill --by Анна
[ "$(of C second)" = 0 ] || complain "$(of C second) invoices have the duplicate still"
[ "$(of C first)" = 800 ] || complain "$(of C first) invoices of the one that is kept"
expect 0 "Анна" filial C duplicate list --merged
expect 0 "objects looked at" filial C duplicate list
grep -q "Ромашка" out && complain "what is merged is a candidate still"
both
for code in A B; do
    [ "$(of $code first)" = 800 ] || complain "$code has $(of $code first) invoices of the one that is kept"
    filial $code object get "$duplicate" --json >out
    grep -q '"DeletionMark": true' out || complain "$code does not know that the duplicate is marked"
done
[ "$(hash_of A)" = "$(hash_of C)" ] || complain "A and the centre differ"

# B writes without a line, and has not heard of the next merge: nothing is lost, what it wrote
# is counted, and turned when the merge is asked for again.
third=Catalog.Контрагенты:11111111-2222-4333-8444-00000000000c
must filial B object put "$third" --set "Description=Ромашка (склад)"
invoice=$(filial B object put Document.СчетНаОплатуПокупателю --set Number=1 --set "Контрагент=$third")
both
must filial C duplicate merge "$kept" "$third"
expect 0 "[]" filial C duplicate list --left --json
must filial B object put "$third" --set ИНН=7709999999
must filial B object put "$invoice" --set Number=2
new=$(filial B object put Document.СчетНаОплатуПокупателю --set Number=3 --set "Контрагент=$third")
both
both
expect 0 '"references": 1' filial C duplicate list --left --json
expect 0 "$third" filial C duplicate list --left
expect 0 "${invoice#*:}" filial C collision list
expect 0 "${third#*:}" filial C collision list
must filial C duplicate merge "$kept" "$third"
expect 0 "[]" filial C duplicate list --left --json
both
for code in A B C; do
    expect 0 "$one" filial $code object get "$new"
    [ "$(hash_of $code)" = "$(hash_of C)" ] || complain "$code and the centre differ after the second merge"
done
last=$(filial C duplicate list --merged --json | grep -c '"number"')
for number in $last $((last - 1)); do must filial C duplicate undo "$number"; done
for ref in "$invoice" "$new"; do must filial C object delete "$ref"; done
must filial C object delete "$third"
both
both

# Undone, the last first; killed on the way too.
last=$(filial C duplicate list --merged --json | grep -c '"number"')
for number in $(seq "$last" -1 1); do
    filial C duplicate undo "$number" >/dev/null 2>&1 &
    asker=$!
    sleep "0.0$((RANDOM % 9))"
    kill -KILL "${pids[C]}"
    wait "${pids[C]}" "$asker" 2>/dev/null
    unset "pids[C]"
    start C
    filial C duplicate undo "$number" >out 2>&1 || grep -q "is undone" out ||
        { complain "undo $number:"; cat out; }
done
[ "$(hash_of C)" = "$before" ] || complain "it is not as it was before"
both
[ "$(of B second)" = 400 ] || complain "B has $(of B second) invoices of its customer again"
[ "$(hash_of B)" = "$(hash_of C)" ] || complain "B and the centre differ"
expect 1 "is undone" filial C duplicate undo 1
expect 1 "not here" filial C duplicate show "$kept" Catalog.Контрагенты:$(printf %08d 9)-2222-4333-8444-000000000009
for code in A B C; do stop $code; done
exit $((failures > 0))
