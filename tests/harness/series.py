#!/usr/bin/env python3
"""Every series that alert rules and dashboards select is among the metrics of a node.

series.py METRICS RULES DASHBOARD: names what is not there, and ends with 1 then. Labels
that Prometheus itself puts on are not looked at."""

import json
import re
import sys

SELECTOR = re.compile(r"\b((?:filial|process)_[a-z_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? ")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
OF_PROMETHEUS = {"instance", "job"}


def given(path):
    """The label sets of each metric."""
    series = {}
    with open(path, encoding="utf-8") as metrics:
        for line in metrics:
            found = SERIES.match(line)
            if found:
                labels = dict(LABEL.findall(found.group(2) or ""))
                series.setdefault(found.group(1), []).append(labels)
    return series


def fits(labels, matchers):
    for name, operator, value in matchers:
        if name in OF_PROMETHEUS:
            continue
        have = labels.get(name, "")
        same = re.fullmatch(value, have) if "~" in operator else have == value
        if bool(same) == operator.startswith("!"):
            return False
    return True


def expressions(node):
    """Of a dashboard: what each target asks for."""
    if isinstance(node, dict):
        if isinstance(node.get("expr"), str):
            yield node["expr"]
        for value in node.values():
            yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


def main(metrics, rules, dashboard):
    series = given(metrics)
    with open(rules, encoding="utf-8") as file:
        texts = [file.read()]
    with open(dashboard, encoding="utf-8") as file:
        texts += expressions(json.load(file))
    selected = sorted({found for text in texts for found in SELECTOR.findall(text)})
    missing = [
        f"{name}{{{labels}}}" if labels else name
        for name, labels in selected
        if not any(fits(one, MATCHER.findall(labels)) for one in series.get(name, []))
    ]
    for one in missing:
        print(f"nothing gives {one}")
    print(f"{len(selected)} selectors, {len(missing)} of nothing")
    return 1 if missing or not selected else 0


sys.exit(main(*sys.argv[1:]))
