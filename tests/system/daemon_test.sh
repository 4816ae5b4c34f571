#!/usr/bin/env bash
# Real daemons over loopback: joining, rounds, faults, kills, revocation, settings.
# daemon_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"

# stop CODE SIGNAL STATUS
stop() {
    local status
    kill "-$2" "${pids[$1]}" 2>/dev/null
    wait "${pids[$1]}" 2>/dev/null
    status=$?
    unset "pids[$1]"
    [ "$status" = "$3" ] || complain "filiald of $1 ended with $status after $2, wanted $3"
}
# fill CODE NUMBER: so many new objects in one transaction.
fill() {
    awk -v code="$1" -v count="$2" 'BEGIN {
        for (n = 1; n <= count; n++) {
            text = ""
            for (word = n; word < n + 40; word++) text = text "слово" word " "
            printf "{\"put\":\"Catalog.Контрагенты\",\"set\":{\"Description\":\"%s %d\"," \
                "\"Комментарий\":\"%s\"}}\n", code, n, text
        }
    }' | filial "$1" batch >out 2>&1 || {
        complain "batch in $1"
        cat out
    }
}
converge() {
    local hashes
    for _ in $(seq 60); do
        for code in A B; do
            kill -0 "${pids[$code]:-0}" 2>/dev/null || start $code
            filial $code sync now --timeout 20s >>sync.log 2>&1
        done
        hashes=$(for code in centre A B; do filial $code status --hash; done 2>/dev/null | sort -u)
        [ "$(wc -l <<<"$hashes")" = 1 ] && [ -n "$hashes" ] && return
        sleep 0.1
    done
    complain "the nodes did not become equal: $1"
    tail -n 5 ./*.log
}

# --- usage ---
expect 0 "filiald --node DIR" "$bin/filiald" --help
expect 0 "filiald " "$bin/filiald" --version
expect 2 "unknown argument" "$bin/filiald" --nodes x
expect 2 "which node?" "$bin/filiald"
expect 1 "is not a node" "$bin/filiald" --node nowhere

# --- a centre and two branches ---
for code in centre A B; do
    "$bin/filial" init $code --code $code --configuration "$configuration" \
        --allow-any-file-system >/dev/null || exit 1
    set_option $code sync_interval 1h
done
set_option centre endpoint tcp://127.0.0.1:0
set_option centre enrolment_endpoint tcp://127.0.0.1:0
expect 0 "sync_interval = 1h" "$bin/filiald" --node centre --check
set_option A sync_interval soon
expect 2 "sync_interval" "$bin/filiald" --node A --check
expect 2 "sync_interval" "$bin/filiald" --node A
set_option A sync_interval 1h
start centre
expect 1 "in use" "$bin/filiald" --node centre
for code in A B; do
    invitation=$(filial centre invite $code --auto-approve 2>/dev/null) || complain "invite $code"
    [ $code = A ] && start A # one joins with its daemon running, one without
    expect 0 "centre" filial $code join "$invitation"
done
expect 1 "" filial B join "$invitation"
start B
fill A 300
fill B 300
fill centre 300
converge "at first"

# --- the drills ---
set_option A fault "cut-message 1"
set_option B fault "repeat-message 1"
for code in A B; do
    stop $code TERM 0
    fill $code 2000
    start $code
done
converge "after a cut and a repetition"
stop A TERM 0
set_option A fault "exit-apply 1"
start A
fill centre 50
filial A sync now --timeout 20s >>sync.log 2>&1
for _ in $(seq 1200); do
    kill -0 "${pids[A]}" 2>/dev/null || break
    sleep 0.05
done
kill -KILL "${pids[A]}" 2>/dev/null
wait "${pids[A]}" 2>/dev/null
[ $? = 9 ] || complain "A did not die while it applied"
converge "after A died while it applied"
for code in A B; do
    grep -q fault.injected $code.log || complain "the fault of $code did not happen"
done

# --- kills at any moment ---
kills=12
[ "${FILIAL_TEST_ALL:-0}" = 1 ] && kills=1000
for round in $(seq $kills); do
    fill A 400
    fill centre 100
    filial A sync now --timeout 20s >>sync.log 2>&1 &
    sleep "0.0$((round * 7 % 10))"
    victim=$([ $((round % 3)) = 0 ] && echo centre || echo A)
    stop $victim KILL 137
    wait $! 2>/dev/null
    start $victim
done
converge "after kills"

# --- words for what cannot be ---
stop centre TERM 0
expect 1 "does not answer" filial A sync now
start centre
converge "after the centre was away"
expect 0 "" filial centre node revoke B
fill B 10
before=$(filial centre status --hash)
expect 1 "" filial B sync now --timeout 4s
stop B TERM 0
start B
expect 1 "does not let this node in" filial B sync now
[ "$before" = "$(filial centre status --hash)" ] || complain "a revoked node was heard"
fill A 10
expect 0 "synchronised" filial A sync now

# --- a branch that goes without a word is not thought to be there ---
connected() { filial centre status --json | grep "\"connected\": *$1\b" >/dev/null; }
settle_at() {
    for _ in $(seq 600); do
        connected "$1" && return
        sleep 0.05
    done
    complain "the centre does not count $1 connected: $(filial centre status --json | grep connected)"
}
settle_at 1
stop A KILL 137
settle_at 0
start A
expect 0 "synchronised" filial A sync now
settle_at 1

# --- settings while it runs ---
set_option A log_level debug
kill -HUP "${pids[A]}"
for _ in $(seq 600); do
    grep -q settings.loaded A.log && break
    sleep 0.05
done
grep -q settings.loaded A.log || complain "SIGHUP did not read node.conf"
set_option A map_size 1GiB
kill -HUP "${pids[A]}"
for _ in $(seq 600); do
    grep -q settings.refused A.log && break
    sleep 0.05
done
grep -q "map_size" A.log || complain "a setting that needs a restart was taken over"
set_option A map_size 16GiB

# --- by itself ---
set_option A sync_interval 200ms
kill -HUP "${pids[A]}"
fill A 20
for _ in $(seq 600); do
    [ "$(filial centre status --hash)" = "$(filial A status --hash)" ] && break
    sleep 0.05
done
[ "$(filial centre status --hash)" = "$(filial A status --hash)" ] ||
    complain "A did not synchronise by itself"

for code in centre A B; do
    expect 0 "" filial $code store check
    stop $code TERM 0
    expect 0 "" filial $code store check
done
if grep -hE ' error ' ./*.log | grep -v 'settings.refused'; then
    complain "errors in the logs"
fi
[ "$failures" = 0 ] && echo "daemons behave"
exit $((failures > 0))
