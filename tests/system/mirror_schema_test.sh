#!/usr/bin/env bash
# What the mirror makes of a configuration that changes: texts that become references, and
# columns that become wider under views. mirror_schema_test.sh BIN CONFIGURATION HARNESS
harness=$(realpath "$3")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$harness/postgresql.sh"
trap 'postgresql_stop a; cleanup' EXIT

command -v sqlite3 >/dev/null && [ -n "$postgresql_bin" ] || {
    echo "sqlite3 and postgresql-15 are not installed: deploy/packages test"
    exit 77
}
# configure OLD NEW FILE: a copy of the configuration with one piece replaced.
cp -r "$configuration" "$work/configuration" && chmod -R u+w "$work/configuration"
change() {
    python3 - "$work/configuration/$1" "$2" "$3" <<'P'
import re, sys
path, pattern, new = sys.argv[1:]
text = open(path, encoding="utf-8-sig").read()
changed = re.sub(pattern, new, text, count=1, flags=re.S)
assert changed != text, (path, pattern)
open(path, "w", encoding="utf-8").write(changed)
P
}
manager='(<Name>ОсновнойМенеджер</Name>.*?<Type>).*?(</Type>)'
# answers WANTED WHERE QUERY: of both databases, "sqlite" or "pg".
answers() {
    local got
    if [ "$2" = sqlite ]; then got=$(sqlite3 mirror.db "$3" 2>&1); else got=$(postgresql a mirror "$3" 2>&1); fi
    [ "$got" = "$1" ] || complain "$2: $3 gave \"$got\", not \"$1\""
}
both() {
    answers "$1" sqlite "$2"
    answers "$1" pg "$2"
}

postgresql_start a || exit 1
postgresql a postgres "CREATE DATABASE mirror"
change Catalogs/Склады.xml '<DescriptionLength>.*?<CodeType>String' \
    '<DescriptionLength>0</DescriptionLength><CodeType>Number'
must "$bin/filial" init "$work/C" --code ЦО --configuration "$work/configuration" --parent none \
    --allow-any-file-system
manager_ref=$(filial C object put Catalog.Сотрудники --set Description=Иванова)
store_ref=$(filial C object put Catalog.Склады --set Code=7)
plain=$(filial C object put Catalog.Контрагенты --set Description=Ромашка --set ОсновнойМенеджер=Петров)
like=$(filial C object put Catalog.Контрагенты --set Description=Василёк \
    --set "ОсновнойМенеджер=${manager_ref#*:}")
must filial C object put Document.РеализацияТоваровУслуг --set Number=1 --set "Склад=$store_ref"
must filial C endpoint add --format sql --url "sqlite:$work/mirror.db"
must filial C endpoint add --node PG --format sql --url "$(postgresql_url a mirror)" --partition branch
for mirror in SQL PG; do must filial C endpoint poll $mirror; done

# A text becomes a reference: texts that are none have no words, and all goes on.
start C
change Catalogs/Контрагенты.xml "$manager" '\1<v8:Type>cfg:CatalogRef.Сотрудники</v8:Type>\2'
change Catalogs/Контрагенты.xml '(<Attribute uuid=")[^"]*(".*?<Name>).*?(</Name>.*?</Attribute>)' \
    '\g<1>5ba47fd8-1a4f-4c33-9d2c-3f1f0cbe8f01\2Новый\3\g<0>'
must filial C configuration load "$work/configuration"
must filial C object put "$store_ref" --set Code=8
for mirror in SQL PG; do must filial C endpoint poll $mirror; done
words='SELECT "Description", COALESCE("ОсновнойМенеджер_Description", '"''"') FROM "v_Catalog_Контрагенты" ORDER BY 1'
both $'Василёк|Иванова\nРомашка|' "$words"
must filial C object put "$plain" --set "ОсновнойМенеджер=$manager_ref"
for mirror in SQL PG; do must filial C endpoint poll $mirror; done
both $'Василёк|Иванова\nРомашка|Иванова' "$words"

# A number becomes a text: views of ours that show it, or join its table, stand in nobody's
# way; of a view of somebody else's it is told, and without it the mirror goes on.
store='SELECT "Склад_Description" FROM "v_Document_РеализацияТоваровУслуг"'
both 8 "$store"
postgresql a mirror 'CREATE SCHEMA s; CREATE VIEW s.report AS SELECT "Code" FROM "Catalog_Склады"'
change Catalogs/Склады.xml '<CodeType>Number' '<CodeType>String'
must filial C configuration load "$work/configuration"
must filial C object put "$store_ref" --set Code=А9
must filial C endpoint poll SQL
expect 1 "the view s.report stands on" filial C endpoint poll PG
answers 8 pg "$store"
postgresql a mirror 'DROP VIEW s.report'
must filial C endpoint poll PG
both А9 "$store"
answers text pg "SELECT data_type FROM information_schema.columns WHERE table_name = 'Catalog_Склады' AND
    column_name = 'Code'"
# A reference becomes one of several types, then one again, with what is left of the others.
change Catalogs/Контрагенты.xml "$manager" \
    '\1<v8:Type>cfg:CatalogRef.Сотрудники</v8:Type><v8:Type>cfg:CatalogRef.Склады</v8:Type><v8:Type>xs:string</v8:Type>\2'
must filial C configuration load "$work/configuration"
must filial C object put "$like" --set "ОсновнойМенеджер=$store_ref"
for mirror in SQL PG; do must filial C endpoint poll $mirror; done
both $'Василёк|А9\nРомашка|Иванова' "$words" # which type it was is not filled anew, and not needed
change Catalogs/Контрагенты.xml "$manager" '\1<v8:Type>cfg:CatalogRef.Склады</v8:Type>\2'
must filial C configuration load "$work/configuration"
must filial C object put "$store_ref" --set Code=Б1
for mirror in SQL PG; do must filial C endpoint poll $mirror; done
both $'Василёк|Б1\nРомашка|' "$words"
stop C

# Names that PostgreSQL cuts, that are alike then or in Latin letters, and attributes that
# are called as columns of the mirror are: each has a column, and each table its view.
long=ОченьДлинноеИмяРеквизитаКотороеНеПомещаетсяВШестьдесятТриБайта
document=ОченьДлинныйТипДокументаПоУчетуОсновныхСредствИНематериальныхАктивов
python3 "$harness/make_configuration.py" names <<C
Catalog Товары code:9
Catalog Ёж Щука:s5 Schuka:s5 schuka:s5 Съем:s5 Сем:s5
Catalog Ежъ Щ:s5
Catalog Еж Щ:s5
Catalog Ezh Щ:s5
Document $document ${long}А:Catalog.Товары ${long}Б:Catalog.Товары|Document.${document}А Товар:Catalog.Товары Товар_Description:s20 Союз:Catalog.Товары|Document.$document Союз_Type:s9 _id:s9 _branch:s9
 Строки: ${long}А:Catalog.Товары ${long}Б:Catalog.Товары _line:n5.0
Document ${document}А ${long}А:Catalog.Товары
 Строки: Товар:Catalog.Товары
C
configuration=$(realpath names) create N N --parent none
item=$(filial N object put Catalog.Товары --set Description=Гвозди)
must filial N object put Catalog.Ёж --set Щука=1 --set Schuka=2 --set schuka=3 --set Съем=4 --set Сем=5
must filial N object put "Document.$document" --set "${long}А=$item" --set "${long}Б=$item" --set "Товар=$item" \
    --set Товар_Description=слова --set "Союз=$item" --set Союз_Type=тип --set _id=свой --set _branch=своя
for names in as-is latin; do
    must filial N endpoint add --node "S$names" --format sql --url "sqlite:$work/$names.db" --names $names
    must filial N endpoint poll "S$names"
    postgresql a postgres "CREATE DATABASE \"$names\""
    must filial N endpoint add --node "P$names" --format sql --url "$(postgresql_url a "$names")" --names $names
    must filial N endpoint poll "P$names"
    [ "$(sqlite3 "$names.db" "SELECT count(*) FROM filial_schema WHERE attribute = '' AND NOT EXISTS (SELECT 1
        FROM sqlite_master WHERE type = 'view' AND name = 'v_' || table_name)")" = 0 ] || complain "SQLite: no view"
    [ "$(postgresql a "$names" "SELECT count(*) FROM filial_schema WHERE attribute = '' AND NOT EXISTS (SELECT 1
        FROM pg_class WHERE relkind = 'v' AND relname = CAST('v_' || table_name AS name))")" = 0 ] ||
        complain "PostgreSQL, $names: a table has no view"
done
# told OF: of each attribute its value, by the name that the mirror says it has.
told() {
    local column
    for attribute in "${@:2}"; do
        column=$(postgresql a latin "SELECT column_name FROM filial_schema WHERE object = '$1' AND attribute = '$attribute'")
        postgresql a latin "SELECT \"$column\" FROM \"$(postgresql a latin "SELECT table_name FROM filial_schema
            WHERE object = '$1' AND attribute = ''")\"" | tr '\n' ' '
    done
}
[ "$(told Catalog.Ёж Щука Schuka schuka Съем Сем)" = "1 2 3 4 5 " ] || complain "what is alike in Latin is mixed up"
[ "$(told "Document.$document" Товар_Description Союз_Type Союз:Type _id _branch)" = \
    "слова тип Catalog.Товары свой своя " ] || complain "what is called as ours is mixed up"
words="SELECT * FROM \"v_Document_$document\""
sqlite3 -json as-is.db "$words" >words
python3 - words <<'P' || complain "the words of SQLite: $(cat words)"
import json, sys
(row,) = json.load(open(sys.argv[1]))
assert len([1 for value in row.values() if value == "Гвозди"]) == 4, row
assert row["Товар_Description"] == "слова" and row["Товар_Description_2"] == "Гвозди", row
P
[ "$(postgresql a as-is "$words" 2>/dev/null | tr '|' '\n' | grep -c Гвозди)" = 4 ] || complain "the words of PostgreSQL"

# A branch may be called as anything: its partition is none of the others.
postgresql a postgres "CREATE DATABASE zero"
must "$bin/filial" init "$work/Z" --code 0 --configuration "$configuration" --parent none --allow-any-file-system
must filial Z object put Catalog.Контрагенты --set Description=Нулевой
must filial Z endpoint add --format sql --url "$(postgresql_url a zero)" --partition branch
must filial Z endpoint poll SQL
[ "$(postgresql a zero 'SELECT count(*) FROM "Catalog_Контрагенты$0"')" = 1 ] || complain "no partition of 0"
[ "$(postgresql a zero 'SELECT count(*) FROM "Catalog_Контрагенты$"')" = 0 ] || complain "no partition of others"
exit $((failures > 0))
