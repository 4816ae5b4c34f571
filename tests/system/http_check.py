#!/usr/bin/env python3
"""Checks of HTTP's answers for http_test.sh: check, document, get, metrics, batch, pages."""

import json
import re
import sys
import urllib.parse
import urllib.request

METHODS = ("get", "put", "post", "delete", "patch")


def media(head):
    types = [line.split(":", 1)[1].strip() for line in head if line.lower().startswith("content-type:")]
    return types[-1].split(";")[0] if types else None


def operation_of(document, method, path):
    """The longest path of the document that this one is."""
    path = urllib.parse.unquote(path.split("?")[0])
    path = re.sub(r"\(.*\)$", "({key})", path)
    return document["paths"].get(path, {}).get(method.lower())


def resolve(document, node):
    while "$ref" in node:
        found = document
        for part in node["$ref"][2:].split("/"):
            found = found[part.replace("~1", "/")]
        node = found
    return node


def check_one(document, directory, number, method, path, status):
    import jsonschema

    kind = media(open(f"{directory}/{number}.head", errors="replace").read().splitlines())
    body = open(f"{directory}/{number}.body", "rb").read() if status != "204" else b""
    operation = operation_of(document, method, path)
    if int(status) >= 400:
        answer = document["components"]["responses"]["Error"]
        if operation and status in operation["responses"]:
            answer = operation["responses"][status]
    elif operation is None:
        return None if kind and not kind.startswith("application/json") else f"{method} {path} is not described"
    else:
        answer = resolve(document, operation["responses"].get(status, {}))
        if not answer:
            return f"status {status} is not described"
    content = answer.get("content", {})
    if not content:
        return None if not body else "a body that is not described"
    if kind not in content:
        return f"{kind} is not described"
    if kind != "application/json":
        return None
    schema = {**content[kind]["schema"], "components": document["components"]}
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.loads(body)))
    return errors[0].message[:500] if errors else None


def check(document_file, directory):
    document = json.load(open(document_file))
    for line in open(f"{directory}/list"):
        number, method, path, status = line.split()
        problem = check_one(document, directory, number, method, path, status)
        if problem:
            return f"{method} {path} {status}: {problem}"
    return None


def check_document(document_file):
    import jsonschema

    document = json.load(open(document_file))
    if not document["openapi"].startswith("3.1") or not document["info"]["title"]:
        return "no OpenAPI 3.1"
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
    for path, item in document["paths"].items():
        if not path.startswith("/"):
            return f"{path} is no path"
        for method, operation in item.items():
            if method in METHODS and not operation.get("responses"):
                return f"{method} {path} has no responses"

    def refs(node):
        if isinstance(node, dict):
            if "$ref" in node:
                resolve(document, node)
            for value in node.values():
                refs(value)
        elif isinstance(node, list):
            for value in node:
                refs(value)

    refs(document)
    return None


def get(path):
    node = json.load(sys.stdin)
    parts = path.split(".") if not path.startswith("odata.") else [path]
    for part in parts:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if isinstance(node, str):
        return node
    return json.dumps(node, ensure_ascii=False, separators=(",", ":"))


def metrics(file):
    typed = set()
    seen = set()
    for line in open(file):
        line = line.rstrip("\n")
        if line.startswith("# TYPE "):
            name = line.split()[2]
            if name in typed:
                return f"{name} has two types"
            typed.add(name)
        elif not line.startswith("# HELP "):
            found = re.fullmatch(r'([a-z_]+)(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? (-?[0-9.e+]+)', line)
            if not found:
                return f"not a sample: {line}"
            if found[1] not in typed and re.sub("_(sum|count)$", "", found[1]) not in typed:
                return f"{found[1]} has no type"
            if line.rsplit(" ", 1)[0] in seen:
                return f"twice: {line}"
            seen.add(line.rsplit(" ", 1)[0])
    return None


def batch(part, count):
    numbers = range(part * count + 1, part * count + count + 1)
    return json.dumps({"requests": [
        {"id": str(number), "method": "POST", "url": "Catalog_Номенклатура",
         "body": {"Code": f"{number:06}", "Description": f"Товар {number:06}"}} for number in numbers]},
        ensure_ascii=False)


def pages(url, token, wanted):
    keys = []
    link = url
    base = url.rsplit("/", 1)[0]
    while link:
        request = urllib.request.Request(link, headers={"Authorization": f"Bearer {token}"})
        page = json.load(urllib.request.urlopen(request, timeout=30))
        keys += [entity["Ref_Key"] for entity in page["value"]]
        if len(page["value"]) > 1000:
            return "a page of more than 1,000"
        link = page.get("odata.nextLink")
        link = f"{base}/{link}" if link else None
    if len(keys) != wanted or len(set(keys)) != wanted:
        return f"{len(keys)} entities, {len(set(keys))} of them different, wanted {wanted}"
    return None


def main():
    verb, *arguments = sys.argv[1:]
    if verb == "get":
        print(get(arguments[0]))
        return 0
    if verb == "batch":
        print(batch(int(arguments[0]), int(arguments[1])))
        return 0
    problem = {"check": check, "document": check_document, "metrics": metrics,
               "pages": lambda url, token, count: pages(url, token, int(count))}[verb](*arguments)
    if problem:
        print(problem)
    return 1 if problem else 0


sys.exit(main())
