#!/usr/bin/env bash
# two nodes of 1,000,000 objects of which 100 differ: finding them, repairing them
set -euo pipefail

# In a network namespace of its own the counters of loopback are this run's alone.
if [ -z "${COMPARE_NAMESPACE:-}" ]; then
    if unshare -n true 2>/dev/null; then
        COMPARE_NAMESPACE=own exec unshare -n bash "$0"
    fi
    export COMPARE_NAMESPACE=shared
    echo "no network namespace to be had: bytes include other traffic of loopback" >&2
else
    ip link set lo up
fi
. "$root/tests/bench/lib.sh"

configuration=$root/deploy/demo/configuration
objects=${FILIAL_BENCH_MANY:-1000000}
kind=random
home=$scratch/compare
declare -A pids=()
cleanup() {
    for node in "${!pids[@]}"; do kill "${pids[$node]}" 2>/dev/null || true; done
    wait 2>/dev/null || true
}
trap cleanup EXIT

wire() { awk '$1 == "lo:" {print $2}' /proc/net/dev; }
ms() { echo $(($(date +%s%N) / 1000000)); }
filial() {
    local node=$1
    shift
    "$bin/filial" --node "$home/$node" "$@"
}
start() {
    rm -f "$home/$1/endpoint" "$home/$1/control.sock"
    "$bin/filiald" --node "$home/$1" >>"$home/$1.log" 2>&1 &
    pids[$1]=$!
    for _ in $(seq 200); do
        [ -S "$home/$1/control.sock" ] && return
        sleep 0.05
    done
    tail -n 5 "$home/$1.log" >&2
    exit 1
}
stop() {
    kill "${pids[$1]}"
    wait "${pids[$1]}" || true
    unset "pids[$1]"
}
fill() {
    local node=$1
    shift
    "$bin/bench_fill" "$home/$node" "$@" >/dev/null
}
number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$home/answer" | head -n 1; }
must_be() {
    [ "$(number "$1")" = "$2" ] && return
    echo "$1 is $(number "$1") and not $2" >&2
    cat "$home/answer" >&2
    exit 1
}
# The longest of commands that are given one behind the other while $home/$1 is there.
longest_command_ms() {
    local longest=0 begun took
    while [ -e "$home/$1" ]; do
        begun=$(ms)
        filial centre collision list >/dev/null
        took=$(($(ms) - begun))
        [ "$took" -le "$longest" ] || longest=$took
    done
    echo "$longest"
}

mkdir -p "$home"
"$bin/filial" init "$home/centre" --code ЦО --parent none --configuration "$configuration" \
    --allow-any-file-system >/dev/null
"$bin/filial" init "$home/branch" --code Ф01 --configuration "$configuration" \
    --allow-any-file-system >/dev/null
hour=$(((10#$(date +%H) + 12) % 24))
for node in centre branch; do
    printf 'sync_window = %02d:00-%02d:01\n' $hour $hour >>"$home/$node/node.conf"
done
echo "endpoint = tcp://127.0.0.1:0" >>"$home/centre/node.conf"
echo "enrolment_endpoint = tcp://127.0.0.1:0" >>"$home/centre/node.conf"
start centre
# It will be stopped, and is to be found again where it was.
sed -i "s|^endpoint = .*|endpoint = $(head -n 1 "$home/centre/endpoint")|" "$home/centre/node.conf"
filial branch join "$(filial centre invite Ф01 --auto-approve)" >/dev/null
fill branch 0 "$objects" 10000 1 1 $kind
start branch
filial branch sync now --timeout 600s >/dev/null

same=() bytes=() took=() repair=() heap=() longest=() quiet=() ceiling=()
for run in $(seq "$runs"); do
    before=$(wire)
    filial branch compare ЦО --json >"$home/answer"
    same+=("$(($(wire) - before))")
    must_be differences 0
    must_be objects_there "$((objects + 40 * (run - 1)))"

    # 60 of another content, 20 here only, 20 there only; neither node knows of it.
    stop branch
    stop centre
    fill branch 0 60 60 "$((run + 1))" "$((objects / 60))" $kind ЦО
    fill branch "$((objects + 1000 * run))" 20 20 1 1 $kind ЦО
    fill centre "$((2 * objects + 1000 * run))" 20 20 1 1 $kind Ф01
    start centre
    start branch
    filial branch sync now >/dev/null
    sleep 1

    touch "$home/busy"
    longest_command_ms busy >"$home/longest" &
    sampler=$!
    sleep 1
    rm "$home/busy"
    wait $sampler
    quiet+=("$(cat "$home/longest")")

    before=$(wire)
    begun=$(ms)
    filial branch compare ЦО --json >"$home/answer" || true
    took+=("$(($(ms) - begun))")
    bytes+=("$(($(wire) - before))")
    must_be differences 100
    echo "   frames alone: $(number wire_bytes) bytes" >&2

    touch "$home/busy"
    longest_command_ms busy >"$home/longest" &
    sampler=$!
    before=$(wire)
    filial branch compare ЦО --repair --json >"$home/answer"
    rm "$home/busy"
    wait $sampler
    longest+=("$(cat "$home/longest")")
    must_be differences 100
    filial branch sync now --timeout 600s >/dev/null
    repair+=("$(($(wire) - before))")
    heap+=("$(heap_mib "${pids[centre]}")")
    hashes=$(for node in centre branch; do filial $node status --hash; done | sort -u | wc -l)
    [ "$hashes" = 1 ] || { echo "branch and centre differ after the repair" >&2; exit 1; }
    ceiling+=("$("$bin/bench_hash" "$configuration" "$objects" $kind)")
done
report compare.wire_bytes bytes "${bytes[@]}"
report compare.wire_bytes.equal bytes "${same[@]}"
report compare.repair_wire_bytes bytes "${repair[@]}"
report compare.ms ms "${took[@]}"
report compare.ms.ceiling ms "${ceiling[@]}"
report compare.command_ms_max ms "${longest[@]}"
report compare.command_ms_max.ceiling ms "${quiet[@]}"
report compare.heap_mib MiB "${heap[@]}"
