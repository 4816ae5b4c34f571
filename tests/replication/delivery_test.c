/*
 * What is registered for a peer, and where messages end.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replication/delivery.h"

static bool registered(uint64_t lsn, bool live, bool came_from_peer)
{
    const struct fl_delivery_peer peer = {.confirmed_lsn = 10, .resend_below = 20};
    const struct fl_delivery_entry entry = {
        .written = {lsn, came_from_peer},
        .live = live,
    };

    return fl_delivery_is_registered(&peer, &entry);
}

static void test_what_lies_above_the_position_is_registered(void **state)
{
    (void)state;
    assert_false(registered(10, true, false));
    assert_true(registered(11, true, false));
}

static void test_a_dead_entry_is_never_registered(void **state)
{
    (void)state;
    assert_false(registered(11, false, false));
    assert_false(registered(11, false, true));
}

static void test_what_came_from_the_peer_goes_back_only_to_a_new_incarnation(void **state)
{
    (void)state;
    assert_true(registered(20, true, true));
    assert_false(registered(21, true, true));
    assert_false(registered(10, true, true));
}

/* Written at 30 while its type was registered by hand; at `lsn` before that. */
static bool registered_before(uint64_t lsn, bool came_from_peer, bool then_from_peer)
{
    const struct fl_delivery_peer peer = {.confirmed_lsn = 10, .resend_below = 20};
    const struct fl_delivery_entry entry = {
        .written = {30, then_from_peer},
        .live = true,
        .by_hand = true,
        .recorded = {lsn, came_from_peer},
    };

    return fl_delivery_is_registered(&peer, &entry);
}

static void test_what_is_written_by_hand_leaves_the_registration(void **state)
{
    (void)state;
    assert_false(registered_before(0, false, false));
    assert_false(registered_before(10, false, false));
    assert_true(registered_before(11, false, false));
    assert_false(registered_before(21, true, false));
    assert_true(registered_before(20, true, false));
}

static void test_what_the_peer_wrote_ends_the_registration(void **state)
{
    (void)state;
    assert_false(registered_before(11, false, true));
}

static const struct fl_delivery_limits limits = {
    .bytes_target = 100,
    .bytes_max = 1000,
    .entries_max = 50,
};

static void test_a_message_ends_where_a_transaction_ends(void **state)
{
    struct fl_delivery delivery;

    (void)state;
    fl_delivery_begin(&delivery, &limits, 4);
    assert_int_equal(fl_delivery_offer(&delivery, 5, 5, true, 60), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 6, 6, true, 60), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 7, 6, true, 60), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 8, 8, true, 60), FL_DELIVERY_END);
    assert_int_equal(delivery.lsn_from, 4);
    assert_int_equal(delivery.lsn_end, 7);
    assert_int_equal(delivery.bytes, 180);
    assert_int_equal(delivery.entries, 3);
}

static void test_a_transaction_goes_in_whole_however_large(void **state)
{
    struct fl_delivery delivery;

    (void)state;
    fl_delivery_begin(&delivery, &limits, 0);
    for (uint64_t lsn = 1; lsn <= 9; lsn++) {
        assert_int_equal(
            fl_delivery_offer(&delivery, lsn, 1, true, 100), FL_DELIVERY_TAKE);
    }
    assert_int_equal(fl_delivery_offer(&delivery, 10, 10, true, 1), FL_DELIVERY_END);
    assert_int_equal(delivery.lsn_end, 9);
}

static void test_a_transaction_above_every_bound_is_named(void **state)
{
    struct fl_delivery delivery;

    (void)state;
    fl_delivery_begin(&delivery, &limits, 0);
    assert_int_equal(fl_delivery_offer(&delivery, 1, 1, true, 1000), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 2, 1, true, 1), FL_DELIVERY_LIMIT);
}

static void test_what_is_not_registered_is_passed_over_and_covered(void **state)
{
    struct fl_delivery delivery;

    (void)state;
    fl_delivery_begin(&delivery, &limits, 0);
    assert_int_equal(fl_delivery_offer(&delivery, 1, 1, false, 900), FL_DELIVERY_SKIP);
    assert_int_equal(fl_delivery_offer(&delivery, 2, 2, true, 10), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 3, 3, false, 900), FL_DELIVERY_SKIP);
    fl_delivery_finish(&delivery, 3);
    assert_int_equal(delivery.lsn_end, 3);
    assert_int_equal(delivery.entries, 1);
    assert_int_equal(delivery.bytes, 10);
}

static void test_a_swept_journal_has_holes_and_no_first_entry(void **state)
{
    struct fl_delivery delivery;

    (void)state;
    fl_delivery_begin(&delivery, &limits, 0);
    assert_int_equal(fl_delivery_offer(&delivery, 7, 5, true, 200), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 9, 5, true, 10), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 12, 11, true, 10), FL_DELIVERY_END);
    assert_int_equal(delivery.lsn_end, 9);
}

static void test_many_entries_and_a_long_scan_end_a_message_too(void **state)
{
    const struct fl_delivery_limits few = {
        .bytes_target = 1000,
        .bytes_max = 1000,
        .entries_max = 2,
        .lsns_max = 100,
    };
    struct fl_delivery delivery;

    (void)state;
    fl_delivery_begin(&delivery, &few, 0);
    assert_int_equal(fl_delivery_offer(&delivery, 1, 1, true, 1), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 2, 2, true, 1), FL_DELIVERY_TAKE);
    assert_int_equal(fl_delivery_offer(&delivery, 3, 3, true, 1), FL_DELIVERY_END);
    fl_delivery_begin(&delivery, &few, 0);
    assert_int_equal(fl_delivery_offer(&delivery, 100, 100, false, 1), FL_DELIVERY_SKIP);
    assert_int_equal(fl_delivery_offer(&delivery, 101, 101, true, 1), FL_DELIVERY_END);
    assert_int_equal(delivery.lsn_end, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_lies_above_the_position_is_registered),
        cmocka_unit_test(test_a_dead_entry_is_never_registered),
        cmocka_unit_test(
            test_what_came_from_the_peer_goes_back_only_to_a_new_incarnation),
        cmocka_unit_test(test_what_is_written_by_hand_leaves_the_registration),
        cmocka_unit_test(test_what_the_peer_wrote_ends_the_registration),
        cmocka_unit_test(test_a_message_ends_where_a_transaction_ends),
        cmocka_unit_test(test_a_transaction_goes_in_whole_however_large),
        cmocka_unit_test(test_a_transaction_above_every_bound_is_named),
        cmocka_unit_test(test_what_is_not_registered_is_passed_over_and_covered),
        cmocka_unit_test(test_a_swept_journal_has_holes_and_no_first_entry),
        cmocka_unit_test(test_many_entries_and_a_long_scan_end_a_message_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
