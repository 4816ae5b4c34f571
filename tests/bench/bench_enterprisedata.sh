#!/usr/bin/env bash
# messages of EnterpriseData written and read by a mapping, beside plain libxml2
set -euo pipefail
"$bin/enterprisedata_bench" "$root/deploy/demo/configuration" \
    "$root/deploy/mappings/enterprisedata/demonstration.xml"
