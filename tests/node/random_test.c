/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "random.h"

static void test_refs_of_a_maker_grow_whatever_the_clock_does(void **state)
{
    (void)state;
    static const int64_t clock_ms[] = {
        1769860800000, 1769860800000, 1769860800001, 1769860700000, 0, 1769860900000};
    struct fl_ref_maker maker = {.time = 0};
    struct fl_uuid last = fl_ref_maker_next(&maker, clock_ms[0]);
    for (size_t i = 0; i < 6000; i++) {
        struct fl_uuid next = fl_ref_maker_next(&maker, clock_ms[i / 1000]);
        assert_true(fl_uuid_compare(last, next) < 0);
        last = next;
    }
}

static void test_a_ref_is_of_version_1_and_tells_its_time(void **state)
{
    (void)state;
    struct fl_ref_maker maker = {.time = 0};
    struct fl_uuid_text text =
        fl_uuid_text(fl_ref_maker_next(&maker, 1769860800000)); /* 2026-01-31 12:00 */
    assert_memory_equal(text.text, "5e5d2000-fe9c-11f0-", 19);
    assert_non_null(memchr("89ab", text.text[19], 4));
}

static void test_two_makers_have_places_of_their_own(void **state)
{
    (void)state;
    struct fl_ref_maker one = {.time = 0};
    struct fl_ref_maker two = {.time = 0};
    assert_false(fl_uuid_equal(fl_ref_maker_next(&one, 1), fl_ref_maker_next(&two, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refs_of_a_maker_grow_whatever_the_clock_does),
        cmocka_unit_test(test_a_ref_is_of_version_1_and_tells_its_time),
        cmocka_unit_test(test_two_makers_have_places_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
