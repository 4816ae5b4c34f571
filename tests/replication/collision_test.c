/*
 * The tables of the distributed infobase, row by row (v8msg.md, B.5 to B.7).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replication/collision.h"

static struct fl_collision_case collision(enum fl_collision_rule rule, bool from_parent)
{
    return (struct fl_collision_case){
        .rule = rule,
        .from_parent = from_parent,
        .registered = true,
        .exists = true,
    };
}

static void expect(
    struct fl_collision_case facts,
    bool accept,
    bool keep_registration,
    bool record,
    bool open)
{
    struct fl_collision_decision decision = fl_collision_decide(facts);

    assert_int_equal(decision.accept, accept);
    assert_int_equal(decision.keep_registration, keep_registration);
    assert_int_equal(decision.record, record);
    assert_int_equal(decision.open, open);
}

static void test_what_is_not_registered_is_accepted_without_a_record(void **state)
{
    (void)state;
    for (int rule = FL_COLLISION_PARENT_WINS; rule <= FL_COLLISION_BY_HAND; rule++) {
        for (int from_parent = 0; from_parent < 2; from_parent++) {
            struct fl_collision_case facts =
                collision((enum fl_collision_rule)rule, from_parent);

            facts.registered = false;
            expect(facts, true, false, false, false);
            facts.exists = false;
            expect(facts, true, false, false, false);
        }
    }
}

static void test_the_parent_wins_by_default(void **state)
{
    (void)state;
    expect(
        collision(FL_COLLISION_PARENT_WINS, /* from_parent= */ true), true, false, true,
        false);
    expect(
        collision(FL_COLLISION_PARENT_WINS, /* from_parent= */ false), false, true, true,
        false);
}

static void test_the_child_wins_by_rule(void **state)
{
    (void)state;
    expect(
        collision(FL_COLLISION_CHILD_WINS, /* from_parent= */ true), false, true, true,
        false);
    expect(
        collision(FL_COLLISION_CHILD_WINS, /* from_parent= */ false), true, false, true,
        false);
}

static void test_by_hand_is_the_default_and_listed_as_open(void **state)
{
    (void)state;
    expect(
        collision(FL_COLLISION_BY_HAND, /* from_parent= */ true), true, false, true,
        true);
    expect(
        collision(FL_COLLISION_BY_HAND, /* from_parent= */ false), false, true, true,
        true);
}

static void test_equal_content_is_no_collision_and_is_not_written(void **state)
{
    struct fl_collision_case facts =
        collision(FL_COLLISION_PARENT_WINS, /* from_parent= */ true);

    (void)state;
    facts.equal = true;
    expect(facts, false, true, false, false);
    facts.registered = false;
    expect(facts, false, false, false, false);
}

static void test_a_hook_decides_otherwise_and_the_loser_is_recorded(void **state)
{
    struct fl_collision_case facts =
        collision(FL_COLLISION_PARENT_WINS, /* from_parent= */ false);

    (void)state;
    facts.hook = FL_COLLISION_HOOK_ACCEPT;
    expect(facts, true, false, true, false);
    facts.from_parent = true;
    facts.hook = FL_COLLISION_HOOK_IGNORE;
    expect(facts, false, true, true, false);
}

static void test_a_hook_may_ignore_what_does_not_collide(void **state)
{
    struct fl_collision_case facts =
        collision(FL_COLLISION_PARENT_WINS, /* from_parent= */ false);

    (void)state;
    facts.registered = false;
    facts.hook = FL_COLLISION_HOOK_IGNORE;
    expect(facts, false, false, false, false);
}

static void test_what_is_sent_back_is_registered_whoever_won(void **state)
{
    struct fl_collision_case facts =
        collision(FL_COLLISION_PARENT_WINS, /* from_parent= */ true);

    (void)state;
    facts.send_back = true;
    assert_true(fl_collision_decide(facts).send_back);
    facts.equal = true;
    assert_true(fl_collision_decide(facts).send_back);
}

static void test_a_ban_comes_before_rule_and_hook(void **state)
{
    struct fl_collision_case facts =
        collision(FL_COLLISION_PARENT_WINS, /* from_parent= */ true);

    (void)state;
    facts.banned = true;
    facts.hook = FL_COLLISION_HOOK_ACCEPT;
    expect(facts, false, true, true, true);
    assert_true(fl_collision_decide(facts).banned);
    facts.registered = false;
    facts.exists = false;
    expect(facts, false, false, true, true);
}

static void test_an_equal_object_under_a_ban_is_nothing(void **state)
{
    struct fl_collision_case facts =
        collision(FL_COLLISION_PARENT_WINS, /* from_parent= */ true);

    (void)state;
    facts.banned = true;
    facts.equal = true;
    expect(facts, false, true, false, false);
    assert_false(fl_collision_decide(facts).banned);
}

static void test_rules_have_names(void **state)
{
    (void)state;
    assert_string_equal(fl_collision_rule_name(FL_COLLISION_PARENT_WINS), "parent wins");
    assert_string_equal(fl_collision_rule_name(FL_COLLISION_CHILD_WINS), "child wins");
    assert_string_equal(fl_collision_rule_name(FL_COLLISION_BY_HAND), "by hand");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_registered_is_accepted_without_a_record),
        cmocka_unit_test(test_the_parent_wins_by_default),
        cmocka_unit_test(test_the_child_wins_by_rule),
        cmocka_unit_test(test_by_hand_is_the_default_and_listed_as_open),
        cmocka_unit_test(test_equal_content_is_no_collision_and_is_not_written),
        cmocka_unit_test(test_a_hook_decides_otherwise_and_the_loser_is_recorded),
        cmocka_unit_test(test_a_hook_may_ignore_what_does_not_collide),
        cmocka_unit_test(test_what_is_sent_back_is_registered_whoever_won),
        cmocka_unit_test(test_a_ban_comes_before_rule_and_hook),
        cmocka_unit_test(test_an_equal_object_under_a_ban_is_nothing),
        cmocka_unit_test(test_rules_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
