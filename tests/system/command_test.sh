#!/usr/bin/env bash
# The real `filial` against fresh directories: exit statuses, streams, languages, and that a
# refusal changes nothing. command_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
set -uo pipefail
bin=$1
configuration=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset FILIAL_NODE LC_ALL LC_MESSAGES LANGUAGE
export LANG=C.UTF-8
failures=0

# expect STATUS WORDS COMMAND...: the exit status, and words in stdout or stderr.
expect() {
    local wanted=$1 words=$2 status
    shift 2
    "$@" >out 2>complaint
    status=$?
    if [ "$status" != "$wanted" ] || ! grep -qF -- "$words" out complaint; then
        echo "FAILED: $* gave $status, wanted $wanted with \"$words\":"
        cat out complaint
        failures=$((failures + 1))
    fi
}
filial() { "$bin/filial" --node "$work/node" "$@"; }
# refuse STATUS WORDS COMMAND...: as expect, complaints on stderr alone, and nothing changed.
refuse() {
    local before after
    before=$(filial status --hash)
    expect "$@"
    if [ -s out ] || [ ! -s complaint ]; then
        echo "FAILED: ${*:3} complained on stdout or not at all"
        failures=$((failures + 1))
    fi
    after=$(filial status --hash)
    if [ "$before" != "$after" ] || [ -z "$after" ]; then
        echo "FAILED: ${*:3} changed the store"
        failures=$((failures + 1))
    fi
}

# --- usage ---
expect 2 "To begin:" "$bin/filial"
expect 0 "To begin:" "$bin/filial" help
expect 0 "filial object put" "$bin/filial" help object
expect 0 "filial object put" "$bin/filial" object put --help
expect 0 "sync_interval" "$bin/filial" help settings
expect 2 "no help on" "$bin/filial" help nothing
expect 2 "which node?" "$bin/filial" status
expect 2 "is not an option" "$bin/filial" --nodes x status
expect 1 "is not a node" "$bin/filial" --node nowhere status
expect 0 "store format" "$bin/filial" version

# --- a node ---
expect 2 "--code CODE" "$bin/filial" init node
expect 1 "nowhere" "$bin/filial" init node --code Ф01 --allow-any-file-system --configuration nowhere
[ ! -e node ] || { echo "FAILED: a failed init left a directory"; failures=$((failures + 1)); }
expect 0 "fingerprint" "$bin/filial" init node --code Ф01 --name "Магазин" \
    --allow-any-file-system --configuration "$configuration"
expect 1 "is a node already" "$bin/filial" init node --code Ф01
[ "$(stat -c %a node/keys)" = 700 ] && [ "$(stat -c %a node/keys/signing.key)" = 600 ] ||
    { echo "FAILED: keys can be reached by others"; failures=$((failures + 1)); }

# --- examples are of types that the demonstration has ---
"$bin/filial" help | sed -n 's/^  \([a-z][a-z]* \{0,1\}[a-z-]*\)  .*/\1/p' | while read -r -a words; do
    "$bin/filial" help "${words[@]}" | grep "^  filial "
done | grep -oE '(Catalog|Document|Constant|InformationRegister)\.[^ .:]+' | sort -u >types
[ "$(wc -l <types)" -ge 5 ] || { echo "FAILED: no examples in the help"; failures=$((failures + 1)); }
while read -r type; do expect 0 "${type#*.}" filial configuration show "$type"; done <types

# --- changes, and what is refused ---
ref=$(filial object put Catalog.Валюты --set Code=643 --set Description=руб.)
expect 0 "руб." filial object get "$ref"
expect 0 '"ref"' filial --json object list Catalog.Валюты
refuse 1 "did you mean Description" filial object put "$ref" --set Descripton=x
refuse 1 "did you mean Catalog.Валюты" filial object put Catalog.Валюта --set Code=1
refuse 1 "cannot be" filial object put "$ref" --set Кратность=много
refuse 2 "Attribute=Value" filial object put "$ref" --set Code
printf '{"put":"Catalog.Валюты","set":{"Code":"1"}}\n{"put":"Catalog.Валюты","set":{"Code":1}}\n' >bad
refuse 1 "line 2, nothing was written" filial batch <bad
refuse 1 '"status":"malformed"' filial --json batch <bad
refuse 1 "filiald does not run" filial sync now

# --- changes of settings ---
refuse 2 "what is to be changed" filial plan set
refuse 2 "what is to be changed" filial plan rule Catalog.Валюты --plan Филиалы
expect 0 "revision" filial window add --name night --at 22:00 --for 4h
refuse 2 "what is to be changed" filial window change night
refuse 2 "give --svg FILE too" filial window plan --zone Europe/Moscow
expect 0 "has the code \"НЕТ\"" filial window plan --for НЕТ
expect 0 "No node waits" filial node waiting
expect 0 "Nothing was merged" filial duplicate list --merged
expect 0 "Nothing refers" filial duplicate list --left
expect 0 '"waiting": []' filial --json node waiting
refuse 1 "is not a UUID" filial filter value Ф02 валюты Catalog.Валюты:UUID
expect 0 "values" filial filter value Ф02 слова "a text: with a colon"

# --- packages ---
"$bin/filial_generate" --configuration "$configuration" --plan Филиалы --from БП01 --to Ф01 \
    --number 1 --received 0 --seed 1 --objects 300 >package.xml || failures=$((failures + 1))
refuse 1 "filial node add БП01" filial import package.xml
refuse 2 "for a bank statement --format clientbank" filial import --dry-run package.xml
refuse 2 "with --mapping FILE" filial export --format kd2 all.xml
refuse 2 "enterprisedata, commerceml or sql, not" filial endpoint add --node БП --format excel
refuse 1 "filial endpoint list" filial report documents --mirror НЕТ
expect 0 "v8msg" filial node add БП01 --format v8msg
head -c 100000 package.xml >cut.xml
refuse 1 "cut.xml" filial import cut.xml
sed 's/<v8msg:To>Ф01</<v8msg:To>Ф02</' package.xml >other.xml
refuse 1 'is for "Ф02"' filial import other.xml
expect 0 "applied" filial import package.xml
refuse 1 "accepted already" filial import package.xml
expect 0 "total 301" filial status --counts
expect 0 "objects                 1" filial export --to БП01 --directory .
[ -s Message_Ф01_БП01.xml ] || { echo "FAILED: no package"; failures=$((failures + 1)); }
expect 0 "objects                 301" filial export --to БП01 --all image.xml
"$bin/filial" init copy --code БП01 --allow-any-file-system --configuration "$configuration" >out
"$bin/filial" --node copy node add Ф01 --format v8msg >out
expect 0 "applied" "$bin/filial" --node copy import image.xml
[ "$("$bin/filial" --node copy status --hash)" = "$(filial status --hash)" ] ||
    { echo "FAILED: the image gives another content"; failures=$((failures + 1)); }

# --- the store ---
expect 0 "problems" filial store check
expect 0 "problems" filial store backup backup
expect 1 "backup" filial store backup backup
expect 0 "compact" filial store compact
mkfifo pipe
filial batch <pipe &
exec 3>pipe
# Until it holds the store: only looked at, as asking might take the lock before it.
lock=$(stat -c %i node/store/node.lock)
for _ in $(seq 200); do
    ! grep -q ":$lock " /proc/locks || break
    sleep 0.05
done
expect 1 "in use" filial status
exec 3>&-
wait
expect 0 "Ф01" filial status

# --- settings ---
cp node/node.conf saved.conf
echo "sync_intervall = 5m" >>node/node.conf
expect 2 "did you mean sync_interval" filial status
cp saved.conf node/node.conf

# --- languages ---
if [ -e "$bin/../share/locale/ru/LC_MESSAGES/filial.mo" ]; then
    expect 2 "Какой узел?" env LANG=ru_RU.UTF-8 "$bin/filial" status
    expect 1 "не узел" env LANGUAGE=ru "$bin/filial" --node nowhere status
    # A column without a heading stays without one.
    expect 0 "ничего не синхронизируется" env LANGUAGE=ru "$bin/filial" --node node status
    ! grep -q "Language-Team" out || { echo "FAILED: status begins so:"; head -n 3 out; failures=$((failures + 1)); }
fi

[ "$failures" = 0 ] || exit 1
echo "every command gave what it should"
