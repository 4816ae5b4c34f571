#include "proto/datetime.h"

#include "unit.h"

static int64_t parse(const char *text)
{
    int64_t seconds = -1;

    assert_int_equal(fl_datetime_parse(fl_bytes_of_text(text), &seconds), FL_OK);
    return seconds;
}

static void test_the_first_and_the_last_date_are_known(void **state)
{
    (void)state;
    assert_int_equal(parse("0001-01-01T00:00:00"), 0);
    assert_int_equal(parse("0001-01-02T00:00:01"), 86401);
    assert_int_equal(parse("1970-01-01T00:00:00"), INT64_C(62135596800));
    assert_int_equal(parse("3999-12-31T23:59:59"), FL_DATETIME_MAX);
    assert_true(fl_datetime_is_valid(0) && fl_datetime_is_valid(FL_DATETIME_MAX));
    assert_false(fl_datetime_is_valid(-1));
    assert_false(fl_datetime_is_valid(FL_DATETIME_MAX + 1));
}

/* Every day of four thousand years, with a time that differs from day to day. */
static void test_every_day_goes_there_and_back(void **state)
{
    (void)state;
    for (int64_t seconds = 0; seconds <= FL_DATETIME_MAX; seconds += 86400 + 61) {
        char text[FL_DATETIME_TEXT_BYTES];
        int64_t back = -1;

        fl_datetime_format(seconds, text);
        assert_int_equal(
            fl_datetime_parse(
                (struct fl_bytes){(const uint8_t *)text, sizeof(text)}, &back),
            FL_OK);
        assert_true(back == seconds);
    }
}

static void test_leap_days_follow_the_gregorian_calendar(void **state)
{
    int64_t seconds;

    (void)state;
    assert_int_equal(parse("2024-03-01T00:00:00") - parse("2024-02-29T00:00:00"), 86400);
    assert_int_equal(
        parse("2000-03-01T00:00:00") - parse("2000-02-28T00:00:00"), 2 * 86400);
    assert_int_equal(
        fl_datetime_parse(BYTES("1900-02-29T00:00:00"), &seconds), FL_MALFORMED);
    assert_int_equal(
        fl_datetime_parse(BYTES("2023-02-29T00:00:00"), &seconds), FL_MALFORMED);
}

static void test_other_texts_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2024-01-01",
        "2024-01-01 00:00:00",
        "2024-01-01T00:00:00Z",
        "0000-01-01T00:00:00",
        "4000-01-01T00:00:00",
        "2024-13-01T00:00:00",
        "2024-00-01T00:00:00",
        "2024-01-32T00:00:00",
        "2024-01-00T00:00:00",
        "2024-01-01T24:00:00",
        "2024-01-01T00:60:00",
        "2024-01-01T00:00:60",
        "2024-01-01T00:00:0x",
        "-024-01-01T00:00:00",
    };
    int64_t seconds;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(
            fl_datetime_parse(fl_bytes_of_text(texts[i]), &seconds), FL_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_and_the_last_date_are_known),
        cmocka_unit_test(test_every_day_goes_there_and_back),
        cmocka_unit_test(test_leap_days_follow_the_gregorian_calendar),
        cmocka_unit_test(test_other_texts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
