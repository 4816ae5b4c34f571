/* Numbers outlive a change of configuration. */

#include <stdlib.h>
#include <string.h>

#include "proto/configuration.h"
#include "unit.h"

struct attribute {
    const char *name;
    const char *ref; /* NULL: a string */
};

static void add_attributes(
    struct fl_configuration_builder *builder,
    const struct attribute *attributes)
{
    for (; attributes->name; attributes++) {
        struct fl_attribute_source source = {
            .name = attributes->name,
            .role = FL_ROLE_OWN,
            .type = {.allows = attributes->ref ? FL_ALLOWS_REFS : FL_ALLOWS_STRING},
            .ref_name_count = attributes->ref != NULL,
            .ref_names = &attributes->ref,
        };

        fl_configuration_builder_attribute(builder, &source);
    }
}

static void add_catalog(
    struct fl_configuration_builder *builder,
    const char *name,
    const struct attribute *attributes)
{
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = name});
    add_attributes(builder, attributes);
}

static struct fl_configuration *finish(struct fl_configuration_builder *builder)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error;

    if (fl_configuration_builder_finish(builder, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return configuration;
}

static struct fl_configuration_builder *begin(const char *version)
{
    struct fl_configuration_builder *builder = NULL;

    assert_int_equal(fl_configuration_builder_new("Пример", version, &builder), FL_OK);
    return builder;
}

/* Товары: Артикул, Страна; a section Цены: Цена, Валюта. Страны: Код. */
static struct fl_configuration *old_one(void)
{
    struct fl_configuration_builder *builder = begin("1");

    add_catalog(
        builder, "Товары",
        (const struct attribute[]){
            {"Артикул", NULL}, {"Страна", "CatalogRef.Страны"}, {0}});
    fl_configuration_builder_section(builder, "Цены", FL_USE_ALWAYS);
    add_attributes(
        builder, (const struct attribute[]){{"Цена", NULL}, {"Валюта", NULL}, {0}});
    add_catalog(builder, "Страны", (const struct attribute[]){{"Номер", NULL}, {0}});
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_ENUM, .name = "Цвета"});
    fl_configuration_builder_enum_value(builder, "Красный");
    fl_configuration_builder_enum_value(builder, "Синий");
    return finish(builder);
}

/* Everything in another order, Страна gone, Марка and Вес new, Белый before Красный. */
static struct fl_configuration *new_one(void)
{
    struct fl_configuration_builder *builder = begin("2");

    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_ENUM, .name = "Цвета"});
    fl_configuration_builder_enum_value(builder, "Белый");
    fl_configuration_builder_enum_value(builder, "Синий");
    add_catalog(builder, "Марки", (const struct attribute[]){{"Номер", NULL}, {0}});
    add_catalog(
        builder, "Товары",
        (const struct attribute[]){
            {"Марка", "CatalogRef.Марки"}, {"Артикул", NULL}, {0}});
    fl_configuration_builder_section(builder, "Вес", FL_USE_ALWAYS);
    add_attributes(builder, (const struct attribute[]){{"Нетто", NULL}, {0}});
    fl_configuration_builder_section(builder, "Цены", FL_USE_ALWAYS);
    add_attributes(
        builder, (const struct attribute[]){{"Валюта", NULL}, {"Цена", NULL}, {0}});
    fl_configuration_builder_plan(builder, "Филиалы", true);
    fl_configuration_builder_plan_item(builder, "Catalog.Марки", true);
    return finish(builder);
}

static struct fl_configuration *succeed(
    struct fl_configuration *take_before,
    struct fl_configuration *take_now)
{
    struct fl_configuration *successor = NULL;
    struct fl_error error;

    if (fl_configuration_succeed(take_before, take_now, &successor, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    fl_configuration_free(take_before);
    fl_configuration_free(take_now);
    return successor;
}

static void assert_attribute(
    const struct fl_attribute *attribute,
    const char *name,
    uint32_t place)
{
    assert_string_equal(attribute->name, name);
    assert_int_equal(attribute->place, place);
}

static void test_every_number_means_what_it_meant(void **state)
{
    struct fl_configuration *next = succeed(old_one(), new_one());
    const struct fl_type *goods = fl_configuration_type(next, 1);

    (void)state;
    assert_string_equal(next->version, "2");
    assert_int_equal(next->type_count, 4);
    assert_string_equal(goods->name, "Товары");
    assert_string_equal(fl_configuration_type(next, 2)->name, "Страны");
    assert_string_equal(fl_configuration_type(next, 4)->name, "Марки");
    assert_attribute(fl_type_attribute(goods, 1), "Артикул", 2);
    assert_attribute(fl_type_attribute(goods, 2), "Страна", FL_PLACE_NONE);
    assert_attribute(fl_type_attribute(goods, 3), "Марка", 1);
    assert_int_equal(fl_type_attribute(goods, 2)->type.refs[0], 2);
    assert_int_equal(fl_type_attribute(goods, 3)->type.refs[0], 4);
    assert_string_equal(fl_type_section(goods, 1)->name, "Цены");
    assert_int_equal(fl_type_section(goods, 1)->place, 2);
    assert_int_equal(fl_type_section(goods, 2)->place, 1);
    assert_attribute(fl_section_attribute(fl_type_section(goods, 1), 1), "Цена", 2);
    assert_attribute(fl_section_attribute(fl_type_section(goods, 1), 2), "Валюта", 1);
    assert_string_equal(
        fl_type_enum_value_name(fl_configuration_type(next, 3), 1), "Красный");
    assert_string_equal(
        fl_type_enum_value_name(fl_configuration_type(next, 3), 3), "Белый");
    assert_int_equal(next->plans[0].items[0].type, 4);
    fl_configuration_free(next);
}

static void test_places_survive_the_way_through_bytes(void **state)
{
    struct fl_configuration *next = succeed(old_one(), new_one());
    struct fl_configuration *back = NULL;
    struct fl_buffer bytes;
    struct fl_error error;

    (void)state;
    fl_buffer_init(&bytes, 1 << 20);
    assert_int_equal(fl_configuration_encode(next, &bytes), FL_OK);
    assert_int_equal(
        fl_configuration_decode(fl_buffer_view(&bytes), &back, &error), FL_OK);
    assert_memory_equal(back->hash, next->hash, sizeof(next->hash));
    assert_int_equal(fl_type_attribute(&back->types[0], 2)->place, FL_PLACE_NONE);
    assert_int_equal(fl_type_section(&back->types[0], 1)->place, 2);
    fl_configuration_free(back);
    fl_buffer_deinit(&bytes);
    fl_configuration_free(next);
}

static void test_the_same_once_more_is_the_same(void **state)
{
    struct fl_configuration *first = succeed(old_one(), new_one());
    struct fl_configuration *again = NULL;
    struct fl_configuration *now = new_one();
    struct fl_error error;

    (void)state;
    assert_int_equal(fl_configuration_succeed(first, now, &again, &error), FL_OK);
    assert_memory_equal(first->hash, again->hash, sizeof(first->hash));
    fl_configuration_free(now);
    fl_configuration_free(again);
    fl_configuration_free(first);
}

static struct fl_configuration *rates(bool by_currency)
{
    struct fl_configuration_builder *builder = begin(by_currency ? "1" : "2");
    const struct fl_attribute_source currency = {
        .name = "Валюта",
        .role = FL_ROLE_DIMENSION,
        .in_filter = by_currency,
        .type = {.allows = FL_ALLOWS_STRING},
    };

    fl_configuration_builder_type(
        builder,
        &(struct fl_type){.kind = FL_KIND_INFORMATION_REGISTER, .name = "Курсы"});
    fl_configuration_builder_attribute(builder, &currency);
    return finish(builder);
}

static void test_keys_of_record_sets_do_not_change(void **state)
{
    struct fl_configuration *before = rates(true);
    struct fl_configuration *now = rates(false);
    struct fl_configuration *next = NULL;
    struct fl_error error;

    (void)state;
    assert_int_equal(fl_configuration_succeed(before, now, &next, &error), FL_REFUSED);
    assert_non_null(strstr(error.text, "Курсы"));
    fl_configuration_free(now);
    fl_configuration_free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number_means_what_it_meant),
        cmocka_unit_test(test_places_survive_the_way_through_bytes),
        cmocka_unit_test(test_the_same_once_more_is_the_same),
        cmocka_unit_test(test_keys_of_record_sets_do_not_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
