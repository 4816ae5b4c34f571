/*
 * What two nodes say beside their session: clocks, that a round has to wait, and that one
 * of them was shut out.
 */

#include "pair.h"

#include "aside/shut_out.h"
#include "replicator/link.h"

enum { CLOCK_AT = FL_FRAME_HEAD_BYTES, WRONG_MS = 600000, FAR_MS = 1000 };

/* Everything that is under way, without any time passing. */
static void settle(struct pair *pair)
{
    for (unsigned quiet = 0, turns = 0; quiet < 3 && turns < TURNS_MAX; turns++) {
        bool busy = deliver(&pair->branch);
        busy = deliver(&pair->centre) || busy;
        serve(&pair->branch, !busy);
        serve(&pair->centre, !busy);
        quiet = busy ? 0 : quiet + 1;
    }
}

static struct fl_link_facts facts_of(const struct side *side)
{
    struct fl_link_facts facts;
    fl_link_facts(side->link, &facts);
    return facts;
}

/* -- clocks -- */

static void test_each_side_knows_the_clock_of_the_other(void **state)
{
    struct pair *pair = *state;
    assert_false(facts_of(&pair->centre).clock_known);
    synchronise(pair);
    assert_true(facts_of(&pair->centre).clock_known);
    assert_true(facts_of(&pair->branch).clock_known);
    assert_true(llabs((long long)facts_of(&pair->centre).clock_offset_ms) < WRONG_MS / 2);
}

/* The branch's clock is ten minutes ahead. */
static bool set_clock_ahead(
    struct pair *pair,
    struct side *from,
    struct wire_frame *frame)
{
    if (from == &pair->branch && kind_of(frame) == FL_FRAME_CLOCK) {
        fl_store_u64(
            frame->bytes + CLOCK_AT, fl_load_u64(frame->bytes + CLOCK_AT) + WRONG_MS);
        pair->count++;
    }
    return true;
}

static void test_a_wrong_clock_is_seen_and_stops_nothing(void **state)
{
    struct pair *pair = *state;
    pair->pass = set_clock_ahead;
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    must_be_equal(pair);
    int64_t offset_ms = facts_of(&pair->centre).clock_offset_ms;
    assert_true(offset_ms > WRONG_MS - FAR_MS * 60 && offset_ms < WRONG_MS + FAR_MS * 60);
    assert_true(facts_of(&pair->branch).clock_offset_ms < WRONG_MS / 2);
}

static void test_a_clock_is_shown_again_only_after_some_time(void **state)
{
    struct pair *pair = *state;
    pair->pass = set_clock_ahead;
    synchronise(pair);
    assert_int_equal(pair->count, 1);
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    settle(pair);
    assert_int_equal(pair->count, 1);
    pair->now_ms += 11 * 60 * 1000;
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    settle(pair);
    assert_int_equal(pair->count, 2);
}

/* -- objects -- */

static void test_objects_are_counted_at_both_sides(void **state)
{
    struct pair *pair = *state;
    synchronise(pair); /* configurations and what else there is */
    uint64_t sent = facts_of(&pair->branch).objects_sent;
    uint64_t received = facts_of(&pair->centre).objects_received;
    put_currency(&pair->branch, 1, "one");
    put_currency(&pair->branch, 2, "two");
    synchronise(pair);
    assert_int_equal(facts_of(&pair->branch).objects_sent - sent, 2);
    assert_int_equal(facts_of(&pair->centre).objects_received - received, 2);
}

/* -- turns -- */

/* As if so many other children were in a round. */
static void occupy(struct pair *pair, size_t count)
{
    pair->centre.node->settings.rounds_max = 2;
    pair->centre.replicator->turns.running = count;
}

static bool count_later(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    pair->count += from == &pair->centre && kind_of(frame) == FL_FRAME_LATER;
    return true;
}

static void test_a_round_too_many_is_told_when_to_come_again(void **state)
{
    struct pair *pair = *state;
    pair->pass = count_later;
    occupy(pair, 2);
    put_many(&pair->branch, 0, 100);
    put_currency(&pair->centre, 1, "one");
    connect_wire(pair);
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    settle(pair);
    assert_true(pair->count >= 1);
    assert_int_equal(fl_replicator_postponed(pair->centre.replicator), pair->count);
    assert_int_equal(pair->branch.rounds, 0);
    assert_false(pair->branch.close_wanted); /* the connection stays */
    assert_false(pair->centre.close_wanted);
    assert_int_equal(fl_link_state(pair->branch.link), FL_SESSION_OFFLINE);

    occupy(pair, 1); /* one of the others has ended */
    pair->now_ms = pair->branch.link->turn.until_ms;
    settle(pair);
    assert_int_equal(pair->branch.rounds, 1);
    must_be_equal(pair);
    assert_int_equal(fl_replicator_rounds(pair->centre.replicator), 1);
}

static void test_a_running_round_is_counted_until_it_ends(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(fl_replicator_rounds(pair->centre.replicator), 0);
    connect_wire(pair);
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    put_currency(&pair->branch, 1, "one");
    while (fl_replicator_rounds(pair->centre.replicator) == 0) {
        assert_true(deliver(&pair->branch) || deliver(&pair->centre));
    }
    disconnect(pair);
    assert_int_equal(fl_replicator_rounds(pair->centre.replicator), 0);
}

static void test_a_line_that_breaks_does_not_end_the_waiting(void **state)
{
    struct pair *pair = *state;
    pair->pass = count_later;
    occupy(pair, 2);
    connect_wire(pair);
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    settle(pair);
    unsigned told = pair->count;
    assert_true(told >= 1);
    disconnect(pair);
    connect_wire(pair);
    settle(pair);
    assert_int_equal(pair->count, told); /* it did not come before its time */
    occupy(pair, 0);
    pair->now_ms = pair->branch.link->turn.until_ms;
    settle(pair);
    assert_int_equal(pair->branch.rounds, 1);
}

static void test_times_are_handed_out_one_behind_the_other(void **state)
{
    struct pair *pair = *state;
    struct fl_turns *turns = &pair->centre.replicator->turns;
    connect_wire(pair);
    settle(pair);
    occupy(pair, 2);
    turns->spacing_us = 2000000;
    uint64_t last_ms = 0;
    for (unsigned i = 0; i < 5; i++) {
        const struct fl_frame sync = {.kind = FL_FRAME_SYNC, .round = 1};
        assert_false(fl_turns_admit(pair->centre.link, &sync, pair->now_ms));
        assert_true(turns->next_ms >= last_ms + 2000);
        last_ms = turns->next_ms;
    }
    empty_wire(&pair->centre);
}

static bool forge_later(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    if (from == &pair->centre && kind_of(frame) == FL_FRAME_CLOCK && pair->count++ == 0) {
        const struct fl_frame later = {
            .kind = FL_FRAME_LATER, .nonce = 12345, .later_ms = UINT32_MAX};
        struct fl_buffer buffer;
        fl_buffer_init(&buffer, FL_FRAME_WIRE_BYTES_MAX);
        fl_frame_encode(&later, &buffer);
        fl_replicator_frame(pair->branch.link, fl_buffer_view(&buffer), pair->now_ms);
        fl_buffer_deinit(&buffer);
    }
    return true;
}

static void test_later_of_another_session_is_not_listened_to(void **state)
{
    struct pair *pair = *state;
    pair->pass = forge_later;
    synchronise(pair);
    assert_int_equal(pair->count, 1);
    must_be_equal(pair);
}

/* -- shut out -- */

static void operator_decides(struct pair *pair, enum fl_peer_state peer_state)
{
    struct fl_txn txn;
    struct fl_error error;
    struct fl_peer *peer = calloc(1, sizeof *peer);
    assert_non_null(peer);
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_KEEP);
    assert_int_equal(fl_peers_next(&txn, 0, peer), FL_OK);
    peer->state = peer_state;
    fl_peers_put(&txn, peer);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    assert_int_equal(fl_replicator_reload(pair->centre.replicator, &error), FL_OK);
    free(peer);
}

static void must_be_shut_out(struct pair *pair, const char *words)
{
    assert_true(pair->centre.close_wanted);
    assert_true(pair->branch.close_wanted);
    assert_int_equal(fl_link_state(pair->branch.link), FL_SESSION_CLOSED);
    assert_string_equal(fl_link_shut_out_words(pair->branch.link), words);
    assert_null(fl_link_shut_out_words(pair->centre.link));
}

static void test_a_child_that_is_suspended_hears_so_at_once(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    operator_decides(pair, FL_PEER_SUSPENDED);
    settle(pair);
    must_be_shut_out(pair, "this node was suspended by the parent");

    disconnect(pair);
    operator_decides(pair, FL_PEER_ACTIVE);
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    must_be_equal(pair);
    assert_null(fl_link_shut_out_words(pair->branch.link));
}

static void test_a_hello_of_a_revoked_child_is_answered(void **state)
{
    struct pair *pair = *state;
    connect_wire(pair);
    operator_decides(pair, FL_PEER_REVOKED); /* before anybody has greeted */
    settle(pair);
    must_be_shut_out(pair, "this node was revoked by the parent");
}

int main(void)
{
#define PAIR_TEST(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_each_side_knows_the_clock_of_the_other),
        PAIR_TEST(test_a_wrong_clock_is_seen_and_stops_nothing),
        PAIR_TEST(test_a_clock_is_shown_again_only_after_some_time),
        PAIR_TEST(test_objects_are_counted_at_both_sides),
        PAIR_TEST(test_a_round_too_many_is_told_when_to_come_again),
        PAIR_TEST(test_a_running_round_is_counted_until_it_ends),
        PAIR_TEST(test_a_line_that_breaks_does_not_end_the_waiting),
        PAIR_TEST(test_times_are_handed_out_one_behind_the_other),
        PAIR_TEST(test_later_of_another_session_is_not_listened_to),
        PAIR_TEST(test_a_child_that_is_suspended_hears_so_at_once),
        PAIR_TEST(test_a_hello_of_a_revoked_child_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
