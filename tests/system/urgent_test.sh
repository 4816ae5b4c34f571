#!/usr/bin/env bash
# An urgent synchronisation of a branch with every window closed: what its base has laid
# ready goes up, and what came down lies ready for the base.
# urgent_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
mapping=$here/../../deploy/mappings/commerceml/demo.map
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
. "$here/../harness/quiet.sh"
unset http_proxy https_proxy

put() { must filial "$1" object put Catalog.Валюты --set "Code=$2" --set "Description=$3"; }

# The base, played by a node that writes packages as one.
create base БП --parent none
must filial base node add A --format v8msg
put base 643 "из базы"
mkdir files
must filial base export --to A --all --directory files

make centre
make A "$quiet"
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

# A site that lets in and says nothing does not keep the parent waiting for its end.
python3 -c 'import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
taken = []
while True:
    taken.append(server.accept())' >port &
pids[silent]=$!
for _ in $(seq 200); do [ -s port ] && break; sleep 0.05; done
echo secret >password
must filial A endpoint add --node shop --format commerceml --poll 2h --user exchange \
    --mapping "$mapping" --url "http://127.0.0.1:$(cat port)/1c_exchange.php" --password-file password
put A 978 "из филиала"
filial A sync now --urgent --timeout 600s >urgent 2>&1 &
urgent=$!
for _ in $(seq 600); do
    filial centre object list Catalog.Валюты | grep "из филиала" >/dev/null && break
    sleep 0.1
done
filial centre object list Catalog.Валюты >out
grep -qF "из филиала" out || complain "a silent site keeps the parent from what is urgent"
filial A endpoint show shop >out
grep -qF trouble out && { complain "the parent was called only behind the silent site"; cat out; }
kill -KILL "${pids[silent]}"
unset "pids[silent]"
wait "$urgent" && complain "who was silent is not told"
grep -qF shop urgent || { complain "who was silent is not named"; cat urgent; }

for code in "${!pids[@]}"; do stop "$code"; done
exit "$failures"
