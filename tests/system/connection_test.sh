#!/usr/bin/env bash
# «Настройки подключения» of 1C: an endpoint as a file, and an endpoint from one.
# connection_test.sh BIN_DIRECTORY DEMO_CONFIGURATION HARNESS_DIRECTORY
harness=$(realpath "$3")
mapping=$(realpath "$(dirname "$0")/../../deploy/mappings/enterprisedata/demonstration.xml")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
holds() { grep -qF -e "$1" "$2" || complain "$2 has no $1"; }
lacks() { grep -qF -e "$1" "$2" && complain "$2 has $1"; }

mkdir both
create s ФЛ --parent none
must filial s endpoint add --node БП --name Бухгалтерия --format enterprisedata --mapping "$mapping" \
    --directory both --zip
expect 0 "out.xml: to be read by" filial s endpoint settings БП out.xml
xmllint --noout out.xml || complain "no XML"
[ "$(stat -c %a out.xml)" = 600 ] || complain "the file is open to others"
tr -d '\n\t' <out.xml >line.xml
holds '<ВидТранспортаСообщенийОбмена xmlns="" xsi:type="EnumRef.ВидыТранспортаСообщенийОбмена">FILE<' line.xml
holds '<НаименованиеЭтойБазы xsi:type="xsd:string">Бухгалтерия<' line.xml
holds '<КодНовогоУзла xsi:type="xsd:string">ФЛ</КодНовогоУзла><КодПредопределенногоУзла xsi:type="xsd:string">БП<' line.xml
holds '<ПараметрыОбменаXDTO><ФорматОбмена xsi:type="xsd:string">http://v8.1c.ru/edi/edi_stnd/EnterpriseData<' line.xml
lacks FTPСоединение line.xml
create r ЦБ --parent none # and the other side takes it, and is called as it says
must filial r endpoint add --settings out.xml --mapping "$mapping"
expect 0 "our code there          БП" filial r endpoint show ФЛ
expect 0 "ok" filial r endpoint poll ФЛ
expect 0 "file judged last        Message_БП_ФЛ.zip" filial s endpoint poll БП # so it is known

file=$(dirname "$harness")/fuzz/corpus/connection/ftp.xml
expect 0 "ftp://%d0%be%d0%b1%d0%bc%d0%b5%d0%bd@files.example:2121/exchange/" \
    filial r endpoint add --settings "$file" --mapping "$mapping" --base-plan Другой
holds "the password in the file is not taken" out
holds "the base calls files by Latin letters" out
expect 0 "our prefix              ФЛ" filial r endpoint show БП
expect 0 "plan of the base        Другой" filial r endpoint show БП
expect 0 "passwords are not in it" filial r endpoint settings БП ftp.xml
holds '<FTPСоединениеПользователь xsi:type="xsd:string">обмен<' ftp.xml
holds '<FTPСоединениеПорт xsi:type="xsd:decimal">2121<' ftp.xml
holds '<FTPСоединениеПуть xsi:type="xsd:string">ftp://files.example/exchange/<' ftp.xml
lacks secret ftp.xml
sed 's/Обмена xsi:type="xsd:string"><\/Пароль/Обмена>x<\/Пароль/' "$file" >locked.xml
expect 1 "have a password" filial r endpoint add --node УТ --settings locked.xml --mapping "$mapping"
echo '<a/>' >other.xml
expect 1 "other.xml: this is no file of settings" filial r endpoint add --node УТ --settings other.xml

# The same in JSON, as newer libraries of 1C have it.
# at PATH FILE: what stands there, as JSON
at() { python3 -c 'import functools, json, sys
print(json.dumps(functools.reduce(lambda o, k: o[k], sys.argv[1].split("/"), json.load(open(sys.argv[2]))), ensure_ascii=False))' "$1" "$2"; }
# has PATH JSON FILE
has() { [ "$(at "$1" "$3")" = "$2" ] || complain "$3: $1 is $(at "$1" "$3"), not $2"; }
expect 0 "out.json: to be read by" filial s endpoint settings БП out.json
[ "$(stat -c %a out.json)" = 600 ] || complain "the file is open to others"
has MainExchangeParameters/FormatVersion '"2.0"' out.json
has MainExchangeParameters/NodeCode '"ФЛ"' out.json
has MainExchangeParameters/SourceInfobasePrefix '"ФЛ"' out.json
has MainExchangeParameters/CorrespondentNodeCode '"БП"' out.json
has MainExchangeParameters/SecondInfobaseDescription '"Бухгалтерия"' out.json
has MainExchangeParameters/TransportID '"FILE"' out.json
has MainExchangeParameters/ReceivedNo 0 out.json
has XDTOExchangeParameters/ExchangeFormat '"http://v8.1c.ru/edi/edi_stnd/EnterpriseData"' out.json
has TransportSettings/CompressOutgoingMessageFile true out.json
has TransportSettings/TransliterateExchangeMessageFileNames false out.json
at MainExchangeParameters/ExchangeFormatVersions out.json >versions
holds "\"1.8\"" versions
python3 - out.json <<'END' || complain "what is exchanged"
import json, sys
kinds = {k["Object"]: k for k in json.load(open(sys.argv[1]))["SupportedObjectsInFormat"]}

assert kinds["Справочник.Контрагенты"]["Send"] == "*", kinds["Справочник.Контрагенты"]
assert isinstance(kinds["Справочник.КонтактныеЛица"]["Receive"], list)
END
create j ЦБ --parent none
must filial j endpoint add --settings out.json --mapping "$mapping"
expect 0 "our code there          БП" filial j endpoint show ФЛ
expect 0 "$work/both" filial j endpoint show ФЛ
printf '\xef\xbb\xbf' >ftp.json
cat >>ftp.json <<'END'
{"MainExchangeParameters": {"FormatVersion": "2.0", "SourceInfobasePrefix": "БП", "DestinationInfobasePrefix": "ФЛ",
 "NodeCode": "d215c1cf-65a9-40d8-bc10-a98381b8dcf2", "CorrespondentNodeCode": "ФЛ",
 "ExchangePlanName": "СинхронизацияДанныхЧерезУниверсальныйФормат", "CorrespondentExchangePlanName": "Другой",
 "ThisInfobaseDescription": "Бухгалтерия", "SecondInfobaseDescription": "Филиал", "ExchangeSetupOption": "",
 "TransportID": "FTP", "SentNo": 0, "ReceivedNo": 0},
 "XDTOExchangeParameters": {"ExchangeFormat": "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"},
 "TransportSettings": {"CompressOutgoingMessageFile": true, "MaxMessageSize": 0, "Password": "secret", "PassiveConnection": true,
 "User": "обмен", "Port": 2121, "Path": "ftp://files.example/exchange/", "ArchivePasswordExchangeMessages": "",
 "TransliterateExchangeMessageFileNames": false}}
END
expect 0 "ftp://%d0%be%d0%b1%d0%bc%d0%b5%d0%bd@files.example:2121/exchange/" \
    filial j endpoint add --settings ftp.json --mapping "$mapping"
holds "the password in the file is not taken" out
expect 0 "our prefix              ФЛ" filial j endpoint show d215c1cf-65a9-40d8-bc10-a98381b8dcf2
must filial j endpoint settings d215c1cf-65a9-40d8-bc10-a98381b8dcf2 back.json
has TransportSettings/Port 2121 back.json
has TransportSettings/Path '"ftp://files.example/exchange/"' back.json
has TransportSettings/User '"обмен"' back.json
has TransportSettings/Password '""' back.json
sed 's/Messages": ""/Messages": "x"/' ftp.json >locked.json
expect 1 "have a password" filial j endpoint add --node УТ --settings locked.json --mapping "$mapping"
head -n 5 ftp.json >cut.json
expect 1 "cut.json: line 6" filial j endpoint add --node УТ --settings cut.json
echo '{"a": 1}' >other.json
expect 1 'other.json: this is no file of settings of a connection: it has no "MainExchangeParameters"' \
    filial j endpoint add --node УТ --settings other.json
must filial s endpoint change БП --url http://base@127.0.0.1/bp
expect 0 "choose it in 1C" filial s endpoint settings БП out.xml
exit "$failures"
