#!/usr/bin/env bash
# registering a change with 10 and with 10,000 peers; selecting for one branch of 1,000
set -euo pipefail
. "$root/tests/bench/lib.sh"

configuration=$root/deploy/demo/configuration
objects=${FILIAL_BENCH_OBJECTS:-50000}
home=$scratch/register

few=() many=() ratios=()
for run in $(seq "$runs"); do
    for peers in 10 10000; do
        rm -rf "$home"
        "$bin/filial" init "$home" --code ЦО --parent none --configuration "$configuration" \
            --allow-any-file-system >/dev/null
        "$bin/bench_peers" "$home" "$peers"
        rate=$("$bin/bench_fill" "$home" 0 "$objects" 100 1 1 random)
        if [ "$peers" = 10 ]; then few+=("$rate"); else many+=("$rate"); fi
    done
    ratios+=("$(awk -v a="${few[-1]}" -v b="${many[-1]}" 'BEGIN {printf "%.3f", a / b}')")
done
# The ceiling is a cost that does not grow at all: 1.
report register.cost_ratio_10000_to_10_peers ratio "${ratios[@]}"
report register.cost_ratio_10000_to_10_peers.ceiling ratio 1
report register.objects_per_s_10_peers objects/s "${few[@]}"
report register.objects_per_s_10000_peers objects/s "${many[@]}"

branches=1000
each=${FILIAL_BENCH_OBJECTS_OF_EACH:-200}
one=() all=() routed=()
for run in $(seq "$runs"); do
    rm -rf "$home"
    "$bin/filial" init "$home" --code ЦО --parent none --configuration "$configuration" \
        --allow-any-file-system >/dev/null
    read -r route select scan < <("$bin/bench_select" "$home" "$branches" "$each" 2>/dev/null)
    routed+=("$route") one+=("$select") all+=("$scan")
done
report select.objects_per_s_one_of_1000 objects/s "${one[@]}"
# The ceiling is a scan of a journal of which everything is selected.
report select.objects_per_s_one_of_1000.ceiling objects/s "${all[@]}"
report route.objects_per_s_1000_branches objects/s "${routed[@]}"
