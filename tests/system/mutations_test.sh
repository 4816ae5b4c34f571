#!/usr/bin/env bash
# Messages of the universal format with one thing wrong: each is taken or refused with the
# line, and what is refused has changed nothing.
# mutations_test.sh BIN_DIRECTORY DEMO_CONFIGURATION HARNESS_DIRECTORY MAPPINGS_DIRECTORY
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
mapping=$4/demonstration.xml
rouble=10000000-0000-4000-8000-000000000643
firm=20000000-0000-4000-8000-000000000001
lily=30000000-0000-4000-8000-000000000001
table=40000000-0000-4000-8000-000000000001
store=60000000-0000-4000-8000-000000000001
sale=70000000-0000-4000-8000-000000000001
count=25
[ "${FILIAL_TEST_ALL:-0}" = 1 ] && count=400

for node in n t; do
    must filial $node init "$work/$node" --code ФЛ --configuration "$configuration" \
        --parent none --allow-any-file-system
done
filial n batch >out 2>&1 <<END || complain "batch: $(cat out)"
{"put":"Catalog.Валюты:$rouble","set":{"Code":"643","Description":"руб."}}
{"put":"Catalog.Организации:$firm","set":{"Code":"1","Description":"Ромашка","ИНН":"7700000001"}}
{"put":"Catalog.Контрагенты:$lily","set":{"Code":"1","Description":"Лютик","ИНН":"7701234567","КПП":"770101001"}}
{"put":"Catalog.Склады:$store","set":{"Code":"1","Description":"Главный"}}
{"put":"Catalog.Номенклатура:$table","set":{"Code":"1","Description":"Стол","СтавкаНДС":"НДС20"}}
{"put":"Document.РеализацияТоваровУслуг:$sale","set":{"Number":"1","Date":"2025-09-05T12:00:00","Posted":true,"Организация":"$firm","Контрагент":"$lily","Склад":"$store","ВалютаДокумента":"$rouble","СуммаДокумента":240,"Товары":[{"Номенклатура":"$table","Количество":2,"Цена":120,"Сумма":240,"СтавкаНДС":"НДС20"}]}}
END
for version in 1.8 1.17; do
    echo "-- version $version"
    must filial n export --format enterprisedata --mapping "$mapping" --version $version "$version.xml"
    grep -q "<Документ.РеализацияТоваровУслуг>" "$version.xml" || complain "no sale in $version"
    python3 "$3/mutate_message.py" "$bin/filial" "$work/t" "$mapping" "$version.xml" 1 $count ||
        complain "mutations of $version"
done
exit "$failures"
