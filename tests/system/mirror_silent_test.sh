#!/usr/bin/env bash
# A PostgreSQL that was frozen, and one that takes connections and says nothing: the node
# does everything else meanwhile, and ends. mirror_silent_test.sh BIN CONFIGURATION HARNESS
harness=$(realpath "$3")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$harness/postgresql.sh"
frozen=()
thaw() {
    [ ${#frozen[@]} = 0 ] || kill -CONT "${frozen[@]}" 2>/dev/null
    frozen=()
}
trap 'thaw; postgresql_stop a; cleanup' EXIT

[ -n "$postgresql_bin" ] || {
    echo "postgresql-15 is not installed: deploy/packages test"
    exit 77
}
# The server and those that serve our connections, as they are now.
freeze() {
    local server
    server=$(head -n 1 "$work/pg-a/data/postmaster.pid")
    mapfile -t frozen < <(echo "$server"; pgrep -P "$server")
    kill -STOP "${frozen[@]}"
}
# within_seconds SECONDS COMMAND...: it succeeds, and in that time.
within_seconds() {
    local seconds=$1 began=$EPOCHREALTIME
    shift
    must "$@"
    awk -v began="$began" -v ended="$EPOCHREALTIME" -v most="$seconds" \
        'BEGIN { exit !(ended - began < most) }' || complain "$* took more than $seconds s"
}
customer() { filial C object put Catalog.Контрагенты --set "Description=$1"; }

postgresql_start a || exit 1
for database in one two; do postgresql a postgres "CREATE DATABASE $database"; done
must "$bin/filial" init "$work/C" --code ЦО --configuration "$configuration" --parent none \
    --allow-any-file-system
start C
must filial C endpoint add --node PG --format sql --url "$(postgresql_url a one)"
must customer Первый
must filial C endpoint poll PG

# It is frozen in the middle of its work: the mirror goes, another comes, the node answers.
freeze
must customer Второй
sleep 2
within_seconds 3 filial C endpoint remove PG
within_seconds 3 customer Третий
thaw
must filial C endpoint add --node PG --format sql --url "$(postgresql_url a one)"
must filial C endpoint poll PG
[ "$(postgresql a one 'SELECT count(*) FROM "Catalog_Контрагенты"')" = 3 ] || complain "not all is mirrored"

# What waits for a lock ends in the database too: it does not write behind our back.
coproc lock { exec "$postgresql_bin/psql" -h "$work/pg-a" -U postgres -d one -qAtX; }
echo 'BEGIN; LOCK TABLE "Catalog_Контрагенты";' >&"${lock[1]}"
sleep 1
must customer Четвёртый
sleep 2
waits="SELECT count(*) FROM pg_stat_activity WHERE application_name = 'filial' AND wait_event_type = 'Lock'"
[ "$(postgresql a one "$waits")" = 1 ] || complain "nobody waits for the lock"
within_seconds 3 stop C
for _ in $(seq 100); do
    [ "$(postgresql a one "$waits")" != 0 ] || break
    sleep 0.1
done
[ "$(postgresql a one "$waits")" = 0 ] || complain "it waits in the database still"
eval "exec ${lock[1]}>&-"
wait "$lock_PID"

# Frozen while the node ends: at work, and before the first word.
for moment in work connect; do
    [ $moment = connect ] || { start C && must filial C endpoint poll PG; }
    freeze
    [ $moment = work ] || start C
    must customer "$moment"
    sleep 2
    within_seconds 3 stop C
    thaw
done
start C
must filial C endpoint poll PG
[ "$(postgresql a one 'SELECT count(*) FROM "Catalog_Контрагенты"')" = 6 ] || complain "not all is mirrored"
stop C
exit $((failures > 0))
