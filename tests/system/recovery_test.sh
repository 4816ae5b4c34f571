#!/usr/bin/env bash
# Drills with real daemons: stores put back from backups, on one side and on both, once and
# twice. Nothing that still exists anywhere may be lost, and all end equal.
# recovery_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$(dirname "$0")/../harness/quiet.sh"
written=0 # objects that must be everywhere

# fill CODE NUMBER [lost]: so many new objects, which will be everywhere unless they are lost.
fill() {
    local id
    fills=$((fills + 1))
    id=$(printf '%08x' $fills)
    awk -v id="$id" -v count="$2" -v code="$1" 'BEGIN {
        for (n = 1; n <= count; n++) {
            printf "{\"put\":\"Catalog.Контрагенты:%s-2222-4333-8444-%012d\",", id, n
            printf "\"set\":{\"Description\":\"%s %d\"}}\n", code, n
        }
    }' | filial "$1" batch >out 2>&1 || {
        complain "batch in $1"
        cat out
    }
    [ "${3:-}" = lost ] || written=$((written + $2))
}
fills=0
# The nodes given have equal content, all that was written, within some rounds.
converge() {
    local why=$1 hashes='' count
    shift
    for _ in $(seq 60); do
        for code in "$@"; do
            [ "$code" = centre ] || filial "$code" sync now --timeout 20s >>sync.log 2>&1
        done
        hashes=$(for code in "$@"; do filial "$code" status --hash; done 2>/dev/null | sort -u)
        [ "$(wc -l <<<"$hashes")" = 1 ] && [ -n "$hashes" ] && break
        sleep 0.1
    done
    count=$(filial centre status --counts | sed -n 's/^total //p')
    if [ "$(wc -l <<<"$hashes")" != 1 ] || [ "$count" != "$written" ]; then
        complain "$why: $count of $written objects at the centre, hashes $hashes"
        tail -n 8 ./*.log
        exit 1
    fi
}
logged() {
    local code=$1 words=$2 from=${3:-1}
    tail -n "+$from" "$code.log" | grep -- "$words" >/dev/null || {
        complain "the log of $code does not say $words:"
        tail -n 20 "$code.log"
    }
}
lines() {
    wc -l <"$1.log"
}
# Backups are made while the node runs, and put back as an operator may do it by hand.
backup() {
    rm -rf "backup.$1"
    expect 0 "" filial "$1" store backup "$work/backup.$1"
}
put_back() {
    cp "backup.$1/data.mdb" "$1/store/data.mdb"
    rm -f "$1/store/lock.mdb"
}

# --- a centre and two branches ---
for code in centre A B; do
    "$bin/filial" init $code --code $code --configuration "$configuration" \
        --allow-any-file-system >/dev/null || exit 1
    echo "$quiet" >>$code/node.conf
done
set_option centre endpoint tcp://127.0.0.1:0
set_option centre enrolment_endpoint tcp://127.0.0.1:0
start centre
for code in A B; do
    invitation=$(filial centre invite $code --auto-approve 2>/dev/null) || complain "invite $code"
    expect 0 "centre" filial $code join "$invitation"
    start $code
    fill $code 200
done
fill centre 200
converge "at first" centre A B

# --- a branch from an old backup: what it had sent comes back, what it had received too ---
backup A
fill A 100
fill centre 100
fill B 100
converge "after the backup of A" centre A B
fill A 50 lost
stop A
put_back A
start A
fill A 30
converge "A was restored" centre A B
logged A "store.restored" 1
logged centre "restored=peer"

# --- the same backup once more, and offline work that overtakes the lost numbers ---
fill A 100
converge "before A is restored again" centre A B
stop A
put_back A
start A
for _ in 1 2 3 4 5; do
    fill A 40
done
converge "A was restored twice" centre A B
from=$(lines centre)
fill A 10
converge "A goes on" centre A B
if tail -n "+$((from + 1))" centre.log | grep 'restored=peer' >/dev/null; then
    complain "a node that was not restored took another incarnation"
fi

if grep -hE ' error ' ./*.log; then
    complain "errors in the logs"
fi

# --- the centre from an old backup, put in place by its command ---
backup centre
fill A 40
fill B 40
fill centre 40
converge "after the backup of the centre" centre A B
fill centre 10 lost
expect 1 "stop it first" filial centre store restore "$work/backup.centre"
stop centre
expect 0 "replaced-1" filial centre store restore "$work/backup.centre" --by Анна
start centre
fill centre 20
converge "the centre was restored" centre A B
logged A "restored=peer"

# --- the centre and a branch at once; the centre by hand: nobody follows it at first ---
backup centre
backup A
fill A 30
fill B 30
converge "before both are restored" centre A B
stop centre
stop A
put_back centre
put_back A
start centre
start A
fill A 15
fill centre 15
expect 1 "filial store adopt --restored" filial B sync now
expect 1 "filial store adopt --restored" filial A sync now
logged A "peer.held peer=centre reason=parent_refused"
expect 0 "home" filial centre store adopt --restored --by Анна
converge "both sides were restored" centre A B

# --- the whole directory of a branch, copied beside it ---
stop A
cp -a A copy
start A
start copy
fill copy 10
expect 1 "filial store adopt" filial copy sync now
logged copy "store.moved home=other_directory"
expect 0 "other_directory" filial copy status
# A program beside it goes on; nothing of it leaves before somebody has decided.
# From then on the two take turns at the line, and soon the second is held: the copy has
# its word while the original is away.
stop A
expect 0 "incarnation" filial copy store adopt --restored
converge "the copy speaks in place of its original" centre copy B
start A
fill A 10
converge "the original goes on" centre A B
expect 1 "both alive" filial copy sync now
logged centre "peer.held peer=A reason=held_copy"
expect 0 "two of it are alive" filial centre node explain A
expect 0 '"held": true' filial centre node explain A --json
stop copy
fill A 10
converge "the copy is gone" centre A B
expect 0 "released" filial centre node release A --by Анна
logged centre "peer.released peer=A"
expect 0 "released by Анна" filial centre node explain A
expect 0 "connected since" filial centre node explain A

# --- a copy that calls itself the original: two processes in one incarnation ---
stop A
rm -rf copy
cp -a A copy
start A
start copy
expect 0 "home" filial copy store adopt --moved
for _ in 1 2 3; do
    filial A sync now --timeout 20s >>sync.log 2>&1
    filial copy sync now --timeout 20s >out 2>&1
done
grep -q "both alive" out || complain "two processes of A take turns"
expect 0 "stop the one that is the copy" filial centre node explain A
stop copy
fill A 10
converge "the second process is gone" centre A B
# --- a branch on another machine ---
stop B
echo another >machine
set_option B machine_file "$work/machine"
start B
expect 1 "filial store adopt --moved" filial B sync now
logged B "store.moved home=other_machine"
fill B 10
expect 0 "home" filial B store adopt --moved --by Анна
converge "B was moved" centre A B

# --- a branch turned bad: held, asked for, released ---
from=$(lines A)
set_option centre hold_objects 50
must filial centre reload
filial A object list Catalog.Контрагенты --limit 0 --refs >refs
head -n $(($(wc -l <refs) / 2)) refs | sed 's/.*/{"delete":"&"}/' | filial A batch >out 2>&1 || {
    complain "deletions at A"
    cat out
}
deleted=$(($(wc -l <refs) / 2))
# A round that began by itself may have heard it first.
expect 1 "" filial A sync now
logged A "would change or delete more than" "$((from + 1))"
expect 0 "Ask at A whether so much was to be changed" filial centre node explain A
expect 1 "too much would change at once" filial A sync now
expect 3 "it is held: it changes very much at once" filial centre status --check
expect 0 "released" filial centre node release A --by Анна
written=$((written - deleted))
converge "what A deleted was meant" centre A B

for code in centre A B; do
    expect 0 "" filial $code store check
    stop $code
done
[ "$failures" = 0 ] && echo "nothing was lost"
exit $((failures > 0))
