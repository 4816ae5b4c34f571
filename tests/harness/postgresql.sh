# A PostgreSQL of the test's own: a private directory, a unix socket, no port, run by an
# unprivileged user. Sourced; "$work" is the test's fresh directory.
#
#   postgresql_start NAME [SETTING...]   initdb and start; ends the test when it cannot
#   postgresql_stop NAME                 at once; also for what was not started
#   postgresql_url NAME DATABASE         as filial takes it
#   postgresql NAME DATABASE QUERY       the answer, unaligned
#   postgresql_replica NAME OF           a server that follows another one by streaming
#   postgresql_promote NAME              it takes writers from now on
#
# What is started is to be stopped by the test's own trap.
# shellcheck shell=bash
postgresql_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
as_postgresql() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid postgres --regid postgres --init-groups --reset-env sh -c "cd / && $1"
    else
        sh -c "$1"
    fi
}
postgresql_start() {
    local name=$1 home=$work/pg-$1 setting
    shift
    mkdir -p "$home"
    chmod 711 "$work"
    [ "$(id -u)" != 0 ] || chown postgres "$home"
    as_postgresql "$postgresql_bin/initdb -D $home/data -A trust --no-locale -E UTF8 >$home/log 2>&1" ||
        { cat "$home/log"; return 1; }
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$home'"
        echo "fsync = off"
        for setting in "$@"; do echo "$setting"; done
    } >>"$home/data/postgresql.conf"
    postgresql_go_on "$name"
}
postgresql_go_on() {
    local home=$work/pg-$1
    as_postgresql "$postgresql_bin/pg_ctl -D $home/data -w -l $home/server.log start >>$home/log 2>&1" ||
        { cat "$home/log" "$home/server.log"; return 1; }
}
# What it was before goes.
postgresql_replica() {
    local home=$work/pg-$1
    mkdir -p "$home"
    [ "$(id -u)" != 0 ] || chown postgres "$home"
    rm -rf "$home/data"
    as_postgresql "$postgresql_bin/pg_basebackup -h $work/pg-$2 -U postgres -D $home/data -c fast -R >$home/log 2>&1" ||
        { cat "$home/log"; return 1; }
    echo "unix_socket_directories = '$home'" >>"$home/data/postgresql.conf"
    postgresql_go_on "$1"
}
postgresql_promote() {
    as_postgresql "$postgresql_bin/pg_ctl -D $work/pg-$1/data -w promote >>$work/pg-$1/log 2>&1" ||
        { cat "$work/pg-$1/log"; return 1; }
}
postgresql_stop() {
    [ ! -f "$work/pg-$1/data/postmaster.pid" ] ||
        as_postgresql "$postgresql_bin/pg_ctl -D $work/pg-$1/data -m immediate -w stop >/dev/null 2>&1" || true
}
postgresql_url() { echo "postgresql://postgres@/$2?host=$work/pg-$1"; }
postgresql() { "$postgresql_bin/psql" -h "$work/pg-$1" -U postgres -d "$2" -qAtX -c "$3"; }
