/* A configuration of a shop with branches, for filters. */

#ifndef SHOP_H
#define SHOP_H

#include "../proto/unit.h"

#include "replication/filter.h"

enum {
    SHOP_KINDS = 1,
    SHOP_COMPANIES,
    SHOP_CONTRACTS,
    SHOP_ORDERS,
    SHOP_SALES,
    SHOP_RATES,

    CONTRACT_COMPANY = 1,

    ORDER_COMPANY = 1,
    ORDER_CONTRACT,
    ORDER_POSTED,
    ORDER_SUM,
    ORDER_KIND,
    ORDER_WAREHOUSE,
    ORDER_DATE,
};

static inline void shop_add(
    struct fl_configuration_builder *builder,
    const char *name,
    enum fl_role role,
    uint32_t allows,
    const char *ref)
{
    fl_configuration_builder_attribute(
        builder, &(struct fl_attribute_source){
                     .name = name,
                     .role = role,
                     .in_filter = role == FL_ROLE_RECORDER || role == FL_ROLE_DIMENSION,
                     .type = {.allows = allows},
                     .ref_name_count = ref ? 1 : 0,
                     .ref_names = &ref});
}

static inline struct fl_configuration *shop_configuration(void)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;
    struct fl_error error;

    assert_int_equal(fl_configuration_builder_new("Магазин", "1", &builder), FL_OK);
#define TYPE(...) fl_configuration_builder_type(builder, &(struct fl_type){__VA_ARGS__})
    TYPE(.kind = FL_KIND_ENUM, .name = "Виды");
    fl_configuration_builder_enum_value(builder, "Опт");
    fl_configuration_builder_enum_value(builder, "Розница");
    TYPE(.kind = FL_KIND_CATALOG, .name = "Организации");
    shop_add(builder, "Code", FL_ROLE_CODE, FL_ALLOWS_STRING, NULL);
    TYPE(.kind = FL_KIND_CATALOG, .name = "Договоры");
    shop_add(builder, "Организация", FL_ROLE_OWN, 0, "CatalogRef.Организации");
    TYPE(.kind = FL_KIND_DOCUMENT, .name = "Заказ");
    shop_add(builder, "Организация", FL_ROLE_OWN, 0, "CatalogRef.Организации");
    shop_add(builder, "Договор", FL_ROLE_OWN, 0, "CatalogRef.Договоры");
    shop_add(builder, "Posted", FL_ROLE_POSTED, FL_ALLOWS_BOOLEAN, NULL);
    shop_add(builder, "Сумма", FL_ROLE_OWN, FL_ALLOWS_NUMBER, NULL);
    shop_add(builder, "Вид", FL_ROLE_OWN, 0, "EnumRef.Виды");
    shop_add(builder, "Склад", FL_ROLE_OWN, FL_ALLOWS_STRING, NULL);
    shop_add(builder, "Дата", FL_ROLE_OWN, FL_ALLOWS_DATE, NULL);
    TYPE(.kind = FL_KIND_ACCUMULATION_REGISTER, .name = "Продажи", .by_recorder = true);
    shop_add(builder, "Recorder", FL_ROLE_RECORDER, 0, "DocumentRef.Заказ");
    shop_add(builder, "Сумма", FL_ROLE_RESOURCE, FL_ALLOWS_NUMBER, NULL);
    TYPE(.kind = FL_KIND_INFORMATION_REGISTER, .name = "Курсы");
    shop_add(builder, "Валюта", FL_ROLE_DIMENSION, FL_ALLOWS_STRING, NULL);
#undef TYPE
    if (fl_configuration_builder_finish(builder, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return configuration;
}

static inline const struct fl_attribute *shop_find(
    const struct fl_type *type,
    struct fl_bytes name)
{
    return fl_bytes_equal(name, fl_bytes_of_text("Проведен"))
               ? fl_type_role(type, FL_ROLE_POSTED)
               : fl_type_find_attribute(type, name);
}

static inline enum fl_status shop_filter(
    const struct fl_configuration *configuration,
    uint32_t type,
    const char *text,
    struct fl_filter **out_filter,
    struct fl_error *out_error)
{
    return fl_filter_new(
        &(struct fl_filter_source){
            .configuration = configuration,
            .type = fl_configuration_type(configuration, type),
            .text = fl_bytes_of_text(text),
            .find = shop_find},
        out_filter, out_error);
}

static inline struct fl_uuid shop_id(uint32_t number)
{
    struct fl_uuid id = {{0}};

    id.bytes[0] = 0xA0;
    fl_store_u32(id.bytes + 12, number);
    return id;
}

static inline struct fl_value shop_ref(uint32_t type, uint32_t number)
{
    return (struct fl_value){.kind = FL_VALUE_REF, .type = type, .uuid = shop_id(number)};
}

/* "Catalog.Организации:..." as a list has it. */
static inline const char *shop_company(uint32_t number)
{
    static char text[16][100];
    static size_t next;
    char *out = text[next++ % 16];
    struct fl_uuid_text id = fl_uuid_text(shop_id(number));

    strcpy(out, "Catalog.Организации:");
    strcat(out, id.text);
    return out;
}

/* An order of a company under a contract. */
struct shop_order {
    struct fl_field fields[7];
    struct fl_object object;
};

static inline const struct fl_object *shop_order(
    struct shop_order *order,
    uint32_t company,
    uint32_t contract,
    bool posted)
{
    size_t count = 0;

    if (company > 0) {
        order->fields[count++] =
            (struct fl_field){ORDER_COMPANY, shop_ref(SHOP_COMPANIES, company)};
    }
    if (contract > 0) {
        order->fields[count++] =
            (struct fl_field){ORDER_CONTRACT, shop_ref(SHOP_CONTRACTS, contract)};
    }
    if (posted) {
        order->fields[count++] =
            (struct fl_field){ORDER_POSTED, {.kind = FL_VALUE_BOOLEAN, .boolean = true}};
    }
    order->object = (struct fl_object){
        .key = {.type = SHOP_ORDERS, .id = shop_id(1)},
        .field_count = count,
        .fields = order->fields};
    return &order->object;
}

#endif
