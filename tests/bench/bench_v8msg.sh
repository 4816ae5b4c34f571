#!/usr/bin/env bash
# packages of 1C written and read, beside plain libxml2 and a plain buffered writer
set -euo pipefail
"$bin/v8msg_bench" "$root/deploy/demo/configuration"
