#include "odata_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_uri.h"

enum { ARENA_BYTES = 1 << 16 };

/* An object: Code '001', Цена 10.5, Description 'Альфа', Date 2026-03-04, Posted true. */
static bool look_up(
    void *context,
    const struct fl_odata_step *step,
    struct fl_odata_value *out_value)
{
    (void)context;
    struct fl_odata_value value = {.kind = FL_ODATA_NULL};
    if (fl_bytes_equal(step->name, fl_bytes_of_text("Code"))) {
        value.kind = FL_ODATA_STRING;
        value.text = fl_bytes_of_text("001");
    } else if (fl_bytes_equal(step->name, fl_bytes_of_text("Description"))) {
        value.kind = FL_ODATA_STRING;
        value.text = fl_bytes_of_text("Альфа");
    } else if (fl_bytes_equal(step->name, fl_bytes_of_text("Цена"))) {
        value.kind = FL_ODATA_NUMBER;
        assert_int_equal(
            fl_decimal_parse(fl_bytes_of_text("10.5"), &value.number), FL_OK);
    } else if (fl_bytes_equal(step->name, fl_bytes_of_text("Date"))) {
        value.kind = FL_ODATA_DATE;
        assert_int_equal(
            fl_datetime_parse(fl_bytes_of_text("2026-03-04T05:06:07"), &value.date),
            FL_OK);
    } else if (fl_bytes_equal(step->name, fl_bytes_of_text("Posted"))) {
        value.kind = FL_ODATA_BOOLEAN;
        value.boolean = true;
    } else {
        return false;
    }
    *out_value = value;
    return true;
}

static bool matches(const char *text)
{
    static struct fl_odata_filter filter;
    struct fl_arena arena;
    struct fl_error error = {.text = ""};
    fl_arena_init(&arena, ARENA_BYTES);
    enum fl_status status =
        fl_odata_filter_parse(fl_bytes_of_text(text), &arena, &filter, &error);
    if (status != FL_OK) {
        fail_msg("%s: %s", text, error.text);
    }
    bool matched = fl_odata_filter_matches(&filter, look_up, NULL);
    fl_arena_deinit(&arena);
    return matched;
}

static void refused(const char *text, const char *words)
{
    static struct fl_odata_filter filter;
    struct fl_arena arena;
    struct fl_error error = {.text = ""};
    fl_arena_init(&arena, ARENA_BYTES);
    enum fl_status status =
        fl_odata_filter_parse(fl_bytes_of_text(text), &arena, &filter, &error);
    assert_int_not_equal(status, FL_OK);
    if (strstr(error.text, words) == NULL) {
        fail_msg("%s: \"%s\" lacks \"%s\"", text, error.text, words);
    }
    fl_arena_deinit(&arena);
}

static void test_comparisons_are_by_kind(void **state)
{
    (void)state;
    assert_true(matches("Code eq '001'"));
    assert_true(matches("'001' eq Code"));
    assert_false(matches("Code eq '002'"));
    assert_true(matches("Code ne '002'"));
    assert_false(matches("Code eq 1"));
    assert_true(matches("Цена gt 10"));
    assert_true(matches("Цена eq 10.50m"));
    assert_true(matches("Цена le 10.5 and Цена ge 10.5"));
    assert_true(matches("Date ge datetime'2026-03-04T00:00:00'"));
    assert_true(matches("year(Date) eq 2026 and month(Date) eq 3 and day(Date) eq 4"));
    assert_true(matches("Posted"));
    assert_true(matches("Posted eq true"));
    assert_true(matches("Missing eq null"));
}

static void test_operators_bind_as_odata_says(void **state)
{
    (void)state;
    assert_true(matches("Code eq '001' or Code eq '002' and Code eq '003'"));
    assert_false(matches("(Code eq '001' or Code eq '002') and Code eq '003'"));
    assert_false(matches("not Code eq '001'"));
    assert_true(matches("not (Code eq '002') and Posted"));
    assert_true(matches("not not Posted"));
}

static void test_functions_look_into_texts(void **state)
{
    (void)state;
    assert_true(matches("startswith(Description,'Аль')"));
    assert_false(matches("startswith(Description,'аль')"));
    assert_true(matches("endswith(Description,'фа') eq true"));
    assert_true(matches("substringof('льф',Description)"));
    assert_true(matches("like(Description,'А%ф_')"));
    assert_true(matches("like(Description,'%')"));
    assert_false(matches("like(Description,'%б%')"));
    assert_true(matches("startswith(Description,'') and not startswith(Цена,'1')"));
}

static void test_quotes_are_doubled(void **state)
{
    (void)state;
    assert_true(matches("'a''b' eq 'a''b'"));
    assert_false(matches("'a''b' eq 'a'"));
    assert_true(matches("'' eq ''"));
}

static void test_mistakes_name_their_place(void **state)
{
    (void)state;
    refused("", "ends too early");
    refused("Code eq", "ends too early");
    refused("Code eq 'x", "must end with a quote");
    refused("Code '001'", "an operator belongs here");
    refused("Code eq '1')", "was not opened");
    refused("(Code eq '1'", "is not closed");
    refused("eq '1'", "an operator belongs here");
    refused("startswith(Code)", "another number of values");
    refused("startswith(Code,'1','2')", "another number of values");
    refused("(Code,'1')", "a comma stands only");
    refused("Ref_Key eq guid'1'", "a guid is");
    refused("Date eq datetime'2026'", "a date is");
    refused("Code eq x'1'", "only guid");
    refused("Code eq 1.2.3", "a number is");
    refused("Code eq ;", "byte 9");
    refused("Code in ('1')", "at \"in");
}

static void test_depth_and_size_are_bounded(void **state)
{
    char text[4096] = "";
    (void)state;
    memset(text, '(', 200);
    refused(text, "nested more than");
    text[0] = '\0';
    for (int i = 0; i < 200; i++) {
        strcat(text, i == 0 ? "Posted" : " or Posted");
    }
    refused(text, "more than");
}

static void test_a_ref_that_is_required_is_found(void **state)
{
    static struct fl_odata_filter filter;
    struct fl_odata_value value;
    struct fl_arena arena;
    const char *guid = "guid'11111111-2222-3333-4444-555555555555'";
    char text[300];
    (void)state;
    fl_arena_init(&arena, ARENA_BYTES);
    snprintf(text, sizeof text, "Ref_Key eq %s and Posted", guid);
    assert_int_equal(
        fl_odata_filter_parse(fl_bytes_of_text(text), &arena, &filter, NULL), FL_OK);
    assert_true(fl_odata_filter_requires(&filter, "Ref_Key", &value));
    assert_int_equal(value.kind, FL_ODATA_GUID);
    snprintf(text, sizeof text, "Ref_Key eq %s or Posted", guid);
    assert_int_equal(
        fl_odata_filter_parse(fl_bytes_of_text(text), &arena, &filter, NULL), FL_OK);
    assert_false(fl_odata_filter_requires(&filter, "Ref_Key", &value));
    snprintf(text, sizeof text, "not (Ref_Key eq %s)", guid);
    assert_int_equal(
        fl_odata_filter_parse(fl_bytes_of_text(text), &arena, &filter, NULL), FL_OK);
    assert_false(fl_odata_filter_requires(&filter, "Ref_Key", &value));
    fl_arena_deinit(&arena);
}

static void test_keys_are_one_guid_or_named_parts(void **state)
{
    struct fl_odata_key key;
    struct fl_arena arena;
    (void)state;
    fl_arena_init(&arena, ARENA_BYTES);
    const char *one = "Catalog_X(guid'11111111-2222-3333-4444-555555555555')/Rest";
    assert_int_equal(
        fl_odata_key_parse(fl_bytes_of_text(one), &arena, &key, NULL), FL_OK);
    assert_true(key.has_key);
    assert_int_equal(key.count, 1);
    assert_int_equal(key.rest.size, 4);
    const char *named = "R_Y(Period=datetime'2026-01-01T00:00:00',"
                        "A=cast(guid'11111111-2222-3333-4444-555555555555','Catalog_X'))";
    assert_int_equal(
        fl_odata_key_parse(fl_bytes_of_text(named), &arena, &key, NULL), FL_OK);
    assert_int_equal(key.count, 2);
    assert_int_equal(key.parts[1].value.set.size, 9);
    assert_int_equal(
        fl_odata_key_parse(fl_bytes_of_text("X"), &arena, &key, NULL), FL_OK);
    assert_false(key.has_key);
    assert_int_not_equal(
        fl_odata_key_parse(fl_bytes_of_text("X("), &arena, &key, NULL), FL_OK);
    assert_int_not_equal(
        fl_odata_key_parse(fl_bytes_of_text("X(1"), &arena, &key, NULL), FL_OK);
    assert_int_not_equal(
        fl_odata_key_parse(fl_bytes_of_text("X()"), &arena, &key, NULL), FL_OK);
    fl_arena_deinit(&arena);
}

static void test_orders_go_up_unless_they_say_so(void **state)
{
    struct fl_odata_order order;
    (void)state;
    assert_int_equal(
        fl_odata_order_parse(
            fl_bytes_of_text("Date desc, Number asc,Code"), &order, NULL),
        FL_OK);
    assert_int_equal(order.count, 3);
    assert_true(order.parts[0].descending);
    assert_false(order.parts[1].descending);
    assert_int_not_equal(
        fl_odata_order_parse(fl_bytes_of_text("Date down"), &order, NULL), FL_OK);
    assert_int_not_equal(fl_odata_order_parse(fl_bytes_of_text(""), &order, NULL), FL_OK);
    assert_int_not_equal(
        fl_odata_order_parse(fl_bytes_of_text("Date 'a''b'"), &order, NULL), FL_OK);
}

static void test_addresses_are_taken_apart(void **state)
{
    struct fl_http_uri uri;
    struct fl_arena arena;
    uint64_t number = 0;
    (void)state;
    fl_arena_init(&arena, ARENA_BYTES);
    const char *text = "/a%20b+c?$filter=Code%20eq+'1'&$top=10&x&=y#end";
    assert_int_equal(
        fl_http_uri_parse(fl_bytes_of_text(text), &arena, &uri, NULL), FL_OK);
    assert_string_equal(uri.path, "/a b+c");
    assert_string_equal(fl_http_uri_argument(&uri, "$filter"), "Code eq '1'");
    assert_string_equal(fl_http_uri_argument(&uri, "x"), "");
    assert_int_equal(fl_http_uri_number(&uri, "$top", 1, 100, &number, NULL), FL_OK);
    assert_int_equal(number, 10);
    assert_int_equal(fl_http_uri_number(&uri, "$top", 1, 9, &number, NULL), FL_MALFORMED);
    static const char *const bad[] = {"",     "a",    "/%",   "/%0",
                                      "/%zz", "/%00", "/%ff", "/?a=%"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            fl_http_uri_parse(fl_bytes_of_text(bad[i]), &arena, &uri, NULL),
            FL_MALFORMED);
    }
    fl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparisons_are_by_kind),
        cmocka_unit_test(test_operators_bind_as_odata_says),
        cmocka_unit_test(test_functions_look_into_texts),
        cmocka_unit_test(test_quotes_are_doubled),
        cmocka_unit_test(test_mistakes_name_their_place),
        cmocka_unit_test(test_depth_and_size_are_bounded),
        cmocka_unit_test(test_a_ref_that_is_required_is_found),
        cmocka_unit_test(test_keys_are_one_guid_or_named_parts),
        cmocka_unit_test(test_orders_go_up_unless_they_say_so),
        cmocka_unit_test(test_addresses_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
