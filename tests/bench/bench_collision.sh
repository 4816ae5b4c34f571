#!/usr/bin/env bash
# a page of the journal of collisions with 1,000,000 entries
set -euo pipefail
. "$root/tests/bench/lib.sh"

count=${FILIAL_BENCH_COLLISIONS:-1000000}
node=$scratch/collision
"$bin/filial" init "$node" --code ЦО --parent none \
    --configuration "$root/deploy/demo/configuration" --allow-any-file-system >/dev/null
"$bin/bench_collisions" "$node" "$count"
"$bin/filiald" --node "$node" 2>"$scratch/collision.log" &
daemon=$!
trap 'kill $daemon 2>/dev/null; wait $daemon 2>/dev/null || true' EXIT
for _ in $(seq 200); do
    [ -S "$node/control.sock" ] && break
    sleep 0.05
done
ms() { echo $(($(date +%s%N) / 1000)); }
# page OPTION...: microseconds of one command
page() {
    local begun
    begun=$(ms)
    "$bin/filial" --node "$node" collision list --limit 100 --json "$@" >"$scratch/page"
    grep -q '"id"' "$scratch/page"
    echo "$(($(ms) - begun))" | awk '{printf "%.2f\n", $1 / 1000}'
}
first=() middle=() open=() one=() empty=()
for _ in $(seq "$runs"); do
    first+=("$(page)")
    middle+=("$(page --after $((count / 2)))")
    open+=("$(page --open --after $((count / 2)))")
    begun=$(ms)
    "$bin/filial" --node "$node" collision show $((count / 2 + 7)) --json >/dev/null
    one+=("$(echo "$(($(ms) - begun))" | awk '{printf "%.2f\n", $1 / 1000}')")
    begun=$(ms)
    "$bin/filial" --node "$node" plan list --json >/dev/null
    empty+=("$(echo "$(($(ms) - begun))" | awk '{printf "%.2f\n", $1 / 1000}')")
done
report collision.page_ms ms "${middle[@]}"
report collision.page_ms.first ms "${first[@]}"
report collision.page_ms.open ms "${open[@]}"
report collision.show_ms ms "${one[@]}"
report collision.page_ms.ceiling ms "${empty[@]}"
