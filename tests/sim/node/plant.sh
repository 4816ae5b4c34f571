#!/usr/bin/env bash
# Plant the bugs of plants.txt one by one into a build of sim_node, and let it hunt for
# each. Only the file with the bug is compiled, as the build compiles it, and linked in
# front of the libraries.
#
#   plant.sh BUILD [--seeds N] [NAME...]
#
# Prints and ends as ../plant.sh does. A build that is not there is made, without
# sanitizers, so that many seeds run.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../../.." && pwd)
build=$1
shift
seeds=1000
with=""
if [ "${FILIAL_TEST_ALL:-0}" = 1 ]; then
    seeds=30000
    with=rare
fi
if [ "${1:-}" = --seeds ]; then
    seeds=$2
    shift 2
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
edit() { python3 "$tree/tests/sim/plant_edit.py" "$here/plants.txt" "$@"; }
if [ ! -f "$build/build.ninja" ]; then
    cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null || exit 2
fi
cd "$build" || exit 2
ninja sim_node >"$scratch/log" || {
    tail -n 20 "$scratch/log" >&2
    exit 2
}
link=$(ninja -t commands tests/sim_node | tail -n 1)
if [[ $link != *"-o tests/sim_node "* ]]; then
    echo "$build has no sim_node" >&2
    exit 2
fi

# compile WHERE FROM TO: as the build compiles WHERE.
compile() {
    local layer=${1%%/*} object command
    object=$layer/CMakeFiles/$layer.dir/${1#*/}.o
    command=$(ninja -t commands "$object" | tail -n 1)
    command=${command% -o *}
    # The bug may leave something unused, which is no error here.
    eval "${command/ccache /} -w -iquote '$tree/$(dirname "$1")' -o '$3' -c '$2'"
}

# hunt_in NAME: its row of the table; 1: missed, 2: it cannot be planted.
hunt_in() {
    local name=$1 own=$scratch/$1 where what excuse found
    mkdir "$own"
    edit "$name" "$tree" "$own/planted.c" >"$own/facts" || return 2
    { read -r where && read -r what && read -r excuse || true; } <"$own/facts"
    compile "$where" "$own/planted.c" "$own/planted.o" || return 2
    eval "${link/-o tests\/sim_node /-o $own/sim $own/planted.o }" || return 2
    found=$(timeout 900 "$own/sim" --hunt "$seeds" 2>/dev/null | tail -n 1)
    rm -f "$own/sim"
    if [ -n "$found" ]; then
        printf '%-34s %s\n' "$name" "$found"
    elif [ -n "$excuse" ]; then
        printf '%-34s not in %s seeds: %s\n' "$name" "$seeds" "$excuse"
        return 3
    else
        printf '%-34s MISSED in %s seeds: %s\n' "$name" "$seeds" "$what"
        return 1
    fi
}
if [ $# -eq 0 ]; then
    mapfile -t names < <(edit ${with:+"$with"})
    set -- "${names[@]}"
fi
planted=0
missed=0
status=0
for name in "$@"; do
    hunt_in "$name"
    case $? in
    0) planted=$((planted + 1)) ;;
    1) planted=$((planted + 1)) missed=$((missed + 1)) ;;
    2) status=1 ;;
    esac
done
echo "planted $planted, missed $missed"
[ $status = 0 ] && [ $missed = 0 ]
