#!/usr/bin/env bash
# HTTP of a node by curl: tokens and roles, commands, events, metrics, objects by OData, the
# feed of changes, limits, TLS; every answer is checked against the node's own openapi.json.
# http_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
for tool in curl openssl python3; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
python3 -c 'import jsonschema' 2>/dev/null || { echo "skipped: python3-jsonschema is not installed"; exit 77; }
. "$here/../harness/nodes.sh" "$1" "$2"
unset http_proxy https_proxy
serve() {
    start "$1"
    url=$(sed -n 3p "$1/endpoint")
    operator=$(cat "$1/keys/http-operator.token")
    reader=$(cat "$1/keys/http-reader.token")
}
# Names are percent-encoded, the marks of OData are not.
quoted() {
    local LC_ALL=C text=$1 made='' letter number i
    for ((i = 0; i < ${#text}; i++)); do
        letter=${text:i:1}
        case "$letter" in
        [a-zA-Z0-9._~\(\)=,$/:?\&%\'-]) made+=$letter ;;
        *)
            printf -v number %d "'$letter"
            printf -v letter '%%%02X' $((number & 255))
            made+=$letter
            ;;
        esac
    done
    printf %s "$made"
}
# call STATUS METHOD PATH [CURL_ARGUMENT...]: by the token in $token; the body is in `out`.
mkdir answers
calls=0
call() {
    local wanted=$1 method=$2 path status
    path=$(quoted "$3")
    shift 3
    calls=$((calls + 1))
    status=$(curl -s -g -m 30 -o out -D head -w '%{http_code}' -X "$method" \
        ${token:+-H "Authorization: Bearer $token"} "$@" "$url$path")
    if [ "$status" != "$wanted" ]; then
        complain "$method $path gave $status, wanted $wanted:"
        head -c 600 out
        echo
    fi
    cp head "answers/$calls.head"
    if [ -f out ]; then cp out "answers/$calls.body"; else : >"answers/$calls.body"; fi
    echo "$calls $method $path $status" >>answers/list
}
# has JSON_PATH VALUE: in `out`.
has() {
    local found
    found=$(python3 "$here/http_check.py" get "$1" <out)
    [ "$found" = "$2" ] || { complain "$1 is $found, wanted $2"; head -c 600 out; echo; }
}
shows() {
    grep -qF -- "$1" out || { complain "no \"$1\" in:"; head -c 600 out; echo; }
}

create c ЦО --parent none
cat >>c/node.conf <<END
endpoint = tcp://127.0.0.1:*
enrolment_endpoint = tcp://127.0.0.1:*
http_endpoint = 127.0.0.1:*
http_body = 64KiB
http_directory = $work/page
END
mkdir page
echo '<!doctype html><title>Filial</title>' >page/index.html
echo secret >outside.txt
ln -s ../outside.txt page/link.txt
serve c
[ "$(filial c http token)" = "$operator" ] || complain "http token"
[ "$(filial c http token --reader)" = "$reader" ] || complain "http token --reader"
[ "$(stat -c %a c/keys/http-operator.token)" = 600 ] || complain "others may read the token"
curl -s -H "Authorization: Bearer $reader" "$url/openapi.json" -o openapi
python3 "$here/http_check.py" document openapi || complain "openapi.json does not hold"

# --- who may ask ---
token=
call 200 GET /health
call 200 GET /ready
call 200 GET /
shows Filial
call 401 GET /metrics
call 401 GET /odata/standard.odata/
call 401 GET /api/overview -H 'Authorization: Bearer 0123'
call 404 GET /nothing
call 404 GET /../outside.txt --path-as-is
call 404 GET /link.txt
call 405 POST /health
token=$reader
call 200 GET /metrics
shows 'filial_peer_lag_changes'
shows 'filial_http_requests_total{area="health",code="2xx"} 2'
python3 "$here/http_check.py" metrics out || complain "/metrics is not Prometheus' text"
call 403 POST '/odata/standard.odata/Catalog_Валюты' -d '{}'
call 403 POST /api/command -d '{"arguments":["invite","Ф01"]}'
call 403 POST /api/command -d '{"arguments":["http","token"]}'
call 403 POST /api/command -d '{"arguments":["report","--query","/etc/passwd","--sql"]}'
call 403 POST /api/command -d '{"arguments":["report","stock","--file","/tmp/x.csv"]}'
# Files of the node's machine are nobody's who only looks, read or written.
looking() { call 403 POST /api/command -d "{\"arguments\":[$1]}"; }
looking "\"key\",\"statement\",\"$work/c/keys/signing.key\""
looking "\"mapping\",\"from-rules\",\"/etc/passwd\",\"$work/made\""
looking '"mapping","check","/etc/passwd"'
looking '"mapping","try","/etc/passwd"'
looking '"invoice","list","--map","/etc/passwd"'
looking '"configuration","diff","/etc","/etc"'
looking "\"init\",\"$work/made\",\"--code\",\"X\""
looking '"reload"'
[ -e made ] && complain "who only looks has made a file"
call 200 POST /api/command -d '{"arguments":["status"]}'
has result.code ЦО
token=
call 401 POST /api/session -d '{"token":"no"}'
call 200 POST /api/session -d "{\"token\":\"$operator\"}" -c jar
has role operator
call 200 GET /api/session -b jar
call 403 POST /api/command -b jar -d '{"arguments":["status"]}'
call 200 POST /api/command -b jar -H 'X-Filial: 1' -d '{"arguments":["status"]}'
grep -q 'HttpOnly' jar || complain "the cookie is not HttpOnly"

# --- commands and events ---
token=$operator
call 200 GET /api/events
next=$(python3 "$here/http_check.py" get next <out)
curl -s -m 30 -H "Authorization: Bearer $token" "$url/api/events?from=$next&wait=20" -o news &
poll=$!
call 200 POST /api/command -d '{"arguments":["invite","Ф01"]}'
wait "$poll"
cp news out
shows '"event":"enrolment.invited","fields":{"code":"Ф01"'
call 400 POST /api/command -d '{"arguments":["nonsense"]}' -H 'Accept-Language: ru'
shows 'команды'
call 400 POST /api/command -d '{"arguments":[]}'
call 400 POST /api/command -d '{"arguments":'
call 200 POST /api/command -d '{"arguments":["collision","show","77"]}'
has exit 1
call 400 GET '/api/events?from=x'
call 200 GET '/api/events?from=1&wait=1' -H 'Accept: text/event-stream'
shows 'event: daemon.started'
call 200 GET /api/overview
has node.code ЦО

# --- objects ---
S=/odata/standard.odata
id=11111111-2222-3333-4444-555555555555
call 200 GET "$S/"
call 200 GET "$S/\$metadata"
if command -v xmllint >/dev/null; then xmllint --noout out || complain "\$metadata is no XML"; fi
call 201 POST "$S/Catalog_Контрагенты" -d "{\"Ref_Key\":\"$id\",\"Code\":\"001\",\"Description\":\"Ромашка\",
    \"СуммаКредита\":1000.55,\"ЮрФизЛицо\":\"ЮридическоеЛицо\",\"КонтактнаяИнформация\":[{\"Вид\":\"Телефон\"}]}"
has Ref_Key "$id"
grep -q "^Location: .*/Catalog_%D0%9A.*(guid'$id')" head || complain "no Location of the new object"
version=$(python3 "$here/http_check.py" get DataVersion <out)
call 409 POST "$S/Catalog_Контрагенты" -d "{\"Ref_Key\":\"$id\"}"
call 200 GET "$S/Catalog_Контрагенты(guid'$id')?\$format=json"
has СуммаКредита 1000.55
has КонтактнаяИнформация.0.LineNumber 1
has КонтактнаяИнформация.0.Ref_Key "$id"
call 200 PATCH "$S/Catalog_Контрагенты(guid'$id')" -H "If-Match: \"$version\"" -d '{"Description":"Лютик"}'
has Code 001
call 412 PATCH "$S/Catalog_Контрагенты(guid'$id')" -H "If-Match: \"$version\"" -d '{"Description":"Нет"}'
call 200 PUT "$S/Catalog_Контрагенты(guid'$id')" -d '{"Code":"002","Description":"Лютик"}'
has СуммаКредита 0
has КонтактнаяИнформация '[]'
call 400 PATCH "$S/Catalog_Контрагенты(guid'$id')" -d '{"Descripton":"x"}'
shows 'Description'
call 400 PATCH "$S/Catalog_Контрагенты(guid'$id')" -d '{"СуммаКредита":"много"}'
call 404 PATCH "$S/Catalog_Контрагенты(guid'21111111-2222-3333-4444-555555555555')" -d '{"Code":"3"}'
call 404 GET "$S/Catalog_Контрагент"
shows 'Catalog_Контрагенты'
call 400 GET "$S/Catalog_Контрагенты(guid'1')"
call 413 POST "$S/Catalog_Контрагенты" -H 'Expect:' -d @<(head -c 100000 /dev/zero | tr '\0' ' ')
call 400 POST "$S/Catalog_Контрагенты" -d '[]'

# 2,500 objects in batches of 250: pages, order, filters.
for part in $(seq 0 9); do
    python3 "$here/http_check.py" batch "$part" 250 >batch
    call 200 POST "$S/\$batch" -H 'Content-Type: application/json' -d @batch
done
call 200 GET "$S/Catalog_Номенклатура/\$count"
[ "$(cat out)" = 2500 ] || complain "\$count is $(cat out)"
python3 "$here/http_check.py" pages "$url$(quoted "$S/Catalog_Номенклатура")" "$token" 2500 ||
    complain "pages are not the whole set"
call 200 GET "$S/Catalog_Номенклатура?\$filter=Code%20gt%20'002490'&\$orderby=Description%20desc&\$top=3&\$skip=1&\$inlinecount=allpages&\$select=Code"
has odata.count 10
has value '[{"Code":"002499"},{"Code":"002498"},{"Code":"002497"}]'
call 200 GET "$S/Catalog_Номенклатура?\$filter=Ref_Key%20eq%20guid'$id'"
has value '[]'
call 400 GET "$S/Catalog_Номенклатура?\$filter=Code%20eq"
call 400 GET "$S/Catalog_Номенклатура?\$filter=Nothing%20eq%201"
call 400 GET "$S/Catalog_Номенклатура?\$top=много"
call 413 GET "$S/Catalog_Номенклатура?\$orderby=Code&\$skip=20000"
call 501 GET "$S/Catalog_Номенклатура?\$expand=Parent"
call 501 GET "$S/Catalog_Номенклатура?\$format=atom"

# A batch that fails in its last part has written nothing.
call 404 POST "$S/\$batch" -d "{\"requests\":[{\"id\":\"a\",\"method\":\"POST\",\"url\":\"Catalog_Валюты\",\"body\":{\"Code\":\"840\"}},
    {\"id\":\"б\",\"method\":\"DELETE\",\"url\":\"Catalog_Валюты(guid'$id')\"}]}"
shows 'request \"б\", nothing was written'
call 200 GET "$S/Catalog_Валюты/\$count"
[ "$(cat out)" = 0 ] || complain "half a batch was written"
call 415 POST "$S/\$batch" -H 'Content-Type: multipart/mixed; boundary=x' -d x

# Registers and constants.
rate="$S/InformationRegister_КурсыВалют(Period=datetime'2026-01-01T00:00:00',Валюта_Key=guid'$id')"
call 201 POST "$S/InformationRegister_КурсыВалют" -d "{\"Period\":\"2026-01-01T00:00:00\",\"Валюта_Key\":\"$id\",\"Курс\":90.5,\"Кратность\":1}"
call 200 PATCH "$rate" -d '{"Курс":91.25}'
has Кратность 1
call 200 GET "$S/InformationRegister_КурсыВалют?\$filter=Курс%20gt%2091"
has value.0.Курс 91.25
goods="$S/AccumulationRegister_ТоварыНаСкладах"
call 201 POST "$goods" -d "{\"Recorder\":\"$id\",\"Recorder_Type\":\"StandardODATA.Document_ПоступлениеТоваровУслуг\",
    \"RecordSet\":[{\"Period\":\"2026-01-01T00:00:00\",\"RecordType\":\"Receipt\",\"Количество\":5}]}"
call 200 GET "$goods(Recorder=cast(guid'$id','Document_ПоступлениеТоваровУслуг'))"
has RecordSet.0.Количество 5
call 200 GET "$S/Constant_ЗаголовокСистемы"
call 200 PATCH "$S/Constant_ЗаголовокСистемы" -d '{"Value":"Наша"}'
has Value Наша

# --- the feed ---
call 200 GET '/api/changes?limit=1'
has more true
stream=$(python3 "$here/http_check.py" get stream <out)
call 200 GET "/api/changes?sets=Constant_ЗаголовокСистемы"
has changes.0.values.0.Value Наша
next=$(python3 "$here/http_check.py" get next <out)
curl -s -m 30 -H "Authorization: Bearer $token" "$url/api/changes?from=$next&stream=$stream&wait=20" -o news &
poll=$!
call 204 DELETE "$rate"
wait "$poll"
cp news out
has changes.0.deleted true
has changes.0.key.Валюта_Key "$id"
call 410 GET "/api/changes?from=$next&stream=$id"
call 410 GET "/api/changes?from=99999999"
call 204 DELETE "$S/Catalog_Контрагенты(guid'$id')"
call 404 GET "$S/Catalog_Контрагенты(guid'$id')"

# What was written is there after a kill, and in the store as the commands see it.
kill -KILL "${pids[c]}"
wait "${pids[c]}" 2>/dev/null
serve c
token=$reader
call 200 GET "$S/Catalog_Номенклатура/\$count"
[ "$(cat out)" = 2500 ] || complain "after a kill $(cat out) objects are there"
stop c

# --- TLS ---
set_option c http_endpoint '0.0.0.0:*'
start_refused c 'without TLS tokens could be read'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=IP:127.0.0.1' -keyout key.pem -out certificate.pem 2>/dev/null
set_option c http_certificate "$work/certificate.pem"
start_refused c 'http_key is missing'
chmod 644 key.pem
set_option c http_key "$work/key.pem"
start_refused c 'chmod 600'
chmod 600 key.pem
serve c
url=${url/0.0.0.0/127.0.0.1}
[[ "$url" == https://* ]] || complain "$url is not https"
call 200 GET /metrics --cacert certificate.pem
shows 'filial_key_expires_seconds{key="tls"}'
curl -s -m 5 "${url/https/http}/health" -o out && complain "plain HTTP was answered beside TLS"
stop c

python3 "$here/http_check.py" check openapi answers || complain "answers are not as openapi.json says"
[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
