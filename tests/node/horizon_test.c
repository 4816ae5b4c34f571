#include "pair.h"

#include "recovery/horizon.h"
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

/* 0: not known; otherwise its lsn, and whether it is deleted. */
static uint64_t lsn_of(struct side *side, unsigned number, bool *out_deleted)
{
    char text[64];
    struct fl_txn txn;
    struct fl_entry entry = {.lsn = 0};
    const struct fl_type *type = fl_configuration_find_full(
        side->node->configuration, fl_bytes_of_text("Catalog.Валюты"));
    struct fl_key key = {.type = type->number};
    snprintf(text, sizeof text, "11111111-2222-4333-8444-%012u", number);
    assert_int_equal(fl_uuid_parse(fl_bytes_of_text(text), &key.id), FL_OK);
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    if (fl_object_get(&txn, key, &entry) != FL_OK) {
        entry.lsn = 0;
    }
    fl_txn_abort(&txn);
    *out_deleted = entry.flags != 0;
    return entry.lsn;
}

static bool is_known(struct side *side, unsigned number)
{
    bool deleted;
    return lsn_of(side, number, &deleted) > 0;
}

static bool is_there(struct side *side, unsigned number)
{
    bool deleted;
    return lsn_of(side, number, &deleted) > 0 && !deleted;
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

/* It was deleted, which is forgotten, and then entered anew for others. */
static void test_what_is_for_others_now_is_withdrawn_from_who_is_reconciled(void **state)
{
    static const char *const filter[] = {
        "filter", "set", "Catalog.Валюты", "Description in $слова"};
    static const char *const words[] = {"filter", "value", "Ф01", "слова", "old"};
    struct pair *pair = *state;
    part(pair);
    reopen(&pair->branch, "rm -rf ../kept && cp -r . ../kept");
    remove_currency(&pair->centre, 1);
    put_currency(&pair->centre, 6, "old");
    synchronise(pair);
    assert_int_equal(pass_days(pair, 100), 1);
    run_on(&pair->centre, NULL, 4, filter);
    run_on(&pair->centre, NULL, 5, words);
    synchronise(pair);
    put_currency(&pair->centre, 1, "anew");
    reopen(&pair->branch, "cp -r ../kept/* .");
    assert_true(is_there(&pair->branch, 1));
    synchronise(pair);
    come_back(pair);
    assert_false(is_there(&pair->branch, 1));
    assert_true(is_there(&pair->centre, 1));
    for (unsigned i = 2; i <= 6; i++) {
        assert_true(is_there(&pair->branch, i));
    }
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

/* A branch that is alone for months keeps what it has to say. */
static void test_a_parent_is_waited_for_always(void **state)
{
    struct pair *pair = *state;
    part(pair);
    (void)sweep(&pair->branch);
    remove_currency(&pair->branch, 1);
    put_currency(&pair->branch, 2, "x");
    for (unsigned days = 0; days < 400; days += 10) {
        clock_ms += 10 * DAY_MS;
        assert_int_equal(sweep(&pair->branch), 0);
    }
    assert_false(pair->branch.link->peer.is_away);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 4);
}

/* -- anything in any order -- */

enum { LIVES = 12, STEPS = 40, NUMBERS = 12 };

static uint64_t chance;

static unsigned draw(unsigned below)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(chance >> 33) % below;
}

static void write_something(struct side *side)
{
    unsigned number = 1 + draw(NUMBERS);
    char words[12];
    if (is_there(side, number) && draw(2) == 0) {
        remove_currency(side, number);
        return;
    }
    snprintf(
        words, sizeof words, "%c%u", side == &side->pair->branch ? 'b' : 'c', draw(1000));
    put_currency(side, number, words);
}

static void live_a_step(struct pair *pair)
{
    switch (draw(10)) {
    case 0:
        reopen(&pair->branch, "rm -rf ../kept && cp -r . ../kept");
        break;
    case 1:
        reopen(&pair->branch, "if [ -d ../kept ]; then cp -r ../kept/* .; fi");
        break;
    case 2:
        if (pair->connected) {
            disconnect(pair);
        }
        clock_ms += draw(60) * DAY_MS;
        break;
    case 3:
    case 4:
        synchronise(pair);
        break;
    case 5:
        (void)sweep(&pair->centre);
        (void)sweep(&pair->branch);
        break;
    case 6:
        clock_ms += draw(20) * DAY_MS;
        (void)sweep(&pair->centre);
        break;
    case 7:
    case 8:
        write_something(&pair->centre);
        break;
    default:
        write_something(&pair->branch);
    }
}

static void test_whatever_happens_both_end_with_the_same(void **state)
{
    for (unsigned life = 0; life < LIVES; life++) {
        struct pair *pair = *state;
        unsigned entered = 100 + life;
        chance = life + 1;
        part(pair);
        for (unsigned step = 0; step < STEPS; step++) {
            live_a_step(pair);
        }
        /* What is entered last in the branch is lost by none of it. */
        put_currency(&pair->branch, entered, "kept");
        synchronise(pair);
        come_back(pair);
        synchronise(pair);
        must_be_equal(pair);
        must_say_of(&pair->centre, entered, "kept");
        if (life + 1 < LIVES) {
            pair_teardown(state);
            pair_setup(state);
        }
    }
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
        TEST(test_what_is_for_others_now_is_withdrawn_from_who_is_reconciled),
        TEST(test_a_clock_that_jumps_forgets_nothing_too_early_for_long),
        TEST(test_a_parent_is_waited_for_always),
        TEST(test_whatever_happens_both_end_with_the_same),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
