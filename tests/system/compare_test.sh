#!/usr/bin/env bash
# Real daemons compare what they have: equal, on its way, rotten, repaired, refused.
# compare_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$(dirname "$0")/../harness/quiet.sh"

# number KEY: of the JSON in out.
number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" out | head -n 1; }

for code in centre A; do
    "$bin/filial" init $code --code $code --configuration "$configuration" \
        --allow-any-file-system >/dev/null || exit 1
    echo "$quiet" >>$code/node.conf # what waits is to be seen waiting
done
printf 'endpoint = tcp://127.0.0.1:0\nenrolment_endpoint = tcp://127.0.0.1:0\n' >>centre/node.conf
expect 1 "there is no node" filial A compare centre
start centre
expect 0 "centre" filial A join "$(filial centre invite A --auto-approve 2>/dev/null)"
expect 1 "filiald does not run" filial A compare centre
expect 1 "is not connected" filial centre compare A
start A

awk 'BEGIN {
    for (n = 1; n <= 3000; n++)
        printf "{\"put\":\"Catalog.Контрагенты\",\"set\":{\"Description\":\"%d\"}}\n", n
}' | filial A batch >/dev/null || complain "batch"
currency=$(filial A object put Catalog.Валюты --set Code=643 --set Description=unmistaken)
expect 0 "synchronised" filial A sync now
expect 0 "Both nodes have the same objects." filial A compare centre
expect 0 "3001" filial centre compare A
expect 0 "В обоих узлах одни и те же объекты" env LANGUAGE=ru "$bin/filial" --node A compare centre

# --- on its way ---
filial centre object put Catalog.Валюты --set Code=840 --set Description=dollar >/dev/null
expect 0 '"differences": 0' filial A compare centre --json
[ "$(number on_way)" = 1 ] || complain "what waits to be sent is not on its way"

# --- rotten, found and repaired ---
expect 0 "synchronised" filial A sync now
stop A
LC_ALL=C sed -i s/unmistaken/unmistakem/ A/store/data.mdb
start A
expect 0 "synchronised" filial A sync now
expect 1 "damaged there" filial centre compare A
grep -qF "$currency" out || complain "the object is not named"
expect 1 '"difference": "damaged here"' filial A compare centre --json
expect 0 "registered there" filial A compare centre --repair --type Catalog.Валюты
expect 0 "synchronised" filial A sync now
expect 0 "differences        0" filial A compare centre
expect 0 "unmistaken" filial A object get "$currency"
expect 0 "" filial centre compare A --repair

# --- refused ---
expect 2 "Catalog.Валюты" filial A compare centre --type Catalog.Валют
expect 1 "there is no node" filial A compare B
expect 0 "" filial A node add БП01 --format v8msg
expect 1 "is a 1C base" filial A compare БП01
expect 2 "too few arguments" filial A compare
stop centre
for _ in $(seq 200); do
    filial A compare centre >out 2>&1
    grep -qE "is not connected|was lost" out && break
    sleep 0.05
done
grep -qE "is not connected|was lost" out || complain "a centre that is away was compared with"

[ "$failures" = 0 ] && echo "comparisons behave"
exit $((failures > 0))
