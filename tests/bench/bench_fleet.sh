#!/usr/bin/env bash
# a centre and 100, 1,000 and 10,000 branches that connect, stay and come all at once
set -euo pipefail
. "$root/tests/bench/lib.sh"

# Each branch gives UP documents of its own warehouse and takes DOWN goods of the centre:
# what it may see is the plan's filter, as with any chain of shops.
configuration=$root/deploy/demo/configuration
sizes=${FILIAL_BENCH_BRANCHES:-100 1000 10000}
up=${FILIAL_BENCH_UP:-20}
down=${FILIAL_BENCH_DOWN:-20}
pid=0
cleanup() {
    [ "$pid" = 0 ] || kill "$pid" 2>/dev/null || true
    wait 2>/dev/null || true
}
trap cleanup EXIT

# The centre has a descriptor for each branch; so have the branches, several.
hard=$(ulimit -Hn)
ulimit -Sn "$hard"

centre() { "$bin/filial" --node "$home" "$@"; }

for size in $sizes; do
    if [ "$hard" != unlimited ] && [ "$hard" -lt $((size + 500)) ]; then
        echo "fleet: $size branches need $((size + 500)) open files, this machine allows $hard: left out" >&2
        continue
    fi
    home=$scratch/fleet.$size
    "$bin/filial" init "$home" --code ЦО --parent none --configuration "$configuration" \
        --allow-any-file-system >/dev/null
    printf 'endpoint = tcp://127.0.0.1:0\nhold_share = 100\nballast = 1MiB\nlog_level = warn\n' >>"$home/node.conf"
    centre filter set Document.РеализацияТоваровУслуг 'Склад in $склады' >/dev/null
    "$bin/bench_fleet" prepare "$home" "$scratch/branches" "$size" "$up" "$down"
    "$bin/filiald" --node "$home" 2>"$home/log" &
    pid=$!
    for _ in $(seq 1200); do
        [ -S "$home/control.sock" ] && [ -s "$home/endpoint" ] && break
        sleep 0.05
    done
    "$bin/bench_fleet" run "$(head -n 1 "$home/endpoint")" "$scratch/branches" "$pid" \
        "$configuration" >"$scratch/figures" || {
        tail -n 5 "$home/log" >&2
        exit 1
    }
    cpu=$(awk -v hz="$(getconf CLK_TCK)" '{print ($14 + $15) / hz}' "/proc/$pid/stat")
    held=$(centre status --json | sed -n 's/.*"objects": *\([0-9]*\).*/\1/p' | head -n 1)
    [ "$held" = $((size * up + down)) ] || {
        echo "the centre holds $held objects and not $((size * up + down))" >&2
        exit 1
    }
    figure() { awk -v name="$1" '$1 == name {print $2}' "$scratch/figures"; }
    # The largest fleet has the plain names.
    suffix=.$size
    [ "$size" != "${sizes##* }" ] || suffix=""
    report "fleet.branches$suffix" branches "$size"
    report "fleet.handshakes_per_s$suffix" handshakes/s "$(figure handshakes_per_s)"
    report "fleet.centre_idle_mib$suffix" MiB "$(figure idle_mib)"
    report "fleet.centre_peak_mib$suffix" MiB "$(figure peak_mib)"
    report "fleet.centre_resident_mib$suffix" MiB "$(figure resident_mib)"
    report "fleet.all_served_s$suffix" s "$(figure all_served_s)"
    report "fleet.objects_per_s$suffix" objects/s "$(figure objects_per_s)"
    report "fleet.centre_cpu_s$suffix" s "$cpu"
    echo "   frames lost and sessions ended early, of all branches: $(figure failures)" >&2
    kill "$pid"
    wait "$pid" || true
    pid=0
    rm -rf "$home" "$scratch/branches"
done
