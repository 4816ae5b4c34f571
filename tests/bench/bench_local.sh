#!/usr/bin/env bash
# durable local writes: one object a transaction, 100, and 16 writers at once
set -euo pipefail
. "$root/tests/bench/lib.sh"

node=$scratch/local
"$bin/filial" init "$node" --code Л01 --configuration "$root/deploy/demo/configuration" \
    --allow-any-file-system >&2
b100=()
for run in $(seq "$runs"); do
    b100+=("$("$bin/bench_fill" "$node" $((run * 100000)) 20000 100 "$run" 1 time)")
done
"$bin/filiald" --node "$node" 2>"$scratch/local.log" &
daemon=$!
trap 'kill $daemon 2>/dev/null; wait $daemon 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    [ -S "$node/control.sock" ] && break
    sleep 0.05
done
b1=()
b16=()
for _ in $(seq "$runs"); do
    b1+=("$("$bin/bench_local" "$node" 1 2000)")
    b16+=("$("$bin/bench_local" "$node" 16 1000)")
done
kill $daemon
wait $daemon || true
report local.objects_per_s_b1 objects/s "${b1[@]}"
report local.objects_per_s_b100 objects/s "${b100[@]}"
report local.objects_per_s_16_clients objects/s "${b16[@]}"

# The ceiling: the same records through bare LMDB, one to a durable transaction.
ceiling=()
disk=()
for run in $(seq "$runs"); do
    ceiling+=("$("$bin/bench_ceiling" "$scratch/ceiling.$run" \
        "$root/deploy/demo/configuration" 20000 2000 time | awk '{print $3}')")
    rm -rf "$scratch/ceiling.$run"
    disk+=("$(python3 - "$scratch/disk" <<'END'
import os, sys, time
# Overwriting 4 KiB in place with fdatasync: what the disk itself gives.
f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
os.write(f, b"x" * 4096)
os.fsync(f)
begun = time.monotonic()
for i in range(2000):
    os.pwrite(f, b"%4096d" % i, 0)
    os.fdatasync(f)
print(round(2000 / (time.monotonic() - begun)))
END
)")
done
report local.objects_per_s_b1.ceiling objects/s "${ceiling[@]}"
report local.fdatasync_per_s calls/s "${disk[@]}"

# PostgreSQL on the same disk: prepared inserts of 600 bytes under a random key.
postgres_start pg
trap 'postgres_stop pg' EXIT
sql pg 'CREATE TABLE obj(id uuid PRIMARY KEY, typ int NOT NULL, ver bigint NOT NULL, body text NOT NULL)'
body=$(printf '%0592d' 7)
insert="INSERT INTO obj VALUES (gen_random_uuid(), 1, 1, '$body')"
echo "$insert;" >"$scratch/b1.sql"
echo "INSERT INTO obj SELECT gen_random_uuid(), 1, 1, '$body' FROM generate_series(1, 100);" >"$scratch/b100.sql"
bench() {
    "$pg/pgbench" -h "$scratch/pg" -U postgres -n -M prepared -f "$1" -c "$2" -j "$3" -t "$4" postgres 2>/dev/null |
        sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}
p1=()
p100=()
p16=()
for _ in $(seq "$runs"); do
    p1+=("$(bench "$scratch/b1.sql" 1 1 2000)")
    p100+=("$(bench "$scratch/b100.sql" 1 1 200 | awk '{print $1 * 100}')")
    p16+=("$(bench "$scratch/b1.sql" 16 2 1000)")
done
report local.postgresql_objects_per_s_b1 objects/s "${p1[@]}"
report local.postgresql_objects_per_s_b100 objects/s "${p100[@]}"
report local.postgresql_objects_per_s_16_clients objects/s "${p16[@]}"
