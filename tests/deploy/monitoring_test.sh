#!/usr/bin/env bash
# Alert rules parse, each fires in a test and has its page in the runbook; they and the
# dashboard name only metrics that filiald gives. monitoring_test.sh BUILD SOURCE
set -uo pipefail
build=$1
source=$2
rules=$source/deploy/monitoring/alerts.yml
tests=$source/tests/deploy/alerts_test.yml
dashboard=$source/deploy/monitoring/grafana.json
failures=0
complain() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
python3 -m json.tool "$dashboard" >/dev/null || complain "the dashboard is no JSON"
# GitHub's anchors: lower case, letters, digits, blanks as dashes.
anchors=$(sed -n 's/^#\{1,3\} //p' "$source/deploy/RUNBOOK.md" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-')
count=0
while read -r anchor; do
    count=$((count + 1))
    grep -qx -- "$anchor" <<<"$anchors" || complain "no page #$anchor in the runbook"
done < <(sed -n 's/.*runbook: "RUNBOOK.md#\(.*\)"/\1/p' "$rules")
[ "$count" = "$(grep -c 'alert:' "$rules")" ] || complain "an alert has no page"
given=$(grep -rho 'filial_[a-z_]*' "$source/node" --include=*.c --include=*.h | sort -u)
for name in $(grep -ho 'filial_[a-z_]*' "$rules" "$dashboard" | sort -u); do
    grep -qx "$name" <<<"$given" || complain "no filiald gives $name"
done
for alert in $(sed -n 's/.*- alert: //p' "$rules"); do
    grep -A 3 "alertname: $alert\$" "$tests" | grep exp_alerts: >/dev/null ||
        complain "no test sees $alert fire"
done
# Without the package (it would start a server) promtool is taken out of it, once.
promtool=$(command -v promtool || echo "$build/prometheus/usr/bin/promtool")
if [ ! -x "$promtool" ]; then
    mkdir -p "$build/prometheus"
    (cd "$build/prometheus" && apt-get download prometheus && dpkg-deb -x prometheus_*.deb .) >/dev/null 2>&1
    rm -f "$build"/prometheus/*.deb
fi
if [ -x "$promtool" ]; then
    "$promtool" check rules "$rules" || complain "promtool refuses the rules"
    "$promtool" test rules "$tests" || complain "an alert does not do what its test says"
else
    echo "promtool of Debian's prometheus is not to be had: the rules were not given to it"
fi
exit $((failures > 0))
