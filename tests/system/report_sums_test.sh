#!/usr/bin/env bash
# Each standard report against sums that are made another way: by a program that knows what
# two branches have entered, changed and deleted. report_sums_test.sh BIN CONFIGURATION HARNESS
harness=$(realpath "$3")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
. "$harness/postgresql.sh"
trap 'postgresql_stop a; cleanup' EXIT

[ -n "$postgresql_bin" ] || {
    echo "postgresql-15 is not installed: deploy/packages test"
    exit 77
}
export TZ=UTC

# Writes A.jsonl and B.jsonl, in the order of two rounds, and what the reports are to say.
python3 - <<'P'
import collections, decimal, json, random, uuid
random.seed(90210)
D = decimal.Decimal
FROM, TO = "2026-01-10", "2026-01-20"
MOMENTS = ["2026-01-09T23:59:59", "2026-01-10T00:00:00", "2026-01-15T12:00:00", "2026-01-20T00:00:00",
           "2026-01-20T23:59:59", "2026-01-21T00:00:00"]
lines = {"A": [], "B": []}
cards, documents, records = {}, {}, {}

def ref(kind, name):
    return f"{kind}:{uuid.uuid5(uuid.NAMESPACE_OID, kind + str(name))}"
def tell(branch, **line):
    lines[branch].append(json.dumps(line, ensure_ascii=False, default=str))
def card(kind, name, **values):
    cards[ref(kind, name)] = values
    tell(random.choice("AB"), put=ref(kind, name), set=values)
    return ref(kind, name)
def document(branch, to, **values):
    tell(branch, put=to, set=values)
    documents.setdefault(to, {}).update(values, branch=branch)
    return to
def money():
    return D(random.randrange(1, 1000000)) / 100

customers = [card("Catalog.Контрагенты", i, Description=f"Покупатель {i}", ОсновнойМенеджер=f"Менеджер {i % 4}" if i % 5 else "")
             for i in range(20)]
goods = [card("Catalog.Номенклатура", i, Description=f"Товар {i}") for i in range(8)]
stores = [card("Catalog.Склады", i, Description=f"Склад {i}") for i in range(3)]

def enter(branch, kind, i):
    """A document, or another state of it."""
    to = ref("Document." + kind, i)
    posted = random.random() < 0.8
    values = {"Number": str(i), "Date": random.choice(MOMENTS), "Posted": posted, "СуммаДокумента": money(),
              "DeletionMark": not posted and random.random() < 0.5}
    if kind in ("РеализацияТоваровУслуг", "СчетНаОплатуПокупателю"):
        values["Контрагент"] = random.choice(customers)
    invoice = ref("Document.СчетНаОплатуПокупателю", random.randrange(60))
    if kind == "ПоступлениеНаРасчетныйСчет":
        values["Основание"] = invoice
        values["СуммаДокумента"] = money() / 3 // D("0.01") * D("0.01")
    if kind == "ПриходныйКассовыйОрдер":
        values["РасшифровкаПлатежа"] = [{"Сделка": random.choice([invoice, ref("Document.СчетНаОплатуПокупателю", n)]),
                                         "СуммаПлатежа": D(random.randrange(1, 300000)) / 100} for n in range(random.randrange(4))]
    document(branch, to, **values)
    if kind in ("РеализацияТоваровУслуг", "ПоступлениеТоваровУслуг"):
        records[to] = [{"Period": values["Date"], "Active": posted, "RecordType": "Receipt" if kind[0] == "П" else "Expense",
                        "Номенклатура": random.choice(goods), "Склад": random.choice(stores),
                        "Количество": D(random.randrange(1, 5000)) / 1000} for _ in range(random.randrange(5))]
        tell(branch, put="AccumulationRegister.ТоварыНаСкладах", filter={"Recorder": to}, records=records[to])

KINDS = {"РеализацияТоваровУслуг": 80, "ПоступлениеТоваровУслуг": 60, "СчетНаОплатуПокупателю": 60,
         "ПоступлениеНаРасчетныйСчет": 60, "ПриходныйКассовыйОрдер": 40}
for kind, count in KINDS.items():
    for i in range(count):
        enter("AB"[i % 2], kind, i)
first = {branch: len(lines[branch]) for branch in lines}
for kind, count in KINDS.items():
    for i in range(0, count, 3):
        branch = "AB"[i % 2]
        to = ref("Document." + kind, i)
        if random.random() < 0.3:
            tell(branch, delete=to)
            documents.pop(to)
            if records.pop(to, None) is not None:
                tell(branch, put="AccumulationRegister.ТоварыНаСкладах", filter={"Recorder": to}, records=[])
        else:
            enter(branch, kind, i)
for branch in lines:
    for name, part in ("1", lines[branch][:first[branch]]), ("2", lines[branch][first[branch]:]):
        open(branch + name, "w").write("\n".join(part) + "\n")

def kind_of(to):
    return to.split(":")[0].split(".")[1]
def is_in(moment, beginning=True):
    return (not beginning or moment[:10] >= FROM) and moment[:10] <= TO
count = collections.defaultdict(lambda: [0, 0])
sales = collections.defaultdict(lambda: [0, D(0)])
paid = collections.defaultdict(D)
for to, one in documents.items():
    if is_in(one["Date"]) and not one["DeletionMark"]:
        place = count[one["branch"], one["Date"][:10], kind_of(to)]
        place[0] += one["Posted"]
        place[1] += 1
    if kind_of(to) == "РеализацияТоваровУслуг" and is_in(one["Date"]) and one["Posted"]:
        place = sales[cards[one["Контрагент"]]["ОсновнойМенеджер"], one["branch"]]
        place[0] += 1
        place[1] += one["СуммаДокумента"]
    if one["Posted"] and is_in(one["Date"], beginning=False):
        if "Основание" in one:
            paid[one["Основание"]] += one["СуммаДокумента"]
        for row in one.get("РасшифровкаПлатежа", []):
            paid[row["Сделка"]] += row["СуммаПлатежа"]
stock = collections.defaultdict(D)
for rows in records.values():
    for row in rows:
        if row["Active"] and is_in(row["Period"], beginning=False):
            stock[cards[row["Склад"]]["Description"], cards[row["Номенклатура"]]["Description"]] += (
                row["Количество"] if row["RecordType"] == "Receipt" else -row["Количество"])
unpaid = [[one["Number"], one["Date"][:10], cards[one["Контрагент"]]["Description"], one["branch"], one["СуммаДокумента"],
           paid[to], one["СуммаДокумента"] - paid[to]] for to, one in documents.items()
          if kind_of(to) == "СчетНаОплатуПокупателю" and one["Posted"] and is_in(one["Date"], beginning=False)
          and one["СуммаДокумента"] > paid[to]]
wanted = {"documents": [[*key, *value] for key, value in count.items()],
          "sales": [[*key, *value] for key, value in sales.items()],
          "stock": [[*key, value] for key, value in stock.items() if value != 0], "unpaid": unpaid}
json.dump(wanted, open("wanted.json", "w"), ensure_ascii=False, default=float)
P

postgresql_start a || exit 1
postgresql a postgres "CREATE DATABASE mirror"
for code in C A B; do make $code; done
for code in A B; do
    must filial C invite $code --auto-approve
    must filial $code join "$(cat out)"
    must filial $code batch <${code}1
done
must filial C endpoint add --node S --format sql --url "sqlite:$work/mirror.db" --poll 1s
must filial C endpoint add --node P --format sql --url "$(postgresql_url a mirror)" --partition branch --poll 1s
settle() {
    for code in A B A; do must filial $code sync now --timeout 60s; done # A has the cards of B then
    for mirror in S P; do must filial C endpoint poll $mirror; done
}
settle
for code in A B; do must filial $code batch <${code}2; done
settle
for report in documents stock sales unpaid; do
    from=--from
    case $report in stock | unpaid) from= ;; esac
    for mirror in S P; do
        must filial C report $report ${from:+--from 2026-01-10} --to 2026-01-20 --mirror $mirror --no-vector --json
        python3 - $report <<'P' || complain "$report of $mirror is not what was entered"
import json, sys
def order(rows):
    return sorted([[round(float(cell), 6) if not isinstance(cell, str) else cell for cell in row] for row in rows])
wanted = order(json.load(open("wanted.json"))[sys.argv[1]])
told = order(list(row.values()) for row in json.load(open("out"))["rows"])
assert len(wanted) > 5, wanted
for one, other in zip(wanted, told):
    assert one == other, f"wanted {one}, told {other}"
assert len(wanted) == len(told), f"wanted {len(wanted)} rows, told {len(told)}"
P
    done
done
for code in A B C; do stop $code; done
exit $((failures > 0))
