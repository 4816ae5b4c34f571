#!/usr/bin/env bash
# Two nodes of ours that are correspondents of each other by the universal format: they
# greet, exchange, and then are silent.
# correspondents_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
mapping=$(realpath "$(dirname "$0")/../../deploy/mappings/enterprisedata/demonstration.xml")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
rounds=8
time=0
# polls NODE CODE: it looks, and all is well. A message that it wrote gets a time of its
# own, as if each took a second: otherwise two may be the same.
polls() {
    local file=x/Message_$(code_of "$1")_$2.xml before=none
    [ -e "$file" ] && before=$(sha256sum <"$file")
    expect 0 "state                   ok" filial "$1" endpoint poll "$2"
    [ -e "$file" ] && [ "$(sha256sum <"$file")" != "$before" ] || return
    time=$((time + 1))
    sed -i "s#<msg:CreationDate>[^<]*#<msg:CreationDate>2026-01-01T00:00:$(printf %02d $time)#" "$file"
}
code_of() { [ "$1" = a ] && echo Ф1 || echo Ф2; }
# Until nothing is written any more.
settle() {
    local before
    for _ in $(seq $rounds); do
        before=$time
        polls a Ф2
        polls b Ф1
        [ "$time" != "$before" ] || return
    done
    complain "they do not stop writing:"
    grep -hE 'MessageNo|ReceivedNo|CreationDate' x/*.xml
}
mkdir x
create a Ф1 --parent none
create b Ф2 --parent none
must filial a endpoint add --node Ф2 --format enterprisedata --directory x --mapping "$mapping"
must filial b endpoint add --node Ф1 --format enterprisedata --directory x --mapping "$mapping"

echo "-- who has nothing to say says only who it is"
settle

echo "-- then objects go both ways, and are confirmed"
rouble=10000000-0000-4000-8000-000000000643
lily=30000000-0000-4000-8000-000000000001
must filial a object put "Catalog.Валюты:$rouble" --set Code=643 --set Description=руб.
must filial b object put "Catalog.Контрагенты:$lily" --set Code=1 --set Description=Лютик
settle
expect 0 "руб." filial b object get "Catalog.Валюты:$rouble"
expect 0 "Лютик" filial a object get "Catalog.Контрагенты:$lily"

echo "-- a settings message that comes again, as it was, is answered by what comes next"
filial a --json endpoint show Ф2 >before
sed -n '1,/<\/msg:Header>/p' x/Message_Ф2_Ф1.xml |
    sed -e 's#<msg:MessageNo>[0-9]*<#<msg:MessageNo>0<#; s#<msg:ReceivedNo>[0-9]*<#<msg:ReceivedNo>0<#' \
        -e 's#EnterpriseData/[0-9.]*</msg:Format>#EnterpriseData</msg:Format>#' >greeting
echo "</Message>" >>greeting
cp greeting x/Message_Ф2_Ф1.xml
polls a Ф2
grep -qF "<msg:MessageNo>0<" x/Message_Ф1_Ф2.xml && complain "numbers begin anew"
settle
exit "$failures"
