/*
 * Memory that runs out while a branch and its centre exchange: each time the next
 * allocation of either fails, once or for the rest of the round. With memory again the
 * next round brings both to the same, nothing is lost and nothing leaks.
 */

#include "scarce.h"

#include <stdlib.h>
/* What the wire of pair.h keeps is the test's own. */
#define malloc scarce_plain_malloc

#include "pair.h"

#include "storage/store.h"

enum { ROUND_TURNS = 400, LIVES_MAX = 4000 };

/* As pair.h does it, and failures are what is expected. */
static void serve_somehow(struct side *side, bool all)
{
    struct fl_error error;
    enum fl_status status =
        fl_replicator_flush(side->replicator, all, side->pair->now_ms, &error);
    if (status != FL_OK && status != FL_NO_MEMORY && status != FL_IO) {
        fail_msg("%s", error.text);
    }
    fl_replicator_tick(side->replicator, side->pair->now_ms);
}

static void exchange_somehow(struct pair *pair)
{
    unsigned rounds = pair->branch.rounds + 1;
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    for (unsigned turns = 0; turns < ROUND_TURNS && !is_over(pair, rounds); turns++) {
        bool busy = deliver(&pair->branch);
        busy = deliver(&pair->centre) || busy;
        serve_somehow(&pair->branch, !busy);
        serve_somehow(&pair->centre, !busy);
        if (pair->branch.close_wanted || pair->centre.close_wanted ||
            fl_store_is_dead(pair->branch.node->store) ||
            fl_store_is_dead(pair->centre.node->store)) {
            return;
        }
    }
}

static void heal(struct pair *pair)
{
    struct side *sides[] = {&pair->branch, &pair->centre};
    disconnect(pair);
    for (size_t i = 0; i < 2; i++) {
        if (fl_store_is_dead(sides[i]->node->store)) {
            reopen(sides[i], NULL);
        }
    }
    pair->now_ms += 60000;
    synchronise(pair);
    must_be_equal(pair);
}

static void something_new(struct pair *pair, unsigned life)
{
    char text[40];
    snprintf(text, sizeof text, "life %u", life);
    put_currency(&pair->branch, 100 + life % 40, text);
    put_currency(&pair->centre, 200 + life % 40, text);
    put_currency(&pair->branch, 1, text);
    put_many(&pair->branch, 1000 + life % 5 * 400, 400); /* several chunks */
    if (life % 3 == 0) {
        put_currency(&pair->centre, 1, "centre"); /* a collision */
    }
}

static void lead_lives(struct pair *pair, bool for_ever)
{
    unsigned life = 0;
    for (; life < LIVES_MAX; life++) {
        something_new(pair, life);
        if (!pair->connected) {
            connect_wire(pair);
        }
        scarce_from(life + 1, for_ever);
        exchange_somehow(pair);
        bool failed = scarce_end();
        heal(pair);
        if (!failed) {
            break;
        }
    }
    assert_true(life > 10);
    assert_true(life < LIVES_MAX);
    printf("%u rounds\n", life);
}

static void test_any_allocation_of_a_round_may_fail(void **state)
{
    lead_lives(*state, /* for_ever= */ false);
}

static void test_and_all_that_follow(void **state)
{
    lead_lives(*state, /* for_ever= */ true);
}

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_any_allocation_of_a_round_may_fail, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(
            test_and_all_that_follow, pair_setup, pair_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
