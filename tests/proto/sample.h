/*
 * A small configuration with one of each thing that matters: a catalog with owners and a
 * composite attribute, a document with a section, an enumeration, a constant, registers
 * by recorder and by filter, and a plan.
 */

#ifndef SAMPLE_H
#define SAMPLE_H

#include "proto/configuration.h"
#include "unit.h"

/* Numbers of types, in the order of adding. */
enum {
    SAMPLE_ENUM = 1,
    SAMPLE_CATALOG,
    SAMPLE_DOCUMENT,
    SAMPLE_CONSTANT,
    SAMPLE_RATES,
    SAMPLE_STOCK,
    SAMPLE_FILES,
};

/* Attributes of the catalog. */
enum {
    SAMPLE_CODE = 1,
    SAMPLE_TAX,
    SAMPLE_PRICE,
    SAMPLE_ANY,
    SAMPLE_DOCUMENT_REF,
    SAMPLE_SINCE,
    SAMPLE_UNKNOWN,
    SAMPLE_EVERY_CATALOG,
};

static inline void sample_add(
    struct fl_configuration_builder *builder,
    const char *name,
    enum fl_role role,
    struct fl_value_type type,
    const char *ref_name)
{
    const struct fl_attribute_source source = {
        .name = name,
        .role = role,
        .type = type,
        .in_filter = role == FL_ROLE_RECORDER || role == FL_ROLE_DIMENSION,
        .ref_name_count = ref_name ? 1 : 0,
        .ref_names = &ref_name,
    };

    fl_configuration_builder_attribute(builder, &source);
}

static inline void sample_add_catalog(struct fl_configuration_builder *builder)
{
    const struct fl_value_type text = {.allows = FL_ALLOWS_STRING, .string_length = 9};
    const struct fl_value_type price = {
        .allows = FL_ALLOWS_NUMBER,
        .number_digits = 15,
        .number_fraction = 2,
        .number_nonnegative = true,
    };
    const struct fl_value_type any = {.allows = FL_ALLOWS_STRING | FL_ALLOWS_NUMBER};
    const struct fl_value_type day = {.allows = FL_ALLOWS_DATE, .date_only = true};
    const struct fl_value_type ref = {0};

    fl_configuration_builder_type(
        builder, &(struct fl_type){
                     .kind = FL_KIND_CATALOG,
                     .name = "Номенклатура",
                     .hierarchical = true,
                     .folders = true,
                 });
    sample_add(builder, "Code", FL_ROLE_CODE, text, NULL);
    sample_add(builder, "СтавкаНДС", FL_ROLE_OWN, ref, "EnumRef.СтавкиНДС");
    sample_add(builder, "Цена", FL_ROLE_OWN, price, NULL);
    sample_add(builder, "Значение", FL_ROLE_OWN, any, "CatalogRef.Номенклатура");
    sample_add(builder, "Основание", FL_ROLE_OWN, ref, "DocumentRef.Счет");
    sample_add(builder, "Дата", FL_ROLE_OWN, day, NULL);
    sample_add(builder, "Точка", FL_ROLE_OWN, ref, "BusinessProcessRoutePointRef.Обмен");
    sample_add(builder, "Объект", FL_ROLE_OWN, ref, "CatalogRef");
}

static inline void sample_add_document(struct fl_configuration_builder *builder)
{
    const struct fl_value_type number = {.allows = FL_ALLOWS_STRING, .string_length = 11};
    const struct fl_value_type sum = {.allows = FL_ALLOWS_NUMBER};
    const struct fl_value_type ref = {0};

    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_DOCUMENT, .name = "Счет"});
    sample_add(builder, "Number", FL_ROLE_NUMBER, number, NULL);
    fl_configuration_builder_section(builder, "Товары", FL_USE_ALWAYS);
    sample_add(builder, "Номенклатура", FL_ROLE_OWN, ref, "CatalogRef.Номенклатура");
    sample_add(builder, "Сумма", FL_ROLE_OWN, sum, NULL);
    fl_configuration_builder_section(builder, "Услуги", FL_USE_ALWAYS);
    sample_add(builder, "Сумма", FL_ROLE_OWN, sum, NULL);
}

static inline void sample_add_registers(struct fl_configuration_builder *builder)
{
    const struct fl_value_type number = {.allows = FL_ALLOWS_NUMBER};
    const struct fl_value_type text = {.allows = FL_ALLOWS_STRING};
    const struct fl_value_type ref = {0};

    fl_configuration_builder_type(
        builder,
        &(struct fl_type){.kind = FL_KIND_INFORMATION_REGISTER, .name = "Курсы"});
    sample_add(builder, "Валюта", FL_ROLE_DIMENSION, text, NULL);
    sample_add(builder, "Курс", FL_ROLE_RESOURCE, number, NULL);
    fl_configuration_builder_type(
        builder, &(struct fl_type){
                     .kind = FL_KIND_ACCUMULATION_REGISTER,
                     .name = "Остатки",
                     .by_recorder = true,
                     .balance = true,
                 });
    sample_add(builder, "Recorder", FL_ROLE_RECORDER, ref, "DocumentRef");
    sample_add(builder, "Количество", FL_ROLE_RESOURCE, number, NULL);
}

static inline void sample_fill(struct fl_configuration_builder *builder)
{
    const struct fl_value_type storage = {.allows = FL_ALLOWS_STORAGE};
    const struct fl_value_type flag = {.allows = FL_ALLOWS_BOOLEAN};

    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_ENUM, .name = "СтавкиНДС"});
    fl_configuration_builder_enum_value(builder, "НДС20");
    fl_configuration_builder_enum_value(builder, "БезНДС");
    sample_add_catalog(builder);
    sample_add_document(builder);
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_CONSTANT, .name = "ВестиУчет"});
    sample_add(builder, "Value", FL_ROLE_CONSTANT_VALUE, flag, NULL);
    sample_add_registers(builder);
    fl_configuration_builder_type(
        builder,
        &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "Файлы", .learnt = true});
    sample_add(builder, "Данные", FL_ROLE_OWN, storage, NULL);
    fl_configuration_builder_plan(builder, "Филиалы", /* distributed= */ true);
    fl_configuration_builder_plan_item(builder, "Catalog.Номенклатура", true);
    fl_configuration_builder_plan_item(builder, "Документ.Счет", false);
    fl_configuration_builder_plan_item(builder, "Catalog.Номенклатура", true);
    fl_configuration_builder_plan_item(builder, "Catalog.Чужой", false);
}

static inline struct fl_configuration_builder *sample_builder(void)
{
    struct fl_configuration_builder *builder = NULL;

    assert_int_equal(fl_configuration_builder_new("Пример", "1.0.1", &builder), FL_OK);
    sample_fill(builder);
    return builder;
}

static inline struct fl_configuration *sample_configuration(void)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {.status = FL_OK};

    if (fl_configuration_builder_finish(sample_builder(), &configuration, &error) !=
        FL_OK) {
        fail_msg("%s", error.text);
    }
    return configuration;
}

#endif
