/* Who is followed and who is held: parents that go backwards, copies beside originals. */

#include "pair.h"

#include "peer/history.h"

static const char back_up[] = "rm -rf ../kept && cp -r store ../kept";
static const char restore[] = "rm -rf store && cp -r ../kept store";

enum { HELD_MS = 20 * 1000 };

static struct fl_history *history_of(const struct side *side)
{
    struct fl_history *history = calloc(1, sizeof *history);
    struct fl_txn txn;
    assert_non_null(history);
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    fl_history_get(&txn, 1, history);
    fl_txn_abort(&txn);
    return history;
}

static unsigned count_of(const struct side *side, enum fl_history_kind kind)
{
    struct fl_history *history = history_of(side);
    unsigned count = 0;
    for (size_t i = 0; i < history->event_count; i++) {
        count += history->events[i].kind == kind;
    }
    free(history);
    return count;
}

static bool holds_any(const struct side *side)
{
    struct fl_history *history = history_of(side);
    bool any = history->held_count > 0;
    free(history);
    return any;
}

/* What `node explain` says of the other, in one line of words and in JSON. */
static void must_explain(struct side *side, const char *words)
{
    const char *code = side->other->node->identity->code;
    const char *const text[] = {"node", "explain", code};
    const char *const json[] = {"node", "explain", code, "--json"};
    run_on(side, NULL, 3, text);
    fixture_must_say(side->pair->fixture->out, words);
    run_on(side, NULL, 4, json);
    fixture_must_say(side->pair->fixture->out, "\"sentences\": [");
}

static void release(struct side *side)
{
    const char *code = side->other->node->identity->code;
    const char *const words[] = {"node", "release", code, "--by", "Анна"};
    struct fl_error error;
    run_on(side, NULL, 5, words);
    assert_int_equal(fl_replicator_reload(side->replicator, &error), FL_OK);
    must_explain(side, "released by Анна");
}

static void must_be_refused(struct pair *pair)
{
    if (synchronise_within(pair, HELD_MS)) {
        fail_msg("the round ended");
    }
}

static void test_a_restored_parent_is_followed_once_its_administrator_says_so(
    void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "before");
    put_currency(&pair->centre, 10, "of centre");
    synchronise(pair);
    reopen(&pair->centre, back_up);
    put_currency(&pair->branch, 2, "lost");
    put_currency(&pair->centre, 11, "lost");
    synchronise(pair);
    reopen(&pair->centre, restore);
    put_currency(&pair->branch, 3, "after");
    struct fixture_state before = fixture_content(pair->branch.node);
    must_be_refused(pair);
    fixture_must_be_unchanged(pair->branch.node, &before);
    assert_int_equal(count_of(&pair->branch, FL_HISTORY_PARENT_REFUSED), 1);
    must_explain(&pair->branch, "let its administrator say");
    adopt(&pair->centre);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 5);
    must_explain(&pair->branch, "it came under a new incarnation");
    assert_int_equal(count_of(&pair->branch, FL_HISTORY_PEER_RESTORED), 1);
}

static void test_the_operator_of_a_child_may_follow_a_parent_without_a_record(
    void **state)
{
    struct pair *pair = *state;
    const char *const words[] = {"node", "release", "ЦО"};
    put_currency(&pair->branch, 1, "before");
    synchronise(pair);
    reopen(&pair->centre, back_up);
    put_currency(&pair->branch, 2, "lost");
    synchronise(pair);
    reopen(&pair->centre, restore);
    must_be_refused(pair);
    release(&pair->branch);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 2);
    /* Once, and for that incarnation only. */
    reopen(&pair->centre, restore);
    must_be_refused(pair);
    assert_int_equal(count_of(&pair->branch, FL_HISTORY_PARENT_REFUSED), 2);
    release(&pair->branch);
    synchronise(pair);
    pair->fixture->node = pair->branch.node;
    assert_int_equal(fixture_run_words(pair->fixture, NULL, 3, words), 1);
    pair->fixture->node = NULL;
    fixture_must_say(pair->fixture->complaint, "nothing of ЦО is held");
}

static void test_a_parent_is_restored_twice(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 10, "of centre");
    synchronise(pair);
    reopen(&pair->centre, back_up);
    for (unsigned i = 1; i <= 3; i++) {
        put_currency(&pair->branch, i, "lost");
        put_currency(&pair->centre, 10 + i, "lost");
        synchronise(pair);
        reopen(&pair->centre, restore);
        adopt(&pair->centre);
        synchronise(pair);
        synchronise(pair);
        must_be_equal(pair);
        assert_int_equal(objects_of(&pair->centre), 1 + 2 * i);
    }
}

/* It has a record of its own, of the time when it was put back itself. */
static void test_a_parent_of_old_is_not_followed_on_its_old_record(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 10, "of centre");
    synchronise(pair);
    adopt(&pair->centre);
    synchronise(pair);
    reopen(&pair->centre, back_up);
    adopt(&pair->centre);
    put_currency(&pair->branch, 1, "new");
    synchronise(pair);
    reopen(&pair->centre, restore);
    must_be_refused(pair);
    assert_int_equal(count_of(&pair->branch, FL_HISTORY_PARENT_REFUSED), 1);
    adopt(&pair->centre);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 2);
}

/* Breaks what it says, whoever it was. */
static bool break_record(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    (void)from;
    if (kind_of(frame) == FL_FRAME_RESTORED) {
        frame->bytes[frame->size - 1] ^= 1;
        pair->count++;
    }
    return true;
}

static void test_a_record_that_was_not_signed_by_the_parent_counts_for_nothing(
    void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->centre, 10, "of centre");
    synchronise(pair);
    adopt(&pair->centre);
    pair->pass = break_record;
    must_be_refused(pair);
    assert_true(pair->count > 0);
    pair->pass = NULL;
    synchronise(pair);
    must_be_equal(pair);
}

static void test_both_sides_are_restored(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "before");
    put_currency(&pair->centre, 10, "before");
    synchronise(pair);
    reopen(&pair->centre, back_up);
    reopen(&pair->branch, "rm -rf ../kept_too && cp -r store ../kept_too");
    put_currency(&pair->branch, 2, "lost");
    put_currency(&pair->centre, 11, "lost");
    synchronise(pair);
    must_be_equal(pair);
    reopen(&pair->centre, restore);
    reopen(&pair->branch, "rm -rf store && cp -r ../kept_too store");
    adopt(&pair->centre);
    put_currency(&pair->branch, 3, "after");
    put_currency(&pair->centre, 12, "after");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 4);
}

/*
 * A copy beside its original, as two directories that speak in turn. The original goes on
 * as if nothing had happened; the copy finds that the numbers are not its own and takes a
 * new incarnation; only when it speaks again is it known that both are alive.
 */
static void test_a_copy_beside_its_original_is_held_and_loses_nothing(void **state)
{
    struct pair *pair = *state;
    static const char to_copy[] = "mv store ../original && mv ../copy store";
    static const char to_original[] = "mv store ../copy && mv ../original store";
    put_currency(&pair->branch, 1, "before");
    synchronise(pair);
    reopen(&pair->branch, "cp -r store ../copy");
    put_currency(&pair->branch, 2, "original");
    synchronise(pair);

    reopen(&pair->branch, to_copy);
    put_currency(&pair->branch, 3, "copy");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 3);
    assert_false(holds_any(&pair->centre));

    reopen(&pair->branch, to_original);
    put_currency(&pair->branch, 4, "original");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 4);
    assert_false(holds_any(&pair->centre));
    assert_int_equal(count_of(&pair->centre, FL_HISTORY_PEER_RETURNED), 1);

    reopen(&pair->branch, to_copy);
    put_currency(&pair->branch, 5, "copy");
    must_be_refused(pair);
    assert_true(holds_any(&pair->centre));
    assert_int_equal(objects_of(&pair->centre), 4);
    assert_int_equal(count_of(&pair->centre, FL_HISTORY_HELD_COPY), 1);

    /* Nobody stands in the way of the original meanwhile. */
    reopen(&pair->branch, to_original);
    put_currency(&pair->branch, 6, "original");
    synchronise(pair);
    must_be_equal(pair);
    assert_true(holds_any(&pair->centre));

    /* The operator has stopped the original: the copy goes on, with all that it has. */
    must_explain(&pair->centre, "stop the one that is the copy");
    reopen(&pair->branch, to_copy);
    release(&pair->centre);
    assert_false(holds_any(&pair->centre));
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 6);
}

static void test_a_node_that_is_restored_again_and_again_is_not_taken_for_copies(
    void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "before");
    synchronise(pair);
    reopen(&pair->branch, back_up);
    for (unsigned i = 1; i <= 15; i++) {
        put_currency(&pair->branch, 1 + i, "lost");
        synchronise(pair);
        reopen(&pair->branch, restore);
        synchronise(pair);
        synchronise(pair);
        must_be_equal(pair);
        assert_int_equal(objects_of(&pair->centre), 1 + i);
    }
    assert_false(holds_any(&pair->centre));
}

static void test_history_goes_there_and_back_and_forgets_the_oldest(void **state)
{
    struct pair *pair = *state;
    struct fl_history *history = calloc(1, sizeof *history);
    struct fl_history *again = calloc(1, sizeof *again);
    struct fl_txn txn;
    assert_non_null(history);
    assert_non_null(again);
    for (uint8_t i = 1; i <= 100; i++) {
        struct fl_uuid incarnation = {{i}};
        struct fl_history_event event = {
            .kind = FL_HISTORY_REFUSED_BY_PEER,
            .first_ms = i,
            .last_ms = i,
            .number = i,
            .incarnation = incarnation,
            .text = "слова"};
        fl_history_add(history, &event);
        fl_history_add(history, &event);
        fl_history_turn(history, incarnation, i);
        fl_history_hold(history, incarnation);
    }
    history->changes_held = true;
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_KEEP);
    fl_history_put(&txn, 77, history);
    fl_history_get(&txn, 77, again);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    assert_memory_equal(history, again, sizeof *history);
    assert_int_equal(history->event_count, FL_HISTORY_EVENTS_MAX);
    assert_int_equal(history->turn_count, FL_HISTORY_TURNS_MAX);
    assert_int_equal(history->held_count, FL_HISTORY_HELD_MAX);
    assert_int_equal(history->events[FL_HISTORY_EVENTS_MAX - 1].number, 100);
    assert_int_equal(history->events[0].count, 2);
    free(history);
    free(again);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(test_a_restored_parent_is_followed_once_its_administrator_says_so),
        CASE(test_the_operator_of_a_child_may_follow_a_parent_without_a_record),
        CASE(test_a_parent_is_restored_twice),
        CASE(test_a_parent_of_old_is_not_followed_on_its_old_record),
        CASE(test_a_record_that_was_not_signed_by_the_parent_counts_for_nothing),
        CASE(test_both_sides_are_restored),
        CASE(test_a_copy_beside_its_original_is_held_and_loses_nothing),
        CASE(test_a_node_that_is_restored_again_and_again_is_not_taken_for_copies),
        CASE(test_history_goes_there_and_back_and_forgets_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
