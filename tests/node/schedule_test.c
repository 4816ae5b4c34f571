#include "window/schedule.h"

#include "fixture.h"

enum { MINUTE_MS = 60000 };

static void test_equal_ends_are_always_open(void **state)
{
    const struct fl_settings_window window = {.from_minute = 600, .to_minute = 600};

    (void)state;
    for (uint32_t minute = 0; minute < FL_MINUTES_OF_DAY; minute++) {
        assert_true(fl_schedule_window_open(window, minute));
        assert_int_equal(fl_schedule_window_wait(window, minute), 0);
    }
}

static void test_a_window_holds_its_first_minute_and_not_its_last(void **state)
{
    const struct fl_settings_window window = {.from_minute = 60, .to_minute = 120};

    (void)state;
    assert_false(fl_schedule_window_open(window, 59));
    assert_true(fl_schedule_window_open(window, 60));
    assert_true(fl_schedule_window_open(window, 119));
    assert_false(fl_schedule_window_open(window, 120));
    assert_int_equal(fl_schedule_window_wait(window, 59), 1);
    assert_int_equal(fl_schedule_window_wait(window, 120), FL_MINUTES_OF_DAY - 60);
}

static void test_a_window_may_span_midnight(void **state)
{
    const struct fl_settings_window window = {.from_minute = 1380, .to_minute = 360};

    (void)state;
    assert_true(fl_schedule_window_open(window, 1380));
    assert_true(fl_schedule_window_open(window, 0));
    assert_true(fl_schedule_window_open(window, 359));
    assert_false(fl_schedule_window_open(window, 360));
    assert_int_equal(fl_schedule_window_wait(window, 360), 1020);
}

static void test_a_wait_ends_where_the_window_is_open(void **state)
{
    (void)state;
    for (uint32_t from = 0; from < FL_MINUTES_OF_DAY; from += 97) {
        for (uint32_t to = 0; to < FL_MINUTES_OF_DAY; to += 89) {
            const struct fl_settings_window window = {from, to};

            for (uint32_t minute = 0; minute < FL_MINUTES_OF_DAY; minute += 7) {
                const uint32_t wait = fl_schedule_window_wait(window, minute);

                assert_true(
                    fl_schedule_window_open(window, (minute + wait) % FL_MINUTES_OF_DAY));
            }
        }
    }
}

static void test_offsets_of_nodes_differ_and_stay(void **state)
{
    const struct fl_uuid a = {.bytes = {1}};
    const struct fl_uuid b = {.bytes = {2}};

    (void)state;
    assert_true(fl_schedule_offset_ms(a, MINUTE_MS) < MINUTE_MS);
    assert_int_equal(
        fl_schedule_offset_ms(a, MINUTE_MS), fl_schedule_offset_ms(a, MINUTE_MS));
    assert_int_not_equal(
        fl_schedule_offset_ms(a, MINUTE_MS), fl_schedule_offset_ms(b, MINUTE_MS));
    assert_int_equal(fl_schedule_offset_ms(a, 0), 0);
}

static void test_the_first_start_is_soon(void **state)
{
    const uint64_t now_ms = 1000 * (uint64_t)MINUTE_MS;

    (void)state;
    for (uint64_t offset_ms = 0; offset_ms < MINUTE_MS; offset_ms += 777) {
        const uint64_t next_ms = fl_schedule_next_ms(MINUTE_MS, offset_ms, 0, now_ms);

        assert_true(next_ms >= now_ms && next_ms < now_ms + 5000);
    }
}

static void test_starts_lie_on_the_grid_of_the_node(void **state)
{
    const uint64_t last_ms = 1000 * (uint64_t)MINUTE_MS + 5;

    (void)state;
    assert_int_equal(
        fl_schedule_next_ms(MINUTE_MS, 17, last_ms, last_ms),
        1000 * (uint64_t)MINUTE_MS + 17);
    assert_int_equal(
        fl_schedule_next_ms(MINUTE_MS, 3, last_ms, last_ms),
        1001 * (uint64_t)MINUTE_MS + 3);
    assert_int_equal(
        fl_schedule_next_ms(MINUTE_MS, 5, last_ms, last_ms), last_ms + MINUTE_MS);
}

static void test_a_clock_that_jumps_forwards_makes_one_start_due(void **state)
{
    const uint64_t last_ms = 1000 * (uint64_t)MINUTE_MS;
    const uint64_t now_ms = last_ms + 500 * (uint64_t)MINUTE_MS + 1;

    (void)state;
    assert_true(fl_schedule_next_ms(MINUTE_MS, 9, last_ms, now_ms) <= now_ms);
    assert_true(fl_schedule_next_ms(MINUTE_MS, 9, now_ms, now_ms) > now_ms);
}

static void test_a_clock_that_jumps_backwards_costs_an_interval_at_most(void **state)
{
    const uint64_t now_ms = 1000 * (uint64_t)MINUTE_MS;
    const uint64_t last_ms = now_ms + 5000 * (uint64_t)MINUTE_MS;

    (void)state;
    const uint64_t next_ms = fl_schedule_next_ms(MINUTE_MS, 9, last_ms, now_ms);
    assert_true(next_ms > now_ms && next_ms <= now_ms + MINUTE_MS);
    assert_int_equal(fl_schedule_next_ms(MINUTE_MS, 9, 5, 4), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_ends_are_always_open),
        cmocka_unit_test(test_a_window_holds_its_first_minute_and_not_its_last),
        cmocka_unit_test(test_a_window_may_span_midnight),
        cmocka_unit_test(test_a_wait_ends_where_the_window_is_open),
        cmocka_unit_test(test_offsets_of_nodes_differ_and_stay),
        cmocka_unit_test(test_the_first_start_is_soon),
        cmocka_unit_test(test_starts_lie_on_the_grid_of_the_node),
        cmocka_unit_test(test_a_clock_that_jumps_forwards_makes_one_start_due),
        cmocka_unit_test(test_a_clock_that_jumps_backwards_costs_an_interval_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
