#!/usr/bin/env bash
# What `filial mapping check` says of the shipped mappings, and of mistakes in them.
# mapping_test.sh BIN_DIRECTORY DEMO_CONFIGURATION MAPPINGS_DIRECTORY
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
mappings=$3
must filial Н init "$work/Н" --code Н --configuration "$configuration" --parent none \
    --allow-any-file-system

echo "-- what is shipped fits the configuration that it is for"
tests=$(cd "$(dirname "$0")/.." && pwd)
count=0
for file in "$mappings"/*/*.xml; do
    name=$(basename "$file" .xml)
    node=Н
    if [ -e "$tests/exchange/mapped/$name.txt" ]; then
        node=$name
        python3 "$tests/harness/make_configuration.py" "$work/made-$name" <"$tests/exchange/mapped/$name.txt"
        must filial "$node" init "$work/$node" --code Н --configuration "$work/made-$name" --parent none \
            --allow-any-file-system
    fi
    must filial "$node" mapping check "$file"
    grep -q 'does not fit the format  *0$' out || complain "$file: $(cat out)"
    [ "$node" = Н ] || grep -q 'left out here  *0$' out || complain "$file: $(cat out)"
    count=$((count + 1))
done
[ "$count" -ge 5 ] || complain "$count mappings are shipped"

echo "-- what does not is told with its line"
demonstration=$mappings/enterprisedata/demonstration.xml
sed 's#as="Префикс"#as="Префиск"#' "$demonstration" >element.xml
expect 1 "Организации, Префиск" filial Н mapping check element.xml --version 1.8
sed 's#of="КоррСчет"#of="КорСчет"#' "$demonstration" >attribute.xml
expect 0 "no such attribute: КорСчет" filial Н mapping check attribute.xml
filial Н --json mapping check attribute.xml >out
python3 -c '
import json
said = json.load(open("out"))
gone = [said[name] - said[name + "_whole"] for name in ("rules", "properties")]
assert gone == [1, 2], gone' || complain "coverage: $(cat out)"
grep -v 'as="ФИО"' "$demonstration" >required.xml
expect 1 "ФИО" filial Н mapping check required.xml --version 1.17
printf '<mapping format="enterprisedata">\n<objekt/></mapping>' >broken.xml
expect 1 "line 2" filial Н mapping check broken.xml
expect 1 "9.9" filial Н mapping check "$demonstration" --version 9.9
expect 2 "no versions" filial Н mapping check "$mappings/kd2/accounting8.xml" --version 1
expect 1 "cannot be read" filial Н mapping check nowhere.xml
exit "$failures"
