"""Reads plants.txt: `plant_edit.py FILE [rare]` lists the names, the
rare ones only when asked, `plant_edit.py FILE NAME TREE OUT`
writes the file with the bug in it and prints where it belongs, what it is, why it may be missed,
from which seed on it is hunted."""

import sys


def read(path):
    """The plants in their order: name -> {is, in, missed, rare, edits}."""
    plants, plant, mode, old, new = {}, None, None, [], []
    for line in open(path, encoding="utf-8").read().split("\n"):
        if line == "<<<<":
            mode, old, new = "old", [], []
        elif line == "====" and mode == "old":
            mode = "new"
        elif line == ">>>>" and mode == "new":
            plant["edits"].append(("\n".join(old), "\n".join(new)))
            mode = None
        elif mode:
            (old if mode == "old" else new).append(line)
        elif line.startswith("plant "):
            plant = plants.setdefault(line[6:], {"missed": "", "edits": []})
        elif plant is not None and line:
            word, _, rest = line.partition(" ")
            plant[word] = rest
    return plants


def main():
    plants = read(sys.argv[1])
    if len(sys.argv) < 4:
        print("\n".join(n for n in plants if len(sys.argv) == 3 or "rare" not in plants[n]))
        return 0
    name, tree, out = sys.argv[2:]
    plant = plants[name]
    text = open(f"{tree}/{plant['in']}", encoding="utf-8").read()
    for old, new in plant["edits"]:
        if text.count(old) != 1:
            print(f"{plant['in']} has {text.count(old)} places for {name}, not one:\n{old}", file=sys.stderr)
            return 1
        text = text.replace(old, new)
    open(out, "w", encoding="utf-8").write(text)
    print(plant["in"], plant["is"], plant["missed"], plant.get("from", "1"), sep="\n")
    return 0


sys.exit(main())
