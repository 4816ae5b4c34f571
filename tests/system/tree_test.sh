#!/usr/bin/env bash
# Real daemons in a tree that changes: three levels, a side plan between branches, a branch
# that moves under another parent, a child that becomes the parent.
# tree_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$(dirname "$0")/../harness/quiet.sh"

# join CHILD PARENT [OPTION...]
join() {
    local child=$1 parent=$2
    shift 2
    must filial "$parent" invite "$child" --auto-approve "$@"
    must filial "$child" join "$(cat out)"
}
put() { # put CODE NUMBER DESCRIPTION
    must filial "$1" object put \
        "Catalog.Валюты:11111111-2222-4333-8444-$(printf %012d "$2")" \
        --set "Code=$2" --set "Description=$3"
}
says() { # says CODE NUMBER DESCRIPTION
    filial "$1" object get "Catalog.Валюты:11111111-2222-4333-8444-$(printf %012d "$2")" \
        >out 2>&1
    grep -qF -- "$3" out || {
        complain "$1 does not say \"$3\" of $2:"
        cat out
    }
}
sync() { for code in "$@"; do must filial "$code" sync now --timeout 30s; done; }
equal() { # equal CODE...
    local hashes
    hashes=$(for code in "$@"; do filial "$code" status --hash; done | sort -u)
    [ "$(wc -l <<<"$hashes")" = 1 ] || complain "$* differ"
}

# --- three levels ---
for code in C M A B; do make $code "$quiet"; done
join M C
join A M
join B C
put A 1 one
put C 2 two
sync A M B A
equal C M A B
must filial C plan rule Catalog.Валюты --collision child
sync M A
must filial A plan show
grep -q "child" out || complain "the rule of the root did not reach the leaf"
refuse "governed by the parent" filial A plan set --collision hand

# --- a side plan between branches ---
must filial A plan create Рядом Catalog.Валюты
join B A --plan Рядом
must filial B sync now --timeout 30s
must filial B plan list
grep -q "Рядом" out || complain "the side plan did not reach the other node"
put A 3 three
must filial B sync now --timeout 30s
says B 3 three
# A round may go on where the other side has ended it: no line, so that neither hears of
# the other's before it has written its own.
stop A
put A 4 of-A
put B 4 of-B
start A
must filial B sync now --timeout 30s
must filial B sync now --timeout 30s
says A 4 "$(filial B object get Catalog.Валюты:11111111-2222-4333-8444-000000000004 |
    grep -o 'of-[AB]')"
[ "$(filial A collision list --open --json | grep -c '"id"')" -ge 1 ] ||
    [ "$(filial B collision list --open --json | grep -c '"id"')" -ge 1 ] ||
    complain "a collision between equal nodes is open"
refuse "by another node" filial B plan set --plan Рядом --collision hand
refuse "goes on" filial C node remove B
must filial B node leave A
must filial A node revoke B
must filial A node remove B

# --- a branch moves under another parent of the tree ---
sync A M B
equal C M B
stop M
put A 5 "not sent"
refuse "has not confirmed" filial A node leave M
start M
must filial A sync now --timeout 30s
must filial A node leave M
must filial M node revoke A
must filial M sync now --timeout 30s
join A C
before=$(filial C collision list --json | grep -c '"id"')
sync A
put A 6 six
sync A B M
equal C A B M
says M 6 six
[ "$(filial C collision list --json | grep -c '"id"')" = "$before" ] ||
    complain "moving a branch made collisions"
must filial M node remove A

# --- a child becomes the parent ---
sync B A
must filial C node role B parent
refuse "hold" filial B sync now
must filial B node role C child
put C 7 of-C
put B 7 of-B
must filial B plan set --collision parent
must filial B plan rule Catalog.Валюты --collision plan
for _ in 1 2 3 4 5; do filial B sync now --timeout 20s >out 2>&1 && break; done
sync B B
sync A M
equal B C A M
refuse "governed by the parent" filial C plan set --collision hand

if [ "$failures" -gt 0 ]; then
    tail -n 20 ./*.log
    exit 1
fi
