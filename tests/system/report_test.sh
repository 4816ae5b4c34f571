#!/usr/bin/env bash
# Reports of a centre with two branches, from mirrors in SQLite and PostgreSQL: they say the
# same, whose data are in them, and who is missing. report_test.sh BIN CONFIGURATION HARNESS
harness=$(realpath "$3")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$harness/postgresql.sh"
trap 'postgresql_stop a; cleanup' EXIT

command -v sqlite3 >/dev/null && [ -n "$postgresql_bin" ] || {
    echo "sqlite3 and postgresql-15 are not installed: deploy/packages test"
    exit 77
}
postgresql_start a || exit 1
postgresql a postgres "CREATE DATABASE mirror"
export TZ=UTC
yesterday=$(date -d yesterday +%F)
before=$(date -d '2 days ago' +%F)

# sell CODE PREFIX: what a branch enters in a day: invoices, of which some are paid, a sale
# and its goods.
sell() {
    python3 - "$1" "$yesterday" "$before" >lines <<'P'
import json, sys, uuid
branch, day, earlier = sys.argv[1:]
def ref(kind, name):
    return f"{kind}:{uuid.uuid5(uuid.NAMESPACE_OID, branch + kind + str(name))}"
def put(to, **values):
    print(json.dumps({"put": to, "set": values}, ensure_ascii=False))
    return to
customer = put(ref("Catalog.Контрагенты", 1), Description=f"Ромашка <{branch}>", ОсновнойМенеджер="Иванов" if branch == "A" else "Петров")
goods = put(ref("Catalog.Номенклатура", 1), Description=f"Гвозди {branch}")
store = put(ref("Catalog.Склады", 1), Description=f"Склад {branch}")
for i in range(3):
    invoice = put(ref("Document.СчетНаОплатуПокупателю", i), Number=f"{branch}-{i}", Date=f"{day}T10:00:00",
                  Posted=i != 2, Контрагент=customer, СуммаДокумента="100.50")
    if i == 0:
        put(ref("Document.ПоступлениеНаРасчетныйСчет", i), Number=f"П-{i}", Date=f"{day}T12:00:00", Posted=True,
            СуммаДокумента="40.25", Основание=invoice)
        put(ref("Document.ПриходныйКассовыйОрдер", i), Number=f"К-{i}", Date=f"{day}T13:00:00", Posted=True,
            СуммаДокумента="10", РасшифровкаПлатежа=[{"Сделка": invoice, "СуммаПлатежа": "10"}])
put(ref("Document.СчетНаОплатуПокупателю", "gone"), Number="0", Date=f"{day}T10:00:00", DeletionMark=True)
sale = put(ref("Document.РеализацияТоваровУслуг", 1), Number=f"{branch}-1", Date=f"{earlier}T10:00:00", Posted=True,
           Контрагент=customer, СуммаДокумента="70")
receipt = put(ref("Document.ПоступлениеТоваровУслуг", 1), Number="1", Date=f"{earlier}T09:00:00", Posted=True)
for kind, document, quantity in ("Receipt", receipt, 10), ("Expense", sale, 3):
    print(json.dumps({"put": "AccumulationRegister.ТоварыНаСкладах", "filter": {"Recorder": document}, "records": [
        {"Period": f"{earlier}T10:00:00", "RecordType": kind, "Active": True, "Номенклатура": goods, "Склад": store,
         "Количество": quantity}]}, ensure_ascii=False))
P
    must filial "$1" batch <lines
}
for code in C A B; do make $code; done
for code in A B; do
    must filial C invite $code --auto-approve
    must filial $code join "$(cat out)"
    sell $code
done
expect 1 "endpoint add --format sql" filial C report documents
must filial C endpoint add --node S --format sql --url "sqlite:$work/mirror.db" --poll 1s
must filial C endpoint add --node P --format sql --url "$(postgresql_url a mirror)" --poll 1s

# settled: both mirrors have all of the centre's journal.
settled() { for mirror in S P; do must filial C endpoint poll $mirror; done; }
# both WORDS ARGUMENT...: the report of either mirror says the words; they are the same.
both() {
    local words=$1
    shift
    for mirror in S P; do
        expect 0 "$words" filial C report "$@" --mirror $mirror
        grep -v ' UTC' out >"of-$mirror"
    done
    cmp of-S of-P || { complain "the mirrors differ in: $*"; diff of-S of-P; }
}
for code in A B; do must filial $code sync now --timeout 30s; done
settled
both "3 of them close no days" documents --from "$before" --to "$yesterday" --no-vector

# Who polls has the branches as they are, however short a time ago they were looked at.
position() { sqlite3 "$work/mirror.db" "SELECT position FROM filial_branches WHERE branch = 'A'"; }
for i in 1 2 3; do
    was=$(position)
    must filial A object put "Catalog.Склады:6f1d33c2-5a51-4c7b-9d1e-00000000000$i" --set "Description=Склад A$i"
    must filial A sync now --timeout 30s
    must filial C endpoint poll S
    [ "$(position)" -gt "$was" ] || complain "A has sent, and is at $(position) in a mirror that was polled"
done

# A has closed the day, B has not; the centre is as far as now.
must filial A report close-day "$yesterday"
must filial B report close-day "$before"
expect 1 "is closed already" filial A report close-day "$before"
expect 1 "has not come yet" filial A report close-day "$(date -d tomorrow +%F)"
expect 2 "2026-01-31" filial A report close-day 31.01.2026
expect 2 "no time zone" filial A report close-day --zone Europe/Nowhere
for code in A B; do must filial $code sync now --timeout 30s; done
settled
both "1 of 3 branches: B (its last closed day is $before)" documents --from "$before" --to "$yesterday" --no-vector
expect 0 "vector" filial C report documents --from "$before" --to "$yesterday" --json
python3 - "$yesterday" <<'P' || complain "the vector is wrong: $(cat out)"
import json, sys
report = json.load(open("out"))
vector = {row["branch"]: row for row in report["vector"]}
assert vector["A"]["day"] == sys.argv[1] and not vector["A"]["missing"] and vector["A"]["position"] > 0
assert vector["B"]["missing"] and not vector["C"]["missing"] and report["missing"] == 1
rows = {(row["branch"], row["document"]): row for row in report["rows"]}
invoices = rows["A", "СчетНаОплатуПокупателю"]
assert invoices["day"] == sys.argv[1] and invoices["documents"] == 3 and invoices["posted"] == 2, invoices
P
must filial B report close-day "$yesterday"
must filial B sync now --timeout 30s
settled
both "Nobody is missing" documents --from "$before" --to "$yesterday" --no-vector

# What the others say, in each form.
both "50.25" unpaid --to "$yesterday" --no-vector
grep -q "A-0 .*100.5.*50.25.*50.25" of-P || { complain "an invoice that is paid in part:"; cat of-P; }
grep -q "A-2" of-P && complain "an invoice that is not posted is unpaid"
both "Склад A" stock --to "$yesterday" --no-vector
grep -q "Склад A .*Гвозди A .*7" of-P || { complain "ten came and three went:"; cat of-P; }
both "Иванов" sales --from "$before" --to "$yesterday" --no-vector
both "rows" sales --from "$yesterday" --to "$yesterday" --no-vector --json
grep -q '"rows": \[\]' of-P || complain "a sale of the day before"
must filial C report sales --from "$before" --to "$yesterday" --file sales.csv
grep -q "Иванов;A;1;70" sales.csv || { complain "CSV:"; cat sales.csv; }
grep -q "^branch;name;position" sales.csv || complain "CSV without the vector"
LANG=ru_RU.UTF-8 must filial C report sales --from "$before" --to "$yesterday" --file ru.csv
grep -q "менеджер;филиал" ru.csv || { complain "not in the language of who asked:"; cat ru.csv; }
must filial C report unpaid --to "$yesterday" --file unpaid.xlsx --mirror P
python3 - <<'P' || complain "XLSX"
import zipfile
book = zipfile.ZipFile("unpaid.xlsx")
assert any("50.25" in book.read(name).decode() for name in book.namelist() if "sheet" in name)
P
must filial C report unpaid --to "$yesterday" --file unpaid.html
grep -q "<svg" unpaid.html && grep -q "Ромашка &lt;A&gt;" unpaid.html && ! grep -q "http" unpaid.html ||
    { complain "the page:"; head -c 3000 unpaid.html; }

# Reports of somebody's own; they cannot write, and what is wrong is named.
cat >own.sql <<'Q'
SELECT k.{Catalog.Контрагенты:Description} AS who, count(*) AS n FROM {Document.СчетНаОплатуПокупателю} AS d
JOIN {Catalog.Контрагенты} AS k ON k."_id" = d.{Document.СчетНаОплатуПокупателю:Контрагент}
WHERE d.{Document.СчетНаОплатуПокупателю:Date} < {to} GROUP BY 1 ORDER BY 1
Q
both "Ромашка <A>" --query own.sql --no-vector
echo 'DELETE FROM {Catalog.Склады}' >delete.sql
for mirror in S P; do
    expect 1 "read" filial C report --query delete.sql --mirror $mirror
done
echo 'COMMIT' >commit.sql
echo 'COPY filial_mirror TO STDOUT' >copy.sql
expect 1 "no columns" filial C report --query copy.sql --mirror P
echo 'SELECT 1; SELECT 2' >two.sql
for mirror in S P; do
    expect 1 "no columns" filial C report --query commit.sql --mirror $mirror
    expect 1 "statement" filial C report --query two.sql --mirror $mirror
done
echo 'SELECT {Catalog.Нет} FROM x' >none.sql
expect 1 "{Catalog.Нет} is not in this mirror" filial C report --query none.sql
echo 'SELECT FROM' >wrong.sql
expect 1 "syntax" filial C report --query wrong.sql
expect 2 "report list" filial C report nothing
expect 2 "which report" filial C report
expect 2 "are written to --file" filial C report stock --format csv
expect 2 "is a day as" filial C report stock --to 1.1.2026
expect 0 "an accumulation register" filial C report list

# What is asked is shown whole: the databases' own programs answer it with the same rows.
# same_rows REPORT.json ROWS: rows as sqlite3 and psql write them.
same_rows() {
    python3 - "$1" "$2" <<'P'
import json, sys
def cell(text):
    try:
        return float(text)
    except ValueError:
        return text
told = [[cell(str("" if value is None else value)) for value in row.values()] for row in json.load(open(sys.argv[1]))["rows"]]
asked = [[cell(text) for text in line.rstrip("\n").split("|")] for line in open(sys.argv[2])]
assert told and told == asked, (told, asked)
P
}
for report in documents stock sales unpaid "--query own.sql"; do
    # shellcheck disable=SC2086
    for mirror in S P; do
        must filial C report $report --from "$before" --to "$yesterday" --mirror $mirror --json
        mv out report.json
        must filial C report $report --from "$before" --to "$yesterday" --mirror $mirror --sql
        if [ $mirror = S ]; then
            sqlite3 -readonly mirror.db <out >rows
        else
            "$postgresql_bin/psql" -h "$work/pg-a" -U postgres -d mirror -qAtX <out >rows
        fi
        same_rows report.json rows || complain "$report of $mirror asked by hand differs: $(cat out)"
    done
done
expect 1 "no attribute" filial C report sales --by Нет

# A day that is closed by itself, and one who asks and goes.
must filial A report close-day --at 00:00 --zone UTC
must filial A report close-day --show
grep -q "00:00" out || { complain "not by itself:"; cat out; }
echo "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) AS i FROM n" >slow.sql
for mirror in S P; do
    timeout 2 "$bin/filial" --node C report --query slow.sql --mirror $mirror >/dev/null 2>&1
done
must filial C status

# Below B somebody closes days, too: C has what was written there when B's changes came whole.
make D
must filial B invite D --auto-approve
must filial D join "$(cat out)"
sell D
must filial D report close-day "$before"
for code in D B; do must filial $code sync now --timeout 30s; done
settled
both "1 of 4 branches: D (its last closed day is $before)" documents --from "$before" --to "$yesterday" --no-vector
below=$(sqlite3 "$work/mirror.db" "SELECT b.role, b.whole >= d.lsn FROM filial_branches AS b JOIN filial_days AS d
    ON d.node = b.node WHERE b.branch = 'D'")
[ "$below" = "below|1" ] || complain "D is $below"
must filial D report close-day "$yesterday"
for code in D B; do must filial $code sync now --timeout 30s; done
settled
for code in A B C D; do stop $code; done
expect 0 "Nobody is missing" filial C report documents --from "$before" --to "$yesterday"
expect 0 "UNION ALL" filial C report documents --sql
exit $((failures > 0))
