#!/usr/bin/env bash
# Every attribute, tabular section and record of each type of the demonstration
# configuration goes through a ФайлОбмена into an empty node and is there as it was; and so
# does that it is empty now. What a mapping does not write is listed here.
# kd2_documents_test.sh BIN_DIRECTORY DEMO_CONFIGURATION MAPPINGS_DIRECTORY
harness=$(realpath "$(dirname "$0")/../harness")
. "$harness/nodes.sh" "$1" "$2"
mappings=$3
filled() { python3 "$harness/filled.py" "$@"; }
node() { # CODE: one that works alone
    must filial "$1" init "$work/$1" --code "$1" --configuration "$configuration" \
        --parent none --allow-any-file-system
}
# differ CODE CODE WORDS: what of all objects is another there is what was wanted
differ() {
    for code in "$1" "$2"; do
        must filial "$code" export --format 1cv8dtud "$code.xml"
    done
    filled differences "$1.xml" "$2.xml" >differences || complain "differences"
    diff - differences <<<"$3" || complain "$1 and $2 differ in another way than wanted"
}
passes() { # FROM TO MAPPING: as a file that somebody loads by hand
    must filial "$1" export --format kd2 --mapping "$mappings/$3" by_hand.xml
    must filial "$2" import --format kd2 --mapping "$mappings/$3" by_hand.xml
}

node А
filled objects "$bin/filial" "$work/А" >objects || complain "no objects"
filled emptied "$bin/filial" "$work/А" >emptied || complain "no objects to empty"
[ "$(cut -d: -f2 objects | grep -o '[A-Z][^"]*' | sort -u | grep -c '^Document')" = 36 ] ||
    complain "not all documents: $(cut -d: -f2 objects | sort -u)"
must filial А batch <objects

# What Бухгалтерия 8 does not have is only read: deploy/mappings/kd2/README.md has the list.
node Б
passes А Б accounting8.xml
differ А Б "AccumulationRegisterRecordSet.ТоварыНаСкладах: not there
CatalogObject.Валюты.Кратность
CatalogObject.КонтактныеЛица.Телефон
CatalogObject.КонтактныеЛица.ЭлектроннаяПочта
CatalogObject.Контрагенты.КонтактнаяИнформация
CatalogObject.Контрагенты.ОсновнойМенеджер
CatalogObject.Контрагенты.Покупатель
CatalogObject.Контрагенты.Поставщик
CatalogObject.Контрагенты.СуммаКредита
CatalogObject.Номенклатура.Вес
CatalogObject.Номенклатура.ЕдиницаИзмерения
CatalogObject.ПодразделенияОрганизаций.Руководитель
CatalogObject.Склады.Адрес
CatalogObject.Склады.Организация
CatalogObject.Склады.Розничный
CatalogObject.Сотрудники.Должность
CatalogObject.Сотрудники.Подразделение
CatalogObject.Сотрудники.Телефон
CatalogObject.Сотрудники.ЭлектроннаяПочта
CatalogObject.СтатьиДвиженияДенежныхСредств.ВидДвижения
CatalogObject.ФизическиеЛица.КонтактнаяИнформация
CatalogObject.ФизическиеЛица.Пол
ConstantValueManager.ЗаголовокСистемы: not there
ConstantValueManager.ОсновнаяВалюта: not there
ConstantValueManager.ПрефиксУзла: not there
DocumentObject.СчетНаОплатуПокупателю.КонтактноеЛицо
DocumentObject.СчетНаОплатуПокупателю.СрокОплаты
InformationRegisterRecordSet.ЦеныНоменклатуры: not there"

# Another base of the same configuration gets all of it: by hand, and as a message.
node В
passes А В demonstration.xml
differ А В ""
node Г
mkdir messages
must filial А endpoint add --node Г --format kd2 --mapping "$mappings/demonstration.xml" \
    --directory messages --english
must filial Г endpoint add --node А --format kd2 --mapping "$mappings/demonstration.xml" \
    --directory messages
must filial А export --to Г --format kd2 --all messages/first.xml
must filial Г import --format kd2 messages/first.xml
differ А Г ""

# What becomes empty here becomes empty there, what it is found by, too.
must filial А batch <emptied
passes А В demonstration.xml
differ А В ""
must filial А export --to Г --format kd2 messages/second.xml
must filial Г import --format kd2 messages/second.xml
differ А Г ""
exit "$failures"
