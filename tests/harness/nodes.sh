# What the system tests share: nodes in a fresh directory, their daemons, and what is
# expected of commands. Sourced, with the directory of the programs and a configuration:
#
#   . "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
#
# The test goes on in the fresh directory, a node in each folder named by its code. At the
# end everything that was started here is ended and the directory goes. A test ends with
# `exit "$failures"`.
# shellcheck shell=bash
set -uo pipefail
bin=$(realpath "$1")
configuration=$(realpath "$2")
work=$(mktemp -d)
declare -A pids=()
declare -A within=() # of a node: the words before its commands, lines.sh sets them
cleanup() {
    for code in "${!pids[@]}"; do kill -KILL "${pids[$code]}" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work" || exit 1
unset FILIAL_NODE LC_ALL LC_MESSAGES LANGUAGE
export LANG=C.UTF-8
failures=0

complain() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# filial CODE COMMAND...
filial() {
    local code=$1
    shift
    ${within[$code]:-} "$bin/filial" --node "$work/$code" "$@"
}
# expect STATUS WORDS COMMAND...: it ends so, and says these words; all it said is in "out".
expect() {
    local wanted=$1 words=$2 status
    shift 2
    "$@" >out 2>&1
    status=$?
    if [ "$status" != "$wanted" ] || ! grep -qF -- "$words" out; then
        complain "$* gave $status, wanted $wanted with \"$words\":"
        cat out
    fi
}
# must COMMAND...: it succeeds, or the test ends.
must() {
    "$@" >out 2>&1 || {
        complain "$*"
        cat out
        tail -n 4 ./*.log
        exit 1
    }
}
# refuse WORDS COMMAND...
refuse() {
    local words=$1
    shift
    if "$@" >out 2>&1 || ! grep -qF -- "$words" out; then
        complain "$* was to be refused with \"$words\":"
        cat out
    fi
}
set_option() {
    sed -i "/^$2 *=/d" "$1/node.conf"
    echo "$2 = $3" >>"$1/node.conf"
}
start() {
    rm -f "$1/control.sock"
    ${within[$1]:-} "$bin/filiald" --node "$work/$1" 2>>"$1.log" &
    pids[$1]=$!
    for _ in $(seq 400); do
        [ -S "$1/control.sock" ] && return
        sleep 0.05
    done
    complain "filiald of $1 did not start"
    tail -n 5 "$1.log"
    exit 1
}
stop() {
    kill -TERM "${pids[$1]}" 2>/dev/null
    wait "${pids[$1]}" 2>/dev/null || complain "filiald of $1 did not end well"
    unset "pids[$1]"
}
# make CODE [SETTING...]: a node that listens and synchronises when it is told to, running.
make() {
    must filial "$1" init "$work/$1" --code "$1" --configuration "$configuration" \
        --allow-any-file-system
    cat >>"$1/node.conf" <<END
endpoint = tcp://127.0.0.1:*
enrolment_endpoint = tcp://127.0.0.1:*
sync_interval = 1h
ballast = 1MiB
map_size = 1GiB
END
    [ $# = 1 ] || printf '%s\n' "${@:2}" >>"$1/node.conf"
    start "$1"
}
