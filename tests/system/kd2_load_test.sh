#!/usr/bin/env bash
# Files of Конвертация данных 2 written by hand: whom a reference means, what stays, what
# becomes of rows; and the first load from 7.7 by its own rules.
# kd2_load_test.sh BIN_DIRECTORY DEMO_CONFIGURATION MAPPINGS_DIRECTORY
harness=$(realpath "$(dirname "$0")/../harness")
. "$harness/nodes.sh" "$1" "$2"
. "$harness/kd2_files.sh"
mapping=$3/accounting8.xml
must filial Н init "$work/Н" --code Н --configuration "$configuration" --parent none \
    --allow-any-file-system
load() { must filial Н import --format kd2 --mapping "$mapping" "$1.xml" "${@:2}"; }
partner() { # NUMBER FIELDS PROPERTIES [ATTRIBUTES]
    printf '<Объект Нпп="%s" Тип="СправочникСсылка.Контрагенты" ИмяПравила="Контрагенты"%s><Ссылка Нпп="%s">%s</Ссылка>%s</Объект>' \
        "$1" "${4:-}" "$1" "$2" "$3"
}
one=11111111-1111-4111-8111-111111111111
two=22222222-2222-4222-8222-222222222222

# An identity that nobody has is made; the same fields under another identity are the same
# object; an empty INN finds nobody.
d1 made "$(partner 1 "$(id $one)$(text ИНН 7701)$(text КПП 770)" "$(text Наименование Первый)")"
load made
d1 again "$(partner 1 "$(id $two)$(text ИНН 7701)$(text КПП 770)" "$(text Наименование Второй)")"
load again
has "Catalog.Контрагенты:$one" '"Description": "Второй"'
refuse "Catalog.Контрагенты" filial Н object get "Catalog.Контрагенты:$two"
d1 empty "$(partner 1 "$(text ИНН '')$(text Наименование 'Без ИНН')" "")$(
    partner 2 "$(text ИНН '')$(text Наименование 'Тоже без')" "")"
load empty
[ "$(filial Н object list Catalog.Контрагенты | grep -c 'ез')" = 2 ] ||
    complain "an empty INN found somebody"

# In one file: who has another INN by now is not found by the old one; a constant that is
# program text is refused where it stands.
three=33333333-3333-4333-8333-333333333333
four=44444444-4444-4444-8444-444444444444
by_fields() { text ИНН "$1"; text КПП 770; }
d1 moved "$(partner 1 "$(id $three)$(by_fields 1)" "$(text Наименование Переехал)")$(
    partner 2 "$(id $three)" "$(text ИНН 2)")$(
    partner 3 "$(id $four)$(by_fields 1)" "$(text Наименование Новый)")$(
    partner 4 "$(by_fields 1)" "$(text Комментарий 'нового нашли')")"
load moved
has "Catalog.Контрагенты:$three" '"ИНН": "2"'
has "Catalog.Контрагенты:$three" '"Description": "Переехал"'
has "Catalog.Контрагенты:$four" '"Description": "Новый"'
has "Catalog.Контрагенты:$four" '"Комментарий": "нового нашли"'
cat >constants.map <<'END'
<mapping format="kd2" name="Константы" key="Ссылка" keep="yes" empty="yes">
  <object of="Константа.ЗаголовокСистемы" as="Константа.ЗаголовокСистемы">
    <property of="Значение" as="Значение"/>
  </object>
</mapping>
END
constant() { printf '<Объект Нпп="1" Тип="КонстантыНабор"><Свойство Имя="ПрефиксУзла"><Значение>А</Значение></Свойство><Свойство Имя="ЗаголовокСистемы">%s</Свойство></Объект>' "$1"; }
d1 constants "$(constant '<Значение>Филиал</Значение>')"
must filial Н import --format kd2 --mapping constants.map constants.xml
has Constant.ЗаголовокСистемы '"Value": "Филиал"'
d1 computed "$(constant '<Выражение>1 + 1</Выражение>')"
expect 1 "Константа.ЗаголовокСистемы: line 3: Значение is an expression" \
    filial Н import --format kd2 --mapping constants.map computed.xml
has Constant.ЗаголовокСистемы '"Value": "Филиал"'

# Without ways to search it is all fields, however many: two that differ in the ninth are two.
fields=(Код Наименование НаименованиеПолное ИНН КПП Покупатель Поставщик СуммаКредита Комментарий)
{
    echo '<mapping format="kd2" name="Поля" key="Ссылка" keep="yes">'
    echo '<object of="Справочник.Контрагенты" as="СправочникСсылка.Контрагенты" options="rule=Контрагенты"><key>'
    printf '<property of="%s" as="%s"/>\n' $(for field in "${fields[@]}"; do echo "$field $field"; done)
    printf '</key>\n'
    printf '<property of="%s" as="%s" only="read"/>\n' $(for field in "${fields[@]}"; do echo "$field $field"; done)
    echo '</object></mapping>'
} >fields.map
all_fields() { # COMMENT
    text Код 900; text Наименование Поля; text НаименованиеПолное Все; text ИНН 9; text КПП 99
    value Покупатель Булево true; value Поставщик Булево true; value СуммаКредита Число 5; text Комментарий "$1"
}
d1 fields "$(partner 1 "$(all_fields раз)" "")$(partner 2 "$(all_fields два)" "")$(
    partner 3 "$(all_fields раз)" "$(text КПП 100)")"
must filial Н import --format kd2 --mapping fields.map fields.xml
[ "$(filial Н object list Catalog.Контрагенты --where ИНН=9 | grep -c 'Поля')" = 2 ] ||
    complain "not all fields were looked at"
d1 many "$(partner 1 "$(id $one)" "$(for i in $(seq 5000); do text "Поле$i" 1; done)")"
expect 1 "more than 4096 properties" filial Н import --format kd2 --mapping "$mapping" many.xml

# What is here stays: the object, a property; what is not in the file stays, too.
d1 kept "$(partner 1 "$(id $one)" "$(text Наименование Третий)" ' НеЗамещать="true"')"
load kept
has "Catalog.Контрагенты:$one" '"Description": "Второй"'
d1 property "$(partner 1 "$(id $one)" \
    '<Свойство Имя="Наименование" НеЗамещать="true"><Значение>Четвёртый</Значение></Свойство>'"$(text Комментарий слово)")"
load property
has "Catalog.Контрагенты:$one" '"Description": "Второй"'
has "Catalog.Контрагенты:$one" '"Комментарий": "слово"'
has "Catalog.Контрагенты:$one" '"ИНН": "7701"'

# So does a search field that does not replace, and whether it is a folder, whatever a
# mapping says of what is missing.
sed 's/ keep="yes"//' "$mapping" >emptying.map
d1 field "$(partner 1 "$(id $one)<Свойство Имя=\"ИНН\" Тип=\"Строка\" НеЗамещать=\"true\"><Значение>99</Значение></Свойство>$(
    value ЭтоГруппа Булево true)" \
    '<Свойство Имя="Наименование" НеЗамещать="true"><Значение>Пятый</Значение></Свойство>'"$(text Комментарий поле)")"
must filial Н import --format kd2 --mapping emptying.map field.xml
has "Catalog.Контрагенты:$one" '"Комментарий": "поле"'
has "Catalog.Контрагенты:$one" '"ИНН": "7701"'
has "Catalog.Контрагенты:$one" '"Description": "Второй"'
filial Н object get "Catalog.Контрагенты:$one" | grep '"IsFolder": true' && complain "an item became a folder"
d1 restored "$(partner 1 "$(id $one)$(text ИНН 7701)$(text КПП 770)" "$(text Наименование Второй)$(text Комментарий слово)")"
load restored

# What the mapping does not read is told of, once; a date that is none is shown as it is.
odd() { printf '<Свойство Имя="Неведомое"><Значение>1</Значение></Свойство>%s' "$(text Комментарий "$1")"; }
d1 odd "$(partner 1 "$(id $one)" "$(odd слово)")$(partner 2 "$(id $two)" "$(odd другое)")"
load odd
[ "$(grep -c "line 3: Неведомое of СправочникСсылка.Контрагенты is passed over" out)" = 1 ] ||
    complain "an unknown property is not told of once: $(cat out)"
grep -q "Комментарий of" out && complain "what is read is told of: $(cat out)"
d1 dated "$(partner 1 "$(id $one)" "$(value Дата Дата 1)")<Объект Нпп=\"3\" Тип=\"ДокументСсылка.СчетНаОплатуПокупателю\"><Ссылка Нпп=\"3\">$(value Дата Дата 01.02.2026)</Ссылка></Объект>"
expect 1 '"01.02.2026": not a date' filial Н import --format kd2 --mapping "$mapping" dated.xml

# A reference makes what it names, marked for deletion, unless it must not.
goods() { # FLAGS CODE
    printf '<Свойство Имя="Номенклатура" Тип="СправочникСсылка.Номенклатура"><Ссылка Нпп="7"%s>%s</Ссылка></Свойство>' \
        "$1" "$(text Код "$2")"
}
invoice() { # NUMBER TABLE...
    printf '<Объект Нпп="3" Тип="ДокументСсылка.СчетНаОплатуПокупателю" РежимЗаписи="Проведение"><Ссылка Нпп="3">%s%s</Ссылка>%s</Объект>' \
        "$(text Номер "$1")" "$(value Дата Дата "${date:-2026-03-05T10:00:00}")" "${*:2}"
}
d1 rows "$(invoice А-1 '<ТабличнаяЧасть Имя="Товары"><Запись>' "$(goods '' 77)" \
    "$(value Цена Число 5)" '</Запись><Запись>' \
    "$(goods ' НеСоздаватьЕслиНеНайден="true"' 88)" "$(value Цена Число 6)" '</Запись></ТабличнаяЧасть>')"
load rows
made=$(found Catalog.Номенклатура Code=77)
has "$made" '"DeletionMark": true'
[ -z "$(found Catalog.Номенклатура Code=88)" ] || complain "what must not be made was made"
bill=$(found Document.СчетНаОплатуПокупателю Number=А-1)
has "$bill" "\"Номенклатура\": \"$made\""
has "$bill" '"Posted": true'

# Of an identity alone, too; who made what is here nobody knows, and is told of.
unknown=77777777-7777-4777-8777-777777777777
d1 bare "$(invoice А-2 '<Свойство Имя="Контрагент" Тип="СправочникСсылка.Контрагенты"><Ссылка Нпп="9" НеЗамещатьОбъектСозданныйВИнформационнойБазеПриемнике="true">' \
    "$(id $unknown)" '</Ссылка></Свойство>')"
load bare
has "Catalog.Контрагенты:$unknown" '"DeletionMark": true'
grep -q "Приемнике is not kept to" out || complain "what is not kept to is not told of: $(cat out)"

# Bases with strings of a length send them with blanks behind, which are nothing.
d1 padded "<Объект Нпп=\"1\" Тип=\"СправочникСсылка.Номенклатура\"><Ссылка Нпп=\"1\">$(text Код '77     ')</Ссылка>$(
    text Код '77    ')$(text Наименование 'Стул   ')$(text НаименованиеПолное 'Стул ')</Объект>"
load padded
[ "$(filial Н object list Catalog.Номенклатура | grep -c Catalog)" = 1 ] || complain "a padded code is another one"
has "$made" '"Code": "77"'
has "$made" '"Description": "Стул"'
has "$made" '"НаименованиеПолное": "Стул "'

printf '{"put":"Catalog.Номенклатура:%s","set":{"Code":"89   ","Description":"Шкаф"}}\n' $three | filial Н batch >out
d1 stored "<Объект Нпп=\"1\" Тип=\"СправочникСсылка.Номенклатура\"><Ссылка Нпп=\"1\">$(text Код 89)</Ссылка>$(text Наименование Комод)</Объект>"
load stored
has "Catalog.Номенклатура:$three" '"Description": "Комод"'

# A number counts within its year; rows are replaced, or added to.
date=2026-12-31T00:00:00 d1 year "$(date=2026-12-31T00:00:00 invoice А-1 "$(text Комментарий "тот же")")"
load year
has "$bill" '"Комментарий": "тот же"'
d1 next "$(date=2027-01-01T00:00:00 invoice А-1 "$(text Комментарий другой)")"
load next
[ "$(filial Н object list Document.СчетНаОплатуПокупателю | grep -c А-1)" = 2 ] ||
    complain "the number of another year is another document"
has "$bill" '"Комментарий": "тот же"'
d1 added "$(date=2026-12-31T00:00:00 invoice А-1 '<ТабличнаяЧасть Имя="Товары" НеОчищать="true"><Запись>' \
    "$(goods '' 77)" "$(value Цена Число 9)" '</Запись></ТабличнаяЧасть>')"
load added
[ "$(filial Н object get "$bill" | grep -c '"Цена"')" = 3 ] || complain "rows were not added to"
d1 cleared "$(date=2026-12-31T00:00:00 invoice А-1 '<ТабличнаяЧасть Имя="Товары"/>')"
load cleared
[ "$(filial Н object get "$bill" | grep -c '"Цена"')" = 0 ] || complain "rows were not cleared"

# Rows are told to be the same as the rules in the file say: what is not in it stays.
cat >rows.map <<'END'
<mapping format="kd2" name="Строки" key="Ссылка" keep="yes">
  <object of="Справочник.Номенклатура" as="СправочникСсылка.Номенклатура" search="Код">
    <key><property of="Код" as="Код"/></key>
  </object>
  <object of="Документ.СчетНаОплатуПокупателю" as="ДокументСсылка.СчетНаОплатуПокупателю" search="Номер Дата"
      options="rule=Счет">
    <key><property of="Номер" as="Номер"/><property of="Дата" as="Дата"/></key>
    <table of="Товары" as="Товары">
      <property of="Номенклатура" as="Номенклатура"/>
      <property of="Количество" as="Количество"/>
    </table>
  </object>
</mapping>
END
merging() { # NAME: with rules, in which rows have a key
    sed -e 's#^<ФайлОбмена.*#&<ПравилаОбмена><ПравилаКонвертацииОбъектов><Правило><Код>Счет</Код><ПоискПоТабличнымЧастям>ТабличнаяЧасть.Товары:Номенклатура</ПоискПоТабличнымЧастям></Правило></ПравилаКонвертацииОбъектов></ПравилаОбмена>#' \
        -e 's# РежимЗаписи# ИмяПравила="Счет"&#' "$1.xml" >merging.xml
}
load rows
d1 lent "$(invoice А-1 '<ТабличнаяЧасть Имя="Товары"><Запись>' "$(goods '' 77)" \
    "$(value Количество Число 2)" '</Запись></ТабличнаяЧасть>')"
merging lent
must filial Н import --format kd2 --mapping rows.map merging.xml
has "$bill" '"Количество": 2'
has "$bill" '"Цена": 5'

# By a predefined name, and by a property of the object.
printf '{"put":"Catalog.Валюты:%s","set":{"Code":"978","Description":"EUR","PredefinedDataName":"Евро"}}\n' \
    $two | filial Н batch >out || complain batch
d1 named "$(date=2026-12-31T00:00:00 invoice А-1 \
    '<Свойство Имя="ВалютаДокумента" Тип="СправочникСсылка.Валюты"><Значение>Евро</Значение></Свойство>')"
load named
has "$bill" "\"ВалютаДокумента\": \"Catalog.Валюты:$two\""
d1 by "$(date=2026-12-31T00:00:00 invoice А-1 \
    '<Свойство Имя="Контрагент" Тип="СправочникСсылка.Контрагенты"><Значение Свойство="Наименование">Второй</Значение></Свойство>')"
load by
has "$bill" "\"Контрагент\": \"Catalog.Контрагенты:$one\""

# What comes and is empty here is told of: whom nobody knows, of another kind, where none is.
lost() { # ATTRIBUTE TYPE FLAGS CODE
    printf '<Свойство Имя="%s" Тип="СправочникСсылка.%s"><Ссылка Нпп="8"%s>%s</Ссылка></Свойство>' \
        "$1" "$2" "$3" "$(text Код "$4")"
}
d1 lost "$(partner 1 "$(text ИНН 5599)" "$(lost Родитель Контрагенты ' НеСоздаватьЕслиНеНайден="true"' Ф-99)$(
    lost Комментарий Валюты '' 978)")$(
    partner 2 "$(text Код Д-99)" "$(lost Организация Валюты '' 978)" |
        sed 's/СправочникСсылка.Контрагенты"/СправочникСсылка.ДоговорыКонтрагентов"/; s/ ИмяПравила="[^"]*"//')"
load lost
grep -q 'Контрагенты, Родитель: whom the reference means is not here, and it is empty' out &&
    grep -q 'Организация: no reference to СправочникСсылка.Валюты is taken here' out &&
    grep -q 'Комментарий: a reference, where none is taken: it is empty' out ||
    complain "not all is told that is empty: $(cat out)"

# Who comes without a code gets the next one, where the rules in the file say so.
# One that comes with its code in the same file counts, too.
generating() { # NAME RULE: with rules by which it gets a code
    sed -i "s#^<ФайлОбмена.*#&<ПравилаОбмена><ПравилаКонвертацииОбъектов><Правило><Код>$2</Код><ГенерироватьНовыйНомерИлиКодЕслиНеУказан>true</ГенерироватьНовыйНомерИлиКодЕслиНеУказан></Правило></ПравилаКонвертацииОбъектов></ПравилаОбмена>#" "$1.xml"
}
d1 coded "$(partner 1 "$(text ИНН 5501)" "$(text Наименование Пятый)" ' ПрефиксАвтонумерации="Ф-"')$(
    partner 3 "$(text ИНН 5503)" "$(text Код Ф-00007)$(text Наименование Седьмой)" ' ПрефиксАвтонумерации="Ф-"')$(
    partner 2 "$(text ИНН 5502)" "$(text Наименование Шестой)" ' ПрефиксАвтонумерации="Ф-"')"
generating coded Контрагенты
load coded
filial Н object list Catalog.Контрагенты >list
grep -q 'Ф-0*1 .*Пятый' list && grep -q 'Ф-0*8 .*Шестой' list || {
    complain "codes were not generated:"
    cat list
}

# Numbers of documents are made anew each year of their date.
unnumbered() { # ID DATE
    printf '<Объект Нпп="1" Тип="ДокументСсылка.СчетНаОплатуПокупателю" ИмяПравила="Счет" ПрефиксАвтонумерации="Г-"><Ссылка Нпп="1">%s</Ссылка>%s</Объект>' \
        "$(id "$1")" "$(value Дата Дата "$2")"
}
d1 years "$(unnumbered 51111111-1111-4111-8111-111111111111 2028-05-01T00:00:00)$(
    unnumbered 52222222-2222-4222-8222-222222222222 2028-12-31T23:59:59)$(
    unnumbered 53333333-3333-4333-8333-333333333333 2029-01-01T00:00:00)$(
    unnumbered 54444444-4444-4444-8444-444444444444 2028-01-01T00:00:00)"
generating years Счет
load years
[ "$(filial Н object list Document.СчетНаОплатуПокупателю | grep -o 'Г-0*[0-9]' | sort | tr -d '\n0')" = \
    "Г-1Г-1Г-2Г-3" ] || complain "numbers are not those of their year: $(filial Н object list Document.СчетНаОплатуПокупателю)"

# Constants and records of a register come one by one; unknown types are told of.
d1 rest '<Объект Нпп="9" Тип="РегистрСведенийЗапись.КурсыВалют">'"$(value Период Дата 2026-01-01T00:00:00)"'<Свойство Имя="Валюта" Тип="СправочникСсылка.Валюты"><Ссылка Нпп="5">'"$(text Код 978)"'</Ссылка></Свойство>'"$(value Курс Число 91.5)"'</Объект><Объект Нпп="10" Тип="СправочникСсылка.Неведомое"/>'
load rest
grep -q "СправочникСсылка.Неведомое" out || complain "an unknown type is not told of"
filial Н object list InformationRegister.КурсыВалют | grep InformationRegister >/dev/null ||
    complain "the record did not arrive"

# A message of an exchange plan: where as many rows with equal key columns came as are
# here the old rows stay, as they are; a set of records is replaced, or emptied.
mkdir exchange
must filial Н endpoint add --node БЦ --format kd2 --mapping "$mapping" --directory exchange
d3() { # NUMBER BODY [CONFIRMED]
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<ФайлОбмена ВерсияФормата="3.1"><ПравилаОбмена/><ДанныеПоОбмену ПланОбмена="План" Кому="Н" ОтКого="БЦ" НомерИсходящегоСообщения="%s" НомерВходящегоСообщения="%s" УдалитьРегистрациюИзменений="true"/>%s</ФайлОбмена>\n' \
        "$1" "${3:-0}" "$2" >"message$1.xml"
    must filial Н import --format kd2 "message$1.xml"
}
row() { # CODE PRICE QUANTITY
    printf '<Запись>%s%s%s</Запись>' "$(goods '' "$1")" "$(value Цена Число "$2")" \
        "$(value Количество Число "$3")"
}
table() { printf '<ТабличнаяЧасть Имя="Товары">%s</ТабличнаяЧасть>' "$1"; }
date=2026-12-31T00:00:00
d3 1 "$(invoice А-1 "$(table "$(row 77 1 10)$(row 77 2 20)")")"
d3 2 "$(invoice А-1 "$(table "$(row 77 2 99)$(row 77 3 30)")")"
has "$bill" '"Количество": 20'
has "$bill" '"Количество": 30'
grep -q '"Количество": 99' object && complain "an old row was changed"
grep -q '"Количество": 10' object && complain "a row that is gone stayed"
rate() {
    printf '<НаборЗаписейРегистра Нпп="1" Тип="РегистрСведенийНаборЗаписей.КурсыВалют"%s><Отбор>%s<Свойство Имя="Валюта" Тип="СправочникСсылка.Валюты"><Ссылка Нпп="5">%s</Ссылка></Свойство></Отбор><СтрокиНабораЗаписей>%s</СтрокиНабораЗаписей></НаборЗаписейРегистра>' \
        "$1" "$(value Период Дата 2026-01-01T00:00:00)" "$(text Код 978)" "$2"
}
d3 3 "$(rate '' "<Объект>$(value Курс Число 92)</Объект>")"
grep -q "applied 1" <(tr -s ' ' <out) || complain "the set was not replaced"
d3 4 "$(rate ' ПустойНабор="true"' '')"
filial Н object list InformationRegister.КурсыВалют | grep InformationRegister >/dev/null &&
    complain "the set was not emptied"

# A filter that says less than records are kept by: each record goes where it belongs.
partial() { # RECORDS
    printf '<НаборЗаписейРегистра Нпп="1" Тип="РегистрСведенийНаборЗаписей.КурсыВалют"><Отбор><Свойство Имя="Валюта" Тип="СправочникСсылка.Валюты"><Ссылка Нпп="5">%s</Ссылка></Свойство></Отбор><СтрокиНабораЗаписей>%s</СтрокиНабораЗаписей></НаборЗаписейРегистра>' \
        "$(text Код 978)" "$1"
}
rate_of() { printf '<Объект>%s%s</Объект>' "$(value Период Дата "$1")" "$(value Курс Число "$2")"; }
d3 5 "$(partial "$(rate_of 2026-03-01T00:00:00 93)$(rate_of 2026-04-01T00:00:00 94)")"
grep -q "has no Period" out || complain "a partial filter is not told of: $(cat out)"
filial Н object list InformationRegister.КурсыВалют >list
[ "$(grep -c InformationRegister list)" = 2 ] || complain "two periods are not two sets: $(cat list)"
d3 6 "$(rate '' "<Объект>$(value Курс Число 95)</Объект>" | sed 's/2026-01-01/2026-03-01/')$(
    partner 1 "$(text ИНН 5598)" "$(lost Родитель Контрагенты ' НеСоздаватьЕслиНеНайден="true"' Ф-98)")"
# What a partner sends and is empty here is told of, too.
grep -q 'Родитель: whom the reference means is not here, and it is empty' out ||
    complain "what a partner sends becomes empty in silence: $(cat out)"
filial Н object list InformationRegister.КурсыВалют >list
[ "$(grep -c InformationRegister list)" = 2 ] || complain "the set of a period is another one: $(cat list)"

# A filter that says more than record sets are kept by, as each record of version 2.0 does:
# records that it does not mean stay.
cat >prices.map <<'END'
<mapping format="kd2" name="Цены" key="Ссылка" keep="yes" empty="yes">
  <object of="Справочник.Номенклатура" as="СправочникСсылка.Номенклатура">
    <key><property of="Код" as="Код"/></key>
  </object>
  <object of="РегистрСведений.ЦеныНоменклатуры" as="РегистрСведенийНаборЗаписей.ЦеныНоменклатуры">
    <key><property of="Номенклатура" as="Номенклатура"/><property of="Period" as="Период"/></key>
    <table of="Records" as="Записи">
      <property of="Период" as="Период"/>
      <property of="Номенклатура" as="Номенклатура"/>
      <property of="Цена" as="Цена"/>
    </table>
  </object>
</mapping>
END
expect 0 "line 6: left out, record sets are not kept by this attribute here: Period" \
    filial Н mapping check prices.map
price() { # DAY PRICE [ATTRIBUTES]
    printf '<Объект Нпп="1" Тип="РегистрСведенийЗапись.ЦеныНоменклатуры"%s>%s%s%s</Объект>' "${3:-}" \
        "$(value Период Дата "$1T00:00:00")" "$(goods '' 77)" "$(value Цена Число "$2")"
}
prices() { # WANTED: day and price of each record, in their order
    local now
    now=$(filial Н object get "$(found InformationRegister.ЦеныНоменклатуры)" |
        grep -o '"Period": "[0-9-]*\|"Цена": [0-9]*' | grep -o '[0-9-]*$' | tr '\n' ' ')
    [ "$now" = "$1" ] || complain "prices are \"$now\", wanted \"$1\""
}
d1 prices "$(price 2026-01-01 10)$(price 2026-02-01 20)$(price 2026-03-01 30)$(price 2026-02-01 25)"
must filial Н import --format kd2 --mapping prices.map prices.xml
prices "2026-01-01 10 2026-02-01 25 2026-03-01 30 "
must filial Н import --format kd2 --mapping prices.map prices.xml
prices "2026-01-01 10 2026-02-01 25 2026-03-01 30 "
# They wait for one another: the set is written once, and what the mapping has not stays.
grep -q "unchanged  1" out || complain "a set of four records is not one: $(cat out)"
set=$(filial Н object get "$(found InformationRegister.ЦеныНоменклатуры)" | tr -d '\n')
sed 's/"Автор": ""/"Автор": "Я"/g' <<<"$set" | filial Н batch >out || complain "$(cat out)"
d1 once "$(price 2026-02-01 20)$(price 2026-01-01 11)"
must filial Н import --format kd2 --mapping prices.map once.xml
grep -q "applied  *1" out || complain "two records of one set are not one change: $(cat out)"
prices "2026-01-01 11 2026-02-01 20 2026-03-01 30 "
[ "$(filial Н object get "$(found InformationRegister.ЦеныНоменклатуры)" | grep -c '"Автор": "Я"')" = 3 ] ||
    complain "what the mapping does not read is gone"
must filial Н import --format kd2 --mapping prices.map prices.xml
d1 left "$(price 2026-01-01 99 ' НеЗамещать="true"')$(price 2026-04-01 40 ' НеЗамещать="true"')"
must filial Н import --format kd2 --mapping prices.map left.xml
prices "2026-01-01 10 2026-02-01 25 2026-03-01 30 2026-04-01 40 "
price_set() { # ATTRIBUTES DAY RECORDS: a message of the goods' set, of this day
    printf '<?xml version="1.0"?>\n<ФайлОбмена ВерсияФормата="3.1"><ПравилаОбмена/><ДанныеПоОбмену ПланОбмена="План" Кому="Н" ОтКого="БЦен" НомерИсходящегоСообщения="%s" НомерВходящегоСообщения="0"/><НаборЗаписейРегистра Нпп="1" Тип="РегистрСведенийНаборЗаписей.ЦеныНоменклатуры"%s><Отбор>%s%s</Отбор><СтрокиНабораЗаписей>%s</СтрокиНабораЗаписей></НаборЗаписейРегистра></ФайлОбмена>\n' \
        "$1" "$2" "$(goods '' 77)" "${3:+$(value Период Дата "$3T00:00:00")}" "$4" >price_set.xml
    must filial Н import --format kd2 price_set.xml
}
must filial Н endpoint add --node БЦен --format kd2 --mapping prices.map --directory exchange
price_set 1 '' 2026-02-01 "<Объект>$(value Цена Число 26)</Объект>"
prices "2026-01-01 10 2026-02-01 26 2026-03-01 30 2026-04-01 40 "
price_set 2 ' ПустойНабор="true"' 2026-03-01 ''
prices "2026-01-01 10 2026-02-01 26 2026-04-01 40 "
price_set 3 '' '' "<Объект>$(value Период Дата 2027-01-01T00:00:00)$(value Цена Число 1)</Объект>"
prices "2027-01-01 1 "
price_set 4 ' ПустойНабор="true"' '' ''
[ -z "$(found InformationRegister.ЦеныНоменклатуры)" ] || complain "prices are not emptied"

# Rules have a rule for the records of a register and one for constants, too.
end() { # TAG NAME KIND TYPE
    printf '<%s Имя="%s" Вид="%s" Тип="%s"/>' "$@"
}
carried() { # NAME KIND TYPE: it is called alike on both sides
    printf '<Свойство>%s%s</Свойство>' "$(end Источник "$@")" "$(end Приемник "$@")"
}
rule() { # CODE TYPE PROPERTIES
    printf '<Правило><Код>%s</Код><Источник>%s</Источник><Приемник>%s</Приемник><Свойства>%s</Свойства></Правило>' \
        "$1" "$2" "$2" "$3"
}
printf '<ПравилаОбмена><ВерсияФормата>2.01</ВерсияФормата><ПравилаКонвертацииОбъектов>%s%s%s</ПравилаКонвертацииОбъектов></ПравилаОбмена>' \
    "$(rule Товары СправочникСсылка.Номенклатура "$(carried Код Свойство Строка | sed 's/Свойство/& Поиск="true"/')")" \
    "$(rule Цены РегистрСведенийЗапись.ЦеныНоменклатуры "$(carried Период Свойство Дата)$(
        carried Номенклатура Измерение СправочникСсылка.Номенклатура)$(carried Цена Ресурс Число)")" \
    "$(rule Константы КонстантыНабор "$(carried ЗаголовокСистемы Реквизит Строка)")" >rules88.xml
filial Н --json mapping from-rules --part destination rules88.xml made88.map >out
tr -d ' \n' <out >said
grep -qF '"rules":3,"rules_whole":3,"rules_known":3,"properties":5,"properties_whole":5,"properties_known":5' said ||
    complain "registers and constants are not covered: $(cat out)"
expect 0 '"properties_whole": 8' filial Н --json mapping check made88.map
d1 by_rules "$(price 2026-01-01 11)$(price 2026-02-01 22)$(constant '<Значение>По правилам</Значение>')"
must filial Н import --format kd2 --rules rules88.xml by_rules.xml
prices "2026-01-01 11 2026-02-01 22 "
has Constant.ЗаголовокСистемы '"Value": "По правилам"'

# Pairs of identities that the base tells: what it calls so is ours from now on, until it
# takes them back; a correction says that both call it alike, where nothing else is known.
theirs=88888888-8888-4888-8888-888888888888
pair() { # OUR-IDENTITY EMPTY
    printf '<ИнформацияОРегистрацииОбъекта УникальныйИдентификаторИсточника="%s" УникальныйИдентификаторПриемника="%s" ТипИсточника="СправочникСсылка.Контрагенты" ТипПриемника="СправочникСсылка.Контрагенты" ПустойНабор="%s"/>' \
        $theirs "$1" "$2"
}
correction() { printf '<КорректировкаИнформацииОРегистрацииОбъекта УникальныйИдентификатор="%s" ТипИсточника="СправочникСсылка.Контрагенты" ТипПриемника="СправочникСсылка.Контрагенты"/>' "$1"; }
called() { partner 1 "$(id $theirs)" "$(text Комментарий "$1")"; }
d3 7 "$(pair $one false)$(called пара)"
has "Catalog.Контрагенты:$one" '"Комментарий": "пара"'
d3 8 "$(correction $theirs)$(called поправка)"
has "Catalog.Контрагенты:$one" '"Комментарий": "поправка"'
d3 9 "$(pair $one true)$(called отдельно)"
has "Catalog.Контрагенты:$theirs" '"Комментарий": "отдельно"'
has "Catalog.Контрагенты:$one" '"Комментарий": "поправка"'
d3 10 "$(correction $theirs)$(called себя)"
has "Catalog.Контрагенты:$theirs" '"Комментарий": "себя"'

# A base that confirms what was never sent has a copy of us that is older: that is told of,
# its message is taken, and nothing leaves the queue.
d3 11 "$(called копия)" 99
grep -q "restored from a backup" out || complain "a restored store is not told of: $(cat out)"
has "Catalog.Контрагенты:$theirs" '"Комментарий": "копия"'

# Old typical configurations have numbers in files of version 2.0; others have English tags.
printf '<?xml version="1.0" encoding="UTF-8"?>\n<ФайлОбмена ВерсияФормата="2.0"><ПравилаОбмена/><ДанныеПоОбмену ПланОбмена="План" Кому="Н" ОтКого="БЦ" НомерИсходящегоСообщения="12" НомерВходящегоСообщения="0" УдалитьРегистрациюИзменений="true"/><ДанныеПоФоновомуОбмену Имя="х"/>%s%s</ФайлОбмена>\n' \
    "$(called вторая)" "$(rate '' "<Объект>$(value Курс Число 96)</Объект>")" >message12.xml
must filial Н import --format kd2 message12.xml
grep -q "applied 2" <(tr -s ' ' <out) || complain "a message of version 2.0 was not taken: $(cat out)"
has "Catalog.Контрагенты:$theirs" '"Комментарий": "вторая"'
expect 1 "accepted already" filial Н import --format kd2 message12.xml
cat >message13.xml <<END
<ExchangeFile FormatVersion="3.1"><ExchangeRules/><DataFromExchange ExchangePlan="Plan" Whom="Н" FromWhom="БЦ" OutgoingMessageNumber="13" IncomingMessageNumber="0" DeleteChangeRecords="true"/>
<Object NBSp="1" Type="СправочникСсылка.Контрагенты"><Ref NBSp="1"><Property Name="{UUID}" Type="String"><Value>$theirs</Value></Property></Ref>
<Property Name="Комментарий" Type="String"><Value>english</Value></Property></Object></ExchangeFile>
END
must filial Н import --format kd2 message13.xml
has "Catalog.Контрагенты:$theirs" '"Комментарий": "english"'
mkdir english
must filial Н endpoint add --node БА --format kd2 --mapping "$mapping" --directory english --english
must filial Н export --to БА --format kd2 --all english/message.xml
grep -q '<DataFromExchange ExchangePlan=' english/message.xml || complain "no English tags"
grep -P '<\p{Cyrillic}' english/message.xml >russian && complain "Russian tags among English ones: $(head -3 russian)"

# The first load from 7.7: its file has the header of its rules in attributes, booleans as
# numbers, codes as numbers; the rules say what it is found by.
cat >rules77.xml <<'END'
<ПравилаОбмена><ВерсияФормата>2.01</ВерсияФормата><Ид>77</Ид><Наименование>Торговля --&gt; Филиал</Наименование>
<Источник ВерсияПлатформы="7.7">Торговля</Источник><Приемник ВерсияПлатформы="8.3">Филиал</Приемник>
<ПравилаКонвертацииОбъектов><Группа><Код>Справочники</Код><Правило><Код>Клиенты   </Код>
<НеЗамещать>false</НеЗамещать><ПередВыгрузкой>Если Отказ Тогда</ПередВыгрузкой>
<Источник>СправочникСсылка.Клиенты</Источник><Приемник>СправочникСсылка.Контрагенты</Приемник>
<Свойства><Свойство Поиск="true"><Код>1</Код><Источник Имя="Код" Вид="Свойство" Тип="Строка"/>
<Приемник Имя="Код" Вид="Свойство" Тип="Строка"/></Свойство>
<Свойство><Код>2</Код><Источник Имя="Наименование" Вид="Свойство" Тип="Строка"/>
<Приемник Имя="Наименование" Вид="Свойство" Тип="Строка"/></Свойство>
<Свойство><Код>3</Код><Источник Имя="Оптовик" Вид="Реквизит" Тип="Число"/>
<Приемник Имя="Покупатель" Вид="Реквизит" Тип="Булево"/></Свойство></Свойства></Правило></Группа>
</ПравилаКонвертацииОбъектов></ПравилаОбмена>
END
cat >from77.xml <<'END'
<?xml version="1.0" encoding="windows-1251"?>
<ФайлОбмена ВерсияФормата="2.0" ИмяКонфигурацииИсточника="Торговля"><ПравилаОбмена ВерсияФормата="2.01" Ид="77" Источник="Торговля"/>
<Объект Нпп="1" Тип="СправочникСсылка.Контрагенты" ИмяПравила="Клиенты"><Ссылка Нпп="1"><Свойство Имя="Код" Тип="Число"><Значение>501</Значение></Свойство></Ссылка>
<Свойство Имя="Наименование" Тип="Строка"><Значение>Старый клиент          </Значение></Свойство>
<Свойство Имя="Покупатель" Тип="Число"><Значение>1</Значение></Свойство></Объект></ФайлОбмена>
END
iconv -f utf-8 -t cp1251 from77.xml >from77w.xml
must filial Н import --format kd2 --rules rules77.xml from77w.xml
client=$(found Catalog.Контрагенты Code=501)
has "$client" '"Description": "Старый клиент"'
has "$client" '"Покупатель": true'
must filial Н import --format kd2 --rules rules77.xml from77w.xml
grep -q "unchanged  1" out || complain "the second load changed something"

# Rules become a mapping, counted; program text is shown and not run.
must filial Н mapping from-rules --part source --code rules77.xml made.map
grep -q "ПередВыгрузкой" out || complain "program text is not listed"
grep -q '<code place="ПередВыгрузкой"' made.map || complain "program text is not in the mapping"
filial Н --json mapping from-rules --part destination rules77.xml >out
grep -q '"properties_whole": 3' out || complain "coverage: $(cat out)"

# For 7.7: no identities, booleans as numbers.
must filial Н export --format kd2 --mapping "$3/accounting77.xml" to77.xml
grep -q '{УникальныйИдентификатор}' to77.xml && complain "7.7 knows no identities"
grep -q '<Свойство Имя="ЭтоГруппа" Тип="Число">' to77.xml || complain "7.7 has no booleans"
grep -q 'Тип="ДокументСсылка.Счет"' to77.xml || complain "no invoice for 7.7"

# What is not here and must not be made is told by name, the first of many; so is an object
# of which nothing is said, that would be another one each time.
firm() { # NUMBER CODE
    printf '<Объект Нпп="%s" Тип="СправочникСсылка.Фирмы" ИмяПравила="Фирмы"><Ссылка Нпп="%s">%s</Ссылка>%s</Объект>' \
        "$1" "$1" "$(text Код "$2")$(text ИНН 78)" "$(text Наименование Фирма)"
}
d1 firms "$(firm 1 Ч-77)"
must filial Н import --format kd2 --mapping "$3/accounting77.xml" firms.xml
grep -q 'line 3: СправочникСсылка.Фирмы (Код: Ч-77, ИНН: 78) is not here and is not to be made' out ||
    complain "nobody is told who was passed over: $(cat out)"
[ -z "$(found Catalog.Организации Code=Ч-77)" ] || complain "who must not be made was made"
d1 firms "$(for i in $(seq 20); do firm "$i" "Ч-$i"; done)"
must filial Н import --format kd2 --mapping "$3/accounting77.xml" firms.xml
[ "$(grep -c 'is not to be made' out)" = 16 ] || complain "not the first ones are told: $(cat out)"
grep -q 'more objects are passed over' out || complain "who else was passed over is not told of"
filial Н object list Catalog.Контрагенты | grep -c Catalog >before
d1 nothing "$(partner 1 "" "")$(partner 2 "$(text ИНН ' ')" '<ТабличнаяЧасть Имя="Телефоны"/>')<Объект Нпп=\"3\" Тип=\"СправочникСсылка.Контрагенты\"/>"
load nothing
load nothing
filial Н object list Catalog.Контрагенты | grep -c Catalog | diff before - ||
    complain "an object of which nothing is said was made"
[ "$(grep -c 'СправочникСсылка.Контрагенты: nothing is said of it' out)" = 1 ] &&
    grep -q "objects  *0" out || complain "it is not told of: $(cat out)"

# What a mapping says of single properties: what stays there, codes of a length.
sed 's#<property of="Код" as="Код"/>#<property of="Код" as="Код" options="replace=no; length=6"/>#' rows.map >flags.map
must filial Н export --format kd2 --mapping flags.map --type Catalog.Номенклатура flags.xml
tr -d '\n\t' <flags.xml >flat
grep -qF '<Свойство Имя="Код" Тип="Строка" НеЗамещать="true"><Значение>000077<' flat ||
    complain "no code of six characters that stays: $(cat flags.xml)"
sed -i 's/length=6/length=много/' flags.map
expect 1 'length="много", which is no length' filial Н export --format kd2 --mapping flags.map x.xml

# A file with English tags for nobody by name; what it says is the same.
must filial Н export --format kd2 --mapping "$mapping" --english hand_english.xml
grep -q '<ExchangeFile FormatVersion="2.0"' hand_english.xml || complain "no English tags by hand"
grep -P '<\p{Cyrillic}' hand_english.xml >russian && complain "Russian tags among English ones: $(head -3 russian)"
must filial Н export --format kd2 --mapping "$mapping" hand_russian.xml
must filial Н import --format kd2 --mapping "$mapping" hand_russian.xml
must filial Н import --format kd2 --mapping "$mapping" hand_english.xml
grep -q "applied  *0" out || complain "English tags say something else: $(cat out)"

# A file for a period and a type.
must filial Н export --format kd2 --mapping "$mapping" --since 2027-01-01 --until 2027-01-31 \
    --type Document.СчетНаОплатуПокупателю period.xml
[ "$(grep -c '<Объект ' period.xml)" = 1 ] || complain "the period was not kept to"
grep -q 'ОкончаниеПериодаВыгрузки="2027-01-31T23:59:59"' period.xml || complain "no period"
expect 2 "are days" filial Н export --format kd2 --mapping "$mapping" --since январь x.xml
exit "$failures"
