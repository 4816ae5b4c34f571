#!/usr/bin/env python3
"""A base that exchanges by rules of Конвертация данных 2, written from the description of
1C's two readers and knowing nothing of Filial:

    base_kd2.py load BASE FILE              D1 as UODX loads it, D3 as KOIB does
    base_kd2.py put BASE TYPE GUID NAME=VALUE...     a change of a person
    base_kd2.py delete BASE TYPE GUID
    base_kd2.py send BASE FILE CODE TO PLAN [low]    what is registered, as KOIB writes it
    base_kd2.py show BASE TYPE GUID         one object, a line a property

BASE is a file of JSON that appears with the first command. The exit status is 1, with
words, where 1C gives an error; what was loaded before it stays where 1C lets it stay."""

import json
import os
import sys
import xml.etree.ElementTree as tree
from xml.sax.saxutils import escape, quoteattr

# What the base knows; another name ends the loading, as 1C's own exception does.
KNOWN = {
    'СправочникСсылка.Валюты': 'Код Наименование НаименованиеПолное ПометкаУдаления',
    'СправочникСсылка.Организации': 'Код Наименование НаименованиеПолное ИНН КПП Префикс '
                                    'ПометкаУдаления',
    'СправочникСсылка.Контрагенты': 'Код Наименование НаименованиеПолное ИНН КПП ЮрФизЛицо '
                                    'Комментарий Родитель ПометкаУдаления',
    'СправочникСсылка.Номенклатура': 'Код Наименование НаименованиеПолное Артикул '
                                     'СтавкаНДС Услуга Родитель ПометкаУдаления',
    'СправочникСсылка.КлассификаторЕдиницИзмерения': 'Код Наименование '
                                                     'НаименованиеПолное ПометкаУдаления',
    'ДокументСсылка.СчетНаОплатуПокупателю':
        'Номер Дата Проведен ПометкаУдаления Организация Контрагент ВалютаДокумента '
        'СуммаДокумента СуммаВключаетНДС Комментарий',
}
# Fields that its rules put into references, beside the identity.
SEARCH = {'СправочникСсылка.Контрагенты': ['ИНН', 'КПП'], 'СправочникСсылка.Валюты': ['Код']}
ID = '{УникальныйИдентификатор}'
PREDEFINED = '{ИмяПредопределенногоЭлемента}'
ORDER = ['ПравилаОбмена', 'НастройкаПользовательскогоПоиска', 'ИнформацияОТипахДанных',
         'ЗначениеПараметра', 'АлгоритмПослеЗагрузкиПараметров', 'ДанныеПоОбмену']
BODY = ['Объект', 'НаборЗаписейРегистра', 'УдалениеОбъекта',
        'ИнформацияОРегистрацииОбъекта', 'КорректировкаИнформацииОРегистрацииОбъекта',
        'ОбщиеДанныеУзлов']


class Wrong(Exception):
    pass


class Base:
    def __init__(self, path):
        self.path = path
        self.data = {'objects': {}, 'matches': {}, 'sets': {}, 'registered': [],
                     'sent': 0, 'received': 0, 'sent_keys': {}}
        if os.path.exists(path):
            with open(path, encoding='utf-8') as file:
                self.data = json.load(file)
        self.by_number = {}
        self.created = 0

    def save(self):
        with open(self.path, 'w', encoding='utf-8') as file:
            json.dump(self.data, file, ensure_ascii=False, indent=1)

    def of(self, kind):
        return self.data['objects'].setdefault(kind, {})

    # --- search ---

    def fields(self, ref):
        """Search fields: real ones, empty or not, as both readers compare them."""
        found = {}
        for item in ref.findall('Свойство'):
            name = item.get('Имя').rstrip()
            if not name.startswith('{'):
                found[name] = self.value(item)
        return found

    def marker(self, ref, name):
        for item in ref.findall('Свойство'):
            if item.get('Имя').rstrip() == name:
                return (item.findtext('Значение') or '').rstrip()
        return ''

    def by_fields(self, kind, fields):
        fields = {k: v for k, v in fields.items() if k != 'ЭтоГруппа' or self.d1}
        if not fields:
            return None
        if set(fields) == {'Номер', 'Дата'}:
            for guid, item in self.of(kind).items():
                if item.get('Номер') == fields['Номер'] and \
                        item.get('Дата', '')[:4] == fields['Дата'][:4]:
                    return guid
            return None
        for guid, item in self.of(kind).items():
            if all(item.get(k, '') == v for k, v in fields.items()):
                return guid
        return None

    def find(self, kind, ref, main, rule=None):
        guid = self.marker(ref, ID)
        goes_on = ref.get('ПродолжитьПоиск') == 'true' or (self.d1 and rule in self.continuing)
        not_create = ref.get('НеСоздаватьЕслиНеНайден') == 'true'
        number = ref.get('Нпп')
        if self.d1 and number in self.by_number:
            return self.by_number[number]
        found = None
        match = self.data['matches'].get(f'{kind} {guid}')
        if not self.d1 and match and (not main or match in self.of(kind)):
            return match
        name = self.marker(ref, PREDEFINED)
        if name:
            found = next((g for g, item in self.of(kind).items()
                          if item.get(PREDEFINED) == name), None)
        if not found and guid:
            if not main and not goes_on and not self.d1:
                return guid
            if guid in self.of(kind):
                found = guid
            elif not goes_on:
                return self.make(kind, guid, ref, main) if not not_create else None
        if not found:
            found = self.by_fields(kind, self.fields(ref))
            if found and guid and found != guid:
                self.data['matches'][f'{kind} {guid}'] = found
        if not found:
            if not main and guid and not self.d1:
                return guid
            if not_create:
                return None
            found = self.make(kind, guid, ref, main)
        if number:
            self.by_number[number] = found
        return found

    def make(self, kind, guid, ref, main):
        self.created += 1
        guid = guid or f'00000000-0000-0000-0000-{self.created:012d}'
        item = {k: v for k, v in self.fields(ref).items() if k != 'ЭтоГруппа'}
        if not main:
            item['ПометкаУдаления'] = 'true'
        self.of(kind)[guid] = item
        return guid

    # --- values ---

    def value(self, item):
        ref = item.find('Ссылка')
        if ref is not None:
            kind = (item.get('Тип') or '').rstrip()
            return self.find(kind, ref, False) or ''
        if item.find('Выражение') is not None:
            raise Wrong('an expression is program text')
        return item.findtext('Значение') or ''

    def known(self, kind, name):
        if kind in KNOWN and name not in KNOWN[kind].split():
            raise Wrong(f'поле объекта не обнаружено: {kind} {name}')

    # --- objects ---

    def load_object(self, node):
        kind = node.get('Тип')
        rule = node.get('ИмяПравила')
        if rule and rule not in self.rules:
            raise Wrong(f'there is no rule {rule}')
        if kind.startswith('РегистрСведенийЗапись.'):
            record = {p.get('Имя'): self.value(p) for p in node.findall('Свойство')}
            self.data['sets'].setdefault(kind.split('.')[1], []).append(record)
            return
        ref = node.find('Ссылка')
        before = {g: dict(item) for g, item in self.of(kind).items()}
        guid = self.find(kind, ref, True, rule)
        if guid is None or (guid in before and node.get('НеЗамещать') == 'true'):
            return
        item = self.of(kind).setdefault(guid, {})
        old = before.get(guid, {})
        for name, value in self.fields(ref).items():
            if name != 'ЭтоГруппа':
                self.known(kind, name)
                item[name] = value
        marked = None
        for prop in node.findall('Свойство'):
            name = prop.get('Имя').rstrip()
            if name == 'ЭтоГруппа' or (prop.get('НеЗамещать') == 'true' and old):
                continue
            self.known(kind, name)
            item[name] = self.value(prop)
            marked = item[name] if name == 'ПометкаУдаления' else marked
        for table in node.findall('ТабличнаяЧасть'):
            rows = [{p.get('Имя'): self.value(p) for p in row.findall('Свойство')}
                    for row in table.findall('Запись')]
            item['#' + table.get('Имя')] = rows if self.d1 else \
                merged(old.get('#' + table.get('Имя'), []), rows)
        for records in node.findall('НаборЗаписей'):
            item['=' + records.get('Имя')] = [self.record(row) for row in records.findall('Запись')]
        if self.d1 and kind.startswith('Справочник') and marked is None:
            item['ПометкаУдаления'] = 'false'
        if node.get('РежимЗаписи') == 'Проведение':
            item['Проведен'] = 'true'
            item['ПометкаУдаления'] = 'false'
        if not self.d1 and [kind, guid] in self.data['registered'] and item != old and \
                node.get('ПриоритетОбъектаОбмена') in ('Ниже', 'Совпадает'):
            self.of(kind)[guid] = old  # the own change stays, and goes out again

    def record(self, row):
        """Of an accounting register with субконто of either side, by their kinds."""
        record = {p.get('Имя'): self.value(p) for p in row.findall('Свойство')}
        for side in ('СубконтоДт', 'СубконтоКт'):
            for pair in row.findall(side):
                parts = {p.get('Имя'): self.value(p) for p in pair.findall('Свойство')}
                record.setdefault(side, {})[parts['Ключ']] = parts['Значение']
        return record

    def load_set(self, node):
        kind, name = node.get('Тип').split('.')
        if kind != 'РегистрСведенийНаборЗаписей':
            raise Wrong(f'there is no information register {kind}.{name}')
        where = {p.get('Имя'): self.value(p) for p in node.find('Отбор').findall('Свойство')}
        rows = [{p.get('Имя'): self.value(p) for p in row.findall('Свойство')}
                for row in node.find('СтрокиНабораЗаписей').findall('Объект')]
        kept = [r for r in self.data['sets'].get(name, [])
                if any(r.get(k) != v for k, v in where.items())]
        self.data['sets'][name] = kept + ([] if node.get('ПустойНабор') == 'true' else rows)

    # --- files ---

    def load(self, path):
        root = tree.parse(path).getroot()
        self.d1 = root.get('ВерсияФормата') < '3'
        rules = root.find('ПравилаОбмена')
        self.rules = [r.findtext('Код') for r in rules.iter('Правило')]
        self.continuing = [r.findtext('Код') for r in rules.iter('Правило') if r.findtext(
            'ПродолжитьПоискПоПолямПоискаЕслиПоИдентификаторуНеНашли') == 'true']
        for node in root.iter('Ссылка'):
            if not node.findall('Свойство'):
                raise Wrong('a bare reference')
        if self.d1:
            for node in root.findall('Объект'):
                self.load_object(node)
        else:
            self.load_message(root)

    def load_message(self, root):
        seen = -1
        for node in root:
            if node.tag in ORDER:
                at = ORDER.index(node.tag)
                if at < seen or (at == seen and node.tag != 'ЗначениеПараметра'):
                    raise Wrong('Ошибка формата сообщения обмена')
                seen = at
            elif node.tag not in BODY or seen != len(ORDER) - 1:
                raise Wrong('Ошибка формата сообщения обмена')
        exchange = root.find('ДанныеПоОбмену')
        number = int(exchange.get('НомерИсходящегоСообщения'))
        if self.data['received'] >= number:
            raise Wrong('Сообщение обмена было принято ранее')
        confirmed = int(exchange.get('НомерВходящегоСообщения'))
        if confirmed <= self.data['sent']:
            self.data['registered'] = [
                key for key in self.data['registered']
                if self.data['sent_keys'].get(' '.join(key), 10**9) > confirmed]
        self.save()  # the confirmation counts even when the body fails
        for node in root:
            if node.tag == 'Объект':
                self.load_object(node)
            elif node.tag == 'НаборЗаписейРегистра':
                self.load_set(node)
            elif node.tag == 'УдалениеОбъекта':
                kind, guid = node.get('ТипПриемника'), node.get('УникальныйИдентификатор')
                guid = self.data['matches'].get(f'{kind} {guid}', guid)
                self.of(kind).pop(guid, None)
            elif node.tag == 'ИнформацияОРегистрацииОбъекта':
                key = node.get('ТипПриемника') + ' ' + node.get('УникальныйИдентификаторИсточника')
                self.data['matches'][key] = node.get('УникальныйИдентификаторПриемника')
        self.data['received'] = number

    def send(self, path, code, to, plan, low):
        number = self.data['sent'] + 1
        out = ['<?xml version="1.0" encoding="UTF-8"?>',
               '<ФайлОбмена ВерсияФормата="3.1" ДатаВыгрузки="2026-07-01T12:00:00">',
               '<ПравилаОбмена><ВерсияФормата>2.01</ВерсияФормата><Ид>1</Ид></ПравилаОбмена>',
               f'<ДанныеПоОбмену ПланОбмена={quoteattr(plan)} Кому={quoteattr(to)} '
               f'ОтКого={quoteattr(code)} НомерИсходящегоСообщения="{number}" '
               f'НомерВходящегоСообщения="{self.data["received"]}" '
               'УдалитьРегистрациюИзменений="true" ВерсияОтправителя="3.0"/>']
        for kind, guid in self.data['registered']:
            item = self.of(kind).get(guid)
            if item is None:
                out.append(f'<УдалениеОбъекта ТипПриемника="{kind}" ТипИсточника="{kind}" '
                           f'УникальныйИдентификатор="{guid}"/>')
            else:
                out.append(self.text_of(kind, guid, item, low))
            self.data['sent_keys'][f'{kind} {guid}'] = number
        out.append('</ФайлОбмена>')
        self.data['sent'] = number
        with open(path, 'w', encoding='utf-8-sig') as file:
            file.write('\n'.join(out))

    def text_of(self, kind, guid, item, low):
        priority = ' ПриоритетОбъектаОбмена="Ниже"' if low else ''
        out = [f'<Объект Нпп="1" Тип="{kind}" ИмяПравила="{kind.split(".")[1]}"{priority}>'
               f'<Ссылка Нпп="1"><Свойство Имя="{ID}" Тип="Строка" ТипИсточника="{kind}" '
               f'ТипПриемника="{kind}"><Значение>{guid}</Значение></Свойство>']
        for name in SEARCH.get(kind, []):
            if item.get(name):
                out.append(f'<Свойство Имя="{name}" Тип="Строка"><Значение>'
                           f'{escape(item[name])}</Значение></Свойство>')
        out.append('</Ссылка>')
        for name, value in item.items():
            if isinstance(value, str):
                value = f'<Значение>{escape(value)}</Значение>' if value else ''
                out.append(f'<Свойство Имя={quoteattr(name)}>{value}</Свойство>')
        return ''.join(out) + '</Объект>'


def merged(old, rows):
    """KOIB by all columns: where as many are alike on both sides the old ones stay."""
    def alike(a, b):
        return all(a.get(k, '') == v for k, v in b.items())
    return [next((o for o in old if alike(o, row)), row)
            if sum(alike(o, row) for o in old) == rows.count(row) else row for row in rows]


def main(words):
    command, path, rest = words[0], words[1], words[2:]
    base = Base(path)
    try:
        if command == 'load':
            base.load(rest[0])
        elif command == 'put':
            item = base.of(rest[0]).setdefault(rest[1], {})
            item.update(pair.split('=', 1) for pair in rest[2:])
            if rest[:2] not in base.data['registered']:
                base.data['registered'].append(rest[:2])
            base.data['sent_keys'].pop(' '.join(rest[:2]), None)
        elif command == 'delete':
            base.of(rest[0]).pop(rest[1])
            if rest[:2] not in base.data['registered']:
                base.data['registered'].append(rest[:2])
        elif command == 'send':
            base.send(rest[0], rest[1], rest[2], rest[3], rest[4:] == ['low'])
        elif command == 'show':
            for name, value in base.of(rest[0]).get(rest[1], {}).items():
                print(f'{name}={json.dumps(value, ensure_ascii=False)}'
                      if name[0] in '#=' else f'{name}={value}')
            return 0
    except Wrong as wrong:
        if getattr(base, 'd1', False):
            base.save()  # UODX commits what it has loaded before
        print(wrong, file=sys.stderr)
        return 1
    base.save()
    return 0


sys.exit(main(sys.argv[1:]))
