# Accounting as Бухгалтерия 8 has it, beside what a configuration has. Sourced after dump.sh.
# shellcheck shell=bash
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
