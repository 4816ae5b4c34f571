/*
 * The state of one registration, row by row as in 1C: nothing, registered and not yet
 * sent (NULL), sent and not yet confirmed (k). The centre sends to the branch. Each row
 * is told for a registration by the journal and for one by hand.
 */

#include "pair.h"

#include "plan/registrations.h"
#include "waiting_call.h"

static void run(struct side *side, const char *line)
{
    char copy[300];
    const char *words[16];
    size_t count = 0;
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    run_on(side, NULL, count, words);
}

#define REF "Catalog.Валюты:11111111-2222-4333-8444-000000000001"

static bool has_row(const struct side *side)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    bool any = fl_registrations_any(&txn, fl_link_peer(side->link)->number);
    fl_txn_abort(&txn);
    return any;
}

static uint64_t waiting_at(struct side *side)
{
    run(side, "node list --json");
    const char *found = strstr(side->pair->fixture->out, "\"waiting\": ");
    assert_non_null(found);
    return strtoull(found + strlen("\"waiting\": "), NULL, 10);
}

static unsigned entries_sent(struct pair *pair)
{
    struct fl_peer peer = *fl_link_peer(pair->branch.link);
    return (unsigned)peer.number_received;
}

/* The branch's confirmations are lost: what the centre has sent stays sent. */
static bool lose_confirmations(
    struct pair *pair,
    struct side *from,
    struct wire_frame *frame)
{
    return from != &pair->branch || kind_of(frame) != FL_FRAME_CONFIRM;
}

/* ... and the connection ends before the branch can say what it has. */
static void send_without_confirmation(struct pair *pair)
{
    pair->pass = lose_confirmations;
    (void)synchronise_within(pair, 2000);
    pair->pass = NULL;
    disconnect(pair);
}

static void test_a_write_registers_and_a_confirmation_ends_it(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    put_currency(&pair->centre, 1, "one");
    assert_int_equal(waiting_at(&pair->centre), 1);
    synchronise(pair);
    assert_int_equal(waiting_at(&pair->centre), 0);
    must_say_of(&pair->branch, 1, "one");
}

static void test_registered_by_hand_it_goes_once_more(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    synchronise(pair);
    unsigned before = entries_sent(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    assert_true(has_row(&pair->centre));
    synchronise(pair);
    assert_int_equal(entries_sent(pair), before + 1);
    synchronise(pair);
    assert_false(has_row(&pair->centre));
    assert_int_equal(entries_sent(pair), before + 1);
    must_be_equal(pair);
}

static void test_what_was_sent_and_not_confirmed_goes_again(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    synchronise(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    send_without_confirmation(pair);
    assert_true(has_row(&pair->centre));
    synchronise(pair); /* the branch says what it has */
    synchronise(pair);
    assert_false(has_row(&pair->centre));
    must_be_equal(pair);
}

static void test_a_write_after_sending_is_not_confirmed_with_it(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    synchronise(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    send_without_confirmation(pair);
    put_currency(&pair->centre, 1, "two");
    assert_int_equal(waiting_at(&pair->centre), 1);
    synchronise(pair);
    must_say_of(&pair->branch, 1, "two");
    must_be_equal(pair);
}

static void test_registering_again_takes_the_number_off(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    synchronise(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    send_without_confirmation(pair);
    unsigned before = entries_sent(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    synchronise(pair);
    assert_int_equal(entries_sent(pair), before + 1);
    synchronise(pair);
    assert_false(has_row(&pair->centre));
}

static void test_an_accepted_item_ends_the_registration(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    synchronise(pair);
    run(&pair->branch, "register " REF " --for ЦО");
    put_currency(&pair->centre, 1, "theirs");
    synchronise(pair);
    synchronise(pair);
    assert_false(has_row(&pair->branch));
    must_be_equal(pair);
    must_say_of(&pair->branch, 1, "theirs");
}

static void test_a_refused_item_leaves_it(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    synchronise(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    put_currency(&pair->branch, 1, "refused");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    must_say_of(&pair->branch, 1, "one"); /* it was registered: the parent won */
    struct fl_txn txn;
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_READ);
    assert_int_equal(fl_collisions_count(&txn), 1);
    fl_txn_abort(&txn);
}

static void test_what_is_returned_goes_back_in_our_version(void **state)
{
    struct pair *pair = *state;
    run(&pair->centre, "plan rule Catalog.Валюты --receive return");
    put_currency(&pair->centre, 1, "ours");
    synchronise(pair);
    put_currency(&pair->branch, 1, "not taken");
    put_currency(&pair->branch, 2, "new");
    synchronise(pair);
    synchronise(pair);
    must_say_of(&pair->centre, 1, "ours");
    must_say_of(&pair->branch, 1, "ours");
    assert_int_equal(objects_of(&pair->centre), 1);
    assert_false(has_row(&pair->branch));
}

static void test_what_is_ignored_stays_with_the_sender(void **state)
{
    struct pair *pair = *state;
    run(&pair->centre, "plan rule Catalog.Валюты --receive ignore");
    put_currency(&pair->centre, 1, "ours");
    synchronise(pair);
    put_currency(&pair->branch, 1, "its own");
    synchronise(pair);
    synchronise(pair);
    must_say_of(&pair->centre, 1, "ours");
    must_say_of(&pair->branch, 1, "its own");
    put_currency(&pair->centre, 1, "again");
    synchronise(pair);
    must_say_of(&pair->branch, 1, "again");
}

static void test_what_is_accepted_by_rule_wins_over_the_parent(void **state)
{
    struct pair *pair = *state;
    run(&pair->centre, "plan rule Catalog.Валюты --receive accept --collision child");
    put_currency(&pair->centre, 1, "before");
    synchronise(pair);
    put_currency(&pair->centre, 1, "ours");
    put_currency(&pair->branch, 1, "theirs");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    must_say_of(&pair->centre, 1, "theirs");
}

static void test_sent_as_a_deletion_or_not_at_all(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    put_many(&pair->centre, 1, 2);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 3);
    run(&pair->centre, "plan rule Catalog.Валюты --send deletion");
    run(&pair->centre, "plan rule Catalog.Контрагенты --send never");
    put_currency(&pair->centre, 1, "gone there");
    put_many(&pair->centre, 10, 2);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 2); /* the two partners that it had */
    assert_int_equal(objects_of(&pair->centre), 5);
    run(&pair->centre, "register Catalog.Контрагенты --for Ф01");
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 2);
    /* Upwards the rule does not hold. */
    put_many(&pair->branch, 20, 1);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->centre), 6);
}

static void test_what_is_not_registered_by_itself_goes_by_hand(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    run(&pair->centre, "plan rule Catalog.Валюты --auto-record no");
    put_currency(&pair->centre, 1, "one");
    put_currency(&pair->centre, 2, "two");
    assert_int_equal(waiting_at(&pair->centre), 1); /* the settings */
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 0);
    run(&pair->centre, "register " REF " --for-all");
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 1);
    run(&pair->centre, "register Catalog.Валюты --for Ф01");
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 2);
}

static void test_what_is_not_registered_by_itself_does_not_collide(void **state)
{
    struct pair *pair = *state;
    run(&pair->centre, "plan rule Catalog.Валюты --auto-record no");
    synchronise(pair);
    put_currency(&pair->centre, 1, "of centre");
    put_currency(&pair->branch, 1, "of branch");
    run(&pair->branch, "register " REF " --for ЦО");
    synchronise(pair);
    must_say_of(&pair->centre, 1, "of branch");
    must_be_equal(pair);
    /* By hand it is registered, and so the parent wins. */
    put_currency(&pair->centre, 1, "centre");
    put_currency(&pair->branch, 1, "branch");
    run(&pair->branch, "register " REF " --for ЦО");
    run(&pair->centre, "register " REF " --for Ф01");
    synchronise(pair);
    synchronise(pair);
    must_say_of(&pair->branch, 1, "centre");
    must_be_equal(pair);
}

static void test_a_registration_is_taken_back_until_the_next_change(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    put_currency(&pair->centre, 2, "two");
    run(&pair->centre, "unregister " REF " --for Ф01");
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 1);
    put_currency(&pair->centre, 1, "changed");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_false(has_row(&pair->centre));
}

static void test_everything_is_registered_in_many_messages(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->centre, 1, 6000);
    synchronise(pair);
    uint64_t bytes = pair->centre.bytes_sent;
    run(&pair->centre, "register --all --for Ф01");
    synchronise(pair);
    assert_true(pair->centre.bytes_sent - bytes > 2 << 20);
    must_be_equal(pair);
    bytes = pair->centre.bytes_sent;
    for (int i = 0; i < 4; i++) {
        synchronise(pair);
    }
    assert_true(pair->centre.bytes_sent - bytes < 4096);
    assert_false(has_row(&pair->centre));
}

/* What comes between two shares of a command that takes back. */
static void test_what_is_written_meanwhile_is_not_taken_back(void **state)
{
    struct pair *pair = *state;
    struct waiting_call waiting;
    put_many(&pair->centre, 1, 3000);
    waiting_call_begin(
        &waiting, pair->fixture, pair->centre.node,
        FIXTURE_WORDS("unregister", "Catalog.Валюты", "--all", "--for", "Ф01", NULL));
    put_currency(&pair->centre, 3000, "meanwhile");
    assert_int_equal(waiting_call_end(&waiting), 0);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 1);
}

static void test_who_is_revoked_meanwhile_is_left_out(void **state)
{
    struct pair *pair = *state;
    struct waiting_call waiting;
    put_many(&pair->centre, 1, 3000);
    waiting_call_begin(
        &waiting, pair->fixture, pair->centre.node,
        FIXTURE_WORDS("register", "--all", "--for", "Ф01", NULL));
    run(&pair->centre, "node revoke Ф01");
    assert_int_equal(waiting_call_end(&waiting), 1);
    fixture_must_say(pair->fixture->complaint, "revoked meanwhile");
    assert_false(has_row(&pair->centre));
}

/* The chunks of the first attempt get lost; the second takes one object a message. */
static bool lose_chunks(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    return from != &pair->centre || kind_of(frame) != FL_FRAME_CHUNK;
}

static void test_what_a_lost_message_carried_is_not_confirmed_by_another(void **state)
{
    struct pair *pair = *state;
    run(&pair->centre, "plan rule Catalog.Валюты --auto-record no");
    synchronise(pair);
    for (unsigned i = 1; i <= 5; i++) {
        put_currency(&pair->centre, i, "by hand");
    }
    run(&pair->centre, "register Catalog.Валюты --for Ф01");
    pair->pass = lose_chunks;
    (void)synchronise_within(pair, 2000);
    pair->pass = NULL;
    disconnect(pair);
    pair->centre.node->settings.message_bytes = 1;
    synchronise(pair);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 5);
    assert_false(has_row(&pair->centre));
}

static void test_a_restored_sender_sends_it_again(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    synchronise(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    send_without_confirmation(pair);
    reopen(&pair->centre, NULL);
    assert_true(has_row(&pair->centre));
    synchronise(pair);
    synchronise(pair);
    assert_false(has_row(&pair->centre));
    must_be_equal(pair);
}

/* What it had confirmed is gone there, and lies below every position. */
static void test_a_restored_peer_gets_again_what_was_registered_by_hand(void **state)
{
    struct pair *pair = *state;
    run(&pair->centre, "plan rule Catalog.Валюты --auto-record no");
    put_currency(&pair->centre, 1, "by hand");
    put_currency(&pair->centre, 2, "unasked");
    synchronise(pair);
    reopen(&pair->branch, "cp -r store backup");
    synchronise(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    synchronise(pair);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 1);
    assert_false(has_row(&pair->centre));
    reopen(&pair->branch, "rm -r store && mv backup store");
    assert_int_equal(objects_of(&pair->branch), 0);
    synchronise(pair);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 1);
    must_say_of(&pair->branch, 1, "by hand");
    assert_false(has_row(&pair->centre));
}

/* It presents no position at all, and under the incarnation that it had. */
static void test_a_peer_from_before_all_gets_again_what_was_registered_by_hand(
    void **state)
{
    struct pair *pair = *state;
    run(&pair->centre, "plan rule Catalog.Валюты --auto-record no");
    put_currency(&pair->centre, 1, "by hand");
    run(&pair->centre, "register " REF " --for Ф01");
    reopen(&pair->branch, "cp -r store backup");
    synchronise(pair);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 1);
    assert_false(has_row(&pair->centre));
    reopen(&pair->branch, "rm -r store && mv backup store");
    assert_int_equal(objects_of(&pair->branch), 0);
    synchronise(pair);
    synchronise(pair);
    must_say_of(&pair->branch, 1, "by hand");
    assert_false(has_row(&pair->centre));
}

/*
 * What the branch had sent before it had the centre's message waits at the centre, when
 * that is confirmed and the line is cut.
 */
static void cross_and_cut(struct pair *pair)
{
    struct fl_error error;
    connect_wire(pair);
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    const struct fl_peer *peer = fl_link_peer(pair->centre.link);
    uint64_t before = peer->confirmed_number;
    for (unsigned i = 0; i < 1000 && peer->confirmed_number == before; i++) {
        bool busy = deliver(&pair->branch);
        busy = deliver(&pair->centre) || busy;
        /* Each has said all it has before the branch takes anything in. */
        assert_int_equal(
            fl_replicator_flush(pair->branch.replicator, !busy, pair->now_ms, &error),
            FL_OK);
        fl_replicator_tick(pair->branch.replicator, pair->now_ms);
        fl_replicator_tick(pair->centre.replicator, pair->now_ms);
        pair->now_ms++;
    }
    assert_true(fl_replicator_has_ready(pair->centre.replicator));
    assert_int_equal(peer->confirmed_number, before + 1);
    disconnect(pair);
    for (unsigned i = 0; i < 100; i++) {
        pair->now_ms += 1000;
        fl_replicator_tick(pair->centre.replicator, pair->now_ms);
    }
}

static void test_a_confirmation_overtakes_no_collision(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 1, "one");
    synchronise(pair);
    disconnect(pair);
    run(&pair->centre, "register " REF " --for Ф01");
    put_currency(&pair->branch, 1, "theirs");
    cross_and_cut(pair);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    must_say_of(&pair->centre, 1, "one"); /* it was registered: the parent won */
    assert_false(has_row(&pair->centre));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(test_a_write_registers_and_a_confirmation_ends_it),
        CASE(test_registered_by_hand_it_goes_once_more),
        CASE(test_what_was_sent_and_not_confirmed_goes_again),
        CASE(test_a_write_after_sending_is_not_confirmed_with_it),
        CASE(test_registering_again_takes_the_number_off),
        CASE(test_an_accepted_item_ends_the_registration),
        CASE(test_a_refused_item_leaves_it),
        CASE(test_what_is_returned_goes_back_in_our_version),
        CASE(test_what_is_ignored_stays_with_the_sender),
        CASE(test_what_is_accepted_by_rule_wins_over_the_parent),
        CASE(test_sent_as_a_deletion_or_not_at_all),
        CASE(test_what_is_not_registered_by_itself_goes_by_hand),
        CASE(test_what_is_not_registered_by_itself_does_not_collide),
        CASE(test_a_registration_is_taken_back_until_the_next_change),
        CASE(test_everything_is_registered_in_many_messages),
        CASE(test_what_is_written_meanwhile_is_not_taken_back),
        CASE(test_who_is_revoked_meanwhile_is_left_out),
        CASE(test_what_a_lost_message_carried_is_not_confirmed_by_another),
        CASE(test_a_restored_sender_sends_it_again),
        CASE(test_a_confirmation_overtakes_no_collision),
        CASE(test_a_restored_peer_gets_again_what_was_registered_by_hand),
        CASE(test_a_peer_from_before_all_gets_again_what_was_registered_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
