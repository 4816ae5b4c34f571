#!/usr/bin/env bash
# Who comes in, by which keys, and who has done what: a node that waits for approval, one
# that joins by files alone, keys that change on both sides, one that is revoked; the audit.
# keys_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
overlap="key_overlap_messages = 2"

# say CODE WORDS COMMAND...: the answer of a command has these words.
say() {
    local code=$1 words=$2
    shift 2
    must filial "$code" "$@"
    grep -qF -- "$words" out || {
        complain "$code $*: no \"$words\" in"
        cat out
    }
}
fingerprint() {
    filial "$1" --json key show | sed -n 's/^ *"fingerprint": *"\([^"]*\)".*/\1/p'
}
# same: all nodes have the same content.
hash_of() { filial "$1" status --hash; }
converge() {
    local code
    for _ in $(seq 20); do
        for code in "$@"; do filial "$code" sync now --timeout 4s >/dev/null 2>&1; done
        local first other=
        first=$(hash_of ЦО)
        for code in "$@"; do [ "$(hash_of "$code")" = "$first" ] || other=$code; done
        [ -z "$other" ] && return
        sleep 0.1
    done
    complain "$other is not as ЦО"
    tail -n 12 ./*.log
    filial "$other" sync now --timeout 4s
    exit 1
}
# until WORDS CODE COMMAND...
until_said() {
    local words=$1 code=$2
    shift 2
    for _ in $(seq 600); do
        filial "$code" "$@" >out 2>&1
        grep -qF -- "$words" out && return
        sleep 0.1
    done
    complain "$code $* never said \"$words\":"
    cat out
    tail -n 6 ./*.log
}
put() { must filial "$1" object put Catalog.Валюты --set "Code=$2" --set "Description=$2"; }

make ЦО "$overlap"
make A "$overlap"
make B "$overlap"

echo "-- A joins by the line and waits"
invitation=$(filial ЦО invite A)
must filial A join "$invitation"
grep -q "own fingerprint" out || complain "join does not show the own fingerprint"
say ЦО "$(fingerprint A)" node waiting
refuse "does not let this node in" filial A sync now
say A "it waits for \`filial node approve\` there" node explain ЦО
say A "for \`filial node approve A FINGERPRINT\` there" node explain ЦО
say A "was never here" status
grep -qF "does not let this node in" out || complain "status of A does not say why"
refuse "not this one" filial ЦО node approve A BC1F 02AD 77E0 1234 9A9A 0001 FFFF 1010
refuse "waits for approval" filial ЦО node resume A
# shellcheck disable=SC2046
must filial ЦО node approve A $(fingerprint A | tr 'A-F' 'a-f' | tr ' ' '-')
refuse "does not wait" filial ЦО node reject A
must filial A sync now --timeout 60s
say ЦО '"heard": "20' status --nodes --json # although it has written nothing yet
put A 111
converge A

echo "-- B joins by files alone, is turned away, and comes again"
must filial ЦО invite B --file stick.invitation
must filial B join stick.invitation --request stick.request
refuse "no request of a node" filial ЦО node accept stick.invitation stick.answer
refuse "for another node" filial A node accept stick.request stick.answer
must filial ЦО node accept stick.request stick.answer
refuse "waits for no answer" filial A join stick.answer
head -c 60 stick.answer >broken.answer
refuse "not for this node's request" filial B join broken.answer
must filial B join stick.answer
must filial ЦО node reject B
refuse "does not let this node in" filial B sync now
must filial B node leave ЦО --force
must filial ЦО invite B --file stick.invitation
must filial B join stick.invitation --request stick.request
must filial ЦО node accept stick.request stick.answer
must filial ЦО node accept stick.request stick.again
must filial B join stick.answer
must filial ЦО node approve B --yes
put B 222
converge A B

echo "-- A changes its keys"
before=$(fingerprint A)
must filial A key rotate
for _ in $(seq 100); do
    [ "$(fingerprint A)" != "$before" ] && break
    filial A sync now --timeout 5s >/dev/null 2>&1
    sleep 0.1
done
[ "$(fingerprint A)" != "$before" ] || complain "A has its old keys still"
put A 333
converge A B
put A 334
converge A B
put A 335
converge A B
grep -q "keys.ended" ЦО.log || complain "the former keys of A count still"
put ЦО 336
converge A B

echo "-- the centre changes its keys while B is away"
stop B
before=$(fingerprint ЦО)
must filial ЦО key rotate
refuse "going on already" filial ЦО key rotate
filial A sync now --timeout 4s >/dev/null 2>&1
until_said "waits for           B" ЦО key show
put ЦО 444
converge A
start B
until_said "switched" ЦО audit list --what "key rotate"
[ "$(fingerprint ЦО)" != "$before" ] || complain "the centre has its old keys still"
converge A B
put B 445
converge A B

echo "-- and once more, without waiting for B, which takes them from a file"
stop B
must filial ЦО key rotate
filial A sync now --timeout 4s >/dev/null 2>&1
until_said "waits for           B" ЦО key show
must filial ЦО key rotate --finish
until_said "key rotate" ЦО audit list
must filial ЦО key statement stick.keys
put ЦО 555
converge A
start B
must filial B key accept ЦО stick.keys
refuse "is no file of" filial B key accept ЦО stick.answer
converge A B
refuse "has no former keys" filial ЦО key forget A

echo "-- a start goes on with a change that was cut"
must filial B key rotate
for _ in $(seq 100); do
    grep -q "keys.switched" B.log && break
    filial B sync now --timeout 5s >/dev/null 2>&1
done
stop B
touch B/keys/switching
start B
[ -e B/keys/switching ] && complain "the change is not ended at a start"
put B 666
converge A B

echo "-- A is suspended, hears so, and goes on"
must filial A sync now --timeout 60s
must filial ЦО node suspend A
until_said "suspended by the parent" A status
expect 3 "filial node explain ЦО" filial A status --check
refuse "suspended by the parent" filial A sync now --timeout 60s
say A "it refused this node: this node was suspended by the parent" node explain ЦО
say A "filial node explain A" node explain ЦО
stop A
start A
refuse "is suspended" filial A sync now --timeout 60s
put A 776
must filial ЦО node resume A
must filial A sync now --timeout 60s
converge A B

echo "-- A suspends its parent, and waits without work"
processor_of() { # CODE: ticks that its filiald has had
    local fields
    read -ra fields <"/proc/${pids[$1]}/stat"
    echo $((fields[13] + fields[14]))
}
must filial A node suspend ЦО
until_said "suspended by the other one" ЦО status
say ЦО "filial node explain ЦО" node explain A
refuse "filial node resume ЦО" filial A sync now --timeout 60s
before=$(processor_of A)
sleep 2
[ $(($(processor_of A) - before)) -lt 60 ] || complain "filiald of A works though it has nothing to do"
must filial A node resume ЦО
must filial A sync now --timeout 60s

echo "-- A is revoked, and nothing of it is taken any more"
filial A sync now >/dev/null 2>&1
must filial A sync now --timeout 60s
must filial ЦО node revoke A
until_said "revoked by the parent" A status
put A 777
refuse "revoked by the parent" filial A sync now --timeout 60s
filial ЦО object list Catalog.Валюты --where Code=777 | grep 777 >/dev/null &&
    complain "a revoked node was listened to"

echo "-- the audit"
say ЦО "verified" audit verify
head=$(filial ЦО --json audit verify | sed -n 's/^ *"head": *"\([^"]*\)".*/\1/p')
must filial ЦО filter set Catalog.Валюты "Code = '643'"
must filial ЦО audit verify --head "$head"
refuse "is not the one" filial ЦО audit verify --head "3:${head#*:}"
say ЦО "node revoke" audit list
say ЦО "filter set" audit list --what filter
say ЦО "$(id -un)" audit list --limit 1
filial ЦО audit list --limit 0 | grep "filial1:[A-Za-z]" >/dev/null && complain "the audit has a secret"
must filial ЦО audit export "$work/audit.jsonl"
[ "$(wc -l <audit.jsonl)" -gt 20 ] || complain "the export is short"
stop ЦО
must filial ЦО audit verify --head "$head"

[ $failures -eq 0 ] && echo "done"
exit $((failures > 0))
