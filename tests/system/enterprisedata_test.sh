#!/usr/bin/env bash
# A node among bases that synchronise through the universal format: a model of 1C's side
# plays against it, then the words of what is said, waits or cannot be taken.
# enterprisedata_test.sh BIN_DIRECTORY DEMO_CONFIGURATION HARNESS_DIRECTORY MAPPINGS_DIRECTORY
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
harness=$3
mapping=$4/demonstration.xml
guid=91d5a7dd-2d96-4af5-b855-90ad613450b9
node() { # DIRECTORY CODE
    must filial "$1" init "$work/$1" --code "$2" --configuration "$configuration" \
        --parent none --allow-any-file-system
}
header() { # FROM TO NUMBER RECEIVED [VERSION]
    local versions=${versions:-1.8} version kinds=${kinds:-Справочник.Валюты Справочник.Организации Справочник.Контрагенты}
    printf '<Message xmlns:msg="http://www.1c.ru/SSL/Exchange/Message"><msg:Header>'
    printf '<msg:Format>http://v8.1c.ru/edi/edi_stnd/EnterpriseData%s</msg:Format>' "${5:+/$5}"
    printf '<msg:CreationDate>2026-09-06T10:36:59</msg:CreationDate><msg:Confirmation>'
    printf '<msg:ExchangePlan>Другой</msg:ExchangePlan><msg:To>%s</msg:To><msg:From>%s</msg:From>' "$2" "$1"
    printf '<msg:MessageNo>%s</msg:MessageNo><msg:ReceivedNo>%s</msg:ReceivedNo></msg:Confirmation>' "$3" "$4"
    for version in $versions; do
        printf '<msg:AvailableVersion>%s</msg:AvailableVersion>' "$version"
    done
    [ -z "${new_from:-}" ] || printf '<msg:NewFrom>%s</msg:NewFrom>' "$new_from"
    printf '<msg:AvailableObjectTypes>'
    for kind in $kinds; do
        printf '<msg:ObjectType><msg:Name>%s</msg:Name><msg:Sending>*</msg:Sending><msg:Receiving>*</msg:Receiving></msg:ObjectType>' "$kind"
    done
    printf '</msg:AvailableObjectTypes></msg:Header>'
}
settings() { # FROM TO
    header "$1" "$2" 0 0
    printf '</Message>'
}
data() { # FROM TO NUMBER RECEIVED BODY
    header "$1" "$2" "$3" "$4" 1.8
    printf '<Body xmlns="http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8">%s</Body></Message>' "$5"
}
partner() { # UUID NAME ИНН КПП
    printf '<Справочник.Контрагенты><КлючевыеСвойства><Ссылка>%s</Ссылка><Наименование>%s</Наименование>' "$1" "$2"
    printf '%s%s<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо></КлючевыеСвойства></Справочник.Контрагенты>' \
        "${3:+<ИНН>$3</ИНН>}" "${4:+<КПП>$4</КПП>}"
}
# holds WORDS FILE: a message of ours has these words, blanks between tags apart
holds() {
    tr -d '\n\t' <"$2" >flat
    grep -qF -- "$1" flat || {
        complain "$2 does not have $1:"
        head -c 3000 flat
    }
}
# The number of our last message.
sent() {
    filial d --json endpoint show БП | grep -o '"sent": *[0-9]*' | grep -o '[0-9]*$'
}
lacks() {
    tr -d '\n\t' <"$2" >flat
    ! grep -qF -- "$1" flat || complain "$2 has $1"
}

echo "-- a model of 1C plays against us; several bases at once, beside a daemon"
steps=30
[ "${FILIAL_TEST_ALL:-0}" = 1 ] && steps=400
node n ФЛ
mkdir x
for base in БП УТ "$guid"; do
    must filial n endpoint add --node "$base" --format enterprisedata --directory x \
        --mapping "$mapping" --poll 1s
done
must filial n endpoint change УТ --zip
start n
seed=1
for base in БП УТ "$guid"; do
    options=()
    [ "$base" = УТ ] && options=(--zip)
    python3 "$harness/base_enterprisedata.py" "$bin/filial" "n" "$work/x" "$seed" "$steps" \
        "$base" ФЛ "${options[@]}" || complain "the model of $base"
    seed=$((seed + 1))
done
stop n

echo "-- who we are is said first, and again when the base has said who it is"
node d ФЛ
mkdir y
expect 2 "--mapping FILE" filial d endpoint add --node БП --format enterprisedata --directory y
expect 1 "mapping of the format \"kd2\"" filial d endpoint add --node БП --directory y \
    --format enterprisedata --mapping "$4/../kd2/accounting8.xml"
expect 1 "no schema of EnterpriseData 9.9" filial d endpoint add --node БП --directory y \
    --format enterprisedata --mapping "$mapping" --versions 1.8,9.9
must filial d endpoint add --node БП --format enterprisedata --directory y --mapping "$mapping"
ours=y/Message_ФЛ_БП.xml
theirs=y/Message_БП_ФЛ.xml
expect 0 "state                   ok" filial d endpoint poll БП
holds "EnterpriseData</msg:Format>" "$ours"
holds "<msg:MessageNo>0</msg:MessageNo><msg:ReceivedNo>0<" "$ours"
holds "<msg:Prefix>ФЛ</msg:Prefix>" "$ours"
rm "$ours"
expect 0 "ok" filial d endpoint poll БП
[ -s "$ours" ] || complain "who we are is not said again"
rouble=10000000-0000-4000-8000-000000000643
firm=20000000-0000-4000-8000-000000000001
lily=30000000-0000-4000-8000-000000000001
table=40000000-0000-4000-8000-000000000001
filial d batch >out 2>&1 <<END || complain "batch: $(cat out)"
{"put":"Catalog.Валюты:$rouble","set":{"Code":"643","Description":"руб."}}
{"put":"Catalog.Организации:$firm","set":{"Code":"1","Description":"Ромашка","ИНН":"7700000001"}}
{"put":"Catalog.Контрагенты:$lily","set":{"Code":"1","Description":"Лютик","ИНН":"7701234567","КПП":"770101001"}}
{"put":"Catalog.Номенклатура:$table","set":{"Code":"1","Description":"Стол"}}
END
versions="1.22 1.10" new_from=$guid settings БП ФЛ >"$theirs"
expect 0 "ok" filial d endpoint poll БП
holds "<msg:MessageNo>0</msg:MessageNo>" "$ours"
expect 0 "takes no such objects in 1.10: Catalog.Номенклатура" filial d endpoint poll БП
holds "EnterpriseData/1.10</msg:Format>" "$ours"
holds "<msg:MessageNo>1</msg:MessageNo><msg:ReceivedNo>0<" "$ours"
holds "<ИНН>7701234567</ИНН>" "$ours"
lacks "Стол" "$ours"

echo "-- an alias becomes a GUID: both names are the base's"
data "$guid" ФЛ 1 1 "$(partner 39999999-0000-4000-8000-000000000001 Лютик 7701234567 770101001)" \
    >"y/Message_НФ_${guid}_ФЛ.xml"
expect 0 "confirmed               1" filial d endpoint poll БП
[ -s "y/Message_ФЛ_$guid.xml" ] || complain "the answer is not for the GUID: $(ls y)"
holds "<msg:To>$guid</msg:To>" "y/Message_ФЛ_$guid.xml"
holds "<msg:ReceivedNo>1</msg:ReceivedNo>" "y/Message_ФЛ_$guid.xml"
data БП ФЛ 2 1 "" >"$theirs"
expect 0 "received                2" filial d endpoint poll БП

echo "-- matches: by ИНН and КПП, and under the base's own identity from then on"
filial d object put "Catalog.Контрагенты:$lily" --set "Комментарий=наше" >/dev/null
expect 0 "ok" filial d endpoint poll БП
holds "<Ссылка>39999999-0000-4000-8000-000000000001</Ссылка><Наименование>Лютик<" "$ours"
rm "y/Message_НФ_${guid}_ФЛ.xml"
for n in 2 3; do
    filial d object put "Catalog.Контрагенты:3000000$n-0000-4000-8000-000000000001" \
        --set "Code=$n" --set Description=Близнец >/dev/null
done
twin=39999999-0000-4000-8000-000000000002
data БП ФЛ 3 2 "$(partner $twin Близнец)" >"$theirs"
expect 0 "like several of ours" filial d endpoint poll БП
expect 0 "Catalog.Контрагенты:$twin" filial d endpoint doubts БП
expect 1 "two types" filial d endpoint match БП "Catalog.Контрагенты:$twin" "Catalog.Валюты:$rouble"
must filial d endpoint match БП "Catalog.Контрагенты:$twin" \
    "Catalog.Контрагенты:30000003-0000-4000-8000-000000000001"
filial d endpoint doubts БП >out
! grep -q "$twin" out || complain "the doubt stays"
data БП ФЛ 4 4 "$(partner $twin Двойник)" >"$theirs"
expect 0 "received                4" filial d endpoint poll БП
expect 0 "Двойник" filial d object get "Catalog.Контрагенты:30000003-0000-4000-8000-000000000001"

data БП ФЛ 5 "$(sent)" "$(partner 39999999-0000-4000-8000-00000000000a Тёзка)$(partner 39999999-0000-4000-8000-00000000000b Тёзка)" >"$theirs"
expect 0 "applied                 2" filial d endpoint poll БП
expect 0 "Тёзка" filial d object get Catalog.Контрагенты:39999999-0000-4000-8000-00000000000b
expect 0 "Тёзка" filial d object get Catalog.Контрагенты:39999999-0000-4000-8000-00000000000a

echo "-- what the format cannot carry waits, and does not stop the rest"
filial d object put Catalog.Контрагенты:30000009-0000-4000-8000-000000000001 \
    --set Code=9 --set Description= --set "ИНН=1" >/dev/null
filial d object put Catalog.Контрагенты:30000008-0000-4000-8000-000000000001 \
    --set Code=8 --set Description=Сосед >/dev/null
expect 0 "Наименование" filial d endpoint poll БП
holds "Сосед" "$ours"
expect 0 "30000009" filial d endpoint held БП
data БП ФЛ 6 "$(sent)" "" >"$theirs"
expect 0 "ok" filial d endpoint poll БП
filial d object put Catalog.Контрагенты:30000009-0000-4000-8000-000000000001 \
    --set Description=Назван >/dev/null
expect 0 "ok" filial d endpoint poll БП
holds "Назван" "$ours"
filial d endpoint held БП >out
! grep -q 30000009 out || complain "what was written is still held"

echo "-- a folder and an item of one name are two"
for n in 4 5; do
    filial d object put "Catalog.Контрагенты:3000000$n-0000-4000-8000-000000000001" --set "Code=$n" \
        --set Description=Полка --set "IsFolder=$([ $n = 4 ] && echo true || echo false)" >/dev/null
done
must filial d endpoint poll БП
shelf=39999999-0000-4000-8000-00000000000c
data БП ФЛ 7 "$(sent)" "$(partner $shelf Полка 7709)" >"$theirs"
expect 0 "received                7" filial d endpoint poll БП
expect 0 "7709" filial d object get Catalog.Контрагенты:30000005-0000-4000-8000-000000000001
expect 1 "" filial d object get "Catalog.Контрагенты:$shelf"

echo "-- what cannot be taken"
bad() { # WORDS SED-EXPRESSION: a good message with a fault is refused with the line
    data БП ФЛ 9 "$(sent)" "$(partner 39999999-0000-4000-8000-000000000009 Новый 7 7)" |
        sed -e "$2" >"$theirs"
    expect 1 "$1" filial d endpoint poll БП
    grep -qF "line 1" out || complain "no line: $(cat out)"
}
bad "Ссылка" 's#<Ссылка>39#<Ссылка>Щ9#'
bad "ЮридическоеФизическоеЛицо" 's#>ЮридическоеЛицо<#>Лицо<#'
bad "Наименование" 's#<Наименование>Новый</Наименование>##'
bad "КлючевыеСвойства" 's#КлючевыеСвойства#Свойства#g'
data УТ ФЛ 9 0 "" >"$theirs"
expect 1 "from \"УТ\"" filial d endpoint poll БП
data БП ЦБ 9 0 "" >"$theirs"
expect 1 "is for \"ЦБ\"" filial d endpoint poll БП
data БП ФЛ 9 0 "" | head -c 900 >"$theirs"
expect 0 "not_whole" filial d endpoint poll БП
versions=1.0 data БП ФЛ 9 "$(sent)" "$(partner 39999999-0000-4000-8000-000000000009 Старый)" >"$theirs"
expect 1 "has versions 1.0" filial d endpoint poll БП
data БП ФЛ 10 "$(sent)" "" >"$theirs"
expect 0 "received                10" filial d endpoint poll БП
kinds="Справочник.Валюты Справочник.Контрагенты Справочник.Организации Справочник.БанковскиеСчета"
man="<ФизическиеЛицаСсылка><Ссылка>$lily</Ссылка><ФИО>Лютик</ФИО></ФизическиеЛицаСсылка>"
data БП ФЛ 11 "$(sent)" "<Справочник.БанковскиеСчета><КлючевыеСвойства><НомерСчета>1</НомерСчета><Владелец>$man</Владелец></КлючевыеСвойства><ВалютаДенежныхСредств><Ссылка>$rouble</Ссылка><ДанныеКлассификатора><Код>643</Код></ДанныеКлассификатора></ВалютаДенежныхСредств></Справочник.БанковскиеСчета>" >"$theirs"
expect 0 "line 1, Справочник.БанковскиеСчета, Владелец: no reference to ФизическиеЛица is taken here" \
    filial d endpoint poll БП
unset kinds
data НЕТ ФЛ 1 0 "" >foreign.xml
expect 1 "with whom no messages" filial d import --format enterprisedata foreign.xml

echo "-- what is referred to and goes by no plan goes along"
node g ФЛ
mkdir z
must filial g plan remove Catalog.Организации
must filial g endpoint add --node БП --format enterprisedata --directory z --mapping "$mapping"
filial g batch >out 2>&1 <<END || complain "batch: $(cat out)"
{"put":"Catalog.Организации:$firm","set":{"Code":"1","Description":"Ромашка","ИНН":"7700000001"}}
{"put":"Catalog.Контрагенты:$lily","set":{"Code":"1","Description":"Лютик"}}
{"put":"Catalog.ДоговорыКонтрагентов:50000000-0000-4000-8000-000000000001","set":{"Code":"1","Description":"Поставка","Owner":"$lily","Организация":"$firm"}}
END
kinds="Справочник.Организации Справочник.Контрагенты Справочник.Договоры" settings БП ФЛ >z/Message_БП_ФЛ.xml
must filial g endpoint poll БП
must filial g endpoint poll БП
holds "<Справочник.Договоры>" z/Message_ФЛ_БП.xml
holds "<Справочник.Организации><КлючевыеСвойства><Ссылка>$firm<" z/Message_ФЛ_БП.xml

echo "-- a base asks for an object once more"
kinds="Справочник.Организации Справочник.Контрагенты Справочник.Договоры" data БП ФЛ 1 1 "" >z/Message_БП_ФЛ.xml
expect 0 "confirmed               1" filial g endpoint poll БП
kinds="Справочник.Организации Справочник.Контрагенты Справочник.Договоры" data БП ФЛ 2 1 \
    "<ЗапросНаВыгрузку><Строка><ИмяОбъектаФорматаПолученного>Справочник.Контрагенты</ИмяОбъектаФорматаПолученного><ПространствоИменОбъектаФормата>x</ПространствоИменОбъектаФормата><СсылкаЗапросаНаВыгрузку>$lily</СсылкаЗапросаНаВыгрузку></Строка></ЗапросНаВыгрузку>" \
    >z/Message_БП_ФЛ.xml
must filial g endpoint poll БП
holds "<msg:MessageNo>2</msg:MessageNo>" z/Message_ФЛ_БП.xml
holds "<Ссылка>$lily</Ссылка><Наименование>Лютик<" z/Message_ФЛ_БП.xml

echo "-- changes that cross do not swap"
node c ФЛ
mkdir c_files
must filial c endpoint add --node БП --format enterprisedata --directory c_files --mapping "$mapping"
filial c object put "Catalog.Контрагенты:$lily" --set Code=1 --set Description=Наш >/dev/null
settings БП ФЛ >c_files/Message_БП_ФЛ.xml
must filial c endpoint poll БП
must filial c endpoint poll БП # number 1
filial c object put "Catalog.Валюты:$rouble" --set Code=643 --set Description=руб. >/dev/null
must filial c endpoint poll БП # number 2 repeats what the base, having number 1, has changed
data БП ФЛ 1 1 "$(partner "$lily" Их)" >c_files/Message_БП_ФЛ.xml
expect 0 "applied                 1" filial c endpoint poll БП
holds "<Ссылка>$lily</Ссылка><Наименование>Их<" c_files/Message_ФЛ_БП.xml
data БП ФЛ 2 1 "$(partner "$lily" Их)" >c_files/Message_БП_ФЛ.xml
must filial c endpoint poll БП
holds "<Ссылка>$lily</Ссылка><Наименование>Их<" c_files/Message_ФЛ_БП.xml
data БП ФЛ 3 2 "$(partner "$lily" Новее)" >c_files/Message_БП_ФЛ.xml
expect 0 "collisions              0" filial c endpoint poll БП
expect 0 "Новее" filial c object get "Catalog.Контрагенты:$lily"

echo "-- who has begun anew hears what lies there once more"
node r ФЛ
mkdir r_files
again() {
    must filial r endpoint add --node БП --format enterprisedata --directory r_files --mapping "$mapping"
    expect 0 "$1" filial r endpoint poll БП
    filial r endpoint poll БП >out
    holds "EnterpriseData/1.8</msg:Format>" r_files/Message_ФЛ_БП.xml
}
filial r object put "Catalog.Контрагенты:$lily" --set Code=1 --set Description=Лютик >/dev/null
settings БП ФЛ >r_files/Message_БП_ФЛ.xml
again "ok"
must filial r endpoint remove БП
rm r_files/Message_ФЛ_БП.xml
again "ok"

echo "-- an object on both sides"
expect 0 "<Наименование>Лютик</Наименование>" filial d mapping try "$mapping" "Catalog.Контрагенты:$lily"
grep -qF "does not come back: Code" out || complain "what is lost is not named: $(cat out)"
filial d object put "Document.ПоступлениеТоваровУслугВНТТ:$table" --set Number=1 --set Date=2026-09-05T12:00:00 \
    --set Posted=true --set "Организация=$firm" --set "Контрагент=$lily" --set "ВалютаДокумента=$rouble" \
    --set Комментарий=наше >/dev/null
expect 0 "<Документ.ПоступлениеТоваровУслуг>" filial d mapping try "$mapping" \
    "Document.ПоступлениеТоваровУслугВНТТ:$table"
! grep -q "does not come back" out || complain "a purchase in a shop: $(cat out)"
expect 1 "Наименование: the format requires it" filial d mapping try "$mapping" --version 1.8 \
    "Catalog.Контрагенты:$(filial d object put Catalog.Контрагенты --set Code=77 | grep -o '[0-9a-f-]\{36\}' | head -n 1)"

echo "-- files without a conversation"
expect 0 "Наименование: the format requires it" filial d export --format enterprisedata \
    --mapping "$mapping" --version 1.8 upload.xml
lacks "msg:Confirmation" upload.xml
lacks "AvailableObjectTypes" upload.xml
holds "<msg:AvailableVersion>1.8</msg:AvailableVersion></msg:Header>" upload.xml
node e Ф2
must filial e import --format enterprisedata --mapping "$mapping" upload.xml
expect 0 "7701234567" filial e object get "Catalog.Контрагенты:$lily"
expect 0 "Catalog.Валюты" filial e mapping try "$mapping"

echo "-- what comes without an identity is one object, in each message again"
node z2 Ф3
nameless() { # CODE NAME: a currency and an account in it, by what they are found by
    local money="<ДанныеКлассификатора><Код>$1</Код><Наименование>$2</Наименование></ДанныеКлассификатора>"
    printf '<Справочник.Валюты><КлючевыеСвойства>%s</КлючевыеСвойства></Справочник.Валюты>' "$money"
    printf '<Справочник.БанковскиеСчета><КлючевыеСвойства><НомерСчета>4070281%s</НомерСчета><Владелец><КонтрагентыСсылка>' "$1"
    printf '<Ссылка>%s</Ссылка><Наименование>Лютик</Наименование><ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>' "$lily"
    printf '</КонтрагентыСсылка></Владелец></КлючевыеСвойства><ВалютаДенежныхСредств>%s</ВалютаДенежныхСредств></Справочник.БанковскиеСчета>' "$money"
}
for _ in 1 2; do
    data БП Ф3 1 0 "$(nameless 840 USD)$(nameless 978 EUR)" |
        sed 's#<msg:Confirmation>.*</msg:Confirmation>##' >nameless.xml
    must filial z2 import --format enterprisedata --mapping "$mapping" nameless.xml
done
grep -q "unchanged *4" out || complain "not the same once more: $(cat out)"
filial z2 object list Catalog.Валюты >out
[ "$(grep -c 'Catalog.Валюты:' out)" = 2 ] || complain "not two currencies: $(cat out)"
! grep -q 00000000-0000-0000-0000-000000000000 out || complain "nobody's identity: $(cat out)"
euro=$(grep ' 978 ' out | grep -o 'Catalog.Валюты:[0-9a-f-]*')
filial z2 object list Catalog.БанковскиеСчета >out
[ "$(grep -c 'Catalog.БанковскиеСчета:' out)" = 2 ] || complain "not two accounts: $(cat out)"
accounts=$(grep -o 'Catalog.БанковскиеСчета:[0-9a-f-]*' out)
for account in $accounts; do
    filial z2 object get "$account"
done >out
[ "$(grep -cF "\"$euro\"" out)" = 1 ] || complain "the currencies of the accounts: $(cat out)"
expect 1 "no Confirmation" filial z2 import --format enterprisedata nameless.xml

echo "-- a server"
mkdir ftp
echo secret >password
python3 "$harness/ftp_server.py" "$work/ftp" secret "$work/port" &
pids[ftp]=$!
for _ in $(seq 400); do
    [ -e port ] && break
    sleep 0.05
done
must filial e endpoint add --node УТ --as ФЛ --format enterprisedata --mapping "$mapping" --zip \
    --ftp "ftp://base@127.0.0.1:$(cat port)/" --password-file password
expect 0 "ok" filial e endpoint poll УТ
settings УТ ФЛ >ftp/Message_УТ_ФЛ.xml
expect 0 "ok" filial e endpoint poll УТ
expect 0 "ok" filial e endpoint poll УТ
python3 -m zipfile -e ftp/Message_ФЛ_УТ.zip unpacked
holds "<msg:MessageNo>1</msg:MessageNo>" unpacked/Message_ФЛ_УТ.xml

echo "-- a web service of 1C"
mkdir web
python3 "$harness/web_1c.py" "$work/web" БП ФЛ secret "$work/web_port" &
pids[web]=$!
for _ in $(seq 400); do
    [ -e web_port ] && break
    sleep 0.05
done
url=http://base@127.0.0.1:$(cat web_port)/bp
node w ФЛ
expect 2 "no address of a published base" filial w endpoint add --node БП --url "ftp://x/" \
    --format enterprisedata --mapping "$mapping"
expect 2 "enterprisedata only" filial w endpoint add --node БП --url "$url" --format v8msg
must filial w endpoint add --node БП --url "$url" --format enterprisedata --mapping "$mapping"
expect 1 "refuses the user or the password" filial w endpoint poll БП
must filial w endpoint change БП --password-file password
expect 1 "1C says: Нет данных для узла" filial w endpoint poll БП
python3 "$harness/base_enterprisedata.py" "$bin/filial" w "$work/web" 6 "$((steps / 2))" БП ФЛ ||
    complain "the model behind a web service"
must filial w endpoint change БП --as ЦБ
expect 1 "Не найден узел обмена ЦБ" filial w endpoint poll БП

echo "-- the HTTP service of 1C"
mkdir rest
rm web_port
python3 "$harness/web_1c.py" "$work/rest" БП ФЛ secret "$work/web_port" &
pids[rest]=$!
wait_for web_port
url=http://base@127.0.0.1:$(cat web_port)/bp
node h ФЛ
must filial h endpoint add --node БП --url "$url/hs" --format enterprisedata --mapping "$mapping"
expect 1 "refuses the user or the password" filial h endpoint poll БП
must filial h endpoint change БП --password-file password --url "$url/other/hs"
expect 1 "answers 404; is the service published there?" filial h endpoint poll БП
must filial h endpoint change БП --url "$url/hs/exchange_dsl_1_0_0_1/" --base-plan Другой
expect 1 "the base has no exchange plan \"Другой\"" filial h endpoint poll БП
must filial h endpoint change БП --url "$url/hs" --base-plan "" --as ЦБ
expect 1 "the base has no node \"ЦБ\"" filial h endpoint poll БП
must filial h endpoint change БП --as ФЛ
expect 1 "1C says: Нет данных для узла" filial h endpoint poll БП
python3 "$harness/base_enterprisedata.py" "$bin/filial" h "$work/rest" 7 "$((steps / 2))" БП ФЛ ||
    complain "the model behind the HTTP service"
exit "$failures"
