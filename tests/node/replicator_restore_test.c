/* Nodes that start anew, as they were or from a backup. */

#include "pair.h"

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

#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(test_a_restart_goes_on_where_both_were),
        CASE(test_what_was_looked_through_is_not_missed_later),
        CASE(test_a_restored_branch_gets_back_what_it_lost),
        CASE(test_a_restored_centre_gets_back_what_it_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
