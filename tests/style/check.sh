#!/usr/bin/env bash
# The house's rules that a machine can check: check.sh RULE SOURCE_DIRECTORY
set -euo pipefail
rule=$1
cd "$2"
sources() {
    find proto storage replication exchange node tests -name '*.[ch]' -not -path '*/build/*' "$@"
}
status=0
complain() {
    echo "$*"
    status=1
}

case "$rule" in
format)
    mapfile -t files < <(sources)
    clang-format --dry-run --Werror "${files[@]}" || status=1
    ;;
size)
    while read -r lines file; do
        [ "$lines" -le 800 ] || complain "$file has $lines lines, more than 800"
    done < <(sources -exec wc -l {} \;)
    while read -r lines file; do
        [ "$lines" -le 60 ] || complain "$file has $lines lines, more than 60"
    done < <(wc -l {proto,storage,replication,exchange,node,tests,deploy}/README.md | grep -v ' total$')
    ;;
layers)
    # Which folders and foreign libraries a folder may include.
    declare -A uses=(
        [proto]="proto" [storage]="storage|proto" [replication]="replication|proto"
        [exchange]="exchange|proto" [node]="proto|storage|replication|exchange")
    declare -A foreign=(
        [proto]="sodium|zstd|protobuf-c|filial.pb-c" [storage]="lmdb" [replication]="-"
        [exchange]="libxml/.*|unzip|zip"
        [node]="zmq|jansson|microhttpd|gnutls/.*|curl/curl|libical/.*|sqlite3|libpq-fe")
    all="sodium|zstd|protobuf-c|filial.pb-c|lmdb|libxml/.*|zmq|jansson|microhttpd|gnutls/.*"
    all+="|unzip|zip|curl/curl|libical/.*|sqlite3|libpq-fe"
    for folder in "${!uses[@]}"; do
        while IFS=: read -r file _ include; do
            name=$(sed -E 's/.*[<"](.*)[">].*/\1/' <<<"$include")
            if [[ "$name" =~ ^(proto|storage|replication|exchange|node)/ ]] &&
                [[ ! "$name" =~ ^(${uses[$folder]})/ ]]; then
                complain "$file includes $name: $folder may not know it"
            fi
            if [[ "$name" =~ ^($all)\.h$ ]] && [[ ! "$name" =~ ^(${foreign[$folder]})\.h$ ]]; then
                complain "$file includes $name, which belongs to another folder"
            fi
            if [[ "$file" == */include/* ]] && [[ "$name" =~ ^($all)\.h$ ]]; then
                complain "$file, a public header, shows a foreign library: $name"
            fi
        done < <(grep -rnE '^#include' "$folder" --include='*.[ch]' || true)
    done
    ;;
texts)
    # No path of a machine, no unfinished business.
    if git grep -nIE '/(work|home|root)/[a-z]|\bTODO\b|\bFIXME\b|\bXXX\b' -- . ':!tests/style/check.sh'; then
        complain "these lines must not be in the tree"
    fi
    ;;
scripts)
    # A reader that ends early breaks the pipe, and with pipefail a match counts as none:
    # `grep ... >/dev/null` reads to the end.
    git grep -lE '^#!.*sh$' | xargs awk '
        FNR == 1 { before = "" }
        /[^|][|] *grep -[a-zA-Z]*q/ || (before ~ /[^|][|] *$/ && /^ *grep -[a-zA-Z]*q/) {
            print FILENAME ":" FNR ":" $0
            found = 1
        }
        { before = $0 }
        END { exit found }' || complain "these pipes must not end in grep -q"
    ;;
schema)
    # No recursive message (a nested 58 KB overflowed a stack), no `string` for users' text.
    python3 tests/style/schema.py proto/filial.proto || status=1
    ;;
*)
    echo "unknown rule $rule" >&2
    exit 2
    ;;
esac
exit $status
