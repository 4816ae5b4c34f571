#!/usr/bin/env bash
# What a node sends to a site is valid by the published schemas, and two parsers from npm that
# others wrote find the same goods, prices, stock and orders in it.
# commerceml_parsers_test.sh BIN_DIRECTORY DEMO_CONFIGURATION MODULES
here=$(cd "$(dirname "$0")" && pwd)
for program in node npm; do
    command -v $program >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
modules=$3
mkdir -p "$modules"
modules=$(cd "$modules" && pwd)
cp "$here/package.json" "$here/package-lock.json" "$modules/"
if ! (cd "$modules" && npm ci --no-audit --no-fund) >"$modules/npm.log" 2>&1; then
    echo "skipped: npm cannot fetch commerceml-parser and commerceml-js"
    exit 77
fi
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
goods=Catalog.Номенклатура:33333333-3333-4333-8333-33333333333
sed 's/^version = .*/version = 2.08/' "$map" >2.08.map
for version in 2.09 2.10; do sed "s/^version = .*/version = $version/" 2.08.map >$version.map; done
must filial acc init "$work/acc" --code acc --configuration "$configuration" --allow-any-file-system
printf 'ballast = 1MiB\nmap_size = 1GiB\n' >>acc/node.conf
cat >acc.jsonl <<END
{"put":"Catalog.Организации:11111111-1111-4111-8111-111111111111","set":{"Description":"Филиал ООО","НаименованиеПолное":"ООО \"Филиал\"","ИНН":"7700000001","КПП":"770001001"}}
{"put":"Catalog.Склады:22222222-2222-4222-8222-222222222221","set":{"Description":"Москва"}}
{"put":"Catalog.Склады:22222222-2222-4222-8222-222222222222","set":{"Description":"Тула"}}
{"put":"${goods}0","set":{"Description":"Обувь","IsFolder":true}}
{"put":"${goods}1","set":{"Description":"Сапоги <зимние> & \"новые\"","Артикул":"С-1","ЕдиницаИзмерения":"пар","СтавкаНДС":"НДС20","Parent":"${goods}0"}}
{"put":"${goods}2","set":{"Description":"Крем","ЕдиницаИзмерения":"тюбик"}}
{"put":"${goods}3","set":{"Description":"Снятый","DeletionMark":true}}
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"${goods}1"},"records":[{"Period":"2026-11-01T00:00:00","Цена":"1719.5"}]}
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"${goods}2"},"records":[{"Period":"2026-11-01T00:00:00","Цена":"90"},{"Period":"2026-11-02T00:00:00","Цена":"100"}]}
{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":"Document.ПоступлениеТоваровУслуг:55555555-5555-4555-8555-555555555551"},"records":[{"Period":"2026-11-01T00:00:00","RecordType":"Receipt","Active":true,"Номенклатура":"${goods}1","Склад":"Catalog.Склады:22222222-2222-4222-8222-222222222221","Количество":"20"},{"Period":"2026-11-01T00:00:00","RecordType":"Receipt","Active":true,"Номенклатура":"${goods}1","Склад":"Catalog.Склады:22222222-2222-4222-8222-222222222222","Количество":"2"}]}
{"put":"Catalog.Контрагенты:44444444-4444-4444-8444-444444444441","set":{"Description":"Ромашка","НаименованиеПолное":"ООО Ромашка","ИНН":"7701000002","КПП":"770101001","ЮрФизЛицо":"ЮридическоеЛицо"}}
{"put":"Catalog.Контрагенты:44444444-4444-4444-8444-444444444442","set":{"Description":"Петров Иван","ИНН":"770100000300","ЮрФизЛицо":"ФизическоеЛицо"}}
{"put":"Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-666666666661","set":{"Number":"CRM-1","Date":"2026-11-22T18:05:11","Контрагент":"Catalog.Контрагенты:44444444-4444-4444-8444-444444444441","СуммаДокумента":"3439","Товары":[{"Номенклатура":"${goods}1","Количество":"2","Цена":"1719.5","Сумма":"3439","СтавкаНДС":"НДС20"}]}}
{"put":"Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-666666666662","set":{"Number":"CRM-2","Date":"2026-11-22T18:06:00","Контрагент":"Catalog.Контрагенты:44444444-4444-4444-8444-444444444442","СуммаДокумента":"100","Товары":[{"Номенклатура":"${goods}2","Количество":"1","Цена":"100","Сумма":"100"}]}}
{"put":"Document.ПоступлениеНаРасчетныйСчет:77777777-7777-4777-8777-777777777771","set":{"Number":"31","Date":"2026-11-23T09:15:02","СуммаДокумента":"100","Основание":"Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-666666666662"}}
END
must filial acc batch <acc.jsonl
begin_site site --limit 100000
for version in 2.08 2.09 2.10; do
    must filial acc endpoint add --node "shop-$version" --format commerceml --mapping $version.map \
        --url "$site" --user exchange --password-file password
    must filial acc endpoint poll "shop-$version" --full
    must filial acc object put "${goods}1" --set "Артикул=С-$version"
    must filial acc batch <<END
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"${goods}2"},"records":[{"Period":"2026-11-03T00:00:00","Цена":"1$version"}]}
END
    must filial acc endpoint poll "shop-$version"
done

# 3.1 has a file for each kind, and no schema that is published.
sed 's/^version = .*/version = 3.1/' "$map" >3.1.map
begin_site new --limit 100000
must filial acc endpoint add --node shop-3.1 --format commerceml --mapping 3.1.map \
    --url "$site" --user exchange --password-file password
must filial acc endpoint poll shop-3.1 --full
xmllint --noout new/received/*.xml || complain "what is sent by 3.1 is not well formed"

# --- the schemas ---
checked=0
for file in site/received/*.xml; do
    version=$(sed -n 's/.*ВерсияСхемы="\([0-9.]*\)".*/\1/p' "$file" | head -n 1)
    schema=${FILIAL_SHARED:-}/schemas/commerceml/commerceml-$version.xsd
    [ -r "$schema" ] || continue
    xmllint --noout --schema "$schema" "$file" >lint 2>&1 || { complain "$file by $version"; head -n 5 lint; }
    checked=$((checked + 1))
done
echo "$checked files are looked at with schemas"
[ -z "${FILIAL_SHARED:-}" ] || [ $checked -ge 12 ] || complain "too few files were sent"

# --- the parsers ---
node "$here/commerceml_parsers.mjs" "$modules" site/received/001-import0_1.xml site/received/002-offers0_1.xml \
    site/received/003-orders-*.xml new/received/*-goods_*.xml new/received/*-prices_*.xml >found 2>errors || complain "a parser fails"
cat >wanted <<'END'
parser group | 33333333-3333-4333-8333-333333333330 | Обувь
parser product | 33333333-3333-4333-8333-333333333331 | Сапоги <зимние> & "новые" | С-1
parser product | 33333333-3333-4333-8333-333333333332 | Крем | 
parser product | 33333333-3333-4333-8333-333333333333 | Снятый | 
parser store | 22222222-2222-4222-8222-222222222221 | Москва
parser store | 22222222-2222-4222-8222-222222222222 | Тула
parser offer | 33333333-3333-4333-8333-333333333331 | 1719.5 | 22 | 20,2
parser offer | 33333333-3333-4333-8333-333333333332 | 100 |  | 
parser order | CRM-1 | 2026-11-22 | Заказ товара | Продавец | RUB
parser order | CRM-2 | 2026-11-22 | Заказ товара | Продавец | RUB
js product | 33333333-3333-4333-8333-333333333331 | Сапоги <зимние> & "новые" | С-1
js product | 33333333-3333-4333-8333-333333333332 | Крем | 
js product | 33333333-3333-4333-8333-333333333333 | Снятый | 
js offer | 33333333-3333-4333-8333-333333333331 | 1719.5 | 22
js offer | 33333333-3333-4333-8333-333333333332 | 100 | 
js product 3.1 | 33333333-3333-4333-8333-333333333331 | Сапоги <зимние> & "новые" | С-2.10 | 715 | false
js product 3.1 | 33333333-3333-4333-8333-333333333332 | Крем |  | 796 | false
js product 3.1 | 33333333-3333-4333-8333-333333333333 | Снятый |  | 796 | true
js offer 3.1 | 33333333-3333-4333-8333-333333333331 | 1719.5
js offer 3.1 | 33333333-3333-4333-8333-333333333332 | 12.1
END
diff wanted found || { complain "the parsers find something else"; cat errors; }
# What was paid whole is told by its number; what was not, by nothing.
grep -A1 "Номер оплаты по 1С" site/received/003-orders-*.xml | grep -F "<Значение>31</Значение>" >/dev/null || complain "no payment"
[ "$(grep -c "Номер оплаты по 1С" site/received/003-orders-*.xml)" = 1 ] || complain "an invoice is not paid"
exit "$failures"
