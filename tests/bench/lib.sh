# Shared by the benchmarks: a private PostgreSQL cluster, medians, samples of memory.

runs=${FILIAL_BENCH_RUNS:-5}

# median VALUE...: the middle one.
median() {
    printf '%s\n' "$@" | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

now() { date +%s.%N; }
rate() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN {printf "%.0f\n", n / (b - a)}'; }

# report NAME UNIT VALUE...
report() {
    local name=$1 unit=$2
    shift 2
    printf '%s %s %s\n' "$name" "$(median "$@")" "$unit"
    echo "   $name: $*" >&2
}

# RssAnon of a process in MiB: its heap, the map of the store apart.
heap_mib() { awk '/^RssAnon/ {printf "%.1f\n", $2 / 1024}' "/proc/$1/status" 2>/dev/null || echo 0; }

# postgres_start NAME [SETTING...]: a cluster of our own in $scratch/NAME on a unix socket.
postgres_start() {
    local name=$1 home=$scratch/$1 setting
    shift
    pg=/usr/lib/postgresql/15/bin
    mkdir -p "$home"
    if [ "$(id -u)" = 0 ]; then
        # PostgreSQL refuses root: its own user of the package owns the directory.
        chmod 711 "$scratch"
        chown postgres "$home"
    fi
    as_postgres "$pg/initdb -D $home/data -A trust --no-locale -E UTF8 >$home/log 2>&1"
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$home'"
        echo "shared_buffers = 256MB"
        echo "max_wal_size = 4GB"
        for setting in "$@"; do echo "$setting"; done
    } >>"$home/data/postgresql.conf"
    as_postgres "$pg/pg_ctl -D $home/data -w -l $home/server.log start >>$home/log 2>&1"
}
postgres_stop() {
    as_postgres "$pg/pg_ctl -D $scratch/$1/data -m immediate stop >/dev/null 2>&1" || true
}
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid postgres --regid postgres --init-groups --reset-env sh -c "cd / && $1"
    else
        sh -c "$1"
    fi
}
# sql NAME QUERY
sql() { "$pg/psql" -h "$scratch/$1" -U postgres -qAtX -c "$2"; }
