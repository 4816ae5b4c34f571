/*
 * A store that is put back while a copy of its peer speaks in the peer's place: what the
 * peer saw of the life that was lost tells it, whoever spoke in between.
 */

#include <string.h>

#include "replication/lives.h"
#include "story.h"

/* -- what a list of lives knows -- */

static struct fl_uuid uuid(uint8_t byte)
{
    struct fl_uuid made = {{0}};

    made.bytes[0] = byte;
    return made;
}

static void begin(struct fl_lives *lives, uint64_t life, uint8_t own, uint8_t peer)
{
    (void)fl_lives_begin(
        lives, &(struct fl_life){.life = life, .own = uuid(own), .peer = uuid(peer)});
}

static bool sent(
    const struct fl_lives *lives,
    uint8_t own,
    uint64_t number,
    uint64_t life)
{
    return fl_lives_sent(
        lives, &(struct fl_session_position){
                   .incarnation = uuid(own), .number = number, .life = life});
}

static bool applied(
    const struct fl_lives *lives,
    uint8_t peer,
    uint64_t number,
    uint64_t life)
{
    return fl_lives_applied(
        lives, &(struct fl_session_position){
                   .incarnation = uuid(peer), .number = number, .life = life});
}

static void test_what_lies_behind_the_end_of_a_life_was_another_store(void **state)
{
    struct fl_lives lives = {.count = 0};

    (void)state;
    begin(&lives, 7, 1, 2);
    fl_lives_reach(&lives, 10, 20); /* the backup; it goes on from here as life 8 */
    begin(&lives, 8, 1, 2);
    fl_lives_reach(&lives, 15, 25);
    assert_true(sent(&lives, 1, 10, 7));
    assert_false(sent(&lives, 1, 11, 7));
    assert_true(sent(&lives, 1, 15, 8));
    assert_false(sent(&lives, 1, 16, 8));
    assert_true(applied(&lives, 2, 20, 7));
    assert_false(applied(&lives, 2, 21, 7));
    assert_true(applied(&lives, 2, 25, 8));
    assert_false(applied(&lives, 2, 26, 8));
    assert_false(applied(&lives, 2, 1, 9)); /* a life that this store never had */
}

static void test_what_was_there_before_a_life_is_there_in_it(void **state)
{
    struct fl_lives lives = {.count = 0};

    (void)state;
    begin(&lives, 7, 1, 2);
    fl_lives_reach(&lives, 10, 20);
    begin(&lives, 7, 1, 3); /* the peer has another incarnation */
    fl_lives_reach(&lives, 10, 4);
    assert_true(applied(&lives, 2, 20, 7));
    assert_false(applied(&lives, 2, 21, 7));
    assert_true(applied(&lives, 3, 4, 7));
    begin(&lives, 8, 1, 3);
    fl_lives_reach(&lives, 10, 9);
    assert_true(applied(&lives, 2, 20, 8));
    assert_false(applied(&lives, 3, 5, 7)); /* it came behind the end of life 7 */
    assert_false(applied(&lives, 4, 1, 8));
}

static void test_nobody_is_denied_what_is_not_known(void **state)
{
    struct fl_lives lives = {.cut = true};

    (void)state;
    assert_true(sent(&lives, 1, 5, 9));
    assert_true(applied(&lives, 2, 5, 9));
    begin(&lives, 7, 1, 2);
    fl_lives_reach(&lives, 10, 20);
    assert_true(applied(&lives, 2, 99, 6));  /* a life from before the list */
    assert_false(applied(&lives, 2, 99, 7)); /* this one is in it */
    assert_true(applied(&lives, 2, 99, 0));  /* the peer does not say which */
    assert_true(applied(&lives, 2, 0, 6));
}

static void test_the_oldest_life_falls_out(void **state)
{
    static struct fl_lives lives;

    (void)state;
    for (uint64_t life = 1; life <= FL_LIVES_MAX; life++) {
        begin(&lives, life, 1, 2);
        fl_lives_reach(&lives, life, life);
    }
    assert_false(lives.cut);
    assert_false(applied(&lives, 2, 2, 1));
    assert_false(applied(&lives, 2, 1, FL_LIVES_MAX + 1));
    begin(&lives, FL_LIVES_MAX, 1, 2); /* it goes on already */
    assert_false(lives.cut);
    begin(&lives, FL_LIVES_MAX + 1, 1, 2);
    assert_int_equal(lives.count, FL_LIVES_MAX);
    assert_true(lives.cut);
    assert_true(applied(&lives, 2, 2, 1));
    assert_false(applied(&lives, 2, 3, 2));
}

/* -- what comes of it -- */

static void replace(struct story *story, int node, const struct fl_memory *with)
{
    fl_world_crash(story->world, node, 10);
    fl_world_restore(story->world, node, with, /* by_command= */ false);
    story_pass(story, 50);
}

static void meet(struct story *story)
{
    story_connect(story, BRANCH_1);
    for (int round = 0; round < 3; round++) {
        story_sync(story, BRANCH_1, 500);
    }
}

static bool is_loser(const struct story *story, uint32_t value)
{
    bool found = false;

    for (int node = CENTRE; node <= BRANCH_1; node++) {
        const struct fl_memory *memory = &story->world->nodes[node].memory;

        for (uint32_t i = 0; i < memory->loser_count; i++) {
            found = found || memory->losers[i] == value;
        }
    }
    return found;
}

/*
 * The centre confirms message 2 to the branch, is put back to before it, and goes on with
 * a copy of the branch, whose message 2 is another one. It holds neither less than it
 * confirmed, as far as numbers tell, nor anything that is not the branch's.
 */
static void test_what_a_lost_life_confirmed_is_sent_again(void **state)
{
    static struct fl_memory copy, original;
    struct story story;

    (void)state;
    story_begin(&story, 1);
    story_write(&story, BRANCH_1, 0);
    meet(&story);
    fl_memory_copy(&copy, &story.world->nodes[BRANCH_1].memory);
    fl_memory_copy(story.backup, &story.world->nodes[CENTRE].memory);
    story_write(&story, BRANCH_1, 0);
    uint32_t confirmed = story_value(&story, BRANCH_1, 0);

    meet(&story);
    assert_int_equal(story_value(&story, CENTRE, 0), confirmed);
    fl_memory_copy(&original, &story.world->nodes[BRANCH_1].memory);
    replace(&story, CENTRE, story.backup);
    replace(&story, BRANCH_1, &copy);
    story_write(&story, BRANCH_1, 1);
    meet(&story);
    replace(&story, BRANCH_1, &original);
    meet(&story);
    assert_true(story_all_agree(&story));
    assert_true(
        story_value(&story, CENTRE, 0) == confirmed || is_loser(&story, confirmed));
    story_end(&story);
}

/*
 * The branch is put back while a copy of the centre speaks, and sends so much that it
 * does not remember the place that the centre itself presents then: its number alone says
 * that it was the branch's.
 */
static void test_a_forgotten_place_is_one_of_this_life_or_none(void **state)
{
    static struct fl_memory copy, original;
    struct story story;

    (void)state;
    story_begin(&story, 1);
    story.world->setup.remembered = 0;
    story_write(&story, BRANCH_1, 0);
    meet(&story);
    fl_memory_copy(&copy, &story.world->nodes[CENTRE].memory);
    fl_memory_copy(story.backup, &story.world->nodes[BRANCH_1].memory);
    story_write(&story, BRANCH_1, 0);
    uint32_t confirmed = story_value(&story, BRANCH_1, 0);

    meet(&story);
    assert_int_equal(story_value(&story, CENTRE, 0), confirmed);
    fl_memory_copy(&original, &story.world->nodes[CENTRE].memory);
    replace(&story, CENTRE, &copy);
    replace(&story, BRANCH_1, story.backup);
    for (uint8_t key = 1; key < 5; key++) {
        story_write(&story, BRANCH_1, key);
        meet(&story);
    }
    replace(&story, CENTRE, &original);
    meet(&story);
    assert_true(story_all_agree(&story));
    assert_true(
        story_value(&story, CENTRE, 0) == confirmed || is_loser(&story, confirmed));
    story_end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_lies_behind_the_end_of_a_life_was_another_store),
        cmocka_unit_test(test_what_was_there_before_a_life_is_there_in_it),
        cmocka_unit_test(test_nobody_is_denied_what_is_not_known),
        cmocka_unit_test(test_the_oldest_life_falls_out),
        cmocka_unit_test(test_what_a_lost_life_confirmed_is_sent_again),
        cmocka_unit_test(test_a_forgotten_place_is_one_of_this_life_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
