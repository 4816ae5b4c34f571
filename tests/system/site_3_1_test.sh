#!/usr/bin/env bash
# CommerceML 3.1, the dialect of Bitrix' own module, from both chairs: a file for each kind,
# in its order; only what changed; orders each in a Контейнер.
# site_3_1_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
partner=Catalog.Контрагенты:44444444-4444-4444-8444-44444444445
goods=Catalog.Номенклатура:33333333-3333-4333-8333-33333333333
customer=Catalog.Контрагенты:44444444-4444-4444-8444-444444444441
invoice=Document.СчетНаОплатуПокупателю:66666666-6666-4666-8666-66666666666
store=Catalog.Склады:22222222-2222-4222-8222-22222222222
property=ChartOfCharacteristicTypes.Свойства:77777777-7777-4777-8777-77777777777
value=Catalog.ЗначенияСвойств:88888888-8888-4888-8888-88888888888
unit=Catalog.КлассификаторЕдиницИзмерения:99999999-9999-4999-8999-99999999999
# shellcheck source=tests/harness/dump.sh
. "$here/../harness/dump.sh"
# Goods here have properties too, whose values are a catalog of their own.
cp -r "$configuration" with
configuration=$work/with
type='<Type><v8:Type>cfg:ChartOfCharacteristicTypesRef.Свойства</v8:Type></Type>'
object with ChartsOfCharacteristicTypes ChartOfCharacteristicTypes Свойства \
    '<DescriptionLength>100</DescriptionLength><Type><v8:Type>cfg:CatalogRef.ЗначенияСвойств</v8:Type><v8:Type>xs:decimal</v8:Type></Type>' ''
object with Catalogs Catalog ЗначенияСвойств \
    '<DescriptionLength>100</DescriptionLength><Owners><xr:Item xmlns:xr="r">ChartOfCharacteristicTypes.Свойства</xr:Item></Owners>' ''
sed -i "s#^\t\t</ChildObjects>#<TabularSection><Properties><Name>Реквизиты</Name></Properties><ChildObjects><Attribute><Properties><Name>Свойство</Name>$type</Properties></Attribute><Attribute><Properties><Name>Значение</Name><Type><v8:Type>cfg:CatalogRef.ЗначенияСвойств</v8:Type><v8:Type>xs:decimal</v8:Type></Type></Properties></Attribute></ChildObjects></TabularSection>&#" \
    with/Catalogs/Номенклатура.xml
cat >properties.map <<'END'
[Свойство]
type = ChartOfCharacteristicTypes.Свойства

Ref = Ид
Description = Наименование
out Внешний = false
out Информационное = true

[Свойство значение]
type = Catalog.ЗначенияСвойств
path = ВариантыЗначений/Справочник

Ref = ИдЗначения
Owner = /Ид
Description = Значение

END
cat >values.map <<'END'
[Товар/Реквизиты]
section = Реквизиты
direction = out
path = ЗначенияСвойств/ЗначенияСвойства

Свойство = Ид
Значение = Значение

END
awk '/^\[Товар\]/ { while ((getline line < "properties.map") > 0) print line }
    /^\[ЕдиницаИзмерения\]/ { while ((getline line < "values.map") > 0) print line } 1' "$map" |
    sed 's/^version = .*/version = 3.1/' >new.map
map=$work/new.map

make acc
make crm "http_endpoint = 127.0.0.1:*"
serve crm
begin_site shop --kind bitrix --progress 2
must filial acc endpoint add --node shop --format commerceml --mapping "$map" --url "$site" \
    --user exchange --password-file password --poll 24h
must filial acc endpoint add --node crm --format commerceml --mapping "$map" --url "$url" \
    --user exchange --password-file password --poll 24h
cat >acc.jsonl <<END
{"put":"${store}1","set":{"Description":"Москва"}}
{"put":"${store}2","set":{"Description":"Владивосток"}}
{"put":"${goods}0","set":{"Description":"Обувь","IsFolder":true}}
{"put":"${goods}1","set":{"Description":"Сапоги <зимние>","Артикул":"С-1","ЕдиницаИзмерения":"пар","СтавкаНДС":"НДС20","Parent":"${goods}0","Реквизиты":[{"Свойство":"${property}1","Значение":"${value}2"},{"Свойство":"${property}2","Значение":1.4}]}}
{"put":"${goods}2","set":{"Description":"Крем","ЕдиницаИзмерения":"шт"}}
{"put":"${property}1","set":{"Description":"Цвет"}}
{"put":"${property}2","set":{"Description":"Высота"}}
{"put":"${value}1","set":{"Owner":"${property}1","Description":"Белый"}}
{"put":"${value}2","set":{"Owner":"${property}1","Description":"Чёрный"}}
{"put":"${unit}1","set":{"Code":"715","Description":"пар","НаименованиеПолное":"Пара"}}
{"put":"${unit}2","set":{"Code":"1","Description":"не единица"}}
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"${goods}1"},"records":[{"Period":"2026-11-01T00:00:00","Цена":"1719.5"}]}
{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":"Document.ПоступлениеТоваровУслуг:55555555-5555-4555-8555-555555555551"},"records":[{"Period":"2026-11-01T00:00:00","RecordType":"Receipt","Active":true,"Номенклатура":"${goods}1","Склад":"${store}1","Количество":"20"}]}
END
must filial acc batch <acc.jsonl
must filial acc endpoint poll shop

# files: their kinds in the order in which they came
kinds() { find shop/received -type f -printf '%f\n' | sort | sed 's/^[0-9]*-//; s/_.*//' | tr '\n' ' '; }
file() { cat shop/received/*-"$1"_*.xml; }
told() { file "$1" | grep -F -- "$2" >/dev/null || { complain "no $2 in $1:"; file "$1"; }; }
is "files of a full catalogue" "$(kinds)" "groups propertiesGoods units priceLists storages goods offers prices rests "
xmllint --noout shop/received/*.xml || complain "what the shop has is not well formed"
find shop/received -type f | grep -vE '/[0-9]{3}-[a-zA-Z]+_1_1_[0-9a-f-]{36}\.xml$' && complain "names of files: $(ls shop/received)"
for kind in groups propertiesGoods units priceLists storages goods offers prices rests; do
    told $kind 'xmlns="urn:1C.ru:commerceml_3" ВерсияСхемы="3.1"'
    told $kind 'Ид="Обмен с сайтом"'
    lacks "Владелец" shop/received/*-"${kind}"_*.xml
done
told groups "<НомерВерсии>"
told groups "<Наименование>Обувь</Наименование>"
told units "<НаименованиеПолное>Пара</НаименованиеПолное>"
file units | grep -oE '<(ЕдиницыИзмерения|Ид|НомерВерсии|ПометкаУдаления|НаименованиеКраткое|Код|НаименованиеПолное)>[^<]*' |
    tail -n 7 | sed 's/^\(<НомерВерсии>\).*/\1/' | tr -d '\n\t\r' >order
is "a unit" "$(cat order)" \
    "<ЕдиницыИзмерения><Ид>715<НомерВерсии><ПометкаУдаления>false<НаименованиеКраткое>пар<Код>715<НаименованиеПолное>Пара"
lacks "не единица" shop/received/*-units_*.xml
file propertiesGoods | tr -d '\n\t\r' >properties
grep -oE '<(Свойство|Ид|Наименование|НомерВерсии|ПометкаУдаления|Внешний|Информационное|ТипЗначений|ВариантыЗначений|Справочник|ИдЗначения|Значение)>' <<<"$(sed 's/.*<Свойства>//' properties)" | head -n 14 | tr -d '\n' >order
is "the order in a property" "$(cat order)" \
    "<Свойство><Ид><Наименование><НомерВерсии><ПометкаУдаления><Внешний><Информационное><ТипЗначений><ВариантыЗначений><Справочник><ИдЗначения><Значение><Справочник><ИдЗначения>"
grep -qF "<ИдЗначения>${value#*:}2</ИдЗначения><Значение>Чёрный</Значение>" properties || complain "no value: $(cat properties)"
grep -qE "<Наименование>Высота</Наименование>.*<ТипЗначений>Строка</ТипЗначений></Свойство>" properties || complain "no property: $(cat properties)"
file goods | tr -d '\n\t\r' >products
grep -qF "<ЗначенияСвойства><Ид>${property#*:}1</Ид><Значение>${value#*:}2</Значение></ЗначенияСвойства>" products || complain "no value: $(cat products)"
told priceLists "<Валюта>RUB</Валюта>"
told storages "Владивосток"
told goods '<Каталог СодержитТолькоИзменения="false">'
told goods "<БазоваяЕдиница>715</БазоваяЕдиница>"
told goods "<ПометкаУдаления>false</ПометкаУдаления>"
told goods "Сапоги &lt;зимние&gt;"
told offers "<Наименование>Крем</Наименование>"
told offers "<Ид>#"
lacks "Цен" shop/received/*-offers_*.xml
told prices "<ЦенаЗаЕдиницу>1719.5</ЦенаЗаЕдиницу>"
lacks "${goods#*:}2" shop/received/*-prices_*.xml
is "stores in rests" "$(file rests | tr -d '\n\t' | grep -oE '<Остаток><Склад><Ид>[^<]*</Ид><Количество>[0-9]*</Количество></Склад></Остаток>' | wc -l)" 4
told rests "<Количество>20</Количество>"
# The order of elements, as real files have it.
file goods | sed '1,/<Товар>/d' | grep -oE '<(Ид|НомерВерсии|ПометкаУдаления|Артикул|Наименование|БазоваяЕдиница|Группы)>' | head -n 7 | tr -d '\n' >order
is "the order in a product" "$(cat order)" "<Ид><НомерВерсии><ПометкаУдаления><Артикул><Наименование><БазоваяЕдиница><Группы>"

# Only what changed, in files of its kind.
changed() { # WANTED KINDS
    rm -f shop/received/*
    must filial acc endpoint poll shop
    is "files of a change" "$(kinds)" "$1"
}
version=$(file goods | grep -m 1 НомерВерсии)
must filial acc object put "${goods}1" --set "Артикул=С-2"
changed "groups goods offers "
told goods '<Каталог СодержитТолькоИзменения="true">'
[ "$(file goods | grep -m 1 НомерВерсии)" != "$version" ] || complain "the version of a product did not change"
must filial acc batch <<END
{"put":"InformationRegister.ЦеныНоменклатуры","filter":{"Номенклатура":"${goods}1"},"records":[{"Period":"2026-11-20T00:00:00","Цена":"1650"}]}
END
changed "prices "
must filial acc batch <<END
{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":"Document.РеализацияТоваровУслуг:55555555-5555-4555-8555-555555555552"},"records":[{"Period":"2026-11-02T00:00:00","RecordType":"Expense","Active":true,"Номенклатура":"${goods}1","Склад":"${store}1","Количество":"2.5"}]}
END
changed "rests "
told rests "<Количество>17.5</Количество>"
must filial acc object put "${value}1" --set "Description=Снежный"
changed "propertiesGoods "
told propertiesGoods "Снежный"
must filial acc object put "${unit}1" --set "Description=пара"
changed "units "
must filial acc object put "${goods}2" --set "DeletionMark=true"
changed "groups goods offers "
told goods "<ПометкаУдаления>true</ПометкаУдаления>"
lacks "Статус" shop/received/*-goods_*.xml

# The other node reads it, and orders come back, each in its Контейнер.
must filial acc endpoint poll crm
has "Сапоги <зимние>" filial crm object get "${goods}1"
has "${goods}0" filial crm object get "${goods}1"
has "пар" filial crm object get "${goods}1"
has "Москва" filial crm object get "${store}1"
has "Цвет" filial crm object get "${property}1"
has "Снежный" filial crm object get "${value}1"
has "${property}1" filial crm object get "${value}1"
is "units of the CRM" "$(count crm Catalog.КлассификаторЕдиницИзмерения)" 1
must filial crm object get "$(filial crm object list InformationRegister.ЦеныНоменклатуры --refs | head -n 1)"
grep -qF 1650 out || { complain "no price"; cat out; }
cat >crm.jsonl <<END
{"put":"$customer","set":{"Description":"Ромашка","НаименованиеПолное":"ООО Ромашка","ИНН":"7701000002","КПП":"770101001","ЮрФизЛицо":"ЮридическоеЛицо"}}
{"put":"${invoice}1","set":{"Number":"CRM-1","Date":"2026-11-22T18:05:11","Контрагент":"$customer","СуммаДокумента":"3439","Товары":[{"Номенклатура":"${goods}1","Количество":"2","Цена":"1719.5","Сумма":"3439"}]}}
{"put":"${invoice}2","set":{"Number":"CRM-2","Date":"2026-11-22T18:06:00","Контрагент":"$customer","СуммаДокумента":"1","Товары":[{"Номенклатура":"${goods}2","Количество":"1","Цена":"1","Сумма":"1"}]}}
END
must filial crm batch <crm.jsonl
login sale
exchange 'type=sale&mode=query' >query.xml
xmllint --noout query.xml || complain "the answer to query is not well formed"
is "containers of orders" "$(grep -c '<Контейнер>' query.xml)" 2
is "orders in them" "$(grep -c '<Документ>' query.xml)" 2
grep -qF 'ВерсияСхемы="3.1"' query.xml || complain "the version of orders"
lacks "xmlns" query.xml
must filial acc endpoint poll crm
is "orders in accounting" "$(count acc Document.СчетНаОплатуПокупателю)" 2
has "CRM-1" filial acc object get "${invoice}1"
has "$customer" filial acc object get "${invoice}1"
# Orders to a shop: they wait there for their import.
must filial acc object put "${invoice}1" --set "Комментарий=собран"
rm -f shop/received/* shop/log
must filial acc endpoint poll shop
told documents "<Контейнер>"
told documents "собран"
told documents "<НомерВерсии>"
grep -q "type=sale mode=import file=documents_1_1_" shop/log || complain "the orders were not imported: $(cat shop/log)"
# Customers in a file of their own, where the mapping asks for it.
sed 's/^currency = .*/&\ncustomers = apart/' "$map" >apart.map
for each in shop crm; do must filial acc endpoint change $each --mapping apart.map; done
must filial acc batch <<END
{"put":"${partner}1","set":{"Description":"Лютик","НаименованиеПолное":"ООО Лютик","ИНН":"7705000006","КПП":"770501001","ЮрФизЛицо":"ЮридическоеЛицо"}}
{"put":"${partner}2","set":{"Description":"Иванов","НаименованиеПолное":"Иванов Иван","ЮрФизЛицо":"ФизическоеЛицо"}}
{"put":"${partner}3","set":{"Description":"Ушёл","DeletionMark":true}}
END
changed "contragents "
told contragents '<Контрагенты СодержитТолькоИзменения="true">'
told contragents "<ОфициальноеНаименование>ООО Лютик</ОфициальноеНаименование>"
told contragents "<ПолноеНаименование>Иванов Иван</ПолноеНаименование>"
told contragents "<ПометкаУдаления>true</ПометкаУдаления>"
file contragents | grep -oE '<(Ид|НомерВерсии|ПометкаУдаления|Наименование|ОфициальноеНаименование|Роль|ИНН|КПП)>' | head -n 8 | tr -d '\n' >order
is "the order in a customer" "$(cat order)" \
    "<Ид><НомерВерсии><ПометкаУдаления><Наименование><ОфициальноеНаименование><Роль><ИНН><КПП>"
grep -q "type=sale mode=import file=contragents_1_1_" shop/log || complain "customers were not imported: $(cat shop/log)"
must filial acc endpoint poll crm
has "ООО Лютик" filial crm object get "${partner}1"
has "7705000006" filial crm object get "${partner}1"
has "Иванов Иван" filial crm object get "${partner}2"
is "customers of the CRM" "$(count crm Catalog.Контрагенты)" 4
# Once more: nothing doubles.
before=$(filial crm status --counts)
must filial acc endpoint poll crm --full
is "the CRM after everything once more" "$(filial crm status --counts)" "$before"
# An old mapping keeps its dialect, with properties in the classifier, and those that changed.
sed -e 's/^version = .*/version = 2.07/; /^customers = /d' "$map" >old.map
must filial acc endpoint change shop --mapping old.map
must filial acc object put "${goods}1" --set "Артикул=С-3"
rm -f shop/received/*
must filial acc endpoint poll shop
grep -F 'ВерсияСхемы="2.07"' shop/received/*import0_1.xml >/dev/null || complain "the old dialect: $(ls shop/received)"
tr -d '\n\t\r' <"$(ls shop/received/*import0_1.xml)" >old
grep -qF "</Группы><Свойства><Свойство><Ид>${property#*:}1</Ид><Наименование>Цвет</Наименование><ТипЗначений>Справочник</ТипЗначений><ВариантыЗначений>" old ||
    complain "no properties: $(cat old)"
grep -qF "ЕдиницыИзмерения" old && complain "the old dialect has no list of units"
must filial acc object put "${value}1" --set "Description=Молочный"
rm -f shop/received/*
must filial acc endpoint poll shop
grep -qF "<Значение>Молочный</Значение>" shop/received/*import0_1.xml || complain "the value is not told: $(ls shop/received)"

stop crm
stop acc
exit "$failures"
