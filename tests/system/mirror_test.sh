#!/usr/bin/env bash
# The mirror in SQLite and in PostgreSQL, beside each other: killed at random moments, both
# hold what a mirror holds that was made at once. mirror_test.sh BIN CONFIGURATION HARNESS
harness=$(realpath "$3")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$harness/postgresql.sh"
trap 'postgresql_stop a; cleanup' EXIT

command -v sqlite3 >/dev/null && [ -n "$postgresql_bin" ] || {
    echo "sqlite3 and postgresql-15 are not installed: deploy/packages test"
    exit 77
}
postgresql_start a || exit 1
for database in mirror fresh latin; do postgresql a postgres "CREATE DATABASE $database"; done
must "$bin/filial" init "$work/C" --code ЦО --configuration "$configuration" --parent none \
    --allow-any-file-system

# lines SEED FROM TO: changes as lines of `filial batch`: customers, and invoices with rows.
lines() {
    python3 - "$@" <<'P'
import sys, json, uuid, random
seed, first, last = map(int, sys.argv[1:])
random.seed(seed)
for i in range(first, last):
    own = lambda kind: kind + ":" + str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}-{i}"))
    customer, invoice = own("Catalog.Контрагенты"), own("Document.СчетНаОплатуПокупателю")
    if seed > 0 and random.random() < 0.3:
        print(json.dumps({"delete": invoice}, ensure_ascii=False))
        print(json.dumps({"put": invoice, "set": {"Number": "снова"}}, ensure_ascii=False))
    print(json.dumps({"put": customer, "set": {
        "Description": f"Контрагент\t{i} \\ 'x' {seed}", "ИНН": str(7700000000 + i)}}, ensure_ascii=False))
    print(json.dumps({"put": invoice, "set": {
        "Number": f"Ц-{i:06d}", "Date": "2026-01-31T10:00:00", "СуммаДокумента": f"{i + seed}.25",
        "Контрагент": customer, "Товары": [{"Количество": k + 1, "Цена": "10.5",
            "Сумма": str(10.5 * (k + 1))} for k in range((i + seed) % 4)]}}, ensure_ascii=False))
    if random.random() < 0.05:
        print(json.dumps({"delete": invoice}, ensure_ascii=False))
P
}
lines 0 0 1500 >first.jsonl
must filial C batch <first.jsonl
must filial C endpoint add --format sql --url "sqlite:$work/mirror.db" --batch 200
must filial C endpoint add --node PG --format sql --url "$(postgresql_url a mirror)" \
    --batch 200 --partition branch
expect 0 "mirror.db" filial C endpoint list
expect 1 "is there already" filial C endpoint add --format sql --url "sqlite:$work/other.db"
expect 2 "sqlite:FILE" filial C endpoint add --node X --format sql --url "mysql://x/y"
expect 2 "password-file" filial C endpoint add --node X --format sql --url "postgresql://a:b@x/y"
expect 1 "PostgreSQL" filial C endpoint add --node X --format sql --url "postgresql:///nowhere?host=$work"

# Everything is killed again and again while it is filled and changed.
RANDOM=4711
rounds=24
[ "${FILIAL_TEST_ALL:-0}" = 0 ] || rounds=100
for round in $(seq $rounds); do
    start C
    (lines "$round" $((round * 100)) $((round * 100 + 400)) >"part$round" && filial C batch <"part$round") \
        >/dev/null 2>&1 &
    writer=$!
    sleep "0.$((RANDOM % 9))"
    case $((round % 4)) in
    1) postgresql a mirror "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = 'filial'" >/dev/null ;;
    2) postgresql_stop a && as_postgresql "$postgresql_bin/pg_ctl -D $work/pg-a/data -w -l $work/pg-a/server.log start >/dev/null" ;;
    esac
    sleep "0.$((RANDOM % 9))"
    kill -KILL "${pids[C]}"
    wait "${pids[C]}" "$writer" 2>/dev/null
    unset "pids[C]"
done
start C
must filial C endpoint poll SQL
must filial C endpoint poll PG
expect 0 "behind, changes          0" filial C endpoint show PG
# How far they are is known of a node that does not run, too.
must filial C object put Catalog.Контрагенты --set Description=Последний
for mirror in SQL PG; do must filial C endpoint poll $mirror; done
stop C
lsn=$(sqlite3 mirror.db 'SELECT lsn FROM filial_mirror')
for mirror in SQL PG; do expect 0 "\"lsn\": $lsn," filial C endpoint show $mirror --json; done

# Beside them, mirrors that were made at once.
must filial C endpoint add --node SQL2 --format sql --url "sqlite:$work/fresh.db"
must filial C endpoint add --node PG2 --format sql --url "$(postgresql_url a fresh)"
must filial C endpoint poll SQL2
must filial C endpoint poll PG2
tables='Catalog_Контрагенты Document_СчетНаОплатуПокупателю Document_СчетНаОплатуПокупателю_Товары'
columns() {
    case "$1" in
    Catalog*) echo '_id, _branch, _lsn, "Description", "ИНН", "DeletionMark"' ;;
    *Товары) echo '_id, _line, _branch, _lsn, "Количество", "Цена", "Сумма"' ;;
    *) echo '_id, _branch, _lsn, "Number", "Date", "СуммаДокумента", "Контрагент"' ;;
    esac
}
for table in $tables; do
    query="SELECT $(columns "$table") FROM \"$table\" ORDER BY 1, 2"
    sqlite3 mirror.db "$query" >killed.sqlite
    sqlite3 fresh.db "$query" >fresh.sqlite
    postgresql a mirror "$query" >killed.pg 2>/dev/null
    postgresql a fresh "$query" >fresh.pg 2>/dev/null
    [ "$(wc -l <fresh.sqlite)" -gt 1000 ] || complain "$table has $(wc -l <fresh.sqlite) rows"
    cmp killed.sqlite fresh.sqlite || complain "$table of SQLite differs"
    cmp killed.pg fresh.pg || complain "$table of PostgreSQL differs"
    [ $table != Catalog_Контрагенты ] || cp fresh.pg fresh.customers
    [ "$(wc -l <fresh.pg)" = "$(wc -l <fresh.sqlite)" ] || complain "$table: not as many rows"
done
objects=$(filial C object list Document.СчетНаОплатуПокупателю --refs --limit 1000000 | wc -l)
[ "$(sqlite3 mirror.db 'SELECT count(*) FROM "Document_СчетНаОплатуПокупателю"')" = "$objects" ] ||
    complain "the store has $objects invoices"
[ "$(sqlite3 mirror.db 'SELECT lsn FROM filial_mirror')" = "$(sqlite3 fresh.db 'SELECT lsn FROM filial_mirror')" ] ||
    complain "positions differ"
words='SELECT count(*) FROM "v_Document_СчетНаОплатуПокупателю" WHERE "Контрагент_Description" LIKE '"'Контрагент%'"
[ "$(postgresql a mirror "$words" 2>/dev/null)" -gt 1000 ] || complain "no words in the view"
[ "$(postgresql a mirror "SELECT count(*) > 0 FROM \"Document_СчетНаОплатуПокупателю\$ЦО\"" 2>/dev/null)" = t ] ||
    complain "no partition of the branch"

# Each key has the branch in it, and another database takes partitions as its own.
keys="SELECT count(*) > 0 AND bool_and(pg_get_indexdef(i.indexrelid) LIKE '%(_branch, _id%') FROM pg_index i
    JOIN pg_partitioned_table p ON p.partrelid = i.indrelid WHERE i.indisunique"
[ "$(postgresql a mirror "$keys")" = t ] || complain "a key without the branch"
postgresql a postgres "CREATE DATABASE company"
postgresql a company "CREATE EXTENSION postgres_fdw;
    CREATE SERVER region FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$work/pg-a', dbname 'mirror');
    CREATE USER MAPPING FOR postgres SERVER region OPTIONS (user 'postgres');
    IMPORT FOREIGN SCHEMA public LIMIT TO (\"Catalog_Контрагенты\$ЦО\") FROM SERVER region INTO public;
    CREATE TABLE customers (LIKE \"Catalog_Контрагенты\$ЦО\") PARTITION BY LIST (_branch);
    ALTER TABLE customers ATTACH PARTITION \"Catalog_Контрагенты\$ЦО\" FOR VALUES IN ('ЦО')"
[ "$(postgresql a company 'SELECT count(*) FROM customers')" = "$(wc -l <fresh.customers)" ] ||
    complain "the company has not the customers of the region"

# Latin names; a mirror of another node; a database that went back.
must filial C endpoint add --node L --format sql --url "$(postgresql_url a latin)" --names latin
must filial C endpoint poll L
[ "$(postgresql a latin 'SELECT count(*) FROM "Document_SchetNaOplatuPokupatelyu_Tovary"')" -gt 1000 ] ||
    complain "no Latin names"
must "$bin/filial" init "$work/D" --code Д --configuration "$configuration" --parent none --allow-any-file-system
must filial D endpoint add --format sql --url "sqlite:$work/mirror.db"
expect 1 "of another node" filial D endpoint poll SQL
cp fresh.db older.db
must filial C object delete "$(filial C object list Document.СчетНаОплатуПокупателю --refs | head -n 1)"
must filial C endpoint poll SQL2
cp older.db fresh.db && rm -f fresh.db-wal fresh.db-shm
must filial C endpoint poll SQL2
[ "$(sqlite3 fresh.db 'SELECT count(*) FROM "Document_СчетНаОплатуПокупателю"')" = $((objects - 1)) ] ||
    complain "an older database does not catch up"

# Another configuration: columns and a table appear, nothing is filled anew.
cp -r "$configuration" "$work/configuration" && chmod -R u+w "$work/configuration"
python3 - "$work/configuration/Catalogs" <<'P'
import re, sys, uuid
path = sys.argv[1] + "/Контрагенты.xml"
text = open(path, encoding="utf-8-sig").read()
one = re.search(r"<Attribute uuid=.*?</Attribute>", text, re.S).group(0)
new = re.sub(r"<Name>.*?</Name>", "<Name>Новый</Name>", one, 1)
new = re.sub(r'uuid="[^"]*"', f'uuid="{uuid.uuid4()}"', new, 1)
open(path, "w", encoding="utf-8").write(text.replace(one, one + new, 1))
P
before=$(sqlite3 mirror.db 'SELECT max(_time) FROM "Catalog_Контрагенты"')
must filial C configuration load "$work/configuration"
must filial C object put "$(filial C object list Catalog.Контрагенты --refs | head -n 1)" --set Новый=да
for mirror in SQL PG; do must filial C endpoint poll $mirror; done
count='SELECT count(*) FROM "v_Catalog_Контрагенты" WHERE "Новый" = '"'да'"
[ "$(sqlite3 mirror.db "$count")" = 1 ] || complain "no new column in SQLite"
[ "$(postgresql a mirror "$count")" = 1 ] || complain "no new column in PostgreSQL"
[ "$(sqlite3 mirror.db "SELECT count(*) FROM \"Catalog_Контрагенты\" WHERE _time > '$before'")" = 1 ] ||
    complain "more was written than what changed"
exit $((failures > 0))
