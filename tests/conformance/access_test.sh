#!/usr/bin/env bash
# Databases that MS Access itself wrote (others ship them with their packages on npm) become
# objects, and another reader finds the same rows in them.
# access_test.sh BIN_DIRECTORY DEMO_CONFIGURATION MODULES
here=$(cd "$(dirname "$0")" && pwd)
for program in node npm; do
    command -v $program >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
mkdir -p "$3"
modules=$(cd "$3" && pwd)
cp "$here/package.json" "$here/package-lock.json" "$here/access_rows.mjs" "$modules/"
# fetch PACKAGE PATH SHA256: a file of it, without installing it
fetch() {
    [ -e "$modules/$(basename "$2")" ] || (cd "$modules" && npm pack "$1" &&
        tar -xzf "${1/@/-}.tgz" --strip-components=2 "package/$2") || return 1
    echo "$3  $modules/$(basename "$2")" | sha256sum --check --quiet
}
if ! { (cd "$modules" && npm ci --no-audit --no-fund) &&
    fetch mdb@0.1.0 test/fruit.mdb e62eac8a7d29062328484aa0477ab897f3e9fb3abbd4de26d2e7748a8e0bce79 &&
    fetch node-adodb@5.0.3 examples/node-adodb.mdb \
        6a81cfef5bc61186578222f00bcff65fb0cb5b14dc142f58db5e9d8f5731ddcc; } >"$modules/npm.log" 2>&1; then
    echo "skipped: npm cannot fetch mdb-reader and the databases"
    exit 77
fi
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$2"
must filial a init "$work/a" --code a --configuration "$configuration" --allow-any-file-system

# same FILE TABLE TYPE KEY ATTRIBUTE=COLUMN...: what is imported is what the other reader finds
same() {
    local file=$modules/$1 table=$2 type=$3 key=$4 pair columns=() attributes=()
    shift 4
    printf 'type = %s\nkey = %s\n[columns]\n' "$type" "$key" >map
    for pair in "$@"; do
        echo "$pair" >>map
        attributes+=("${pair%%=*}")
        columns+=("${pair#*=}")
    done
    must filial a import --format mdb --map map --sheet "$table" "$file"
    (cd "$modules" && node access_rows.mjs "$file" "$table" "${columns[@]}") | LC_ALL=C sort >theirs
    [ -s theirs ] || complain "the other reader finds nothing in $table"
    for ref in $(filial a object list "$type" --limit 0 --refs); do
        filial a object get "$ref"
    done | python3 -c '
import json, sys
text = sys.stdin.read()
decoder, place = json.JSONDecoder(parse_float=str), 0
while place < len(text):
    found, end = decoder.raw_decode(text, place)
    place = len(text) - len(text[end:].lstrip())
    values = (found["set"].get(name, "") for name in sys.argv[1:])
    print(json.dumps([str(value).lower() if isinstance(value, bool) else str(value)
        for value in values], ensure_ascii=False, separators=(",", ":")))
' "${attributes[@]}" | LC_ALL=C sort >ours
    diff theirs ours || complain "$table of $1 is another one here"
}
same node-adodb.mdb Users Document.СчетНаОплатуПокупателю Number \
    Number=UserId Date=UserBirthday Комментарий=UserName СуммаВключаетНДС=UserMarried
same fruit.mdb Fruit Document.РеализацияТоваровУслуг Комментарий \
    Комментарий=Fruit "СуммаДокумента=Vit A"
must filial a import --format mdb --suggest --type Document.РеализацияТоваровУслуг "$modules/fruit.mdb"
grep -qx 'header = 1' out || complain "a row of it was taken for the header"
refuse "its tables: Fruit, Fruit Salad" filial a import --format mdb --map map --sheet Овощи "$modules/fruit.mdb"
# Cut anywhere it is refused, by name, unless the whole table is before the cut.
refused=0
for size in 100 4096 5000 40000 $(seq 61440 20480 606207); do
    head -c "$size" "$modules/fruit.mdb" >cut.mdb
    if filial a import --format mdb --map map --dry-run cut.mdb >out 2>&1; then
        grep -qE '^rows +37$' out || { complain "$size bytes give fewer rows"; cat out; }
    else
        refused=$((refused + 1))
        grep -qF cut.mdb out || { complain "what is wrong with $size bytes is not said"; cat out; }
    fi
done
[ "$refused" -ge 4 ] || complain "$refused cut databases were refused"
exit "$failures"
