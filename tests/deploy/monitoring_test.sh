#!/usr/bin/env bash
# Alert rules parse, each has its page in the runbook; they and the dashboard name only
# metrics that filiald gives. monitoring_test.sh BUILD SOURCE
set -uo pipefail
source=$2
rules=$source/deploy/monitoring/alerts.yml
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
# What is announced for later releases of a module is listed here.
announced="filial_window_open filial_window_overload filial_peer_key_age_seconds
    filial_handshakes_total filial_peer_clock_offset_seconds filial_peer_sent_objects_total
    filial_peer_received_objects_total"
given=$(grep -rho 'filial_[a-z_]*' "$source/node" --include=*.c --include=*.h | sort -u)
for name in $(grep -ho 'filial_[a-z_]*' "$rules" "$dashboard" | sort -u); do
    grep -qx "$name" <<<"$given" || grep -qw -- "$name" <<<"$announced" ||
        complain "no filiald gives $name"
done
if command -v promtool >/dev/null; then
    promtool check rules "$rules" || complain "promtool refuses the rules"
else
    echo "promtool is not here: the rules were not given to it"
fi
exit $((failures > 0))
