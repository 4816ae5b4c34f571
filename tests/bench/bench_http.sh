#!/usr/bin/env bash
# HTTP: requests, objects and durable changes a second, beside a bare libmicrohttpd
set -euo pipefail
. "$root/tests/bench/lib.sh"

seconds=${FILIAL_BENCH_HTTP_SECONDS:-3}
connections=16
node=$scratch/http
"$bin/filial" init "$node" --code Л01 --configuration "$root/deploy/demo/configuration" \
    --allow-any-file-system >&2
echo "http_endpoint = 127.0.0.1:*" >>"$node/node.conf"
"$bin/bench_fill" "$node" 0 100000 100 1 1 time >&2
"$bin/filiald" --node "$node" 2>"$scratch/http.log" &
daemon=$!
trap 'kill $daemon 2>/dev/null; wait $daemon 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    [ -S "$node/control.sock" ] && break
    sleep 0.05
done
url=$(sed -n 3p "$node/endpoint")
token=$("$bin/filial" --node "$node" http token)
set=$url/odata/standard.odata/Catalog_$(python3 -c 'import urllib.parse; print(urllib.parse.quote("Номенклатура"))')

# fetch URL FILE
fetch() { curl -sfg -H "Authorization: Bearer $token" "$1" -o "$2"; }
fetch "$set?\$top=1" "$scratch/first"
ref=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["value"][0]["Ref_Key"])' "$scratch/first")
fetch "$set(guid'$ref')" "$scratch/one"
fetch "$set?\$top=100" "$scratch/page"
python3 - "$scratch" <<'END'
import json, sys
one = {"Description": "Чайник", "НаименованиеПолное": "слово " * 40}
lua = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[%s]==]\n'
open(sys.argv[1] + "/post.lua", "w").write(lua % json.dumps(one, ensure_ascii=False))
batch = {"requests": [{"id": str(n), "method": "POST", "url": "Catalog_Номенклатура", "body": one} for n in range(250)]}
open(sys.argv[1] + "/batch.lua", "w").write(lua % json.dumps(batch, ensure_ascii=False))
END

# speed TIMES URL [WRK_ARGUMENT...]: requests a second, times so many.
speed() {
    local times=$1 target=$2
    shift 2
    wrk -t1 -c"$connections" -d"${seconds}s" -H "Authorization: Bearer $token" "$@" "$target" >"$scratch/wrk"
    if grep -q 'Non-2xx' "$scratch/wrk"; then
        cat "$scratch/wrk" >&2
        exit 1
    fi
    awk -v times="$times" '/^Requests\/sec/ {printf "%.0f\n", $2 * times}' "$scratch/wrk"
}
# of NAME UNIT TIMES URL [WRK_ARGUMENT...]
of() {
    local name=$1 unit=$2 values=()
    shift 2
    for _ in $(seq "$runs"); do values+=("$(speed "$@")"); done
    report "$name" "$unit" "${values[@]}"
}
# ceiling NAME UNIT TIMES FILE [WRK_ARGUMENT...]: the same answer by libmicrohttpd alone.
ceiling() {
    local name=$1 unit=$2 times=$3 file=$4 bare
    shift 4
    coproc BARE { "$bin/bench_http" "$file"; }
    read -r bare <&"${BARE[0]}"
    of "$name.ceiling" "$unit" "$times" "$bare/" "$@"
    eval "exec ${BARE[1]}>&-"
    wait "$BARE_PID" || true
}

of http.objects_read_per_s requests/s 1 "$set(guid'$ref')"
ceiling http.objects_read_per_s requests/s 1 "$scratch/one"
of http.objects_read_by_page_per_s objects/s 100 "$set?\$top=100"
ceiling http.objects_read_by_page_per_s objects/s 100 "$scratch/page"
connections=1
of http.filtered_objects_per_s objects/s 66667 "$set?\$filter=Code%20eq%20'none'"
connections=16
of http.objects_written_per_s objects/s 1 "$set" -s "$scratch/post.lua"
ceiling http.objects_written_per_s objects/s 1 "$scratch/one" -s "$scratch/post.lua"
of http.objects_written_by_batch_per_s objects/s 250 \
    "$url/odata/standard.odata/\$batch" -s "$scratch/batch.lua"
of http.metrics_per_s requests/s 1 "$url/metrics"
printf 'http.heap %s MiB\n' "$(heap_mib $daemon)"
