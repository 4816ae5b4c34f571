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
must filial s endpoint change БП --url http://base@127.0.0.1/bp
expect 0 "choose it in 1C" filial s endpoint settings БП out.xml
exit "$failures"
