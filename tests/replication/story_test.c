/*
 * What happens between nodes, told line by line.
 */

#include "story.h"

/* A centre and branch 1, greeted, with an open window and nothing to do. */
static void begin_greeted(struct story *story)
{
    story_begin(story, 1);
    story_connect(story, BRANCH_1);
    story_sync(story, BRANCH_1, 50);
    story_forget(story);
}

/* The same with nodes of an earlier version, which say nothing of lives. */
static void begin_greeted_without_lives(struct story *story)
{
    story_begin(story, 1);
    story->world->setup.tells_no_lives = true;
    fl_world_crash(story->world, CENTRE, 1);
    fl_world_crash(story->world, BRANCH_1, 1);
    story_pass(story, 5);
    story_connect(story, BRANCH_1);
    story_sync(story, BRANCH_1, 50);
    story_forget(story);
}

/* The same with credit for two chunks at a time. */
static void begin_on_a_thin_line(struct story *story)
{
    story_begin_with_credit(
        story, 1, 2 * FL_MEMORY_ITEMS_PER_CHUNK * FL_MEMORY_ITEM_BYTES);
    story_connect(story, BRANCH_1);
    story_sync(story, BRANCH_1, 50);
    story_forget(story);
}

static void test_two_nodes_meet_and_exchange(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story, 1);
    story_write(&story, BRANCH_1, 1);
    story_write(&story, CENTRE, 2);
    story_connect(&story, BRANCH_1);
    story_sync(&story, BRANCH_1, 100);
    assert_true(story_all_agree(&story));
    story_expect(
        &story, "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: has registered the peer's incarnation\n"
                "centre to branch 1: welcomes, has 0 of the peer's messages\n"
                "branch 1: has registered the peer's incarnation\n"
                "branch 1: begins round 1\n"
                "branch 1: sends message 1 in 1 chunks\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: sends message 1 in 1 chunks\n"
                "centre to branch 1: message 1 is applied, confirms it\n"
                "branch 1: message 1 is applied, confirms it\n"
                "branch 1: message 1 is confirmed\n"
                "branch 1: has nothing more to send\n"
                "centre to branch 1: message 1 is confirmed\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: ends the round: 1 sent, 1 received\n"
                "branch 1: ends the round: 1 sent, 1 received\n");
    story_end(&story);
}

static void test_nothing_to_do_is_one_round_trip(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    uint64_t frames = story.world->frames;

    story_sync(&story, BRANCH_1, 100);
    assert_int_equal(story.world->frames - frames, 2);
    story_expect(
        &story, "branch 1: begins round 2\n"
                "branch 1: has nothing to send\n"
                "centre to branch 1: begins round 2\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: ends the round: 0 sent, 0 received\n"
                "branch 1: ends the round: 0 sent, 0 received\n");
    story_end(&story);
}

static void test_a_change_at_the_centre_asks_for_a_round(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story_write(&story, CENTRE, 3);
    story_pass(&story, 100);
    assert_true(story_all_agree(&story));
    story_expect(
        &story, "centre to branch 1: asks for a round\n"
                "branch 1: begins round 2\n"
                "branch 1: has nothing to send\n"
                "centre to branch 1: begins round 2\n"
                "centre to branch 1: sends message 1 in 1 chunks\n"
                "branch 1: message 1 is applied, confirms it\n"
                "centre to branch 1: message 1 is confirmed\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: ends the round: 1 sent, 0 received\n"
                "branch 1: ends the round: 0 sent, 1 received\n");
    story_end(&story);
}

static void test_a_lost_confirmation_costs_a_greeting_and_nothing_else(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story_write(&story, BRANCH_1, 1);
    story_until(&story, "message 1 is applied");
    fl_world_cut(story.world, BRANCH_1); /* the confirmation is on its way */
    story_connect(&story, BRANCH_1);
    story_pass(&story, 100);
    assert_true(story_all_agree(&story));
    assert_int_equal(story.world->applied, 1);
    story_expect(
        &story, "branch 1: begins round 2\n"
                "branch 1: sends message 1 in 1 chunks\n"
                "centre to branch 1: begins round 2\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: message 1 is applied, confirms it\n"
                "centre to branch 1: is disconnected\n"
                "branch 1: is disconnected\n"
                "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: welcomes, has 1 of the peer's messages\n"
                "branch 1: begins round 1\n"
                "branch 1: has nothing to send\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: ends the round: 0 sent, 0 received\n"
                "branch 1: ends the round: 0 sent, 0 received\n");
    story_end(&story);
}

static void test_a_repeated_message_is_confirmed_again_and_changes_nothing(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story_write(&story, BRANCH_1, 1);
    story.world->weather.repetition = 1000;
    story.world->weather.reorder = true;
    story.world->weather.delay_ms = 6;
    story_pass(&story, 300);
    story_expect(
        &story, "branch 1: begins round 2\n"
                "branch 1: sends message 1 in 1 chunks\n"
                "centre to branch 1: begins round 2\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: message 1 is applied, confirms it\n"
                "centre to branch 1: message 1 came again, confirms it again\n"
                "branch 1: message 1 is confirmed\n"
                "branch 1: has nothing more to send\n"
                "branch 1: ends the round: 1 sent, 0 received\n"
                "centre to branch 1: ends the round: 0 sent, 1 received\n");
    assert_true(story_all_agree(&story));
    assert_int_equal(story.world->applied, 1);
    assert_int_equal(story.world->nodes[CENTRE].memory.head, 1);
    story_end(&story);
}

static void test_a_message_that_was_cut_goes_on_at_its_chunk(void **state)
{
    struct story story;

    (void)state;
    begin_on_a_thin_line(&story);
    story_write_many(&story, BRANCH_1, 0, 12);
    story_until(&story, "staged 3 chunks of message 1");
    fl_world_cut(story.world, BRANCH_1);
    story_pass(&story, 20);
    story_connect(&story, BRANCH_1);
    story_pass(&story, 100);
    assert_true(story_all_agree(&story));
    story_expect(
        &story, "branch 1: begins round 2\n"
                "branch 1: sends message 1 in 6 chunks\n"
                "centre to branch 1: begins round 2\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: staged 1 chunks of message 1\n"
                "centre to branch 1: staged 3 chunks of message 1\n"
                "centre to branch 1: is disconnected\n"
                "branch 1: is disconnected\n"
                "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: welcomes, has 0 of the peer's messages\n"
                "branch 1: begins round 1\n"
                "branch 1: resumes message 1 behind 3 chunks\n"
                "branch 1: sends message 1 in 6 chunks\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: has 3 chunks of message 1 already\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: staged 4 chunks of message 1\n"
                "centre to branch 1: message 1 is applied, confirms it\n"
                "branch 1: message 1 is confirmed\n"
                "branch 1: has nothing more to send\n"
                "branch 1: ends the round: 1 sent, 0 received\n"
                "centre to branch 1: ends the round: 0 sent, 1 received\n");
    story_end(&story);
}

static void test_a_receiver_that_crashes_before_its_commit_asks_again(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story.world->weather.delay_ms = 20;
    story_write(&story, BRANCH_1, 1);
    story_until(&story, "sends message 1");
    story.world->weather.job_ms = 200;
    story_pass(&story, 20); /* it is here and waits for its transaction */
    assert_int_equal(story.world->nodes[CENTRE].job_count, 2);
    fl_world_crash(story.world, CENTRE, 10);
    story.world->weather.job_ms = 1;
    story.world->weather.delay_ms = 1;
    story_pass(&story, 50);
    assert_int_equal(story_value(&story, CENTRE, 1), 0);
    story_connect(&story, BRANCH_1);
    story_pass(&story, 100);
    assert_true(story_all_agree(&story));
    story_expect(
        &story, "branch 1: begins round 2\n"
                "branch 1: sends message 1 in 1 chunks\n"
                "centre to branch 1: begins round 2\n"
                "branch 1: is disconnected\n"
                "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: welcomes, has 0 of the peer's messages\n"
                "branch 1: begins round 1\n"
                "branch 1: sends message 2 in 1 chunks\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: message 2 is applied, confirms it\n"
                "branch 1: message 2 is confirmed\n"
                "branch 1: has nothing more to send\n"
                "branch 1: ends the round: 1 sent, 0 received\n"
                "centre to branch 1: ends the round: 0 sent, 1 received\n");
    story_end(&story);
}

static void test_a_receiver_that_crashes_after_its_commit_has_it(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story.world->weather.delay_ms = 20;
    story_write(&story, BRANCH_1, 1);
    story_until(&story, "sends message 1");
    story.world->weather.crash = 1000; /* the centre's next commit is its last */
    for (int i = 0; i < 100 && story.world->nodes[CENTRE].up; i++) {
        story_pass(&story, 1);
    }
    story.world->weather.crash = 0;
    story.world->weather.delay_ms = 1;
    assert_false(story.world->nodes[CENTRE].up);
    assert_int_not_equal(story_value(&story, CENTRE, 1), 0);
    story_pass(&story, 200);
    story_connect(&story, BRANCH_1);
    story_pass(&story, 100);
    assert_true(story_all_agree(&story));
    assert_int_equal(story.world->applied, 1);
    story_expect(
        &story, "branch 1: begins round 2\n"
                "branch 1: sends message 1 in 1 chunks\n"
                "centre to branch 1: begins round 2\n"
                "centre to branch 1: has nothing more to send\n"
                "branch 1: is disconnected\n"
                "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: welcomes, has 1 of the peer's messages\n"
                "branch 1: begins round 1\n"
                "branch 1: has nothing to send\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: ends the round: 0 sent, 0 received\n"
                "branch 1: ends the round: 0 sent, 0 received\n");
    story_end(&story);
}

static void test_a_number_that_was_given_and_not_sent_is_never_given_again(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story.world->weather.crash = 1000;
    story_write(&story, BRANCH_1, 1);
    story_pass(&story, 5);
    story.world->weather.crash = 0;
    assert_false(story.world->nodes[BRANCH_1].up);
    story_pass(&story, 200);
    story_connect(&story, BRANCH_1);
    story_sync(&story, BRANCH_1, 100);
    assert_true(story_all_agree(&story));
    story_expect(
        &story, "branch 1: begins round 2\n"
                "centre to branch 1: is disconnected\n"
                "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: welcomes, has 0 of the peer's messages\n"
                "branch 1: begins round 1\n"
                "branch 1: sends message 2 in 1 chunks\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: message 2 is applied, confirms it\n"
                "branch 1: message 2 is confirmed\n"
                "branch 1: has nothing more to send\n"
                "branch 1: ends the round: 1 sent, 0 received\n"
                "centre to branch 1: ends the round: 0 sent, 1 received\n");
    story_end(&story);
}

static void test_a_branch_restored_from_a_backup_gets_back_what_it_lost(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story_write(&story, BRANCH_1, 1);
    story_pass(&story, 100);
    fl_memory_copy(story.backup, &story.world->nodes[BRANCH_1].memory);
    story_write(&story, BRANCH_1, 1);
    story_write(&story, BRANCH_1, 2);
    story_pass(&story, 100);
    uint32_t lost = story_value(&story, CENTRE, 1);

    fl_world_crash(story.world, BRANCH_1, 10);
    fl_world_restore(story.world, BRANCH_1, story.backup, /* by_command= */ false);
    story_pass(&story, 50);
    story_write(&story, BRANCH_1, 3); /* entered after the restore, before it knows */
    story_forget(&story);
    story_connect(&story, BRANCH_1);
    story_sync(&story, BRANCH_1, 200);
    assert_true(story_all_agree(&story));
    assert_int_equal(story_value(&story, BRANCH_1, 1), lost);
    assert_int_not_equal(story_value(&story, CENTRE, 3), 0);
    story_expect(
        &story, "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: welcomes, has 2 of the peer's messages\n"
                "branch 1: does not know its message 2: it was restored\n"
                "branch 1: has a new incarnation\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: has registered the peer's incarnation\n"
                "centre to branch 1: welcomes, has 2 of the peer's messages\n"
                "branch 1: begins round 1\n"
                "branch 1: sends message 1 in 1 chunks\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: sends message 1 in 1 chunks\n"
                "centre to branch 1: message 1 is applied, confirms it\n"
                "branch 1: message 1 is confirmed\n"
                "branch 1: has nothing more to send\n"
                "branch 1: message 1 is applied, confirms it\n"
                "centre to branch 1: message 1 is confirmed\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: ends the round: 1 sent, 1 received\n"
                "branch 1: ends the round: 1 sent, 1 received\n");
    story_end(&story);
}

static void test_a_restored_centre_gets_back_what_its_branch_has(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story_write(&story, CENTRE, 1);
    story_pass(&story, 100);
    fl_memory_copy(story.backup, &story.world->nodes[CENTRE].memory);
    story_write(&story, CENTRE, 1);
    story_write(&story, BRANCH_1, 2);
    story_pass(&story, 100);
    uint32_t lost = story_value(&story, BRANCH_1, 1);

    fl_world_crash(story.world, CENTRE, 10);
    fl_world_restore(story.world, CENTRE, story.backup, /* by_command= */ true);
    story_pass(&story, 50);
    story_forget(&story);
    story_connect(&story, BRANCH_1);
    story_sync(&story, BRANCH_1, 200);
    assert_true(story_all_agree(&story));
    assert_int_equal(story_value(&story, CENTRE, 1), lost);
    assert_int_not_equal(story_value(&story, CENTRE, 2), 0);
    assert_int_equal(story.world->nodes[CENTRE].memory.loser_count, 0);
    assert_int_equal(story.world->nodes[BRANCH_1].memory.loser_count, 0);
    story_expect(
        &story, "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 2 of the peer's messages\n"
                "centre to branch 1: welcomes, has 0 of the peer's messages\n"
                "branch 1: has registered the peer's incarnation\n"
                "branch 1: goes back from message 1 to message 0\n"
                "branch 1: begins round 1\n"
                "branch 1: sends message 2 in 1 chunks\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: message 2 is applied, confirms it\n"
                "branch 1: message 2 is confirmed\n"
                "branch 1: has nothing more to send\n"
                "branch 1: ends the round: 1 sent, 0 received\n"
                "centre to branch 1: ends the round: 0 sent, 1 received\n"
                "branch 1: begins round 2\n"
                "branch 1: has nothing to send\n"
                "centre to branch 1: begins round 2\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: ends the round: 0 sent, 0 received\n"
                "branch 1: ends the round: 0 sent, 0 received\n");
    story_end(&story);
}

/* By a peer that says nothing of lives: else it would have seen it by those. */
static void test_a_node_that_does_not_see_its_restore_is_told(void **state)
{
    struct story story;

    (void)state;
    begin_greeted_without_lives(&story);
    fl_memory_copy(story.backup, &story.world->nodes[CENTRE].memory);
    story_write(&story, BRANCH_1, 2); /* the centre only receives: its chain is whole */
    story_pass(&story, 100);
    fl_world_crash(story.world, CENTRE, 10);
    fl_world_restore(story.world, CENTRE, story.backup, /* by_command= */ false);
    story_pass(&story, 50);
    story_forget(&story);
    story_connect(&story, BRANCH_1);
    story_sync(&story, BRANCH_1, 300);
    assert_true(story_all_agree(&story));
    assert_int_not_equal(story_value(&story, CENTRE, 2), 0);
    story_expect(
        &story, "centre to branch 1: is connected\n"
                "branch 1: is connected\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: welcomes, has 0 of the peer's messages\n"
                "branch 1: the peer confirmed message 1 and has 0 now: it was restored\n"
                "branch 1: says hello, has 0 of the peer's messages\n"
                "centre to branch 1: hears that it was restored\n"
                "centre to branch 1: has a new incarnation\n"
                "centre to branch 1: welcomes, has 0 of the peer's messages\n"
                "branch 1: has registered the peer's incarnation\n"
                "branch 1: goes back from message 1 to message 0\n"
                "branch 1: begins round 1\n"
                "branch 1: sends message 2 in 1 chunks\n"
                "centre to branch 1: begins round 1\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: message 2 is applied, confirms it\n"
                "branch 1: message 2 is confirmed\n"
                "branch 1: has nothing more to send\n"
                "branch 1: ends the round: 1 sent, 0 received\n"
                "centre to branch 1: ends the round: 0 sent, 1 received\n"
                "branch 1: begins round 2\n"
                "branch 1: has nothing to send\n"
                "centre to branch 1: begins round 2\n"
                "centre to branch 1: has nothing more to send\n"
                "centre to branch 1: ends the round: 0 sent, 0 received\n"
                "branch 1: ends the round: 0 sent, 0 received\n");
    story_end(&story);
}

static void test_two_branches_and_the_centre_change_one_object(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story, 2);
    story_write(&story, BRANCH_1, 1);
    story_write(&story, BRANCH_2, 1);
    story_write(&story, CENTRE, 1);
    uint32_t of_the_centre = story_value(&story, CENTRE, 1);

    story_connect(&story, BRANCH_1);
    story_connect(&story, BRANCH_2);
    story_sync(&story, BRANCH_1, 100);
    story_sync(&story, BRANCH_2, 100);
    assert_true(story_all_agree(&story));
    assert_int_equal(story_value(&story, BRANCH_1, 1), of_the_centre);
    /* Both losers are on record, at the centre and where they were made. */
    assert_int_equal(story.world->nodes[CENTRE].memory.loser_count, 2);
    assert_int_equal(story.world->nodes[BRANCH_1].memory.loser_count, 1);
    assert_int_equal(story.world->nodes[BRANCH_2].memory.loser_count, 1);
    story_end(&story);
}

/*
 * The centre's version is confirmed while the branch's own, written without knowing it,
 * is still on its way: the confirmation must not make it look like a later one.
 */
static void test_a_confirmation_that_overtakes_a_message_does_not_decide_it(void **state)
{
    struct story story;

    (void)state;
    begin_greeted(&story);
    story_write(&story, BRANCH_1, 1);
    story_write(&story, CENTRE, 1);
    uint32_t of_the_centre = story_value(&story, CENTRE, 1);

    story_pass(&story, 200);
    assert_true(story_all_agree(&story));
    assert_int_equal(story_value(&story, BRANCH_1, 1), of_the_centre);
    story_end(&story);
}

static void test_a_closed_window_stops_at_a_chunk(void **state)
{
    struct story story;

    (void)state;
    begin_on_a_thin_line(&story);
    story_write_many(&story, BRANCH_1, 0, 12);
    story_until(&story, "staged 3 chunks of message 1");
    fl_world_tell(story.world, BRANCH_1, CENTRE, FL_SESSION_WINDOW_CLOSED);
    story_pass(&story, 200);
    assert_false(story_all_agree(&story));
    story_connect(&story, BRANCH_1);
    story_pass(&story, 100);
    assert_false(story_all_agree(&story)); /* greeted, but outside its window */
    story_sync(&story, BRANCH_1, 100);
    assert_true(story_all_agree(&story));
    story_end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_nodes_meet_and_exchange),
        cmocka_unit_test(test_nothing_to_do_is_one_round_trip),
        cmocka_unit_test(test_a_change_at_the_centre_asks_for_a_round),
        cmocka_unit_test(test_a_lost_confirmation_costs_a_greeting_and_nothing_else),
        cmocka_unit_test(test_a_repeated_message_is_confirmed_again_and_changes_nothing),
        cmocka_unit_test(test_a_message_that_was_cut_goes_on_at_its_chunk),
        cmocka_unit_test(test_a_receiver_that_crashes_before_its_commit_asks_again),
        cmocka_unit_test(test_a_receiver_that_crashes_after_its_commit_has_it),
        cmocka_unit_test(test_a_number_that_was_given_and_not_sent_is_never_given_again),
        cmocka_unit_test(test_a_branch_restored_from_a_backup_gets_back_what_it_lost),
        cmocka_unit_test(test_a_restored_centre_gets_back_what_its_branch_has),
        cmocka_unit_test(test_a_node_that_does_not_see_its_restore_is_told),
        cmocka_unit_test(test_two_branches_and_the_centre_change_one_object),
        cmocka_unit_test(test_a_confirmation_that_overtakes_a_message_does_not_decide_it),
        cmocka_unit_test(test_a_closed_window_stops_at_a_chunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
