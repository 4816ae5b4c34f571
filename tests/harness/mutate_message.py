"""Messages of EnterpriseData with one thing wrong, given to a node as files.

mutate_message.py FILIAL NODE MAPPING MESSAGE SEED COUNT: whatever is wrong, `filial import`
takes the message or refuses it with the line, and what it refuses has changed nothing.
Prints what it did; the exit status is 1 when that was not so.
"""

import collections
import json
import os
import random
import re
import subprocess
import sys

TAG = re.compile(r"<(/?)([^\s<>/!?]+)([^<>]*?)(/?)>")
VALUES = ["", "не то", "-1", "9" * 40, "1e5", "2025-13-45", "true", " 5 ", "1,5", "x" * 5000, "&#1;",
          "00000000-0000-0000-0000-000000000000", "zzzzzzzz-1111-4111-8111-111111111111"]
PIECES = ["<!-- c -->", "<?pi x?>", "<![CDATA[x]]>", "<Новое>1</Новое>", '<a:b xmlns:a="urn:a">1</a:b>', "&",
          "&nbsp;", "<", "]]>", "\x00", "<x y=1/>", "</Лишний>", "<А>" * 100, "текст"]
URIS = ["urn:x", "", "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"] + [
    f"http://v8.1c.ru/edi/edi_stnd/EnterpriseData/{version}" for version in ("9.9", "1.3", "1.17", "1.22", "-1")]
Element = collections.namedtuple("Element", "start end inner inner_end name")


def elements(text):
    """Every element: where it and its content begin and end."""
    found, opened = [], []
    for tag in TAG.finditer(text):
        if tag.group(1):
            first = opened.pop()
            found.append(Element(first.start(), tag.end(), first.end(), tag.start(), tag.group(2)))
        elif tag.group(4):
            found.append(Element(tag.start(), tag.end(), tag.end(), tag.end(), tag.group(2)))
        else:
            opened.append(tag)
    return found


def choose(rng, text):
    """An element, mostly of the body."""
    body = text.index("<Body")
    found = [one for one in elements(text) if one.name != "Message"]
    return rng.choice([one for one in found if one.start > body] if rng.random() < 0.8 else found)


def replaced(text, start, end, by):
    return text[:start] + by + text[end:]


def renamed(text, one):
    inside = text[one.start:one.end].replace("<" + one.name, "<" + one.name + "Х", 1)
    at = inside.rfind("</" + one.name + ">")
    return replaced(text, one.start, one.end, inside if at < 0 else replaced(inside, at, len(inside), f"</{one.name}Х>"))


def swapped(rng, text, one):
    """With another element anywhere, unless one holds the other."""
    other = choose(rng, text)
    first, second = sorted((one, other))
    if second.start < first.end:
        return replaced(text, one.start, one.end, "")
    return (text[:first.start] + text[second.start:second.end] + text[first.end:second.start]
            + text[first.start:first.end] + text[second.end:])


def flipped(rng, text):
    data = bytearray(text.encode())
    data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def mutated(rng, text):
    """The bytes, and what is wrong with them."""
    one = choose(rng, text)
    value, piece, uri = rng.choice(VALUES), rng.choice(PIECES), rng.choice(URIS)
    ways = {
        "deleted": lambda: replaced(text, one.start, one.end, ""),
        "twice": lambda: replaced(text, one.end, one.end, text[one.start:one.end]),
        "renamed": lambda: renamed(text, one),
        "emptied": lambda: replaced(text, one.inner, one.inner_end, ""),
        "value " + value[:12]: lambda: replaced(text, one.inner, one.inner_end, value),
        "piece " + repr(piece[:12]): lambda: replaced(text, one.end, one.end, piece),
        "nil": lambda: replaced(text, one.start, one.end, f'<{one.name} xsi:nil="true"/>'),
        "swapped": lambda: swapped(rng, text, one),
        "cut": lambda: text[:rng.randrange(len(text))],
        "byte": lambda: flipped(rng, text),
        "body of " + uri: lambda: re.sub(r'<Body xmlns="[^"]*"', f'<Body xmlns="{uri}"', text),
        "format " + uri: lambda: re.sub(r"(<msg:Format>)[^<]*", r"\g<1>" + uri, text),
        "header of another": lambda: text.replace("www.1c.ru/SSL/Exchange/Message", "urn", 1),
        "doctype": lambda: text.replace("<Message", '<!DOCTYPE Message [<!ENTITY a "b">]><Message', 1),
    }
    how = rng.choice(list(ways))
    data = ways[how]()
    return data if isinstance(data, bytes) else data.encode(), f"{how}: {one.name}"


def run(*arguments):
    environment = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="")
    done = subprocess.run(arguments, capture_output=True, env=environment, timeout=300, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def content(filial, node):
    status = json.JSONDecoder().raw_decode(run(filial, "--node", node, "--json", "status")[1])[0]
    return status["content_hash"], status["lsn"]


def main():
    filial, node, mapping, message, seed, count = sys.argv[1:]
    rng = random.Random(int(seed))
    with open(message, encoding="utf-8-sig") as file:
        text = file.read()
    before, wrong = content(filial, node), 0
    for _ in range(int(count)):
        data, what = mutated(rng, text)
        with open("mutant.xml", "wb") as file:
            file.write(data)
        status, said = run(filial, "--node", node, "import", "--format", "enterprisedata", "--mapping", mapping,
                           "mutant.xml")
        after = content(filial, node)
        fault = ("it ended with %d" % status if status not in (0, 1) or "Sanitizer" in said
                 else "it was refused and changed something" if status == 1 and before != after
                 else "no line is told" if status == 1 and "line " not in said and "empty" not in said else None)
        wrong += fault is not None
        if fault is not None:
            print(f"{fault}: {what}\n{said[-2000:]}")
        before = after
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
