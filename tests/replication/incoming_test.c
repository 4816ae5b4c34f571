/*
 * The peer's stream: what is held, applied, confirmed, staged, refused and dropped.
 */

#include "bench.h"

static void test_a_message_is_held_applied_and_confirmed(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_receive_message(&bench, &options, bench_message_of(1, 0));
    assert_int_equal(bench_find(&bench, FL_SESSION_KEEP)->number, 1);
    bench_receive_chunk(&bench, &options, 1, 0);
    assert_non_null(bench_find(&bench, FL_SESSION_HOLD));
    assert_null(bench_find(&bench, FL_SESSION_APPLY));
    bench_receive_chunk(&bench, &options, 1, 1);
    assert_int_equal(bench_find(&bench, FL_SESSION_APPLY)->number, 1);
    assert_null(bench_find(&bench, FL_SESSION_SEND_CONFIRM));
    bench_applied(&bench, 1);
    assert_int_equal(bench_find(&bench, FL_SESSION_SEND_CONFIRM)->position.number, 1);
    assert_int_equal(fl_session_received(bench.session).number, 1);
    bench_end(&bench);
}

static void test_a_repeated_message_is_confirmed_again(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_receive_message(&bench, &options, bench_message_of(1, 0));
    bench_receive_chunk(&bench, &options, 1, 0);
    bench_receive_chunk(&bench, &options, 1, 0); /* the chunk again */
    assert_int_equal(bench.actions.count, 0);
    bench_receive_chunk(&bench, &options, 1, 1);
    bench_applied(&bench, 1);
    bench_receive_message(&bench, &options, bench_message_of(1, 0));
    assert_non_null(bench_find(&bench, FL_SESSION_SEND_CONFIRM));
    assert_non_null(bench_reported(&bench, FL_SESSION_REPEATED));
    assert_null(bench_find(&bench, FL_SESSION_KEEP));
    bench_end(&bench);
}

static void test_a_number_with_another_hash_is_refused_as_a_fork(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct fl_session_message other = bench_message_of(1, 0);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_receive_message(&bench, &options, bench_message_of(1, 0));
    bench_receive_chunk(&bench, &options, 1, 0);
    bench_receive_chunk(&bench, &options, 1, 1);
    bench_applied(&bench, 1);
    other.hash.bytes[0] = 200;
    bench_receive_message(&bench, &options, other);
    assert_int_equal(bench_sent(&bench, FL_SESSION_REFUSE)->reason, FL_SESSION_FORK);
    assert_non_null(bench_reported(&bench, FL_SESSION_FORKED));
    assert_null(bench_find(&bench, FL_SESSION_SEND_CONFIRM));
    bench_end(&bench);
}

static void test_a_message_behind_a_gap_is_dropped(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_receive_message(&bench, &options, bench_message_of(2, 1));
    assert_non_null(bench_reported(&bench, FL_SESSION_GAP));
    assert_null(bench_find(&bench, FL_SESSION_KEEP));
    assert_int_equal(fl_session_counters(bench.session)->gaps, 1);
    bench_end(&bench);
}

static void test_frames_of_another_session_are_dropped_and_the_child_is_told_once(
    void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    struct fl_session_frame frame = bench_from_peer(&bench, &options, FL_SESSION_SYNC);

    frame.nonce = 1234;
    bench_receive(&bench, &frame);
    assert_int_equal(
        bench_sent(&bench, FL_SESSION_REFUSE)->reason, FL_SESSION_UNKNOWN_SESSION);
    assert_int_equal(bench_sent(&bench, FL_SESSION_REFUSE)->nonce, 1234);
    bench_receive(&bench, &frame);
    assert_int_equal(bench.actions.count, 0);
    assert_int_equal(fl_session_counters(bench.session)->foreign, 2);
    assert_int_equal(fl_session_state(bench.session), FL_SESSION_IDLE);
    bench_end(&bench);
}

static void test_a_frame_of_an_old_incarnation_is_dropped(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    struct fl_session_frame frame = bench_from_peer(&bench, &options, FL_SESSION_MESSAGE);

    frame.message = bench_message_of(1, 0);
    frame.receiver_incarnation = bench_uuid(60);
    bench_receive(&bench, &frame);
    assert_null(bench_find(&bench, FL_SESSION_KEEP));
    bench_end(&bench);
}

static void test_a_message_in_part_is_staged_when_the_connection_goes(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_receive_message(&bench, &options, bench_message_of(1, 0));
    bench_receive_message(&bench, &options, bench_message_of(2, 1));
    bench_receive_chunk(&bench, &options, 1, 0);
    bench_tell(&bench, FL_SESSION_DISCONNECTED);
    assert_int_equal(bench_find(&bench, FL_SESSION_STAGE)->staged.number, 1);
    assert_int_equal(bench_find(&bench, FL_SESSION_STAGE)->staged.chunks, 1);
    assert_int_equal(bench_find(&bench, FL_SESSION_DROP)->number, 2);
    bench_step(
        &bench,
        (struct fl_session_event){.kind = FL_SESSION_STAGED, .number = 1, .chunks = 1});
    bench_tell(&bench, FL_SESSION_CONNECTED);
    struct fl_session_frame hello = bench_from_peer(&bench, &options, FL_SESSION_HELLO);

    hello.nonce = ++bench.nonce;
    bench_receive(&bench, &hello);
    bench_found(&bench, 0, 0);
    assert_int_equal(bench_sent(&bench, FL_SESSION_WELCOME)->greeting.staged.chunks, 1);
    bench_receive_message(&bench, &options, bench_message_of(1, 0));
    assert_non_null(bench_reported(&bench, FL_SESSION_RESUMED));
    bench_receive_chunk(&bench, &options, 1, 1);
    assert_non_null(bench_find(&bench, FL_SESSION_APPLY));
    bench_end(&bench);
}

static void test_what_cannot_be_applied_is_refused_with_the_reason(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct bench bench;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    bench_receive_message(&bench, &options, bench_message_of(1, 0));
    bench_receive_chunk(&bench, &options, 1, 0);
    bench_receive_chunk(&bench, &options, 1, 1);
    bench_step(
        &bench,
        (struct fl_session_event){
            .kind = FL_SESSION_APPLY_REFUSED, .number = 1, .text = "the store is full"});
    assert_string_equal(
        bench_sent(&bench, FL_SESSION_REFUSE)->reason_text, "the store is full");
    assert_int_equal(bench_find(&bench, FL_SESSION_DROP)->number, 1);
    assert_int_equal(fl_session_received(bench.session).number, 0);
    bench_end(&bench);
}

static void test_chunks_beyond_the_credit_are_dropped(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct fl_session_message large = bench_message_of(1, 0);
    struct bench bench;
    int held = 0;

    (void)state;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    large.chunk_count = 100;
    large.wire_bytes = 20000;
    bench_receive_message(&bench, &options, large);
    for (uint32_t i = 0; i < 100; i++) { /* STAGE is never answered */
        bench_receive_chunk(&bench, &options, 1, i);
        held += bench_find(&bench, FL_SESSION_HOLD) != NULL;
    }
    assert_int_equal(held, 5);
    bench_end(&bench);
}

/* A line that carries 100 bytes in so many ms, for 50 chunks; the window behind it. */
static uint64_t window_behind(uint64_t chunk_ms, uint64_t *out_grants)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct fl_session_message large = bench_message_of(1, 0);
    uint64_t granted = 256;
    uint64_t received = 0;
    struct bench bench;

    options.limits.credit_bytes = 1 << 20;
    options.limits.credit_first_bytes = granted;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    large.chunk_count = 100;
    large.wire_bytes = 10000;
    bench_receive_message(&bench, &options, large);
    *out_grants = 0;
    for (uint32_t i = 0; i < 50; i++) {
        bench.now_ms += chunk_ms;
        bench_receive_chunk(&bench, &options, 1, i);
        received += 100;
        const struct fl_session_action *stage = bench_find(&bench, FL_SESSION_STAGE);

        if (stage) {
            bench_step(
                &bench, (struct fl_session_event){
                            .kind = FL_SESSION_STAGED,
                            .number = 1,
                            .chunks = stage->staged.chunks});
            const struct fl_session_frame *credit = bench_sent(&bench, FL_SESSION_CREDIT);

            assert_non_null(credit);
            assert_true(credit->credit >= granted);
            *out_grants += credit->credit > granted;
            granted = credit->credit;
        }
    }
    bench_end(&bench);
    return granted - received;
}

static void test_the_window_grows_on_a_fast_line_and_shrinks_on_a_slow_one(void **state)
{
    uint64_t fast_grants = 0;
    uint64_t slow_grants = 0;

    (void)state;
    assert_true(window_behind(1, &fast_grants) >= 2048);
    assert_true(window_behind(10000, &slow_grants) <= 256);
    assert_true(fast_grants < slow_grants);
    assert_true(slow_grants >= 20); /* it never stands still */
}

static void test_what_comes_slowly_is_staged_and_the_sender_hears_of_it(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct fl_session_message large = bench_message_of(1, 0);
    struct bench bench;

    (void)state;
    options.limits.stage_after_ms = 10000;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    large.chunk_count = 100;
    large.wire_bytes = 1000;
    bench.now_ms = 500000; /* idle for long: that is no reason */
    bench_receive_message(&bench, &options, large);
    bench_receive_chunk(&bench, &options, 1, 0);
    assert_null(bench_find(&bench, FL_SESSION_STAGE));
    bench.now_ms += 9999;
    bench_receive_chunk(&bench, &options, 1, 1);
    assert_null(bench_find(&bench, FL_SESSION_STAGE));
    bench.now_ms += 1;
    bench_receive_chunk(&bench, &options, 1, 2);
    assert_int_equal(bench_find(&bench, FL_SESSION_STAGE)->staged.chunks, 3);
    bench_step(
        &bench,
        (struct fl_session_event){.kind = FL_SESSION_STAGED, .number = 1, .chunks = 3});
    assert_int_equal(bench_sent(&bench, FL_SESSION_CREDIT)->credit, 1000); /* as before */
    bench_receive_chunk(&bench, &options, 1, 3);
    assert_null(bench_find(&bench, FL_SESSION_STAGE));
    bench_end(&bench);
}

/* What was staged for its time gives little credit back: the rest must follow. */
static void test_credit_never_runs_dry_behind_a_small_stage(void **state)
{
    struct fl_session_options options = bench_options_of(FL_SESSION_PARENT);
    struct fl_session_message large = bench_message_of(1, 0);
    struct bench bench;

    (void)state;
    options.limits.stage_after_ms = 10000;
    bench_begin(&bench, &options);
    bench_greet(&bench, &options);
    large.chunk_count = 100;
    large.wire_bytes = 10000;
    bench_receive_message(&bench, &options, large);
    bench.now_ms += 10000;
    bench_receive_chunk(&bench, &options, 1, 0);
    assert_int_equal(bench_find(&bench, FL_SESSION_STAGE)->staged.chunks, 1);
    for (uint32_t i = 1; i < 10; i++) { /* all the credit, while it is being written */
        bench_receive_chunk(&bench, &options, 1, i);
        assert_null(bench_find(&bench, FL_SESSION_STAGE));
    }
    bench_step(
        &bench,
        (struct fl_session_event){.kind = FL_SESSION_STAGED, .number = 1, .chunks = 1});
    assert_int_equal(bench_find(&bench, FL_SESSION_STAGE)->staged.chunks, 10);
    bench_step(
        &bench,
        (struct fl_session_event){.kind = FL_SESSION_STAGED, .number = 1, .chunks = 10});
    assert_int_equal(bench_sent(&bench, FL_SESSION_CREDIT)->credit, 2000);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_is_held_applied_and_confirmed),
        cmocka_unit_test(test_a_repeated_message_is_confirmed_again),
        cmocka_unit_test(test_a_number_with_another_hash_is_refused_as_a_fork),
        cmocka_unit_test(test_a_message_behind_a_gap_is_dropped),
        cmocka_unit_test(
            test_frames_of_another_session_are_dropped_and_the_child_is_told_once),
        cmocka_unit_test(test_a_frame_of_an_old_incarnation_is_dropped),
        cmocka_unit_test(test_a_message_in_part_is_staged_when_the_connection_goes),
        cmocka_unit_test(test_what_cannot_be_applied_is_refused_with_the_reason),
        cmocka_unit_test(test_chunks_beyond_the_credit_are_dropped),
        cmocka_unit_test(test_the_window_grows_on_a_fast_line_and_shrinks_on_a_slow_one),
        cmocka_unit_test(test_what_comes_slowly_is_staged_and_the_sender_hears_of_it),
        cmocka_unit_test(test_credit_never_runs_dry_behind_a_small_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
