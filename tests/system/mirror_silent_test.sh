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
# soon COMMAND...: it succeeds although nothing answers that it could wait for. Who waits for
# that waits for ever, so the minute says nothing of how quick a machine is.
soon() {
    (
        exec {never}<> <(:)
        read -rt 60 -u "$never"
        touch late
        thaw
    ) &
    local watch=$!
    must "$@"
    kill "$watch" && wait "$watch" 2>/dev/null
    [ ! -e late ] || complain "$* waited for what says nothing"
}
# behind COMMAND...: until it succeeds, which is bound to come.
behind() {
    for _ in $(seq 600); do
        "$@" && return
        sleep 0.1
    done
    complain "it never came: $*"
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
soon filial C endpoint remove PG
soon customer Третий
thaw
must filial C endpoint add --node PG --format sql --url "$(postgresql_url a one)"
must filial C endpoint poll PG
[ "$(postgresql a one 'SELECT count(*) FROM "Catalog_Контрагенты"')" = 3 ] || complain "not all is mirrored"

# What waits for a lock ends in the database too: it does not write behind our back.
coproc lock { exec "$postgresql_bin/psql" -h "$work/pg-a" -U postgres -d one -qAtX; }
locks=$lock_PID # bash forgets it as soon as it has ended
echo 'BEGIN; LOCK TABLE "Catalog_Контрагенты";' >&"${lock[1]}"
asked() { [ "$(postgresql a one "$1")" = "$2" ]; }
behind asked "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
    AND relation = '\"Catalog_Контрагенты\"'::regclass" 1
must customer Четвёртый
waits="SELECT count(*) FROM pg_stat_activity WHERE application_name = 'filial' AND wait_event_type = 'Lock'"
behind asked "$waits" 1
soon stop C
behind asked "$waits" 0
eval "exec ${lock[1]}>&-" # an end of its input ends it
wait "$locks"

# Frozen while the node ends: at work, and before the first word.
for moment in work connect; do
    [ $moment = connect ] || { start C && must filial C endpoint poll PG; }
    freeze
    [ $moment = work ] || start C
    must customer "$moment"
    sleep 2
    soon stop C
    thaw
done
start C
must filial C endpoint poll PG
[ "$(postgresql a one 'SELECT count(*) FROM "Catalog_Контрагенты"')" = 6 ] || complain "not all is mirrored"

# Something that takes connections and says nothing is refused in words, in its time.
python3 - "$work/port" <<'P' &
import os, socket, sys
one = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1] + ".new", "w").write(str(one.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
kept = []
while True:
    kept.append(one.accept())
    open("taken", "a").write("one more\n")
P
pids[silent]=$!
wait_for port
silent="postgresql://somebody@127.0.0.1:$(cat port)/nothing"
expect 1 "PostgreSQL: 127.0.0.1 does not answer" filial C endpoint add --node S --format sql --url "$silent"
expect 1 "PostgreSQL" filial C endpoint change PG --url "$silent"
expect 0 "host=$work/pg-a" filial C endpoint show PG
filial C audit list >audits || complain "no audit"
[ "$(grep -c 'does not answer' audits)" = 2 ] || { complain "the audit:"; cat audits; }
# The next host of a URL has its turn.
url=$(postgresql_url a one)
must filial C endpoint change PG --url "postgresql://postgres@/one?host=127.0.0.1,$work/pg-a&port=$(cat port),5432"
must filial C endpoint poll PG
must filial C endpoint change PG --url "$url"
must filial C endpoint poll PG

# The node goes on while it waits. Whoever asked and went away is in nobody's way, nor is one
# who asks while the node ends.
add() {
    rm -f taken
    "$bin/filial" --node "$work/C" endpoint add --node S --format sql \
        --url "$silent?connect_timeout=60" >silent 2>&1 &
    adding=$!
    behind test -e taken
}
add
must customer Тем_временем
kill -0 $adding 2>/dev/null || complain "the silent one was not waited for"
kill -KILL $adding
wait $adding 2>/dev/null
add
soon stop C
wait $adding && complain "the silent one was added"
grep mirror.left C.log && complain "something was waited for in vain"
start C

# SQLite: nothing is made before it is worth it.
expect 1 "cannot be made" filial C endpoint add --node S --format sql --url "sqlite:$work/nowhere/a.db"
echo "no database at all, but something of somebody's that must stay as it is" >words.db
expect 1 "SQLite" filial C endpoint add --node S --format sql --url "sqlite:$work/words.db"
[ "$(wc -l <words.db)" = 1 ] && [ ! -e nowhere ] || complain "something was made"
stop C
exit $((failures > 0))
