/* Nodes that start anew, as they were or from a backup. */

#include "pair.h"

#include "storage/collisions.h"

static const char back_up[] = "rm -rf ../kept && cp -r store ../kept";
static const char restore[] = "rm -rf store && cp -r ../kept store";

static void test_a_restart_goes_on_where_both_were(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 1500);
    synchronise(pair);
    reopen(&pair->branch, NULL);
    reopen(&pair->centre, NULL);
    struct fixture_state before = fixture_content(pair->centre.node);
    synchronise(pair);
    fixture_must_be_unchanged(pair->centre.node, &before);
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    must_be_equal(pair);
}

/* More than it takes for the centre to write down how far it has looked. */
static void test_what_was_looked_through_is_not_missed_later(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 11000);
    synchronise(pair);
    synchronise(pair);
    put_currency(&pair->centre, 1, "one");
    reopen(&pair->centre, NULL);
    put_currency(&pair->centre, 2, "two");
    synchronise(pair);
    must_be_equal(pair);
    reopen(&pair->centre, NULL);
    put_currency(&pair->centre, 3, "three");
    synchronise(pair);
    must_be_equal(pair);
}

static void test_a_restored_branch_gets_back_what_it_lost(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "before");
    put_currency(&pair->centre, 10, "of centre");
    synchronise(pair);
    reopen(&pair->branch, back_up);
    put_currency(&pair->branch, 2, "lost");
    put_currency(&pair->centre, 11, "of centre");
    synchronise(pair);
    reopen(&pair->branch, restore);
    put_currency(&pair->branch, 3, "after");
    put_currency(&pair->centre, 12, "of centre");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 6);
}

static void test_a_restored_centre_gets_back_what_it_lost(void **state)
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
    put_currency(&pair->centre, 12, "after");
    adopt(&pair->centre);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 6);
}

/*
 * The centre is put back in silence, to before it got "second", and goes on with a copy
 * of the branch, which knows nothing of that. When the branch itself comes back, the
 * centre sees that it has confirmed what it does not have.
 */
static void test_what_a_lost_life_confirmed_is_not_given_up(void **state)
{
    static const char copy[] = "rm -rf ../copy && cp -r store ../copy";
    static const char be_copy[] = "mv store ../original && mv ../copy store";
    static const char be_original[] = "mv store ../copy && mv ../original store";
    struct pair *pair = *state;
    struct fl_txn txn;

    put_currency(&pair->branch, 1, "first");
    synchronise(pair);
    reopen(&pair->branch, copy);
    reopen(&pair->centre, back_up);
    put_currency(&pair->branch, 1, "second");
    synchronise(pair);
    must_say_of(&pair->centre, 1, "second");
    reopen(&pair->centre, restore);
    reopen(&pair->branch, be_copy);
    put_currency(&pair->branch, 2, "copy");
    synchronise(pair);
    reopen(&pair->branch, be_original);
    assert_false(synchronise_within(pair, PATIENCE_MS)); /* who put it back must say so */
    adopt(&pair->centre);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_READ);
    assert_true(fl_collisions_count(&txn) > 0); /* the parent wins, on record */
    fl_txn_abort(&txn);
}

/* What each of its lives did is known from run to run; a peer sees only the present one.
 */
static void test_a_restart_is_another_life_and_nothing_was_lost(void **state)
{
    struct pair *pair = *state;

    for (unsigned i = 1; i < 6; i++) {
        put_currency(&pair->branch, i, "branch");
        put_currency(&pair->centre, 10 + i, "centre");
        synchronise(pair);
        reopen(&pair->branch, NULL);
        reopen(&pair->centre, NULL);
    }
    struct fl_uuid branch = pair->branch.node->identity->incarnation;
    struct fl_uuid centre = pair->centre.node->identity->incarnation;

    synchronise(pair);
    must_be_equal(pair);
    reopen(&pair->branch, NULL);
    reopen(&pair->centre, NULL);
    assert_true(fl_uuid_equal(branch, pair->branch.node->identity->incarnation));
    assert_true(fl_uuid_equal(centre, pair->centre.node->identity->incarnation));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(test_a_restart_goes_on_where_both_were),
        CASE(test_what_was_looked_through_is_not_missed_later),
        CASE(test_a_restored_branch_gets_back_what_it_lost),
        CASE(test_a_restored_centre_gets_back_what_it_lost),
        CASE(test_what_a_lost_life_confirmed_is_not_given_up),
        CASE(test_a_restart_is_another_life_and_nothing_was_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
