#!/usr/bin/env bash
# What objects of Конвертация данных 2 bring besides properties and rows: movements of
# documents.
# kd2_parts_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
harness=$(realpath "$(dirname "$0")/../harness")
. "$harness/nodes.sh" "$1" "$2"
. "$harness/kd2_files.sh"
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

# What cannot be kept is said: an unknown register, a mapping that knows no recorder.
d1 unknown "$(sale '' семь '<НаборЗаписей Имя="Хозрасчетный"><Запись/></НаборЗаписей>')"
load unknown
grep -q "НаборЗаписей.Хозрасчетный" out || complain "an unknown register is not told of"
sed '/Регистратор/d' parts.map >without.map
d1 lost "$(sale '' восемь "$(movements '' "$(record 1 1)")")"
expect 1 'line 3, РегистрНакопленияНаборЗаписей.ТоварыНаСкладах: whose records are they?' \
    filial Н import --format kd2 --mapping without.map lost.xml
d1 catalog '<Объект Нпп="1" Тип="СправочникСсылка.Номенклатура"><Ссылка Нпп="1">'"$(text Код 1)</Ссылка>$(movements '' "$(record 1 1)")</Объект>"
expect 1 'keeps no records of СправочникСсылка.Номенклатура' \
    filial Н import --format kd2 --mapping parts.map catalog.xml
exit "$failures"
