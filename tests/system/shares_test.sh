#!/usr/bin/env bash
# Large files are taken and written in shares: commands are served meanwhile, who gives up
# spoils nothing, and what was taken or written is all that was there.
# shares_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
make_node() {
    must filial "$1" init "$work/$1" --code "$2" --parent none --allow-any-file-system \
        --configuration "$configuration"
    start "$1"
}
content() { filial "$1" status | sed -n 's/^content hash *//p'; }
# served NODE ARGUMENT...: the command ends well, and others are answered before it does.
here=$(cd "$(dirname "$0")" && pwd)
served() {
    local node=$1
    shift
    echo 0 >count
    python3 "$here/../harness/served.py" "$work/$node" count "$@" >long 2>&1 ||
        complain "$*: $(cat long)"
    [ "$(cat count)" -gt 1 ] || complain "$*: nothing was served meanwhile"
}

"$bin/filial_generate" --configuration "$configuration" --from БП --to Ф01 --objects 10000 \
    >Message_БП_Ф01.xml || complain "nothing was generated"
make_node a Ф01
must filial a node add БП --format v8msg
served a import Message_БП_Ф01.xml
[ "$(sed -n 's/^applied *//p' long)" = 10000 ] || complain "not all: $(cat long)"

# Once more for many, so that it is work of many shares, and taken back.
for_all=(--for БП)
for n in 1 2 3 4 5 6 7 8 9; do
    must filial a node add ФЛ$n --format v8msg
    for_all+=(--for ФЛ$n)
done
served a register --all "${for_all[@]}"
[ "$(sed -n 's/^registrations *//p' long)" = 100000 ] || complain "not all: $(cat long)"
served a unregister --all "${for_all[@]}"
[ "$(sed -n 's/^registrations *//p' long)" = 100000 ] || complain "not all: $(cat long)"

# All of it to others, in both forms and by a mapping that the command gives.
kd2=$here/../../deploy/mappings/kd2/accounting8.xml
served a export --format 1cv8dtud plain.xml
served a export --format 1cv8dtud --xdto xdto.xml
served a export --format kd2 --mapping "$kd2" kd2.xml
mkdir given_up
"$bin/filial" --node "$work/a" export --format 1cv8dtud given_up/plain.xml >/dev/null 2>&1 &
given_up=$!
for _ in $(seq 2000); do [ -n "$(find given_up -name '.filial-*.part')" ] && break; done
kill "$given_up" 2>/dev/null
wait "$given_up" 2>/dev/null
for _ in $(seq 2000); do [ -z "$(find given_up -name '.filial-*.part')" ] && break; done
[ -z "$(find given_up -name '.filial-*.part')" ] || complain "what was given up is still there"
stop a
for form in "" --xdto; do
    must filial a export --format 1cv8dtud $form alone.xml
    case "$form" in "") cmp plain.xml alone.xml ;; *) cmp xdto.xml alone.xml ;; esac ||
        complain "a command by itself writes another file"
done
must filial a export --format kd2 --mapping "$kd2" alone.kd2
sed -i 's/ДатаВыгрузки="[^"]*"//; /<ДатаВремяСоздания>/d' kd2.xml alone.kd2 # when it was made
cmp kd2.xml alone.kd2 || complain "a command by itself writes another file of kd2"
start a

# One of those who take it gives up on the way first.
make_node b Ф02
"$bin/filial" --node "$work/b" import --format 1cv8dtud plain.xml >/dev/null 2>&1 &
given_up=$!
filial b plan list >/dev/null
kill "$given_up" 2>/dev/null
wait "$given_up" 2>/dev/null
served b import --format 1cv8dtud plain.xml
[ "$(content b)" = "$(content a)" ] || complain "what came by the plain form is not the same"
make_node c Ф03
served c import --format 1cv8dtud xdto.xml
[ "$(content c)" = "$(content a)" ] || complain "what came by the form of 8.3 is not the same"
must filial c import --format 1cv8dtud xdto.xml
[ "$(sed -n 's/^applied *//p' out)" = 0 ] || complain "it was not the same: $(cat out)"
make_node d Ф04
served d import --format kd2 --mapping "$kd2" kd2.xml
create e Ф05 --parent none
must filial e import --format kd2 --mapping "$kd2" kd2.xml
[ "$(content d)" = "$(content e)" ] || complain "a command by itself takes other objects of kd2"

# A table: who gives up has written nothing, and only one is written at a time.
python3 -c '
print("ИНН;Имя;КПП")
for i in range(60000):
    print(f"77{i:08};Клиент {i};770101001")' >table.csv
printf 'type = Catalog.Контрагенты\nkey = ИНН\n[columns]\nИНН = ИНН\nDescription = Имя\nКПП = КПП\n' >table.map
make_node f Ф06
before=$(content f)
sed '$s/^/12345/' table.csv >refused.csv
"$bin/filial" --node "$work/f" import --format csv --map table.map refused.csv >/dev/null 2>&1 &
given_up=$!
filial f plan list >/dev/null
kill "$given_up" 2>/dev/null
wait "$given_up" 2>/dev/null
[ "$(content f)" = "$before" ] || complain "a table that was given up, or refused, has written"
served f import --format csv --map table.map table.csv
[ "$(sed -n 's/^written *//p' long)" = 60000 ] || complain "not all: $(cat long)"
must filial f import --format csv --map table.map table.csv
[ "$(sed -n 's/^equal *//p' out)" = 60000 ] || complain "it was not the same: $(cat out)"

# And out again.
type=Catalog.Контрагенты
served f export --format csv --type $type out.csv
served f export --format xlsx --type $type out.xlsx
stop f
must filial f export --format csv --type $type alone.csv
cmp out.csv alone.csv || complain "a command by itself writes another table"
[ "$(wc -l <out.csv)" = 60001 ] || complain "the table has not all: $(wc -l <out.csv)"
must filial f export --format xlsx --type $type alone.xlsx
python3 -c '
import sys, zipfile
sheets = [zipfile.ZipFile(name).read("xl/worksheets/sheet1.xml") for name in sys.argv[1:]]
sys.exit(sheets[0] != sheets[1] or sheets[0].count(b"<row") != 60001)' out.xlsx alone.xlsx ||
    complain "a command by itself writes another workbook"
exit "$failures"
