#!/usr/bin/env bash
# Tables and a bank statement at a node, as a person loads them.
# tables_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
set -uo pipefail
bin=$1
configuration=$2
map=$(dirname "$configuration")/bank.map
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset FILIAL_NODE LC_ALL LC_MESSAGES LANGUAGE
export LANG=C.UTF-8
failures=0

filial() { "$bin/filial" --node "$work/node" "$@"; }
# is JSON_MEMBER VALUE: of the last answer in ./out.
is() {
    local got
    got=$(python3 -c 'import json,sys; print(json.load(open("out"))[sys.argv[1]])' "$1")
    [ "$got" = "$2" ] || { echo "FAILED: $1 is $got, not $2"; cat out err; failures=$((failures + 1)); }
}
load() { filial --json import "$@" >out 2>err; }
must_fail() {
    if load "$@"; then echo "FAILED: $* was taken"; failures=$((failures + 1)); fi
}
says() { grep -q -- "$1" err || { echo "FAILED: no \"$1\" in:"; cat err; failures=$((failures + 1)); }; }

"$bin/filial" init node --code ЦО --configuration "$configuration" --parent none \
    --allow-any-file-system >/dev/null || exit 1

# A table in windows-1251: suggested, looked at, loaded twice, changed.
printf 'Наименование;ИНН;Телефон\r\nРомашка;7701234567;1\r\nЛютик;7701234568;2\r\n' |
    iconv -f utf8 -t cp1251 >k.csv
filial import --format csv --type Catalog.Контрагенты --suggest k.csv >k.map || exit 1
load --format csv --map k.map --dry-run k.csv && is new 2 && is written 0
load --format csv --map k.map k.csv && is written 2
load --format csv --map k.map k.csv && is equal 2 && is written 0
printf 'ИНН,Наименование\n7701234567,Ромашка и К\n' >k2.csv
load --format csv --map k.map k2.csv && is changed 1 && is written 1

# The type is guessed by columns, the name of the file and words; others that fit are told.
suggests() { # TYPE FILE HEADER
    printf '%s\n' "$3" >"$2"
    filial import --format csv --suggest "$2" >guessed 2>err
    grep -qx "type = $1" guessed || { echo "FAILED: $2 is no $1"; cat guessed err; failures=$((failures + 1)); }
}
suggests Catalog.Контрагенты table.csv 'Наименование;ИНН;КПП'
grep -q '^# 3/3 .*: Catalog.Организации$' guessed || { echo "FAILED: others are not told"; failures=$((failures + 1)); }
suggests Catalog.Организации организации.csv 'Наименование;ИНН;КПП'
suggests Catalog.Контрагенты клиенты.csv 'Код;Наименование'
suggests Catalog.Номенклатура товары.csv 'Код;Наименование'
suggests Document.СчетНаОплатуПокупателю счета.csv 'Номер;Дата;Покупатель;Сумма'
suggests Catalog.Контрагенты table.csv 'Клиент;ИНН'
grep -qx 'Description = Клиент' guessed || { echo "FAILED: a name is not known by what it names"; failures=$((failures + 1)); }

printf 'Отчет за январь\n\n;ООО Ромашка\nКод;Наименование;ИНН\n1;Астра;7701234999\n' >titled.csv
filial import --format csv --suggest titled.csv >titled.map || exit 1
load --format csv --map titled.map --dry-run titled.csv && is rows 1 && is new 1

# Bad rows are listed with their lines, and nothing is written.
printf 'ИНН,Наименование\n1,Новый\n12345678901234567890,Длинный\n1,Снова\n' >bad.csv
must_fail --format csv --map k.map bad.csv
says "2 of 3 rows were refused"
load --format csv --map k.map --skip-refused bad.csv && is written 1
printf 'ИНН,Имя\n1,x\n' >missing.csv
must_fail --format csv --map k.map missing.csv
says 'there is no column .*Наименование'
printf 'key = ИНН\n' >no.map
must_fail --format csv --map no.map k.csv
says "no.map, line 1"
sed 's/^ИНН = .*/& | date/' k.map >dateless.map
must_fail --format csv --map dateless.map k.csv
says 'of what?'

# Out as a workbook and in again: everything is equal, refs to others too.
folder=$(filial --json object put Catalog.Контрагенты --set Description=Папка --set IsFolder=true |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["ref"])')
child=$(filial --json object list Catalog.Контрагенты --where ИНН=7701234567 |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["objects"][0]["ref"])')
filial object put "$child" --set "Parent=$folder" >/dev/null || failures=1
filial export --format xlsx --type Catalog.Контрагенты all.xlsx >/dev/null || failures=1
filial import --format xlsx --type Catalog.Контрагенты --suggest all.xlsx >all.map || failures=1
load --format xlsx --map all.map all.xlsx && is equal 4 && is refused 0

# A workbook of Excel 97, of one row; cut it is refused, not taken in part.
python3 -c 'import base64, sys, zlib
sys.stdout.buffer.write(zlib.decompress(base64.b64decode(sys.stdin.read())))' >old.xls <<'P'
eNrtWE1oU0EQ/vZl80uan5qKbWkJRavWUlpLoajJa0J/Ti3Viz8I2tocpJJK8KAetFpzFAqCoHgp1IOXWi/+oAe9
eRAiehAEIdGjJ0HBQ5rn7ORF0qrQgBYq+z1mdnZm5+28/X/7OhfOLzxoKmAN4nCgZHnhqtIJIm8lEwLZLUuJldRD
ZGlsKng91JEuJ57WvXKrPlT9XYCBZfmCOPCR6DjOYmwmnYpuIJIcw4RQMcSIC9whTQCNHFU981PMtzC/zyWfMR9g
zXXmMSqbF8eQM8c6+u1RfMRoY1sA6r2P2Oc9a3rQgJdqFF+eF+WyTiQypyfObDJDq/RjEdShI6l0KqPyQdyFDxgc
7Bod7TpKyCNCnb2Ib1YU+FqZ1c+jWr+xegHSf1+td/9B76FOXKu/YUhgFtZJniRZGu69Ulmcoln2y4RMyh4UMQyl
VOSHaJHdZDog+2RMxuVeysUo3ycdENtkCz0SIkLaJJELYjsZu+V+uY+4T20BvGSEVi0ZdTyV/MSnEGQ5zBMqRDEX
7315Mzo5bp5gzSxvE+XNZIeKHRauKA9yDrDFYO4g6mB5D/Or/NZmlpuYR2i0U9o+3mALw3Nc5hpb26meXsZbc2eV
vIvk7OeDj1uzn8zdJC+NFC5Glt6ZC2ijzW2K/NUzh07RKW7fUnhiVlJhLzwfmDf+sgh5jJAdu2XvmEGsqGlHCDMv
51TriJ85w24r5S1+4y3YW7WHg1pIsDcwP3R+uZi4ZCi7QXHdzBmIG/V4yM03ULVt+6ChoaGhoaGhoaFRdadj2Mdt
dRh32gd6t32vs0JU0tck/y0OYYaec/RTOYQ0pRlcqGn8bKUfzcq7xDp9KveFCoep9gymMclxTNc8fumHTFR/z7od
Q39vCtVaf6mWOP9x/T8AQjvRnQ==
P
printf 'type = Document.СчетНаОплатуПокупателю\nkey = Number\n[columns]\nNumber = ИНН\nКомментарий = Наименование\nDate = Дата\n' >old.map
load --format xls --map old.map old.xls && is written 1
filial object list Document.СчетНаОплатуПокупателю --where Number=7701234777 >listed
grep -q 2026-01-31 listed || { echo "FAILED: a date of Excel 97"; cat listed; failures=1; }
head -c 4000 old.xls >cut.xls
must_fail --format xls --map old.map cut.xls
says "or damaged"

# A bomb: 80 MiB of blanks in a sheet.
python3 - <<'P'
import zipfile
z = zipfile.ZipFile('bomb.xlsx', 'w', zipfile.ZIP_DEFLATED)
z.writestr('xl/workbook.xml', '<workbook><sheets><sheet name="A" id="1"/></sheets></workbook>')
z.writestr('xl/_rels/workbook.xml.rels', '<x><Relationship Id="1" Target="s.xml"/></x>')
z.writestr('xl/s.xml', '<worksheet>' + ' ' * (80 << 20) + '</worksheet>')
P
must_fail --format xlsx --map k.map bomb.xlsx
says "trap"

# A statement: one invoice paid, one in part, one payment by another, one for nothing.
ours=$(filial object put Catalog.Организации --set Description=Наша)
one=$(filial object list Catalog.Контрагенты --where ИНН=7701234567 --refs)
two=$(filial object list Catalog.Контрагенты --where ИНН=7701234568 --refs)
invoice() {
    filial object put Document.СчетНаОплатуПокупателю --set "Number=$1" --set Date=2026-01-10 \
        --set "СуммаДокумента=$2" --set "Контрагент=$3" --set "Организация=$ours"
}
first=$(invoice ЦО-000123 1500.50 "$one")
invoice ЦО-000124 2000 "$one" >/dev/null
invoice ЦО-000125 100 "$two" >/dev/null
payment() {
    printf 'СекцияДокумент=Платежное поручение\r\nНомер=%s\r\nДата=11.01.2026\r\nСумма=%s\r\n' "$1" "$2"
    printf 'ПлательщикИНН=7701234567\r\nПлательщик1=Ромашка\r\nДатаПоступило=12.01.2026\r\n'
    printf 'НазначениеПлатежа=%s\r\nКонецДокумента\r\n' "$3"
}
{
    printf '1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка=Windows\r\nРасчСчет=1\r\n'
    payment БА1 1500.50 'по счету ЦО-000123 от 10.01.2026'
    payment 2 500.00 'По счёту № 124'
    payment 3 100.00 'счет 125'
    payment 4 7.00 'за воду'
} | iconv -f utf8 -t cp1251 >kl.txt
cp kl.txt cut.txt
printf 'КонецФайла' >>kl.txt # UTF-8 in a file of windows-1251, as one bank writes it
must_fail --format clientbank --map "$map" cut.txt
says "КонецФайла is missing"
load --format clientbank --map "$map" kl.txt && is written 4
says "another encoding"
matched=$(python3 -c 'import json; print([p["matched"] for p in json.load(open("out"))["payments"]])')
[ "$matched" = "[True, True, False, False]" ] || { echo "FAILED: $matched"; failures=1; }
filial object list Document.ПоступлениеНаРасчетныйСчет --refs --where "Организация=$ours" >paid
[ "$(wc -l <paid)" = 2 ] || { echo "FAILED: the payments of our company"; cat paid; failures=1; }
filial object get "$(head -n 1 paid)" | grep "$first" >/dev/null || { echo "FAILED: no invoice"; failures=1; }
load --format clientbank --map "$map" kl.txt && is equal 4
# The INN before a name goes; what went out is counted, and left out.
iconv -f cp1251 -t utf8 cut.txt | sed 's/^Плательщик1=.*\r/Плательщик=ИНН 7701234567 ООО Ромашка\r/
    /^Номер=2/,/^Номер=3/s/ДатаПоступило/ДатаСписано/' >names.txt
printf 'КонецФайла\r\n' >>names.txt
load --format clientbank --map "$map" --dry-run names.txt && is rows 3 && is other_direction 1
party=$(python3 -c 'import json; print({p["party"] for p in json.load(open("out"))["payments"]})')
[ "$party" = "{'ООО Ромашка'}" ] || { echo "FAILED: $party"; failures=1; }
filial export --format clientbank --map "$map" orders.txt >/dev/null || failures=1
iconv -f cp1251 -t utf8 orders.txt | grep 'Сумма=1500.50' >/dev/null || { echo "FAILED: orders"; failures=1; }
exit $((failures > 0))
