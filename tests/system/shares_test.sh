#!/usr/bin/env bash
# Large files are taken in shares: commands are served meanwhile, who gives up spoils
# nothing, and what was taken is all that was there.
# shares_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
make_node() {
    must filial "$1" init "$work/$1" --code "$2" --parent none --allow-any-file-system \
        --configuration "$configuration"
    start "$1"
}
content() { filial "$1" status | sed -n 's/^content hash *//p'; }
# served NODE ARGUMENT...: the command ends well, and others are answered before it does.
served() {
    local node=$1 count=0
    shift
    filial "$node" "$@" >long 2>&1 &
    local pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        filial "$node" plan list >/dev/null && kill -0 "$pid" 2>/dev/null && count=$((count + 1))
    done
    wait "$pid" || complain "$*: $(cat long)"
    [ "$count" -gt 0 ] || complain "$*: nothing was served meanwhile"
}

"$bin/filial_generate" --configuration "$configuration" --from БП --to Ф01 --objects 6000 \
    >Message_БП_Ф01.xml || complain "nothing was generated"
make_node a Ф01
must filial a node add БП --format v8msg
served a import Message_БП_Ф01.xml
[ "$(sed -n 's/^applied *//p' long)" = 6000 ] || complain "not all: $(cat long)"

# All of it to others, in both forms; one of them is given up on the way first.
must filial a export --format 1cv8dtud plain.xml
must filial a export --format 1cv8dtud --xdto xdto.xml
make_node b Ф02
filial b import --format 1cv8dtud plain.xml >/dev/null 2>&1 &
given_up=$!
filial b plan list >/dev/null
kill "$given_up" 2>/dev/null
wait "$given_up" 2>/dev/null
served b import --format 1cv8dtud plain.xml
[ "$(content b)" = "$(content a)" ] || complain "what came by the plain form is not the same"
make_node c Ф03
served c import --format 1cv8dtud xdto.xml
[ "$(content c)" = "$(content a)" ] || complain "what came by the form of 8.3 is not the same"
must filial c import --format 1cv8dtud xdto.xml
[ "$(sed -n 's/^applied *//p' out)" = 0 ] || complain "it was not the same: $(cat out)"
exit "$failures"
