#include "pair.h"

#include "horizon.h"
#include "storage/sweeper.h"

#define DAY_MS INT64_C(86400000)

static int64_t clock_ms;

/* What the daemon does when there is time; deletions that were forgotten. */
static uint64_t sweep(struct side *side)
{
    struct fl_sweep sweep = {.lsn_next = 0};
    struct fl_error error;

    while (!sweep.done) {
        struct fl_horizon horizon = fl_horizon_look(side->replicator, clock_ms);
        sweep.tombstones_to = horizon.tombstones_to;
        if (fl_sweep(side->node->store, horizon.dead_to, &sweep, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
    }
    return sweep.tombstones;
}

static uint64_t pass_days(struct pair *pair, unsigned days)
{
    uint64_t forgotten = 0;

    for (unsigned day = 0; day < days; day++) {
        clock_ms += DAY_MS;
        forgotten += sweep(&pair->centre);
    }
    return forgotten;
}

static void remove_currency(struct side *side, unsigned number)
{
    char line[200];
    snprintf(
        line, sizeof line,
        "{\"delete\":\"Catalog.Валюты:11111111-2222-4333-8444-%012u\"}", number);
    batch(side, line);
}

static bool is_known(struct side *side, unsigned number)
{
    char text[64];
    struct fl_txn txn;
    uint64_t lsn;
    const struct fl_type *type = fl_configuration_find_full(
        side->node->configuration, fl_bytes_of_text("Catalog.Валюты"));
    struct fl_key key = {.type = type->number};
    snprintf(text, sizeof text, "11111111-2222-4333-8444-%012u", number);
    assert_int_equal(fl_uuid_parse(fl_bytes_of_text(text), &key.id), FL_OK);
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    enum fl_status status = fl_object_lsn(&txn, key, &lsn);
    fl_txn_abort(&txn);
    return status == FL_OK;
}

/* A centre with five currencies that the branch has too; then the branch is gone. */
static void part(struct pair *pair)
{
    clock_ms = fl_node_now_ms();
    for (unsigned i = 1; i <= 5; i++) {
        put_currency(&pair->centre, i, "old");
    }
    synchronise(pair);
    (void)sweep(&pair->centre);
    disconnect(pair);
}

static void come_back(struct pair *pair)
{
    synchronise(pair);
    for (unsigned turns = 0; turns < 2000 && pair->centre.link->peer.is_behind; turns++) {
        turn(pair);
    }
    assert_false(pair->centre.link->peer.is_behind);
    synchronise(pair);
    (void)sweep(&pair->centre);
    assert_false(pair->centre.link->peer.is_away);
}

static void test_what_a_live_branch_has_not_taken_is_not_forgotten(void **state)
{
    struct pair *pair = *state;
    part(pair);
    remove_currency(&pair->centre, 1);
    put_currency(&pair->centre, 6, "new");
    assert_int_equal(pass_days(pair, 80), 0);
    assert_false(pair->centre.link->peer.is_away);
    synchronise(pair);
    assert_true(is_known(&pair->centre, 1)); /* as a deletion */
    must_be_equal(pair);
    /* Taken, and old enough by now. */
    assert_int_equal(pass_days(pair, 95), 1);
    assert_false(is_known(&pair->centre, 1));
    assert_false(pair->centre.link->peer.is_behind);
}

static void test_a_branch_away_for_months_holds_nothing_back(void **state)
{
    struct pair *pair = *state;
    part(pair);
    remove_currency(&pair->centre, 1);
    put_currency(&pair->centre, 2, "newer");
    assert_int_equal(pass_days(pair, 100), 1);
    assert_true(pair->centre.link->peer.is_away);
    assert_true(pair->centre.link->peer.is_behind);
    assert_false(is_known(&pair->centre, 1));
    const char *const words[] = {"status"};
    run_on(&pair->centre, NULL, 1, words);
    fixture_must_say(pair->fixture->out, "away");
}

static void test_who_comes_back_deletes_what_was_deleted_and_loses_nothing(void **state)
{
    struct pair *pair = *state;
    part(pair);
    remove_currency(&pair->centre, 1);
    remove_currency(&pair->centre, 2);
    put_currency(&pair->centre, 3, "of centre");
    /* Meanwhile in the branch: one of those changed, one entered. */
    put_currency(&pair->branch, 2, "of branch");
    put_currency(&pair->branch, 7, "ours too");
    assert_int_equal(pass_days(pair, 100), 2);
    come_back(pair);
    must_be_equal(pair);
    must_say_of(&pair->branch, 2, "of branch");
    must_say_of(&pair->centre, 7, "ours too");
    must_say_of(&pair->branch, 3, "of centre");
    assert_int_equal(objects_of(&pair->branch), 5);
}

static void test_what_came_from_the_branch_itself_is_deleted_there_too(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 8, "ours");
    part(pair);
    remove_currency(&pair->centre, 8);
    put_currency(&pair->centre, 3, "x");
    assert_int_equal(pass_days(pair, 100), 1);
    come_back(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 5);
}

static void test_it_is_marked_again_after_a_restart(void **state)
{
    struct pair *pair = *state;
    part(pair);
    remove_currency(&pair->centre, 1);
    put_currency(&pair->centre, 3, "x");
    assert_int_equal(pass_days(pair, 100), 1);
    reopen(&pair->centre, NULL);
    assert_true(pair->centre.link->peer.is_away);
    assert_true(pair->centre.link->peer.is_behind);
    come_back(pair);
    must_be_equal(pair);
}

static void test_a_branch_from_an_old_backup_is_reconciled(void **state)
{
    struct pair *pair = *state;
    char shell[2 * FIXTURE_PATH_BYTES];
    part(pair);
    snprintf(shell, sizeof shell, "rm -rf ../kept && cp -r . ../kept");
    reopen(&pair->branch, shell);
    remove_currency(&pair->centre, 1);
    put_currency(&pair->centre, 3, "x");
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(pass_days(pair, 100), 1);
    reopen(&pair->branch, "cp -r ../kept/* .");
    assert_int_equal(objects_of(&pair->branch), 5);
    synchronise(pair);
    come_back(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 4);
}

static void test_a_clock_that_jumps_forgets_nothing_too_early_for_long(void **state)
{
    struct pair *pair = *state;
    part(pair);
    remove_currency(&pair->centre, 1);
    put_currency(&pair->centre, 3, "x");
    clock_ms += 10000 * DAY_MS;
    (void)sweep(&pair->centre);
    clock_ms -= 10000 * DAY_MS;
    (void)sweep(&pair->centre);
    come_back(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 4);
    (void)sweep(&pair->centre);
    assert_false(pair->centre.link->peer.is_away);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
        TEST(test_what_a_live_branch_has_not_taken_is_not_forgotten),
        TEST(test_a_branch_away_for_months_holds_nothing_back),
        TEST(test_who_comes_back_deletes_what_was_deleted_and_loses_nothing),
        TEST(test_what_came_from_the_branch_itself_is_deleted_there_too),
        TEST(test_it_is_marked_again_after_a_restart),
        TEST(test_a_branch_from_an_old_backup_is_reconciled),
        TEST(test_a_clock_that_jumps_forgets_nothing_too_early_for_long),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
