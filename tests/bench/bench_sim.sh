#!/usr/bin/env bash
# the simulator: seeds a second, and whether it finds planted bugs
set -euo pipefail
. "$root/tests/bench/lib.sh"

seeds=${FILIAL_BENCH_SEEDS:-4000}
includes=(-I"$root/proto/include" -I"$root/replication/include" -I"$root/tests/sim")
mkdir -p "$scratch/sim"
for file in "$root"/replication/*.c "$root"/proto/*.c; do
    case $file in */configuration_encoding.c) continue ;; esac
    cc -std=c11 -D_POSIX_C_SOURCE=200809L -O2 "${includes[@]}" -I"$root/replication" -c "$file" \
        -o "$scratch/sim/$(basename "$(dirname "$file")")_$(basename "$file" .c).o"
done
ar rcs "$scratch/sim/product.a" "$scratch"/sim/*.o
cc -std=c11 -D_POSIX_C_SOURCE=200809L -O2 "${includes[@]}" "$root"/tests/sim/*.c \
    "$scratch/sim/product.a" -o "$scratch/sim/sim"

rates=() days=()
for run in $(seq "$runs"); do
    begun=$(now)
    "$scratch/sim/sim" "$seeds" $((1 + run * seeds)) >"$scratch/sim/out"
    ended=$(now)
    rates+=("$(rate "$seeds" "$begun" "$ended")")
    virtual=$(sed -n 's/.*virtual ms \([0-9]*\).*/\1/p' "$scratch/sim/out")
    days+=("$(awk -v v="$virtual" -v a="$begun" -v b="$ended" \
        'BEGIN {printf "%.4f", v / 86400000 / (b - a)}')")
done
report sim.seeds_per_s seeds/s "${rates[@]}"
report sim.days_per_s days/s "${days[@]}"
"$root/tests/sim/plant.sh" >"$scratch/sim/plants" || true
cat "$scratch/sim/plants" >&2
sed -n 's/^planted \([0-9]*\), missed \([0-9]*\)$/sim.planted_bugs \1 bugs\nsim.planted_bugs_missed \2 bugs/p' \
    "$scratch/sim/plants"
