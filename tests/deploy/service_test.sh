#!/usr/bin/env bash
# filiald as a service manager sees it: ready, alive, reloads, ends; its log as JSON and as
# fields of the journal; what `filial status` says, and its exit statuses for scripts.
# service_test.sh BUILD SOURCE
set -uo pipefail
bin=$1/bin
configuration=$2/deploy/demo/configuration
work=$(mktemp -d)
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work" || exit 1
unset FILIAL_NODE LC_ALL LC_MESSAGES LANGUAGE JOURNAL_STREAM NOTIFY_SOCKET WATCHDOG_USEC
export LANG=C.UTF-8
failures=0
complain() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
filial() { "$bin/filial" --node "$work/$1" "${@:2}"; }
# expect STATUS WORDS COMMAND...: it ends so, and says so.
expect() {
    local wanted=$1 words=$2 status
    shift 2
    "$@" >out 2>&1
    status=$?
    [ "$status" = "$wanted" ] || complain "$* ended with $status instead of $wanted: $(head -n 3 out)"
    grep -q -- "$words" out || complain "$* does not say \"$words\": $(head -n 5 out)"
}
# Bounded: 20 s for what takes milliseconds.
await() {
    for _ in $(seq 400); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
    done
    complain "in vain: $*"
}

# A manager: what it hears is in the file "said"; a journal: "journal".
cat >listen.py <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
with open(sys.argv[2], "ab", 0) as out:
    while True:
        out.write(s.recv(65536) + b"\n")
END
python3 listen.py manager said & pids+=($!)
python3 listen.py journal.sock journal & pids+=($!)
await test -S manager
await test -S journal.sock

"$bin/filial" init centre --code ЦО --parent none --configuration "$configuration" \
    --allow-any-file-system >/dev/null || complain "init"
cat >>centre/node.conf <<'END'
endpoint = tcp://127.0.0.1:*
enrolment_endpoint = tcp://127.0.0.1:*
ballast = 1MiB
log_format = json
END
expect 4 "does not run" filial centre status --check

NOTIFY_SOCKET=$work/manager WATCHDOG_USEC=400000 "$bin/filiald" --node centre 2>centre.log &
centre=$!
pids+=("$centre")
await grep -q '^READY=1' said
await grep -q '^STATUS=ЦО: ' said
await test "$(grep -c '^WATCHDOG=1' said)" -ge 0
alive() { [ "$(grep -c '^WATCHDOG=1' said)" -ge 4 ]; }
await alive
expect 0 "all is well" filial centre status --check
expect 0 '"health": *0' filial centre --json status --check

# Reloading: a level may change, the size of the map may not, and then nothing does.
echo 'log_level = debug' >>centre/node.conf
kill -HUP "$centre"
await grep -q '^RELOADING=1' said
await grep -q '"event":"settings.loaded"' centre.log
echo 'commit_wait = 7ms' >>centre/node.conf
expect 0 "yes" filial centre reload
echo 'map_size = 1GiB' >>centre/node.conf
expect 1 "map_size changes only when" filial centre reload
sed -i '/^map_size/d' centre/node.conf
echo 'no_such_key = 1' >>centre/node.conf
expect 1 "no setting is called" filial centre reload
sed -i '/^no_such_key/d' centre/node.conf

# Every line is an object with time, level and event.
python3 - centre.log <<'END' || complain "the log is not JSON"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert all({"time", "level", "event"} <= set(line) for line in lines)
started = [line for line in lines if line["event"] == "daemon.started"]
assert started and started[0]["code"] == "ЦО", started
END

# A branch whose log goes to the journal as fields.
"$bin/filial" init branch --code Ф01 --configuration "$configuration" \
    --allow-any-file-system >/dev/null || complain "init"
echo 'ballast = 1MiB' >>branch/node.conf
filial branch join "$(filial centre invite Ф01)" >out 2>&1 || complain "join: $(cat out)"
expect 3 "waits for approval" filial centre status --check
filial centre node approve Ф01 --yes >out 2>&1 || complain "approve: $(cat out)"
expect 3 "was never here" filial centre status --check --late 1s
cat >journal.sh <<'END'
JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2)
export JOURNAL_STREAM FILIAL_JOURNAL_SOCKET=$1
exec "$2" --node branch
END
bash journal.sh "$work/journal.sock" "$bin/filiald" 2>branch.log &
branch=$!
pids+=("$branch")
await grep -aq '^FILIAL_EVENT=daemon.started' journal
await grep -aq '^FILIAL_CODE=Ф01' journal
grep -aq '^PRIORITY=6' journal || complain "no priority"
[ ! -s branch.log ] || complain "lines beside the journal: $(head -n 2 branch.log)"
expect 0 "synchronised" filial branch sync now --timeout 20s
expect 0 "all is well" filial centre status --check
kill "$branch"
wait "$branch"

# Ends in words and at once.
kill "$centre"
wait "$centre" || complain "filiald ended with $?"
await grep -q '^STOPPING=1' said
expect 2 "takes a duration" filial centre status --late soon
exit $((failures > 0))
