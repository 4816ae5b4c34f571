#!/usr/bin/env bash
# Files are exchanged with a model of a 1C base, in a directory and over FTP.
# endpoint_test.sh BIN_DIRECTORY DEMO_CONFIGURATION HARNESS_DIRECTORY
harness=$(realpath "$3")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
make_node() { create "$1" Ф01 --parent none; }
message() { # FROM TO NUMBER RECEIVED
    printf '<m:Message xmlns:m="http://v8.1c.ru/messages"><m:Header><m:ExchangePlan>Филиалы</m:ExchangePlan><m:To>%s</m:To><m:From>%s</m:From><m:MessageNo>%s</m:MessageNo><m:ReceivedNo>%s</m:ReceivedNo></m:Header><m:Body/></m:Message>' "$2" "$1" "$3" "$4"
}

# Schedules, losses and restores; without a daemon and beside one.
seeds="1 2"
[ "${FILIAL_TEST_ALL:-0}" = 1 ] && seeds=$(seq 1 20)
for seed in $seeds; do
    options=()
    [ $((seed % 2)) = 0 ] && options=(--zip)
    make_node "n$seed"
    mkdir "x$seed"
    must filial "n$seed" endpoint add --node БП --format v8msg --directory "x$seed" \
        --poll 1s "${options[@]}"
    [ $((seed % 2)) = 0 ] && start "n$seed"
    python3 "$harness/base1c.py" "$bin/filial" "n$seed" "$work/x$seed" "$seed" 60 \
        "${options[@]}" || complain "the model, seed $seed"
done

# The words of what cannot be taken.
make_node n
mkdir x
expect 2 "--directory DIR" filial n endpoint add --node БП --format v8msg
expect 1 "no directory" filial n endpoint add --node БП --format v8msg --directory "$work/none"
expect 2 "password" filial n endpoint add --node БП --format v8msg --ftp ftp://a:b@127.0.0.1/
expect 2 "no address of a server" filial n endpoint add --node БП --format v8msg --ftp http://127.0.0.1/x
expect 0 "БП" filial n endpoint add --node БП --format v8msg --directory x
expect 1 "already" filial n endpoint add --node БП --format v8msg --directory x
expect 0 "ok" filial n endpoint poll БП
expect 0 "looks every, s" filial n endpoint show БП
grep -q "certificate file\|our prefix" out && complain "what is not set is shown: $(cat out)"
expect 0 '"ca_file": ""' filial n --json endpoint show БП
file=x/Message_БП_Ф01.xml
message БП Ф02 1 0 >"$file"
expect 1 "Message_БП_Ф01.xml: the package is for \"Ф02\"" filial n endpoint poll БП
message БП Ф01 5 0 >"$file"
expect 0 "ok" filial n endpoint poll БП
message БП Ф01 4 0 >"$file"
expect 1 "Message_БП_Ф01.xml: the base sent number 4 after number 5" filial n endpoint poll БП
expect 0 "a plan of a distributed infobase" filial n --json endpoint show БП
grep -q '"notes": "filial' out && complain "notes begin with who says them: $(cat out)"
grep -q '<v8msg:ReceivedNo>5<' x/Message_Ф01_БП.xml || complain "the base is not told its number"
message БП Ф01 6 77 >"$file"
expect 1 "Message_БП_Ф01.xml: the base confirms a message that this store never sent" \
    filial n endpoint poll БП
message БП Ф01 7 0 | head -c 200 >"$file"
expect 0 "not_whole" filial n endpoint poll БП
expect 0 "Message_БП_Ф01.xml: the file is not whole" filial n endpoint show БП
printf 'PK\003\004rest' >x/Message_БП_Ф01.zip
rm "$file"
expect 0 "not_whole" filial n endpoint poll БП
expect 0 "Message_БП_Ф01.zip: the archive is not whole" filial n endpoint show БП
message БП Ф01 8 0 >message.xml
python3 -c '
import zipfile
archive = zipfile.ZipFile("x/Message_БП_Ф01.zip", "w")
archive.writestr("folder/", b"")
archive.write("message.xml", "folder/message.xml")' # as programs pack a folder
expect 0 "state                   ok" filial n endpoint poll БП
expect 0 "received                8" filial n endpoint show БП
rm x/Message_БП_Ф01.zip
message БП Ф01 9 0 >message.xml
ln -s ../message.xml "$file"
expect 0 "received                8" filial n endpoint poll БП
rm "$file"
[ "$(ls n/endpoints/*/archive | grep -c refused)" = 2 ] || complain "refused packages are not kept"

# A register that nobody told of: the file is not taken, in words, until the register is
# learnt; its records then pass as they come, and nothing was lost.
register=AccountingRegisterRecordSet.Хозрасчетный
recorder='<Recorder xsi:type="DocumentRef.СчетНаОплатуПокупателю">11111111-2222-4333-8444-000000000001</Recorder>'
message БП Ф01 10 0 | sed "s|<m:Body/>|<m:Body xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><$register><Filter>$recorder</Filter><Records><Record>$recorder<Period>2026-01-01T00:00:00</Period><AccountDr>11111111-2222-4333-8444-000000000002</AccountDr></Record></Records></$register></m:Body>|" >"$file"
expect 1 "line 1: <$register>: configuration ФилиалДемо does not know this type; load" \
    filial n endpoint poll БП
expect 0 "received                8" filial n endpoint show БП
expect 0 "types learnt now   1" filial n configuration learn "$file"
expect 0 "received                10" filial n endpoint poll БП
expect 0 "" filial n node add БП2 --format v8msg
expect 0 "" filial n export --to БП2 --all all.xml
grep -qF '<AccountDr>11111111-2222-4333-8444-000000000002</AccountDr>' all.xml ||
    complain "the records did not come through: $(cat all.xml)"
rm "$file"
expect 0 "" filial n endpoint remove БП
expect 1 "no files are exchanged" filial n endpoint show БП

# A server.
mkdir ftp
echo secret >password
python3 "$harness/ftp_server.py" "$work/ftp" secret "$work/port" &
pids[ftp]=$!
wait_for port
url=ftp://base@127.0.0.1:$(cat port)/
expect 0 "БП" filial n endpoint add --node БП --format v8msg --ftp "$url" --zip
expect 1 "refuses the user or the password" filial n endpoint poll БП
expect 0 "$url" filial n endpoint change БП --password-file password
filial n object put Catalog.Валюты --set Code=643 --set Description=рубль >/dev/null
expect 0 "ok" filial n endpoint poll БП
[ -s ftp/Message_Ф01_БП.zip ] || complain "nothing was published on the server"
[ "$(ls ftp)" = Message_Ф01_БП.zip ] || complain "left over on the server: $(ls ftp)"
python3 -m zipfile -t ftp/Message_Ф01_БП.zip >/dev/null || complain "the archive is broken"
message БП Ф01 20 99 >ftp/Message_БП_Ф01.xml
expect 1 "never sent" filial n endpoint poll БП
message БП Ф01 100 99 >ftp/Message_БП_Ф01.xml
expect 0 "ok" filial n endpoint poll БП

exit "$failures"
