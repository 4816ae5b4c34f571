#!/usr/bin/env bash
# What objects of Конвертация данных 2 bring besides properties and rows: movements of
# documents, types of characteristics; and that a file of version 2.0 deletes nothing.
# kd2_parts_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
harness=$(realpath "$(dirname "$0")/../harness")
. "$harness/nodes.sh" "$1" "$2"
. "$harness/kd2_files.sh"
# The configuration has no characteristics: here it gets some, each with an example value.
cp -r "$configuration" with
chart=with/ChartsOfCharacteristicTypes/Свойства.xml
mkdir with/ChartsOfCharacteristicTypes
sed -e 's/<Catalog /<ChartOfCharacteristicTypes /; s#</Catalog>#</ChartOfCharacteristicTypes>#' \
    -e 's/CatalogRef.ТипыЦенНоменклатуры/ChartOfCharacteristicTypesRef.Свойства/' \
    -e 's/<Name>ТипыЦенНоменклатуры/<Name>Свойства/; s/<Name>ВалютаЦены/<Name>Пример/' \
    -e 's#<v8:Type>cfg:CatalogRef.Валюты</v8:Type>#&<v8:Type>cfg:EnumRef.СтавкиНДС</v8:Type><v8:Type>xs:string</v8:Type><v8:Type>xs:decimal</v8:Type><v8:Type>xs:dateTime</v8:Type><v8:Type>xs:boolean</v8:Type>#' \
    with/Catalogs/ТипыЦенНоменклатуры.xml >"$chart"
sed -i 's#<AccumulationRegister>#<ChartOfCharacteristicTypes>Свойства</ChartOfCharacteristicTypes>&#' with/Configuration.xml
# ... and no accounting, whose records nobody can lay out.
mkdir with/AccountingRegisters
sed -e 's/AccumulationRegister/AccountingRegister/g; s/<Name>ТоварыНаСкладах/<Name>Хозрасчетный/' \
    with/AccumulationRegisters/ТоварыНаСкладах.xml >with/AccountingRegisters/Хозрасчетный.xml
sed -i 's#AccumulationRegister.ТоварыНаСкладах</xr:Item>#&<xr:Item xsi:type="xr:MDObjectRef">AccountingRegister.Хозрасчетный</xr:Item>#' \
    with/Documents/РеализацияТоваровУслуг.xml
sed -i 's#<AccumulationRegister>#<AccountingRegister>Хозрасчетный</AccountingRegister>&#' with/Configuration.xml
configuration=$work/with
for code in Н К; do
    must filial $code init "$work/$code" --code $code --configuration "$configuration" \
        --parent none --allow-any-file-system
done
cat >parts.map <<'END'
<mapping format="kd2" name="Движения" key="Ссылка" keep="yes" empty="yes">
  <object of="Справочник.Номенклатура" as="СправочникСсылка.Номенклатура">
    <key><property of="Код" as="Код"/></key>
  </object>
  <object of="Документ.РеализацияТоваровУслуг" as="ДокументСсылка.Реализация" search="Номер Дата">
    <key><property of="Номер" as="Номер"/><property of="Дата" as="Дата"/></key>
    <property of="Проведен" as="Проведен"/>
    <property of="Комментарий" as="Комментарий"/>
    <table of="Товары" as="ТоварыНаСкладах">
      <property of="Номенклатура" as="Номенклатура"/>
    </table>
  </object>
  <object of="РегистрНакопления.ТоварыНаСкладах" as="РегистрНакопленияНаборЗаписей.ТоварыНаСкладах">
    <key><property of="Recorder" as="Регистратор"/></key>
    <table of="Records" as="Записи">
      <property of="Period" as="Период"/>
      <property of="RecordType" as="ВидДвижения" values="Виды"/>
      <property of="Номенклатура" as="Номенклатура"/>
      <property of="Количество" as="Количество"/>
    </table>
  </object>
  <object of="Справочник.Валюты" as="СправочникСсылка.Деньги">
    <key><property of="Код" as="Код"/></key>
  </object>
  <object of="ПланВидовХарактеристик.Свойства" as="ПланВидовХарактеристикСсылка.Свойства" search="Код">
    <key><property of="Код" as="Код"/></key>
    <property of="Наименование" as="Наименование"/>
    <property of="Пример" as="Пример"/>
  </object>
  <values name="Виды"><value of="Receipt" as="Приход"/><value of="Expense" as="Расход"/></values>
</mapping>
END
load() { must filial Н import --format kd2 --mapping parts.map "$1.xml"; }
record() { # CODE QUANTITY
    printf '<Запись>%s%s<Свойство Имя="Номенклатура" Тип="СправочникСсылка.Номенклатура"><Ссылка Нпп="7">%s</Ссылка></Свойство>%s</Запись>' \
        "$(value Период Дата 2026-03-05T10:00:00)" "$(value ВидДвижения ВидДвиженияНакопления Расход)" \
        "$(text Код "$1")" "$(value Количество Число "$2")"
}
movements() { # ATTRIBUTES RECORDS
    printf '<НаборЗаписей Имя="ТоварыНаСкладах"%s>%s</НаборЗаписей>' "$1" "$2"
}
sale() { # ATTRIBUTES COMMENT MOVEMENTS
    printf '<Объект Нпп="1" Тип="ДокументСсылка.Реализация"%s><Ссылка Нпп="1">%s%s</Ссылка>%s%s</Объект>' \
        "$1" "$(text Номер Р-1)" "$(value Дата Дата 2026-03-05T10:00:00)" "$(text Комментарий "$2")" "$3"
}
quantities() { # WANTED: of the records, in their order
    local now
    now=$(filial "${node:-Н}" object get "$records" 2>&1 | grep -o '"Количество": [0-9]*' | tr -dc '0-9\n' | tr '\n' ' ')
    [ "$now" = "$1" ] || complain "$records has quantities \"$now\", wanted \"$1\""
}

# They come with their document, whatever that is found by; a table may have their name.
d1 first "$(sale '' раз "$(movements '' "$(record 1 5)$(record 2 6)")")"
load first
sale=$(found Document.РеализацияТоваровУслуг Number=Р-1)
records=AccumulationRegister.ТоварыНаСкладах:${sale#*:}
quantities "5 6 "
has "$records" "\"value\": \"$sale\""
has "$records" '"RecordType": "Expense"'
has "$records" '"Active": true'
grep -q '"Номенклатура"' <(filial Н object get "$sale") && complain "movements became rows of a table"

# They are replaced, added to, left, emptied; a document that stays keeps its own.
d1 again "$(sale '' два "$(movements '' "$(record 1 7)")")"
load again
quantities "7 "
d1 added "$(sale '' три "$(movements ' НеОчищать="true"' "$(record 2 8)")")"
load added
quantities "7 8 "
d1 left "$(sale '' четыре "$(movements ' НеЗамещать="true"' "$(record 2 9)")")"
load left
quantities "7 8 "
has "$sale" '"Комментарий": "четыре"'
d1 kept "$(sale ' НеЗамещать="true"' пять "$(movements '' "$(record 2 10)")")"
load kept
quantities "7 8 "
has "$sale" '"Комментарий": "четыре"'

# A file for whoever loads it by hand has them within the document; another node of ours
# reads them, and has none where the file has none.
must filial Н export --format kd2 --mapping parts.map hand.xml
[ "$(grep -c '<НаборЗаписей Имя="ТоварыНаСкладах">' hand.xml)" = 1 ] || complain "no movements"
grep -q '<Значение>Расход</Значение>' hand.xml || complain "values of movements are not mapped"
must filial К import --format kd2 --mapping parts.map hand.xml
node=К quantities "7 8 "
d1 emptied "$(sale '' шесть "$(movements '' '')")"
load emptied
quantities ""
must filial Н export --format kd2 --mapping parts.map hand.xml
grep -q '<НаборЗаписей Имя="ТоварыНаСкладах"/>' hand.xml || complain "no movements are not said"
must filial К import --format kd2 --mapping parts.map hand.xml
node=К quantities ""

# A message has them within the document, too: 1C takes record sets of information registers
# alone. Records that change by themselves bring their document, once.
base() { python3 "$harness/base_kd2.py" "$@"; }
mkdir messages
must filial Н endpoint add --node БП --format kd2 --mapping parts.map --directory messages
goods=$(filial Н object list Catalog.Номенклатура | grep -om1 'Catalog.Номенклатура:[0-9a-f-]*')
records() { # QUANTITY
    printf '{"put":"%s","filter":{"Recorder":"%s"},"records":[{"Period":"2026-03-05T10:00:00","RecordType":"Expense","Active":true,"Номенклатура":"%s","Количество":"%s"}]}\n' \
        "${records%%:*}" "$sale" "$goods" "$1"
}
send() {
    must filial Н export --to БП --format kd2 "messages/$1.xml"
    base load bp.json "messages/$1.xml" || complain "the model refuses $1"
    base show bp.json ДокументСсылка.Реализация "${sale#*:}" >shown
}
{
    printf '{"put":"%s","set":{"Comment":"проведён"}}\n' "$sale" | sed 's/Comment/Комментарий/'
    records 11
} | filial Н batch >out || complain "batch: $(cat out)"
send both
[ "$(grep -c '<Объект [^>]*Тип="ДокументСсылка.Реализация"' messages/both.xml)" = 1 ] || complain "the document is not there once"
grep -q '<НаборЗаписейРегистра' messages/both.xml && complain "1C has no such record sets"
grep -q '<Код>ТоварыНаСкладах</Код>' messages/both.xml && complain "1C has no rules of such registers"
grep -q '"Количество": "11"' shown || complain "the movements did not arrive: $(cat shown)"
records 12 | filial Н batch >out || complain "batch: $(cat out)"
send alone
grep -q '"Количество": "12"' shown || complain "movements alone did not arrive: $(cat shown)"
must filial Н plan rule Document.РеализацияТоваровУслуг --send never
records 13 | filial Н batch >out || complain "batch: $(cat out)"
send kept
grep -q '<Объект [^>]*Тип="ДокументСсылка.Реализация"' messages/kept.xml && complain "a document went that the plan does not send"
must filial Н plan rule Document.РеализацияТоваровУслуг --send as-is
printf '{"put":"%s","filter":{"Recorder":"%s"},"records":[]}\n' "${records%%:*}" "$sale" | filial Н batch >out
send none
grep -qx '=ТоварыНаСкладах=\[\]' shown || complain "they are still there: $(cat shown)"
filial Н object delete "$sale" >out || complain "delete: $(cat out)"
send gone
[ ! -s shown ] || complain "the document is still there: $(cat shown)"
d1 first "$(sale '' раз "$(movements '' "$(record 1 5)$(record 2 6)")")"
load first

# What cannot be kept is said: an unknown register, a mapping that knows no recorder.
d1 unknown "$(sale '' семь '<НаборЗаписей Имя="Хозрасчетный"><Запись/></НаборЗаписей>')"
load unknown
grep -q "НаборЗаписей.Хозрасчетный" out || complain "an unknown register is not told of"
sed 's#<object of="Справочник.Валюты"#<object of="РегистрБухгалтерии.Хозрасчетный" as="РегистрБухгалтерииНаборЗаписей.Хозрасчетный"><key><property of="Recorder" as="Регистратор"/></key><table of="Records" as="Записи"><property of="Period" as="Период"/></table></object>&#' \
    parts.map >accounting.map
must filial Н import --format kd2 --mapping accounting.map unknown.xml
grep -q "neither read nor written by a mapping: РегистрБухгалтерии.Хозрасчетный" out || complain "accounting is not told of"
grep -q "НаборЗаписей.Хозрасчетный are passed over" out || complain "accounting is read"
[ -z "$(filial Н object list AccountingRegister.Хозрасчетный | grep Document)" ] || complain "records of nothing were made"
sed '/Регистратор/d' parts.map >without.map
d1 lost "$(sale '' восемь "$(movements '' "$(record 1 1)")")"
expect 1 'line 3, РегистрНакопленияНаборЗаписей.ТоварыНаСкладах: whose records are they?' \
    filial Н import --format kd2 --mapping without.map lost.xml
d1 catalog '<Объект Нпп="1" Тип="СправочникСсылка.Номенклатура"><Ссылка Нпп="1">'"$(text Код 1)</Ссылка>$(movements '' "$(record 1 1)")</Объект>"
expect 1 'keeps no records of СправочникСсылка.Номенклатура' \
    filial Н import --format kd2 --mapping parts.map catalog.xml

# Rules of documents that make movements become a mapping that reads them, a register once.
movement() { # NAME
    printf '<Свойство><Код>1</Код><Источник Имя="%s" Вид="Ресурс"/><Приемник Имя="%s" Вид="Ресурс"/></Свойство>' "$1" "$1"
}
of_document() { # NAME PROPERTIES
    printf '<Правило><Код>%s</Код><Источник>ДокументСсылка.%s</Источник><Приемник>ДокументСсылка.%s</Приемник><Свойства><Свойство Поиск="true"><Код>1</Код><Источник Имя="Номер"/><Приемник Имя="Номер"/></Свойство><Группа><Источник Имя="ТоварыНаСкладах" Вид="НаборДвиженийРегистраНакопления"/><Приемник Имя="ТоварыНаСкладах" Вид="НаборДвиженийРегистраНакопления"/>%s</Группа></Свойства></Правило>' \
        "$1" "$1" "$1" "$2"
}
printf '<ПравилаОбмена><Ид>1</Ид><ПравилаКонвертацииОбъектов>%s%s</ПравилаКонвертацииОбъектов></ПравилаОбмена>' \
    "$(of_document РеализацияТоваровУслуг "$(movement Количество)$(movement Склад)")" \
    "$(of_document ПоступлениеТоваровУслуг "$(movement Количество)$(movement Организация)")" >rules.xml
must filial Н mapping from-rules --part destination rules.xml made.map
[ "$(grep -c 'as="РегистрНакопленияНаборЗаписей.ТоварыНаСкладах"' made.map)" = 1 ] || complain "the register is not one rule"
for name in Количество Склад Организация; do
    [ "$(grep -c "<property of=\"$name\" as=\"$name\"/>" made.map)" = 1 ] || complain "$name is not once in the records"
done
d1 ruled '<Объект Нпп="1" Тип="ДокументСсылка.РеализацияТоваровУслуг"><Ссылка Нпп="1">'"$(text Номер Р-2)"'</Ссылка><НаборЗаписей Имя="ТоварыНаСкладах"><Запись>'"$(value Количество Число 3)"'</Запись></НаборЗаписей></Объект>'
must filial Н import --format kd2 --mapping made.map ruled.xml
ruled=$(found Document.РеализацияТоваровУслуг Number=Р-2)
has "AccumulationRegister.ТоварыНаСкладах:${ruled#*:}" '"Количество": 3'

# A characteristic brings the types that it may hold; theirs are ours by the mapping, or by
# their name; values of an attribute of several types are of the one they come with.
kind() { # CODE TYPES [PROPERTY]
    printf '<Объект Нпп="%s" Тип="ПланВидовХарактеристикСсылка.Свойства"><Ссылка Нпп="%s">%s</Ссылка>%s%s</Объект>' \
        "$1" "$1" "$(text Код "$1")" "${3:-}" "$2"
}
many='<Типы СоставДаты="Дата" Длина="25" ДопустимаяДлина="Фиксированная" Разрядность="15" РазрядностьДробнойЧасти="2" ДопустимыйЗнак="Неотрицательный">'
many+='<Тип>Строка</Тип><Тип>Число</Тип><Тип>Дата</Тип><Тип>Булево</Тип><Тип>СправочникСсылка.Деньги</Тип>'
many+='<Тип>ПеречислениеСсылка.СтавкиНДС</Тип><Тип>СправочникСсылка.Неведомое</Тип></Типы>'
d1 kinds "$(kind 1 "$many" "$(value Пример Число 5.50)")$(
    kind 2 '<Типы><Тип>Строка</Тип></Типы>' "$(value Пример Дата 2026-01-02T00:00:00)")$(
    kind 3 '' "$(value Пример Булево true)")$(kind 4 '' "$(text Пример 5.50)")$(
    kind 5 '' "$(value Пример ПеречислениеСсылка.СтавкиНДС НДС20)")"
load kinds
grep -q "may hold СправочникСсылка.Неведомое" out || complain "an unknown type is not told of: $(cat out)"
kind_of() { found ChartOfCharacteristicTypes.Свойства "Code=$1"; }
has "$(kind_of 1)" 'd:CatalogRef.Валюты</v8:Type>'
has "$(kind_of 1)" 'd:EnumRef.СтавкиНДС</v8:Type>'
has "$(kind_of 1)" '<v8:Length>25</v8:Length><v8:AllowedLength>Fixed</v8:AllowedLength>'
has "$(kind_of 1)" '"value": "5.5"'
has "$(kind_of 2)" '"value": "2026-01-02T00:00:00"'
has "$(kind_of 3)" '"value": true'
has "$(kind_of 4)" '"value": "5.50"'
has "$(kind_of 5)" 'НДС20'
must filial Н export --format kd2 --mapping parts.map --type ChartOfCharacteristicTypes.Свойства kinds2.xml
tr -d '\n\t' <kinds2.xml >flat
grep -qF "${many//<Тип>СправочникСсылка.Неведомое<\/Тип>/}" flat || complain "other types are written: $(cat flat)"
for words in 'Тип="Число"><Значение>5.5<' 'Тип="Дата"><Значение>2026-01-02T00:00:00<' \
    'Тип="Булево"><Значение>true<' 'Тип="Строка"><Значение>5.50<' \
    'Тип="ПеречислениеСсылка.СтавкиНДС"><Значение>НДС20<'; do
    grep -qF "<Свойство Имя=\"Пример\" $words" flat || complain "no $words"
done
must filial К import --format kd2 --mapping parts.map kinds2.xml
for code in 1 2 3 4 5; do
    kind=$(kind_of $code)
    filial Н object get "$kind" >ours
    filial К object get "$kind" >theirs
    diff ours theirs || complain "characteristic $code differs"
done
d1 length "$(kind 6 '<Типы Длина="много"><Тип>Строка</Тип></Типы>')"
expect 1 "a length that is no number" filial Н import --format kd2 --mapping parts.map length.xml
d1 json "$(kind 6 '' "$(value Пример ОпределениеТипа '{}')")"
expect 1 "line 3: Пример is a description of types in a property" \
    filial Н import --format kd2 --mapping parts.map json.xml

# Program text for our side, in the rules of a file, is told of and not run.
d1 text "<ПравилаОбмена><ПравилаКонвертацииОбъектов><Правило><Код>Свойства</Код><ПередЗагрузкой>Отказ = Истина;</ПередЗагрузкой></Правило></ПравилаКонвертацииОбъектов></ПравилаОбмена>$(kind 5 '' "$(text Наименование Пятое)")"
load text
grep -q "line 3: ПередЗагрузкой of a rule in the file is program text" out || complain "program text is not told of: $(cat out)"
has "$(kind_of 5)" '"Description": "Пятое"'

d1 global "<ПравилаОбмена><ПередЗагрузкойОбъекта>Отказ = Истина;</ПередЗагрузкойОбъекта></ПравилаОбмена>$(kind 5 '' "$(text Наименование Пятое)")"
load global
grep -q "line 3: ПередЗагрузкойОбъекта of a rule in the file" out || complain "program text of the conversion is not told of: $(cat out)"

# What a file of version 2.0 says of deletions is passed over, as 1C does, and told of.
kind=$(kind_of 5)
d1 deleted "<УдалениеОбъекта ТипПриемника=\"ПланВидовХарактеристикСсылка.Свойства\" ТипИсточника=\"ПланВидовХарактеристикСсылка.Свойства\" УникальныйИдентификатор=\"${kind#*:}\"/>"
load deleted
has "$kind" '"Code": "5"'
grep -q "line 3: УдалениеОбъекта is passed over" out || complain "a deletion is not told of: $(cat out)"
exit "$failures"
