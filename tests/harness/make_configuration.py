#!/usr/bin/env python3
"""Writes a Designer's dump of a configuration that is given in a few words.

    make_configuration.py DIRECTORY < TEXT

A line for each object: KIND NAME FIELD:TYPE ...; a line of blanks and "Section: FIELD:TYPE ..."
behind it is a tabular section. Kinds: Catalog (with "folders", "owner:Catalog.X|Catalog.Y",
"code:9"), ChartOfCharacteristicTypes (with "type:Catalog.X"), Document, Enum (its values), InformationRegister (with "recorder" or independent),
AccumulationRegister. Of registers a field is a dimension, with "=" before it a resource.
Types: s50, n15.2, b, d, or Catalog.X|Document.Y.
All of it is in the plan Обмен.
"""
import os
import re
import sys
import uuid

HEAD = (
    '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<MetaDataObject '
    'xmlns="http://v8.1c.ru/8.3/MDClasses" xmlns:v8="http://v8.1c.ru/8.1/data/core" '
    'xmlns:xr="http://v8.1c.ru/8.3/xcf/readable" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:cfg="http://v8.1c.ru/8.1/data/enterprise/current-config" version="2.17">\n')
FOLDERS = {"Catalog": "Catalogs", "Document": "Documents", "Enum": "Enums",
           "ChartOfCharacteristicTypes": "ChartsOfCharacteristicTypes",
           "InformationRegister": "InformationRegisters", "AccumulationRegister": "AccumulationRegisters"}
OPTIONS = ("owner", "code", "type")  # of a catalog, of a chart
directory = sys.argv[1]


def of_type(text):
    if match := re.fullmatch(r"s(\d+)", text):
        return ("<v8:Type>xs:string</v8:Type><v8:StringQualifiers>"
                f"<v8:Length>{match[1]}</v8:Length><v8:AllowedLength>Variable</v8:AllowedLength></v8:StringQualifiers>")
    if match := re.fullmatch(r"n(\d+)\.(\d+)", text):
        return (f"<v8:Type>xs:decimal</v8:Type><v8:NumberQualifiers><v8:Digits>{match[1]}</v8:Digits>"
                f"<v8:FractionDigits>{match[2]}</v8:FractionDigits><v8:AllowedSign>Any</v8:AllowedSign></v8:NumberQualifiers>")
    if text == "b":
        return "<v8:Type>xs:boolean</v8:Type>"
    if text == "d":
        return ("<v8:Type>xs:dateTime</v8:Type><v8:DateQualifiers><v8:DateFractions>DateTime</v8:DateFractions>"
                "</v8:DateQualifiers>")
    return "".join(f"<v8:Type>cfg:{kind}Ref.{name}</v8:Type>" for kind, name in
                   (one.split(".") for one in text.split("|")))


def field(element, word, more=""):
    name, kind = word.lstrip("=").split(":")
    return (f'<{element} uuid="{uuid.uuid4()}"><Properties><Name>{name}</Name><Type>{of_type(kind)}</Type>{more}'
            f"</Properties></{element}>")


def fields(element, words, more=""):
    return "".join(field(element, word, more) for word in words if ":" in word and word.split(":")[0] not in OPTIONS)


def option(name, words):
    return next((word.split(":")[1] for word in words if word.startswith(f"{name}:")), "")


def owners(words):
    return "".join(f'<xr:Item xsi:type="xr:MDObjectRef">{one}</xr:Item>' for one in option("owner", words).split("|") if one)


def body(kind, name, words, sections):
    properties = f"<Name>{name}</Name>"
    children = ""
    if kind == "Catalog":
        properties += (f"<Hierarchical>{'true' if 'folders' in words else 'false'}</Hierarchical>"
                       f"<HierarchyType>HierarchyFoldersAndItems</HierarchyType><Owners>{owners(words)}</Owners>"
                       f"<CodeLength>{option('code', words) or 11}</CodeLength><DescriptionLength>100</DescriptionLength><CodeType>String</CodeType>")
        children = fields("Attribute", words, "<Use>ForItem</Use>")
    elif kind == "ChartOfCharacteristicTypes":
        properties += f"<CodeLength>9</CodeLength><DescriptionLength>100</DescriptionLength><Type>{of_type(option('type', words))}</Type>"
        children = fields("Attribute", words)
    elif kind == "Document":
        properties += "<NumberType>String</NumberType><NumberLength>11</NumberLength><Posting>Allow</Posting>"
        children = fields("Attribute", words)
    elif kind == "Enum":
        children = "".join(f"<EnumValue><Properties><Name>{word}</Name></Properties></EnumValue>" for word in words)
    else:
        recorder = "recorder" in words or kind == "AccumulationRegister"
        if kind == "InformationRegister":
            properties += ("<InformationRegisterPeriodicity>Second</InformationRegisterPeriodicity>"
                           f"<WriteMode>{'RecorderSubordinate' if recorder else 'Independent'}</WriteMode>"
                           "<MainFilterOnPeriod>false</MainFilterOnPeriod>")
        else:
            properties += "<RegisterType>Balance</RegisterType>"
        children = fields("Resource", [word for word in words if word.startswith("=")]) + fields(
            "Dimension", [word for word in words if not word.startswith("=")],
            "" if recorder else "<Master>true</Master><MainFilter>true</MainFilter>")
    for section, inner in sections:
        children += (f"<TabularSection><Properties><Name>{section}</Name></Properties>"
                     f"<ChildObjects>{fields('Attribute', inner)}</ChildObjects></TabularSection>")
    return f"<{kind}><Properties>{properties}</Properties><ChildObjects>{children}</ChildObjects></{kind}>"


def write(path, text):
    path = os.path.join(directory, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


objects = []
for line in sys.stdin.read().splitlines():
    words = line.split()
    if not words or line.startswith("#"):
        continue
    if line[0] == " ":
        objects[-1][3].append((words[0].rstrip(":"), words[1:]))
    else:
        objects.append((words[0], words[1], words[2:], []))
for kind, name, words, sections in objects:
    write(f"{FOLDERS[kind]}/{name}.xml", f"{HEAD}{body(kind, name, words, sections)}</MetaDataObject>")
listed = "".join(f"<{kind}>{name}</{kind}>" for kind, name, _, _ in objects)
write("ExchangePlans/Обмен.xml", f"{HEAD}<ExchangePlan><Properties><Name>Обмен</Name><CodeLength>9</CodeLength>"
      "<DescriptionLength>150</DescriptionLength><DistributedInfoBase>false</DistributedInfoBase></Properties>"
      "<ChildObjects/></ExchangePlan></MetaDataObject>")
write("ExchangePlans/Обмен/Ext/Content.xml",
      '<ExchangePlanContent xmlns="http://v8.1c.ru/8.3/xcf/extrnprops" version="2.17">' + "".join(
          f"<Item><Metadata>{kind}.{name}</Metadata><AutoRecord>Allow</AutoRecord></Item>"
          for kind, name, _, _ in objects if kind != "Enum") + "</ExchangePlanContent>")
write("Configuration.xml", f"{HEAD}<Configuration><Properties><Name>Проба</Name><Version>1.0</Version></Properties>"
      f"<ChildObjects>{listed}<ExchangePlan>Обмен</ExchangePlan></ChildObjects></Configuration></MetaDataObject>")
