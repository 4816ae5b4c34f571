#!/usr/bin/env bash
# The units are hardened: systemd gives each an exposure below 2.0, and finds no mistake.
# unit_test.sh BUILD SOURCE
set -uo pipefail
source=$2
command -v systemd-analyze >/dev/null || { echo "SKIP: there is no systemd-analyze"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
cp "$source/deploy/systemd/filiald.service" "$work/filiald.service"
cp "$source/deploy/systemd/filiald@.service" "$work/filiald@one.service"
for unit in "$work"/*.service; do
    systemd-analyze security --offline=yes "$unit" >"$work/out" 2>&1 || {
        # Older ones know no --offline; an exposure above the threshold is no failure of it.
        grep -q "exposure level" "$work/out" || { echo "SKIP: $(head -n 1 "$work/out")"; exit 77; }
    }
    level=$(sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p' "$work/out")
    echo "${unit##*/}: exposure $level"
    awk -v level="$level" 'BEGIN {exit !(level != "" && level < 2.0)}' || {
        echo "FAILED: ${unit##*/} is exposed by ${level:-nothing readable}, below 2.0 is wanted"
        failures=$((failures + 1))
    }
    # The program need not be installed here.
    systemd-analyze verify "$unit" 2>&1 | grep "${unit##*/}:" | grep -v "is not executable" && {
        echo "FAILED: ${unit##*/} has mistakes"
        failures=$((failures + 1))
    }
done
grep -q '^u filial ' "$source/deploy/systemd/filial.sysusers" || failures=$((failures + 1))
exit $((failures > 0))
