#!/usr/bin/env python3
"""A model of a 1C base that synchronises through the universal format with a Filial node.

It is written down anew from the description of 1C's module DataExchangeXDTOServer and
shares no code with Filial: the settings message, numbers, ReceivedNo, the registration
with the number of the message that carried it first, the highest common version, kinds
filtered by what the header of the same message declares, stubs made of key properties and
deleted after the load, deletions at its end. Random edits on both sides, files that are
lost, cut off or come again; in the end both hold the same.

    base_enterprisedata.py FILIAL NODE EXCHANGE SEED STEPS BASE_CODE NODE_CODE [--zip]
"""
import json
import os
import random
import string
import subprocess
import sys
import uuid
import xml.etree.ElementTree as tree
import zipfile
from xml.sax.saxutils import escape

FORMAT = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"
MSG = "{http://www.1c.ru/SSL/Exchange/Message}"
PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"
HEADER = ["Format", "CreationDate", "Confirmation", "AvailableVersion", "NewFrom",
          "AvailableObjectTypes", "Prefix", "AvailableExtensions", "SynchronizationContour"]
CURRENCY, FIRM, PARTNER, CONTRACT = (
    "Справочник." + n for n in ("Валюты", "Организации", "Контрагенты", "Договоры"))
KINDS = [CURRENCY, FIRM, PARTNER, CONTRACT]
OF_NODE = {CURRENCY: "Catalog.Валюты", FIRM: "Catalog.Организации",
           PARTNER: "Catalog.Контрагенты", CONTRACT: "Catalog.ДоговорыКонтрагентов"}
SETS = [["1.6", "1.7", "1.8"], ["1.3", "1.4"], ["1.8", "1.10", "1.11"],
        ["1.16", "1.17", "1.20", "1.22"]]


class Wrong(Exception):
    """What 1C shows as an error of the load."""


def number_of(version):
    return tuple(int(part) for part in version.split("."))


def code_of(number):
    """Of three characters, and nobody else's: a node finds currencies by them."""
    digits = string.digits + string.ascii_uppercase
    return "".join(digits[number // 36 ** place % 36] for place in (2, 1, 0))


class Base:
    def __init__(self, code, peer, versions, receives):
        self.code, self.peer = code, peer
        self.versions, self.receives = versions, receives
        self.objects = {kind: {} for kind in KINDS}  # uuid -> fields, None: marked
        self.registered = {}  # (kind, uuid) -> number of the first message
        self.public = set()  # sent and confirmed, or received
        self.sent = self.received = 0
        self.version = None
        self.peer_types = None
        self.stubs_deleted = 0
        self.skipped = 0

    # --- writing ---

    def key(self, kind, ref, old):
        fields = self.objects[kind].get(ref) or {}
        text = f"<Ссылка>{ref}</Ссылка>"
        if kind == CURRENCY:
            inner = f"<Код>{fields['code']} </Код><Наименование>{fields['name']}</Наименование>"
            return text + (inner if old else
                           f"<ДанныеКлассификатора>{inner}</ДанныеКлассификатора>")
        if kind == CONTRACT:
            return (text + "<ВидДоговора>СПокупателем</ВидДоговора>"
                    f"<Организация>{self.key(FIRM, fields['firm'], old)}</Организация>"
                    f"<Контрагент>{self.key(PARTNER, fields['partner'], old)}</Контрагент>"
                    f"<Наименование>{fields['name']}</Наименование>")
        return (text + f"<Наименование>{fields['name']}</Наименование>"
                f"<НаименованиеПолное>{escape(fields['full'])}</НаименованиеПолное>"
                f"<ИНН>{fields['inn']}</ИНН>"
                "<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>")

    def body(self, number):
        items = []
        takes = {name: sending for name, sending in (self.peer_types or {}).items()}
        for (kind, ref), first in sorted(self.registered.items(), key=str):
            if "receiving" not in takes.get(kind, {}) or not self.passes(
                    takes[kind]["receiving"]):
                continue
            if first is None:
                self.registered[kind, ref] = number
            if self.objects[kind][ref] is None:
                if (kind, ref) in self.public:
                    name = kind.split(".")[1] + "Ссылка"
                    items.append(
                        "<УдалениеОбъекта><СсылкаНаОбъект><СсылкаНаОбъект>"
                        f"<{name}>{ref}</{name}></СсылкаНаОбъект></СсылкаНаОбъект>"
                        "</УдалениеОбъекта>")
                continue
            key = self.key(kind, ref, number_of(self.version) < (1, 7))
            items.append(f"<{kind}><КлючевыеСвойства>{key}</КлючевыеСвойства></{kind}>")
        return "".join(items)

    def passes(self, versions):
        wanted = [v.strip() for v in versions.split(",")]
        return "*" in wanted or self.version in wanted

    def message(self, settings=False):
        settings = settings or self.version is None
        number = 0 if settings else self.sent + 1
        types = "".join(
            f"<msg:ObjectType><msg:Name>{kind}</msg:Name><msg:Sending>*</msg:Sending>" +
            ("<msg:Receiving>*</msg:Receiving>" if kind in self.receives else
             "<msg:Receiving/>") + "</msg:ObjectType>" for kind in KINDS)
        body = "" if settings else self.body(number)
        self.sent = max(self.sent, number)
        uri = FORMAT + ("" if settings else "/" + self.version)
        return (
            '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n'
            '<Message xmlns:msg="http://www.1c.ru/SSL/Exchange/Message"><msg:Header>'
            f"<msg:Format>{uri}</msg:Format>"
            "<msg:CreationDate>2026-09-06T10:36:59</msg:CreationDate><msg:Confirmation>"
            f"<msg:ExchangePlan>{PLAN}</msg:ExchangePlan><msg:To>{self.peer}</msg:To>"
            f"<msg:From>{self.code}</msg:From><msg:MessageNo>{number}</msg:MessageNo>"
            f"<msg:ReceivedNo>{0 if settings else self.received}</msg:ReceivedNo>"
            "</msg:Confirmation>" +
            "".join(f"<msg:AvailableVersion>{v}</msg:AvailableVersion>"
                    for v in self.versions) +
            f"<msg:AvailableObjectTypes>{types}</msg:AvailableObjectTypes>"
            f"<msg:Prefix>{self.code[:2]}</msg:Prefix></msg:Header>" +
            ("" if settings else f'<Body xmlns="{uri}">{body}</Body>') + "</Message>"
        ).encode()

    # --- reading ---

    def header(self, root):
        """Steps 1 to 4: XDTO reads the header, order and all."""
        if root.tag != "Message" or len(root) == 0 or root[0].tag != MSG + "Header":
            raise Wrong("9: Ошибка формата файла обмена")
        names = [item.tag.replace(MSG, "") for item in root[0]]
        if [HEADER.index(n) for n in names] != sorted(HEADER.index(n) for n in names):
            raise Wrong(f"the order of the header: {names}")
        if "Confirmation" not in names:
            raise Wrong("9: no Confirmation")
        of = {item.tag.replace(MSG, ""): item.text for item in root[0].find(
            MSG + "Confirmation")}
        if of["To"] != self.code:
            raise Wrong(f"178: {of['To']}")
        if of["From"] != self.peer:
            raise Wrong(f"Не найден узел обмена: {of['From']}")
        return of

    def settings(self, root):
        """Step 7: what is known of the peer is replaced."""
        theirs = [v.text for v in root[0].findall(MSG + "AvailableVersion")]
        common = [v for v in self.versions if v in theirs]
        if not common:
            raise Wrong(f"no common version: {theirs}")
        types = root[0].find(MSG + "AvailableObjectTypes")
        if types is None or len(types) == 0:
            raise Wrong("the peer names no kinds")
        self.version = max(common, key=number_of)
        self.peer_types = {
            item.find(MSG + "Name").text: {
                "sending": item.findtext(MSG + "Sending") or "",
                "receiving": item.findtext(MSG + "Receiving") or ""} for item in types}

    def read(self, data):
        root = tree.fromstring(data.decode("utf-8-sig"))
        of = self.header(root)
        number, confirmed = int(of["MessageNo"]), int(of["ReceivedNo"])
        uri = root[0].find(MSG + "Format").text
        greeting = uri == FORMAT
        if greeting != (number == 0) or greeting != (len(root) == 1):
            raise Wrong(f"a settings message with number {number}, {len(root)} parts")
        if greeting or number <= self.received:
            self.settings(root)
            return False
        if confirmed > self.sent:
            raise Wrong(f"confirms {confirmed}, sent was {self.sent}")
        for pair, first in list(self.registered.items()):
            if first is not None and first <= confirmed:
                self.public.add(pair)
                del self.registered[pair]
        self.settings(root)
        if uri != f"{FORMAT}/{self.version}":
            raise Wrong(f"{uri}, and the highest common version is {self.version}")
        self.load(root[1], "{" + uri + "}")
        self.received = number
        return True

    def load(self, body, space):
        if body.tag != space + "Body":
            raise Wrong(f"9: {body.tag}")
        stubs, gone = {}, []
        for item in body:
            kind = item.tag.replace(space, "")
            if kind == "УдалениеОбъекта":
                leaf = item[0][0][0]
                gone.append(("Справочник." + leaf.tag.replace(space, "")[:-6], leaf.text))
            elif kind in KINDS and kind in self.receives and self.passes(
                    self.peer_types.get(kind, {}).get("sending", "")):
                self.take(kind, item[0], space, stubs)
                stubs.pop((kind, item[0].findtext(space + "Ссылка")), None)
            else:
                self.skipped += 1
        for kind, ref in gone:
            if self.objects.get(kind, {}).get(ref) is not None:
                self.objects[kind][ref] = None
                self.registered.pop((kind, ref), None)
        for kind, ref in stubs:
            if not self.refers(kind, ref):
                del self.objects[kind][ref]
                self.stubs_deleted += 1

    def refers(self, kind, ref):
        field = {FIRM: "firm", PARTNER: "partner"}.get(kind)
        return any(o is not None and o.get(field) == ref
                   for o in self.objects[CONTRACT].values())

    def take(self, kind, key, space, stubs):
        ref = key.findtext(space + "Ссылка")
        if str(uuid.UUID(ref)) != ref:
            raise Wrong(f"Ссылка {ref}")
        if kind == CURRENCY:
            inner = key if number_of(self.version) < (1, 7) else key.find(
                space + "ДанныеКлассификатора")
            fields = {"code": inner.findtext(space + "Код"),
                      "name": inner.findtext(space + "Наименование")}
        elif kind == CONTRACT:
            fields = {"name": key.findtext(space + "Наименование")}
            for name, other, of in (("firm", FIRM, "Организация"),
                                    ("partner", PARTNER, "Контрагент")):
                inner = key.find(space + of)
                fields[name] = inner.findtext(space + "Ссылка")
                if fields[name] not in self.objects[other]:
                    self.take(other, inner, space, stubs)
                    stubs[other, fields[name]] = True
        else:
            fields = {"name": key.findtext(space + "Наименование"),
                      "full": key.findtext(space + "НаименованиеПолное") or "",
                      "inn": key.findtext(space + "ИНН") or ""}
        if None in fields.values():
            raise Wrong(f"{kind} {ref}: {fields}")
        self.objects[kind][ref] = fields
        self.public.add((kind, ref))

    def change(self, kind, ref, fields):
        self.objects[kind][ref] = fields
        self.registered[kind, ref] = None


class World:
    def __init__(self, arguments):
        self.filial, self.node, self.directory = arguments[:3]
        seed, base_code, node_code = int(arguments[3]), arguments[5], arguments[6]
        self.random = random.Random(seed)
        self.zipped = "--zip" in arguments
        receives = KINDS if seed % 3 else KINDS[:3]
        self.base = Base(base_code, node_code, SETS[seed % len(SETS)], receives)
        self.counter = seed * 10000
        self.counts = {}
        self.old = []
        shared = os.environ.get("FILIAL_SHARED", "")
        self.schemas = os.path.join(shared, "schemas", "enterprisedata") if shared else ""
        self.validated = 0

    def run(self, *words, ok=(0,)):
        done = subprocess.run(
            [self.filial, "--node", self.node, "--json", *words], capture_output=True,
            timeout=120)
        if done.returncode not in ok:
            sys.exit(f"{words}: {done.stdout.decode()} {done.stderr.decode()}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def name(self):
        return f"Message_{self.base.code}_{self.base.peer}"

    def path(self, name):
        return os.path.join(self.directory, name)

    def fresh(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    # --- steps ---

    def live(self, kind, objects):
        return sorted(r for r, o in objects[kind].items() if o is not None)

    def invent(self, kind, objects, who):
        self.counter += 1
        n = self.counter
        if kind == CURRENCY:
            return {"code": code_of(n), "name": f"{who}{n}"}
        if kind == CONTRACT:
            firms, partners = self.live(FIRM, objects), self.live(PARTNER, objects)
            if not firms or not partners:
                return None
            return {"name": f"{who} {n}", "firm": self.random.choice(firms),
                    "partner": self.random.choice(partners)}
        return {"name": f"{who} {n}", "full": f"{who} & {n} <полное>",
                "inn": f"{77 * 10**8 + n}"}

    def base_edits(self):
        kind = self.random.choice(KINDS)
        known = self.live(kind, self.base.objects)
        public = [ref for ref in known if (kind, ref) in self.base.public]
        if public and self.random.random() < 0.2 and kind == CURRENCY:
            # 1C tells no deletion of what was not confirmed: then the sides differ.
            self.base.change(kind, self.random.choice(public), None)
            return
        fields = self.invent(kind, self.base.objects, "база")
        again = known and self.random.random() < 0.5
        if fields is not None:
            self.base.change(
                kind, self.random.choice(known) if again else self.fresh(), fields)

    def node_edits(self):
        kind = self.random.choice(KINDS)
        objects = {k: self.refs(k) for k in (kind, FIRM, PARTNER)}
        known = sorted(objects[kind])
        if known and self.random.random() < 0.2 and kind == CURRENCY:
            ref = self.random.choice(known)
            where = f"{OF_NODE[kind]}:{ref}"
            if self.random.random() < 0.5:
                self.run("object", "put", where, "--set", "DeletionMark=true")
            else:
                self.run("object", "delete", where)
            return
        fields = self.invent(kind, objects, "узел")
        if fields is None:
            return
        ref = self.random.choice(known) if known and self.random.random() < 0.5 else self.fresh()
        names = {"code": "Code", "name": "Description", "full": "НаименованиеПолное",
                 "inn": "ИНН", "firm": "Организация", "partner": "Owner"}
        words = [w for f, v in fields.items() for w in ("--set", f"{names[f]}={v}")]
        if kind != CURRENCY:
            words += ["--set", f"Code={self.counter % 100000}"]
        self.run("object", "put", f"{OF_NODE[kind]}:{ref}", *words)

    def write(self, data):
        name = self.path(self.name())
        if self.zipped:
            with zipfile.ZipFile(name + ".zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(self.name() + ".xml", data)
            return name + ".zip"
        with open(name + ".xml", "wb") as file:
            file.write(data)
        return name + ".xml"

    def base_writes(self):
        data = self.base.message()
        self.old.append((data, self.base.sent))
        return self.write(data)

    def base_writes_in_pieces(self):
        name = self.base_writes()
        with open(name, "rb") as file:
            whole = file.read()
        with open(name, "wb") as file:
            file.write(whole[: self.random.randrange(1, len(whole))])
        before = self.state()["received"]
        self.polls()
        if self.state()["received"] != before:
            sys.exit("a file that is not whole was taken")
        with open(name, "wb") as file:
            file.write(whole)

    def comes_again(self):
        """An old message, whose number was taken, counts for nothing."""
        before = self.state()["received"]
        old = [data for data, number in self.old if 0 < number <= before]
        if old:
            self.write(self.random.choice(old))
            self.polls()
            if self.state()["received"] != before:
                sys.exit("an old message was taken")

    def base_reads(self):
        names = [n for n in os.listdir(self.directory)
                 if n.startswith(f"Message_{self.base.peer}_{self.base.code}.")]
        if not names:
            return
        newest = max(names, key=lambda n: os.stat(self.path(n)).st_mtime_ns)
        with open(self.path(newest), "rb") as file:
            data = file.read()
        if newest.endswith(".zip"):
            with zipfile.ZipFile(self.path(newest)) as archive:
                data = archive.read(archive.infolist()[0])
        self.validate(data)
        try:
            self.base.read(data)
        except Wrong as wrong:
            sys.exit(f"1C refuses {newest}: {wrong}\n{data.decode()[:3000]}")

    def validate(self, data):
        """By 1C's own schema, where it is at hand."""
        version = data.split(b"EnterpriseData/", 1)[-1].split(b"<", 1)[0].decode()
        name = f"Message_{version.replace('.', '_')}_" if version[:1].isdigit() else "Message_1_8_"
        found = [n for n in (os.listdir(self.schemas) if self.schemas else [])
                 if n.startswith(name)]
        if not found:
            return
        done = subprocess.run(
            ["xmllint", "--noout", "--schema", os.path.join(self.schemas, found[0]), "-"],
            input=data, capture_output=True, timeout=120)
        if done.returncode != 0:
            sys.exit(f"{found[0]}: {done.stderr.decode()[:2000]}")
        self.validated += 1

    def state(self):
        return self.run("endpoint", "show", self.base.code)

    def polls(self):
        state = self.run("endpoint", "poll", self.base.code, ok=(0, 1))
        if "state" not in state:
            sys.exit("a look failed")

    def loses(self):
        names = [n for n in os.listdir(self.directory) if self.base.code in n]
        if names:
            os.unlink(self.path(self.random.choice(sorted(names))))

    # --- the end ---

    def refs(self, kind):
        listed = self.run("object", "list", OF_NODE[kind], "--limit", "0")["objects"]
        return {o["ref"].split(":")[1]: {} for o in listed}

    def objects(self):
        return {kind: {ref: self.fields(kind, f"{name}:{ref}") for ref in self.refs(kind)}
                for kind, name in OF_NODE.items()}

    def fields(self, kind, where):
        item = self.run("object", "get", where)["set"]

        def id_of(name):
            return (item.get(name) or "").split(":")[-1]
        if item.get("DeletionMark"):
            return None
        if kind == CURRENCY:
            return {"code": item["Code"], "name": item["Description"]}
        if kind == CONTRACT:
            return {"name": item["Description"], "firm": id_of("Организация"),
                    "partner": id_of("Owner")}
        return {"name": item["Description"], "full": item.get("НаименованиеПолное", ""),
                "inn": item.get("ИНН", "")}

    def settle(self):
        for _ in range(8):
            self.base_writes()
            self.polls()
            self.base_reads()
        state = self.state()
        if state["state"] != "ok":
            sys.exit(f"in the end: {state}")
        ours, theirs = self.objects(), self.base.objects
        for kind in self.base.receives:
            for ref in sorted(set(ours[kind]) | set(theirs[kind])):
                a, b = ours[kind].get(ref), theirs[kind].get(ref)
                if a != b:
                    sys.exit(f"in the end {kind} {ref}: node {a}, base {b}")
        if self.base.registered:
            sys.exit(f"never confirmed: {self.base.registered}")

    def work(self, steps):
        weights = {
            self.base_edits: 20, self.node_edits: 14, self.base_writes: 12, self.polls: 12,
            self.base_reads: 14, self.base_writes_in_pieces: 4, self.comes_again: 3,
            self.loses: 4}
        for _ in range(steps):
            step = self.random.choices(list(weights), list(weights.values()))[0]
            self.counts[step.__name__] = self.counts.get(step.__name__, 0) + 1
            step()
        self.settle()
        count = sum(len(o) for o in self.base.objects.values())
        if self.schemas and os.path.isdir(self.schemas) and self.validated == 0:
            sys.exit("no message of ours met its schema")
        print(f"{count} objects agree in {self.base.version} after {steps} steps, "
              f"{self.validated} messages validated, "
              f"{self.base.stubs_deleted} stubs, {self.base.skipped} skipped: {self.counts}")


World(sys.argv[1:]).work(int(sys.argv[5]))
