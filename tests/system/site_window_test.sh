#!/usr/bin/env bash
# An exchange with a site keeps to the windows of a group that names it, and no other: what
# is due waits until one opens, or a person asks.
# site_window_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
goods=Catalog.Номенклатура:33333333-3333-4333-8333-33333333333

# utc MINUTES, day MINUTES: the time and the day so many minutes from now.
utc() { date -u -d "@$(($(date +%s) + 60 * $1))" +%H:%M; }
day() { date -u -d "@$(($(date +%s) + 60 * $1))" +%Y-%m-%d; }
files() { find shop/received -type f 2>/dev/null | wc -l; }
put() { must filial acc object put "${goods}$1" --set "Description=Товар $1"; }
# asked: how often the site was asked for orders.
asked() { grep -c "mode=query" shop/log; }

make acc "http_endpoint = 127.0.0.1:*"
metric() {
    curl -s -H "Authorization: Bearer $(filial acc http token --reader)" "$(sed -n 3p acc/endpoint)/metrics"
}
begin_site shop
must filial acc endpoint add --node shop --format commerceml --mapping "$map" --url "$site" \
    --user exchange --password-file password --poll 1s
must filial acc endpoint poll shop
put 1
for _ in $(seq 100); do [ "$(files)" -gt 0 ] && break; sleep 0.1; done
[ "$(files)" -gt 0 ] || complain "without windows nothing goes"
lacks "window" <(filial acc endpoint show shop)

# A closed window of everybody: nodes wait for it, the site does not.
must filial acc window add --name everybody --rule FREQ=DAILY --from "$(day 600)" --at "$(utc 600)" --for 1h
expect 0 "" filial acc endpoint show shop
lacks "window" out
before=$(asked)
for _ in $(seq 100); do [ "$(asked)" -gt "$before" ] && break; sleep 0.1; done
[ "$(asked)" -gt "$before" ] || complain "a window of the nodes keeps the site away"

# Named in a group: it waits, and says for what. What is under way goes on to its end.
must filial acc window group shops shop
must filial acc window add --group shops --rule FREQ=DAILY --from "$(day 600)" --at "$(utc 600)" --for 1h
must filial acc endpoint poll shop # behind what was under way
before=$(files) asked=$(asked)
put 2
sleep 3
is "files outside of the window" "$(files)" "$before"
is "questions outside of the window" "$(asked)" "$asked"
expect 0 '"window_open": false' filial acc endpoint show shop --json
grep -q '"window": "shops"' out || { complain "which window it waits for is not said"; cat out; }
expect 0 'filial_endpoint_window_open{code="shop",format="commerceml"} 0' metric
expect 0 "shop" filial acc window plan --days 2
grep 'shops.*shop' out >/dev/null || { complain "the plan does not name the site"; cat out; }
filial acc window plan --days 2 --for shop >out
lacks "everybody" out
expect 0 '"endpoint_windows"' filial acc status --json
expect 0 "shops" filial acc status

# A person does not wait.
must filial acc endpoint poll shop
[ "$(files)" -gt "$before" ] || complain "what a person asked for did not go"
grep -rqF "Товар 2" shop/received || complain "the product did not go"

# It opens: what waits goes by itself.
before=$(files)
put 3
must filial acc window change shops --from "$(day -5)" --at "$(utc -5)"
for _ in $(seq 100); do [ "$(files)" -gt "$before" ] && break; sleep 0.1; done
grep -rqF "Товар 3" shop/received || complain "nothing went when the window was open"
expect 0 '"window_open": true' filial acc endpoint show shop --json
expect 0 'filial_endpoint_window_open{code="shop",format="commerceml"} 1' metric

# A base that lays files in a directory keeps to its windows as well.
mkdir files
must filial acc endpoint add --node base --format v8msg --directory "$work/files" --poll 1s
must filial acc endpoint poll base
must filial acc window group bases base
must filial acc window add --group bases --rule FREQ=DAILY --from "$(day 600)" --at "$(utc 600)" --for 1h
must filial acc endpoint poll base
must filial acc register "${goods}1" --for base
before=$(cksum files/*)
sleep 3
is "packages outside of the window" "$(cksum files/*)" "$before"
must filial acc window change bases --from "$(day -5)" --at "$(utc -5)"
for _ in $(seq 100); do [ "$(cksum files/*)" != "$before" ] && break; sleep 0.1; done
[ "$(cksum files/*)" != "$before" ] || complain "no package when the window was open"

# An urgent synchronisation does not wait for any of them, and needs no parent for it.
must filial acc window change bases --from "$(day 600)" --at "$(utc 600)"
must filial acc window change shops --from "$(day 600)" --at "$(utc 600)"
must filial acc endpoint add --node books --format sql --url "sqlite:$work/books.db"
must filial acc endpoint poll shop # behind what was under way
must filial acc endpoint poll base
before=$(cksum files/*)
put 4
must filial acc register "${goods}2" --for base
refuse "no parent" filial acc sync now
expect 0 '"code": "shop"' filial acc sync now --urgent --json
grep -q '"done": false' out && { complain "an urgent round was not done"; cat out; }
grep -q '"code": "base"' out && grep -q '"code": "books"' out || { complain "who was asked is not said"; cat out; }
grep -rqF "Товар 4" shop/received || complain "the product did not go to the site"
[ "$(cksum files/*)" != "$before" ] || complain "no package for the base"

# One that cannot be reached is named, and the others have theirs.
kill -KILL "${pids[shop]}"
wait "${pids[shop]}" 2>/dev/null
before=$(cksum files/*)
must filial acc register "${goods}3" --for base
expect 1 "shop" filial acc sync now --urgent
[ "$(cksum files/*)" != "$before" ] || complain "one that is away kept the others"

stop acc
exit "$failures"
