#!/usr/bin/env bash
# files of Конвертация данных 2 written and read by a mapping, beside plain libxml2
set -euo pipefail
"$bin/kd2_bench" "$root/deploy/demo/configuration" "$root/deploy/mappings/kd2/accounting8.xml"
