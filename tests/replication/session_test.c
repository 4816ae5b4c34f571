/*
 * The machine alone: what it answers to single events and frames, also to wrong ones.
 */

#include <string.h>

#include "bench.h"

/* -- greeting -- */

static void test_a_child_greets_when_it_is_connected(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;

    (void)state;
    options.position_count = 1;
    options.positions[0] = (struct fl_session_position){
        .incarnation = bench_uuid(INCARNATION_PARENT), .number = 7};
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    const struct fl_session_frame *hello = bench_sent(&bench, FL_SESSION_HELLO);

    assert_non_null(hello);
    assert_int_equal(hello->greeting.position.number, 7);
    assert_int_equal(hello->greeting.credit, 1000);
    assert_true(fl_session_due_ms(bench.session) <= 150);
    bench_end(&bench);
}

static void test_a_silent_peer_is_greeted_again_and_then_given_up(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;
    int hellos = 1;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    uint64_t nonce = bench_sent(&bench, FL_SESSION_HELLO)->nonce;

    while (fl_session_state(bench.session) == FL_SESSION_GREETING && hellos < 100) {
        bench.now_ms = fl_session_due_ms(bench.session);
        bench_tell(&bench, FL_SESSION_TICK);
        if (bench_sent(&bench, FL_SESSION_HELLO)) {
            assert_int_equal(bench_sent(&bench, FL_SESSION_HELLO)->nonce, nonce);
            hellos++;
        }
    }
    assert_int_equal(hellos, 8);
    assert_int_equal(bench_find(&bench, FL_SESSION_CLOSE)->reason, FL_SESSION_SILENT);
    bench_end(&bench);
}

static void test_a_parent_waits_for_a_greeting_for_ever(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    assert_int_equal(bench.actions.count, 0);
    assert_true(fl_session_due_ms(bench.session) == UINT64_MAX);
    bench_end(&bench);
}

static void test_two_parents_refuse_each_other_in_words(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    bench.nonce = 5;
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.greeting.who.rank = FL_SESSION_ABOVE;
    bench_receive(&bench, &hello);
    const struct fl_session_frame *refusal = bench_sent(&bench, FL_SESSION_REFUSE);

    assert_int_equal(refusal->reason, FL_SESSION_OTHER_RANK);
    assert_int_equal(refusal->nonce, 5);
    assert_true(strlen(refusal->reason_text) > 0);
    assert_non_null(bench_find(&bench, FL_SESSION_CLOSE));
    /* Later, with the right one, the same session takes the child. */
    hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);
    hello.nonce = 6;
    bench_receive(&bench, &hello);
    assert_int_equal(fl_session_state(bench.session), FL_SESSION_SEEKING);
    bench_end(&bench);
}

static void test_a_strange_node_installation_or_plan_is_refused(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.greeting.who.node = bench_uuid(99);
    bench_receive(&bench, &hello);
    assert_int_equal(bench_find(&bench, FL_SESSION_CLOSE)->reason, FL_SESSION_OTHER_NODE);
    hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);
    hello.greeting.who.installation = bench_uuid(99);
    bench_receive(&bench, &hello);
    assert_int_equal(
        bench_find(&bench, FL_SESSION_CLOSE)->reason, FL_SESSION_OTHER_INSTALLATION);
    hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);
    hello.greeting.who.plan[0] = 1;
    bench_receive(&bench, &hello);
    assert_int_equal(bench_find(&bench, FL_SESSION_CLOSE)->reason, FL_SESSION_OTHER_PLAN);
    bench_end(&bench);
}

static void test_a_new_incarnation_is_registered_before_it_is_answered(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.greeting.who.incarnation = bench_uuid(33);
    bench_receive(&bench, &hello);
    assert_non_null(bench_find(&bench, FL_SESSION_PEER_RENEWED));
    assert_null(bench_sent(&bench, FL_SESSION_WELCOME));
    bench_tell(&bench, FL_SESSION_PEER_REGISTERED);
    bench_found(&bench, 0, 0);
    assert_non_null(bench_sent(&bench, FL_SESSION_WELCOME));
    bench_end(&bench);
}

static void test_a_peer_that_is_not_admitted_is_refused(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.greeting.who.incarnation = bench_uuid(33);
    bench_receive(&bench, &hello);
    bench_step(
        &bench, (struct fl_session_event){
                    .kind = FL_SESSION_PEER_REFUSED, .text = "no record of a restore"});
    assert_string_equal(
        bench_sent(&bench, FL_SESSION_REFUSE)->reason_text, "no record of a restore");
    bench_end(&bench);
}

static void test_an_unknown_position_means_that_we_were_restored(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    bench.nonce = bench_sent(&bench, FL_SESSION_HELLO)->nonce;
    struct fl_session_frame welcome =
        bench_from_peer(&bench, &options, FL_SESSION_WELCOME);

    welcome.greeting.position = (struct fl_session_position){
        .incarnation = bench_uuid(INCARNATION_CHILD), .number = 9};
    bench_receive(&bench, &welcome);
    bench_tell(&bench, FL_SESSION_POSITION_UNKNOWN);
    assert_non_null(bench_find(&bench, FL_SESSION_RENEW_INCARNATION));
    assert_non_null(bench_reported(&bench, FL_SESSION_RESTORED));
    bench_step(
        &bench, (struct fl_session_event){
                    .kind = FL_SESSION_RENEWED, .incarnation = bench_uuid(50)});
    const struct fl_session_frame *hello = bench_sent(&bench, FL_SESSION_HELLO);

    assert_non_null(hello);
    assert_true(fl_uuid_equal(hello->greeting.who.incarnation, bench_uuid(50)));
    assert_true(hello->nonce != bench.nonce);
    bench_end(&bench);
}

static void test_a_forgotten_position_is_served_from_the_beginning(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.greeting.position = (struct fl_session_position){
        .incarnation = bench_uuid(INCARNATION_PARENT), .number = 3};
    bench_receive(&bench, &hello);
    bench_tell(&bench, FL_SESSION_POSITION_FORGOTTEN);
    assert_int_equal(fl_session_state(bench.session), FL_SESSION_IDLE);
    assert_int_equal(bench_find(&bench, FL_SESSION_RECORD_CONFIRMED)->lsn, 0);
    assert_int_equal(fl_session_confirmed(bench.session).number, 3);
    bench_end(&bench);
}

static void test_a_peer_that_holds_less_than_it_confirmed_is_told(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.greeting.position = (struct fl_session_position){
        .incarnation = bench_uuid(INCARNATION_PARENT), .number = 3};
    bench_receive(&bench, &hello);
    bench_found(&bench, 30, 5);
    assert_int_equal(
        bench_sent(&bench, FL_SESSION_REFUSE)->reason, FL_SESSION_ROLLED_BACK);
    assert_int_equal(fl_session_state(bench.session), FL_SESSION_GREETING);
    bench_end(&bench);
}

/* Its place may lie further back than is remembered. */
static void test_it_is_told_also_when_its_place_is_forgotten(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.greeting.position = (struct fl_session_position){
        .incarnation = bench_uuid(INCARNATION_PARENT), .number = 3};
    bench_receive(&bench, &hello);
    bench_step(
        &bench,
        (struct fl_session_event){.kind = FL_SESSION_POSITION_FORGOTTEN, .number = 5});
    assert_int_equal(
        bench_sent(&bench, FL_SESSION_REFUSE)->reason, FL_SESSION_ROLLED_BACK);
    bench_end(&bench);
}

/* A life of ours that we do not have confirmed it; who is greeted hears what we saw. */
static void test_what_we_confirmed_and_do_not_know_means_that_we_were_restored(
    void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    const struct fl_session_position seen = {
        .incarnation = bench_uuid(INCARNATION_PARENT), .number = 4, .life = 70};
    struct bench bench;

    (void)state;
    options.life = 80;
    options.confirmed = (struct fl_session_position){
        .incarnation = bench_uuid(INCARNATION_CHILD), .number = 9, .life = 71};
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    const struct fl_session_greeting *hello =
        &bench_sent(&bench, FL_SESSION_HELLO)->greeting;

    assert_int_equal(hello->life, 80);
    assert_int_equal(hello->confirmed.number, 9);
    assert_int_equal(hello->confirmed.life, 71);
    bench.nonce = bench_sent(&bench, FL_SESSION_HELLO)->nonce;
    struct fl_session_frame welcome =
        bench_from_peer(&bench, &options, FL_SESSION_WELCOME);

    welcome.greeting.confirmed = seen;
    bench_receive(&bench, &welcome);
    assert_int_equal(bench_find(&bench, FL_SESSION_LOOKUP)->confirmed.number, 4);
    bench_step(
        &bench,
        (struct fl_session_event){.kind = FL_SESSION_POSITION_FOUND, .denied = true});
    assert_non_null(bench_find(&bench, FL_SESSION_RENEW_INCARNATION));
    assert_int_equal(bench_reported(&bench, FL_SESSION_RESTORED)->number, 4);
    bench_end(&bench);
}

static void test_what_another_incarnation_confirmed_is_not_asked(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.greeting.confirmed = (struct fl_session_position){
        .incarnation = bench_uuid(INCARNATION_CHILD), .number = 4, .life = 70};
    hello.receiver_incarnation = bench_uuid(60);
    bench_receive(&bench, &hello);
    assert_int_equal(bench_find(&bench, FL_SESSION_LOOKUP)->confirmed.number, 0);
    bench_end(&bench);
}

static void test_another_incarnation_is_not_asked_what_the_former_one_confirmed(
    void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;

    (void)state;
    options.confirmed = (struct fl_session_position){
        .incarnation = bench_uuid(INCARNATION_CHILD), .number = 9, .life = 71};
    bench_begin(&bench, &options);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    bench.nonce = bench_sent(&bench, FL_SESSION_HELLO)->nonce;
    struct fl_session_frame welcome =
        bench_from_peer(&bench, &options, FL_SESSION_WELCOME);

    welcome.sender_incarnation = bench_uuid(60);
    welcome.greeting.who.incarnation = bench_uuid(60);
    bench_receive(&bench, &welcome);
    bench_tell(&bench, FL_SESSION_PEER_REGISTERED);
    bench_tell(&bench, FL_SESSION_DISCONNECTED);
    bench_tell(&bench, FL_SESSION_POSITION_FOUND);
    bench_tell(&bench, FL_SESSION_CONNECTED);
    assert_int_equal(bench_sent(&bench, FL_SESSION_HELLO)->greeting.confirmed.number, 0);
    bench_end(&bench);
}

static void test_a_greeting_waits_for_what_is_being_applied(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_receive_message(&bench, &options, bench_message_of(1, 0));
    bench_receive_chunk(&bench, &options, 1, 0);
    bench_receive_chunk(&bench, &options, 1, 1);
    assert_non_null(bench_find(&bench, FL_SESSION_APPLY));
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.nonce = bench.nonce + 1;
    bench_receive(&bench, &hello);
    assert_int_equal(fl_session_state(bench.session), FL_SESSION_SETTLING);
    bench_applied(&bench, 1);
    assert_null(bench_find(&bench, FL_SESSION_SEND_CONFIRM)); /* the welcome says it */
    bench_found(&bench, 0, 0);
    assert_int_equal(bench_sent(&bench, FL_SESSION_WELCOME)->greeting.position.number, 1);
    bench_end(&bench);
}

/* -- rounds -- */

static void test_nothing_to_do_is_sync_and_done(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_tell(&bench, FL_SESSION_SYNC_WANTED);
    assert_int_equal(bench.actions.count, 1);
    assert_non_null(bench_find(&bench, FL_SESSION_BUILD));
    bench_tell(&bench, FL_SESSION_NOTHING_TO_SEND);
    assert_int_equal(bench.actions.count, 1);
    assert_true(bench_sent(&bench, FL_SESSION_SYNC)->done);
    struct fl_session_frame done = bench_from_peer(&bench, &options, FL_SESSION_DONE);

    done.round = 1;
    bench_receive(&bench, &done);
    assert_int_equal(bench.actions.count, 1);
    assert_non_null(bench_find(&bench, FL_SESSION_ROUND_DONE));
    bench_end(&bench);
}

static void test_a_round_without_progress_is_begun_anew(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_tell(&bench, FL_SESSION_SYNC_WANTED);
    bench.now_ms = fl_session_due_ms(bench.session);
    bench_tell(&bench, FL_SESSION_TICK); /* it is the node that has not answered */
    assert_int_equal(fl_session_state(bench.session), FL_SESSION_ROUND);
    bench_tell(&bench, FL_SESSION_NOTHING_TO_SEND);
    bench.now_ms = fl_session_due_ms(bench.session);
    bench_tell(&bench, FL_SESSION_TICK);
    assert_non_null(bench_reported(&bench, FL_SESSION_STALLED));
    assert_non_null(bench_sent(&bench, FL_SESSION_HELLO));
    bench_end(&bench);
}

static void test_chunks_wait_for_credit(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;
    struct fl_session_event built = {.kind = FL_SESSION_BUILT};
    int chunks = 0;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_tell(&bench, FL_SESSION_SYNC_WANTED);
    built.built.message = bench_message_of(1, 0);
    built.built.message.chunk_count = 100;
    built.built.message.wire_bytes = 10000;
    built.built.lsn_to = 5;
    bench_step(&bench, built);
    for (size_t i = 0; i < bench.actions.count; i++) {
        chunks += bench.actions.items[i].kind == FL_SESSION_SEND_CHUNK;
    }
    assert_int_equal(chunks, 10);                      /* 1000 bytes of credit */
    assert_null(bench_find(&bench, FL_SESSION_BUILD)); /* no other one meanwhile */
    struct fl_session_frame credit = bench_from_peer(&bench, &options, FL_SESSION_CREDIT);

    credit.credit = 1200;
    bench_receive(&bench, &credit);
    assert_non_null(bench_find(&bench, FL_SESSION_SEND_CHUNK));
    assert_int_equal(bench_find(&bench, FL_SESSION_SEND_CHUNK)->index, 10);
    credit.credit = 600; /* an old one */
    bench_receive(&bench, &credit);
    assert_null(bench_find(&bench, FL_SESSION_SEND_CHUNK));
    bench_end(&bench);
}

/* A header that crosses ahead of what is before it is lost when the line is cut. */
static void test_a_header_waits_for_the_chunks_before_it(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;
    struct fl_session_event built = {.kind = FL_SESSION_BUILT};

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_tell(&bench, FL_SESSION_SYNC_WANTED);
    built.built.message = bench_message_of(1, 0);
    built.built.message.chunk_count = 2 * FL_SESSION_CHUNKS_PER_STEP;
    built.built.message.wire_bytes = 2 * FL_SESSION_CHUNKS_PER_STEP;
    built.built.lsn_to = 5;
    bench_step(&bench, built);
    assert_non_null(bench_sent(&bench, FL_SESSION_MESSAGE));
    assert_non_null(bench_find(&bench, FL_SESSION_BUILD)); /* there is credit left */
    built.built.message = bench_message_of(2, 1);
    built.built.lsn_to = 6;
    bench_step(&bench, built);
    assert_non_null(bench_find(&bench, FL_SESSION_SEND_CHUNK));
    assert_null(bench_sent(&bench, FL_SESSION_MESSAGE));
    assert_int_equal(fl_session_due_ms(bench.session), bench.now_ms);
    bench_tell(&bench, FL_SESSION_TICK);
    assert_int_equal(
        bench_find(&bench, FL_SESSION_SEND_CHUNK)->index,
        2 * FL_SESSION_CHUNKS_PER_STEP - 1);
    assert_non_null(bench_sent(&bench, FL_SESSION_MESSAGE));
    assert_int_equal(bench_sent(&bench, FL_SESSION_MESSAGE)->message.number, 2);
    bench_end(&bench);
}

static void test_many_chunks_go_in_several_steps(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;
    struct fl_session_event built = {.kind = FL_SESSION_BUILT};

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_tell(&bench, FL_SESSION_SYNC_WANTED);
    built.built.message = bench_message_of(1, 0);
    built.built.message.chunk_count = 100;
    built.built.message.wire_bytes = 100;
    bench_step(&bench, built);
    assert_int_equal(fl_session_due_ms(bench.session), bench.now_ms);
    for (int i = 0; i < 4; i++) {
        bench_tell(&bench, FL_SESSION_TICK);
    }
    assert_true(fl_session_due_ms(bench.session) > bench.now_ms);
    bench_end(&bench);
}

static void test_confirmations_are_taken_in_order_and_stale_ones_dropped(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;
    struct fl_session_event built = {.kind = FL_SESSION_BUILT};

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_tell(&bench, FL_SESSION_SYNC_WANTED);
    built.built.message = bench_message_of(1, 0);
    built.built.lsn_to = 10;
    bench_step(&bench, built);
    assert_int_equal(bench_find(&bench, FL_SESSION_BUILD)->position.number, 1);
    built.built.message = bench_message_of(2, 1);
    built.built.lsn_to = 20;
    bench_step(&bench, built);
    assert_null(bench_find(&bench, FL_SESSION_BUILD)); /* two are in flight */
    struct fl_session_frame confirm =
        bench_from_peer(&bench, &options, FL_SESSION_CONFIRM);

    confirm.confirmed.incarnation = bench_uuid(INCARNATION_CHILD);
    confirm.confirmed.number = 2;
    confirm.confirmed.hash.bytes[0] = 99; /* never sent with this hash */
    bench_receive(&bench, &confirm);
    assert_null(bench_find(&bench, FL_SESSION_RECORD_CONFIRMED));
    confirm.confirmed.hash.bytes[0] = 2;
    bench_receive(&bench, &confirm);
    assert_int_equal(bench_find(&bench, FL_SESSION_RECORD_CONFIRMED)->lsn, 20);
    assert_int_equal(bench_find(&bench, FL_SESSION_FORGET)->number, 1);
    assert_int_equal(bench_find(&bench, FL_SESSION_FORGET)->number_last, 2);
    confirm.confirmed.number = 1;
    confirm.confirmed.hash.bytes[0] = 1;
    bench_receive(&bench, &confirm);
    assert_non_null(bench_reported(&bench, FL_SESSION_STALE_CONFIRMATION));
    bench_end(&bench);
}

static void test_a_closed_window_ends_a_round_and_begins_none(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_tell(&bench, FL_SESSION_CHANGED);
    assert_int_equal(bench.actions.count, 0); /* no window was opened yet */
    bench_tell(&bench, FL_SESSION_SYNC_WANTED);
    bench_tell(&bench, FL_SESSION_WINDOW_CLOSED);
    assert_int_equal(bench_find(&bench, FL_SESSION_CLOSE)->reason, FL_SESSION_WINDOW);
    bench_end(&bench);
}

static void test_the_same_events_give_the_same_actions(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct bench first;
    struct bench second;

    (void)state;
    bench_begin(&first, &options);
    bench_begin(&second, &options);
    bench_tell(&first, FL_SESSION_CONNECTED);
    bench_tell(&second, FL_SESSION_CONNECTED);
    assert_int_equal(
        bench_sent(&first, FL_SESSION_HELLO)->nonce,
        bench_sent(&second, FL_SESSION_HELLO)->nonce);
    assert_int_equal(fl_session_due_ms(first.session), fl_session_due_ms(second.session));
    bench_end(&first);
    bench_end(&second);
}

static void test_limits_out_of_bounds_are_refused(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_CHILD);
    struct fl_session *session = NULL;

    (void)state;
    options.limits.messages_in_flight = FL_MESSAGES_IN_FLIGHT_MAX + 1;
    assert_int_equal(fl_session_new(&options, &session), FL_MALFORMED);
    options.limits.messages_in_flight = 0;
    assert_int_equal(fl_session_new(&options, &session), FL_MALFORMED);
    assert_null(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_child_greets_when_it_is_connected),
        cmocka_unit_test(test_a_silent_peer_is_greeted_again_and_then_given_up),
        cmocka_unit_test(test_a_parent_waits_for_a_greeting_for_ever),
        cmocka_unit_test(test_two_parents_refuse_each_other_in_words),
        cmocka_unit_test(test_a_strange_node_installation_or_plan_is_refused),
        cmocka_unit_test(test_a_new_incarnation_is_registered_before_it_is_answered),
        cmocka_unit_test(test_a_peer_that_is_not_admitted_is_refused),
        cmocka_unit_test(test_an_unknown_position_means_that_we_were_restored),
        cmocka_unit_test(test_a_forgotten_position_is_served_from_the_beginning),
        cmocka_unit_test(test_a_peer_that_holds_less_than_it_confirmed_is_told),
        cmocka_unit_test(test_it_is_told_also_when_its_place_is_forgotten),
        cmocka_unit_test(
            test_what_we_confirmed_and_do_not_know_means_that_we_were_restored),
        cmocka_unit_test(test_what_another_incarnation_confirmed_is_not_asked),
        cmocka_unit_test(
            test_another_incarnation_is_not_asked_what_the_former_one_confirmed),
        cmocka_unit_test(test_a_greeting_waits_for_what_is_being_applied),
        cmocka_unit_test(test_nothing_to_do_is_sync_and_done),
        cmocka_unit_test(test_a_round_without_progress_is_begun_anew),
        cmocka_unit_test(test_chunks_wait_for_credit),
        cmocka_unit_test(test_a_header_waits_for_the_chunks_before_it),
        cmocka_unit_test(test_many_chunks_go_in_several_steps),
        cmocka_unit_test(test_confirmations_are_taken_in_order_and_stale_ones_dropped),
        cmocka_unit_test(test_a_closed_window_ends_a_round_and_begins_none),
        cmocka_unit_test(test_the_same_events_give_the_same_actions),
        cmocka_unit_test(test_limits_out_of_bounds_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
