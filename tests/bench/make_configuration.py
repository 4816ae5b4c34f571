#!/usr/bin/env python3
"""Writes a Designer's dump of so many XML files, as large configurations have them.

    make_configuration.py DIRECTORY FILES
"""
import os
import random
import sys

HEAD = (
    '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n<MetaDataObject '
    'xmlns="http://v8.1c.ru/8.3/MDClasses" xmlns:v8="http://v8.1c.ru/8.1/data/core" '
    'xmlns:xr="http://v8.1c.ru/8.3/xcf/readable" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:cfg="http://v8.1c.ru/8.1/data/enterprise/current-config" version="2.17">\r\n'
)
TAIL = "\r\n</MetaDataObject>"
KINDS = [  # folder, element, share, parts of the type
    ("Catalogs", "Catalog", 30),
    ("Documents", "Document", 22),
    ("InformationRegisters", "InformationRegister", 18),
    ("AccumulationRegisters", "AccumulationRegister", 8),
    ("Enums", "Enum", 12),
    ("Constants", "Constant", 6),
    ("DefinedTypes", "DefinedType", 4),
]
directory, files = sys.argv[1], int(sys.argv[2])
draw = random.Random(1)
names = {}
left = files - 3  # the configuration, one plan and its content
for folder, element, share in KINDS:
    count = left if element == "DefinedType" else files * share // 100
    left -= count
    names[element] = [f"{element}{i}Объект" for i in range(count)]


def one_type():
    kind = draw.randrange(8)
    if kind == 0:
        return ("<v8:Type>xs:decimal</v8:Type><v8:NumberQualifiers><v8:Digits>15</v8:Digits>"
                "<v8:FractionDigits>2</v8:FractionDigits><v8:AllowedSign>Any</v8:AllowedSign>"
                "</v8:NumberQualifiers>")
    if kind == 1:
        return "<v8:Type>xs:boolean</v8:Type>"
    if kind == 2:
        return ("<v8:Type>xs:dateTime</v8:Type><v8:DateQualifiers><v8:DateFractions>DateTime"
                "</v8:DateFractions></v8:DateQualifiers>")
    if kind == 3:
        return f"<v8:TypeSet>cfg:DefinedType.{draw.choice(names['DefinedType'])}</v8:TypeSet>"
    if kind == 4:
        return f"<v8:Type>cfg:EnumRef.{draw.choice(names['Enum'])}</v8:Type>"
    if kind == 5:
        return "".join(f"<v8:Type>cfg:DocumentRef.{n}</v8:Type>"
                       for n in draw.sample(names["Document"], 3))
    if kind == 6:
        return f"<v8:Type>cfg:CatalogRef.{draw.choice(names['Catalog'])}</v8:Type>"
    return ("<v8:Type>xs:string</v8:Type><v8:StringQualifiers><v8:Length>100</v8:Length>"
            "<v8:AllowedLength>Variable</v8:AllowedLength></v8:StringQualifiers>")


def words(name):
    return ("<Synonym><v8:item><v8:lang>ru</v8:lang><v8:content>" + name + " словами</v8:content>"
            "</v8:item></Synonym><Comment/>")


def field(element, name, more=""):
    return (f'\r\n\t\t\t<{element} uuid="{draw.getrandbits(128):032x}"><Properties><Name>{name}'
            f"</Name>{words(name)}<Type>{one_type()}</Type><PasswordMode>false</PasswordMode>"
            "<Format/><EditFormat/><ToolTip/><MarkNegatives>false</MarkNegatives><Mask/>"
            "<MultiLine>false</MultiLine><ExtendedEdit>false</ExtendedEdit>"
            '<MinValue xsi:nil="true"/><MaxValue xsi:nil="true"/><FillFromFillingValue>false'
            '</FillFromFillingValue><FillValue xsi:nil="true"/><FillChecking>DontCheck'
            "</FillChecking><ChoiceFoldersAndItems>Items</ChoiceFoldersAndItems>"
            "<ChoiceParameterLinks/><ChoiceParameters/><QuickChoice>Auto</QuickChoice>"
            f"<CreateOnInput>Auto</CreateOnInput><ChoiceForm/>{more}<Indexing>DontIndex</Indexing>"
            f"<FullTextSearch>Use</FullTextSearch></Properties></{element}>")


def attributes(count, use=True):
    more = "<Use>ForItem</Use>" if use else ""
    return "".join(field("Attribute", f"Реквизит{i}", more) for i in range(count))


def section(name):
    return (f"\r\n\t\t\t<TabularSection><InternalInfo/><Properties><Name>{name}</Name>"
            f"{words(name)}</Properties><ChildObjects>{attributes(6, False)}</ChildObjects>"
            "</TabularSection>")


def body(element, name):
    properties, children = f"<Name>{name}</Name>{words(name)}", ""
    if element == "Catalog":
        properties += ("<Hierarchical>true</Hierarchical><HierarchyType>HierarchyFoldersAndItems"
                       "</HierarchyType><CodeLength>9</CodeLength><DescriptionLength>100"
                       "</DescriptionLength><CodeType>String</CodeType>")
        children = attributes(10) + section("Состав")
    elif element == "Document":
        properties += ("<NumberType>String</NumberType><NumberLength>11</NumberLength>"
                       "<Posting>Allow</Posting>")
        children = attributes(14, False) + section("Товары") + section("Услуги")
    elif element == "InformationRegister":
        properties += ("<InformationRegisterPeriodicity>Day</InformationRegisterPeriodicity>"
                       "<WriteMode>Independent</WriteMode><MainFilterOnPeriod>true"
                       "</MainFilterOnPeriod>")
        children = "".join(field("Resource", f"Ресурс{i}") for i in range(2)) + "".join(
            field("Dimension", f"Измерение{i}", "<Master>true</Master><MainFilter>true"
                  "</MainFilter>") for i in range(3))
    elif element == "AccumulationRegister":
        properties += "<RegisterType>Balance</RegisterType>"
        children = "".join(field("Resource", f"Ресурс{i}") for i in range(2)) + "".join(
            field("Dimension", f"Измерение{i}") for i in range(5))
    elif element == "Enum":
        children = "".join(f"<EnumValue><Properties><Name>Значение{i}</Name>{words('з')}"
                           "</Properties></EnumValue>" for i in range(8))
    elif element == "DefinedType":
        return (f"<Properties>{properties}<Type>" + "".join(
            f"<v8:Type>cfg:CatalogRef.{n}</v8:Type>" for n in draw.sample(names["Catalog"], 4)
        ) + "</Type></Properties>")
    elif element == "Constant":
        return f"<Properties>{properties}<Type>{one_type()}</Type></Properties>"
    return f"<Properties>{properties}</Properties><ChildObjects>{children}</ChildObjects>"


def write(path, text):
    path = os.path.join(directory, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return len(text)


size = 0
listed = []
for folder, element, _ in KINDS:
    for name in names[element]:
        size += write(f"{folder}/{name}.xml",
                      f"{HEAD}\t<{element}>{body(element, name)}</{element}>{TAIL}")
        listed.append(f"\r\n\t\t\t<{element}>{name}</{element}>")
size += write("ExchangePlans/Полный.xml",
              f"{HEAD}<ExchangePlan><Properties><Name>Полный</Name><CodeLength>9</CodeLength>"
              "<DescriptionLength>150</DescriptionLength><DistributedInfoBase>true"
              f"</DistributedInfoBase></Properties><ChildObjects/></ExchangePlan>{TAIL}")
items = [f"{e}.{n}" for e in ("Catalog", "Document", "Constant", "InformationRegister")
         for n in names[e][: len(names[e]) // 2]]
size += write("ExchangePlans/Полный/Ext/Content.xml",
              '<ExchangePlanContent xmlns="http://v8.1c.ru/8.3/xcf/extrnprops" version="2.17">' +
              "".join(f"\r\n\t<Item><Metadata>{i}</Metadata><AutoRecord>Deny</AutoRecord></Item>"
                      for i in items) + "</ExchangePlanContent>")
size += write("Configuration.xml",
              f"{HEAD}\t<Configuration><Properties><Name>Большая</Name><Version>1.0</Version>"
              f"</Properties><ChildObjects>{''.join(listed)}<ExchangePlan>Полный</ExchangePlan>"
              f"</ChildObjects></Configuration>{TAIL}")
print(f"{files} files, {size >> 20} million characters, {len(items)} items in the plan")
