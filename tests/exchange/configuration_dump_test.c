/*
 * Dumps written here file by file, and the attributes that come of them, in the order of
 * packages.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "dump_made.h"
#include "exchange/configuration_reader.h"
#include "proto/limits.h"
#include "told.h"

/* ---- what came of it ---- */

/* ---- objects with refs ---- */

static void test_a_catalog_has_the_standard_attributes_that_it_needs(void **state)
{
    (void)state;
    put_configuration("<Catalog>Полный</Catalog><Catalog>Пустой</Catalog>"
                      "<Catalog>Элементы</Catalog><Catalog>Плоский</Catalog>");
    put("Catalogs/Полный.xml",
        OBJECT(
            "Catalog",
            NAME("Полный") "<Hierarchical>true</Hierarchical>"
                           "<HierarchyType>HierarchyFoldersAndItems</HierarchyType>"
                           "<Owners><xr:Item xmlns:xr=\"r\">Catalog.Пустой</xr:Item>"
                           "<xr:Item xmlns:xr=\"r\">Catalog.Плоский</xr:Item></Owners>"
                           "<CodeLength>9</CodeLength>"
                           "<DescriptionLength>25</DescriptionLength>"
                           "<CodeType>String</CodeType>",
            ATTRIBUTE("Б", STRING "<Use>ForItem</Use>")
                ATTRIBUTE("А", NUMBER "<Use>ForFolderAndItem</Use>")
                    SECTION("Цены", ATTRIBUTE("Цена", NUMBER))
                        ATTRIBUTE("В", STRING "<Use>ForFolder</Use>")));
    put("Catalogs/Пустой.xml",
        OBJECT(
            "Catalog",
            NAME("Пустой") "<CodeLength>0</CodeLength>"
                           "<DescriptionLength>0</DescriptionLength>",
            ""));
    put("Catalogs/Элементы.xml",
        OBJECT(
            "Catalog",
            NAME("Элементы") "<Hierarchical>true</Hierarchical>"
                             "<HierarchyType>HierarchyOfItems</HierarchyType>"
                             "<CodeLength>5</CodeLength><CodeType>Number</CodeType>",
            ""));
    put("Catalogs/Плоский.xml",
        OBJECT(
            "Catalog",
            NAME("Плоский") "<Hierarchical>false</Hierarchical>"
                            "<HierarchyType>HierarchyFoldersAndItems</HierarchyType>"
                            "<DescriptionLength>10</DescriptionLength>",
            ""));
    struct fl_configuration *const configuration = load();
    const struct fl_type *const full = find(configuration, "Catalog.Полный");
    const struct fl_type *const items = find(configuration, "Catalog.Элементы");

    must_have(
        full,
        "IsFolder DeletionMark Owner Parent Code Description PredefinedDataName Б А В "
        "Цены[Цена]");
    assert_true(full->hierarchical && full->folders && !full->learnt);
    assert_int_equal(attribute(full, "Owner")->role, FL_ROLE_OWNER);
    assert_int_equal(attribute(full, "Owner")->type.ref_count, 2);
    assert_int_equal(attribute(full, "Parent")->type.refs[0], full->number);
    assert_int_equal(attribute(full, "Code")->type.string_length, 9);
    assert_int_equal(attribute(full, "Б")->use, FL_USE_ITEM);
    assert_int_equal(attribute(full, "А")->use, FL_USE_ALWAYS);
    assert_int_equal(attribute(full, "В")->use, FL_USE_FOLDER);
    assert_int_equal(attribute(full, "А")->type.number_digits, 15);
    assert_int_equal(attribute(full, "А")->type.number_fraction, 2);
    assert_true(attribute(full, "А")->type.number_nonnegative);
    must_have(find(configuration, "Catalog.Пустой"), "DeletionMark PredefinedDataName");
    must_have(items, "DeletionMark Parent Code PredefinedDataName");
    assert_int_equal(attribute(items, "Code")->type.allows, FL_ALLOWS_NUMBER);
    assert_int_equal(attribute(items, "Code")->type.number_digits, 5);
    must_have(
        find(configuration, "Catalog.Плоский"),
        "DeletionMark Description PredefinedDataName");
    assert_int_equal(configuration->note_count, 0);
    assert_string_equal(configuration->name, "Проба");
    assert_string_equal(configuration->version, "1.2");
    fl_configuration_free(configuration);
}

static void test_documents_and_charts_have_theirs(void **state)
{
    (void)state;
    put_configuration("<Document>Проводимый</Document><Document>Простой</Document>"
                      "<ChartOfCharacteristicTypes>Виды</ChartOfCharacteristicTypes>"
                      "<BusinessProcess>Согласование</BusinessProcess><Task>Задача</Task>"
                      "<ChartOfCalculationTypes>Начисления</ChartOfCalculationTypes>"
                      "<ChartOfAccounts>Счета</ChartOfAccounts>");
    put("Documents/Проводимый.xml",
        OBJECT(
            "Document",
            NAME("Проводимый") "<NumberType>String</NumberType>"
                               "<NumberLength>11</NumberLength><Posting>Allow</Posting>",
            ATTRIBUTE("Склад", STRING)
                SECTION("Товары", ATTRIBUTE("Товар", STRING) ATTRIBUTE("Цена", NUMBER))
                    SECTION("Услуги", "")));
    put("Documents/Простой.xml",
        OBJECT("Document", NAME("Простой") "<Posting>Deny</Posting>", ""));
    put("ChartsOfCharacteristicTypes/Виды.xml",
        OBJECT(
            "ChartOfCharacteristicTypes",
            NAME("Виды") "<CodeLength>9</CodeLength>"
                         "<DescriptionLength>50</DescriptionLength>" TYPES(
                             TYPE("xs:string") TYPE("xs:boolean")),
            ATTRIBUTE("Свое", STRING)));
    put("BusinessProcesses/Согласование.xml",
        OBJECT(
            "BusinessProcess", NAME("Согласование") "<NumberLength>9</NumberLength>",
            ""));
    put("Tasks/Задача.xml",
        OBJECT(
            "Task",
            NAME("Задача") "<NumberLength>9</NumberLength>"
                           "<DescriptionLength>50</DescriptionLength>",
            ""));
    put("ChartsOfCalculationTypes/Начисления.xml",
        OBJECT(
            "ChartOfCalculationTypes", NAME("Начисления") "<CodeLength>5</CodeLength>",
            ""));
    put("ChartsOfAccounts/Счета.xml",
        OBJECT("ChartOfAccounts", NAME("Счета") "<CodeLength>5</CodeLength>", ""));
    struct fl_configuration *const configuration = load();

    must_have(
        find(configuration, "Document.Проводимый"),
        "DeletionMark Date Number Posted Склад Товары[Товар Цена] Услуги[]");
    must_have(find(configuration, "Document.Простой"), "DeletionMark Date");
    must_have(
        find(configuration, "ChartOfCharacteristicTypes.Виды"),
        "DeletionMark Code Description PredefinedDataName ValueType Свое");
    must_have(
        find(configuration, "BusinessProcess.Согласование"),
        "DeletionMark Date Number Completed HeadTask Started");
    must_have(
        find(configuration, "Task.Задача"),
        "DeletionMark Date Number Description Executed BusinessProcess RoutePoint");
    must_have(
        find(configuration, "ChartOfCalculationTypes.Начисления"),
        "DeletionMark Code PredefinedDataName");
    must_have(
        find(configuration, "ChartOfAccounts.Счета"),
        "DeletionMark Parent Code PredefinedDataName Order Type OffBalance");
    fl_configuration_free(configuration);
}

/* ---- registers, constants, enumerations, plans ---- */

#define DIMENSION(name, properties) FIELD("Dimension", name, STRING properties)
#define RESOURCE(name)              FIELD("Resource", name, NUMBER)
#define MAIN                        "<MainFilter>true</MainFilter>"

static void put_registers(void)
{
    put("InformationRegisters/Курсы.xml",
        OBJECT(
            "InformationRegister",
            NAME("Курсы") "<InformationRegisterPeriodicity>Day"
                          "</InformationRegisterPeriodicity>"
                          "<WriteMode>Independent</WriteMode>"
                          "<MainFilterOnPeriod>true</MainFilterOnPeriod>",
            RESOURCE("Курс") ATTRIBUTE("Прим", STRING) DIMENSION("Валюта", MAIN)
                DIMENSION("Вид", "<MainFilter>false</MainFilter>")));
    put("InformationRegisters/Просто.xml",
        OBJECT(
            "InformationRegister",
            NAME("Просто") "<InformationRegisterPeriodicity>Nonperiodical"
                           "</InformationRegisterPeriodicity>"
                           "<WriteMode>Independent</WriteMode>"
                           "<MainFilterOnPeriod>false</MainFilterOnPeriod>",
            RESOURCE("Р") DIMENSION("И", "")));
    put("InformationRegisters/Подчиненный.xml",
        OBJECT(
            "InformationRegister",
            NAME("Подчиненный") "<InformationRegisterPeriodicity>RecorderPosition"
                                "</InformationRegisterPeriodicity>"
                                "<WriteMode>RecorderSubordinate</WriteMode>",
            RESOURCE("Р") DIMENSION("И", MAIN)));
    put("AccumulationRegisters/Остатки.xml",
        OBJECT(
            "AccumulationRegister",
            NAME("Остатки") "<RegisterType>Balance</RegisterType>",
            RESOURCE("Количество") DIMENSION("Товар", "")));
    put("AccumulationRegisters/Обороты.xml",
        OBJECT(
            "AccumulationRegister",
            NAME("Обороты") "<RegisterType>Turnovers</RegisterType>",
            RESOURCE("Сумма") DIMENSION("Товар", "")));
    put("Documents/Продажа.xml", OBJECT("Document", NAME("Продажа"), ""));
}

static void test_registers_have_the_order_of_records_and_their_filters(void **state)
{
    (void)state;
    put_configuration("<InformationRegister>Курсы</InformationRegister>"
                      "<InformationRegister>Просто</InformationRegister>"
                      "<InformationRegister>Подчиненный</InformationRegister>"
                      "<AccumulationRegister>Остатки</AccumulationRegister>"
                      "<AccumulationRegister>Обороты</AccumulationRegister>"
                      "<Document>Продажа</Document>");
    put_registers();
    struct fl_configuration *const configuration = load();
    const struct fl_type *const rates = find(configuration, "InformationRegister.Курсы");
    const struct fl_type *const plain = find(configuration, "InformationRegister.Просто");
    const struct fl_type *const subordinate =
        find(configuration, "InformationRegister.Подчиненный");
    const struct fl_type *const stock =
        find(configuration, "AccumulationRegister.Остатки");
    const struct fl_type *const turnovers =
        find(configuration, "AccumulationRegister.Обороты");

    must_have(rates, "Period Валюта Вид Курс Прим");
    must_filter_by(rates, "Period Валюта");
    assert_false(rates->by_recorder || rates->balance);
    assert_int_equal(attribute(rates, "Валюта")->role, FL_ROLE_DIMENSION);
    assert_int_equal(attribute(rates, "Курс")->role, FL_ROLE_RESOURCE);
    assert_int_equal(attribute(rates, "Прим")->role, FL_ROLE_OWN);
    must_have(plain, "И Р");
    must_filter_by(plain, "");
    must_have(subordinate, "Recorder Period Active И Р");
    must_filter_by(subordinate, "Recorder");
    assert_true(subordinate->by_recorder);
    must_have(stock, "Recorder Period RecordType Active Товар Количество");
    must_filter_by(stock, "Recorder");
    assert_true(stock->by_recorder && stock->balance);
    assert_int_equal(
        attribute(stock, "Recorder")->type.refs[0],
        find(configuration, "Document.Продажа")->number);
    must_have(turnovers, "Recorder Period Active Товар Сумма");
    assert_false(turnovers->balance);
    fl_configuration_free(configuration);
}

static void test_enumerations_constants_and_plans_are_read(void **state)
{
    (void)state;
    put_configuration(
        "<Enum>Цвета</Enum><Constant>Имя</Constant>"
        "<ExchangePlan>Обмен</ExchangePlan><ExchangePlan>Без</ExchangePlan>");
    put("Enums/Цвета.xml",
        OBJECT(
            "Enum", NAME("Цвета"),
            FIELD("EnumValue", "Красный", "") FIELD("EnumValue", "Синий", "")));
    put("Constants/Имя.xml", OBJECT("Constant", NAME("Имя") REF("EnumRef.Цвета"), ""));
    put("ExchangePlans/Обмен.xml",
        OBJECT(
            "ExchangePlan",
            NAME("Обмен") "<CodeLength>9</CodeLength>"
                          "<DescriptionLength>50</DescriptionLength>"
                          "<DistributedInfoBase>true</DistributedInfoBase>",
            ATTRIBUTE("Свое", STRING)));
    put("ExchangePlans/Обмен/Ext/Content.xml", MARK
        "<ExchangePlanContent xmlns=\"http://v8.1c.ru/8.3/xcf/extrnprops\">\r\n"
        "<Item><Metadata>Constant.Имя</Metadata><AutoRecord>Allow</AutoRecord></Item>"
        "<Item><Metadata>Catalog.Нет</Metadata><AutoRecord>Deny</AutoRecord></Item>"
        "<Item><Metadata>ExchangePlan.Обмен</Metadata><AutoRecord>Deny</AutoRecord>"
        "</Item></ExchangePlanContent>");
    put("ExchangePlans/Без.xml", OBJECT("ExchangePlan", NAME("Без"), ""));
    struct fl_configuration *const configuration = load();
    const struct fl_type *const constant = find(configuration, "Constant.Имя");
    const struct fl_plan *const plan =
        fl_configuration_plan(configuration, fl_bytes_of_text("Обмен"));

    assert_int_equal(find(configuration, "Enum.Цвета")->enum_value_count, 2);
    assert_string_equal(
        fl_type_enum_value_name(find(configuration, "Enum.Цвета"), 2), "Синий");
    assert_int_equal(constant->attribute_count, 1);
    assert_int_equal(constant->attributes[0].role, FL_ROLE_CONSTANT_VALUE);
    assert_true(constant->attributes[0].type.enumeration);
    assert_non_null(plan);
    assert_true(plan->distributed);
    assert_int_equal(plan->item_count, 2);
    assert_int_equal(plan->items[0].type, constant->number);
    assert_true(plan->items[0].auto_record);
    assert_false(plan->items[1].auto_record);
    assert_true(has_note(configuration, "Catalog.Нет"));
    assert_true(has_note(configuration, "Без has no Ext/Content.xml"));
    must_have(
        find(configuration, "ExchangePlan.Обмен"),
        "DeletionMark Code Description SentNo ReceivedNo Свое");
    fl_configuration_free(configuration);
}

/* ---- types of values ---- */

static void test_types_sets_and_their_limits_are_resolved(void **state)
{
    (void)state;
    put_configuration("<Catalog>А</Catalog><Catalog>Б</Catalog><Document>Д</Document>"
                      "<DefinedType>Оба</DefinedType><DefinedType>Круг</DefinedType>"
                      "<DefinedType>Вложенный</DefinedType>"
                      "<ChartOfCharacteristicTypes>Виды</ChartOfCharacteristicTypes>");
    put("Catalogs/А.xml",
        OBJECT(
            "Catalog", NAME("А"),
            ATTRIBUTE("Одна", REF("CatalogRef.Б")) ATTRIBUTE(
                "Две", TYPES(TYPE("cfg:CatalogRef.А") TYPE("cfg:DocumentRef.Д")))
                ATTRIBUTE("Каталог", TYPES(SET("cfg:CatalogRef"))) ATTRIBUTE(
                    "Документ", TYPES(SET("cfg:DocumentRef")))
                    ATTRIBUTE("Любая", TYPES(SET("cfg:AnyRef"))) ATTRIBUTE(
                        "Набор", TYPES(SET("cfg:DefinedType.Вложенный")))
                        ATTRIBUTE("Характеристика", TYPES(SET("cfg:Characteristic.Виды")))
                            ATTRIBUTE("Круг", TYPES(SET("cfg:DefinedType.Круг")))
                                ATTRIBUTE(
                                    "Смесь",
                                    TYPES(TYPE("cfg:CatalogRef.Б") TYPE(
                                        "xs:string") "<v8:StringQualifiers>"
                                                     "<v8:Length>7</v8:Length>"
                                                     "<v8:AllowedLength>Fixed"
                                                     "</v8:AllowedLength>"
                                                     "</v8:StringQualifiers>"))));
    put("Catalogs/Б.xml",
        OBJECT(
            "Catalog", NAME("Б"),
            ATTRIBUTE("Ид", TYPES(TYPE("v8:UUID")))
                ATTRIBUTE("Хранилище", TYPES(TYPE("v8:ValueStorage")))
                    ATTRIBUTE("Типы", TYPES(TYPE("v8:TypeDescription"))) ATTRIBUTE(
                        "Дата", TYPES(TYPE("xs:dateTime") "<v8:DateQualifiers>"
                                                          "<v8:DateFractions>Date"
                                                          "</v8:DateFractions>"
                                                          "</v8:DateQualifiers>"))));
    put("Documents/Д.xml", OBJECT("Document", NAME("Д"), ""));
    put("DefinedTypes/Вложенный.xml",
        OBJECT("DefinedType", NAME("Вложенный") TYPES(SET("cfg:DefinedType.Оба")), ""));
    put("DefinedTypes/Оба.xml", OBJECT(
                                    "DefinedType",
                                    NAME("Оба") TYPES(TYPE("cfg:CatalogRef.А") TYPE(
                                        "xs:decimal") "<v8:NumberQualifiers>"
                                                      "<v8:Digits>10"
                                                      "</v8:Digits>"
                                                      "<v8:FractionDigits>3"
                                                      "</v8:FractionDigits>"
                                                      "</v8:NumberQualifiers>"),
                                    ""));
    put("DefinedTypes/Круг.xml", OBJECT(
                                     "DefinedType",
                                     NAME("Круг") TYPES(SET("cfg:DefinedType.Круг") TYPE(
                                         "xs:boolean") TYPE("cfg:CatalogRef.Б")),
                                     ""));
    put("ChartsOfCharacteristicTypes/Виды.xml",
        OBJECT(
            "ChartOfCharacteristicTypes",
            NAME("Виды") TYPES(TYPE("xs:string") TYPE("cfg:CatalogRef.Б")), ""));
    struct fl_configuration *const configuration = load();
    const struct fl_type *const a = find(configuration, "Catalog.А");
    const struct fl_type *const b = find(configuration, "Catalog.Б");

    assert_int_equal(configuration->note_count, 0);
    assert_false(attribute(a, "Одна")->type.composite);
    assert_int_equal(attribute(a, "Одна")->type.refs[0], b->number);
    assert_true(attribute(a, "Две")->type.composite);
    assert_int_equal(attribute(a, "Две")->type.ref_count, 2);
    assert_int_equal(attribute(a, "Каталог")->type.ref_count, 2);
    assert_int_equal(attribute(a, "Каталог")->type.allows, FL_ALLOWS_REFS);
    assert_false(attribute(a, "Документ")->type.composite); /* there is one only */
    assert_int_equal(attribute(a, "Любая")->type.ref_count, 4);
    assert_int_equal(
        attribute(a, "Набор")->type.allows, FL_ALLOWS_REFS | FL_ALLOWS_NUMBER);
    assert_int_equal(attribute(a, "Набор")->type.number_fraction, 3);
    assert_int_equal(
        attribute(a, "Характеристика")->type.allows, FL_ALLOWS_REFS | FL_ALLOWS_STRING);
    assert_int_equal(
        attribute(a, "Круг")->type.allows, FL_ALLOWS_REFS | FL_ALLOWS_BOOLEAN);
    assert_int_equal(attribute(a, "Смесь")->type.string_length, 7);
    assert_true(attribute(a, "Смесь")->type.string_fixed);
    assert_int_equal(attribute(b, "Ид")->type.allows, FL_ALLOWS_UUID);
    assert_int_equal(attribute(b, "Хранилище")->type.allows, FL_ALLOWS_STORAGE);
    assert_int_equal(attribute(b, "Типы")->type.allows, FL_ALLOWS_TYPE);
    assert_true(attribute(b, "Дата")->type.date_only);
    fl_configuration_free(configuration);
}

/* ---- parts of dumps ---- */

static void test_what_is_missing_is_noted_and_its_values_pass(void **state)
{
    (void)state;
    put_configuration("<Catalog>А</Catalog><Catalog>Нет</Catalog><Enum>Нет</Enum>"
                      "<AccountingRegister>Хозрасчетный</AccountingRegister>"
                      "<CommonAttribute>Общий</CommonAttribute><Role>Роль</Role>"
                      "<ExchangePlan>Нет</ExchangePlan>");
    put("Catalogs/А.xml",
        OBJECT(
            "Catalog", NAME("А"),
            ATTRIBUTE("Одна", REF("CatalogRef.Нет")) ATTRIBUTE("Цвет", REF("EnumRef.Нет"))
                ATTRIBUTE(
                    "Две", TYPES(TYPE("cfg:CatalogRef.Нет") TYPE("cfg:CatalogRef.А")))
                    ATTRIBUTE("Каталог", TYPES(SET("cfg:CatalogRef")))
                        ATTRIBUTE("Любая", TYPES(SET("cfg:AnyRef")))
                            ATTRIBUTE("Набор", TYPES(SET("cfg:DefinedType.Нет")))
                                ATTRIBUTE("Пусто", TYPES(""))));
    struct fl_configuration *const configuration = load();
    const struct fl_type *const a = find(configuration, "Catalog.А");

    assert_int_equal(configuration->type_count, 1);
    assert_true(has_note(configuration, "Catalog.Нет is listed"));
    assert_true(has_note(configuration, "Enum.Нет is listed"));
    assert_true(has_note(configuration, "ExchangePlan.Нет is listed"));
    assert_true(has_note(configuration, "AccountingRegister.Хозрасчетный"));
    assert_true(has_note(configuration, "CommonAttribute.Общий"));
    assert_false(has_note(configuration, "Роль"));
    /* Read and written as 1C does: without a type, and empty as a ref or a name is. */
    assert_int_equal(attribute(a, "Одна")->type.allows, FL_ALLOWS_UUID);
    assert_int_equal(attribute(a, "Цвет")->type.allows, FL_ALLOWS_STRING);
    assert_true(has_note(configuration, "\"Одна\" of \"А\" holds \"CatalogRef.Нет\""));
    assert_int_equal(
        attribute(a, "Две")->type.allows, FL_ALLOWS_REFS | FL_ALLOWS_UNKNOWN);
    assert_int_equal(
        attribute(a, "Каталог")->type.allows, FL_ALLOWS_REFS | FL_ALLOWS_UNKNOWN);
    assert_int_equal(
        attribute(a, "Любая")->type.allows, FL_ALLOWS_REFS | FL_ALLOWS_UNKNOWN);
    assert_int_equal(attribute(a, "Набор")->type.allows, FL_ALLOWS_UNKNOWN);
    assert_int_equal(attribute(a, "Пусто")->type.allows, FL_ALLOWS_UNKNOWN);
    fl_configuration_free(configuration);
}

static void test_a_single_file_is_a_configuration_of_its_own(void **state)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};
    char path[1024];

    (void)state;
    put_configuration("");
    put("А.xml",
        OBJECT(
            "Catalog", NAME("А"),
            ATTRIBUTE("Она", REF("CatalogRef.А")) ATTRIBUTE("Не", REF("CatalogRef.Б"))));
    (void)snprintf(path, sizeof(path), "%s/А.xml", directory);
    assert_int_equal(fl_configuration_read_file(path, &configuration, &error), FL_OK);
    assert_string_equal(configuration->name, "А");
    const struct fl_type *const type = find(configuration, "Catalog.А");

    assert_int_equal(attribute(type, "Она")->type.allows, FL_ALLOWS_REFS);
    assert_int_equal(attribute(type, "Не")->type.allows, FL_ALLOWS_UUID);
    fl_configuration_free(configuration);
    (void)snprintf(path, sizeof(path), "%s/Configuration.xml", directory);
    assert_int_equal(
        fl_configuration_read_file(path, &configuration, &error), FL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "whole dump"));
    (void)snprintf(path, sizeof(path), "%s/нет.xml", directory);
    assert_int_equal(
        fl_configuration_read_file(path, &configuration, &error), FL_NOT_FOUND);
}

static void test_crlf_and_other_versions_make_no_difference(void **state)
{
    uint8_t hash[FL_CONFIGURATION_HASH_BYTES];

    (void)state;
    put_configuration("<Constant>Имя</Constant>");
    put("Constants/Имя.xml", OBJECT("Constant", NAME("Имя") STRING, ""));
    struct fl_configuration *configuration = load();

    memcpy(hash, configuration->hash, sizeof(hash));
    fl_configuration_free(configuration);
    put("Constants/Имя.xml", MARK
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<MetaDataObject "
        "xmlns=\"http://v8.1c.ru/8.3/MDClasses\" xmlns:q=\"u\" "
        "version=\"2.4\">\r\n\t<Constant>\r\n\t\t<Properties>\r\n\t\t\t<Name>Имя</Name>"
        "\r\n\t\t\t<Type>\r\n\t\t\t\t<q:Type>zz:string</q:Type>\r\n\t\t\t</Type>\r\n\t"
        "\t</Properties>\r\n\t</Constant>\r\n</MetaDataObject>\r\n");
    configuration = load();
    assert_memory_equal(configuration->hash, hash, sizeof(hash));
    fl_configuration_free(configuration);
}

/* ---- what is refused ---- */

static void test_what_is_no_dump_is_refused_in_words(void **state)
{
    (void)state;
    must_refuse(FL_NOT_FOUND, "holds neither Configuration.xml");
    put("Configuration/Configuration.mdo", "<mdclass:Configuration/>");
    must_refuse(FL_MALFORMED, "Configuration/Configuration.mdo: line 1");
    put("Configuration.xml", "");
    must_refuse(FL_MALFORMED, "Configuration.xml: the document is empty");
    put("Configuration.xml", "<a/>");
    must_refuse(FL_MALFORMED, "<a> is no file of a configuration dump");
    put("Configuration.xml", OBJECT("Catalog", NAME("А"), ""));
    must_refuse(FL_MALFORMED, "describes no configuration");
    put("Configuration.xml", "<!DOCTYPE a><a/>");
    must_refuse(FL_MALFORMED, "Configuration.xml: line 1: a document type");
    put_configuration("<Catalog>А</Catalog>");
    put("Catalogs/А.xml", OBJECT("Catalog", NAME("Б"), ""));
    must_refuse(FL_MALFORMED, "Catalogs/А.xml does not describe Catalog.А");
    put("Catalogs/А.xml", OBJECT("Document", NAME("А"), ""));
    must_refuse(FL_MALFORMED, "Catalogs/А.xml does not describe Catalog.А");
    put("Catalogs/А.xml", HEAD "\n<Catalog>" TAIL);
    must_refuse(FL_MALFORMED, "Catalogs/А.xml: line 3");
}

static void test_names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const names[] = {"../Чужой", "/etc/passwd", "а/б", "..",
                                        "",         "а б"};

    (void)state;
    put("Чужой.xml", OBJECT("Catalog", NAME("Чужой"), ""));
    put("Catalogs/А.xml", OBJECT("Catalog", NAME("А"), ""));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char children[256];

        (void)snprintf(
            children, sizeof(children), "<Catalog>%s</Catalog><Catalog>А</Catalog>",
            names[i]);
        put_configuration(children);
        must_refuse(FL_MALFORMED, "is no name of an object");
    }
}

static void test_a_file_that_is_cut_is_refused_at_every_byte(void **state)
{
    static const char text[] = OBJECT(
        "Catalog", NAME("А") "<CodeLength>9</CodeLength>",
        ATTRIBUTE("Х", NUMBER) SECTION("Т", ATTRIBUTE("У", STRING)));

    (void)state;
    put_configuration("<Catalog>А</Catalog>");
    for (size_t size = 0; size < sizeof(text) - 1; size += 3) {
        put_bytes("Catalogs/А.xml", text, size);
        must_refuse(FL_MALFORMED, "Catalogs/А.xml");
    }
}

/* ---- dumps that others wrote ---- */

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_catalog_has_the_standard_attributes_that_it_needs),
        TEST(test_documents_and_charts_have_theirs),
        TEST(test_registers_have_the_order_of_records_and_their_filters),
        TEST(test_enumerations_constants_and_plans_are_read),
        TEST(test_types_sets_and_their_limits_are_resolved),
        TEST(test_what_is_missing_is_noted_and_its_values_pass),
        TEST(test_a_single_file_is_a_configuration_of_its_own),
        TEST(test_crlf_and_other_versions_make_no_difference),
        TEST(test_what_is_no_dump_is_refused_in_words),
        TEST(test_names_that_lead_elsewhere_are_refused),
        TEST(test_a_file_that_is_cut_is_refused_at_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
