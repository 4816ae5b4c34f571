/* What could not be applied: held whole, tried again, given up. */

#include "pair.h"

#include "peer/history.h"
#include "recovery/applying.h"
#include "recovery/replay.h"
#include "storage/nodes.h"

#define FIRM "Catalog.Контрагенты:22222222-2222-4333-8444-000000000001"

static uint64_t held_at(const struct side *side)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    uint64_t count = fl_quarantine_count(&txn);
    fl_txn_abort(&txn);
    return count;
}

static bool has_event(const struct side *side, enum fl_history_kind kind)
{
    struct fl_history *history = calloc(1, sizeof *history);
    struct fl_txn txn;
    bool found = false;
    assert_non_null(history);
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    fl_history_get(&txn, 1, history);
    fl_txn_abort(&txn);
    for (size_t i = 0; i < history->event_count; i++) {
        found = found || history->events[i].kind == kind;
    }
    free(history);
    return found;
}

static void plan(struct side *side, const char *verb)
{
    const char *const words[] = {"plan", verb, "Catalog.Валюты"};
    run_on(side, NULL, 3, words);
}

static struct fl_replay_result retry(struct side *side)
{
    struct fl_replay_result result;
    struct fl_error error;
    if (fl_replay(side->node, 0, &result, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return result;
}

/* One transaction of two objects, of which the centre's plan has but one now. */
static void put_aside(struct pair *pair)
{
    synchronise(pair);
    plan(&pair->centre, "remove");
    batch(
        &pair->branch,
        "{\"put\":\"Catalog.Валюты:11111111-2222-4333-8444-000000000001\",\"set\":{"
        "\"Code\":\"1\",\"Description\":\"one\"}}\n"
        "{\"put\":\"" FIRM "\",\"set\":{\"Description\":\"first\"}}\n");
    synchronise(pair);
    assert_int_equal(held_at(&pair->centre), 2);
    assert_true(has_event(&pair->centre, FL_HISTORY_QUARANTINED));
}

static void must_come_from_the_branch(const struct pair *pair)
{
    struct fl_txn txn;
    struct fl_entry entry;
    struct fl_uuid node;
    struct fl_journal_scan scan = {0};
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_READ);
    fl_journal_scan_begin(&scan, &txn, fl_journal_head(&txn));
    assert_int_equal(fl_journal_scan_next(&scan, &entry), FL_OK);
    assert_int_equal(fl_nodes_by_number(&txn, entry.origin, &node), FL_OK);
    assert_true(fl_uuid_equal(node, pair->branch.node->identity->node));
    fl_journal_scan_end(&scan);
    fl_txn_abort(&txn);
}

static void test_what_was_put_aside_is_applied_once_it_can_be(void **state)
{
    struct pair *pair = *state;
    put_aside(pair);
    /* What changes one of them later waits with it. */
    batch(&pair->branch, "{\"put\":\"" FIRM "\",\"set\":{\"Description\":\"second\"}}\n");
    synchronise(pair);
    assert_int_equal(held_at(&pair->centre), 3);
    struct fl_replay_result result = retry(&pair->centre);
    assert_int_equal(result.applied, 0);
    assert_int_equal(result.left, 3);

    plan(&pair->centre, "add");
    result = retry(&pair->centre);
    assert_int_equal(result.applied, 3);
    assert_int_equal(result.left, 0);
    assert_int_equal(held_at(&pair->centre), 0);
    must_come_from_the_branch(pair);
    uint64_t lsn = pair->centre.bytes_sent;
    reopen(&pair->centre, NULL);
    synchronise(pair);
    must_be_equal(pair);
    assert_true(lsn > 0);
    const char *const get[] = {"object", "get", FIRM};
    run_on(&pair->centre, NULL, 3, get);
    fixture_must_say(pair->fixture->out, "second");
    run_on(&pair->branch, NULL, 3, get);
    fixture_must_say(pair->fixture->out, "second");
}

static void test_a_change_made_here_meanwhile_collides_with_what_was_held(void **state)
{
    struct pair *pair = *state;
    put_aside(pair);
    batch(&pair->centre, "{\"put\":\"" FIRM "\",\"set\":{\"Description\":\"ours\"}}\n");
    plan(&pair->centre, "add");
    struct fl_replay_result result = retry(&pair->centre);
    assert_int_equal(result.applied, 2);
    const char *const list[] = {"collision", "list"};
    run_on(&pair->centre, NULL, 2, list);
    fixture_must_say(pair->fixture->out, "Контрагенты");
    reopen(&pair->centre, NULL);
    synchronise(pair);
    must_be_equal(pair);
    const char *const get[] = {"object", "get", FIRM};
    run_on(&pair->branch, NULL, 3, get);
    fixture_must_say(pair->fixture->out, "ours");
}

static void test_what_is_given_up_goes_with_its_transaction_and_is_on_record(void **state)
{
    struct pair *pair = *state;
    const char *const asked[] = {"quarantine", "drop", "2"};
    const char *const meant[] = {"quarantine", "drop", "2", "--yes", "--by", "Анна"};
    const char *const show[] = {"quarantine", "show", "2"};
    const char *const explain[] = {"node", "explain", "Ф01"};
    put_aside(pair);
    run_on(&pair->centre, NULL, 3, show);
    fixture_must_say(pair->fixture->out, "first");
    pair->fixture->node = pair->centre.node;
    assert_int_equal(fixture_run_words(pair->fixture, NULL, 3, asked), 2);
    pair->fixture->node = NULL;
    fixture_must_say(pair->fixture->complaint, "--yes");
    assert_int_equal(held_at(&pair->centre), 2);
    run_on(&pair->centre, NULL, 6, meant);
    assert_int_equal(held_at(&pair->centre), 0);
    assert_true(has_event(&pair->centre, FL_HISTORY_DROPPED));
    run_on(&pair->centre, NULL, 3, explain);
    fixture_must_say(pair->fixture->out, "given up out of quarantine by Анна");
    /* A later change of the same object flows again. */
    reopen(&pair->centre, NULL);
    batch(&pair->branch, "{\"put\":\"" FIRM "\",\"set\":{\"Description\":\"later\"}}\n");
    synchronise(pair);
    assert_int_equal(held_at(&pair->centre), 0);
    assert_int_equal(objects_of(&pair->centre), 1);
}

static void test_a_full_quarantine_stops_the_stream_until_somebody_looked(void **state)
{
    struct pair *pair = *state;
    put_aside(pair);
    pair->centre.node->settings.quarantine_max = 2;
    batch(
        &pair->branch,
        "{\"put\":\"Catalog.Контрагенты:22222222-2222-4333-8444-000000000002\",\"set\":{"
        "\"Description\":\"waits\"}}\n");
    assert_false(synchronise_within(pair, 20000));
    assert_int_equal(objects_of(&pair->centre), 0);
    assert_true(has_event(&pair->centre, FL_HISTORY_STOPPED));
    plan(&pair->centre, "add");
    assert_int_equal(retry(&pair->centre).applied, 2);
    reopen(&pair->centre, NULL);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 3);
}

static void test_a_new_program_or_configuration_tries_once(void **state)
{
    struct pair *pair = *state;
    put_aside(pair);
    fl_replay_after_change(pair->centre.node);
    assert_int_equal(held_at(&pair->centre), 2);
    plan(&pair->centre, "add");
    fl_replay_after_change(pair->centre.node); /* the same ones as before */
    assert_int_equal(held_at(&pair->centre), 2);
    assert_int_equal(retry(&pair->centre).applied, 2);
}

/* Where a process leaves off that ended while it applied this object. */
static void end_at(struct side *side, unsigned size_more)
{
    struct fl_applying applying;
    struct fl_txn txn;
    struct fl_entry entry;
    fl_txn_begin(&txn, side->other->node->store, FL_TXN_READ);
    assert_int_equal(fl_journal_get(&txn, fl_journal_head(&txn), &entry), FL_OK);
    fl_applying_open(&applying, side->node->directory);
    fl_applying_object(&applying, 1, entry.key, entry.record.size + size_more);
    fl_applying_close(&applying);
    fl_txn_abort(&txn);
}

static void test_an_object_that_ends_the_process_each_time_is_put_aside(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    put_currency(&pair->branch, 1, "poison");
    /* Once and twice it may have been something else. */
    end_at(&pair->centre, 0);
    end_at(&pair->centre, 1);
    end_at(&pair->centre, 0);
    end_at(&pair->centre, 0);
    reopen(&pair->centre, NULL);
    synchronise(pair);
    assert_int_equal(held_at(&pair->centre), 1);
    assert_int_equal(objects_of(&pair->centre), 0);
    /* Once it is asked for, it is tried. */
    assert_int_equal(retry(&pair->centre).applied, 1);
    assert_int_equal(objects_of(&pair->centre), 1);
}

static void test_an_end_now_and_then_puts_nothing_aside(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    put_currency(&pair->branch, 1, "sound");
    end_at(&pair->centre, 0);
    end_at(&pair->centre, 1);
    end_at(&pair->centre, 0);
    reopen(&pair->centre, NULL);
    synchronise(pair);
    assert_int_equal(held_at(&pair->centre), 0);
    must_be_equal(pair);
}

static void delete_some(struct side *side, unsigned first, unsigned count)
{
    char line[200];
    char *lines = calloc(count, sizeof line);
    assert_non_null(lines);
    for (unsigned i = 0; i < count; i++) {
        snprintf(
            line, sizeof line,
            "{\"delete\":\"Catalog.Контрагенты:11111111-2222-4333-8444-%012u\"}\n",
            first + i);
        strcat(lines, line);
    }
    batch(side, lines);
    free(lines);
}

static void test_a_child_that_deletes_much_waits_for_an_operator(void **state)
{
    struct pair *pair = *state;
    const char *const release[] = {"node", "release", "Ф01", "--by", "Анна"};
    const char *const explain[] = {"node", "explain", "Ф01"};
    struct fl_error error;
    pair->centre.node->settings.hold_objects = 15;
    put_many(&pair->branch, 1, 100);
    synchronise(pair); /* what is new is no change */
    delete_some(&pair->branch, 1, 15);
    synchronise(pair); /* few, whatever the share */
    assert_int_equal(objects_of(&pair->centre), 85);
    delete_some(&pair->branch, 16, 45);
    assert_false(synchronise_within(pair, 20000));
    assert_int_equal(objects_of(&pair->centre), 85);
    assert_true(has_event(&pair->centre, FL_HISTORY_HELD_CHANGES));
    run_on(&pair->centre, NULL, 3, explain);
    fixture_must_say(pair->fixture->out, "it would change or delete more than");
    /* It stays so, whoever starts anew. */
    reopen(&pair->centre, NULL);
    pair->centre.node->settings.hold_objects = 15;
    assert_false(synchronise_within(pair, 20000));
    run_on(&pair->centre, NULL, 5, release);
    assert_int_equal(fl_replicator_reload(pair->centre.replicator, &error), FL_OK);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 40);
    /* Released was that series, not the next one. */
    delete_some(&pair->branch, 61, 40);
    assert_false(synchronise_within(pair, 20000));
    assert_int_equal(objects_of(&pair->centre), 40);
}

/* Who was put back is told much by everybody, once: also by who has nothing to say. */
static void test_a_restored_parent_expects_much_in_the_first_round_only(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 100);
    synchronise(pair);
    delete_some(&pair->branch, 1, 40);
    adopt(&pair->centre);
    pair->centre.node->settings.hold_objects = 15;
    synchronise(pair);
    assert_int_equal(objects_of(&pair->centre), 60);
    adopt(&pair->centre);
    pair->centre.node->settings.hold_objects = 15;
    synchronise(pair); /* nothing is told */
    delete_some(&pair->branch, 41, 40);
    assert_false(synchronise_within(pair, 20000));
    assert_int_equal(objects_of(&pair->centre), 60);
    /* Nor is it expected by a process that starts later. */
    reopen(&pair->centre, NULL);
    pair->centre.node->settings.hold_objects = 15;
    assert_false(synchronise_within(pair, 20000));
    assert_int_equal(objects_of(&pair->centre), 60);
}

static void test_a_parent_may_change_as_much_as_it_likes(void **state)
{
    struct pair *pair = *state;
    pair->branch.node->settings.hold_objects = 20;
    put_many(&pair->centre, 1, 100);
    synchronise(pair);
    delete_some(&pair->centre, 1, 100);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(test_what_was_put_aside_is_applied_once_it_can_be),
        CASE(test_a_change_made_here_meanwhile_collides_with_what_was_held),
        CASE(test_what_is_given_up_goes_with_its_transaction_and_is_on_record),
        CASE(test_a_full_quarantine_stops_the_stream_until_somebody_looked),
        CASE(test_a_new_program_or_configuration_tries_once),
        CASE(test_an_object_that_ends_the_process_each_time_is_put_aside),
        CASE(test_an_end_now_and_then_puts_nothing_aside),
        CASE(test_a_child_that_deletes_much_waits_for_an_operator),
        CASE(test_a_restored_parent_expects_much_in_the_first_round_only),
        CASE(test_a_parent_may_change_as_much_as_it_likes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
