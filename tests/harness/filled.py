#!/usr/bin/env python3
"""Objects that have a value in each attribute and rows in each section, and what of them
is another in another store.

    filled.py objects FILIAL NODE      lines for `filial batch`
    filled.py emptied FILIAL NODE      the same objects with nothing but what they are found by
    filled.py differences A.xml B.xml  two exports of the format 1cv8dtud: type and attribute"""

import json
import subprocess
import sys
import uuid
import xml.etree.ElementTree as tree

KINDS = ('Constant', 'Catalog', 'Document', 'InformationRegister', 'AccumulationRegister')
# Every value of an enumeration, every type of an attribute of several comes up once.
VARIANTS = 4
ROWS = 3
# What an object is found by stays when it is emptied; a folder has no other attributes.
FOUND_BY = ('Code', 'Number', 'Date', 'Description', 'Owner', 'IsFolder')
TIMED = ('Date', 'Period')


class Configuration:
    def __init__(self, program, node):
        self.call = [program, '--node', node, '--json', 'configuration', 'show']
        names = [entry['type'] for entry in self.show()['list']]
        self.types = {name: self.show(name) for name in names
                      if name.split('.')[0] in KINDS + ('Enum',)}

    def show(self, *name):
        return json.loads(subprocess.run([*self.call, *name], capture_output=True,
                                         check=True).stdout)

    def values(self, enum):
        return [value['value'] for value in self.types[enum]['values']]


def identity(name, variant):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {variant}'))


def text(length, words, variant):
    whole = f'{variant} {words} <&> "\'] ёЁ№€𝄞\tконец'
    return whole if length == 0 else whole[:length].rstrip()


def number(bounds, variant):
    digits, _, fraction = bounds.partition('.')
    fraction = int(fraction or 0)
    whole = int(digits) - fraction
    said = ('9' * whole) if variant == 0 else str(variant * 7)[:whole]
    return said + ('.' + '123456789'[:fraction] if fraction else '')


def value(configuration, attribute, variant):
    kinds = attribute['type'].split(', ')
    kind = kinds[variant % len(kinds)]
    bounds = kind[kind.find('(') + 1:-1] if '(' in kind else ''
    name = kind.split('(')[0]
    if name == 'String':
        return text(int(bounds or 0), attribute['attribute'], variant)
    if name == 'Number':
        return number(bounds or '10.0', variant)
    if name == 'Boolean':
        return variant % 2 == 0
    if name == 'Date':
        # Others may be days without a time, which is not shown.
        time = f'1{variant}:02:03' if attribute['attribute'] in TIMED else '00:00:00'
        return f'2026-0{variant + 1}-1{variant}T{time}'
    if name.startswith('Enum.'):
        values = configuration.values(name)
        return values[variant % len(values)]
    given = identity(name, variant)
    return given if len(kinds) == 1 else f'{name}:{given}'


def fields(configuration, shown, section, variant):
    return {attribute['attribute']: value(configuration, attribute, variant)
            for attribute in shown['attributes'] if attribute['section'] == section}


def sections(shown):
    return list(dict.fromkeys(attribute['section'] for attribute in shown['attributes']
                              if attribute['section']))


def filled(configuration, name, shown, variant):
    given = fields(configuration, shown, '', variant)
    given.pop('PredefinedDataName', None)
    if 'Posted' in given:
        given['Posted'] = not given['DeletionMark']
    for attribute in shown['attributes']:
        if attribute['attribute'] in ('Code', 'Number') and not attribute['section']:
            length = int(attribute['type'][len('String('):-1])
            given[attribute['attribute']] = f'Ф-{variant:05}'[-length:]
    if 'Parent' in given:
        given['Parent'] = identity(name, 'folder')
        given['IsFolder'] = False
    for section in sections(shown):
        given[section] = [fields(configuration, shown, section, (variant + row) % VARIANTS)
                          for row in range(ROWS)]
    return {'put': f'{name}:{identity(name, variant)}', 'set': given}


def folder(name):
    return {'put': f'{name}:{identity(name, "folder")}',
            'set': {'IsFolder': True, 'Code': 'Ф-Г', 'Description': 'Папка'}}


def records(configuration, name, shown, variant):
    given = fields(configuration, shown, '', variant)
    filters = [attribute['attribute'] for attribute in shown['attributes']
               if attribute['filter']]
    if 'Recorder' in given:
        document = ('Document.РеализацияТоваровУслуг', 'Document.ПоступлениеТоваровУслуг',
                    'Document.ПеремещениеТоваров')[variant % 3]
        given['Recorder'] = f'{document}:{identity(document, variant)}'
        given['RecordType'] = ('Receipt', 'Expense')[variant % 2]
        given['Active'] = True
    chosen = {attribute: given.pop(attribute) for attribute in filters}
    return {'put': name, 'filter': chosen, 'records': [given]}


def objects(configuration):
    for name, shown in configuration.types.items():
        kind = name.split('.')[0]
        if kind == 'Constant':
            yield {'put': name, 'set': fields(configuration, shown, '', 1)}
        elif kind.endswith('Register'):
            for variant in range(VARIANTS):
                yield records(configuration, name, shown, variant)
        elif kind != 'Enum':
            if any(attribute['attribute'] == 'Parent' for attribute in shown['attributes']):
                yield folder(name)
            for variant in range(VARIANTS):
                yield filled(configuration, name, shown, variant)


def emptied(configuration):
    empty = {'Boolean': False, 'Number': '0', 'Date': '0001-01-01T00:00:00'}
    for line in objects(configuration):
        name, _, _ = line['put'].partition(':')
        if 'set' not in line or name.startswith('Constant.') or line['set'].get('IsFolder'):
            continue
        kinds = {attribute['attribute']: attribute['type'].split('(')[0]
                 for attribute in configuration.types[name]['attributes']
                 if not attribute['section']}
        for attribute in line['set']:
            if attribute in kinds and attribute not in FOUND_BY:
                line['set'][attribute] = empty.get(kinds[attribute], None)
            elif attribute not in kinds:
                line['set'][attribute] = []
        yield line


def canonical(node):
    """Of an element: its text, or its children in their order; prefixes are no matter."""
    children = [(child.tag.rpartition('}')[2], canonical(child)) for child in node]
    return children or (node.text or '')


def exported(path):
    """{(type, identity): {attribute: value}}"""
    found = {}
    for data in tree.parse(path).getroot():
        for node in data:
            name = node.tag.rpartition('}')[2]
            given = {}
            for child in node:
                given.setdefault(child.tag.rpartition('}')[2], []).append(canonical(child))
            key = given.get('Ref') or given.get('Filter') or ''
            found[name, json.dumps(key)] = given
    return found


def differences(first, second):
    told = set()
    for key in sorted(set(first) | set(second)):
        name = key[0]
        if key not in first or key not in second:
            told.add(f'{name}: {"not there" if key not in second else "not wanted"}')
            continue
        for attribute in set(first[key]) | set(second[key]):
            if first[key].get(attribute) != second[key].get(attribute):
                told.add(f'{name}.{attribute}')
    return sorted(told)


def main():
    if sys.argv[1] == 'differences':
        print('\n'.join(differences(exported(sys.argv[2]), exported(sys.argv[3]))))
        return
    lines = {'objects': objects, 'emptied': emptied}[sys.argv[1]]
    for line in lines(Configuration(sys.argv[2], sys.argv[3])):
        print(json.dumps(line, ensure_ascii=False))


main()
