#include <string.h>

#include "comparing.h"

static void expect_story(struct comparing *comparing, const char *story)
{
    assert_string_equal(comparing->story, story);
}

/* -- the verdict -- */

static struct fl_state state_of(unsigned flags, uint8_t content)
{
    struct fl_state state = {.flags = (uint8_t)flags};

    memset(state.hash, content, sizeof(state.hash));
    return state;
}

struct ruling {
    unsigned ours;
    unsigned theirs;
    enum fl_verdict_kind kind;
    enum fl_difference_kind difference;
    /* Whose is kept, by the three rules, when the peer is the parent. */
    enum fl_difference_keep keep;
    enum fl_difference_keep child_wins;
};

enum {
    NONE = 0,
    THERE = FL_STATE_THERE,
    GONE = FL_STATE_DELETED,
    OUT = FL_STATE_WITHDRAWN,
    BAD = FL_STATE_DAMAGED,
    WAY = FL_STATE_ON_WAY,
    HELD = FL_STATE_QUARANTINED,
    ECHO = FL_STATE_FROM_PEER,
};

static void test_every_pair_of_states_has_its_verdict(void **state)
{
    static const struct ruling rulings[] = {
        {NONE, NONE, FL_VERDICT_EQUAL, 0, 0, 0},
        {GONE, NONE, FL_VERDICT_EQUAL, 0, 0, 0},
        {NONE, GONE, FL_VERDICT_EQUAL, 0, 0, 0},
        {GONE, GONE, FL_VERDICT_EQUAL, 0, 0, 0},
        {OUT, THERE, FL_VERDICT_EQUAL, 0, 0, 0},
        {THERE, OUT, FL_VERDICT_EQUAL, 0, 0, 0},
        {THERE, THERE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_CONTENT, FL_KEEP_THEIRS,
         FL_KEEP_OURS},
        {THERE, NONE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_ONLY_HERE, FL_KEEP_OURS,
         FL_KEEP_OURS},
        {NONE, THERE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_ONLY_THERE, FL_KEEP_THEIRS,
         FL_KEEP_THEIRS},
        {THERE | ECHO, THERE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_CONTENT, FL_KEEP_THEIRS,
         FL_KEEP_THEIRS},
        {THERE, THERE | ECHO, FL_VERDICT_DIFFERS, FL_DIFFERENCE_CONTENT, FL_KEEP_OURS,
         FL_KEEP_OURS},
        {THERE | ECHO, THERE | ECHO, FL_VERDICT_DIFFERS, FL_DIFFERENCE_CONTENT,
         FL_KEEP_THEIRS, FL_KEEP_OURS},
        {THERE, GONE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_DELETED_THERE, FL_KEEP_OURS,
         FL_KEEP_OURS},
        {THERE | ECHO, GONE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_DELETED_THERE,
         FL_KEEP_OURS, FL_KEEP_OURS},
        {GONE, THERE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_DELETED_HERE, FL_KEEP_THEIRS,
         FL_KEEP_THEIRS},
        {BAD, THERE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_DAMAGED_HERE, FL_KEEP_THEIRS,
         FL_KEEP_THEIRS},
        {THERE, BAD, FL_VERDICT_DIFFERS, FL_DIFFERENCE_DAMAGED_THERE, FL_KEEP_OURS,
         FL_KEEP_OURS},
        {BAD, BAD, FL_VERDICT_DIFFERS, FL_DIFFERENCE_DAMAGED_HERE, 0, 0},
        {BAD, NONE, FL_VERDICT_DIFFERS, FL_DIFFERENCE_DAMAGED_HERE, 0, 0},
        {GONE, BAD, FL_VERDICT_DIFFERS, FL_DIFFERENCE_DAMAGED_THERE, 0, 0},
        {THERE | WAY, THERE, FL_VERDICT_ON_WAY, 0, 0, 0},
        {THERE, GONE | WAY, FL_VERDICT_ON_WAY, 0, 0, 0},
        {GONE | WAY, NONE, FL_VERDICT_EQUAL, 0, 0, 0},
        {THERE, HELD, FL_VERDICT_QUARANTINED, 0, 0, 0},
        {THERE | HELD, THERE | WAY, FL_VERDICT_ON_WAY, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rulings) / sizeof(rulings[0]); i++) {
        const struct ruling *ruling = &rulings[i];
        struct fl_state ours = state_of(ruling->ours, 1);
        struct fl_state theirs = state_of(ruling->theirs, 2);
        struct fl_verdict verdict =
            fl_comparison_judge(&ours, &theirs, FL_COLLISION_PARENT_WINS, true);

        assert_int_equal(verdict.kind, ruling->kind);
        assert_int_equal(verdict.difference.kind, ruling->difference);
        assert_int_equal(verdict.difference.keep, ruling->keep);
        verdict = fl_comparison_judge(&ours, &theirs, FL_COLLISION_BY_HAND, true);
        assert_int_equal(verdict.difference.keep, ruling->keep);
        verdict = fl_comparison_judge(&ours, &theirs, FL_COLLISION_CHILD_WINS, true);
        assert_int_equal(verdict.difference.keep, ruling->child_wins);
    }
}

/* What one keeps the other gives up, whatever both have and whoever asks. */
static void test_both_sides_keep_the_same_version(void **state)
{
    static const unsigned all[] = {NONE, THERE,        GONE,       OUT,
                                   BAD,  THERE | ECHO, GONE | ECHO};
    static const enum fl_difference_keep other[] = {
        [FL_KEEP_NEITHER] = FL_KEEP_NEITHER,
        [FL_KEEP_OURS] = FL_KEEP_THEIRS,
        [FL_KEEP_THEIRS] = FL_KEEP_OURS,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++) {
            for (int rule = FL_COLLISION_PARENT_WINS; rule <= FL_COLLISION_BY_HAND;
                 rule++) {
                struct fl_state child = state_of(all[i], 1);
                struct fl_state parent = state_of(all[j], 2);
                enum fl_collision_rule by = (enum fl_collision_rule)rule;
                struct fl_verdict at_child =
                    fl_comparison_judge(&child, &parent, by, true);
                struct fl_verdict at_parent =
                    fl_comparison_judge(&parent, &child, by, false);

                assert_int_equal(at_child.kind, at_parent.kind);
                assert_int_equal(
                    at_child.difference.keep, other[at_parent.difference.keep]);
            }
        }
    }
}

static void test_the_newer_version_is_named_where_it_is_known(void **state)
{
    static const struct {
        unsigned ours;
        unsigned theirs;
        enum fl_difference_newer newer;
    } pairs[] = {
        {THERE, THERE, FL_NEWER_UNKNOWN},
        {THERE | ECHO, THERE, FL_NEWER_THEIRS},
        {THERE, THERE | ECHO, FL_NEWER_OURS},
        {THERE | ECHO, THERE | ECHO, FL_NEWER_UNKNOWN},
        {THERE | ECHO, GONE, FL_NEWER_THEIRS},
        {GONE | ECHO, THERE, FL_NEWER_THEIRS},
        {THERE, GONE | ECHO, FL_NEWER_OURS},
        {THERE | ECHO, NONE, FL_NEWER_OURS},
        {NONE, THERE, FL_NEWER_THEIRS},
        {BAD, THERE | ECHO, FL_NEWER_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct fl_state ours = state_of(pairs[i].ours, 1);
        struct fl_state theirs = state_of(pairs[i].theirs, 2);

        ours.lsn = 7;
        theirs.lsn = 70;
        struct fl_verdict verdict =
            fl_comparison_judge(&ours, &theirs, FL_COLLISION_PARENT_WINS, true);

        assert_int_equal(verdict.kind, FL_VERDICT_DIFFERS);
        assert_int_equal(verdict.difference.newer, pairs[i].newer);
        assert_int_equal(verdict.difference.lsn_here, 7);
        assert_int_equal(verdict.difference.lsn_there, 70);
    }
}

/* -- digests -- */

static void test_the_parts_of_a_range_are_the_range(void **state)
{
    struct fl_digests *digests = fl_digests_new();
    const struct fl_range whole = {0, 0};
    struct fl_digest sum;

    (void)state;
    assert_non_null(digests);
    for (size_t i = 0; i < 3000; i++) {
        struct fl_key key = comparing_key(i);
        uint8_t hash[FL_DIGEST_BYTES];

        memset(hash, 0xFF, sizeof(hash)); /* so that sums carry over every byte */
        hash[i % sizeof(hash)] = (uint8_t)i;
        fl_digests_add(digests, fl_digests_bucket(key), hash);
    }
    sum = fl_digests_sum(digests, whole);
    assert_int_equal(sum.count, 3000);
    for (unsigned part = 0, count = 0; part < FL_RANGE_PARTS; part++) {
        struct fl_range range = fl_digests_part(whole, part);
        struct fl_digest digest = fl_digests_sum(digests, range);
        uint32_t below = 0;

        for (unsigned i = 0; i < FL_RANGE_PARTS; i++) {
            below += fl_digests_sum(digests, fl_digests_part(range, i)).count;
        }
        assert_int_equal(digest.count, below);
        assert_in_range(digest.count, 100, 300);
        count += digest.count;
        assert_true(part < FL_RANGE_PARTS - 1 || count == 3000);
    }
    fl_digests_free(digests);
}

/* -- stories -- */

static void test_equal_nodes_say_so_in_one_exchange(void **state)
{
    struct comparing *comparing = comparing_new(5000);
    const struct fl_comparison_result *result = comparing_finish(comparing);

    (void)state;
    assert_int_equal(result->objects_here, 5000);
    assert_int_equal(result->objects_there, 5000);
    assert_int_equal(result->differences, 0);
    assert_int_equal(result->requests, 1);
    comparing_run(comparing, 0);
    expect_story(
        comparing, "here: asks for digests\n"
                   "there: makes digests for the peer\n"
                   "here: has 5000 objects, the peer has 5000\n"
                   "here: ends the comparison: 0 differ, 0 are on their way\n");
    comparing_free(comparing);
}

static void make_every_kind(struct comparing *comparing)
{
    comparing_thing(&comparing->here, 1)->content = 2;
    comparing_thing(&comparing->here, 2000)->content = 1;
    comparing_thing(&comparing->there, 2001)->content = 1;
    comparing_thing(&comparing->here, 4)->flags = FL_STATE_DELETED;
    comparing_thing(&comparing->there, 5)->flags = FL_STATE_DELETED;
    comparing_thing(&comparing->here, 6)->flags = FL_STATE_DAMAGED;
    comparing_thing(&comparing->there, 7)->flags = FL_STATE_DAMAGED;
}

static void test_every_kind_of_difference_is_found(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    make_every_kind(comparing);
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->differences, 7);
    for (int kind = FL_DIFFERENCE_CONTENT; kind < FL_DIFFERENCE_KINDS; kind++) {
        assert_int_equal(result->by_kind[kind], 1);
    }
    assert_int_equal(comparing->found_count, 7);
    assert_int_equal(result->registered_here + result->registered_there, 0);
    expect_story(
        comparing, "here: asks for digests\n"
                   "there: makes digests for the peer\n"
                   "here: has 999 objects, the peer has 999\n"
                   "here: divides 1 ranges that differ\n"
                   "here: divides 7 ranges that differ\n"
                   "here: lists 35 objects in 7 ranges\n"
                   "here: looks at 7 objects once more\n"
                   "here: finds that 7 differ\n"
                   "here: ends the comparison: 7 differ, 0 are on their way\n");
    comparing_free(comparing);
}

static void test_a_repair_registers_what_is_kept(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->options.repair = true;
    make_every_kind(comparing);
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->registered_here, 3);
    assert_int_equal(result->registered_there, 4);
    assert_int_equal(comparing_thing(&comparing->here, 2000)->registered, 1);
    assert_int_equal(comparing_thing(&comparing->here, 7)->registered, 1);
    assert_int_equal(comparing_thing(&comparing->here, 1)->registered, 0);
    assert_int_equal(comparing_thing(&comparing->there, 1)->registered, 1);
    assert_int_equal(comparing_thing(&comparing->there, 2001)->registered, 1);
    assert_int_equal(comparing_thing(&comparing->there, 4)->registered, 1);
    assert_int_equal(comparing_thing(&comparing->here, 5)->registered, 1);
    assert_int_equal(comparing_thing(&comparing->there, 6)->registered, 1);
    comparing_free(comparing);
}

/* Whoever forgot its deletions deletes anew what only the peer has, and nothing else. */
static void test_reconciling_deletes_what_only_the_peer_has(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->options.reconcile = true;
    comparing->options.peer_is_parent = false;
    make_every_kind(comparing);
    comparing_thing(&comparing->there, 2002)->flags |= FL_STATE_ON_WAY;
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->registered_here, 1);
    assert_int_equal(result->registered_there, 0);
    assert_int_equal(comparing->here.deleted_count, 1);
    assert_true(fl_key_equal(comparing->here.deleted[0], comparing_key(2001)));
    comparing_free(comparing);
}

static void test_only_what_came_from_here_is_deleted_where_that_is_asked(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->options.reconcile = true;
    comparing->options.reconcile_echo_only = true;
    comparing_thing(&comparing->there, 2001)->content = 1;
    comparing_thing(&comparing->there, 2002)->flags |= FL_STATE_FROM_PEER;
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->differences, 2);
    assert_int_equal(comparing->here.deleted_count, 1);
    assert_true(fl_key_equal(comparing->here.deleted[0], comparing_key(2002)));
    comparing_free(comparing);
}

/* What was registered is on its way: to repair twice is to repair once. */
static void test_a_second_repair_finds_everything_on_its_way(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->options.repair = true;
    make_every_kind(comparing);
    (void)comparing_finish(comparing);
    fl_comparison_free(comparing->asker);
    comparing->asker = NULL;
    comparing->done = false;
    comparing->options.id++;
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->differences, 0);
    assert_int_equal(result->on_way, 7);
    assert_int_equal(comparing_thing(&comparing->there, 1)->registered, 1);
    comparing_free(comparing);
}

static void test_the_child_keeps_its_own_when_it_is_to_win(void **state)
{
    struct comparing *comparing = comparing_new(100);

    (void)state;
    comparing->options.repair = true;
    comparing->rule = FL_COLLISION_CHILD_WINS;
    comparing_thing(&comparing->here, 1)->content = 2;
    (void)comparing_finish(comparing);
    assert_int_equal(comparing_thing(&comparing->here, 1)->registered, 1);
    assert_int_equal(comparing_thing(&comparing->there, 1)->registered, 0);
    comparing_free(comparing);
}

static void test_what_is_on_its_way_or_in_quarantine_is_told_apart(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->options.repair = true;
    comparing_thing(&comparing->here, 1)->content = 2;
    comparing_thing(&comparing->here, 1)->flags |= FL_STATE_ON_WAY;
    comparing_thing(&comparing->there, 2)->flags = FL_STATE_DELETED | FL_STATE_ON_WAY;
    comparing_thing(&comparing->there, 3)->flags |= FL_STATE_QUARANTINED;
    comparing_thing(&comparing->there, 3)->content = 5;
    comparing_thing(&comparing->there, 4)->flags = FL_STATE_WITHDRAWN;
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->differences, 0);
    assert_int_equal(result->on_way, 2);
    assert_int_equal(result->quarantined, 1);
    assert_int_equal(result->registered_here + result->registered_there, 0);
    comparing_free(comparing);
}

static void test_only_the_type_asked_for_is_compared(void **state)
{
    struct comparing *comparing = comparing_new(999);

    (void)state;
    comparing->options.type = 2;
    for (size_t i = 0; i < 3; i++) {
        comparing_thing(&comparing->here, i)->content = 2;
    }
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->objects_here, 333);
    assert_int_equal(result->differences, 1);
    assert_int_equal(comparing->found[0].key.type, 2);
    comparing_free(comparing);
}

/* -- what it costs -- */

static void test_traffic_is_in_proportion_to_the_difference(void **state)
{
    struct comparing *comparing = comparing_new(40000);

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        comparing_thing(&comparing->there, i * 1999)->content = 9;
    }
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->differences, 20);
    assert_in_range(comparing->wire_bytes, 1, 30000);
    comparing_free(comparing);
}

static void test_an_empty_node_misses_everything(void **state)
{
    struct comparing *comparing = comparing_new(40000); /* more than one list */

    (void)state;
    comparing->there.count = 0;
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->by_kind[FL_DIFFERENCE_ONLY_HERE], 40000);
    assert_int_equal(result->differences, 40000);
    comparing_free(comparing);
}

static void test_a_node_finds_everything_that_it_misses(void **state)
{
    struct comparing *comparing = comparing_new(40000);

    (void)state;
    comparing->here.count = 0;
    comparing->options.repair = true;
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(result->by_kind[FL_DIFFERENCE_ONLY_THERE], 40000);
    assert_int_equal(result->registered_there, 40000);
    comparing_free(comparing);
}

/* -- what goes wrong -- */

static void test_losses_cost_time_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 40; seed++) {
        struct comparing *comparing = comparing_new(1000);

        comparing->random += seed * 7919;
        comparing->loss_percent = seed;
        comparing->made_ms = seed * 100; /* WORKING is said too */
        comparing->options.repair = true;
        make_every_kind(comparing);
        const struct fl_comparison_result *result = comparing_finish(comparing);

        assert_int_equal(result->differences, 7);
        assert_int_equal(result->registered_here, 3);
        assert_int_equal(result->registered_there, 4);
        comparing_free(comparing);
    }
}

/* The message that carries object 1 arrives while both list it. */
static bool change_while_listing(
    struct comparing *comparing,
    bool to_answerer,
    struct fl_compare *said)
{
    if (to_answerer && said->kind == FL_COMPARE_CHECK && comparing->passed == 0) {
        comparing->passed++;
        comparing_thing(&comparing->there, 1)->content = 2;
        comparing_thing(&comparing->here, 1)->flags = FL_STATE_THERE;
        (void)comparing_thing(&comparing->there, 3000);
        comparing_thing(&comparing->there, 3000)->flags |= FL_STATE_ON_WAY;
    }
    return true;
}

static void test_what_changes_meanwhile_is_no_difference(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->pass = change_while_listing;
    comparing_thing(&comparing->here, 1)->content = 2;
    comparing_thing(&comparing->here, 1)->flags |= FL_STATE_ON_WAY;
    comparing_thing(&comparing->here, 2)->content = 3; /* a real one */
    const struct fl_comparison_result *result = comparing_finish(comparing);

    assert_int_equal(comparing->passed, 1);
    assert_int_equal(result->differences, 1);
    assert_int_equal(result->on_way, 0);
    comparing_free(comparing);
}

static void test_nothing_is_said_while_a_round_goes_on(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->here.line = FL_COMPARISON_IN_ROUND;
    comparing_run(comparing, 300000); /* longer than any patience */
    assert_int_equal(comparing->frames, 0);
    assert_false(comparing->failed);
    comparing->here.line = FL_COMPARISON_FREE;
    comparing->there.line = FL_COMPARISON_IN_ROUND; /* the peer has begun one meanwhile */
    comparing_run(comparing, 30000);
    assert_false(comparing->done || comparing->failed);
    comparing->there.line = FL_COMPARISON_FREE;
    assert_int_equal(comparing_finish(comparing)->differences, 0);
    comparing_free(comparing);
}

static void test_a_connection_that_breaks_is_waited_for_not_for_ever(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->made_ms = 100;
    comparing_run(comparing, 50);
    comparing->here.line = FL_COMPARISON_AWAY;
    comparing_run(comparing, 59000);
    comparing->here.line = FL_COMPARISON_FREE;
    assert_int_equal(comparing_finish(comparing)->differences, 0);
    comparing_free(comparing);

    comparing = comparing_new(1000);
    comparing->made_ms = 100;
    comparing_run(comparing, 50);
    comparing->here.line = FL_COMPARISON_AWAY;
    comparing_run(comparing, 61000);
    assert_true(comparing->failed);
    assert_int_equal(comparing->failure, FL_COMPARISON_LOST);
    assert_int_equal(comparing->here.forgotten, 1);
    comparing_free(comparing);
}

static void test_a_silent_peer_ends_it(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->loss_percent = 100;
    comparing_run(comparing, 61000);
    assert_true(comparing->failed);
    assert_int_equal(comparing->failure, FL_COMPARISON_SILENT);
    assert_in_range(comparing->frames, 50, 62); /* once a second */
    comparing_free(comparing);
}

static void test_a_peer_that_works_for_an_hour_is_not_silent(void **state)
{
    struct comparing *comparing = comparing_new(100);

    (void)state;
    comparing->made_ms = 400000;
    assert_int_equal(comparing_finish(comparing)->differences, 0);
    assert_int_equal(comparing->there.forgotten, 0); /* nor does it forget meanwhile */
    comparing_free(comparing);
}

/* The answerer is another process now. */
static bool restart(
    struct comparing *comparing,
    bool to_answerer,
    struct fl_compare *said)
{
    if (to_answerer && said->kind == FL_COMPARE_SPLIT) {
        fl_answerer_free(comparing->answerer);
        comparing->answerer =
            fl_answerer_new(&(struct fl_answerer_options){.idle_ms = 1000});
        comparing->pass = NULL;
    }
    return true;
}

static void test_a_peer_that_began_anew_says_that_it_knows_nothing(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing_thing(&comparing->here, 1)->content = 2;
    comparing->pass = restart;
    comparing_run(comparing, 10000);
    assert_true(comparing->failed);
    assert_int_equal(comparing->failure, FL_COMPARISON_REFUSED);
    assert_int_equal(comparing->reason, FL_COMPARE_UNKNOWN);
    comparing_free(comparing);
}

static void test_what_a_node_cannot_give_is_said(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->there.unavailable = FL_COMPARE_FOREIGN;
    comparing_run(comparing, 10000);
    assert_true(comparing->failed);
    assert_int_equal(comparing->failure, FL_COMPARISON_REFUSED);
    assert_int_equal(comparing->reason, FL_COMPARE_FOREIGN);
    comparing_free(comparing);

    comparing = comparing_new(1000);
    comparing->here.unavailable = FL_COMPARE_FAILED;
    comparing_run(comparing, 10000);
    assert_true(comparing->failed);
    assert_int_equal(comparing->failure, FL_COMPARISON_NO_STORE);
    assert_int_equal(comparing->reason, FL_COMPARE_FAILED);
    comparing_run(comparing, 1000);
    comparing_free(comparing);
}

static bool lose_the_end(
    struct comparing *comparing,
    bool to_answerer,
    struct fl_compare *said)
{
    (void)comparing;
    return !to_answerer || said->kind != FL_COMPARE_END;
}

static void test_an_answerer_that_hears_nothing_forgets(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->pass = lose_the_end;
    (void)comparing_finish(comparing);
    for (int i = 0; i < 2; i++) {
        comparing->done = false;
        comparing_run(comparing, 200000);
        assert_int_equal(comparing->there.forgotten, i);
    }
    comparing_free(comparing);
}

/* -- what no node says -- */

static bool bend(struct comparing *comparing, bool to_answerer, struct fl_compare *said)
{
    if (to_answerer) {
        return true;
    }
    switch (comparing->passed) {
    case 0: /* too few parts */
        if (said->kind == FL_COMPARE_PARTS) {
            said->count--;
        }
        break;
    case 1: /* keys that do not rise */
        if (said->kind == FL_COMPARE_ENTRIES) {
            said->of.entries[1] = said->of.entries[0];
        }
        break;
    case 2: /* another piece than was asked for */
        said->index += said->kind == FL_COMPARE_ENTRIES;
        break;
    case 3: /* nothing where something was promised */
        if (said->kind == FL_COMPARE_ENTRIES) {
            said->count = 0;
        }
        break;
    case 4: /* a list without end */
        if (said->kind == FL_COMPARE_LISTED) {
            said->number = UINT64_MAX;
        }
        break;
    case 5: /* one state too few */
        if (said->kind == FL_COMPARE_STATES) {
            said->count--;
        }
        break;
    case 6: /* more registered than was asked for */
        if (said->kind == FL_COMPARE_REGISTERED) {
            said->number = INT64_MAX;
        }
        break;
    }
    return true;
}

static void test_an_answer_that_fits_nothing_ends_it(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 7; way++) {
        struct comparing *comparing = comparing_new(1000);

        comparing->options.repair = true;
        comparing->pass = bend;
        comparing->passed = way;
        make_every_kind(comparing);
        comparing_run(comparing, 10000);
        assert_true(comparing->failed);
        assert_int_equal(comparing->failure, FL_COMPARISON_NONSENSE);
        comparing_free(comparing);
    }
}

/* Answers of another comparison, of an earlier step and of another kind go by. */
static bool disturb(
    struct comparing *comparing,
    bool to_answerer,
    struct fl_compare *said)
{
    if (!to_answerer) {
        comparing->passed++;
        if (comparing->passed % 4 == 1) {
            said->id++;
        } else if (comparing->passed % 4 == 2) {
            said->step--;
        } else if (comparing->passed % 4 == 3) {
            said->kind = FL_COMPARE_LISTED;
            said->number = 0;
        }
        return comparing->passed % 4 != 3 || comparing->passed < 4;
    }
    return true;
}

static void test_answers_to_nothing_that_was_asked_go_by(void **state)
{
    struct comparing *comparing = comparing_new(1000);

    (void)state;
    comparing->pass = disturb;
    make_every_kind(comparing);
    assert_int_equal(comparing_finish(comparing)->differences, 7);
    comparing_free(comparing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair_of_states_has_its_verdict),
        cmocka_unit_test(test_both_sides_keep_the_same_version),
        cmocka_unit_test(test_the_newer_version_is_named_where_it_is_known),
        cmocka_unit_test(test_the_parts_of_a_range_are_the_range),
        cmocka_unit_test(test_equal_nodes_say_so_in_one_exchange),
        cmocka_unit_test(test_every_kind_of_difference_is_found),
        cmocka_unit_test(test_a_repair_registers_what_is_kept),
        cmocka_unit_test(test_reconciling_deletes_what_only_the_peer_has),
        cmocka_unit_test(test_only_what_came_from_here_is_deleted_where_that_is_asked),
        cmocka_unit_test(test_a_second_repair_finds_everything_on_its_way),
        cmocka_unit_test(test_the_child_keeps_its_own_when_it_is_to_win),
        cmocka_unit_test(test_what_is_on_its_way_or_in_quarantine_is_told_apart),
        cmocka_unit_test(test_only_the_type_asked_for_is_compared),
        cmocka_unit_test(test_traffic_is_in_proportion_to_the_difference),
        cmocka_unit_test(test_an_empty_node_misses_everything),
        cmocka_unit_test(test_a_node_finds_everything_that_it_misses),
        cmocka_unit_test(test_losses_cost_time_and_nothing_else),
        cmocka_unit_test(test_what_changes_meanwhile_is_no_difference),
        cmocka_unit_test(test_nothing_is_said_while_a_round_goes_on),
        cmocka_unit_test(test_a_connection_that_breaks_is_waited_for_not_for_ever),
        cmocka_unit_test(test_a_silent_peer_ends_it),
        cmocka_unit_test(test_a_peer_that_works_for_an_hour_is_not_silent),
        cmocka_unit_test(test_a_peer_that_began_anew_says_that_it_knows_nothing),
        cmocka_unit_test(test_what_a_node_cannot_give_is_said),
        cmocka_unit_test(test_an_answerer_that_hears_nothing_forgets),
        cmocka_unit_test(test_an_answer_that_fits_nothing_ends_it),
        cmocka_unit_test(test_answers_to_nothing_that_was_asked_go_by),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
