#!/usr/bin/env bash
# Plant the bugs of plants.txt one by one and let the simulator hunt for each: it proves
# something only if it finds them. Without sanitizers, so that many seeds run. The rare
# ones are hunted with FILIAL_TEST_ALL=1 only.
#
#   plant.sh [--seeds N] [NAME...]
#
# Prints a table: the bug, the seed that found it and what that seed saw. Ends with 1 when
# one was missed that can be found. The last line is "planted N, missed N".
set -uo pipefail
tree=$(cd "$(dirname "$0")/../.." && pwd)
seeds=1000
with=""
if [ "${FILIAL_TEST_ALL:-0}" = 1 ]; then
    seeds=150000
    with=rare
fi
while [[ ${1:-} == --* ]]; do
    case $1 in
    --seeds) seeds=$2 ;;
    *)
        echo "unknown option $1" >&2
        exit 2
        ;;
    esac
    shift 2
done
compiler=${CC:-cc}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -O1 -w -I"$tree/proto/include"
    -I"$tree/replication/include" -I"$tree/replication" -I"$tree/tests/sim")
list=$tree/tests/sim/plants.txt
edit() { python3 "$tree/tests/sim/plant_edit.py" "$list" "$@"; }

# object FILE OF: compiles FILE, which stands for the tree's file OF.
object() {
    "$compiler" "${flags[@]}" -iquote "$tree/$(dirname "$2")" -c "$1" -o "$3/${2//\//_}.o"
}
export -f object
mkdir "$scratch/good"
for file in "$tree"/replication/*.c "$tree"/tests/sim/*.c "$tree"/proto/{uuid,status,bytes}.c; do
    object "$file" "${file#"$tree"/}" "$scratch/good" || exit 1
done

planted=0
missed=0
status=0
hunt() {
    local name=$1 where what excuse first found
    edit "$name" "$tree" "$scratch/planted.c" >"$scratch/facts" || return 1
    { read -r where && read -r what && read -r excuse && read -r first; } <"$scratch/facts"
    rm -rf "$scratch/bad"
    cp -r "$scratch/good" "$scratch/bad"
    object "$scratch/planted.c" "$where" "$scratch/bad" || return 1
    # Of the product only what the simulator calls.
    ar rcs "$scratch/bad/product.a" "$scratch"/bad/{replication,proto}_*.o
    "$compiler" "$scratch"/bad/tests_*.o "$scratch/bad/product.a" -o "$scratch/sim" || return 1
    found=$(timeout 900 "$scratch/sim" --hunt "$seeds" "$first" 2>/dev/null | tail -n 1)
    if [ -n "$found" ]; then
        planted=$((planted + 1))
        printf '%-34s %s\n' "$name" "$found"
    elif [ -n "$excuse" ]; then
        printf '%-34s not in %s seeds: %s\n' "$name" "$seeds" "$excuse"
    else
        planted=$((planted + 1))
        missed=$((missed + 1))
        printf '%-34s MISSED in %s seeds: %s\n' "$name" "$seeds" "$what"
    fi
}
if [ $# -eq 0 ]; then
    mapfile -t names < <(edit ${with:+"$with"})
    set -- "${names[@]}"
fi
for name in "$@"; do
    hunt "$name" || status=1
done
echo "planted $planted, missed $missed"
[ $status = 0 ] && [ $missed = 0 ]
