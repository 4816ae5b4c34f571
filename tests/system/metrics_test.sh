#!/usr/bin/env bash
# A centre with branches, a base and a mirror beside it and TLS gives every series that an
# alert or a panel of the dashboard selects; and children beyond rounds_max are served one
# after the other.
# metrics_test.sh BIN_DIRECTORY DEMO_CONFIGURATION MONITORING_DIRECTORY HARNESS_DIRECTORY
monitoring=$(realpath "$3")
harness=$(realpath "$4")
for tool in curl openssl python3; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 \
    -subj /CN=localhost -addext 'subjectAltName=IP:127.0.0.1' >/dev/null 2>&1
chmod 600 key.pem
make ЦО 'http_endpoint = 127.0.0.1:*' "http_certificate = $work/certificate.pem" \
    "http_key = $work/key.pem" 'rounds_max = 1'
for code in Ф01 Ф02 Ф03 Ф04; do
    make "$code"
    must filial ЦО invite "$code"
    must filial "$code" join "$(cat out)"
    must filial ЦО node approve "$code" --yes
done
mkdir exchange
must filial ЦО endpoint add --node БП --format v8msg --directory exchange --poll 2h
must filial ЦО endpoint add --node SQL --format sql --url "sqlite:$work/mirror.db"
token=$(filial ЦО http token)
url=$(sed -n 3p ЦО/endpoint)
metrics() {
    curl -s -m 30 --cacert certificate.pem -H "Authorization: Bearer $token" "$url/metrics" \
        >metrics || complain "no metrics"
}
# value NAME: of a metric as it stands there, with its labels.
value() { awk -v name="$1" '$1 == name {print $2}' metrics; }

# All at once, each with something to send; one is served at a time.
for code in Ф01 Ф02 Ф03 Ф04; do
    seq 300 | sed "s/.*/{\"put\":\"Catalog.Контрагенты\",\"set\":{\"Description\":\"$code &\"}}/" |
        filial "$code" batch >/dev/null || complain "batch of $code"
done
syncing=()
for code in Ф01 Ф02 Ф03 Ф04; do
    filial "$code" sync now --timeout 120s >"$code.sync" 2>&1 &
    syncing+=($!)
done
for pid in "${syncing[@]}"; do
    wait "$pid" || complain "a branch was not served: $(cat ./*.sync)"
done
[ "$(filial ЦО status --counts | sed -n 's/^total //p')" -ge 1200 ] ||
    complain "the centre has not got everything"
metrics
[ "$(value filial_rounds_max)" = 1 ] || complain "rounds_max is not shown"
[ "$(value 'filial_handshakes_total{result="accepted"}')" -ge 4 ] || complain "handshakes"
[ "$(value 'filial_handshakes_total{result="refused"}')" -ge 0 ] || complain "refused handshakes"
[ "$(value 'filial_peer_received_objects_total{code="Ф02",role="child"}')" -ge 300 ] ||
    complain "objects of Ф02: $(grep objects_total metrics)"
grep -q 'filial_peer_sent_objects_total{code="Ф01",role="child"}' metrics || complain "objects sent"
offset=$(value 'filial_peer_clock_offset_seconds{code="Ф03",role="child"}')
awk -v offset="${offset:-99}" 'BEGIN {exit !(offset > -60 && offset < 60)}' ||
    complain "the clock of Ф03 is off by ${offset:-nothing}"
age=$(value 'filial_peer_key_age_seconds{code="Ф04",role="child"}')
awk -v age="${age:--1}" 'BEGIN {exit !(age >= 0 && age < 3600)}' || complain "age of a key: $age"

[ "$(value 'filial_endpoint_poll_seconds{code="БП",format="v8msg"}')" = 7200 ] ||
    complain "the endpoint: $(grep filial_endpoint_ metrics)"
[ "$(grep -c '^filial_endpoint_condition.*} 1$' metrics)" = 1 ] || complain "its condition"

descriptors=$(value process_open_fds)
[ "${descriptors:-0}" -ge 10 ] && [ "$descriptors" -lt "$(value process_max_fds)" ] ||
    complain "descriptors: $(grep _fds metrics)"

# Prometheus itself gives "up"; the rest is here. A state is shown of those who are in it:
# a branch is held for this, which deletes more at once than goes without a question.
must filial ЦО window add --name day --rule FREQ=DAILY --at 00:00 --for 24h
set_option ЦО hold_objects 50
set_option ЦО hold_share 1
must filial ЦО reload
filial Ф01 object list Catalog.Контрагенты --refs --limit 100 | sed 's/.*/{"delete":"&"}/' |
    filial Ф01 batch >/dev/null || complain "deletions at Ф01"
for _ in $(seq 100); do
    filial Ф01 sync now --urgent --timeout 2s >sync.log 2>&1
    metrics
    grep -q '^filial_window_open' metrics && grep -q 'code="Ф01".*state="held"' metrics && break
done
python3 "$harness/series.py" metrics "$monitoring/alerts.yml" "$monitoring/grafana.json" ||
    complain "an alert or a panel asks for what is not there"
echo "postponed: $(value filial_rounds_postponed_total)"
exit "$failures"
