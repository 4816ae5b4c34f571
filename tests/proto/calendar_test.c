/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "proto/calendar.h"

static const char *EXCEPTS[] = {"20261231", "20270101T220000"};
static const char *MEMBERS[] = {"Ф01", "Ф02"};

static struct fl_window WINDOWS[] = {
    {.name = "holiday",
     .group = "all",
     .blackout = true,
     .rule = "",
     .start = "20261231T000000",
     .zone = "UTC",
     .duration_s = 86400},
    {.name = "night",
     .group = "north",
     .rule = "FREQ=DAILY",
     .start = "20260101T220000",
     .zone = "Europe/Moscow",
     .duration_s = 14400,
     .spread_s = 1200,
     .catch_up_s = 3600,
     .bytes_per_second = 32000,
     .priority = 9,
     .except_count = 2,
     .excepts = EXCEPTS},
};
static struct fl_group GROUPS[] = {
    {.name = "north", .member_count = 2, .members = MEMBERS}};
static const struct fl_calendar CALENDAR = {2, WINDOWS, 1, GROUPS};

static struct fl_buffer encode(const struct fl_calendar *calendar)
{
    struct fl_buffer buffer;
    fl_buffer_init(&buffer, FL_CALENDAR_BYTES_MAX);
    fl_calendar_encode(calendar, &buffer);
    assert_int_equal(fl_buffer_status(&buffer), FL_OK);
    return buffer;
}

static void test_what_is_written_is_read(void **state)
{
    struct fl_buffer bytes = encode(&CALENDAR);
    struct fl_calendar read;
    struct fl_arena arena;
    (void)state;
    fl_arena_init(&arena, 1 << 20);
    assert_int_equal(fl_calendar_decode(fl_buffer_view(&bytes), &arena, &read), FL_OK);
    assert_int_equal(read.window_count, 2);
    const struct fl_window *night = fl_calendar_window(&read, "night");
    assert_non_null(night);
    assert_string_equal(night->zone, "Europe/Moscow");
    assert_int_equal(night->bytes_per_second, 32000);
    assert_string_equal(night->excepts[1], "20270101T220000");
    assert_true(fl_calendar_window(&read, "holiday")->blackout);
    assert_true(fl_calendar_is_member(&read, "north", "Ф02"));
    assert_false(fl_calendar_is_member(&read, "north", "Ф03"));
    assert_false(fl_calendar_is_member(&read, "south", "Ф02"));
    assert_true(fl_calendar_is_member(&read, "all", "Ф03"));
    struct fl_buffer again = encode(&read);
    assert_true(fl_bytes_equal(fl_buffer_view(&again), fl_buffer_view(&bytes)));
    fl_buffer_deinit(&again);
    fl_buffer_deinit(&bytes);
    fl_arena_deinit(&arena);
}

static void test_anything_else_is_refused(void **state)
{
    struct fl_buffer bytes = encode(&CALENDAR);
    struct fl_calendar read;
    struct fl_arena arena;
    (void)state;
    fl_arena_init(&arena, 1 << 20);
    for (size_t size = 0; size < bytes.size; size++) {
        assert_int_not_equal(
            fl_calendar_decode((struct fl_bytes){bytes.data, size}, &arena, &read),
            FL_OK);
    }
    fl_buffer_put_u8(&bytes, 0);
    assert_int_equal(
        fl_calendar_decode(fl_buffer_view(&bytes), &arena, &read), FL_MALFORMED);
    fl_buffer_deinit(&bytes);
    /* Names out of order. */
    struct fl_window turned[] = {WINDOWS[1], WINDOWS[0]};
    bytes = encode(&(struct fl_calendar){2, turned, 1, GROUPS});
    assert_int_equal(
        fl_calendar_decode(fl_buffer_view(&bytes), &arena, &read), FL_MALFORMED);
    fl_buffer_deinit(&bytes);
    fl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
