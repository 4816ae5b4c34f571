#!/usr/bin/env bash
# Real daemons keep to the windows that the centre sets: closed, urgent, open, made up,
# as slow as they say.
# window_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"

objects() { filial "$1" status --json | sed -n 's/.*"objects": *\([0-9]*\).*/\1/p' | head -n 1; }
# await NODE COUNT: until it has so many objects.
await() {
    for _ in $(seq 200); do
        [ "$(objects "$1")" = "$2" ] && return 0
        sleep 0.1
    done
    return 1
}
put() {
    printf '{"put":"Catalog.Валюты:11111111-2222-4333-8444-%012d","set":{"Code":"%d"}}\n' \
        "$1" "$1" | filial A batch >/dev/null
}
# utc MINUTES: the time of the day so many minutes from now.
utc() { date -u -d "@$(($(date +%s) + 60 * $1))" +%H:%M; }
day() { date -u -d "@$(($(date +%s) + 60 * $1))" +%Y-%m-%d; }

for code in centre A; do
    "$bin/filial" init $code --code $code --configuration "$configuration" \
        --allow-any-file-system >/dev/null || exit 1
    echo "sync_interval = 1s" >>$code/node.conf
done
printf 'endpoint = tcp://127.0.0.1:0\nenrolment_endpoint = tcp://127.0.0.1:0\n' >>centre/node.conf
echo 'http_endpoint = 127.0.0.1:*' >>centre/node.conf
start centre
expect 0 "" filial A join "$(filial centre invite A --auto-approve)"
start A
put 1
await centre 1 || complain "without windows nothing comes"

# Closed: a window on the other side of the day.
expect 0 "revision" filial centre window add --name night --rule FREQ=DAILY \
    --from "$(day 600)" --at "$(utc 600)" --for 1h
for _ in $(seq 100); do
    filial A window list | grep night >/dev/null && break
    sleep 0.1
done
expect 0 "night" filial A window list
expect 0 '"window_open": false' filial A status --json
put 2
sleep 3
[ "$(objects centre)" = 1 ] || complain "a change came outside of the window"
expect 1 "--urgent" filial A sync now
metrics() {
    curl -s -H "Authorization: Bearer $(filial centre http token --reader)" \
        "$(sed -n 3p centre/endpoint)/metrics"
}
expect 0 'filial_window_open{code="A",role="child"} 0' metrics
expect 0 'filial_window_next_seconds{code="A"' metrics
expect 0 'filial_window_overload 0' metrics
# A reader may look, and looking is no change of anything; a file is.
ask() {
    curl -s -H "Authorization: Bearer $(filial centre http token --reader)" \
        -H "Content-Type: application/json" -d "$1" "$(sed -n 3p centre/endpoint)/api/command"
}
expect 0 '"exit":0' ask '{"arguments":["window","group"]}'
expect 0 'only look' ask '{"arguments":["window","plan","--svg","week.svg"]}'
expect 0 'only look' ask '{"arguments":["window","group","night","A"]}'
expect 0 'window add' filial centre audit list
filial centre audit list | grep 'window group' >/dev/null && complain "looking at groups is in the audit"
expect 0 "yes" filial A sync now --urgent
[ "$(objects centre)" = 2 ] || complain "an urgent round brought nothing"
# Nor does the centre begin one.
printf '{"put":"Catalog.Валюты:11111111-2222-4333-8444-%012d","set":{"Code":"9"}}\n' 9 |
    filial centre batch >/dev/null
sleep 2
[ "$(objects A)" = 2 ] || complain "a change of the centre came outside of the window"
printf '{"delete":"Catalog.Валюты:11111111-2222-4333-8444-%012d"}\n' 9 |
    filial centre batch >out 2>&1 || cat out

# Open from some minutes ago: the branch hears of it in its next round.
expect 0 "revision" filial centre window change night --from "$(day -5)" --at "$(utc -5)"
expect 0 "yes" filial A sync now --urgent
put 3
await centre 3 || complain "in the window nothing comes"

# A blackout over it.
expect 0 "revision" filial centre window add --name stop --blackout \
    --from "$(day -1)" --at "$(utc -1)" --for 1h
shut() { filial A status --json | grep '"window_open": false' >/dev/null; }
for _ in $(seq 300); do
    shut && break
    sleep 0.1
done
shut || complain "A does not know of the blackout"
put 4
sleep 2
[ "$(objects centre)" = 3 ] || complain "a change came in a blackout"
expect 0 "revision" filial centre window remove stop
expect 0 "yes" filial A sync now --urgent
await centre 4 || complain "after the blackout nothing comes"

# A window that was missed is made up, and once.
stop A
expect 0 "revision" filial centre window change night --from "$(day -120)" --at "$(utc -120)" \
    --for 1h --catch-up none
start A
expect 0 "yes" filial A sync now --urgent
stop A
printf '{"put":"Catalog.Валюты:11111111-2222-4333-8444-%012d","set":{"Code":"5"}}\n' 5 |
    filial A batch >/dev/null
start A
sleep 2
[ "$(objects centre)" = 4 ] || complain "a missed window was made up without --catch-up"

# As slow as it says: 200 KB that do not compress at 64 kbit/s take more than ten seconds.
expect 0 "revision" filial centre window change night --from "$(day -5)" --at "$(utc -5)" \
    --rate 64k
expect 0 "yes" filial A sync now --urgent
for i in $(seq 30); do
    printf '{"put":"Catalog.Контрагенты:11111111-2222-4333-8444-%012d","set":{"Комментарий":"%s"}}\n' \
        "$i" "$(head -c 4500 /dev/urandom | base64 -w0)"
done >slow.jsonl
begun=$(date +%s)
filial A batch <slow.jsonl >/dev/null
expect 0 "yes" filial A sync now --timeout 120s
took=$(($(date +%s) - begun))
# Ten seconds are a lower bound that no load can break: the rate only ever slows.
[ "$took" -ge 10 ] || complain "135 KB at 64 kbit/s took $took s"

# The window ends with most of a long message on its way: that does not burst out, nor is
# it lost.
sed 's/"put":"Catalog.Контрагенты:1/"put":"Catalog.Контрагенты:2/' slow.jsonl >again.jsonl
sed 's/"put":"Catalog.Контрагенты:1/"put":"Catalog.Контрагенты:3/' slow.jsonl >>again.jsonl
now=$(date +%s)
begin=$((now - now % 60 - 60))
expect 0 "revision" filial centre window change night --from "$(date -u -d "@$begin" +%Y-%m-%d)" \
    --at "$(date -u -d "@$begin" +%H:%M)" --for $((now - begin + 12))s
expect 0 "yes" filial A sync now --urgent
before=$(objects centre)
filial A batch <again.jsonl >/dev/null
for _ in $(seq 300); do
    shut && break
    sleep 0.1
done
sleep 3
[ "$(objects centre)" = "$before" ] || complain "270 KB at 64 kbit/s came in 12 s"
expect 0 "yes" filial A sync now --urgent --timeout 120s
[ "$(objects centre)" = $((before + 60)) ] || complain "what was on its way is lost"

for code in "${!pids[@]}"; do stop "$code"; done
exit "$failures"
