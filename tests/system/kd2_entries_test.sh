#!/usr/bin/env bash
# Entries of an accounting register go with their documents in files of Конвертация данных 2,
# both ways: accounts, субконто, currencies and amounts of either side. Packages of a plan,
# whose layout of them is not known, carry what packages brought and nothing else.
# kd2_entries_test.sh BIN_DIRECTORY DEMO_CONFIGURATION MAPPINGS
harness=$(realpath "$(dirname "$0")/../harness")
mapping=$(realpath "$3")/entries8.xml
. "$harness/nodes.sh" "$1" "$2"
. "$harness/dump.sh"
. "$harness/accounting.sh"
with_accounting "$configuration" with
configuration=$work/with
for code in Н К П; do
    must filial $code init "$work/$code" --code $code --configuration "$configuration" \
        --parent none --allow-any-file-system
    must filial $code node add БП --format v8msg
done
expect 0 "left out here               0" filial Н mapping check "$mapping"

# A payment in roubles for goods bought in dollars, and one entry without субконто.
id() { printf '11111111-2222-4333-8444-%012d' "$1"; }
accounts=ChartOfAccounts.Хозрасчетный
kinds=ChartOfCharacteristicTypes.ВидыСубконтоХозрасчетные
document=Document.ОперацияБух:$(id 7)
records=AccountingRegister.Хозрасчетный:$(id 7)
batch() {
    local lines="{\"put\":\"$accounts:$(id 1)\",\"set\":{\"Code\":\"60.21\",\"Description\":\"Расчёты\",\"PredefinedDataName\":\"РасчетыСПоставщикамиВал\"}}
{\"put\":\"$accounts:$(id 2)\",\"set\":{\"Code\":\"51\",\"Description\":\"Расчётные счета\",\"PredefinedDataName\":\"РасчетныеСчета\"}}
{\"put\":\"$kinds:$(id 3)\",\"set\":{\"Code\":\"1\",\"Description\":\"Контрагенты\",\"PredefinedDataName\":\"Контрагенты\"}}
{\"put\":\"$kinds:$(id 4)\",\"set\":{\"Code\":\"2\",\"Description\":\"Договоры\",\"PredefinedDataName\":\"Договоры\"}}"
    filial "$1" batch >batch.out 2>&1 <<<"$lines" || complain "batch: $(cat batch.out)"
}
batch Н
batch К
filial Н batch >out 2>&1 <<END || complain "batch: $(cat out)"
{"put":"Catalog.Организации:$(id 10)","set":{"Description":"Ромашка","ИНН":"7701000001"}}
{"put":"Catalog.Валюты:$(id 11)","set":{"Code":"840","Description":"USD"}}
{"put":"Catalog.Контрагенты:$(id 12)","set":{"Description":"Лютик","ИНН":"7701000002"}}
{"put":"Catalog.ДоговорыКонтрагентов:$(id 13)","set":{"Owner":"Catalog.Контрагенты:$(id 12)","Description":"№ 7"}}
{"put":"$document","set":{"Number":"БП-1","Date":"2026-03-05T10:00:00","Организация":"Catalog.Организации:$(id 10)","СуммаОперации":"7500.5","Содержание":"Зачёт"}}
{"put":"AccountingRegister.Хозрасчетный","filter":{"Recorder":"$document"},"records":[{"Period":"2026-03-05T10:00:00","Active":true,"СчетДт":"$accounts:$(id 1)","ВидСубконтоДт1":"$kinds:$(id 3)","СубконтоДт1":"Catalog.Контрагенты:$(id 12)","ВидСубконтоДт2":"$kinds:$(id 4)","СубконтоДт2":"Catalog.ДоговорыКонтрагентов:$(id 13)","СчетКт":"$accounts:$(id 2)","Организация":"Catalog.Организации:$(id 10)","ВалютаДт":"Catalog.Валюты:$(id 11)","Сумма":"7500.5","ВалютнаяСуммаДт":"100","СуммаНУДт":"7500.5","Содержание":"Зачёт <аванса>"},{"Period":"2026-03-05T10:00:00","Active":true,"СчетДт":"$accounts:$(id 2)","СчетКт":"$accounts:$(id 1)","Организация":"Catalog.Организации:$(id 10)","Сумма":"1"}]}
END
must filial Н export --format kd2 --mapping "$mapping" entries.xml
tr -d '\n\t' <entries.xml >flat
for words in '<НаборЗаписей Имя="Хозрасчетный">' \
    '<СубконтоДт><Свойство Имя="Ключ" Тип="ПланВидовХарактеристикСсылка.ВидыСубконтоХозрасчетные">' \
    '<Свойство Имя="Значение" Тип="СправочникСсылка.ДоговорыКонтрагентов">' \
    '<Свойство Имя="СчетДт" Тип="ПланСчетовСсылка.Хозрасчетный">' '<Значение>РасчетыСПоставщикамиВал</Значение>' \
    '<Свойство Имя="ВалютнаяСуммаДт" Тип="Число"><Значение>100</Значение>'; do
    grep -qF -- "$words" flat || complain "the file has no $words"
done
[ "$(grep -o '<СубконтоДт>' flat | wc -l)" = 2 ] || complain "субконто: $(grep -o '<Субконто..>' flat)"

# Another base reads them: the accounts are its own, by their predefined names.
must filial К import --format kd2 --mapping "$mapping" entries.xml
entries() { filial "$1" object get "$records" | sed -n '/"records"/,$p' | sed '/"Recorder": {/,/}/d; /"Recorder": null/d'; }
entries Н >ours
entries К >theirs
cmp ours theirs || complain "the entries are others there: $(diff ours theirs)"
grep -q '"value": "Catalog.ДоговорыКонтрагентов:' theirs || complain "no субконто: $(cat theirs)"
must filial К export --format kd2 --mapping "$mapping" again.xml
tr -d '\n\t' <again.xml | grep -o '<НаборЗаписей.*</НаборЗаписей>' >back
grep -o '<НаборЗаписей.*</НаборЗаписей>' flat | cmp - back || complain "what comes back is not the same"

# A message has them, too, within the document: an independent model of 1C's reader finds
# each субконто by its kind.
base() { python3 "$harness/base_kd2.py" "$@"; }
mkdir messages
must filial Н endpoint add --node БК --format kd2 --mapping "$mapping" --directory messages
for account in 1 2; do must filial Н register "$accounts:$(id $account)" --for БК; done
must filial Н export --to БК --format kd2 messages/1.xml
base load bk.json messages/1.xml || complain "the model refuses the message"
base show bk.json ДокументСсылка.ОперацияБух "$(id 7)" >shown
sed -n 's/^=Хозрасчетный=//p' shown | python3 -c '
import json, sys
ident = "11111111-2222-4333-8444-%012d"
first, second = json.load(sys.stdin)
sys.exit(first["СчетДт"] != ident % 1 or first["СчетКт"] != ident % 2 or first["ВалютаДт"] != ident % 11
         or first["ВалютнаяСуммаДт"] != "100" or first["Сумма"] != "7500.5"
         or first["СубконтоДт"] != {ident % 3: ident % 12, ident % 4: ident % 13}
         or "СубконтоКт" in first or "СубконтоДт" in second)' || complain "the model has other entries: $(cat shown)"

# No package of a plan has them: how they stand there nobody knows.
must filial К export --to БП --all package.xml
grep -qF "AccountingRegister.Хозрасчетный: how 1C lays out records of this kind in a package is not known" out ||
    complain "that entries are left out is not said: $(cat out)"
grep -q ОперацияБух package.xml || complain "the document is not in the package"
grep -q AccountingRegisterRecordSet package.xml && complain "entries are written by guess"

# What a package brought is kept as it came, and no mapping can tell what it is.
set_of=AccountingRegisterRecordSet.Хозрасчетный
recorder="<Recorder xsi:type=\"DocumentRef.ОперацияБух\">$(id 7)</Recorder>"
entry="<Record>$recorder<Period>2026-03-05T10:00:00</Period><Active>true</Active><AccountDr>$(id 1)</AccountDr><Сумма>5</Сумма><Содержание>из пакета</Содержание></Record>"
printf '<m:Message xmlns:m="http://v8.1c.ru/messages"><m:Header><m:ExchangePlan>Филиалы</m:ExchangePlan><m:To>П</m:To><m:From>БП</m:From><m:MessageNo>1</m:MessageNo><m:ReceivedNo>0</m:ReceivedNo></m:Header><m:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><DocumentObject.ОперацияБух><Ref>%s</Ref><DeletionMark>false</DeletionMark><Date>2026-03-05T10:00:00</Date><Number>БП-1</Number></DocumentObject.ОперацияБух><%s><Filter>%s</Filter><Records>%s</Records></%s></m:Body></m:Message>' \
    "$(id 7)" $set_of "$recorder" "$entry" $set_of >Message_БП_П.xml
must filial П import Message_БП_П.xml
must filial П node add БП2 --format v8msg
must filial П export --to БП2 --all package.xml
tr -d '\n\t\r' <package.xml | grep -F "<Records>$entry</Records>" >/dev/null || complain "the records did not come through: $(cat package.xml)"
must filial П export --format kd2 --mapping "$mapping" opaque.xml
grep -qF "AccountingRegister.Хозрасчетный: records that packages of a plan brought are left out" out ||
    complain "that they are left out is not said: $(cat out)"
grep -q '<НаборЗаписей' opaque.xml && complain "opaque records became entries"

# A file says it anew: nothing of the package is left.
batch П
must filial П import --format kd2 --mapping "$mapping" entries.xml
entries П >theirs
cmp ours theirs || complain "the entries are others there: $(diff ours theirs)"
must filial П export --format kd2 --mapping "$mapping" again.xml
tr -d '\n\t' <again.xml | grep -o '<НаборЗаписей.*</НаборЗаписей>' | cmp - back || complain "what comes back is not the same"

# Of two registers it is said of each, once.
object "$configuration" AccountingRegisters AccountingRegister Налоговый \
    '<ChartOfAccounts>ChartOfAccounts.Хозрасчетный</ChartOfAccounts><Correspondence>true</Correspondence>' \
    "$(field Resource Сумма xs:decimal '<Balance>true</Balance>')"
register='<object of="РегистрБухгалтерии.Налоговый" as="РегистрБухгалтерииНаборЗаписей.Налоговый"><key><property of="Recorder" as="Регистратор"/></key><table of="Records" as="Записи"><property of="Сумма" as="Сумма"/></table></object>'
sed "s#</mapping>#$register&#" "$mapping" >two.map
sed "s#<$set_of>.*</$set_of>#&<AccountingRegisterRecordSet.Налоговый><Filter>$recorder</Filter><Records>$entry</Records></AccountingRegisterRecordSet.Налоговый>#; s#<m:To>П#<m:To>Р#" \
    Message_БП_П.xml >Message_БП_Р.xml
must filial Р init "$work/Р" --code Р --configuration "$configuration" --parent none --allow-any-file-system
must filial Р node add БП --format v8msg
must filial Р import Message_БП_Р.xml
must filial Р export --format kd2 --mapping two.map opaque.xml
for name in Хозрасчетный Налоговый; do
    [ "$(grep -cF "AccountingRegister.$name: records that packages of a plan brought are left out" out)" = 1 ] ||
        complain "that those of $name are left out is not said: $(cat out)"
done
exit "$failures"
