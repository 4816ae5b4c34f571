#include "proto/decimal.h"

#include <string.h>

#include "unit.h"

#define DIGITS_38 "99999999999999999999999999999999999999"

static struct fl_decimal parse(const char *text)
{
    struct fl_decimal decimal = {0};

    assert_int_equal(fl_decimal_parse(fl_bytes_of_text(text), &decimal), FL_OK);
    assert_true(fl_decimal_is_normal(decimal));
    return decimal;
}

static void test_numbers_are_written_in_their_shortest_form(void **state)
{
    static const char *const cases[][2] = {
        {"0", "0"},
        {"-0.00", "0"},
        {"+12", "12"},
        {"0012.500", "12.5"},
        {"-0.5", "-0.5"},
        {"0.05", "0.05"},
        {"1000", "1000"},
        {"18446744073709551615", "18446744073709551615"},
        {"18446744073709551616", "18446744073709551616"},
        {"-184467440737095516.16", "-184467440737095516.16"},
        {DIGITS_38, DIGITS_38},
        {"-0." DIGITS_38, "-0." DIGITS_38},
        {"0.00000000000000000000000000000000000001",
         "0.00000000000000000000000000000000000001"},
        {"0000000000000000000000000000000000000000000001.0000000000000000000000000000000"
         "000000000",
         "1"},
        {"12345678901234567890123456789.123456789",
         "12345678901234567890123456789.123456789"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[FL_DECIMAL_TEXT_BYTES_MAX];
        const size_t size = fl_decimal_format(parse(cases[i][0]), text);

        assert_int_equal(size, strlen(cases[i][1]));
        assert_memory_equal(text, cases[i][1], size);
    }
}

static void test_other_texts_are_refused(void **state)
{
    static const char *const malformed[] = {
        "", "-", "+", ".", "1.", ".5", "1e5", " 1", "1 ", "1,5", "1.2.3", "--1", "0x1"};
    static const char *const too_long[] = {
        ("1" DIGITS_38),
        (DIGITS_38 ".1"),
        ("0.0" DIGITS_38),
        "0.000000000000000000000000000000000000001",
    };
    struct fl_decimal decimal;

    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        assert_int_equal(
            fl_decimal_parse(fl_bytes_of_text(malformed[i]), &decimal), FL_MALFORMED);
    }
    assert_int_equal(fl_decimal_parse(BYTES("1\0"), &decimal), FL_MALFORMED);
    for (size_t i = 0; i < sizeof(too_long) / sizeof(too_long[0]); i++) {
        assert_int_equal(
            fl_decimal_parse(fl_bytes_of_text(too_long[i]), &decimal), FL_LIMIT);
    }
}

static void test_numbers_are_ordered_by_value(void **state)
{
    static const char *const ascending[] = {
        ("-" DIGITS_38),
        "-18446744073709551616",
        "-1.5",
        "-1",
        "-0.1",
        "0",
        "0.00000000000000000000000000000000000001",
        "0.1",
        "0.12",
        "1",
        "1.5",
        "2",
        "10",
        "18446744073709551616",
        DIGITS_38,
    };
    const size_t count = sizeof(ascending) / sizeof(ascending[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(
                fl_decimal_compare(parse(ascending[i]), parse(ascending[k])),
                i < k ? -1 : i > k);
        }
    }
}

static void test_integers_are_taken_whole(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-1, "-1"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[FL_DECIMAL_TEXT_BYTES_MAX];
        const size_t size = fl_decimal_format(fl_decimal_of_int64(cases[i].value), text);

        assert_int_equal(size, strlen(cases[i].text));
        assert_memory_equal(text, cases[i].text, size);
    }
}

static void test_digits_are_counted_on_both_sides_of_the_point(void **state)
{
    (void)state;
    assert_true(fl_decimal_fits(parse("999.99"), 5, 2));
    assert_false(fl_decimal_fits(parse("1000"), 5, 2));
    assert_false(fl_decimal_fits(parse("0.001"), 5, 2));
    assert_true(fl_decimal_fits(parse("0.01"), 2, 2));
    assert_true(fl_decimal_fits(parse("0"), 1, 0));
    assert_true(fl_decimal_fits(parse(DIGITS_38), 38, 0));
    assert_false(fl_decimal_fits(parse("1"), 1, 2));
}

static void test_only_one_form_is_normal(void **state)
{
    (void)state;
    assert_false(fl_decimal_is_normal((struct fl_decimal){.negative = true}));
    assert_false(fl_decimal_is_normal((struct fl_decimal){.scale = 1}));
    assert_false(fl_decimal_is_normal((struct fl_decimal){.low = 10, .scale = 1}));
    assert_false(fl_decimal_is_normal((struct fl_decimal){.low = 1, .scale = 39}));
    assert_false(fl_decimal_is_normal((struct fl_decimal){.high = UINT64_MAX}));
    assert_true(fl_decimal_is_normal((struct fl_decimal){.low = 11, .scale = 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_written_in_their_shortest_form),
        cmocka_unit_test(test_other_texts_are_refused),
        cmocka_unit_test(test_numbers_are_ordered_by_value),
        cmocka_unit_test(test_integers_are_taken_whole),
        cmocka_unit_test(test_digits_are_counted_on_both_sides_of_the_point),
        cmocka_unit_test(test_only_one_form_is_normal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
