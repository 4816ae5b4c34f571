"""Checks a .proto file: no message contains itself, and no field is a `string`."""

import re
import sys

text = re.sub(r"//[^\n]*", "", open(sys.argv[1], encoding="utf-8").read())
fields = {}
stack = []
problems = []
for token in re.finditer(r"message\s+(\w+)\s*\{|oneof\s+\w+\s*\{|enum\s+\w+\s*\{|\}|(?:repeated\s+)?([\w.]+)\s+\w+\s*=\s*\d+", text):
    if token.group(1):
        stack.append(token.group(1))
        fields[token.group(1)] = set()
    elif token.group(0) == "}":
        stack.pop()
    elif token.group(2) is None:
        stack.append(stack[-1] if stack else None)
    elif stack and stack[-1]:
        if token.group(2) == "string":
            problems.append(f"{stack[-1]}: a string field; use bytes for users' text")
        fields[stack[-1]].add(token.group(2))


def reaches(start, here, seen):
    for kind in fields.get(here, ()):
        if kind == start or (kind not in seen and reaches(start, kind, seen | {kind})):
            return True
    return False


problems += [f"{name} contains itself" for name in fields if reaches(name, name, set())]
print("\n".join(problems) or f"{len(fields)} messages")
sys.exit(1 if problems or not fields else 0)
