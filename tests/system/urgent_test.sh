#!/usr/bin/env bash
# An urgent synchronisation of a branch with every window closed: what its base has laid
# ready goes up, and what came down lies ready for the base.
# urgent_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"

put() { must filial "$1" object put Catalog.Валюты --set "Code=$2" --set "Description=$3"; }

# The base, played by a node that writes packages as one.
create base БП --parent none
must filial base node add A --format v8msg
put base 643 "из базы"
mkdir files
must filial base export --to A --all --directory files

make centre
make A
must filial A join "$(filial centre invite A --auto-approve)"
must filial A sync now
# Everybody's window and that of the base begin in ten hours.
later=$(($(date +%s) + 36000))
closed=(--rule FREQ=DAILY --from "$(date -u -d "@$later" +%Y-%m-%d)"
    --at "$(date -u -d "@$later" +%H:%M)" --for 1h)
must filial centre window group bases БП
must filial centre window add --name night "${closed[@]}"
must filial centre window add --group bases "${closed[@]}"
must filial A sync now
must filial A endpoint add --node БП --format v8msg --directory "$work/files" --poll 1s
put centre 840 "из центра"

refuse "--urgent" filial A sync now
expect 0 "БП" filial A sync now --urgent --json
grep -q '"done": false' out && { complain "somebody was not synchronised"; cat out; }
filial centre object list Catalog.Валюты >out
grep -qF "из базы" out || complain "what the base has laid ready did not go up"
grep -qF "из центра" files/Message_A_БП.xml || complain "what came down does not lie ready"

for code in "${!pids[@]}"; do stop "$code"; done
exit "$failures"
