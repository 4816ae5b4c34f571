/*
 * Changes of a node that is known only through another: a branch's 1C base, as the centre
 * sees it.
 */

#include "pair.h"

#include "routing/routes.h"
#include "storage/nodes.h"

/* A change at the branch that its 1C base has made. */
static void put_from_base(struct side *side, struct fl_uuid base)
{
    struct fl_txn txn;
    struct fl_entry found;
    put_currency(side, 1, "base");
    fl_txn_begin(&txn, side->node->store, FL_TXN_WRITE);
    struct fl_journal_scan scan = {0};
    fl_journal_scan_begin(&scan, &txn, fl_journal_head(&txn));
    assert_int_equal(fl_journal_scan_next(&scan, &found), FL_OK);
    uint8_t record[4096];
    assert_true(found.record.size <= sizeof record);
    memcpy(record, found.record.data, found.record.size);
    found.record.data = record;
    fl_journal_scan_end(&scan);
    assert_int_equal(fl_nodes_number(&txn, base, &found.origin), FL_OK);
    assert_true(fl_journal_append(&txn, &found) > 0);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
}

static void nothing_waits_at(struct side *side)
{
    const char *const words[] = {"node", "list", "--json"};
    run_on(side, NULL, 3, words);
    fixture_must_say(side->pair->fixture->out, "\"waiting\": 0");
}

static void test_a_change_is_not_sent_back_to_whom_it_came_through(void **state)
{
    struct pair *pair = *state;
    put_from_base(&pair->branch, fl_random_uuid());
    synchronise(pair);
    must_be_equal(pair);
    nothing_waits_at(&pair->centre);
    uint64_t sent = pair->centre.bytes_sent;
    synchronise(pair);
    assert_true(pair->centre.bytes_sent - sent < 200); /* no message, a round alone */
}

static void test_a_route_is_known_after_a_restart(void **state)
{
    struct pair *pair = *state;
    put_from_base(&pair->branch, fl_random_uuid());
    synchronise(pair);
    reopen(&pair->centre, NULL);
    nothing_waits_at(&pair->centre);
}

static void test_a_change_made_here_has_no_route(void **state)
{
    struct fl_routes routes = {0};
    const struct fl_peer peer = {.number = 3, .origin = 7};
    (void)state;
    assert_false(fl_routes_brought(&routes, &peer, FL_ORIGIN_HERE, 1));
    assert_true(fl_routes_brought(&routes, &peer, 7, 1));
    assert_false(fl_routes_brought(&routes, &peer, 8, 1));
    fl_routes_deinit(&routes);
}

static void test_a_node_that_became_a_peer_comes_no_more_through_another(void **state)
{
    struct pair *pair = *state;
    struct fl_routes routes = {0};
    const struct fl_peer middle = {.number = 3, .origin = 7};
    const struct fl_peer branch = {.number = 4, .origin = 8};
    struct fl_txn txn;
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_KEEP);
    uint64_t now = fl_journal_head(&txn) + 1;
    fl_routes_put(&routes, &txn, &middle, 8);
    assert_true(fl_routes_brought(&routes, &middle, 8, now));
    fl_routes_put(&routes, &txn, &branch, 8);
    assert_false(fl_routes_brought(&routes, &middle, 8, now));
    assert_true(fl_routes_brought(&routes, &branch, 8, now));
    fl_txn_abort(&txn);
    fl_routes_deinit(&routes);
}

static void append(struct fl_txn *txn)
{
    struct fl_entry entry = {
        .key = {.type = 1, .id = fl_random_uuid()}, .flags = FL_ENTRY_DELETED};
    assert_true(fl_journal_append(txn, &entry) > 0);
}

/*
 * Two branches give back what a restored centre had lost, the one's changes through the
 * other too: what each of them brought goes to the other all the same.
 */
static void test_what_came_by_one_way_still_goes_by_the_other(void **state)
{
    struct pair *pair = *state;
    const struct fl_peer a = {.number = 3, .origin = 7};
    const struct fl_peer b = {.number = 4, .origin = 8};
    struct fl_txn txn;
    for (int loaded = 0; loaded < 2; loaded++) {
        struct fl_routes routes = {0};
        uint64_t first = 0;
        fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_KEEP);
        first = fl_journal_head(&txn) + 1;
        for (int i = 0; i < 10; i++) {
            fl_routes_put(&routes, &txn, i % 2 == 0 ? &a : &b, 7);
            append(&txn);
            append(&txn);
        }
        if (loaded) {
            fl_routes_deinit(&routes);
            assert_int_equal(fl_routes_load(&txn, &routes), FL_OK);
        }
        for (uint64_t i = 0; i < 20; i++) {
            assert_int_equal(
                fl_routes_brought(&routes, &a, 7, first + i), i / 2 % 2 == 0);
            assert_int_equal(
                fl_routes_brought(&routes, &b, 7, first + i), i / 2 % 2 == 1);
        }
        fl_txn_abort(&txn);
        fl_routes_deinit(&routes);
    }
}

static void test_ways_are_bounded_and_what_is_forgotten_goes_to_everybody(void **state)
{
    struct pair *pair = *state;
    struct fl_routes routes = {0};
    const struct fl_peer a = {.number = 3, .origin = 7};
    const struct fl_peer b = {.number = 4, .origin = 8};
    struct fl_txn txn;
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_KEEP);
    uint64_t first = fl_journal_head(&txn) + 1;
    for (int i = 0; i < 3 * FL_ROUTE_WAYS_MAX; i++) {
        fl_routes_put(&routes, &txn, i % 2 == 0 ? &a : &b, 9);
        append(&txn);
    }
    uint64_t last = fl_journal_head(&txn);
    assert_true(fl_routes_brought(&routes, &b, 9, last));
    assert_true(fl_routes_brought(&routes, &a, 9, last - 1));
    assert_false(fl_routes_brought(&routes, &a, 9, first));
    assert_false(fl_routes_brought(&routes, &b, 9, first));
    fl_txn_abort(&txn);
    fl_routes_deinit(&routes);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_change_is_not_sent_back_to_whom_it_came_through),
        CASE(test_a_route_is_known_after_a_restart),
        cmocka_unit_test(test_a_change_made_here_has_no_route),
        CASE(test_a_node_that_became_a_peer_comes_no_more_through_another),
        CASE(test_what_came_by_one_way_still_goes_by_the_other),
        CASE(test_ways_are_bounded_and_what_is_forgotten_goes_to_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
