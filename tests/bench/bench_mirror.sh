#!/usr/bin/env bash
# the mirror in SQL: rows into SQLite and PostgreSQL, beside prepared inserts and plain COPY
set -euo pipefail
. "$root/tests/bench/lib.sh"
objects=${FILIAL_BENCH_MIRROR_OBJECTS:-120000}

node=$scratch/mirror
"$bin/filial" init "$node" --code Ц01 --configuration "$root/deploy/demo/configuration" \
    --parent none --allow-any-file-system >&2
"$bin/bench_fill" "$node" 0 "$objects" 1000 1 1 time >&2
sqlite=() ceiling=()
for run in $(seq "$runs"); do
    sqlite+=("$("$bin/bench_mirror" "$node" "sqlite:$scratch/mirror.$run.db")")
    ceiling+=("$("$bin/bench_mirror" ceiling "$scratch/mirror.$run.db" "$scratch/ceiling.$run.db")")
    rm -f "$scratch"/mirror."$run".db* "$scratch"/ceiling."$run".db*
done
report mirror.sqlite_rows_per_s rows/s "${sqlite[@]}"
report mirror.sqlite_rows_per_s.ceiling rows/s "${ceiling[@]}"

# Plain COPY of the same rows into the same tables, from files in the text form.
postgres_start pg
trap 'postgres_stop pg' EXIT
copies=$scratch/copies
mkdir -p "$copies" && chmod 777 "$copies"
filled=() copied=()
for run in $(seq "$runs"); do
    sql pg "CREATE DATABASE mirror" && sql pg "CREATE DATABASE plain"
    url="postgresql://postgres@/mirror?host=$scratch/pg"
    filled+=("$("$bin/bench_mirror" "$node" "$url")")
    psql=("$pg/psql" -h "$scratch/pg" -U postgres -qAtX)
    tables=$("${psql[@]}" -d mirror -c "SELECT table_name FROM filial_schema WHERE attribute = ''")
    "$pg/pg_dump" -h "$scratch/pg" -U postgres -s mirror | "${psql[@]}" -d plain >/dev/null
    rows=0
    while read -r table; do
        rows=$((rows + $("${psql[@]}" -d mirror -c "SELECT count(*) FROM \"$table\"")))
        "${psql[@]}" -d mirror -c "COPY \"$table\" TO '$copies/$table'"
    done <<<"$tables"
    sed -E "s#(.*)#COPY \"\1\" FROM '$copies/\1';#" <<<"$tables" >"$scratch/copy.sql"
    begun=$(now)
    "${psql[@]}" -d plain -c "SET synchronous_commit = off" -f "$scratch/copy.sql"
    copied+=("$(rate "$rows" "$begun" "$(now)")")
    sql pg "DROP DATABASE mirror" && sql pg "DROP DATABASE plain"
done
report mirror.postgresql_rows_per_s rows/s "${filled[@]}"
report mirror.postgresql_rows_per_s.ceiling rows/s "${copied[@]}"
