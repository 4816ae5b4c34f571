#include "unit.h"

#include <string.h>

#include "proto/day.h"

static const struct fl_day DAY = {
    .day = 739000,
    .closed_ms = INT64_C(1769900000000),
    .code = "Ф01",
    .name = "Первый филиал",
    .zone = "Asia/Vladivostok"};

static struct fl_buffer encode(const struct fl_day *day)
{
    struct fl_buffer buffer;
    fl_buffer_init(&buffer, FL_DAY_BYTES_MAX);
    fl_day_encode(day, &buffer);
    assert_int_equal(fl_buffer_status(&buffer), FL_OK);
    return buffer;
}

static void test_what_is_written_is_read(void **state)
{
    struct fl_buffer buffer = encode(&DAY);
    struct fl_day day;
    (void)state;
    assert_int_equal(fl_day_decode(fl_buffer_view(&buffer), &day), FL_OK);
    assert_int_equal(day.day, DAY.day);
    assert_true(day.closed_ms == DAY.closed_ms);
    assert_string_equal(day.code, DAY.code);
    assert_string_equal(day.name, DAY.name);
    assert_string_equal(day.zone, DAY.zone);
    fl_buffer_deinit(&buffer);
}

static void test_part_of_it_is_refused(void **state)
{
    struct fl_buffer buffer = encode(&DAY);
    struct fl_bytes whole = fl_buffer_view(&buffer);
    struct fl_day day;
    (void)state;
    for (size_t size = 0; size < whole.size; size++) {
        struct fl_bytes part = {whole.data, size};
        assert_int_equal(fl_day_decode(part, &day), FL_MALFORMED);
    }
    fl_buffer_put_u8(&buffer, 0);
    assert_int_equal(fl_day_decode(fl_buffer_view(&buffer), &day), FL_MALFORMED);
    fl_buffer_deinit(&buffer);
}

/* A time that no date can tell would stop whoever shows it. */
static void test_values_that_cannot_be_are_refused(void **state)
{
    struct fl_day wrong[] = {DAY, DAY, DAY};
    (void)state;
    wrong[0].day = UINT32_MAX;
    wrong[1].closed_ms = INT64_MAX;
    wrong[2].code[0] = '\0';
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct fl_buffer buffer = encode(&wrong[i]);
        struct fl_day day;
        assert_int_equal(fl_day_decode(fl_buffer_view(&buffer), &day), FL_MALFORMED);
        fl_buffer_deinit(&buffer);
    }
}

static void test_a_zero_in_a_text_is_refused(void **state)
{
    struct fl_buffer buffer = encode(&DAY);
    struct fl_day day;
    (void)state;
    buffer.data[buffer.size - 1] = '\0';
    assert_int_equal(fl_day_decode(fl_buffer_view(&buffer), &day), FL_MALFORMED);
    fl_buffer_deinit(&buffer);
}

static void test_days_are_texts(void **state)
{
    static const char *const WRONG[] = {
        "", "2026-1-31", "2026-02-30", "2026-01-31 ", "31.01.2026"};
    char text[FL_DAY_TEXT_BYTES];
    uint32_t day = 0;
    (void)state;
    assert_true(fl_day_parse("2026-01-31", &day));
    fl_day_text(day, text);
    assert_string_equal(text, "2026-01-31");
    fl_day_text(day + 1, text);
    assert_string_equal(text, "2026-02-01");
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        assert_false(fl_day_parse(WRONG[i], &day));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_part_of_it_is_refused),
        cmocka_unit_test(test_values_that_cannot_be_are_refused),
        cmocka_unit_test(test_a_zero_in_a_text_is_refused),
        cmocka_unit_test(test_days_are_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
