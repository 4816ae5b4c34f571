#!/usr/bin/env bash
# a configuration of 12,000 XML files, and packages read plain and through zip
set -euo pipefail
. "$root/tests/bench/lib.sh"

# heap COMMAND...: the largest heap in MiB: what is mapped of files, the store's apart, is
# the system's to take back.
heap() {
    python3 -c '
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
most = 0
while child.poll() is None:
    with open(f"/proc/{child.pid}/status") as status:
        for line in status:
            if line.startswith("RssAnon"):
                most = max(most, int(line.split()[1]))
    time.sleep(0.01)
if child.returncode:
    sys.exit(f"{sys.argv[1:]} gave {child.returncode}")
print(f"{most / 1024:.1f}")' "$@"
}

# peak COMMAND...: seconds and the largest resident set in MiB.
peak() {
    python3 -c '
import os, resource, subprocess, sys, time
begin = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
took = time.monotonic() - begin
if code:
    sys.exit(f"{sys.argv[1:]} gave {code}")
print(f"{took:.3f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f}")' "$@"
}

python3 "$root/tests/bench/make_configuration.py" "$scratch/configuration" 12000 >&2
seconds=()
memory=()
ceiling=()
for run in $(seq "$runs"); do
    "$bin/filial" init "$scratch/c$run" --code Ф01 --parent none --allow-any-file-system >&2
    read -r s m < <(peak "$bin/filial" --node "$scratch/c$run" configuration load \
        "$scratch/configuration")
    rm -rf "$scratch/c$run"
    seconds+=("$s")
    memory+=("$m")
    # The same files through libxml2 alone, in one process for a thousand of them.
    read -r s m < <(peak bash -c "find '$scratch/configuration' -name '*.xml' -print0 |
        xargs -0 -n 1000 xmllint --stream --noout")
    ceiling+=("$s")
done
report configuration.files_12000_s s "${seconds[@]}"
report configuration.files_12000_s.ceiling s "${ceiling[@]}"
report configuration.files_12000_rss_mib MiB "${memory[@]}"

# One package a run, twice as large the second time: memory is the same.
for size in 50000 100000; do
    "$bin/filial_generate" --configuration "$root/deploy/demo/configuration" --from БП \
        --to Ф01 --objects $size >"$scratch/Message_БП_Ф01.xml"
    python3 -m zipfile -c "$scratch/Message_БП_Ф01.zip" "$scratch/Message_БП_Ф01.xml"
    for kind in xml zip; do
        rates=()
        memory=()
        for run in $(seq "$runs"); do
            node=$scratch/p$size$kind$run
            "$bin/filial" init "$node" --code Ф01 --parent none --allow-any-file-system \
                --configuration "$root/deploy/demo/configuration" >&2
            "$bin/filial" --node "$node" node add БП --format v8msg >&2
            read -r s m < <(peak "$bin/filial" --node "$node" import "$scratch/Message_БП_Ф01.$kind")
            rates+=("$(rate "$size" 0 "$s")")
            memory+=("$m")
            rm -rf "$node"
        done
        report "v8msg.import_${kind}_${size}_per_s" objects/s "${rates[@]}"
        report "v8msg.import_${kind}_${size}_rss_mib" MiB "${memory[@]}"
    done
done

. "$root/tests/bench/imports_tables.sh"
