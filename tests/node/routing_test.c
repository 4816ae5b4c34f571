/* Filters: what a branch gets, loses and may write. */

#include "routing/routing.h"
#include "routing_pair.h"

static void test_a_branch_gets_what_its_filter_admits(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 2, 1);
    put_currency(&pair->centre, 3, "for all");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->branch, 2), NEVER);
    assert_int_equal(state_of(&pair->branch, "Catalog.Валюты", 3), HERE);
    put_invoice(&pair->centre, 4, 2, 1);
    put_invoice(&pair->centre, 5, 1, 1);
    put_currency(&pair->centre, 3, "again");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 4), NEVER);
    assert_int_equal(INVOICE(&pair->branch, 5), HERE);
    must_say_of(&pair->branch, 3, "again");
}

static void test_what_leaves_the_filter_is_withdrawn_and_comes_back(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    put_invoice(&pair->centre, 1, 2, 1);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
    assert_int_equal(collisions_of(&pair->branch) + collisions_of(&pair->centre), 0);
    assert_int_equal(quarantined_by(&pair->branch), 0);
}

static void test_a_deletion_reaches_whoever_has_it(void **state)
{
    struct pair *pair = *state;
    char line[300];
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 2, 1);
    settle(pair);
    snprintf(
        line, sizeof line, "{\"delete\":\"%s\"}\n{\"delete\":\"%s\"}", ref(DOCUMENT, 1),
        ref(DOCUMENT, 2));
    batch(&pair->centre, line);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), DELETED);
    assert_int_equal(INVOICE(&pair->branch, 2), NEVER);
}

static void test_a_new_filter_withdraws_and_none_gives_back(void **state)
{
    struct pair *pair = *state;
    for (unsigned i = 1; i <= 6; i++) {
        put_invoice(&pair->centre, i, 1 + i % 2, 1);
    }
    put_invoice(&pair->branch, 7, 2, 1);
    settle(pair);
    must_be_equal(pair);
    limit(pair);
    settle(pair);
    for (unsigned i = 1; i <= 6; i++) {
        assert_int_equal(INVOICE(&pair->branch, i), i % 2 == 0 ? HERE : WITHDRAWN);
    }
    assert_int_equal(INVOICE(&pair->branch, 7), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->centre, 7), HERE);
    put_invoice(&pair->centre, 1, 2, 2);
    RUN(&pair->centre, "filter", "clear", DOCUMENT);
    settle(pair);
    for (unsigned i = 1; i <= 7; i++) {
        assert_int_equal(INVOICE(&pair->branch, i), HERE);
    }
    must_be_equal(pair);
}

static void test_another_rule_moves_what_it_decides_otherwise(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    RUN(&pair->centre, "filter", "value", "Ф01", "инн", "77");
    put_partner(&pair->centre, 1, "77");
    put_partner(&pair->centre, 2, "78");
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 1, 2);
    put_invoice(&pair->centre, 3, 2, 1);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 3), NEVER);
    RUN(&pair->centre, "filter", "set", DOCUMENT, "Контрагент.ИНН in $инн");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->branch, 2), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->branch, 3), HERE);
}

static void test_what_was_deleted_is_placed_anew_under_another_filter(void **state)
{
    struct pair *pair = *state;
    char line[300];
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    snprintf(line, sizeof line, "{\"delete\":\"%s\"}", ref(DOCUMENT, 1));
    batch(&pair->centre, line);
    RUN(&pair->centre, "filter", "clear", DOCUMENT);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), DELETED);
    put_invoice(&pair->centre, 1, 2, 1);
    RUN(&pair->centre, "filter", "set", DOCUMENT, "not (Организация in $организации)");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
}

/* Deleted while all had it, and there again for others before they heard of either. */
static void delete_in_front_of_a_filter(
    struct pair *pair,
    const char *filter,
    const char *list)
{
    char line[300];
    struct fl_subscription subscription;
    struct fl_error error;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    RUN(&pair->centre, "filter", "clear", DOCUMENT);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    snprintf(line, sizeof line, "{\"delete\":\"%s\"}", ref(DOCUMENT, 1));
    batch(&pair->centre, line);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", list);
    RUN(&pair->centre, "filter", "set", DOCUMENT, filter);
    assert_int_equal(
        fl_routing_catch_up(
            pair->centre.node, fl_link_peer(pair->centre.link), FL_ROUTING_ALL,
            &subscription, &error),
        FL_OK);
    put_invoice(&pair->centre, 1, 1, 2);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
}

static void test_what_was_deleted_in_front_of_a_filter_is_not_forgotten(void **state)
{
    delete_in_front_of_a_filter(*state, "not (Организация in $организации)", company(1));
}

static void test_nor_is_it_where_the_branch_moves_at_once(void **state)
{
    delete_in_front_of_a_filter(*state, "Организация in $организации", company(2));
}

static void test_other_lists_give_and_take(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    for (unsigned i = 1; i <= 3; i++) {
        put_invoice(&pair->centre, i, i, 1);
    }
    settle(pair);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(2), company(3));
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->branch, 2), HERE);
    assert_int_equal(INVOICE(&pair->branch, 3), HERE);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 2), WITHDRAWN);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", "--remove");
    put_invoice(&pair->centre, 4, 4, 1);
    settle(pair);
    for (unsigned i = 1; i <= 4; i++) {
        assert_int_equal(INVOICE(&pair->branch, i), HERE);
    }
    must_be_equal(pair);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(1));
    put_invoice(&pair->centre, 5, 1, 1);
    settle(pair);
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(INVOICE(&pair->branch, i), i % 4 == 1 ? HERE : WITHDRAWN);
    }
}

static void test_what_was_on_its_way_is_told_under_other_lists(void **state)
{
    struct pair *pair = *state;
    char line[300];
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 1, 1);
    settle(pair);
    snprintf(line, sizeof line, "{\"delete\":\"%s\"}", ref(DOCUMENT, 1));
    batch(&pair->centre, line);
    put_invoice(&pair->centre, 2, 3, 1);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(1), company(2));
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), DELETED);
    assert_int_equal(INVOICE(&pair->branch, 2), WITHDRAWN);
}

static void test_what_a_branch_wrote_itself_is_withdrawn_with_the_rest(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    settle(pair);
    put_invoice(&pair->branch, 1, 1, 1);
    settle(pair);
    /* Nothing was selected for anybody since it came. */
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(2));
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
}

static bool lose_wishes(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    (void)pair;
    (void)from;
    return kind_of(frame) != FL_FRAME_SYNC;
}

/* Who was never sent anything may have brought something all the same. */
static void test_what_came_before_the_first_lists_is_withdrawn(void **state)
{
    struct pair *pair = *state;
    put_invoice(&pair->branch, 1, 1, 1);
    put_invoice(&pair->branch, 2, 2, 1);
    pair->pass = lose_wishes;
    connect_wire(pair);
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    for (unsigned turns = 0; turns < 100 && INVOICE(&pair->centre, 2) != HERE; turns++) {
        turn(pair);
    }
    disconnect(pair);
    pair->pass = NULL;
    assert_int_equal(INVOICE(&pair->centre, 2), HERE);
    limit(pair);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->branch, 2), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->centre, 2), HERE);
}

/* What a branch made and deleted unseen may be there again when the centre looks at it.
 */
static void test_a_deletion_from_below_takes_nothing_that_came_later(void **state)
{
    struct pair *pair = *state;
    char line[300];
    limit(pair);
    settle(pair);
    put_invoice(&pair->branch, 1, 1, 1);
    snprintf(line, sizeof line, "{\"delete\":\"%s\"}", ref(DOCUMENT, 1));
    batch(&pair->branch, line);
    pair->pass = lose_wishes;
    (void)synchronise_within(pair, 1000);
    pair->pass = NULL;
    disconnect(pair);
    assert_int_equal(INVOICE(&pair->centre, 1), DELETED);
    put_invoice(&pair->branch, 1, 1, 2);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
    assert_int_equal(collisions_of(&pair->branch), 0);
}

static void test_what_came_and_left_before_it_was_routed_is_withdrawn(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    settle(pair);
    put_invoice(&pair->branch, 1, 1, 1);
    synchronise(pair);
    put_invoice(&pair->centre, 1, 2, 1);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
}

/* Both sides must have the same of two versions that met. */
static void test_what_a_branch_is_told_of_meets_its_change(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->branch, 1, 1, 1);
    settle(pair);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(2));
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    RUN(&pair->centre, "filter", "clear", DOCUMENT);
    put_invoice(&pair->branch, 1, 1, 2);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    must_be_equal(pair);
}

static void test_what_is_referred_to_routes_those_that_refer(void **state)
{
    struct pair *pair = *state;
    RUN(&pair->centre, "filter", "value", "Ф01", "инн", "77");
    RUN(&pair->centre, "filter", "set", DOCUMENT, "Контрагент.ИНН = $инн");
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 1, 2);
    put_partner(&pair->centre, 2, "78");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), NEVER);
    put_partner(&pair->centre, 1, "77");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->branch, 2), NEVER);
    put_partner(&pair->centre, 1, "79");
    put_partner(&pair->centre, 2, "77");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->branch, 2), HERE);
    put_invoice(&pair->centre, 2, 1, 1);
    put_partner(&pair->centre, 2, "80");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 2), WITHDRAWN);
}

static void test_a_branch_writes_only_inside_its_filter(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 9, 2, 1);
    settle(pair);
    put_invoice(&pair->branch, 1, 1, 1);
    put_invoice(&pair->branch, 2, 2, 1);
    settle(pair);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
    assert_int_equal(INVOICE(&pair->centre, 2), NEVER);
    assert_int_equal(quarantined_by(&pair->centre), 1);
    /* Nor may it take over what is another's, whatever it makes of it. */
    put_invoice(&pair->branch, 9, 1, 1);
    settle(pair);
    assert_int_equal(quarantined_by(&pair->centre), 2);
    RUN(&pair->centre, "quarantine", "list");
    fixture_must_say(pair->fixture->out, "outside the filter");
}

static void test_a_branch_may_write_what_refers_to_its_own_transaction(void **state)
{
    struct pair *pair = *state;
    char lines[1500];
    RUN(&pair->centre, "filter", "value", "Ф01", "инн", "77");
    RUN(&pair->centre, "filter", "set", DOCUMENT, "Контрагент.ИНН = $инн");
    settle(pair);
    snprintf(
        lines, sizeof lines,
        "{\"put\":\"%s\",\"set\":{\"Контрагент\":\"%s\"}}\n{\"put\":\"%s\",\"set\":{"
        "\"ИНН\":\"77\"}}",
        ref(DOCUMENT, 1), partner(5), partner(5));
    batch(&pair->branch, lines);
    settle(pair);
    assert_int_equal(quarantined_by(&pair->centre), 0);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
}

static void test_a_change_that_meets_a_withdrawal_is_on_record(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    put_invoice(&pair->centre, 1, 2, 1);
    put_invoice(&pair->branch, 1, 1, 2);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(
        collisions_of(&pair->branch) + collisions_of(&pair->centre) +
            quarantined_by(&pair->centre),
        2);
    fl_routings_forget(pair->centre.node);
    settle(pair);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
}

/* Both change it at once; the centre hears of it when the branch is limited no more. */
static void test_what_was_withdrawn_and_taken_comes_back_without_lists(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    RUN(&pair->centre, "plan", "rule", DOCUMENT, "--collision", "child");
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    put_invoice(&pair->centre, 1, 2, 1);
    put_invoice(&pair->branch, 1, 1, 2);
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    for (unsigned turns = 0; turns < 100 && INVOICE(&pair->branch, 1) == HERE; turns++) {
        const struct side *branch = &pair->branch;
        if (branch->out_count > 0 &&
            kind_of(&branch->out[branch->out_first]) != FL_FRAME_CHUNK) {
            (void)deliver(&pair->branch);
        }
        (void)deliver(&pair->centre);
        serve(&pair->branch, /* all= */ true);
        serve(&pair->centre, /* all= */ true);
    }
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_true(pair->branch.out_count > 0);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", "--remove");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(collisions_of(&pair->centre), 1);
    must_be_equal(pair);
}

/* Nothing is registered for a parent of what it took away itself. */
static void test_what_was_withdrawn_meets_nothing_when_it_comes_back(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    RUN(&pair->centre, "plan", "rule", DOCUMENT, "--collision", "child");
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    put_invoice(&pair->centre, 1, 2, 1);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    adopt(&pair->centre); /* so the branch gives back whatever it had from there */
    put_invoice(&pair->centre, 1, 1, 2);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(collisions_of(&pair->branch), 0);
    assert_int_equal(quarantined_by(&pair->centre), 0);
}

static void test_what_was_withdrawn_is_not_sent_by_hand(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    put_invoice(&pair->centre, 1, 2, 1);
    settle(pair);
    RUN(&pair->branch, "register", ref(DOCUMENT, 1), "--for", "ЦО");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->centre, 1), HERE);
    assert_int_equal(quarantined_by(&pair->centre), 0);
}

static void test_a_restored_branch_is_told_again_what_it_lost(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 1, 1);
    settle(pair);
    reopen(&pair->branch, "cp -r store backup");
    put_invoice(&pair->centre, 1, 2, 1);
    settle(pair);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(2));
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->branch, 2), WITHDRAWN);
    reopen(&pair->branch, "rm -r store && mv backup store");
    assert_int_equal(INVOICE(&pair->branch, 2), HERE);
    settle(pair);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->branch, 2), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->centre, 2), HERE);
    /* What it had once is not offered as its own. */
    assert_int_equal(quarantined_by(&pair->centre), 0);
}

static void test_routing_goes_on_after_a_restart(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    settle(pair);
    reopen(&pair->centre, NULL);
    put_invoice(&pair->centre, 1, 2, 1);
    put_invoice(&pair->centre, 2, 1, 1);
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), WITHDRAWN);
    assert_int_equal(INVOICE(&pair->branch, 2), HERE);
}

static void test_by_hand_it_goes_as_the_filter_says(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 2, 1);
    settle(pair);
    RUN(&pair->centre, "register", ref(DOCUMENT, 1), ref(DOCUMENT, 2), "--for", "Ф01");
    settle(pair);
    assert_int_equal(INVOICE(&pair->branch, 1), HERE);
    assert_int_equal(INVOICE(&pair->branch, 2), NEVER);
}

enum { MANY = 3000 };

/* Invoices 100 and on, of companies 1 to 3 in turn. */
static void put_many_invoices(struct side *side)
{
    enum { LINE_BYTES = 700 };
    char *lines = malloc((size_t)MANY * LINE_BYTES);
    assert_non_null(lines);
    for (unsigned part = 0; part < 2; part++) {
        size_t size = 0;
        for (unsigned i = 0; i < MANY / 2; i++) {
            unsigned number = 100 + part * MANY / 2 + i;
            size += (size_t)snprintf(
                lines + size, LINE_BYTES,
                "{\"put\":\"%s\",\"set\":{\"Number\":\"%u\",\"Организация\":\"%s\"}}\n",
                ref(DOCUMENT, number), number, company(1 + i % 3));
        }
        batch(side, lines);
    }
    free(lines);
}

static void test_many_objects_change_hands_in_many_messages(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    settle(pair);
    put_many_invoices(&pair->centre);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(2), company(1));
    settle(pair);
    assert_int_equal(objects_of(&pair->branch), 2 * MANY / 3);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(3), company(1));
    settle(pair);
    assert_int_equal(objects_of(&pair->branch), 2 * MANY / 3);
    RUN(&pair->centre, "filter", "clear", DOCUMENT);
    settle(pair);
    must_be_equal(pair);
}

/* A sweep of all streams, in so many calls. */
static unsigned sweep_streams(struct side *side)
{
    struct fl_routing_sweep place = {0};
    unsigned calls = 1;
    while (!fl_routing_sweep(side->node, UINT64_MAX, &place)) {
        assert_true(++calls < 1000);
    }
    return calls;
}

static void test_streams_in_which_nothing_may_go_are_not_read(void **state)
{
    enum { COUNT = 1500, LINE_BYTES = 150 };
    struct pair *pair = *state;
    char *lines = malloc((size_t)COUNT * LINE_BYTES);
    size_t size = 0;
    assert_non_null(lines);
    limit(pair);
    for (unsigned i = 0; i < COUNT; i++) {
        size += (size_t)snprintf(
            lines + size, LINE_BYTES,
            "{\"put\":\"Catalog.Валюты:11111111-2222-4333-8444-%012u\",\"set\":{}}\n", i);
    }
    batch(&pair->centre, lines);
    free(lines);
    settle(pair);
    assert_true(sweep_streams(&pair->centre) > 1);
    assert_int_equal(sweep_streams(&pair->centre), 1);
    put_currency(&pair->centre, 3, "again");
    settle(pair);
    assert_true(sweep_streams(&pair->centre) > 1);
    assert_int_equal(sweep_streams(&pair->centre), 1);
}

static bool finds_no_room; /* the next commit */

enum fl_status __real_fl_txn_commit(struct fl_txn *txn);
enum fl_status __wrap_fl_txn_commit(struct fl_txn *txn);

enum fl_status __wrap_fl_txn_commit(struct fl_txn *txn)
{
    if (finds_no_room) {
        const struct fl_error error = {.status = FL_FULL};
        finds_no_room = false;
        fl_txn_fail(txn, &error);
    }
    return __real_fl_txn_commit(txn);
}

static void test_what_a_full_store_could_not_sweep_is_swept_later(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_currency(&pair->centre, 3, "once");
    settle(pair);
    (void)sweep_streams(&pair->centre);
    put_currency(&pair->centre, 3, "again");
    settle(pair);
    finds_no_room = true;
    (void)sweep_streams(&pair->centre);
    assert_false(finds_no_room);
    assert_true(sweep_streams(&pair->centre) > 1);
    assert_int_equal(sweep_streams(&pair->centre), 1);
}

/* Steps of one transaction; gives how many were not enough. */
static unsigned steps(struct side *side, unsigned most)
{
    struct fl_subscription subscription;
    struct fl_error error;
    unsigned count = 0;
    while (count < most) {
        enum fl_status status = fl_routing_catch_up(
            side->node, fl_link_peer(side->link), 1, &subscription, &error);
        if (status == FL_OK) {
            break;
        }
        assert_int_equal(status, FL_BUSY);
        count++;
    }
    return count;
}

static void test_a_change_that_is_cut_is_carried_through(void **state)
{
    struct pair *pair = *state;
    put_many_invoices(&pair->centre);
    settle(pair);
    must_be_equal(pair);
    limit(pair);
    assert_int_equal(steps(&pair->centre, 2), 2);
    reopen(&pair->centre, NULL);
    /* What is wanted meanwhile waits for it. */
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(2));
    put_invoice(&pair->centre, 100, 2, 1);
    assert_int_equal(steps(&pair->centre, 2), 2);
    reopen(&pair->centre, NULL);
    assert_true(steps(&pair->centre, 100) > 2);
    settle(pair);
    assert_int_equal(objects_of(&pair->branch), MANY / 3 + 1);
    assert_int_equal(INVOICE(&pair->branch, 100), HERE);
    assert_int_equal(INVOICE(&pair->branch, 102), WITHDRAWN);
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", "--remove");
    assert_int_equal(steps(&pair->centre, 1), 1);
    reopen(&pair->centre, NULL);
    settle(pair);
    must_be_equal(pair);
}

static void test_a_comparison_passes_over_what_is_not_shared(void **state)
{
    struct pair *pair = *state;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 2, 1);
    settle(pair);
    RUN(&pair->centre, "node", "list", "--json");
    fixture_must_say(pair->fixture->out, "\"waiting\": 0");
    put_invoice(&pair->centre, 1, 2, 1);
    put_invoice(&pair->centre, 3, 2, 1);
    put_invoice(&pair->centre, 4, 1, 1);
    RUN(&pair->centre, "node", "list", "--json");
    fixture_must_say(pair->fixture->out, "\"waiting\": 2");
}

static void test_a_1c_base_with_lists_is_sent_and_sends_its_own_alone(void **state)
{
    struct pair *pair = *state;
    char shell[3 * FIXTURE_PATH_BYTES];
    const char *directory = pair->fixture->directory;
    RUN(&pair->centre, "node", "add", "БП01", "--format", "v8msg", "--role", "child");
    limit(pair);
    RUN(&pair->centre, "filter", "value", "БП01", "организации", company(1));
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 2, 1);
    RUN(&pair->centre, "export", "--to", "БП01", "one.xml");
    put_invoice(&pair->centre, 1, 2, 1);
    RUN(&pair->centre, "export", "--to", "БП01", "two.xml");
    RUN(&pair->centre, "export", "--to", "БП01", "--all", "all.xml");
    snprintf(
        shell, sizeof shell,
        "cd '%s' && grep -q 000000000001 one.xml && ! grep -q 000000000002 one.xml && "
        "grep -q ObjectDeletion two.xml && ! grep -q 000000000002 two.xml && "
        "! grep -q 000000000002 all.xml",
        directory);
    assert_int_equal(system(shell), 0);
    /* What it sends is judged as what a branch sends. */
    put_invoice(&pair->centre, 3, 1, 1);
    RUN(&pair->centre, "export", "--to", "БП01", "three.xml");
    snprintf(
        shell, sizeof shell,
        "cd '%s' && sed -e 's/>ЦО</>X</; s/>БП01</>ЦО</; s/>X</>БП01</' "
        "-e 's/000000009001/000000009002/' three.xml >back.xml",
        directory);
    assert_int_equal(system(shell), 0);
    RUN(&pair->centre, "import", "back.xml", "--json");
    fixture_must_say(pair->fixture->out, "\"quarantined\": 2");
    assert_int_equal(quarantined_by(&pair->centre), 2);
}

static void test_what_is_wrong_is_refused_and_changes_nothing(void **state)
{
    struct pair *pair = *state;
    struct fixture *fixture = pair->fixture;
    const char *const wrong[] = {"filter", "set", DOCUMENT, "Организацыя = 1"};
    const char *const of_branch[] = {"filter", "set", DOCUMENT, "Posted = true"};
    const char *const no_type[] = {
        "filter", "value", "Ф01", "x",
        "Catalog.Нет:11111111-2222-4333-8444-555555555555"};
    assert_int_equal(try_on(&pair->centre, 4, wrong), 1);
    fixture_must_say(fixture->complaint, "character 1: \"Организацыя\"");
    assert_int_equal(try_on(&pair->branch, 4, of_branch), 1);
    fixture_must_say(fixture->complaint, "ЦО");
    assert_int_equal(try_on(&pair->centre, 5, no_type), 1);
    fixture_must_say(fixture->complaint, "Catalog.Нет");
    assert_int_equal(fl_node_plan(pair->centre.node)->revision, 0);
}

static void test_it_is_shown_and_explained(void **state)
{
    struct pair *pair = *state;
    char *out = pair->fixture->out;
    limit(pair);
    put_invoice(&pair->centre, 1, 1, 1);
    put_invoice(&pair->centre, 2, 2, 1);
    RUN(&pair->centre, "filter", "show");
    fixture_must_say(out, "Организация in $организации");
    fixture_must_say(out, "Ф01");
    RUN(&pair->centre, "filter", "show", "Ф01", "--json");
    fixture_must_say(out, "\"limited\": true");
    fixture_must_say(out, company(1));
    RUN(&pair->centre, "filter", "explain", "Ф01", ref(DOCUMENT, 1));
    fixture_must_say(out, "the filter admits it");
    RUN(&pair->centre, "filter", "explain", "Ф01", ref(DOCUMENT, 2), "--json");
    fixture_must_say(out, "\"goes\": false");
    fixture_must_say(out, "\"holds\": false");
    fixture_must_say(out, company(2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        TEST(test_a_branch_gets_what_its_filter_admits),
        TEST(test_what_leaves_the_filter_is_withdrawn_and_comes_back),
        TEST(test_a_deletion_reaches_whoever_has_it),
        TEST(test_a_new_filter_withdraws_and_none_gives_back),
        TEST(test_another_rule_moves_what_it_decides_otherwise),
        TEST(test_what_was_deleted_is_placed_anew_under_another_filter),
        TEST(test_what_was_deleted_in_front_of_a_filter_is_not_forgotten),
        TEST(test_nor_is_it_where_the_branch_moves_at_once),
        TEST(test_other_lists_give_and_take),
        TEST(test_what_was_on_its_way_is_told_under_other_lists),
        TEST(test_what_a_branch_wrote_itself_is_withdrawn_with_the_rest),
        TEST(test_what_came_before_the_first_lists_is_withdrawn),
        TEST(test_a_deletion_from_below_takes_nothing_that_came_later),
        TEST(test_what_came_and_left_before_it_was_routed_is_withdrawn),
        TEST(test_what_a_branch_is_told_of_meets_its_change),
        TEST(test_what_is_referred_to_routes_those_that_refer),
        TEST(test_a_branch_writes_only_inside_its_filter),
        TEST(test_a_branch_may_write_what_refers_to_its_own_transaction),
        TEST(test_a_change_that_meets_a_withdrawal_is_on_record),
        TEST(test_what_was_withdrawn_and_taken_comes_back_without_lists),
        TEST(test_what_was_withdrawn_meets_nothing_when_it_comes_back),
        TEST(test_what_was_withdrawn_is_not_sent_by_hand),
        TEST(test_a_restored_branch_is_told_again_what_it_lost),
        TEST(test_routing_goes_on_after_a_restart),
        TEST(test_by_hand_it_goes_as_the_filter_says),
        TEST(test_many_objects_change_hands_in_many_messages),
        TEST(test_a_change_that_is_cut_is_carried_through),
        TEST(test_streams_in_which_nothing_may_go_are_not_read),
        TEST(test_what_a_full_store_could_not_sweep_is_swept_later),
        TEST(test_a_comparison_passes_over_what_is_not_shared),
        TEST(test_a_1c_base_with_lists_is_sent_and_sends_its_own_alone),
        TEST(test_what_is_wrong_is_refused_and_changes_nothing),
        TEST(test_it_is_shown_and_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
