#!/usr/bin/env bash
# one branch to a centre over loopback: new objects, changes, bytes on the wire, memory
set -euo pipefail

# In a network namespace of its own the counters of loopback are this run's alone.
if [ -z "${REPLICATE_NAMESPACE:-}" ]; then
    if unshare -n true 2>/dev/null; then
        REPLICATE_NAMESPACE=own exec unshare -n bash "$0"
    fi
    export REPLICATE_NAMESPACE=shared
    echo "no network namespace to be had: bytes include other traffic of loopback" >&2
else
    ip link set lo up
fi
. "$root/tests/bench/lib.sh"

configuration=$root/deploy/demo/configuration
objects=${FILIAL_BENCH_OBJECTS:-100000}
changes=$((objects / 5))
many=${FILIAL_BENCH_MANY:-1000000}
daemons=()
cleanup() {
    for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
}
trap cleanup EXIT

wire() { awk '$1 == "lo:" {print $2}' /proc/net/dev; }
filial() {
    local node=$1
    shift
    "$bin/filial" --node "$home/$node" "$@"
}
start() {
    rm -f "$home/$1/endpoint" "$home/$1/control.sock"
    "$bin/filiald" --node "$home/$1" >>"$home/$1.log" 2>&1 &
    daemons+=($!)
    printf -v "pid_$1" %s $!
    for _ in $(seq 200); do
        [ -S "$home/$1/control.sock" ] && [ -s "$home/$1/endpoint" ] && return
        sleep 0.05
    done
    tail -n 5 "$home/$1.log" >&2
    exit 1
}
stop() {
    local pid=pid_$1
    kill "${!pid}"
    wait "${!pid}" || true
}
# Outside its window a node starts nothing by itself: the benchmark says when.
window() {
    local hour
    hour=$(((10#$(date +%H) + 12) % 24))
    printf '%02d:00-%02d:01' "$hour" "$hour"
}

# pair KIND: an empty centre and a branch that has joined it, in $home.
pair() {
    home=$scratch/$1
    mkdir -p "$home"
    "$bin/filial" init "$home/centre" --code ЦО --parent none --configuration "$configuration" \
        --allow-any-file-system >/dev/null
    "$bin/filial" init "$home/branch" --code Ф01 --configuration "$configuration" \
        --allow-any-file-system >/dev/null
    for node in centre branch; do
        echo "sync_window = $(window)" >>"$home/$node/node.conf"
    done
    printf 'endpoint = tcp://127.0.0.1:0\nenrolment_endpoint = tcp://127.0.0.1:0\nhold_share = 100\n' \
        >>"$home/centre/node.conf"
    start centre
    filial branch join "$(filial centre invite Ф01 --auto-approve)" >/dev/null
}

# sync: seconds that one complete round takes, as the command sees it.
sync() {
    local begun
    begun=$(now)
    filial branch sync now --timeout 600s >/dev/null
    awk -v a="$begun" -v b="$(now)" 'BEGIN {print b - a}'
}
held() { filial centre status --json | sed -n 's/.*"objects": *\([0-9]*\).*/\1/p' | head -n 1; }
per_second() { awk -v n="$1" -v s="$2" 'BEGIN {printf "%.0f\n", n / s}'; }

declare -A result
for kind in time random; do
    new=()
    changed=()
    bytes=()
    idle=()
    for run in $(seq "$runs"); do
        pair "$kind.$run"
        "$bin/bench_fill" "$home/branch" 0 "$objects" 10000 1 1 $kind >/dev/null
        start branch
        before=$(wire)
        new+=("$(per_second "$objects" "$(sync)")")
        bytes+=("$((($(wire) - before) / objects))")
        [ "$(held)" = "$objects" ] || { echo "the centre holds $(held) of $objects" >&2; exit 1; }
        stop branch
        "$bin/bench_fill" "$home/branch" 0 "$changes" 1000 2 5 $kind >/dev/null
        start branch
        changed+=("$(per_second "$changes" "$(sync)")")
        sleep 1
        before=$(wire)
        sync >/dev/null
        idle+=("$(($(wire) - before))")
        hashes=$(for node in centre branch; do filial $node status --hash; done | sort -u | wc -l)
        [ "$hashes" = 1 ] || { echo "branch and centre differ" >&2; exit 1; }
        cleanup
        daemons=()
        rm -rf "$home"
    done
    suffix=""
    [ $kind = time ] || suffix=.random
    report replicate.objects_per_s$suffix objects/s "${new[@]}"
    report replicate.updates_per_s$suffix objects/s "${changed[@]}"
    report replicate.wire_bytes_per_object$suffix bytes "${bytes[@]}"
    [ $kind = random ] || report replicate.idle_bytes bytes "${idle[@]}"
    result[$kind]=$(median "${new[@]}")
done

# The ceiling: the same records into bare LMDB, nothing else.
new=()
changed=()
for run in $(seq "$runs"); do
    read -r a b _ <<<"$("$bin/bench_ceiling" "$scratch/ceiling.$run" "$configuration" "$objects" "$changes" time)"
    new+=("$a")
    changed+=("$b")
    rm -rf "$scratch/ceiling.$run"
done
report replicate.objects_per_s.ceiling objects/s "${new[@]}"
report replicate.updates_per_s.ceiling objects/s "${changed[@]}"

# Memory while a million objects pass, the map of the store apart.
pair many
"$bin/bench_fill" "$home/branch" 0 "$many" 10000 1 1 time >/dev/null
start branch
(
    peak=0
    while [ -e "/proc/$pid_centre" ] && [ ! -e "$home/done" ]; do
        for pid in "$pid_centre" "$pid_branch"; do
            peak=$(awk -v a="$peak" -v b="$(heap_mib "$pid")" 'BEGIN {print (a > b ? a : b)}')
        done
        echo "$peak" >"$home/peak"
        sleep 0.1
    done
) &
sampler=$!
begun=$(sync)
touch "$home/done"
wait $sampler
report replicate.peak_mib MiB "$(cat "$home/peak")"
report replicate.objects_per_s.many objects/s "$(per_second "$many" "$begun")"
cleanup
daemons=()

# PostgreSQL's logical replication on the same machine in the same run.
postgres_pair() {
    for side in one two; do
        port=$([ $side = one ] && echo 5511 || echo 5512)
        postgres_start $side "listen_addresses = '127.0.0.1'" "port = $port" "wal_level = logical" \
            "wal_retrieve_retry_interval = 100ms" "synchronous_commit = on"
    done
}
side() { "$pg/psql" -h 127.0.0.1 -p "$1" -U postgres -qAtX -v ON_ERROR_STOP=1 -c "$2"; }
postgres_pair
trap 'postgres_stop one; postgres_stop two; cleanup' EXIT
copy=()
catchup=()
for run in $(seq "$runs"); do
    for port in 5511 5512; do
        side $port 'CREATE TABLE obj(id uuid PRIMARY KEY, typ int NOT NULL, ver bigint NOT NULL, body text NOT NULL)'
    done
    side 5511 "INSERT INTO obj SELECT gen_random_uuid(), 1, 1, repeat(md5(n::text), 18) || '0123456789012345' FROM generate_series(1, $objects) n"
    side 5511 'CREATE PUBLICATION p FOR TABLE obj; CHECKPOINT'
    begun=$(now)
    side 5512 "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=5511 user=postgres dbname=postgres' PUBLICATION p WITH (synchronous_commit=on)" 2>/dev/null
    side 5512 "DO \$\$ BEGIN WHILE (SELECT count(*) FROM obj) < $objects LOOP PERFORM pg_sleep(0.02); END LOOP; END \$\$"
    copy+=("$(rate "$objects" "$begun" "$(now)")")
    for _ in $(seq 200); do
        [ "$(side 5512 'SELECT srsubstate FROM pg_subscription_rel')" = r ] && break
        sleep 0.05
    done
    side 5512 'ALTER SUBSCRIPTION s DISABLE'
    sleep 1
    for part in $(seq 0 99); do
        echo "UPDATE obj SET ver = 2, body = repeat(md5(ver::text || id::text), 18) WHERE id IN (SELECT id FROM obj WHERE ver = 1 LIMIT $((changes / 100)));"
    done >"$scratch/update.sql"
    "$pg/psql" -h 127.0.0.1 -p 5511 -U postgres -qX -f "$scratch/update.sql"
    lsn=$(side 5511 'SELECT pg_current_wal_lsn()')
    begun=$(now)
    side 5512 'ALTER SUBSCRIPTION s ENABLE'
    side 5511 "DO \$\$ BEGIN WHILE NOT EXISTS (SELECT 1 FROM pg_stat_replication WHERE application_name='s' AND flush_lsn >= '$lsn') LOOP PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; END \$\$"
    catchup+=("$(rate "$changes" "$begun" "$(now)")")
    side 5512 'DROP SUBSCRIPTION s' 2>/dev/null
    side 5511 'DROP PUBLICATION p'
    for port in 5511 5512; do side $port 'DROP TABLE obj'; done
done
report replicate.postgresql_objects_per_s objects/s "${copy[@]}"
report replicate.postgresql_updates_per_s objects/s "${catchup[@]}"
postgres_stop one
postgres_stop two

# The bare pipeline of the same steps, where its source is at hand.
limits=${FILIAL_SHARED:-$root/../shared}/bench/limits
if [ -d "$limits" ]; then
    cp -r "$limits" "$scratch/limits"
    chmod -R u+w "$scratch/limits"
    if make -C "$scratch/limits" lim_pipe >"$scratch/limits.log" 2>&1 ||
        make -C "$scratch/limits" build/lim_pipe >>"$scratch/limits.log" 2>&1; then
        program=$(find "$scratch/limits" -type f -name lim_pipe -perm -u+x | head -n 1)
        (cd "$scratch" && "$program" log_first.commit_2m) >"$scratch/pipe" 2>>"$scratch/limits.log"
        awk '/replicate_100k/ || /replicate_20k/' "$scratch/pipe" >&2
        awk '$1 ~ /replicate_100k$/ {print "replicate.prototype_objects_per_s", $2, "objects/s"}
             $1 ~ /replicate_20k_updates$/ {print "replicate.prototype_updates_per_s", $2, "objects/s"}' "$scratch/pipe"
    else
        echo "the bare pipeline did not build" >&2
    fi
fi
