#!/usr/bin/env bash
# Files of Конвертация данных 2: loaded by hand, and as the conversation of a plan, with a
# model of 1C's readers that was written apart from ours.
# kd2_test.sh BIN_DIRECTORY DEMO_CONFIGURATION HARNESS_DIRECTORY MAPPINGS_DIRECTORY
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
harness=$3
mapping=$4/accounting8.xml
base() { python3 "$harness/base_kd2.py" "$@"; }
# counts WORDS COMMAND...: it succeeds and says so, with one blank for several
counts() {
    local words=$1
    shift
    "$@" >said 2>&1 || complain "$* failed: $(cat said)"
    tr -s ' ' <said >out
    grep -qF -- "$words" out || {
        complain "$* does not say \"$words\":"
        cat out
    }
}
# shows BASE TYPE GUID LINE: the base has this property of the object
shows() {
    base show "$1" "$2" "$3" >shown
    grep -qxF -- "$4" shown || {
        complain "$1 has no \"$4\" in $2 $3:"
        cat shown
    }
}
node() { # CODE: one that works alone
    must filial "$1" init "$work/$1" --code "$1" --configuration "$configuration" \
        --parent none --allow-any-file-system
}
rouble=10000000-0000-4000-8000-000000000643
firm=20000000-0000-4000-8000-000000000001
folder=30000000-0000-4000-8000-0000000000ff
partner=30000000-0000-4000-8000-000000000001
table=40000000-0000-4000-8000-000000000001
invoice=50000000-0000-4000-8000-000000000001
objects() {
    cat <<END
{"put":"Catalog.Валюты:$rouble","set":{"Code":"643","Description":"руб."}}
{"put":"Catalog.Организации:$firm","set":{"Code":"1","Description":"Ромашка","ИНН":"7700000001","КПП":"770001001"}}
{"put":"Catalog.Контрагенты:$folder","set":{"Code":"9","Description":"Покупатели","IsFolder":true}}
{"put":"Catalog.Контрагенты:$partner","set":{"Code":"1","Description":"ООО \"Лютик\" & Ко <1>","ИНН":"7701234567","КПП":"770101001","Parent":"$folder","ЮрФизЛицо":"ЮридическоеЛицо","Покупатель":true}}
{"put":"Catalog.Номенклатура:$table","set":{"Code":"1","Description":"Стол","СтавкаНДС":"НДС20"}}
{"put":"Document.СчетНаОплатуПокупателю:$invoice","set":{"Number":"А-000001","Date":"2026-07-01T12:00:00","Posted":true,"Организация":"$firm","Контрагент":"$partner","ВалютаДокумента":"$rouble","СуммаДокумента":"1000.5","Товары":[{"Номенклатура":"$table","Количество":"2","Цена":"500.25","Сумма":"1000.5","СтавкаНДС":"НДС20"}]}}
{"put":"InformationRegister.КурсыВалют","filter":{"Валюта":"$rouble","Period":"2026-07-01T00:00:00"},"records":[{"Курс":"92.5","Кратность":"1"}]}
END
}
partners=СправочникСсылка.Контрагенты
invoices=ДокументСсылка.СчетНаОплатуПокупателю

# A file that somebody loads by hand: the model takes it, and so does another node.
node А
objects | filial А batch >out || complain "batch"
counts "objects 7" filial А export --format kd2 --mapping "$mapping" hand.xml
expect 1 "mapping of the format \"enterprisedata\"" filial А export --format kd2 \
    --mapping "$(dirname "$mapping")/../enterprisedata/demonstration.xml" foreign.xml
[ ! -e foreign.xml ] || complain "a file by a mapping of another format was written"
base load hand.json hand.xml || complain "the model refuses hand.xml"
shows hand.json "$partners" "$partner" 'Наименование=ООО "Лютик" & Ко <1>'
shows hand.json "$partners" "$partner" "ЮрФизЛицо=ЮрЛицо"
shows hand.json "$partners" "$partner" "Родитель=$folder"
shows hand.json "$partners" "$partner" "ПометкаУдаления=false"
shows hand.json "$invoices" "$invoice" "СуммаДокумента=1000.5"
shows hand.json "$invoices" "$invoice" "Контрагент=$partner"
shows hand.json "$invoices" "$invoice" "Проведен=true"
grep -q "\"Номенклатура\": \"$table\"" <(base show hand.json "$invoices" "$invoice") ||
    complain "the rows of the invoice did not arrive"
node К
counts "applied 8" filial К import --format kd2 --mapping "$mapping" hand.xml
for ref in "Catalog.Контрагенты:$partner" "Document.СчетНаОплатуПокупателю:$invoice"; do
    diff <(filial А object get "$ref" | grep -v Покупатель) \
        <(filial К object get "$ref" | grep -v Покупатель) || complain "$ref differs"
done
counts "unchanged 7" filial К import --format kd2 --mapping "$mapping" hand.xml

# Bad input: words with the line, and nothing is changed.
bad() { # NAME WORDS SED-EXPRESSION
    sed -e "$3" hand.xml >"$1.xml"
    expect 1 "$2" filial К import --format kd2 --mapping "$mapping" "$1.xml"
}
bad cdata "CDATA" 's/<Значение>Ромашка</<Значение><![CDATA[Ромашка]]></'
bad comment "comment" 's/<Значение>Ромашка</<Значение><!-- -->Ромашка</'
bad expression "is an expression" 's#<Значение>Ромашка</Значение>#<Выражение>1+1</Выражение>#'
sed 's#<Свойство Имя="Префикс" Тип="Строка">#<Свойство Имя="Не наше">\n<Выражение>1</Выражение></Свойство>&#' \
    hand.xml >passed.xml
counts "unchanged 7" filial К import --format kd2 --mapping "$mapping" passed.xml
bad cut "ends too soon" '$d'
bad number "line" 's#<Значение>1000.5</Значение>#<Значение>тысяча</Значение>#'
bad rule 'line 428, СправочникСсылка.Контрагенты: its rule "Иное" (ИмяПравила) is neither among the rules' \
    '/<Объект/s/ИмяПравила="Контрагенты"/ИмяПравила="Иное"/'
sed 's/ИмяПравила="Контрагенты"/ИмяПравила="Иное"/; s#<Код>Контрагенты</Код>#<Код>Иное</Код>#' \
    hand.xml >renamed.xml
counts "unchanged 7" filial К import --format kd2 --mapping "$mapping" renamed.xml
bad value "ЮрФизЛицо: the value \"Артель\" has no counterpart" \
    's#<Значение>ЮрЛицо</Значение>#<Значение>Артель</Значение>#'
sed '/as="ЮрЛицо"/d' "$mapping" >poor.xml
expect 1 'Контрагенты.ЮрФизЛицо: the value "ЮридическоеЛицо" has no counterpart' \
    filial А mapping check poor.xml
counts "does not fit the format 0" filial А mapping check "$mapping"
# What is shipped works as it stands, rule for rule; entries have a configuration of their own
# (kd2_entries_test.sh).
for shipped in "$4"/*.xml; do
    [ "$(basename "$shipped")" = entries8.xml ] && continue
    filial А --json mapping check "$shipped" >said || complain "$shipped: $(cat said)"
    python3 -c '
import json, sys
said = json.load(open("said"))
sys.exit(said["rules"] != said["rules_whole"] or said["properties"] != said["properties_whole"] or
    said["rules"] < 6)' || complain "$shipped does not work as it stands: $(cat said)"
done
expect 1 "Catalog.Контрагенты:$partner: ЮрФизЛицо: the value \"ЮридическоеЛицо\" has no counterpart" \
    filial А export --format kd2 --mapping poor.xml unknown.xml
[ ! -e unknown.xml ] || complain "a file without a value was written"
expect 1 "not a message" filial К import --format kd2 hand.xml
sed 's/<Свойство Имя="НаименованиеПолное"/<Свойство Имя="Неведомое"/' hand.xml >unknown.xml
counts "unchanged 7" filial К import --format kd2 --mapping "$mapping" unknown.xml

# The conversation of a plan. The base has the partner under an identity of its own.
mkdir exchange
must filial А endpoint add --node БП --format kd2 --mapping "$mapping" --directory exchange \
    --base-plan ОбменСФилиалами --as Ф01
theirs=39999999-0000-4000-8000-000000000001
base put bp.json "$partners" "$theirs" "Наименование=Лютик" ИНН=7701234567 КПП=770101001 Код=1
base send bp.json from_bp.xml БП Ф01 ОбменСФилиалами
expect 1 'filial endpoint add --node БП --format kd2' filial К import --format kd2 from_bp.xml
counts "applied 1" filial А import --format kd2 from_bp.xml
expect 0 "Лютик" filial А object get "Catalog.Контрагенты:$partner"
refuse "was accepted already" filial А import --format kd2 from_bp.xml
must filial А export --to БП --format kd2 --all exchange/Message_Ф01_БП.xml
grep -q "УникальныйИдентификаторИсточника=\"$partner\" УникальныйИдентификаторПриемника=\"$theirs\"" \
    exchange/Message_Ф01_БП.xml || complain "the pair of identities was not told"
base load bp.json exchange/Message_Ф01_БП.xml || complain "the model refuses the message"
shows bp.json "$invoices" "$invoice" "Контрагент=$theirs"
shows bp.json "$partners" "$theirs" "Наименование=Лютик"
base load bp.json exchange/Message_Ф01_БП.xml 2>again && complain "taken twice"
grep -q "принято ранее" again || complain "another refusal: $(cat again)"

# The base confirms; a change of each side; both change one object.
base put bp.json "$partners" "$theirs" "Комментарий=из базы"
base send bp.json from_bp.xml БП Ф01 ОбменСФилиалами
counts "confirms our message 1" filial А import --format kd2 from_bp.xml
expect 0 "из базы" filial А object get "Catalog.Контрагенты:$partner"
echo "{\"put\":\"Catalog.Контрагенты:$partner\",\"set\":{\"Комментарий\":\"наше\"}}" |
    filial А batch >out
base put bp.json "$partners" "$theirs" "Комментарий=их"
base send bp.json from_bp.xml БП Ф01 ОбменСФилиалами low
counts "of them kept ours 1" filial А import --format kd2 from_bp.xml
expect 0 "наше" filial А object get "Catalog.Контрагенты:$partner"
base put bp.json "$partners" "$theirs" "Комментарий=главное"
base send bp.json from_bp.xml БП Ф01 ОбменСФилиалами
counts "collisions 1" filial А import --format kd2 from_bp.xml
expect 0 "главное" filial А object get "Catalog.Контрагенты:$partner"

# Deletions go both ways, by either identity.
filial А object delete "Document.СчетНаОплатуПокупателю:$invoice" >out || complain "delete"
must filial А export --to БП --format kd2 exchange/Message_Ф01_БП.xml
base load bp.json exchange/Message_Ф01_БП.xml || complain "the model refuses a deletion"
[ -z "$(base show bp.json "$invoices" "$invoice")" ] || complain "the invoice is still there"
base delete bp.json "$partners" "$theirs"
base send bp.json from_bp.xml БП Ф01 ОбменСФилиалами
must filial А import --format kd2 from_bp.xml
refuse "Catalog.Контрагенты" filial А object get "Catalog.Контрагенты:$partner"

# Out of order, nothing is taken, and what it confirms counts all the same.
echo "{\"put\":\"Catalog.Валюты:$rouble\",\"set\":{\"Description\":\"рубль\"}}" |
    filial А batch >out
must filial А export --to БП --format kd2 exchange/Message_Ф01_БП.xml
base load bp.json exchange/Message_Ф01_БП.xml || complain "the model refuses a change"
base send bp.json from_bp.xml БП Ф01 ОбменСФилиалами
sed 's#^</ФайлОбмена>#<Объект Нпп="1" Тип="СправочникСсылка.Валюты"><Свойство Имя="Код"><Значение><![CDATA[1]]></Значение></Свойство></Объект></ФайлОбмена>#' \
    from_bp.xml >broken.xml
refuse "CDATA" filial А import --format kd2 broken.xml
sent=$(filial А --json endpoint show БП | grep -o '"confirmed": *[0-9]*')
[ "${sent##* }" = 3 ] || complain "the confirmation did not count: $sent"

# The daemon does it by itself, in archives.
must filial А endpoint change БП --zip --poll 1s
rm -f exchange/*
echo "sync_interval = 1h" >>А/node.conf
echo "{\"put\":\"Catalog.Валюты:$rouble\",\"set\":{\"Description\":\"руб.\"}}" |
    filial А batch >out
start А # it looks at once, so all of that is there already
for _ in $(seq 400); do
    [ -e exchange/Message_А_БП.zip ] && break
    sleep 0.05
done
python3 -c "
import sys, zipfile
with zipfile.ZipFile('exchange/Message_А_БП.zip') as archive:
    sys.stdout.buffer.write(archive.read(archive.namelist()[0]))" >unpacked.xml ||
    complain "no archive was written"
base load bp.json unpacked.xml || complain "the model refuses what the daemon wrote"
shows bp.json СправочникСсылка.Валюты "$rouble" "Наименование=руб."
stop А
exit "$failures"
