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
# wait_for FILE: it appears, or the test ends.
wait_for() {
    for _ in $(seq 600); do
        [ -e "$1" ] && return
        sleep 0.05
    done
    complain "$1 did not appear"
    tail -n 5 ./*.log
    exit 1
}
start() {
    rm -f "$1/control.sock"
    ${within[$1]:-} "$bin/filiald" --node "$work/$1" 2>>"$1.log" &
    pids[$1]=$!
    wait_for "$1/control.sock"
}
# start_refused NODE WORDS: its settings do not let filiald start, and it says so.
start_refused() {
    rm -f "$1/control.sock"
    "$bin/filiald" --node "$work/$1" 2>>"$1.log" && complain "filiald of $1 started"
    grep -qF -- "$2" "$1.log" || { complain "no \"$2\" in:"; tail -n 3 "$1.log"; }
}
stop() {
    kill -TERM "${pids[$1]}" 2>/dev/null
    wait "${pids[$1]}" 2>/dev/null || complain "filiald of $1 did not end well"
    unset "pids[$1]"
}
# create DIRECTORY CODE [OPTION...]: a node that does not run yet, by `filial init`.
create() {
    must "$bin/filial" init "$work/$1" --code "$2" --configuration "$configuration" \
        --allow-any-file-system "${@:3}"
}
# make CODE [SETTING...]: a node that listens, running. It synchronises when it is told to, and
# once within five seconds of its start; quiet.sh keeps it from that.
make() {
    create "$1" "$1"
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
