#include "pair.h"

#include "plan/plan_issue.h"
#include "proto/system.h"

/* `filial plan ...` at one side, words separated by blanks. */
static int plan(struct side *side, const char *line)
{
    char copy[300];
    const char *words[16];
    size_t count = 0;
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    struct fixture *fixture = side->pair->fixture;
    fixture->node = side->node;
    int exit_status = fixture_run_words(fixture, NULL, count, words);
    fixture->node = NULL;
    return exit_status;
}

static void must_plan(struct side *side, const char *line)
{
    if (plan(side, line) != 0) {
        fail_msg("%s: %s", line, side->pair->fixture->complaint);
    }
}

static uint64_t collisions_of(const struct side *side, bool open_only)
{
    struct fl_txn txn;
    struct fl_collision_record collision = {.id = 0};
    uint64_t count = 0;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    while (fl_collisions_next(&txn, collision.id, &collision) == FL_OK) {
        count += collision.open || !open_only;
    }
    fl_txn_abort(&txn);
    return count;
}

static uint64_t quarantined_by(const struct side *side)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    uint64_t count = fl_quarantine_count(&txn);
    fl_txn_abort(&txn);
    return count;
}

static uint64_t revision_of(const struct side *side)
{
    return fl_node_plan(side->node)->revision;
}

static void collide(struct pair *pair)
{
    put_currency(&pair->branch, 1, "before");
    synchronise(pair);
    put_currency(&pair->branch, 1, "of branch");
    put_currency(&pair->centre, 1, "of centre");
}

static void test_settings_travel_from_the_parent_to_the_child(void **state)
{
    struct pair *pair = *state;
    must_plan(&pair->centre, "plan rule Catalog.Валюты --collision child");
    assert_int_equal(revision_of(&pair->centre), 1);
    assert_int_equal(revision_of(&pair->branch), 0);
    synchronise(pair);
    assert_int_equal(revision_of(&pair->branch), 1);
    must_plan(&pair->centre, "plan set --collision hand");
    synchronise(pair);
    assert_int_equal(revision_of(&pair->branch), 2);
    assert_int_equal(
        fl_node_plan(pair->branch.node)->settings.collision, FL_PLAN_BY_HAND);
    assert_int_equal(quarantined_by(&pair->branch), 0);
    must_be_equal(pair);
}

static void test_a_child_cannot_change_what_its_parent_governs(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(plan(&pair->branch, "plan set --collision child"), 1);
    assert_non_null(strstr(pair->fixture->complaint, "ЦО"));
    assert_int_equal(revision_of(&pair->branch), 0);
}

static void test_the_child_wins_where_the_plan_says_so(void **state)
{
    struct pair *pair = *state;
    must_plan(&pair->centre, "plan rule Catalog.Валюты --collision child");
    synchronise(pair);
    collide(pair);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    must_say_of(&pair->centre, 1, "of branch");
    assert_int_equal(collisions_of(&pair->centre, false), 1);
    assert_int_equal(collisions_of(&pair->centre, true), 0);
}

static void test_by_hand_is_as_the_parent_says_and_open(void **state)
{
    struct pair *pair = *state;
    must_plan(&pair->centre, "plan set --collision hand");
    synchronise(pair);
    collide(pair);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    must_say_of(&pair->branch, 1, "of centre");
    assert_int_equal(collisions_of(&pair->centre, true), 1);
}

/* When the branch's message is at the door, the centre's own is on its way already. */
static bool change_the_rule_at_the_door(
    struct pair *pair,
    struct side *from,
    struct wire_frame *frame)
{
    static const char *const lines[] = {
        "plan set --collision parent", "plan set --collision child",
        "plan set --collision hand"};
    if (from == &pair->branch && kind_of(frame) == FL_FRAME_CHUNK) {
        must_plan(&pair->centre, lines[pair->count % 3]);
        pair->count++;
        pair->pass = NULL;
    }
    return true;
}

static void test_a_rule_that_changes_meanwhile_leaves_no_difference(void **state)
{
    struct pair *pair = *state;
    for (unsigned i = 0; i < 6; i++) {
        put_currency(&pair->branch, 1, "before");
        synchronise(pair);
        put_currency(&pair->branch, 1, i % 2 ? "br odd" : "br even");
        put_currency(&pair->centre, 1, i % 2 ? "ce odd" : "ce even");
        pair->pass = change_the_rule_at_the_door;
        synchronise(pair);
        assert_int_equal(pair->count, i + 1);
        synchronise(pair);
        must_be_equal(pair);
        assert_int_equal(revision_of(&pair->branch), revision_of(&pair->centre));
        assert_int_equal(collisions_of(&pair->centre, false), i + 1);
    }
}

static void test_a_type_that_left_the_plan_travels_no_more(void **state)
{
    struct pair *pair = *state;
    must_plan(&pair->centre, "plan remove Catalog.Валюты");
    synchronise(pair);
    put_currency(&pair->branch, 1, "stays here");
    put_many(&pair->branch, 1, 3);
    synchronise(pair);
    assert_int_equal(objects_of(&pair->centre), 3);
    must_plan(&pair->centre, "plan add Catalog.Валюты");
    synchronise(pair);
    put_currency(&pair->branch, 1, "goes now");
    synchronise(pair);
    must_be_equal(pair);
}

static void put_document(struct side *side, unsigned number, const char *date)
{
    char line[300];
    snprintf(
        line, sizeof line,
        "{\"put\":\"Document.СчетНаОплатуПокупателю:11111111-2222-4333-8444-%012u\","
        "\"set\":{\"Date\":\"%s\",\"Number\":\"%u\"}}",
        number, date, number);
    batch(side, line);
}

static void test_nothing_of_a_banned_day_is_taken_and_it_is_on_record(void **state)
{
    struct pair *pair = *state;
    put_document(&pair->branch, 1, "2025-12-31T10:00:00");
    synchronise(pair);
    must_plan(&pair->centre, "plan set --ban-until 2025-12-31");
    put_document(&pair->branch, 1, "2026-01-05T10:00:00"); /* moved out of the year */
    put_document(&pair->branch, 2, "2025-12-31T23:59:59");
    put_document(&pair->branch, 3, "2026-01-01T00:00:00");
    synchronise(pair);
    assert_int_equal(objects_of(&pair->centre), 2); /* 1 as it was, and 3 */
    assert_int_equal(collisions_of(&pair->centre, true), 2);
    struct fl_collision_record collision;
    struct fl_txn txn;
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_READ);
    assert_int_equal(fl_collisions_next(&txn, 0, &collision), FL_OK);
    assert_int_equal(collision.reason, FL_COLLISION_REASON_BANNED);
    assert_int_equal(collision.kept, FL_COLLISION_KEPT_OURS);
    fl_txn_abort(&txn);
    /* The parent itself is not bound. */
    put_document(&pair->centre, 4, "2025-06-01T00:00:00");
    synchronise(pair);
    assert_int_equal(objects_of(&pair->branch), 4);
}

static void test_a_person_decides_about_what_was_banned(void **state)
{
    struct pair *pair = *state;
    must_plan(&pair->centre, "plan set --ban-until 2025-12-31");
    synchronise(pair);
    put_document(&pair->branch, 1, "2025-12-31T10:00:00");
    put_document(&pair->branch, 2, "2025-12-30T10:00:00");
    synchronise(pair);
    assert_int_equal(objects_of(&pair->centre), 0);
    must_plan(&pair->centre, "collision resolve 1 theirs");
    must_plan(&pair->centre, "collision resolve 2 ours");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 1);
}

static void test_settings_of_a_child_change_nothing_above(void **state)
{
    struct pair *pair = *state;
    struct fl_buffer body;
    struct fl_buffer record;
    struct fl_txn txn;
    struct fl_key key = fl_system_key(FL_SYSTEM_PLAN, pair->branch.node->plan);
    struct fl_plan_settings settings = {
        .name = pair->branch.node->plan,
        .kind = FL_PLAN_TREE,
        .collision = FL_PLAN_CHILD_WINS};
    fl_buffer_init(&body, 1 << 16);
    fl_buffer_init(&record, 1 << 16);
    fl_plan_settings_encode(&settings, &body);
    fl_system_seal(
        pair->branch.node->identity->installation, key,
        &(struct fl_system_record){
            .revision = 77,
            .issuer = pair->branch.node->identity->node,
            .body = fl_buffer_view(&body)},
        pair->branch.node->keys.signing, &record);
    fl_txn_begin(&txn, pair->branch.node->store, FL_TXN_KEEP);
    (void)fl_journal_append(
        &txn, &(struct fl_entry){.key = key, .record = fl_buffer_view(&record)});
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    /* It would send them up only to a parent that was restored: as if it were. */
    struct fl_peer parent;
    fl_txn_begin(&txn, pair->branch.node->store, FL_TXN_KEEP);
    assert_int_equal(fl_node_parent(&txn, &parent), FL_OK);
    parent.resend_below = fl_journal_head(&txn);
    fl_peers_put(&txn, &parent);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    fl_replicator_free(pair->branch.replicator);
    open_replicator(&pair->branch);
    synchronise(pair);
    assert_int_equal(revision_of(&pair->centre), 0);
    assert_int_equal(quarantined_by(&pair->centre), 0);
    fl_buffer_deinit(&record);
    fl_buffer_deinit(&body);
}

static void become_equal(struct side *side)
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_KEEP);
    assert_int_equal(fl_peers_next(&txn, 0, &peer), FL_OK);
    peer.role = FL_PEER_EQUAL;
    fl_peers_put(&txn, &peer);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    reopen(side, NULL);
}

static enum fl_plan_collision collision_of(const struct side *side)
{
    return fl_node_plan(side->node)->settings.collision;
}

/* Who issued them was put back, and gave a number again: his latest word holds. */
static void test_of_two_equals_the_one_who_issued_settings_is_right(void **state)
{
    struct pair *pair = *state;
    become_equal(&pair->branch);
    become_equal(&pair->centre);
    must_plan(&pair->centre, "plan set --collision child");
    synchronise(pair);
    reopen(&pair->centre, "cp -r store backup");
    must_plan(&pair->centre, "plan set --collision hand");
    synchronise(pair);
    assert_int_equal(revision_of(&pair->branch), 2);
    assert_int_equal(collision_of(&pair->branch), FL_PLAN_BY_HAND);
    reopen(&pair->centre, "rm -r store && mv backup store");
    adopt(&pair->centre);
    must_plan(&pair->centre, "plan set --collision parent");
    assert_int_equal(revision_of(&pair->centre), 2);
    for (int i = 0; i < 3; i++) {
        synchronise(pair);
    }
    assert_int_equal(revision_of(&pair->branch), revision_of(&pair->centre));
    assert_int_equal(collision_of(&pair->centre), FL_PLAN_PARENT_WINS);
    assert_int_equal(collision_of(&pair->branch), FL_PLAN_PARENT_WINS);
}

static void test_wrong_words_change_nothing(void **state)
{
    struct pair *pair = *state;
    static const char *const lines[] = {
        "plan set --collision nobody",
        "plan set --ban-until 31.12.2025",
        "plan rule Catalog.НетТакого --collision child",
        "plan rule Catalog.Валюты --auto-record perhaps",
        "plan set --plan Нету --collision child",
        "plan create Филиалы",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_not_equal(plan(&pair->centre, lines[i]), 0);
        assert_int_equal(revision_of(&pair->centre), 0);
    }
}

int main(void)
{
#define PAIR_TEST(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_settings_travel_from_the_parent_to_the_child),
        PAIR_TEST(test_a_child_cannot_change_what_its_parent_governs),
        PAIR_TEST(test_the_child_wins_where_the_plan_says_so),
        PAIR_TEST(test_by_hand_is_as_the_parent_says_and_open),
        PAIR_TEST(test_a_rule_that_changes_meanwhile_leaves_no_difference),
        PAIR_TEST(test_a_type_that_left_the_plan_travels_no_more),
        PAIR_TEST(test_nothing_of_a_banned_day_is_taken_and_it_is_on_record),
        PAIR_TEST(test_a_person_decides_about_what_was_banned),
        PAIR_TEST(test_settings_of_a_child_change_nothing_above),
        PAIR_TEST(test_of_two_equals_the_one_who_issued_settings_is_right),
        PAIR_TEST(test_wrong_words_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
