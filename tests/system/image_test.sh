#!/usr/bin/env bash
# Everything for a branch goes there in a file, and the line goes on behind it.
# image_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"

for code in centre A; do
    "$bin/filial" init $code --code $code --configuration "$configuration" \
        --allow-any-file-system >/dev/null || exit 1
    echo "sync_interval = 1h" >>$code/node.conf
done
printf 'endpoint = tcp://127.0.0.1:0\nenrolment_endpoint = tcp://127.0.0.1:0\n' >>centre/node.conf
start centre
expect 0 "centre" filial A join "$(filial centre invite A --auto-approve 2>/dev/null)"
expect 1 "there is no node" filial centre image create B "$work/B.image"

for i in $(seq 30000); do
    printf '{"put":"Catalog.Валюты:11111111-2222-4333-8444-%012d","set":{"Code":"%d","Description":"an image"}}\n' \
        "$i" $((i % 1000))
done >lines
split -l 3000 lines part.
for part in part.*; do
    filial centre batch <"$part" >/dev/null || complain "batch $part"
done
expect 0 "objects   300" filial centre image create A A.image
expect 0 "" filial centre object put Catalog.Валюты:11111111-2222-4333-8444-000000000001 --set "Description=later"
expect 1 "no image" filial A image load lines
expect 1 "No such file" filial A image load nothing

# Killed in the middle of it, and begun again.
"$bin/filial" --node "$work/A" image load A.image >/dev/null 2>&1 &
loader=$!
for _ in $(seq 400); do
    [ -n "$(find A/store -name 'data.mdb' -size +2M 2>/dev/null)" ] && break
    sleep 0.005
done
kill -KILL $loader 2>/dev/null
wait $loader 2>/dev/null
expect 0 "objects" filial A image load A.image
expect 0 "taken before" filial A image load A.image
start A
expect 0 "" filial A sync now
expect 1 "stop it" filial A image load A.image
[ "$(filial A status --hash)" = "$(filial centre status --hash)" ] || complain "A and centre differ"
taken=$(sed -n '/sync.applied/s/.*changes=\([0-9]*\).*/\1/p' A.log | awk '{n += $1} END {print n + 0}')
[ "$taken" -le 10 ] || complain "the line carried $taken objects of the image again"
stop A
stop centre

if [ "$failures" != 0 ]; then
    tail -n 20 ./*.log
    exit 1
fi
echo "all as expected"
