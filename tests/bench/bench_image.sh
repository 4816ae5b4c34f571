#!/usr/bin/env bash
# everything to a new branch, over a line that holds and over one that is cut 100 times
set -euo pipefail
. "$root/tests/bench/lib.sh"

configuration=$root/deploy/demo/configuration
objects=${FILIAL_BENCH_OBJECTS:-500000}
cuts=${FILIAL_BENCH_CUTS:-100}
writes=20
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    pids=()
}
trap cleanup EXIT

filial() {
    local node=$1
    shift
    "$bin/filial" --node "$home/$node" "$@"
}
await() {
    for _ in $(seq 200); do
        [ -e "$home/$1" ] && return
        sleep 0.05
    done
    echo "$home/$1 does not come" >&2
    exit 1
}
# The centre goes on: objects of the image change while it is on its way.
write_some() {
    local batch i
    for batch in $(seq $writes); do
        for i in $(seq 20); do
            printf '{"put":"Catalog.Валюты:11111111-2222-4333-8444-%012d","set":{"Code":"%d","Description":"%s"}}\n' \
                "$i" "$i" "written $batch"
        done | filial centre batch >/dev/null
        sleep 0.2
    done
}

# A cut ends the command's patience, and not the work: asked again until it is done.
sync() {
    for _ in $(seq 2000); do
        filial branch sync now --timeout 300s >/dev/null 2>&1 && return
        sleep 0.1
    done
    filial branch sync now
}

# image NAME CUTS BYTES RATE: a centre with everything, a branch behind the line; seconds.
image() {
    local hour begun node
    home=$scratch/$1
    mkdir -p "$home"
    hour=$(printf %02d $(((10#$(date +%H) + 12) % 24)))
    "$bin/filial" init "$home/centre" --code ЦО --parent none --configuration "$configuration" \
        --allow-any-file-system >/dev/null
    "$bin/filial" init "$home/branch" --code Ф01 --configuration "$configuration" \
        --allow-any-file-system >/dev/null
    for node in centre branch; do
        echo "sync_window = $hour:00-$hour:01" >>"$home/$node/node.conf"
    done
    "$bin/bench_fill" "$home/centre" 0 "$objects" 1000 1 1 random >/dev/null
    python3 "$root/tests/harness/cutting_proxy.py" "$home" "$home/centre/endpoint" \
        "$2" "$3" "$4" &
    pids+=($!)
    await port
    printf 'endpoint = tcp://127.0.0.1:0\nenrolment_endpoint = tcp://127.0.0.1:0\nadvertised_endpoint = tcp://127.0.0.1:%s\n' \
        "$(cat "$home/port")" >>"$home/centre/node.conf"
    "$bin/filiald" --node "$home/centre" >>"$home/centre.log" 2>&1 &
    pids+=($!)
    await centre/control.sock
    filial branch join "$(filial centre invite Ф01 --auto-approve)" >/dev/null
    "$bin/filiald" --node "$home/branch" >>"$home/branch.log" 2>&1 &
    pids+=($!)
    await branch/control.sock
    begun=$(now)
    write_some &
    sync
    seconds=$(awk -v a="$begun" -v b="$(now)" 'BEGIN {print b - a}')
    wait $!
    sync
    if [ "$(for node in centre branch; do filial $node status --hash; done | sort -u | wc -l)" != 1 ]; then
        echo "branch and centre differ" >&2
        exit 1
    fi
    cleanup
    read -r made bytes <"$home/line"
    echo "   $1: $made cuts, $bytes bytes, $seconds s" >&2
    [ "$made" = "$2" ] || { echo "only $made cuts" >&2; exit 1; }
    rm -rf "$home"
}

image whole 0 1 0
whole_bytes=$bytes
report image.objects_per_s objects/s "$(awk -v n="$objects" -v s="$seconds" 'BEGIN {printf "%.0f\n", n / s}')"
# A line that is slower than the branch: what waits there unread when it breaks is lost.
image cut "$cuts" "$((whole_bytes * 9 / 10 / cuts))" $((1 << 20))
report image.overhead_ratio_100_cuts ratio "$(awk -v a="$bytes" -v b="$whole_bytes" 'BEGIN {printf "%.3f\n", a / b}')"
report image.overhead_ratio_100_cuts.ceiling ratio 1
report image.seconds_100_cuts s "$seconds"
