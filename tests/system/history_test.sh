#!/usr/bin/env bash
# What objects were, told by real daemons in a tree of three: a version's origin, message and
# signature at the centre; what lost a collision; deletions; a version written again, which
# replicates; sweeping, a kill, a restored backup.
# history_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$(dirname "$0")/../harness/quiet.sh"

ref=Catalog.Валюты:11111111-2222-4333-8444-000000000001
other=Catalog.Валюты:11111111-2222-4333-8444-000000000002

join() {
    must filial "$2" invite "$1" --auto-approve
    must filial "$1" join "$(cat out)"
}
put() { must filial "$1" object put "$2" --set "Code=$3" --set "Description=$4"; }
sync() { for code in "$@"; do must filial "$code" sync now --timeout 30s; done; }
# told CODE REF PYTHON: an expression over `v`, the list of versions, newest first.
told() {
    filial "$1" --json object history "$2" --limit 0 >history.json 2>out ||
        complain "object history at $1: $(cat out)"
    python3 - "$3" <<'END' || {
import json, sys
v = json.load(open("history.json"))["versions"]
sys.exit(0 if eval(sys.argv[1]) else 1)
END
        complain "at $1 it does not hold of $2: $3"
        cat history.json
    }
}
version() { # version CODE REF INDEX: its name
    filial "$1" --json object history "$2" --limit 0 |
        python3 -c 'import json,sys; print(json.load(sys.stdin)["versions"][int(sys.argv[1])]["version"])' "$3"
}

# --- three levels: where, by which message, whose signature ---
for code in C M A; do make $code "$quiet"; done
join M C
join A M
put A $ref 1 first
sync A M
put A $ref 1 second
sync A M
key=$(filial M --json key show | python3 -c 'import json,sys; print(json.load(sys.stdin).get("signing_id",""))')
told C $ref 'len(v) == 2'
told C $ref '[x["origin_node"] for x in v][0] == [x["origin_node"] for x in v][1]'
told C $ref 'all(x["arrival"]["kind"] == "message" and x["arrival"]["peer"] == "M" for x in v)'
told C $ref 'v[0]["arrival"]["number"] > v[1]["arrival"]["number"]'
told C $ref 'all(x["signature"] == "verified" and len(x["arrival"]["key"]) == 16 for x in v)'
told C $ref 'all(len(x["arrival"]["hash"]) == 64 for x in v)'
told C $ref 'v[0]["live"] and not v[1]["live"] and v[0]["changed"] == ["Description"]'
told C $ref 'v[1]["state"] == "created" and v[0]["state"] == "changed"'
[ -z "$key" ] || told C $ref "v[0]['arrival']['key'] == '$key'"
told M $ref 'v[0]["origin"] == "A" and v[0]["arrival"]["peer"] == "A"'
told A $ref 'v[0]["origin"] == "A" and v[0]["signature"] == "none"'
told A $ref 'v[0]["arrival"]["kind"] == "here" and v[0]["arrival"]["by"] != ""'
must filial C object history $ref
grep -q "verified, of M, key" out || { complain "the text does not name the signature"; cat out; }
LC_ALL=ru_RU.UTF-8 LANGUAGE=ru filial C object history $ref >out 2>&1
grep -q "подпись" out || { complain "it is not told in Russian"; cat out; }
must filial C object diff $ref
grep -q "first *second" out || { complain "object diff does not show the change"; cat out; }
# Out of a file that is taken in shares, while others are served.
must filial C export --format 1cv8dtud everything.xml
make B
must filial B import --format 1cv8dtud everything.xml
told B $ref 'v[0]["arrival"]["kind"] == "file" and v[0]["arrival"]["by"] == "everything.xml"'
stop B
must filial C object history $ref --limit 1
grep -q -- "--before" out || complain "a page does not say that there are more"
must filial C object history $ref --limit 1 --before "$(version C $ref 0)"
grep -q created out || { complain "the second page has not the first version"; cat out; }
must filial C object get $ref --version "$(version C $ref 1)"
grep -q '"first"' out || { complain "a version cannot be shown"; cat out; }
refuse "has no version 99" filial C object get $ref --version 99
refuse "is no version" filial C object diff $ref x1

# --- a version written again is a change like any other ---
must filial C object restore $ref "$(version C $ref 1)"
expect 0 "nothing was written" filial C object restore $ref "$(version C $ref 2)"
sync M A
told A $ref 'v[0]["arrival"]["kind"] == "message" and v[0]["changed"] == ["Description"]'
must filial A object get $ref
grep -q '"first"' out || { complain "what was written again did not replicate"; cat out; }

# --- what lost a collision stands among the versions ---
put C $ref 1 of-C
put A $ref 1 of-A
sync A M A
lost=$(filial M --json object history $ref --limit 0 |
    python3 -c 'import json,sys; print(next((x["version"] for x in json.load(sys.stdin)["versions"] if "collision" in x), ""))')
[ -n "$lost" ] || complain "no version lost a collision"
must filial M object diff $ref "$lost"
grep -q "of-A" out && grep -q "of-C" out || { complain "the loser is not compared"; cat out; }
must filial M object restore $ref "$lost"
sync M A
must filial C object get $ref
grep -q "of-A" out || { complain "the loser could not be written again"; cat out; }

# --- deletions are versions; restoring goes behind them ---
before=$(version C $ref 0)
must filial C object delete $ref
sync M A
told A $ref 'v[0]["state"] == "deleted" and v[0]["live"]'
refuse "is a deletion" filial C object restore $ref "$(version C $ref 0)"
must filial C object restore $ref "$before"
sync M A
must filial A object get $ref
grep -q "of-A" out || { complain "a deleted object did not come back"; cat out; }

# --- swept while the daemon is quiet, killed between: nothing is lost ---
for i in $(seq 30); do put A $other 2 "state $i"; done
sync A # before, nothing of it may be packed or go
count=$(filial A --json object history $other --limit 0 | grep -c '"version"')
[ "$count" = 30 ] || complain "30 versions were written and $count are told"
for _ in 1 2 3; do
    kill -KILL "${pids[A]}"
    wait "${pids[A]}" 2>/dev/null
    start A
    for _ in $(seq 100); do
        [ "$(filial A --json object keep | python3 -c 'import json,sys; print(json.load(sys.stdin)["versions"])')" -gt 0 ] && break
        sleep 0.1
    done
done
for _ in $(seq 300); do
    [ "$(filial A --json object keep | python3 -c 'import json,sys; print(json.load(sys.stdin)["versions"])')" -ge 29 ] && break
    sleep 0.1
done
told A $other 'len(v) == 30 and v[0]["live"] and v[29]["state"] == "created"'
told A $other 'all(x["changed"] == ["Description"] for x in v[:29])'
must filial A object get $other --version "$(version A $other 20)"
grep -q '"state 10"' out || { complain "a packed version is another"; cat out; }

# --- by type; a restored backup has its history ---
must filial A object keep Catalog.Валюты --time 365d
grep -q "365d" out || complain "the time of a type is not shown"
must filial A store backup "$work/backup"
stop A
must filial A store check
must filial A store restore "$work/backup"
must filial A object history $other --limit 0
[ "$(grep -c "Description" out)" = 29 ] || { complain "the backup has not all versions"; cat out; }
must filial A object keep Catalog.Валюты --off
start A
sync A
for _ in $(seq 300); do
    [ "$(filial A --json object keep | python3 -c 'import json,sys; print(json.load(sys.stdin)["bytes"])')" = 0 ] && break
    sleep 0.1
done
told A $other 'len(v) == 1'
exit "$failures"
