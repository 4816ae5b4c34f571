#!/usr/bin/env bash
# The page for operations in a real Chromium: a centre with three branches and one with a
# thousand; every screen opened, used and photographed.
# browser_test.sh BIN_DIRECTORY DEMO_CONFIGURATION WEB_DIRECTORY PHOTOGRAPHS
web=$(realpath "$3")
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
. "$here/../harness/nodes.sh" "$1" "$2"

named() { # NODE CODE NAME [OPTION...]: it synchronises each second
    create "$1" "$2" --name "$3" "${@:4}"
    echo "sync_interval = 1s" >>"$1/node.conf"
}
serve() { # a centre with a page
    printf 'endpoint = tcp://127.0.0.1:0\nenrolment_endpoint = tcp://127.0.0.1:0\nhttp_endpoint = 127.0.0.1:*\nhttp_directory = %s\n' \
        "$web" >>"$1/node.conf"
    start "$1"
}
branch() { # NODE CODE NAME: it has joined and waits
    named "$@"
    must filial centre invite "$2" --name "$3"
    must filial "$1" join "$(cat out)"
    start "$1"
}
# sync_until NODE WORD COMMAND...: it synchronises until the centre's command says the word.
sync_until() {
    for _ in $(seq 100); do
        filial "$1" sync now --timeout 2s >/dev/null 2>&1
        filial centre "${@:3}" | grep "$2" >/dev/null && return
        sleep 0.1
    done
    complain "no $2 in ${*:3}"
}
address() { sed -n 3p "$1/endpoint"; }
put() { # NODE NUMBER FIELDS
    printf '{"put":"Catalog.Контрагенты:11111111-2222-4333-8444-%012d","set":{%s}}\n' "$2" "$3" |
        filial "$1" batch >/dev/null
}

named centre ЦО "Центральный офис" --parent none
serve centre
names=("" "Север" "Юг" "Восток")
for i in 1 2 3; do
    branch "b$i" "Ф0$i" "Филиал ${names[$i]}"
    must filial centre node approve "Ф0$i" --yes
done
must filial b1 sync now --timeout 60s
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
sync_until b1 Контрагенты collision list
filial centre window group night Ф01 Ф02 >/dev/null 2>&1
filial centre window add --group night --rule FREQ=DAILY --at 21:00 --for 4h --rate 256k \
    --spread 20m --zone Europe/Moscow >/dev/null 2>&1

# So many entries of the audit that there are older ones than a page shows.
for i in $(seq 80); do must filial centre window change night --priority "$((i % 2 + 1))"; done

# Quarantine: a branch writes what its filter does not let it have.
company() { printf 'Catalog.Организации:11111111-2222-4333-8444-%012d' "$1"; }
invoice() { # NUMBER COMPANY
    printf '{"put":"Document.СчетНаОплатуПокупателю:11111111-2222-4333-8444-%012d","set":{"Number":"%d","Организация":"%s"}}\n' \
        "$1" "$1" "$(company "$2")" | filial b3 batch >/dev/null
}
must filial centre filter value Ф03 организации "$(company 1)"
must filial centre filter set Document.СчетНаОплатуПокупателю 'Организация in $организации'
for n in 1 2 3; do invoice $n 2; done
sync_until b3 СчетНаОплату quarantine list
# Held: the same branch deletes more at once than goes without a question.
for n in 11 12 13 14 15 16; do put centre $n "\"Description\":\"Поставщик $n\""; done
for _ in $(seq 100); do
    filial b3 sync now --timeout 5s >/dev/null 2>&1
    filial b3 object list Catalog.Контрагенты | grep "Поставщик 16" >/dev/null && break
    sleep 0.1
done
set_option centre hold_objects 2
must filial centre reload
for n in 11 12 13 14 15 16; do
    printf '{"delete":"Catalog.Контрагенты:11111111-2222-4333-8444-%012d"}\n' "$n"
done | filial b3 batch >/dev/null
sync_until b3 "it is held" status
# Two more have come and wait: one is to be approved, the other not.
for i in 4 5; do
    branch "b$i" "Ф0$i" "Новый филиал $i"
done
fingerprint=$(filial b4 key show --json | sed -n 's/.*"fingerprint": *"\([^"]*\)".*/\1/p' | head -n 1)

# A centre with a thousand branches.
named many ЦО "Тысяча филиалов" --parent none
must "$bin/../tests/browser_peers" "$work/many" 1000
serve many

PHOTOGRAPHS=$photographs URL=$(address centre) TOKEN=$(filial centre http token) \
    READER=$(filial centre http token --reader) FINGERPRINT=$fingerprint MANY_URL=$(address many) \
    MANY_TOKEN=$(filial many http token) \
    node "$here/page_test.mjs" "$photographs/modules/node_modules"
result=$?
[ "$result" = 0 ] || tail -n 20 centre.log
[ "$result$failures" = 00 ]
