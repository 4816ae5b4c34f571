#!/usr/bin/env bash
# Packages are written in shares: others are served meanwhile, the files are those that a
# command by itself writes, and a daemon that is killed has published and spent nothing.
# endpoint_shares_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../harness/nodes.sh" "$1" "$2"
mappings=$here/../../deploy/mappings
objects=20000
unpack() { python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); sys.stdout.buffer.write(z.read(z.namelist()[0]))' x/Message_Ф01_БП2.zip; }

"$bin/filial_generate" --configuration "$configuration" --from ИСТ --to Ф01 --objects "$objects" \
    >Message_ИСТ_Ф01.xml || complain "nothing was generated"
create a Ф01 --parent none
printf '%s\n' "ballast = 1MiB" "map_size = 1GiB" >>a/node.conf
must filial a node add ИСТ --format v8msg
must filial a import Message_ИСТ_Ф01.xml
mkdir x
for code in ФАЙЛ ЕЩЁ; do must filial a node add "$code" --format v8msg; done
must filial a endpoint add --node БП --format v8msg --directory x --poll 24h
must filial a endpoint add --node БП2 --format kd2 --mapping "$mappings/kd2/accounting8.xml" \
    --directory x --poll 24h --zip

# What a command by itself writes; then the node is as it was.
cp -r a before
must filial a endpoint poll БП
mv x/Message_Ф01_БП.xml alone.xml
must filial a export --to ФАЙЛ file.alone.xml
must filial a endpoint poll БП2
unpack >alone.kd2
rm -r x/* a/*
cp -r before/. a/

start a
# served QUESTION PATTERN ARGUMENT...: the command ends well, and while it writes others are
# answered, with the pattern.
served() {
    echo 0 >count
    # shellcheck disable=SC2086
    python3 "$here/../harness/served.py" "$work/a" count "${@:3}" -- $1 -- "$2" >long 2>&1 ||
        complain "${*:3}: $(cat long)"
    [ "$(cat count)" -gt 1 ] || complain "${*:3}: too little was served while it was written"
}
writes='at work on +(writing|reading back)\n'
same() { cmp "$1" "$2" || complain "$1 is not what a command by itself writes"; }

served "endpoint show БП" "$writes" endpoint poll БП
same x/Message_Ф01_БП.xml alone.xml
served "plan list" . export --to ФАЙЛ file.xml
same file.xml file.alone.xml
served "endpoint show БП2" "$writes" endpoint poll БП2
[ "$(unpack | grep -c '<Объект ')" = "$(grep -c '<Объект ' alone.kd2)" ] ||
    complain "by the rules of kd2 others are written"

# Killed in the middle: nothing is there, and the number is free.
mkdir killed
kill -STOP "${pids[a]}" # so that it does not go on while it is looked at
filial a export --to ЕЩЁ killed/out.xml >/dev/null 2>&1 &
client=$!
part=
for _ in $(seq 3000); do
    kill -CONT "${pids[a]}"
    sleep 0.01
    kill -STOP "${pids[a]}"
    part=$(find killed -name '.filial-*.part' -size +64k)
    [ -n "$part" ] && break
done
[ -n "$part" ] || complain "it was not seen while it was written"
kill -KILL "${pids[a]}"
wait "${pids[a]}" "$client" 2>/dev/null
[ ! -e killed/out.xml ] || complain "half of a package was published"
start a
must filial a export --to ЕЩЁ killed/out.xml
grep -qE "^message +1$" out && grep -qE "^objects +$objects$" out ||
    complain "the package after it: $(cat out)"
stop a
exit "$failures"
