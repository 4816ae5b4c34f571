#include "proto/configuration.h"

#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "sample.h"

static void test_types_are_numbered_and_found(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_type *const catalog =
        fl_configuration_find_full(configuration, BYTES("Catalog.Номенклатура"));

    (void)state;
    assert_non_null(catalog);
    assert_int_equal(catalog->number, SAMPLE_CATALOG);
    assert_true(catalog->hierarchical && catalog->folders && !catalog->learnt);
    assert_ptr_equal(
        fl_configuration_find_full(configuration, BYTES("Справочник.Номенклатура")),
        catalog);
    assert_ptr_equal(
        fl_configuration_find(configuration, FL_KIND_CATALOG, BYTES("Номенклатура")),
        catalog);
    assert_ptr_equal(fl_configuration_type(configuration, SAMPLE_CATALOG), catalog);
    for (size_t i = 0; i < configuration->type_count; i++) {
        assert_int_equal(configuration->types[i].number, i + 1);
    }
    assert_int_equal(
        fl_configuration_find_full(configuration, BYTES("Catalog.Файлы"))->number,
        SAMPLE_FILES);
    fl_configuration_free(configuration);
    fl_configuration_free(NULL);
}

static void test_what_is_not_there_is_not_found(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_type *const document =
        fl_configuration_type(configuration, SAMPLE_DOCUMENT);

    (void)state;
    assert_null(fl_configuration_type(configuration, 0));
    assert_null(fl_configuration_type(configuration, 8));
    assert_null(fl_configuration_find_full(configuration, BYTES("")));
    assert_null(fl_configuration_find_full(configuration, BYTES("Номенклатура")));
    assert_null(fl_configuration_find_full(configuration, BYTES("Catalog.")));
    assert_null(
        fl_configuration_find_full(configuration, BYTES("Document.Номенклатура")));
    assert_null(fl_configuration_find(configuration, (enum fl_kind)0, BYTES("Счет")));
    assert_null(fl_configuration_find(configuration, FL_KIND_TASK, BYTES("Счет")));
    assert_null(fl_configuration_plan(configuration, BYTES("Обмен")));
    assert_null(fl_type_find_attribute(document, BYTES("Сумма")));
    assert_null(fl_type_find_section(document, BYTES("Number")));
    assert_null(fl_type_section(document, 3));
    assert_null(fl_type_attribute(document, 0));
    assert_null(fl_type_role(document, FL_ROLE_CODE));
    assert_null(fl_section_find_attribute(&document->sections[0], BYTES("")));
    assert_null(fl_section_attribute(&document->sections[0], 3));
    fl_configuration_free(configuration);
}

static void test_attributes_sections_and_values_are_found(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_type *const document =
        fl_configuration_type(configuration, SAMPLE_DOCUMENT);
    const struct fl_type *const rates = fl_configuration_type(configuration, SAMPLE_ENUM);

    (void)state;
    assert_int_equal(fl_type_find_attribute(document, BYTES("Number"))->number, 1);
    assert_ptr_equal(
        fl_type_role(document, FL_ROLE_NUMBER), fl_type_attribute(document, 1));
    const struct fl_section_type *const goods =
        fl_type_find_section(document, BYTES("Товары"));
    const struct fl_section_type *const services =
        fl_type_find_section(document, BYTES("Услуги"));

    assert_int_equal(goods->number, 1);
    assert_ptr_equal(fl_type_section(document, 2), services);
    assert_int_equal(fl_section_find_attribute(goods, BYTES("Сумма"))->number, 2);
    assert_int_equal(fl_section_find_attribute(services, BYTES("Сумма"))->number, 1);
    assert_string_equal(fl_section_attribute(goods, 1)->name, "Номенклатура");
    assert_int_equal(fl_type_find_enum_value(rates, BYTES("БезНДС")), 2);
    assert_int_equal(fl_type_find_enum_value(rates, BYTES("НДС10")), 0);
    assert_string_equal(fl_type_enum_value_name(rates, 1), "НДС20");
    assert_null(fl_type_enum_value_name(rates, 0));
    assert_null(fl_type_enum_value_name(rates, 3));
    fl_configuration_free(configuration);
}

static const struct fl_value_type *catalog_attribute(
    const struct fl_configuration *configuration,
    uint32_t number)
{
    return &fl_type_attribute(
                fl_configuration_type(configuration, SAMPLE_CATALOG), number)
                ->type;
}

static void test_types_of_attributes_are_resolved_whatever_the_order(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_value_type *type = catalog_attribute(configuration, SAMPLE_TAX);

    (void)state;
    assert_true(!type->composite && type->enumeration && type->ref_count == 1);
    assert_int_equal(type->refs[0], SAMPLE_ENUM);
    type = catalog_attribute(configuration, SAMPLE_ANY);
    assert_true(type->composite && !type->enumeration);
    type = catalog_attribute(configuration, SAMPLE_DOCUMENT_REF);
    assert_true(!type->composite && !type->enumeration);
    assert_int_equal(type->refs[0], SAMPLE_DOCUMENT);
    type = catalog_attribute(configuration, SAMPLE_EVERY_CATALOG);
    assert_true(type->composite && type->ref_count == 2);
    assert_int_equal(type->refs[0], SAMPLE_CATALOG);
    assert_int_equal(type->refs[1], SAMPLE_FILES);
    type = catalog_attribute(configuration, SAMPLE_UNKNOWN);
    assert_true(type->composite && type->ref_count == 0);
    assert_int_equal(type->allows, FL_ALLOWS_UNKNOWN);
    fl_configuration_free(configuration);
}

static void test_a_set_of_one_type_is_not_composite(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_type *const stock =
        fl_configuration_type(configuration, SAMPLE_STOCK);
    const struct fl_attribute *const recorder = fl_type_role(stock, FL_ROLE_RECORDER);

    (void)state;
    assert_int_equal(recorder->type.ref_count, 1);
    assert_false(recorder->type.composite);
    fl_configuration_free(configuration);
}

static void test_what_is_unknown_becomes_a_note(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();

    (void)state;
    assert_int_equal(configuration->note_count, 2);
    assert_non_null(
        strstr(configuration->notes[0], "BusinessProcessRoutePointRef.Обмен"));
    assert_non_null(strstr(configuration->notes[0], "\"Точка\" of \"Номенклатура\""));
    assert_non_null(strstr(configuration->notes[1], "Catalog.Чужой"));
    fl_configuration_free(configuration);
}

static void test_a_plan_holds_each_type_once(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_plan *const plan =
        fl_configuration_plan(configuration, BYTES("Филиалы"));

    (void)state;
    assert_true(plan->distributed);
    assert_int_equal(plan->item_count, 2);
    assert_int_equal(plan->items[0].type, SAMPLE_CATALOG);
    assert_true(plan->items[0].auto_record);
    assert_int_equal(plan->items[1].type, SAMPLE_DOCUMENT);
    assert_false(plan->items[1].auto_record);
    fl_configuration_free(configuration);
}

static void test_bytes_and_hash_are_the_same_after_decoding(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_configuration *decoded = NULL;
    struct fl_error error = {.status = FL_OK};
    struct fl_buffer first;
    struct fl_buffer second;

    (void)state;
    fl_buffer_init(&first, FL_CONFIGURATION_BYTES_MAX);
    fl_buffer_init(&second, FL_CONFIGURATION_BYTES_MAX);
    assert_int_equal(fl_configuration_encode(configuration, &first), FL_OK);
    assert_int_equal(
        fl_configuration_decode(fl_buffer_view(&first), &decoded, &error), FL_OK);
    assert_int_equal(fl_configuration_encode(decoded, &second), FL_OK);
    assert_true(fl_bytes_equal(fl_buffer_view(&first), fl_buffer_view(&second)));
    assert_memory_equal(configuration->hash, decoded->hash, FL_CONFIGURATION_HASH_BYTES);
    assert_string_equal(decoded->name, "Пример");
    assert_string_equal(decoded->version, "1.0.1");
    assert_int_equal(decoded->note_count, 2);
    assert_true(catalog_attribute(decoded, SAMPLE_TAX)->enumeration);
    assert_true(catalog_attribute(decoded, SAMPLE_UNKNOWN)->composite);
    assert_int_equal(catalog_attribute(decoded, SAMPLE_PRICE)->number_digits, 15);
    fl_configuration_free(decoded);
    fl_configuration_free(configuration);
    fl_buffer_deinit(&first);
    fl_buffer_deinit(&second);
}

static void test_notes_do_not_change_the_hash(void **state)
{
    struct fl_configuration *const plain = sample_configuration();
    struct fl_configuration_builder *builder = sample_builder();
    struct fl_configuration *noted = NULL;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        fl_configuration_builder_note(builder, "note %d", i);
    }
    assert_int_equal(fl_configuration_builder_finish(builder, &noted, NULL), FL_OK);
    assert_memory_equal(plain->hash, noted->hash, FL_CONFIGURATION_HASH_BYTES);
    assert_int_equal(noted->note_count, 4096);
    assert_string_equal(noted->notes[4094], "note 4094");
    assert_non_null(strstr(noted->notes[4095], "907"));
    fl_configuration_free(noted);

    builder = sample_builder();
    fl_configuration_builder_plan(builder, "Еще", false);
    assert_int_equal(fl_configuration_builder_finish(builder, &noted, NULL), FL_OK);
    assert_memory_not_equal(plain->hash, noted->hash, FL_CONFIGURATION_HASH_BYTES);
    fl_configuration_free(noted);
    fl_configuration_free(plain);
}

/* Gives the words of the failure. */
static struct fl_error finish_fails(struct fl_configuration_builder *builder)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {.status = FL_OK};

    assert_int_not_equal(
        fl_configuration_builder_finish(builder, &configuration, &error), FL_OK);
    assert_null(configuration);
    return error;
}

static void test_a_name_twice_is_refused_by_name(void **state)
{
    const struct fl_value_type text = {.allows = FL_ALLOWS_STRING};
    struct fl_configuration_builder *builder = sample_builder();

    (void)state;
    sample_add(builder, "Данные", FL_ROLE_OWN, text, NULL);
    struct fl_error error = finish_fails(builder);

    assert_int_equal(error.status, FL_MALFORMED);
    assert_string_equal(error.text, "\"Файлы\" has the name \"Данные\" twice");

    builder = sample_builder();
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_DOCUMENT, .name = "Счет"});
    error = finish_fails(builder);
    assert_string_equal(error.text, "\"Document\" has the name \"Счет\" twice");
}

static void test_the_first_failure_is_the_one_reported(void **state)
{
    struct fl_configuration_builder *const builder = sample_builder();

    (void)state;
    fl_configuration_builder_enum_value(builder, "");
    fl_configuration_builder_plan(builder, "\xFF", true);
    fl_configuration_builder_plan_item(builder, "Catalog.Файлы", true);
    const struct fl_error error = finish_fails(builder);

    assert_int_equal(error.status, FL_MALFORMED);
    assert_non_null(strstr(error.text, "name of a value"));
}

static void test_too_many_attributes_are_refused(void **state)
{
    const struct fl_value_type text = {.allows = FL_ALLOWS_STRING};
    struct fl_configuration_builder *const builder = sample_builder();

    (void)state;
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "Большой"});
    for (int i = 0; i <= FL_FIELDS_MAX; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "a%d", i);
        sample_add(builder, name, FL_ROLE_OWN, text, NULL);
    }
    assert_int_equal(finish_fails(builder).status, FL_LIMIT);
}

/* What can be decoded has exactly the form that encoding gives. */
static void test_damaged_bytes_are_refused_or_are_another_configuration(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_buffer bytes;
    struct fl_buffer again;
    size_t accepted = 0;

    (void)state;
    fl_buffer_init(&bytes, FL_CONFIGURATION_BYTES_MAX);
    fl_buffer_init(&again, FL_CONFIGURATION_BYTES_MAX);
    assert_int_equal(fl_configuration_encode(configuration, &bytes), FL_OK);
    for (size_t i = 0; i < bytes.size * 2; i++) {
        struct fl_configuration *decoded = NULL;
        struct fl_error error = {.status = FL_OK};
        struct fl_bytes view = fl_buffer_view(&bytes);
        const size_t at = i / 2;
        const bool is_cut = i % 2 == 1;

        view.size = is_cut ? at : view.size;
        bytes.data[at] ^= is_cut ? 0 : 1;
        if (fl_configuration_decode(view, &decoded, &error) == FL_OK) {
            fl_buffer_clear(&again);
            assert_int_equal(fl_configuration_encode(decoded, &again), FL_OK);
            assert_true(fl_bytes_equal(view, fl_buffer_view(&again)));
            accepted++;
        } else {
            assert_int_equal(error.status, FL_MALFORMED);
            assert_true(error.text[0] != '\0');
        }
        fl_configuration_free(decoded);
        bytes.data[at] ^= is_cut ? 0 : 1;
    }
    /* Letters of names may change; lengths, tags and numbers of types may not. */
    assert_in_range(accepted, 1, bytes.size);
    fl_buffer_deinit(&bytes);
    fl_buffer_deinit(&again);
    fl_configuration_free(configuration);
}

static void test_numbers_out_of_range_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"", 0},                                     /* no name */
        {"\x0A\x01x\x1A\x05\x08\x11\x12\x01x", 10},  /* kind 17 */
        {"\x0A\x01x\x1A\x03\x12\x01x", 8},           /* no kind */
        {"\x0A\x01x\x1A\x05\x08\x01\x12\x01\0", 10}, /* NUL in a name */
        {"\x0A\x01x\x1A\x02\x08\x01", 7},            /* no name */
        {"\x0A\x01x\x1A\x0C\x08\x01\x12\x01x\x1A\x05\x0A\x01y\x10\x15", 17}, /* role */
        {"\x0A\x01x\x22\x07\x0A\x01p\x1A\x02\x08\x01", 12}, /* item of no type */
        {"\x0A\x01x\xF8\x07\x01", 6},                       /* an unknown field */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fl_configuration *configuration = NULL;
        struct fl_error error = {.status = FL_OK};
        const struct fl_bytes bytes = {
            (const uint8_t *)cases[i].bytes,
            cases[i].size,
        };

        assert_int_equal(
            fl_configuration_decode(bytes, &configuration, &error), FL_MALFORMED);
        assert_int_equal(error.status, FL_MALFORMED);
    }
}

static void test_an_empty_configuration_is_one(void **state)
{
    struct fl_configuration *configuration = NULL;

    (void)state;
    assert_int_equal(
        fl_configuration_decode(BYTES("\x0A\x01x"), &configuration, NULL), FL_OK);
    assert_int_equal(configuration->type_count, 0);
    assert_null(fl_configuration_find_full(configuration, BYTES("Catalog.x")));
    assert_null(fl_configuration_plan(configuration, BYTES("x")));
    fl_configuration_free(configuration);
}

/* As large as a real one, so that growth and hashing are met. */
static void test_many_types_are_found(void **state)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;
    const struct fl_value_type none = {0};
    char name[32];

    (void)state;
    assert_int_equal(fl_configuration_builder_new("ERP", "", &builder), FL_OK);
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(name, sizeof(name), "Тип%d", i);
        fl_configuration_builder_type(
            builder, &(struct fl_type){
                         .kind = i % 2 == 0 ? FL_KIND_CATALOG : FL_KIND_DOCUMENT,
                         .name = name,
                     });
        sample_add(builder, "Ссылка", FL_ROLE_OWN, none, i == 7 ? "AnyRef" : NULL);
    }
    assert_int_equal(
        fl_configuration_builder_finish(builder, &configuration, NULL), FL_OK);
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(
            name, sizeof(name), i % 2 == 0 ? "Catalog.Тип%d" : "Документ.Тип%d", i);
        const struct fl_type *const type =
            fl_configuration_find_full(configuration, fl_bytes_of_text(name));

        assert_non_null(type);
        assert_int_equal(type->number, i + 1);
    }
    const struct fl_value_type *const any = &configuration->types[7].attributes[0].type;

    assert_int_equal(any->ref_count, 3000);
    assert_int_equal(any->refs[2999], 3000);
    fl_configuration_free(configuration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_are_numbered_and_found),
        cmocka_unit_test(test_what_is_not_there_is_not_found),
        cmocka_unit_test(test_attributes_sections_and_values_are_found),
        cmocka_unit_test(test_types_of_attributes_are_resolved_whatever_the_order),
        cmocka_unit_test(test_a_set_of_one_type_is_not_composite),
        cmocka_unit_test(test_what_is_unknown_becomes_a_note),
        cmocka_unit_test(test_a_plan_holds_each_type_once),
        cmocka_unit_test(test_bytes_and_hash_are_the_same_after_decoding),
        cmocka_unit_test(test_notes_do_not_change_the_hash),
        cmocka_unit_test(test_a_name_twice_is_refused_by_name),
        cmocka_unit_test(test_the_first_failure_is_the_one_reported),
        cmocka_unit_test(test_too_many_attributes_are_refused),
        cmocka_unit_test(test_damaged_bytes_are_refused_or_are_another_configuration),
        cmocka_unit_test(test_numbers_out_of_range_are_refused),
        cmocka_unit_test(test_an_empty_configuration_is_one),
        cmocka_unit_test(test_many_types_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
