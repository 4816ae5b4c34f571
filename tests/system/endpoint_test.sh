#!/usr/bin/env bash
# Files are exchanged with a model of a 1C base, in a directory and over FTP.
# endpoint_test.sh BIN_DIRECTORY DEMO_CONFIGURATION HARNESS_DIRECTORY
set -uo pipefail
bin=$1
configuration=$2
harness=$3
work=$(mktemp -d)
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work" || exit 1
unset FILIAL_NODE LC_ALL LC_MESSAGES LANGUAGE
export LANG=C.UTF-8
failures=0

complain() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# expect STATUS WORDS COMMAND...
expect() {
    local wanted=$1 words=$2 status
    shift 2
    "$@" >out 2>&1
    status=$?
    if [ "$status" != "$wanted" ] || ! grep -qF -- "$words" out; then
        complain "$* gave $status, wanted $wanted with \"$words\":"
        cat out
    fi
}
make_node() {
    "$bin/filial" init "$1" --code Ф01 --parent none --allow-any-file-system \
        --configuration "$configuration" >/dev/null || exit 1
}
wait_for() {
    for _ in $(seq 400); do
        [ -e "$1" ] && return
        sleep 0.05
    done
    complain "$1 did not appear"
    exit 1
}
start() {
    "$bin/filiald" --node "$work/$1" 2>>"$1.log" &
    pids+=($!)
    wait_for "$1/control.sock"
}
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
    "$bin/filial" --node "n$seed" endpoint add --node БП --format v8msg --directory "x$seed" \
        --poll 1s "${options[@]}" >/dev/null || complain "endpoint add"
    [ $((seed % 2)) = 0 ] && start "n$seed"
    python3 "$harness/base1c.py" "$bin/filial" "n$seed" "$work/x$seed" "$seed" 60 \
        "${options[@]}" || complain "the model, seed $seed"
done

# The words of what cannot be taken.
make_node n
mkdir x
filial() { "$bin/filial" --node "$work/n" "$@"; }
expect 2 "--directory DIR" filial endpoint add --node БП --format v8msg
expect 1 "no directory" filial endpoint add --node БП --format v8msg --directory "$work/none"
expect 2 "password" filial endpoint add --node БП --format v8msg --ftp ftp://a:b@127.0.0.1/
expect 0 "БП" filial endpoint add --node БП --format v8msg --directory x
expect 1 "already" filial endpoint add --node БП --format v8msg --directory x
expect 0 "ok" filial endpoint poll БП
file=x/Message_БП_Ф01.xml
message БП Ф02 1 0 >"$file"
expect 1 "the package is for \"Ф02\"" filial endpoint poll БП
message БП Ф01 5 0 >"$file"
expect 0 "ok" filial endpoint poll БП
message БП Ф01 4 0 >"$file"
expect 1 "restored from a backup" filial endpoint poll БП
grep -q '<v8msg:ReceivedNo>5<' x/Message_Ф01_БП.xml || complain "the base is not told its number"
message БП Ф01 6 77 >"$file"
expect 1 "never sent" filial endpoint poll БП
message БП Ф01 7 0 | head -c 200 >"$file"
expect 0 "not_whole" filial endpoint poll БП
printf 'PK\003\004rest' >x/Message_БП_Ф01.zip
rm "$file"
expect 0 "not_whole" filial endpoint poll БП
rm x/Message_БП_Ф01.zip
expect 0 "state                   ok" filial endpoint poll БП
[ "$(ls n/endpoints/*/archive | grep -c refused)" = 2 ] || complain "refused packages are not kept"
expect 0 "" filial endpoint remove БП
expect 1 "no files are exchanged" filial endpoint show БП

# A server.
mkdir ftp
echo secret >password
python3 "$harness/ftp_server.py" "$work/ftp" secret "$work/port" &
pids+=($!)
wait_for port
url=ftp://base@127.0.0.1:$(cat port)/
expect 0 "БП" filial endpoint add --node БП --format v8msg --ftp "$url" --zip
expect 1 "refuses the user or the password" filial endpoint poll БП
expect 0 "$url" filial endpoint change БП --password-file password
filial object put Catalog.Валюты --set Code=643 --set Description=рубль >/dev/null
expect 0 "ok" filial endpoint poll БП
[ -s ftp/Message_Ф01_БП.zip ] || complain "nothing was published on the server"
[ "$(ls ftp)" = Message_Ф01_БП.zip ] || complain "left over on the server: $(ls ftp)"
python3 -m zipfile -t ftp/Message_Ф01_БП.zip >/dev/null || complain "the archive is broken"
message БП Ф01 20 99 >ftp/Message_БП_Ф01.xml
expect 1 "never sent" filial endpoint poll БП
message БП Ф01 100 99 >ftp/Message_БП_Ф01.xml
expect 0 "ok" filial endpoint poll БП

if [ "$failures" != 0 ]; then
    tail -n 5 ./*.log 2>/dev/null
    echo "$failures failures"
    exit 1
fi
echo "endpoints hold"
