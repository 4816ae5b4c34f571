# Tables, for bench_imports.sh: a CSV file that is looked at and written, then once more
# when every row is equal; libcsv alone beside it.
python3 - "$scratch" <<'P'
import sys
for rows in (250000, 500000):
    with open(f"{sys.argv[1]}/t{rows}.csv", "w") as out:
        out.write("Code;Description;ИНН;КПП\n")
        for i in range(rows):
            out.write(f"{i:09d};Контрагент номер {i};{7700000000 + i};770101001\n")
P
printf 'type = Catalog.Контрагенты\nkey = ИНН\n[columns]\nCode = Code\nDescription = Description\nИНН = ИНН\nКПП = КПП\n' >"$scratch/t.map"
first=() again=() alone=()
for run in $(seq "$runs"); do
    "$bin/filial" init "$scratch/t$run" --code Ф01 --parent none --allow-any-file-system \
        --configuration "$root/deploy/demo/configuration" >/dev/null
    table=("$bin/filial" --node "$scratch/t$run" import --format csv --map "$scratch/t.map")
    read -r s m < <(peak "${table[@]}" "$scratch/t250000.csv")
    first+=("$(awk "BEGIN { print int(250000 / $s) }")")
    read -r s m < <(peak "${table[@]}" "$scratch/t250000.csv")
    again+=("$(awk "BEGIN { print int(250000 / $s) }")")
    alone+=("$("$bin/bench_csv" "$scratch/t250000.csv")")
    rm -rf "$scratch/t$run"
done
# The heap, with twice as many rows, and with as many objects here before.
for rows in 250000 500000; do
    new=()
    equal=()
    for run in $(seq "$runs"); do
        "$bin/filial" init "$scratch/t$run" --code Ф01 --parent none --allow-any-file-system \
            --configuration "$root/deploy/demo/configuration" >/dev/null
        table=("$bin/filial" --node "$scratch/t$run" import --format csv --map "$scratch/t.map")
        new+=("$(heap "${table[@]}" "$scratch/t$rows.csv")")
        equal+=("$(heap "${table[@]}" "$scratch/t$rows.csv")")
        rm -rf "$scratch/t$run"
    done
    report "csv.new_${rows}_heap_mib" MiB "${new[@]}"
    report "csv.equal_${rows}_heap_mib" MiB "${equal[@]}"
done
report csv.rows_per_s rows/s "${first[@]}"
report csv.equal_rows_per_s rows/s "${again[@]}"
report csv.rows_per_s.ceiling rows/s "${alone[@]}"
