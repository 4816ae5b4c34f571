#!/usr/bin/env bash
# Pictures of goods, from both chairs: they go beside the catalogue when the site has not
# been told of them, and are kept with the goods that name them.
# site_pictures_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
here=$(cd "$(dirname "$0")" && pwd)
# A configuration whose goods have a picture.
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
cp -r "$2" "$own/configuration"
python3 - "$own/configuration/Catalogs/Номенклатура.xml" <<'END'
import sys
path = sys.argv[1]
text = open(path, encoding="utf-8").read()
at = text.index("<Attribute uuid=")
text = text[:at] + """<Attribute uuid="0b54d1f5-4be6-4f43-9a5f-2f8f0bb0a111">
				<Properties>
					<Name>Картинка</Name>
					<Comment/>
					<Type>
						<v8:Type>v8:ValueStorage</v8:Type>
					</Type>
					<Use>ForItem</Use>
					<Indexing>DontIndex</Indexing>
				</Properties>
			</Attribute>
			""" + text[at:]
open(path, "w", encoding="utf-8").write(text)
END
# shellcheck source=tests/harness/nodes.sh
. "$here/../harness/nodes.sh" "$1" "$own/configuration"
trap 'cleanup; rm -rf "$own"' EXIT
# shellcheck source=tests/harness/site.sh
. "$here/../harness/site.sh"
goods=Catalog.Номенклатура:33333333-3333-4333-8333-33333333333
sed 's/^Артикул = Артикул$/&\nКартинка = Картинка | picture/' "$map" >pictures.map
map=$work/pictures.map

# Pictures of some kinds and sizes; and how 1C keeps one: plain, packed, as a part.
python3 - <<'END'
import base64, json, random, zlib
random.seed(8)
def storage(data, packed, part):
    inner = "{1,{0}}" if part else "{1,{#base64:" + base64.b64encode(data).decode() + "}}"
    text = b"\xef\xbb\xbf" + ('{"#",87126200-3e98-44e0-b931-ccb1d7edc497,' + inner + "}").encode()
    body = len(text).to_bytes(8, "little") + text
    if part:
        body += (0).to_bytes(4, "little") + len(data).to_bytes(8, "little") + data
    if not packed:
        return b"\x01\x01" + body
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return bytes.fromhex("0201534b6ff4888dc14ea0d5ebb6bda0a70d") + deflate.compress(body) + deflate.flush()
jpeg = b"\xff\xd8\xff\xe0" + random.randbytes(3000)
png = b"\x89PNG\r\n\x1a\n" + random.randbytes(200000)
gif = b"GIF89a" + random.randbytes(10)
new = b"\xff\xd8\xff\xe0" + random.randbytes(700)
for name, data in {"1.jpg": jpeg, "2.png": png, "3.gif": gif, "new.jpg": new}.items():
    open(name, "wb").write(data)
goods = "Catalog.Номенклатура:33333333-3333-4333-8333-33333333333"
def put(number, stored):
    return json.dumps({"put": goods + str(number), "set": {"Description": f"Товар {number}",
                       "Картинка": base64.b64encode(stored).decode()}}, ensure_ascii=False)
with open("acc.jsonl", "w") as file:
    print(put(1, storage(jpeg, packed=False, part=False)), file=file)
    print(put(2, storage(png, packed=True, part=True)), file=file)
    print(put(3, storage(gif, packed=True, part=False)), file=file)
    print(json.dumps({"put": goods + "4", "set": {"Description": "Без картинки"}}, ensure_ascii=False), file=file)
    # What cannot go is named, and its goods go without it.
    print(put(5, b"\x02\x01" + b"x" * 40), file=file)
    print(put(6, storage(b"\xff\xd8\xff" + bytes(5 << 20), packed=True, part=True)), file=file)
open("three.jsonl", "w").write(put(3, storage(gif, packed=True, part=False)) + "\n")
open("new.jsonl", "w").write(put(1, storage(new, packed=False, part=True)) + "\n")
END

make acc
make crm "http_endpoint = 127.0.0.1:*"
serve crm
begin_site shop --limit 65536
must filial acc batch <acc.jsonl
must filial acc endpoint add --node shop --format commerceml --mapping "$map" --url "$site" \
    --user exchange --password-file password --poll 24h
must filial acc endpoint poll shop

pictures() { find "$1" -type f 2>/dev/null | wc -l; }
# has_picture DIRECTORY FILE: it is among those that came
has_picture() {
    local found=0 each
    while IFS= read -r each; do cmp -s "$each" "$2" && found=1; done < <(find "$1" -type f)
    [ "$found" = 1 ] || complain "$2 is not in $1"
}
is "pictures of the shop" "$(pictures shop/pictures)" 3
for each in 1.jpg 2.png 3.gif; do has_picture shop/pictures $each; done
xmllint --noout shop/received/*.xml || complain "what the shop has is not well formed"
name=$(grep -h -m 1 -oE '<Картинка>[^<]*jpg</Картинка>' shop/received/*import* | sed 's/<[^>]*>//g')
cmp -s "shop/pictures/${name#import_files/}" 1.jpg || complain "the catalogue does not name the picture: $name"
grep -qE '^import_files/33/33333333333343338333333333333331_[0-9a-f]{32}\.jpg$' <<<"$name" || complain "its name is $name"
is "pictures in offers" "$(cat shop/received/*offers* 2>/dev/null | grep -c Картинка)" 0

# Goods change, the picture does not: it is named and does not go. Another one goes alone.
rm -rf shop/pictures shop/received
must filial acc object put "${goods}1" --set "Артикул=С-1"
must filial acc endpoint poll shop
grep -hF "<Картинка>$name</Картинка>" shop/received/*import* >/dev/null || complain "the picture is not named"
is "pictures that were told already" "$(pictures shop/pictures)" 0
must filial acc batch <new.jsonl
must filial acc endpoint poll shop
is "pictures that changed" "$(pictures shop/pictures)" 1
has_picture shop/pictures new.jpg
# What the site did not confirm goes again.
rm -rf shop/pictures
touch shop/down
sed 's/Товар 1/Товар 1а/' new.jsonl >again.jsonl
must filial acc object put "${goods}3" --set "Артикул=Г-1"
python3 - <<'END'
import json
each = json.loads(open("new.jsonl").read())
each["put"] = each["put"][:-1] + "4"
open("four.jsonl", "w").write(json.dumps(each, ensure_ascii=False) + "\n")
END
must filial acc batch <four.jsonl
expect 1 "503" filial acc endpoint poll shop
rm shop/down
must filial acc endpoint poll shop
is "pictures behind a failure" "$(pictures shop/pictures)" 1
# Everything once more: pictures as well.
rm -rf shop/pictures
must filial acc endpoint poll shop --full
is "pictures of everything" "$(pictures shop/pictures)" 4
has "larger than 4 MiB" filial acc endpoint show shop
has "cannot be unpacked" filial acc endpoint show shop

# An archive has them too; 3.1 keeps the dashes.
begin_site zipped --kind bitrix --zip --progress 2 --limit 50000
sed 's/^version = .*/version = 3.1/' "$map" >new.map
must filial acc endpoint add --node zipped --format commerceml --mapping new.map --url "$site" \
    --user exchange --password-file password --poll 24h
must filial acc endpoint poll zipped
is "pictures of the archive" "$(pictures zipped/pictures)" 4
has_picture zipped/pictures 2.png
find zipped/pictures -name '33333333-3333-4333-8333-333333333332_*-*.png' | grep . >/dev/null ||
    complain "names of 3.1: $(find zipped/pictures -type f)"

# The other chair: what comes is kept with the goods, in the form of 1C.
must filial acc endpoint add --node crm --format commerceml --mapping "$map" --url "$url" \
    --user exchange --password-file password --poll 24h
must filial acc endpoint poll crm
picture_of() { # NODE NUMBER FILE: the picture of goods, out of its storage
    filial "$1" object get "${goods}$2" --json >object
    python3 - "$3" <<'END'
import base64, json, re, sys
stored = base64.b64decode(json.load(open("object"))["set"]["Картинка"])
found = re.search(rb"\{#base64:([^}]*)\}", stored)
open(sys.argv[1], "wb").write(base64.b64decode(found.group(1)) if found else b"none")
END
}
picture_of crm 1 got && cmp -s got new.jpg || complain "the picture of goods 1"
picture_of crm 2 got && cmp -s got 2.png || complain "the picture of goods 2"
# A change of the goods leaves the picture; the same catalogue once more changes nothing.
must filial acc object put "${goods}2" --set "Артикул=С-2"
must filial acc endpoint poll crm
has "С-2" filial crm object get "${goods}2"
picture_of crm 2 got && cmp -s got 2.png || complain "the picture went with a change of the goods"
before=$(filial crm status --json | grep '"lsn"')
must filial acc endpoint poll crm --full
is "the CRM after everything once more" "$(filial crm status --json | grep '"lsn"')" "$before"
# A picture that is removed is told once, by an empty name, and goes there too; a new one comes back.
for site in shop crm; do # what was confirmed to each
    must filial acc object put "${goods}3" --set "Картинка="
    rm -f shop/received/*
    must filial acc endpoint poll $site
    [ $site = crm ] || is "a picture that went" "$(cat shop/received/*import* | grep -cF '<Картинка></Картинка>')" 1
    must filial acc object put "${goods}3" --set "Артикул=Г-$site"
    rm -f shop/received/*
    must filial acc endpoint poll $site
    [ $site = crm ] || is "a picture that went, once more" "$(cat shop/received/*import* | grep -c Картинка)" 0
done
picture_of crm 3 got
is "the picture that went" "$(cat got)" none
has "Г-crm" filial crm object get "${goods}3"
must filial acc batch <three.jsonl
must filial acc endpoint poll crm
picture_of crm 3 got && cmp -s got 3.gif || complain "the picture that came back"
# And goes on from there as from 1C.
begin_site further --limit 65536
must filial crm endpoint add --node further --format commerceml --mapping "$map" --url "$site" \
    --user exchange --password-file password --poll 24h
must filial crm endpoint poll further
has_picture further/pictures 2.png

# curl as 1C: a picture in pieces, then the catalogue that names it; names that lead elsewhere.
cat >import.xml <<END
<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="2026-11-23T10:20:30"><Каталог СодержитТолькоИзменения="true"><Ид>1</Ид><Наименование>К</Наименование><Товары><Товар><Ид>33333333-3333-4333-8333-333333333337</Ид><Наименование>От 1С</Наименование><Картинка>import_files/33/a_b.jpg</Картинка><Картинка>import_files/33/a_c.jpg</Картинка></Товар><Товар><Ид>33333333-3333-4333-8333-333333333338</Ид><Наименование>Далеко</Наименование><Картинка>../../node.conf</Картинка></Товар></Товары></Каталог></КоммерческаяИнформация>
END
login catalog
exchange 'type=catalog&mode=init' >/dev/null
split -b 1000 1.jpg piece.
for piece in piece.*; do is "a piece of a picture" "$(upload catalog import_files/33/a_b.jpg "$piece")" success; done
is "the catalogue" "$(upload catalog import.xml import.xml)" success
import catalog import.xml >answer
is "its import" "$(head -n 1 answer)" success
grep -F "node.conf" answer >/dev/null || { complain "a name that leads elsewhere is not named"; cat answer; }
picture_of crm 7 got && cmp -s got 1.jpg || complain "the picture that curl sent"
filial crm object get "${goods}8" >out 2>&1 && complain "goods with such a name were taken"

# A mapping that keeps a picture in a text is refused.
sed 's/^Картинка = .*/Артикул = Картинка | picture/' "$map" >wrong.map
refuse "ХранилищеЗначения" filial acc mapping check "$work/wrong.map"

stop crm
stop acc
exit "$failures"
