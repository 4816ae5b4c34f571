#include "log.h"

#include <string.h>

#include "fixture.h"

static const int64_t noon_ms = INT64_C(1769860800123); /* 2026-01-31T12:00:00.123Z */

static const char *line(enum fl_log_event event, const char *format, ...) FL_PRINTF(2, 3);

static const char *line(enum fl_log_event event, const char *format, ...)
{
    static char text[FL_LOG_LINE_BYTES_MAX + 1];
    va_list arguments;

    va_start(arguments, format);
    const size_t size =
        fl_log_format(text, noon_ms, FL_LOG_INFO, event, format, arguments);
    va_end(arguments);
    assert_true(size <= FL_LOG_LINE_BYTES_MAX);
    assert_int_equal(text[size - 1], '\n');
    text[size] = '\0';
    return text;
}

static void test_a_line_has_time_level_event_and_fields(void **state)
{
    (void)state;
    assert_string_equal(
        line(FL_LOG_EVENT_SYNC_APPLIED, "peer=%s changes=%d ms=%d", "Ф01", 312, 40),
        "2026-01-31T12:00:00.123Z info sync.applied peer=Ф01 changes=312 ms=40\n");
}

static void test_a_line_may_have_no_fields(void **state)
{
    (void)state;
    assert_string_equal(
        line(FL_LOG_EVENT_DAEMON_STOPPED, "%s", ""),
        "2026-01-31T12:00:00.123Z info daemon.stopped \n");
}

static void test_what_is_no_text_of_one_line_is_shown_as_such(void **state)
{
    (void)state;
    assert_string_equal(
        line(FL_LOG_EVENT_SYNC_FAILED, "error=%s", "a\nb\x1b[31m"),
        "2026-01-31T12:00:00.123Z info sync.failed error=a?b?[31m\n");
}

static void test_a_long_line_is_cut_between_letters(void **state)
{
    char text[2 * FL_LOG_LINE_BYTES_MAX];

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof(text); i += 2) {
            memcpy(text + i, "Ж", 3);
        }
        const char *made = line(FL_LOG_EVENT_SYNC_FAILED, "error=%s", text);
        assert_true(strlen(made) > FL_LOG_LINE_BYTES_MAX - 8);
        assert_true(fl_bytes_are_utf8(fl_bytes_of_text(made)));
    }
}

static void test_values_with_blanks_are_quoted(void **state)
{
    (void)state;
    assert_string_equal(fl_log_value("Ф01").text, "Ф01");
    assert_string_equal(fl_log_value("").text, "\"\"");
    assert_string_equal(fl_log_value("a b").text, "\"a b\"");
    assert_string_equal(fl_log_value("a\"\\").text, "\"a\\\"\\\\\"");
    assert_string_equal(fl_log_value("peer=x").text, "\"peer=x\"");
}

static void test_long_values_are_cut_between_letters(void **state)
{
    char text[4 * FL_LOG_VALUE_BYTES];

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        text[0] = ' ';
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof(text); i += 2) {
            memcpy(text + i, "Ж", 3);
        }
        for (int blank = 0; blank < 2; blank++) {
            text[3] = blank == 1 && shift > 3 ? ' ' : text[3];
            const struct fl_log_value value = fl_log_value(text);

            assert_true(strlen(value.text) < sizeof(value.text));
            assert_true(fl_bytes_are_utf8(fl_bytes_of_text(value.text)));
        }
    }
}

static void test_bytes_that_are_no_text_do_not_overflow(void **state)
{
    char text[4 * FL_LOG_VALUE_BYTES];

    (void)state;
    memset(text, 0x80, sizeof(text));
    text[0] = ' ';
    text[sizeof(text) - 1] = '\0';
    assert_true(strlen(fl_log_value(text).text) < FL_LOG_VALUE_BYTES);
    memset(text, '"', sizeof(text) - 1);
    assert_true(strlen(fl_log_value(text).text) < FL_LOG_VALUE_BYTES);
}

static void test_every_event_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FL_LOG_EVENT_COUNT; i++) {
        const char *name = fl_log_event_name((enum fl_log_event)i);

        assert_non_null(strchr(name, '.'));
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(name, fl_log_event_name((enum fl_log_event)j));
        }
    }
}

static void test_levels_above_the_wanted_one_are_left_out(void **state)
{
    (void)state;
    assert_true(fl_log_has(FL_LOG_INFO));
    assert_false(fl_log_has(FL_LOG_DEBUG));
    fl_log_set_level(FL_LOG_ERROR);
    assert_true(fl_log_has(FL_LOG_ERROR));
    assert_false(fl_log_has(FL_LOG_WARN));
    fl_log_set_level(FL_LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_has_time_level_event_and_fields),
        cmocka_unit_test(test_a_line_may_have_no_fields),
        cmocka_unit_test(test_what_is_no_text_of_one_line_is_shown_as_such),
        cmocka_unit_test(test_a_long_line_is_cut_between_letters),
        cmocka_unit_test(test_values_with_blanks_are_quoted),
        cmocka_unit_test(test_long_values_are_cut_between_letters),
        cmocka_unit_test(test_bytes_that_are_no_text_do_not_overflow),
        cmocka_unit_test(test_every_event_has_a_name_of_its_own),
        cmocka_unit_test(test_levels_above_the_wanted_one_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
