#include "proto/object.h"

#include <string.h>

#include "sample.h"

static const struct fl_uuid some_uuid = {{1, 2, 3}};

static struct fl_value text_of(const char *text)
{
    return (struct fl_value){.kind = FL_VALUE_STRING, .bytes = fl_bytes_of_text(text)};
}

static struct fl_value number_of(int64_t number)
{
    return (struct fl_value){
        .kind = FL_VALUE_NUMBER,
        .number = fl_decimal_of_int64(number),
    };
}

static struct fl_value ref_of(uint32_t type, struct fl_uuid uuid)
{
    return (struct fl_value){.kind = FL_VALUE_REF, .type = type, .uuid = uuid};
}

static enum fl_status normalise(
    const struct fl_configuration *configuration,
    uint32_t type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    return fl_object_normalise(
        fl_configuration_type(configuration, type), object, out_error);
}

static void test_keys_keep_their_order_as_bytes(void **state)
{
    const struct fl_key keys[] = {
        {0, {{0xFF}}},
        {1, {{0}}},
        {1, {{0, 1}}},
        {256, {{0}}},
    };
    uint8_t bytes[4][FL_KEY_BYTES];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        fl_key_encode(keys[i], bytes[i]);
        assert_true(fl_key_equal(fl_key_decode(bytes[i]), keys[i]));
        assert_true(i == 0 || memcmp(bytes[i - 1], bytes[i], FL_KEY_BYTES) < 0);
    }
    assert_false(fl_key_equal(keys[1], keys[2]));
}

static void test_equal_content_has_one_form(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_value tax = {.kind = FL_VALUE_ENUM, .type = SAMPLE_ENUM};
    const struct fl_value empty_date = {.kind = FL_VALUE_DATE};
    struct fl_field fields[] = {
        {SAMPLE_ANY, text_of("")}, /* composite: kept */
        {SAMPLE_PRICE, number_of(0)},
        {SAMPLE_SINCE, empty_date},
        {SAMPLE_TAX, tax},
        {SAMPLE_DOCUMENT_REF, ref_of(SAMPLE_DOCUMENT, (struct fl_uuid){{0}})},
        {SAMPLE_UNKNOWN, {.kind = FL_VALUE_UNDEFINED}},
        {SAMPLE_CODE, text_of("001")},
    };
    struct fl_object object = {
        .key = {.id = some_uuid},
        .field_count = sizeof(fields) / sizeof(fields[0]),
        .fields = fields,
    };

    (void)state;
    assert_int_equal(normalise(configuration, SAMPLE_CATALOG, &object, NULL), FL_OK);
    assert_int_equal(object.field_count, 2);
    assert_int_equal(object.fields[0].number, SAMPLE_CODE);
    assert_int_equal(object.fields[1].number, SAMPLE_ANY);
    assert_int_equal(object.key.type, SAMPLE_CATALOG);
    assert_true(fl_uuid_equal(object.key.id, some_uuid));
    assert_non_null(fl_object_field(&object, SAMPLE_ANY));
    assert_null(fl_object_field(&object, SAMPLE_PRICE));
    fl_configuration_free(configuration);
}

static void test_a_number_twice_is_refused_by_name(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_field fields[] = {
        {SAMPLE_PRICE, number_of(1)},
        {SAMPLE_CODE, text_of("1")},
        {SAMPLE_PRICE, number_of(1)},
    };
    struct fl_object object = {.field_count = 3, .fields = fields};
    struct fl_error error = {.status = FL_OK};

    (void)state;
    assert_int_equal(
        normalise(configuration, SAMPLE_CATALOG, &object, &error), FL_MALFORMED);
    assert_string_equal(error.text, "\"Номенклатура\" has the attribute \"Цена\" twice");
    fields[0].number = 99;
    object.field_count = 3;
    assert_int_equal(
        normalise(configuration, SAMPLE_CATALOG, &object, &error), FL_MALFORMED);
    assert_string_equal(error.text, "\"Номенклатура\" has no attribute number 99");
    fl_configuration_free(configuration);
}

static void test_sections_are_ordered_and_empty_ones_left_out(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_field fields[] = {
        {2, number_of(5)}, {1, ref_of(SAMPLE_CATALOG, some_uuid)}};
    struct fl_row rows[] = {{2, fields}, {0, NULL}};
    struct fl_section sections[] = {{2, 0, NULL}, {1, 2, rows}};
    struct fl_object object = {.section_count = 2, .sections = sections};
    struct fl_error error = {.status = FL_OK};

    (void)state;
    assert_int_equal(normalise(configuration, SAMPLE_DOCUMENT, &object, NULL), FL_OK);
    assert_int_equal(object.section_count, 1);
    assert_int_equal(fl_object_section(&object, 1)->row_count, 2);
    assert_int_equal(rows[0].fields[0].number, 1);
    assert_null(fl_object_section(&object, 2));

    fields[0].number = 7;
    assert_int_equal(
        normalise(configuration, SAMPLE_DOCUMENT, &object, &error), FL_MALFORMED);
    assert_string_equal(error.text, "row 1: \"Товары\" has no attribute number 7");

    struct fl_row empty = {0, NULL};
    struct fl_section twice[] = {{2, 1, &empty}, {2, 1, &empty}};

    object.sections = twice;
    object.section_count = 2;
    assert_int_equal(
        normalise(configuration, SAMPLE_DOCUMENT, &object, NULL), FL_MALFORMED);
    fl_configuration_free(configuration);
}

static void test_a_record_set_by_recorder_has_its_key(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_field filter = {1, ref_of(SAMPLE_DOCUMENT, some_uuid)};
    struct fl_field quantity = {2, number_of(3)};
    struct fl_row row = {1, &quantity};
    struct fl_section records = {FL_SECTION_RECORDS, 1, &row};
    struct fl_object object = {
        .field_count = 1,
        .fields = &filter,
        .section_count = 1,
        .sections = &records,
    };

    (void)state;
    assert_int_equal(normalise(configuration, SAMPLE_STOCK, &object, NULL), FL_OK);
    assert_true(fl_uuid_equal(object.key.id, some_uuid));
    assert_int_equal(object.key.type, SAMPLE_STOCK);
    assert_false(object.deleted);

    records.row_count = 0;
    assert_int_equal(normalise(configuration, SAMPLE_STOCK, &object, NULL), FL_OK);
    assert_true(object.deleted);
    assert_int_equal(object.field_count, 1);

    filter.value.uuid = (struct fl_uuid){{0}};
    assert_int_equal(normalise(configuration, SAMPLE_STOCK, &object, NULL), FL_MALFORMED);
    fl_configuration_free(configuration);
}

static void test_a_record_set_by_filter_is_known_by_its_filter(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_field filter = {1, text_of("USD")};
    struct fl_row row = {1, &filter};
    struct fl_section records = {FL_SECTION_RECORDS, 1, &row};
    struct fl_object object = {
        .field_count = 1,
        .fields = &filter,
        .section_count = 1,
        .sections = &records,
    };

    (void)state;
    assert_int_equal(normalise(configuration, SAMPLE_RATES, &object, NULL), FL_OK);
    const struct fl_uuid dollar = object.key.id;

    /* BLAKE2b-256 of 0A 07 08 01 12 03 55 53 44. */
    assert_string_equal(
        fl_uuid_text(dollar).text, "fba65845-ea07-e430-54a6-b6a06eb61ff4");
    filter.value = text_of("EUR");
    assert_int_equal(normalise(configuration, SAMPLE_RATES, &object, NULL), FL_OK);
    assert_false(fl_uuid_equal(object.key.id, dollar));

    struct fl_field resource = {2, number_of(1)};

    object.fields = &resource;
    assert_int_equal(normalise(configuration, SAMPLE_RATES, &object, NULL), FL_MALFORMED);
    fl_configuration_free(configuration);
}

static void test_a_deletion_and_a_constant_have_their_form(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_field field = {SAMPLE_CODE, text_of("1")};
    struct fl_field flag = {1, {.kind = FL_VALUE_BOOLEAN, .boolean = true}};
    struct fl_object deletion = {
        .key = {.id = some_uuid},
        .deleted = true,
        .field_count = 1,
        .fields = &field,
    };
    struct fl_object constant = {
        .key = {.id = some_uuid},
        .field_count = 1,
        .fields = &flag,
    };

    (void)state;
    assert_int_equal(normalise(configuration, SAMPLE_CATALOG, &deletion, NULL), FL_OK);
    assert_int_equal(deletion.field_count, 0);
    assert_int_equal(normalise(configuration, SAMPLE_CONSTANT, &constant, NULL), FL_OK);
    assert_true(fl_uuid_is_zero(constant.key.id));
    assert_int_equal(constant.field_count, 1);
    fl_configuration_free(configuration);
}

static void test_each_type_has_its_empty_value(void **state)
{
    static const struct {
        uint32_t allows;
        enum fl_value_kind kind;
    } cases[] = {
        {FL_ALLOWS_STRING, FL_VALUE_STRING},
        {FL_ALLOWS_NUMBER, FL_VALUE_NUMBER},
        {FL_ALLOWS_DATE, FL_VALUE_DATE},
        {FL_ALLOWS_BOOLEAN, FL_VALUE_BOOLEAN},
        {FL_ALLOWS_UUID, FL_VALUE_UUID},
        {FL_ALLOWS_BINARY, FL_VALUE_BINARY},
        {FL_ALLOWS_STORAGE, FL_VALUE_STORAGE},
        {FL_ALLOWS_TYPE, FL_VALUE_TYPE},
        {0, FL_VALUE_UNDEFINED},
    };
    const struct fl_value_type composite = {
        .allows = FL_ALLOWS_STRING | FL_ALLOWS_NUMBER,
        .composite = true,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fl_value_type type = {.allows = cases[i].allows};

        assert_int_equal(fl_value_empty(&type).kind, cases[i].kind);
    }
    assert_int_equal(fl_value_empty(&composite).kind, FL_VALUE_UNDEFINED);
}

/* One field of the catalog against the sample configuration. */
struct check_case {
    struct fl_field field;
    const char *complaint; /* NULL: allowed */
};

static void check_all(const struct check_case *cases, size_t count)
{
    struct fl_configuration *const configuration = sample_configuration();

    for (size_t i = 0; i < count; i++) {
        struct fl_field field = cases[i].field;
        struct fl_object object = {
            .key = {.type = SAMPLE_CATALOG},
            .field_count = 1,
            .fields = &field,
        };
        struct fl_error error = {.status = FL_OK};
        const enum fl_status status = fl_object_check(configuration, &object, &error);

        if (!cases[i].complaint) {
            assert_int_equal(status, FL_OK);
        } else {
            assert_int_equal(status, FL_MALFORMED);
            assert_string_equal(error.text, cases[i].complaint);
        }
    }
    fl_configuration_free(configuration);
}

#define PLACE(attribute, value)                                                          \
    "Catalog.Номенклатура, attribute \"" attribute "\", value \"" value "\": "

static void test_strings_numbers_and_dates_fit_their_bounds(void **state)
{
    const struct fl_value negative = number_of(-1);
    const struct fl_value fine = {
        .kind = FL_VALUE_NUMBER,
        .number = {.low = 1001, .scale = 3},
    };
    const struct fl_value noon = {.kind = FL_VALUE_DATE, .date = 43200};
    const struct fl_value late = {.kind = FL_VALUE_DATE, .date = FL_DATETIME_MAX + 1};
    const struct check_case cases[] = {
        {{SAMPLE_CODE, text_of("Код-12345")}, NULL},
        {{SAMPLE_CODE, text_of("Код-123456")},
         PLACE("Code", "Код-123456") "the string is longer than 9 characters"},
        {{SAMPLE_CODE, text_of("\xFF")}, PLACE("Code", "?") "the text is not UTF-8"},
        {{SAMPLE_CODE, number_of(1)},
         PLACE("Code", "1") "the attribute does not hold values of this type"},
        {{SAMPLE_PRICE, number_of(9999999999999)}, NULL},
        {{SAMPLE_PRICE, number_of(10000000000000)},
         PLACE("Цена", "10000000000000") "the number has more than 15 digits, or more "
                                         "than 2 after the point"},
        {{SAMPLE_PRICE, fine},
         PLACE("Цена", "1.001") "the number has more than 15 digits, or more than 2 "
                                "after the point"},
        {{SAMPLE_PRICE, negative}, PLACE("Цена", "-1") "the number is negative"},
        {{SAMPLE_SINCE, noon},
         PLACE("Дата", "0001-01-01T12:00:00") "a date has a time of day"},
        {{SAMPLE_SINCE, late}, PLACE("Дата", "") "the date is out of range"},
        {{SAMPLE_SINCE, {.kind = FL_VALUE_UNDEFINED}},
         PLACE("Дата", "Undefined") "the attribute does not hold values of this type"},
    };

    (void)state;
    check_all(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_refs_are_to_the_types_of_their_attribute(void **state)
{
    const struct fl_value tax = {
        .kind = FL_VALUE_ENUM,
        .type = SAMPLE_ENUM,
        .enum_value = 2,
    };
    const struct fl_value no_tax = {
        .kind = FL_VALUE_ENUM,
        .type = SAMPLE_ENUM,
        .enum_value = 3,
    };
    const struct fl_value foreign = {.kind = FL_VALUE_FOREIGN, .bytes = BYTES("x")};
    const struct fl_uuid zero = {{0}};
    const struct check_case cases[] = {
        {{SAMPLE_TAX, tax}, NULL},
        {{SAMPLE_TAX, no_tax},
         PLACE("СтавкаНДС", "3") "the enumeration \"СтавкиНДС\" has no value number 3"},
        {{SAMPLE_TAX, ref_of(SAMPLE_ENUM, zero)},
         PLACE(
             "СтавкаНДС",
             "00000000-0000-0000-0000-000000000000") "type number 1 is none that can be "
                                                     "referred to so"},
        {{SAMPLE_DOCUMENT_REF, ref_of(SAMPLE_DOCUMENT, some_uuid)}, NULL},
        {{SAMPLE_DOCUMENT_REF, ref_of(SAMPLE_FILES, zero)},
         PLACE(
             "Основание",
             "00000000-0000-0000-0000-000000000000") "Catalog.Файлы is not among the "
                                                     "types of the attribute"},
        {{SAMPLE_ANY, ref_of(99, zero)},
         PLACE(
             "Значение",
             "00000000-0000-0000-0000-000000000000") "type number 99 is none that can be "
                                                     "referred to so"},
        {{SAMPLE_ANY, ref_of(SAMPLE_CATALOG, some_uuid)}, NULL},
        {{SAMPLE_ANY, {.kind = FL_VALUE_UNDEFINED}}, NULL},
        {{SAMPLE_UNKNOWN, foreign}, NULL},
        {{SAMPLE_ANY, foreign},
         PLACE("Значение", "x") "the attribute does not hold values of this type"},
        {{77, tax}, "Catalog.Номенклатура has no attribute number 77"},
    };

    (void)state;
    check_all(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_a_complaint_names_section_and_row(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_field good = {2, number_of(1)};
    struct fl_field bad = {
        2, text_of("очень длинная строка, которую не показать целиком")};
    struct fl_row rows[] = {{1, &good}, {1, &bad}};
    struct fl_section sections[] = {{1, 2, rows}};
    struct fl_object object = {
        .key = {.type = SAMPLE_DOCUMENT},
        .section_count = 1,
        .sections = sections,
    };
    struct fl_error error = {.status = FL_OK};

    (void)state;
    assert_int_equal(fl_object_check(configuration, &object, &error), FL_MALFORMED);
    assert_string_equal(
        error.text,
        "Document.Счет, section \"Товары\", row 2, attribute \"Сумма\", value \"очень "
        "длинная строка, которую не ...\": the attribute does not hold values of this "
        "type");
    assert_int_equal(fl_object_check(configuration, &object, NULL), FL_MALFORMED);
    sections[0].number = 3;
    assert_int_equal(fl_object_check(configuration, &object, &error), FL_MALFORMED);
    assert_string_equal(error.text, "Document.Счет has no section number 3");
    object.key.type = 50;
    assert_int_equal(fl_object_check(configuration, &object, &error), FL_MALFORMED);
    fl_configuration_free(configuration);
}

static void test_types_of_learnt_attributes_are_not_insisted_on(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    struct fl_field field = {1, text_of("not a storage")};
    struct fl_object object = {
        .key = {.type = SAMPLE_FILES},
        .field_count = 1,
        .fields = &field,
    };

    (void)state;
    assert_int_equal(fl_object_check(configuration, &object, NULL), FL_OK);
    field.value = ref_of(SAMPLE_CATALOG, some_uuid);
    assert_int_equal(fl_object_check(configuration, &object, NULL), FL_OK);
    field.value = ref_of(99, some_uuid);
    assert_int_equal(fl_object_check(configuration, &object, NULL), FL_MALFORMED);
    fl_configuration_free(configuration);
}

static void test_a_value_is_set_replaced_and_taken_away(void **state)
{
    const struct fl_value old = text_of("old");
    struct fl_field field = {1, old};
    struct fl_object object = {.field_count = 1, .fields = &field};
    const struct fl_value first = text_of("new");
    const struct fl_value second = text_of("second");
    struct fl_arena arena;

    (void)state;
    fl_arena_init(&arena, 1 << 20);
    assert_int_equal(fl_object_set(&object, 1, &first, &arena), FL_OK);
    assert_int_equal(fl_object_set(&object, 2, &second, &arena), FL_OK);
    assert_int_equal(object.field_count, 2);
    assert_true(fl_value_equal(fl_object_field(&object, 1), &first));
    assert_true(fl_value_equal(fl_object_field(&object, 2), &second));
    assert_int_equal(fl_object_set(&object, 1, NULL, &arena), FL_OK);
    assert_int_equal(fl_object_set(&object, 3, NULL, &arena), FL_OK);
    assert_int_equal(object.field_count, 1);
    assert_null(fl_object_field(&object, 1));
    assert_true(fl_value_equal(&field.value, &old)); /* the array that was given */
    fl_arena_deinit(&arena);
    fl_arena_init(&arena, 8);
    assert_int_equal(fl_object_set(&object, 1, &first, &arena), FL_LIMIT);
    assert_int_equal(object.field_count, 1);
    fl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_keep_their_order_as_bytes),
        cmocka_unit_test(test_equal_content_has_one_form),
        cmocka_unit_test(test_a_number_twice_is_refused_by_name),
        cmocka_unit_test(test_sections_are_ordered_and_empty_ones_left_out),
        cmocka_unit_test(test_a_record_set_by_recorder_has_its_key),
        cmocka_unit_test(test_a_record_set_by_filter_is_known_by_its_filter),
        cmocka_unit_test(test_a_deletion_and_a_constant_have_their_form),
        cmocka_unit_test(test_each_type_has_its_empty_value),
        cmocka_unit_test(test_strings_numbers_and_dates_fit_their_bounds),
        cmocka_unit_test(test_refs_are_to_the_types_of_their_attribute),
        cmocka_unit_test(test_a_complaint_names_section_and_row),
        cmocka_unit_test(test_types_of_learnt_attributes_are_not_insisted_on),
        cmocka_unit_test(test_a_value_is_set_replaced_and_taken_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
