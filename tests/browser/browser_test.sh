#!/usr/bin/env bash
# The page for operations in a real Chromium: a centre with three branches and one with a
# thousand; every screen opened, used and photographed.
# browser_test.sh BIN_DIRECTORY DEMO_CONFIGURATION WEB_DIRECTORY PHOTOGRAPHS
set -uo pipefail
bin=$1
configuration=$2
web=$3
photographs=$4
here=$(cd "$(dirname "$0")" && pwd)
for program in chromium node npm; do
    command -v $program >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
mkdir -p "$photographs/modules"
photographs=$(cd "$photographs" && pwd)
cp "$here/package.json" "$here/package-lock.json" "$photographs/modules/"
if ! (cd "$photographs/modules" && npm ci --no-audit --no-fund) >"$photographs/npm.log" 2>&1; then
    echo "skipped: npm cannot fetch playwright-core"
    exit 77
fi
work=$(mktemp -d)
declare -A pids=()
cleanup() {
    for code in "${!pids[@]}"; do kill -KILL "${pids[$code]}" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work" || exit 1
unset FILIAL_NODE LC_ALL LC_MESSAGES LANGUAGE
export LANG=C.UTF-8

filial() {
    local code=$1
    shift
    "$bin/filial" --node "$work/$code" "$@"
}
make() {
    "$bin/filial" init "$1" --code "$2" --configuration "$configuration" "${@:3}" \
        --allow-any-file-system >/dev/null || exit 1
    echo "sync_interval = 1s" >>"$1/node.conf"
}
serve() { # a centre with a page
    printf 'endpoint = tcp://127.0.0.1:0\nenrolment_endpoint = tcp://127.0.0.1:0\nhttp_endpoint = 127.0.0.1:*\nhttp_directory = %s\n' \
        "$web" >>"$1/node.conf"
}
start() {
    rm -f "$1/control.sock"
    "$bin/filiald" --node "$work/$1" 2>>"$1.log" &
    pids[$1]=$!
    for _ in $(seq 600); do
        [ -S "$1/control.sock" ] && return
        sleep 0.05
    done
    echo "filiald of $1 did not start"
    cat "$1.log"
    exit 1
}
address() { sed -n 3p "$1/endpoint"; }
put() { # NODE NUMBER FIELDS
    printf '{"put":"Catalog.Контрагенты:11111111-2222-4333-8444-%012d","set":{%s}}\n' "$2" "$3" |
        filial "$1" batch >/dev/null
}

make centre ЦО --name "Центральный офис" --parent none
serve centre
start centre
names=("" "Север" "Юг" "Восток")
for i in 1 2 3; do
    make "b$i" "Ф0$i" --name "Филиал ${names[$i]}"
    token=$(filial centre invite "Ф0$i" --name "Филиал ${names[$i]}") || exit 1
    if ! filial "b$i" join "$token" >join.out 2>&1; then
        cat join.out
        exit 1
    fi
    filial centre node approve "Ф0$i" --yes >/dev/null 2>&1 # where operators approve
    start "b$i"
done
filial b1 sync now --timeout 60s >/dev/null || exit 1
# Collisions: both change what both have, before they hear of each other.
for n in 1 2 3; do put centre $n "\"Description\":\"Покупатель $n\",\"ИНН\":\"770100000$n\""; done
phone='{"Вид":"Телефон","Представление":"+7 495 100-00-01"}'
post='{"Вид":"Почта","Представление":"shop@example.com"}'
put centre 4 "\"Description\":\"ООО Ромашка\",\"КонтактнаяИнформация\":[$phone,$post]"
filial b1 sync now --timeout 60s >/dev/null
filial centre node suspend Ф01 >/dev/null
for n in 1 2 3; do
    put b1 $n "\"Description\":\"Покупатель $n, изменён в филиале\",\"Комментарий\":\"звонили утром\""
    put centre $n "\"Description\":\"Покупатель $n, изменён в центре\""
done
put b1 4 "\"КПП\":\"770101001\",\"Комментарий\":\"платит вовремя\",\"КонтактнаяИнформация\":[${phone/00-01/00-77},$post,$phone]"
put centre 4 "\"Комментарий\":\"проверить договор\",\"КонтактнаяИнформация\":[${phone/00-01/00-55}]"
filial centre node resume Ф01 >/dev/null
for _ in $(seq 100); do
    filial b1 sync now --timeout 2s >/dev/null 2>&1
    filial centre collision list | grep Контрагенты >/dev/null && break
    sleep 0.1
done
filial centre window group night Ф01 Ф02 >/dev/null 2>&1
filial centre window add --group night --rule FREQ=DAILY --at 21:00 --for 4h --rate 256k \
    --spread 20m --zone Europe/Moscow >/dev/null 2>&1

# A centre with a thousand branches.
make many ЦО --name "Тысяча филиалов" --parent none
serve many
"$bin/../tests/browser_peers" "$work/many" 1000 || exit 1
start many

PHOTOGRAPHS=$photographs URL=$(address centre) TOKEN=$(filial centre http token) \
    READER=$(filial centre http token --reader) MANY_URL=$(address many) \
    MANY_TOKEN=$(filial many http token) \
    node "$here/page_test.mjs" "$photographs/modules/node_modules"
result=$?
[ "$result" = 0 ] || tail -n 20 centre.log
exit "$result"
