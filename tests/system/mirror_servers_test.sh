#!/usr/bin/env bash
# Which PostgreSQL the mirror is in: one that wants a password.
# mirror_servers_test.sh BIN CONFIGURATION HARNESS
harness=$(realpath "$3")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$harness/postgresql.sh"
trap 'postgresql_stop a; cleanup' EXIT

[ -n "$postgresql_bin" ] || {
    echo "postgresql-15 is not installed: deploy/packages test"
    exit 77
}
postgresql_start a || exit 1
postgresql a postgres "CREATE DATABASE mirror"
must "$bin/filial" init "$work/C" --code ЦО --configuration "$configuration" --parent none \
    --allow-any-file-system

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
stop C
exit $((failures > 0))
