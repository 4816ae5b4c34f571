/* How much waits for each peer: exactly for some, within bounds for thousands. */

#include "fixture.h"

#include "peer/waiting_list.h"
#include "random.h"
#include "storage/peers.h"

enum {
    PEERS = 400,
    OBJECTS = 1500,
    WAITING = OBJECTS + 1, /* the configuration */
    BEHIND_NOTHING = 7,
    BATCH_BYTES = 256 << 10
};

static void put_objects(struct fixture *fixture, unsigned count)
{
    char *text = malloc(BATCH_BYTES);
    size_t size = 0;
    assert_non_null(text);
    for (unsigned i = 0; i < count; i++) {
        size += (size_t)snprintf(
            text + size, BATCH_BYTES - size,
            "{\"put\":\"Catalog.Валюты:11111111-2222-4333-8444-%012u\",\"set\":{"
            "\"Code\":\"%u\"}}\n",
            i, i % 1000);
        assert_true(size < BATCH_BYTES);
    }
    assert_int_equal(fixture_feed(fixture, text, "batch"), 0);
    free(text);
}

/* Nobody of them was ever heard, but the one that has all. */
static void put_peers(struct fixture *fixture, unsigned count)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_WRITE);
    for (unsigned i = 1; i <= count; i++) {
        struct fl_peer peer = {
            .role = FL_PEER_CHILD, .format = FL_PEER_NATIVE, .state = FL_PEER_ACTIVE};
        peer.node = fl_random_uuid();
        memcpy(peer.plan, fixture->node->plan_hash, sizeof peer.plan);
        memcpy(peer.plan_name, fixture->node->plan, sizeof peer.plan_name);
        snprintf(peer.code, sizeof peer.code, "Ф%05u", i);
        peer.confirmed_lsn = i == BEHIND_NOTHING ? fl_journal_head(&txn) : 0;
        fl_peers_put(&txn, &peer);
    }
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
}

static void read_list(
    struct fixture *fixture,
    uint64_t questions,
    struct fl_waiting_list *out_list)
{
    struct fl_error error = {.text = ""};
    *out_list = (struct fl_waiting_list){.count = 0};
    if (fl_waiting_list_read(out_list, fixture->node, questions, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
}

static void test_what_waits_is_counted_exactly_when_there_is_time(void **state)
{
    struct fixture *fixture = *state;
    struct fl_waiting_list list;
    put_objects(fixture, OBJECTS);
    put_peers(fixture, PEERS);
    read_list(fixture, FL_WAITING_EXACTLY, &list);
    assert_int_equal(list.count, PEERS);
    for (size_t i = 0; i < list.count; i++) {
        bool behind = i + 1 != BEHIND_NOTHING;
        assert_false(list.items[i].is_estimate);
        assert_int_equal(list.items[i].count, behind ? WAITING : 0);
        assert_int_equal(list.items[i].first_lsn > 0, behind);
    }
    fl_waiting_list_deinit(&list);
}

static void test_with_many_peers_far_behind_the_rest_is_an_upper_bound(void **state)
{
    struct fixture *fixture = *state;
    struct fl_waiting_list list;
    put_objects(fixture, OBJECTS);
    put_peers(fixture, PEERS);
    put_objects(fixture, OBJECTS / 2); /* the same anew: these wait once */
    read_list(fixture, PEERS, &list);
    for (size_t i = 0; i < list.count; i++) {
        bool behind = i + 1 != BEHIND_NOTHING;
        assert_true(list.items[i].is_estimate);
        assert_true(list.items[i].count >= (behind ? OBJECTS : OBJECTS / 2));
        assert_true(list.items[i].count <= list.head);
    }
    fl_waiting_list_deinit(&list);
}

static void test_one_peer_is_counted_as_in_the_list(void **state)
{
    struct fixture *fixture = *state;
    struct fl_waiting_list list;
    struct fl_waiting_list one = {.count = 0};
    struct fl_error error;
    put_objects(fixture, OBJECTS);
    put_peers(fixture, 2);
    read_list(fixture, FL_WAITING_EXACTLY, &list);
    assert_int_equal(
        fl_waiting_list_read_one(&one, fixture->node, &list.items[1].peer, &error),
        FL_OK);
    assert_int_equal(one.count, 1);
    assert_int_equal(one.items[0].count, list.items[1].count);
    fl_waiting_list_deinit(&one);
    fl_waiting_list_deinit(&list);
}

static void test_the_list_of_nodes_says_what_is_an_estimate(void **state)
{
    struct fixture *fixture = *state;
    put_objects(fixture, OBJECTS);
    put_peers(fixture, 2);
    assert_int_equal(fixture_run(fixture, "node", "list", "--json"), 0);
    fixture_must_say(fixture->out, "\"waiting\": 1501");
    fixture_must_say(fixture->out, "\"waiting_is_estimate\": false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_what_waits_is_counted_exactly_when_there_is_time, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_with_many_peers_far_behind_the_rest_is_an_upper_bound, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_one_peer_is_counted_as_in_the_list, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_the_list_of_nodes_says_what_is_an_estimate, fixture_setup,
            fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
