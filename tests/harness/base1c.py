#!/usr/bin/env python3
"""A small model of a 1C base that exchanges messages of a plan with one Filial node.

It keeps what 1C keeps (objects, SentNo, ReceivedNo, a registration with the number of the
message that carried it first) and follows 1C's rules, written down anew from their
description, with no code of Filial in it. Random edits on both sides, files that are lost,
cut off or repeated, and a base that is put back to an earlier state; at the end both hold
the same.

    base1c.py FILIAL NODE_DIRECTORY EXCHANGE_DIRECTORY SEED STEPS [--zip]
"""
import copy
import json
import os
import random
import subprocess
import sys
import uuid
import xml.etree.ElementTree as tree
import zipfile

TYPE = "Валюты"
MSG = "{http://v8.1c.ru/messages}"
DATA = "{http://v8.1c.ru/data}"


class Base:
    def __init__(self, ours, theirs, plan):
        self.ours, self.theirs, self.plan = ours, theirs, plan
        self.objects = {}  # ref -> (code, description)
        self.registered = {}  # ref -> number of the first message, None: none yet
        self.sent = 0
        self.received = 0

    def write(self, ref, value):
        if value is None:
            self.objects.pop(ref, None)
        else:
            self.objects[ref] = value
        self.registered[ref] = None

    def message(self):
        """BeginWrite, SelectChanges, WriteXML, EndWrite."""
        number = self.sent + 1
        items = []
        for ref, first in self.registered.items():
            if first is None:
                self.registered[ref] = number
            if ref in self.objects:
                code, text = self.objects[ref]
                items.append(
                    f"<CatalogObject.{TYPE}><Ref>{ref}</Ref><DeletionMark>false</DeletionMark>"
                    f"<Code>{code}</Code><Description>{text}</Description>"
                    "<НаименованиеПолное/><Кратность>1</Кратность>"
                    f"</CatalogObject.{TYPE}>"
                )
            else:
                items.append(
                    f'<d1:ObjectDeletion xmlns:d1="http://v8.1c.ru/data"><d1:Ref xmlns:i='
                    f'"http://www.w3.org/2001/XMLSchema-instance" i:type="CatalogRef.{TYPE}">'
                    f"{ref}</d1:Ref></d1:ObjectDeletion>"
                )
        self.sent = number
        return (
            '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n'
            '<m:Message xmlns:m="http://v8.1c.ru/messages"><m:Header>'
            f"<m:ExchangePlan>{self.plan}</m:ExchangePlan><m:To>{self.theirs}</m:To>"
            f"<m:From>{self.ours}</m:From><m:MessageNo>{number}</m:MessageNo>"
            f"<m:ReceivedNo>{self.received}</m:ReceivedNo></m:Header>"
            f"<m:Body>{''.join(items)}</m:Body></m:Message>"
        ).encode()

    def read(self, data):
        """BeginRead with Greater, the confirmation, ReadXML and Write, EndRead."""
        root = tree.fromstring(data.decode("utf-8-sig"))
        head = {e.tag.replace(MSG, ""): e.text for e in root.find(MSG + "Header")}
        assert head["ExchangePlan"] == self.plan, head
        assert head["To"] == self.ours and head["From"] == self.theirs, head
        number, confirmed = int(head["MessageNo"]), int(head["ReceivedNo"])
        if number <= self.received:
            return False
        restored = confirmed > self.sent
        if not restored:
            self.registered = {
                ref: first
                for ref, first in self.registered.items()
                if first is None or first > confirmed
            }
        for item in root.find(MSG + "Body"):
            if item.tag == DATA + "ObjectDeletion":
                ref = item.find(DATA + "Ref").text
                self.objects.pop(ref, None)
            else:
                assert item.tag == f"CatalogObject.{TYPE}", item.tag
                ref = item.find("Ref").text
                self.objects[ref] = (item.find("Code").text, item.find("Description").text)
            self.registered.pop(ref, None)
        self.received = number
        if restored:
            self.sent = confirmed
        return True


class World:
    def __init__(self, filial, node, directory, seed, zipped):
        self.filial, self.node, self.directory = filial, node, directory
        self.random = random.Random(seed)
        self.zipped = zipped
        self.base = Base("БП", "Ф01", "Филиалы")
        self.saved = copy.deepcopy(self.base)
        self.counter = 0
        self.counts = {}

    def run(self, *words, ok=(0,), but=None):
        """What it answers; with `but` it may fail, in those words only, and answers nothing."""
        done = subprocess.run(
            [self.filial, "--node", self.node, "--json", *words], capture_output=True, timeout=120
        )
        if done.returncode == 1 and but is not None and but in done.stderr.decode():
            return {}
        if done.returncode not in ok:
            sys.exit(f"{words}: {done.stdout.decode()} {done.stderr.decode()}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def path(self, name):
        return os.path.join(self.directory, name)

    def state(self):
        return self.run("endpoint", "show", "БП")

    def next(self):
        self.counter += 1
        return self.counter

    # --- steps ---

    def base_edits(self):
        base, known = self.base, sorted(self.base.objects)
        if known and self.random.random() < 0.6:
            ref = self.random.choice(known)
            if self.random.random() < 0.2:
                base.write(ref, None)
                return
        else:
            ref = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        n = self.next()
        base.write(ref, (f"{n % 1000:03}", f"база {n}"))

    def node_edits(self):
        known = self.objects()
        n = self.next()
        if known and self.random.random() < 0.6:
            ref = self.random.choice(sorted(known))
            if self.random.random() < 0.2:
                # What the base has deleted may be on its way in.
                self.run("object", "delete", f"Catalog.{TYPE}:{ref}", but="so it cannot be deleted")
                return
            where = f"Catalog.{TYPE}:{ref}"
        else:
            where = f"Catalog.{TYPE}"
        self.run("object", "put", where, "--set", f"Code={n % 1000:03}", "--set",
                 f"Description=узел {n}", "--set", "Кратность=1")

    def base_writes(self):
        data = self.base.message()
        name = self.path("Message_БП_Ф01")
        if self.zipped:
            with zipfile.ZipFile(name + ".zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("Message_БП_Ф01.xml", data)
            return name + ".zip"
        with open(name + ".xml", "wb") as file:
            file.write(data)
        return name + ".xml"

    def base_writes_in_pieces(self):
        """1C writes over its file in place: the node may look meanwhile."""
        name = self.base_writes()
        with open(name, "rb") as file:
            whole = file.read()
        with open(name, "wb") as file:
            file.write(whole[: self.random.randrange(1, len(whole))])
        before = self.state()
        self.polls(ok=(0, 1))
        after = self.state()
        if after["received"] != before["received"] or after["reason"] != "not_whole":
            sys.exit(f"a file that is not whole: {before} {after}")
        with open(name, "wb") as file:
            file.write(whole)

    def base_reads(self):
        names = [n for n in os.listdir(self.directory) if n.startswith("Message_Ф01_БП.")]
        if not names:
            return
        newest = max(names, key=lambda n: os.stat(self.path(n)).st_mtime_ns)
        with open(self.path(newest), "rb") as file:
            data = file.read()
        if newest.endswith(".zip"):
            with zipfile.ZipFile(self.path(newest)) as archive:
                data = archive.read(archive.infolist()[0])
        self.base.read(data)

    def polls(self, ok=(0, 1)):
        self.run("endpoint", "poll", "БП", ok=ok)

    def loses(self):
        names = os.listdir(self.directory)
        if names:
            try:
                os.unlink(self.path(self.random.choice(sorted(names))))
            except FileNotFoundError:
                pass  # a daemon has put another one in its place, or it was not whole yet

    def saves(self):
        self.saved = copy.deepcopy(self.base)

    def restores(self):
        """A backup of the base is put back; its administrator asks for everything."""
        self.base = copy.deepcopy(self.saved)
        self.run("register", "--all", "--for", "БП")

    # --- the end ---

    def objects(self):
        listed = self.run("object", "list", f"Catalog.{TYPE}", "--limit", "0")["objects"]
        return {o["ref"].split(":")[1]: (o["Code"], o["Description"]) for o in listed}

    def settle(self):
        for _ in range(8):
            self.base_writes()
            self.polls()
            self.base_reads()
        state = self.state()
        if state["state"] != "ok":
            sys.exit(f"in the end: {state}")
        ours, theirs = self.objects(), self.base.objects
        if ours != theirs:
            for ref in sorted(set(ours) | set(theirs)):
                if ours.get(ref) != theirs.get(ref):
                    print(ref, "node", ours.get(ref), "base", theirs.get(ref))
            sys.exit("node and base differ in the end")
        if self.base.registered:
            sys.exit(f"never confirmed: {self.base.registered}")

    def work(self, steps):
        weights = {
            self.base_edits: 20, self.node_edits: 14, self.base_writes: 12, self.polls: 12,
            self.base_reads: 14, self.base_writes_in_pieces: 4, self.loses: 4, self.saves: 2,
            self.restores: 1,
        }
        for _ in range(steps):
            step = self.random.choices(list(weights), list(weights.values()))[0]
            self.counts[step.__name__] = self.counts.get(step.__name__, 0) + 1
            step()
        self.settle()
        print(f"{len(self.base.objects)} objects agree after {steps} steps: {self.counts}")


def main():
    filial, node, directory, seed, steps = sys.argv[1:6]
    World(filial, node, directory, int(seed), "--zip" in sys.argv).work(int(steps))


main()
