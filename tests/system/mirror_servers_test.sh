#!/usr/bin/env bash
# Which PostgreSQL the mirror is in: one that wants a password, and the one of several
# that takes writers, as they fail and follow each other.
# mirror_servers_test.sh BIN CONFIGURATION HARNESS
harness=$(realpath "$3")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$harness/postgresql.sh"
trap 'postgresql_stop a; postgresql_stop b; cleanup' EXIT

[ -n "$postgresql_bin" ] || {
    echo "postgresql-15 is not installed: deploy/packages test"
    exit 77
}
postgresql_start a || exit 1
postgresql a postgres "CREATE DATABASE mirror"
must "$bin/filial" init "$work/C" --code ЦО --configuration "$configuration" --parent none \
    --allow-any-file-system
set_option C http_endpoint "127.0.0.1:*"

# Who is asked for a password is told how to give it, also where another host is worse off.
postgresql a mirror "CREATE ROLE careful LOGIN PASSWORD 'тайна'; ALTER DATABASE mirror OWNER TO careful;
    ALTER SCHEMA public OWNER TO careful"
sed -i '1i local all careful scram-sha-256' pg-a/data/pg_hba.conf
postgresql a postgres "SELECT pg_reload_conf()" >/dev/null
export PGPASSFILE=$work/pgpass
for hosts in "$work/pg-a" "$work/pg-a,$work/nowhere"; do
    url="postgresql://careful@/mirror?host=$hosts"
    expect 1 "--password-file FILE, or write it into ~/.pgpass" \
        filial C endpoint add --node PG --format sql --url "$url"
done
LANG=ru_RU.UTF-8 expect 1 "передайте пароль через --password-file" \
    filial C endpoint add --node PG --format sql --url "$url"
start C
expect 1 "~/.pgpass" filial C endpoint add --node PG --format sql --url "$url"
echo "тайна" >password
must filial C endpoint add --node PG --format sql --url "$url" --password-file password
must filial C object put Catalog.Контрагенты --set Description=Первый
must filial C endpoint poll PG
[ "$(postgresql a mirror 'SELECT count(*) FROM "Catalog_Контрагенты"')" = 1 ] || complain "nothing is mirrored"
echo "другая" >password
expect 1 "password authentication failed" filial C endpoint change PG --password-file password
rm password
expect 1 "no password can be read" filial C endpoint change PG --password-file password
printf '*:*:mirror:careful:тайна\n' >pgpass && chmod 600 pgpass
must filial C endpoint change PG --password-file ""
must filial C endpoint remove PG

# Two servers, of which one follows the other: killed and promoted in the middle of the
# work, before and behind each other, whatever the promoted one has not got yet comes again.
# write ROUND: customers that are new or changed, invoices with rows, and some deleted.
write() {
    python3 - "$1" <<'P' | filial C batch
import json, random, sys, uuid
number = int(sys.argv[1])
random.seed(number)
for i in range(number * 150, number * 150 + 400):
    own = lambda kind: kind + ":" + str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}-{i}"))
    customer, invoice = own("Catalog.Контрагенты"), own("Document.СчетНаОплатуПокупателю")
    print(json.dumps({"put": customer, "set": {"Description": f"Контрагент {i} {number}"}}, ensure_ascii=False))
    print(json.dumps({"put": invoice, "set": {"Number": f"Ц-{i}", "Контрагент": customer, "Товары": [
        {"Количество": k + number} for k in range((i + number) % 4)]}}, ensure_ascii=False))
    if random.random() < 0.05:
        print(json.dumps({"delete": invoice}, ensure_ascii=False))
P
}
postgresql a postgres "CREATE DATABASE moving"
postgresql_replica b a || exit 1
must filial C endpoint add --node PG --format sql --batch 50 --partition branch \
    --url "postgresql://postgres@/moving?host=$work/pg-b,$work/pg-a&target_session_attrs=read-write"
RANDOM=1609
primary=a replica=b
rounds=4
[ "${FILIAL_TEST_ALL:-0}" = 0 ] || rounds=20
for round in $(seq $rounds); do
    write "$round" >/dev/null 2>written &
    writer=$!
    sleep "0.$((RANDOM % 9))"
    if [ $((round % 2)) = 0 ]; then
        postgresql_promote $replica || exit 1
        sleep "0.$((RANDOM % 9))"
        postgresql_stop $primary
    else
        postgresql_stop $primary
        sleep "0.$((RANDOM % 9))"
        postgresql_promote $replica || exit 1
    fi
    wait $writer || { complain "nothing was written while a server failed:"; cat written; }
    # The first to ask may hear that the connection has broken.
    filial C endpoint poll PG >/dev/null 2>&1 || must filial C endpoint poll PG
    postgresql_replica $primary $replica || exit 1
    read -r primary replica <<<"$replica $primary"
done
postgresql $primary postgres "CREATE DATABASE fresh"
must filial C endpoint add --node FRESH --format sql --url "$(postgresql_url $primary fresh)"
must filial C endpoint poll FRESH
for table in Catalog_Контрагенты Document_СчетНаОплатуПокупателю Document_СчетНаОплатуПокупателю_Товары; do
    case $table in
    *Товары) columns='_id, _line, _branch, _lsn, "Количество"' ;;
    Catalog*) columns='_id, _branch, _lsn, "Description"' ;;
    *) columns='_id, _branch, _lsn, "Number", "Контрагент"' ;;
    esac
    for database in moving fresh; do
        postgresql $primary $database "SELECT $columns FROM \"$table\" ORDER BY 1, 2" >$database.rows 2>/dev/null
    done
    [ "$(wc -l <fresh.rows)" -gt 500 ] || complain "$table has $(wc -l <fresh.rows) rows"
    cmp moving.rows fresh.rows || complain "$table: what has moved $rounds times differs from what was made at once"
done

# A database is one node's.
must "$bin/filial" init "$work/D" --code Д --configuration "$configuration" --parent none --allow-any-file-system
must filial D endpoint add --format sql --url "$(postgresql_url $primary fresh)"
expect 1 "of another node" filial D endpoint poll SQL

# With no server at all the metrics say how far behind it is, and nothing else suffers.
metric() {
    curl -s -m 30 -H "Authorization: Bearer $(filial C http token)" "$(sed -n 3p C/endpoint)/metrics" |
        sed -n "s/^filial_mirror_$1{[^}]*\"PG\"[^}]*} //p"
}
if command -v curl >/dev/null; then
    [ "$(metric up) $(metric lag_entries)" = "1 0" ] || complain "level: $(metric up), $(metric lag_entries) behind"
    postgresql_stop a
    postgresql_stop b
    for name in Один Два Три; do must filial C object put Catalog.Контрагенты --set Description=$name; done
    filial C endpoint poll PG >/dev/null && complain "a mirror without a server is level"
    for again in no yes; do
        [ "$(metric up) $(metric lag_entries)" = "0 3" ] ||
            complain "without a server: up $(metric up), $(metric lag_entries) behind, started again: $again"
        stop C
        start C
        filial C endpoint poll PG >/dev/null
    done
fi
stop C
exit $((failures > 0))
