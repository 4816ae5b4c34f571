# Accounting as Бухгалтерия 8 has it, beside what a configuration has. Sourced after nodes.sh.
# shellcheck shell=bash
# object DIRECTORY FOLDER KIND NAME PROPERTIES CHILDREN: a file of a dump, and its place in the list
object() {
    mkdir -p "$1/$2"
    printf '<MetaDataObject xmlns="http://v8.1c.ru/8.3/MDClasses" xmlns:v8="http://v8.1c.ru/8.1/data/core" xmlns:cfg="http://v8.1c.ru/8.1/data/enterprise/current-config" xmlns:xs="http://www.w3.org/2001/XMLSchema"><%s><Properties><Name>%s</Name>%s</Properties><ChildObjects>%s</ChildObjects></%s></MetaDataObject>\n' \
        "$3" "$4" "$5" "$6" "$3" >"$1/$2/$4.xml"
    sed -i "s#<AccumulationRegister>#<$3>$4</$3>&#" "$1/Configuration.xml"
    sed -i "0,/<Item>/s##<Item><Metadata>$3.$4</Metadata><AutoRecord>Allow</AutoRecord></Item><Item>#" \
        "$1"/ExchangePlans/Филиалы/Ext/Content.xml
}
# field KIND NAME TYPE [PROPERTIES]
field() {
    printf '<%s><Properties><Name>%s</Name><Type><v8:Type>%s</v8:Type></Type>%s</Properties></%s>' "$1" "$2" "$3" "${4:-}" "$1"
}
# with_accounting CONFIGURATION DIRECTORY
with_accounting() {
    local one='<Balance>true</Balance>' sum=xs:decimal
    cp -r "$1" "$2"
    object "$2" ChartsOfCharacteristicTypes ChartOfCharacteristicTypes ВидыСубконтоХозрасчетные \
        '<CodeLength>9</CodeLength><DescriptionLength>100</DescriptionLength><Type><v8:Type>cfg:CatalogRef.Контрагенты</v8:Type><v8:Type>cfg:CatalogRef.Номенклатура</v8:Type><v8:Type>cfg:CatalogRef.ДоговорыКонтрагентов</v8:Type></Type>' ''
    object "$2" ChartsOfAccounts ChartOfAccounts Хозрасчетный \
        '<ExtDimensionTypes>ChartOfCharacteristicTypes.ВидыСубконтоХозрасчетные</ExtDimensionTypes><MaxExtDimensionCount>3</MaxExtDimensionCount><CodeLength>8</CodeLength><DescriptionLength>120</DescriptionLength>' ''
    object "$2" Documents Document ОперацияБух '<NumberLength>11</NumberLength><NumberType>String</NumberType><Posting>Deny</Posting>' \
        "$(field Attribute Организация cfg:CatalogRef.Организации)$(field Attribute СуммаОперации $sum)$(field Attribute Содержание xs:string)$(field Attribute Комментарий xs:string)"
    object "$2" AccountingRegisters AccountingRegister Хозрасчетный \
        '<ChartOfAccounts>ChartOfAccounts.Хозрасчетный</ChartOfAccounts><Correspondence>true</Correspondence>' \
        "$(field Resource Сумма $sum "$one")$(field Resource ВалютнаяСумма $sum)$(field Resource Количество $sum)$(field Resource СуммаНУ $sum)$(field Resource СуммаПР $sum)$(field Resource СуммаВР $sum)$(field Attribute Содержание xs:string)$(field Dimension Организация cfg:CatalogRef.Организации "$one")$(field Dimension Валюта cfg:CatalogRef.Валюты)$(field Dimension Подразделение cfg:CatalogRef.ПодразделенияОрганизаций)"
}
