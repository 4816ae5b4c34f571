#!/usr/bin/env bash
# Real daemons in a tree with filters: a centre, a node in the middle that has two
# companies, and under it a branch that has one of them.
# filter_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
document=Document.СчетНаОплатуПокупателю

# The process dies as by a power cut, and starts anew.
crash() {
    kill -KILL "${pids[$1]}"
    wait "${pids[$1]}" 2>/dev/null
    start "$1"
}
join() { # join CHILD PARENT
    must filial "$2" invite "$1" --auto-approve
    must filial "$1" join "$(cat out)"
}
id() { printf '11111111-2222-4333-8444-%012d' "$1"; }
company() { echo "Catalog.Организации:$(id "90$1")"; }
put() { # put CODE NUMBER COMPANY
    must filial "$1" object put "$document:$(id "$2")" --set "Number=$2" \
        --set "Организация=$(company "$3")"
}
has() { # has CODE NUMBER...: these and no others
    local code=$1 number
    shift
    for number in "$@"; do id "$number"; echo; done | sort >expected
    filial "$code" object list $document --refs --limit 0 2>/dev/null |
        grep -o '11111111-2222-4333-8444-[0-9]*' | sort -u >found
    cmp -s expected found || {
        complain "$code has $(tr '\n' ' ' <found) instead of $*"
    }
}
sync() { for code in "$@"; do must filial "$code" sync now --timeout 30s; done; }

for code in C M A B; do make $code; done
must filial C filter set $document 'Организация in $организации'
must filial C filter value M организации "$(company 1)" "$(company 2)"
grep -q "no node with the code" out || complain "a list before its node is not remarked"
join M C
sync M
must filial M filter value A организации "$(company 1)"
join A M
join B M
for number in 1 2 3; do put C $number $number; done
put C 4 1
sync M A B
has C 1 2 3 4
has M 1 2 4
has A 1 4
has B 1 2 4 # no lists: not limited by the node in the middle

# --- what leaves the node in the middle leaves the branch too, and stays above ---
put C 1 3
put C 4 2
sync M A B
has C 1 2 3 4
has M 2 4
has A
has B 2 4
put C 1 1
sync M A B
has A 1
must filial A object list $document --refs

# --- a branch writes, and may not write what is another's ---
put A 5 1
put A 6 2
sync A M
has M 1 2 4 5
has C 1 2 3 4 5
must filial M quarantine list
grep -q "outside the filter" out || complain "what lies outside is not in quarantine"

# --- lists of the node in the middle change while it is killed at work ---
for number in $(seq 100 160); do put C "$number" 3; done
must filial C filter value M организации "$(company 1)" "$(company 2)" "$(company 3)"
filial M sync now --timeout 5s >/dev/null 2>&1 &
round=$!
sleep 0.2
crash C
wait $round 2>/dev/null
crash M
sync M
sync M
must filial M filter value A организации "$(company 3)"
sync A B
sync A B
has M 1 2 3 4 5 $(seq 100 160)
has A 3 6 $(seq 100 160)
must filial C filter clear $document
sync M A B
sync A
has B 1 2 3 4 5 $(seq 100 160)
must filial C filter explain M "$document:$(id 3)"
grep -q "its type has no filter" out || complain "explain does not say that there is none"

for code in C M A B; do
    kill "${pids[$code]}"
    wait "${pids[$code]}" 2>/dev/null
    unset "pids[$code]"
    must filial $code store check
done
[ $failures = 0 ] && echo "all passed"
exit $((failures > 0))
