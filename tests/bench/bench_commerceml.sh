#!/usr/bin/env bash
# CommerceML: a million goods with 20 stores written, requests served, a change of 100 prices
set -euo pipefail
. "$root/tests/bench/lib.sh"

# --- the format: time and memory, which must not grow with the number of goods ---
mkdir "$scratch/files"
times=() plain=() peaks=() cpus=()
for _ in $(seq "${FILIAL_BENCH_RUNS:-3}"); do
    read -r took peak megabytes ceiling cpu <<<"$("$bin/bench_commerceml" "$scratch/files" 1000000)"
    cpus+=("$cpu") times+=("$took") plain+=("$ceiling") peaks+=("$peak")
done
report commerceml.catalog_1m_s s "${times[@]}"
report commerceml.catalog_1m_cpu_s s "${cpus[@]}"
report commerceml.catalog_1m_s.ceiling s "${plain[@]}"
report commerceml.catalog_1m_mb MB "$megabytes"
report commerceml.peak_mib MiB "${peaks[@]}"
report commerceml.peak_mib_of_a_tenth MiB "$("$bin/bench_commerceml" "$scratch/files" 100000 | cut -d' ' -f2)"

# --- two nodes: one is 1C, one is the site ---
for node in acc crm; do
    "$bin/filial" init "$scratch/$node" --code "$node" --allow-any-file-system \
        --configuration "$root/deploy/demo/configuration" >&2
    printf 'endpoint = tcp://127.0.0.1:*\nenrolment_endpoint = tcp://127.0.0.1:*\nhttp_endpoint = 127.0.0.1:*\n' \
        >>"$scratch/$node/node.conf"
done
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait 2>/dev/null || true' EXIT
for node in acc crm; do
    "$bin/filiald" --node "$scratch/$node" 2>"$scratch/$node.log" &
    pids+=($!)
    for _ in $(seq 200); do
        [ -S "$scratch/$node/control.sock" ] && break
        sleep 0.05
    done
done
echo secret >"$scratch/password"
map=$root/deploy/mappings/commerceml/demo.map
url=$(sed -n 3p "$scratch/crm/endpoint")/bitrix/admin/1c_exchange.php
crm=("$bin/filial" --node "$scratch/crm")
acc=("$bin/filial" --node "$scratch/acc")
"${crm[@]}" endpoint add --node acc --format commerceml --mapping "$map" --serve --user exchange \
    --password-file "$scratch/password" >&2
"${acc[@]}" endpoint add --node crm --format commerceml --mapping "$map" --url "$url" --user exchange \
    --password-file "$scratch/password" --poll 24h >&2

prices() {
    python3 - "$1" "$2" <<'END'
import json, sys
for n in range(int(sys.argv[1])):
    goods = f"Catalog.Номенклатура:33333333-3333-4333-8333-{n:012x}"
    if sys.argv[2] == "10":
        print(json.dumps({"put": goods, "set": {"Description": f"Товар {n}"}}, ensure_ascii=False))
    print(json.dumps({"put": "InformationRegister.ЦеныНоменклатуры", "filter": {"Номенклатура": goods},
                      "records": [{"Period": "2026-11-01T00:00:00", "Цена": sys.argv[2]}]}, ensure_ascii=False))
END
}
goods=15000 # one transaction holds 32,768 objects
prices $goods 10 | "${acc[@]}" batch >&2
begin=$(now)
"${acc[@]}" endpoint poll crm --full >/dev/null
report commerceml.goods_over_http_per_s goods/s "$(rate $goods "$begin" "$(now)")"

# What goes over the line for 100 prices: both directions, headers too.
prices 100 20 | "${acc[@]}" batch >&2
sent=$(awk '$1 == "lo:" {print $2}' /proc/net/dev)
"${acc[@]}" endpoint poll crm >"$scratch/poll"
received=$(awk '$1 == "lo:" {print $2}' /proc/net/dev)
body=$("${acc[@]}" endpoint show crm --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["sent_bytes"])')
report commerceml.prices_100_kb KB "$(awk -v n="$body" 'BEGIN {printf "%.1f\n", n / 1000}')"
echo "   on loopback in that time, whoever sent it: $(((received - sent) / 1000)) KB" >&2

# Requests of a session, one thread of the node.
curl -s -u exchange:secret "$url?type=sale&mode=checkauth" >"$scratch/auth"
cookie=$(sed -n 3p "$scratch/auth")
basic=$(printf 'exchange:secret' | base64)
requests=()
for _ in 1 2 3; do
    wrk -t1 -c2 -d3s -H "Authorization: Basic $basic" -H "Cookie: filial_site=$cookie" \
        "$url?type=sale&mode=init" >"$scratch/wrk"
    requests+=("$(awk '/^Requests\/sec/ {printf "%.0f\n", $2}' "$scratch/wrk")")
done
report commerceml.server_requests_per_s requests/s "${requests[@]}"
head -c 200000 /dev/zero >"$scratch/piece"
printf 'wrk.method = "POST"\nlocal f = io.open("%s", "rb")\nwrk.body = f:read("*a")\n' "$scratch/piece" >"$scratch/post.lua"
wrk -t1 -c1 -d3s -s "$scratch/post.lua" -H "Authorization: Basic $basic" -H "Cookie: filial_site=$cookie" \
    "$url?type=catalog&mode=file&filename=import0_1.xml" >"$scratch/wrk"
report commerceml.pieces_200_kb_per_s pieces/s "$(awk '/^Requests\/sec/ {printf "%.0f\n", $2}' "$scratch/wrk")"

# A catalogue out of a node's store, in full, to a site that only keeps what comes.
whole=${FILIAL_BENCH_GOODS:-50000}
stock() {
    python3 - "$1" "$2" "$3" <<'END'
import sys
first, last, stores = int(sys.argv[1]), int(sys.argv[2]), 20
goods = lambda n: f"Catalog.Номенклатура:33333333-3333-4333-8334-{n:012x}"
store = lambda n: f"Catalog.Склады:22222222-2222-4222-8222-{n:012x}"
if sys.argv[3] == "goods":
    for n in range(first, last):
        print(f'{{"put":"{goods(n)}","set":{{"Description":"Товар {n}","Артикул":"А-{n}"}}}}')
        print(f'{{"put":"InformationRegister.ЦеныНоменклатуры","filter":{{"Номенклатура":"{goods(n)}"}},'
              f'"records":[{{"Period":"2026-11-01T00:00:00","Цена":"{n % 10000}.5"}}]}}')
for n in range(first, last, 100) if sys.argv[3] == "stock" else ():
    rows = ",".join(f'{{"Period":"2026-11-01T00:00:00","RecordType":"Receipt","Active":true,"Номенклатура":"{goods(n + i)}",'
                    f'"Склад":"{store(k)}","Количество":"{i * k % 97 + 1}"}}' for i in range(100) for k in range(stores))
    print('{"put":"AccumulationRegister.ТоварыНаСкладах","filter":{"Recorder":'
          f'"Document.ПоступлениеТоваровУслуг:55555555-5555-4555-8555-{n:012x}"}},"records":[{rows}]}}')
END
}
for from in $(seq 0 10000 $((whole - 1))); do
    stock "$from" $((from + 10000 < whole ? from + 10000 : whole)) goods | "${acc[@]}" batch >&2
done
for from in $(seq 0 4000 $((whole - 1))); do
    stock "$from" $((from + 4000 < whole ? from + 4000 : whole)) stock | "${acc[@]}" batch >&2
done
python3 "$root/tests/harness/site_server.py" "$scratch/shop" --limit 8000000 >"$scratch/shop.port" &
pids+=($!)
for _ in $(seq 200); do [ -s "$scratch/shop.port" ] && break; sleep 0.05; done
"${acc[@]}" endpoint add --node shop --format commerceml --mapping "$map" --user exchange --poll 24h \
    --url "http://127.0.0.1:$(cat "$scratch/shop.port")/1c_exchange.php" --password-file "$scratch/password" >&2
before=$(awk '{print $14 + $15}' "/proc/${pids[0]}/stat")
begin=$(now)
"${acc[@]}" endpoint poll shop --full >"$scratch/poll" &
poll=$! peak=0
python3 - "$(sed -n 3p "$scratch/acc/endpoint")" "$poll" >"$scratch/health" <<'END' &
import http.client, os, sys, time, urllib.parse
address = urllib.parse.urlsplit(sys.argv[1])
took = []
while os.path.exists(f"/proc/{sys.argv[2]}") and open(f"/proc/{sys.argv[2]}/stat").read().split()[2] != "Z":
    begin = time.monotonic()
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request("GET", "/health")
    connection.getresponse().read()
    connection.close()
    took.append((time.monotonic() - begin) * 1000)
    time.sleep(0.02)
took.sort()
print(f"{took[-1]:.0f} {took[len(took) * 99 // 100]:.0f}")
END
health=$!
while kill -0 $poll 2>/dev/null; do
    peak=$(awk -v a="$peak" -v b="$(heap_mib "${pids[0]}")" 'BEGIN {print (a > b ? a : b)}')
    sleep 0.1
done
wait $health
read -r slowest most <"$scratch/health"
report commerceml.health_ms_max ms "$slowest"
report commerceml.health_ms_p99 ms "$most"
whole=$((whole + goods)) # those from above go as well
report commerceml.node_goods_per_s goods/s "$(rate "$whole" "$begin" "$(now)")"
report commerceml.node_cpu_s_of_1m s "$(awk -v a="$before" -v b="$(awk '{print $14 + $15}' "/proc/${pids[0]}/stat")" \
    -v hz="$(getconf CLK_TCK)" -v n="$whole" 'BEGIN {printf "%.1f\n", (b - a) / hz * 1000000 / n}')"
report commerceml.node_peak_mib MiB "$peak"
