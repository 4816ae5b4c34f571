/* A branch and a centre find out what they have differently, and repair it. */

#include "compare/compare.h"

#include "change/ref.h"
#include "pair.h"

static struct fl_key currency(const struct side *side, unsigned number)
{
    struct fl_key key;
    struct fl_error error;
    char text[100];
    snprintf(text, sizeof text, "Catalog.Валюты:11111111-2222-4333-8444-%012u", number);
    assert_int_equal(
        fl_ref_parse(side->node->configuration, fl_bytes_of_text(text), &key, &error),
        FL_OK);
    return key;
}

/*
 * As if it had come from the other side, so that nothing is registered: what no node
 * does, but a bug or an accident may. `like`: whose record it gets, 0: a deletion.
 */
static void smuggle(struct side *side, unsigned number, unsigned like)
{
    struct fl_txn txn;
    struct fl_entry entry = {.lsn = 0};
    struct fl_buffer copy;
    fl_buffer_init(&copy, 1 << 20);
    if (like != 0) {
        fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
        assert_int_equal(fl_object_get(&txn, currency(side, like), &entry), FL_OK);
        fl_buffer_put(&copy, entry.record);
        fl_txn_abort(&txn);
    }
    fl_txn_begin(&txn, side->node->store, FL_TXN_WRITE);
    fl_journal_append(
        &txn, &(struct fl_entry){
                  .origin = fl_link_peer(side->link)->origin,
                  .configuration = side->node->configuration_number,
                  .flags = like == 0 ? FL_ENTRY_DELETED : 0,
                  .key = currency(side, number),
                  .record = fl_buffer_view(&copy)});
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    fl_buffer_deinit(&copy);
}

static struct fl_compare_report compare_of_type(
    struct side *side,
    uint32_t type,
    bool repair)
{
    struct pair *pair = side->pair;
    const struct fl_compare_wanted wanted = {.type = type, .repair = repair};
    struct fl_compare_report report = {.over = false};
    struct fl_error error;
    if (fl_compare_begin(side->link, &wanted, pair->now_ms, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    for (unsigned turns = 0; turns < TURNS_MAX && !report.over; turns++) {
        turn(pair);
        assert_true(fl_compare_look(side->link, pair->now_ms, &report));
    }
    assert_true(report.over);
    for (unsigned turns = 0; turns < 20; turns++) {
        turn(pair); /* the other side forgets */
    }
    return report;
}

static struct fl_compare_report compare(struct side *side, bool repair)
{
    struct fl_compare_report report = compare_of_type(side, 0, repair);
    assert_int_equal(report.failure, 0);
    return report;
}

static void must_be_repaired(struct pair *pair)
{
    struct side *sides[] = {&pair->branch, &pair->centre};
    synchronise(pair);
    synchronise(pair);
    for (size_t i = 0; i < 2; i++) {
        struct fl_compare_report report = compare(sides[i], false);
        assert_int_equal(report.result->differences, 0);
        assert_int_equal(report.result->on_way, 0);
    }
    must_be_equal(pair);
}

static void test_nodes_that_have_synchronised_are_equal(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 3000);
    put_currency(&pair->centre, 1, "one");
    put_currency(&pair->centre, 2, "two");
    synchronise(pair);
    batch(
        &pair->branch,
        "{\"delete\":\"Catalog.Валюты:11111111-2222-4333-8444-000000000002\"}");
    synchronise(pair);
    struct fixture_state before = fixture_content(pair->centre.node);
    struct fl_compare_report report = compare(&pair->branch, true);
    assert_int_equal(report.result->objects_here, 3001);
    assert_int_equal(report.result->objects_there, 3001);
    assert_int_equal(report.result->differences, 0);
    assert_true(report.wire_bytes < 250);
    assert_int_equal(compare(&pair->centre, true).result->differences, 0);
    fixture_must_be_unchanged(pair->centre.node, &before);
}

/* One of each kind, of those that need no broken disk. */
static void make_differences(struct pair *pair)
{
    for (unsigned number = 1; number <= 9; number++) {
        put_currency(&pair->branch, number, "as it was");
    }
    put_currency(&pair->branch, 20, "another");
    put_many(&pair->branch, 1, 500);
    synchronise(pair);
    smuggle(&pair->branch, 1, 20);
    smuggle(&pair->branch, 10, 20);
    smuggle(&pair->centre, 11, 20);
    smuggle(&pair->branch, 2, 0);
    smuggle(&pair->centre, 3, 0);
    smuggle(&pair->centre, 4, 20);
}

static const struct fl_difference *found_of(
    const struct fl_compare_report *report,
    struct fl_key key)
{
    for (size_t i = 0; i < report->found->count; i++) {
        if (fl_key_equal(report->found->items[i].key, key)) {
            return &report->found->items[i];
        }
    }
    fail_msg("it was not found");
    return NULL;
}

static void must_find(
    const struct side *side,
    const struct fl_compare_report *report,
    unsigned number,
    enum fl_difference_kind kind,
    enum fl_difference_keep keep)
{
    const struct fl_difference *found = found_of(report, currency(side, number));
    assert_int_equal(found->kind, kind);
    assert_int_equal(found->keep, keep);
}

static void test_every_kind_of_difference_is_found_from_either_side(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    struct fl_compare_report report = compare(&pair->branch, false);
    const struct side *side = &pair->branch;
    assert_int_equal(report.found->count, 6);
    must_find(side, &report, 1, FL_DIFFERENCE_CONTENT, FL_KEEP_THEIRS);
    must_find(side, &report, 10, FL_DIFFERENCE_ONLY_HERE, FL_KEEP_OURS);
    must_find(side, &report, 11, FL_DIFFERENCE_ONLY_THERE, FL_KEEP_THEIRS);
    must_find(side, &report, 2, FL_DIFFERENCE_DELETED_HERE, FL_KEEP_THEIRS);
    must_find(side, &report, 3, FL_DIFFERENCE_DELETED_THERE, FL_KEEP_OURS);
    must_find(side, &report, 4, FL_DIFFERENCE_CONTENT, FL_KEEP_OURS);
    assert_int_equal(found_of(&report, currency(side, 1))->newer, FL_NEWER_UNKNOWN);
    assert_int_equal(found_of(&report, currency(side, 4))->newer, FL_NEWER_OURS);
    report = compare(&pair->centre, false);
    side = &pair->centre;
    assert_int_equal(report.found->count, 6);
    must_find(side, &report, 1, FL_DIFFERENCE_CONTENT, FL_KEEP_OURS);
    must_find(side, &report, 10, FL_DIFFERENCE_ONLY_THERE, FL_KEEP_THEIRS);
    must_find(side, &report, 11, FL_DIFFERENCE_ONLY_HERE, FL_KEEP_OURS);
    must_find(side, &report, 2, FL_DIFFERENCE_DELETED_THERE, FL_KEEP_OURS);
    must_find(side, &report, 3, FL_DIFFERENCE_DELETED_HERE, FL_KEEP_THEIRS);
    must_find(side, &report, 4, FL_DIFFERENCE_CONTENT, FL_KEEP_THEIRS);
    const struct fl_difference *newer = found_of(&report, currency(side, 4));
    assert_int_equal(newer->newer, FL_NEWER_THEIRS);
    assert_true(newer->lsn_here > newer->lsn_there && newer->lsn_there > 0);
}

static void test_what_differs_is_counted_by_type_and_kind(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    put_many(&pair->branch, 1000, 2);
    struct fl_compare_report report = compare(&pair->branch, false);
    assert_int_equal(report.found->type_count, 1);
    const struct fl_compare_type *type = &report.found->types[0];
    assert_int_equal(type->type, currency(&pair->branch, 1).type);
    assert_int_equal(type->by_kind[FL_DIFFERENCE_CONTENT].count, 2);
    assert_int_equal(type->by_kind[FL_DIFFERENCE_CONTENT].newer_here, 1);
    assert_int_equal(type->by_kind[FL_DIFFERENCE_CONTENT].newer_there, 0);
    assert_int_equal(type->by_kind[FL_DIFFERENCE_ONLY_THERE].count, 1);
    assert_int_equal(type->by_kind[FL_DIFFERENCE_ONLY_THERE].newer_there, 1);
    assert_int_equal(type->by_kind[FL_DIFFERENCE_DAMAGED_HERE].count, 0);
}

/* The bounds hold whatever differs; what has no row of its own is counted together. */
static void test_no_number_of_differences_fills_the_memory(void **state)
{
    struct fl_compare_found found = {.count = 0};
    struct fl_difference difference = {.kind = FL_DIFFERENCE_ONLY_HERE};
    (void)state;
    for (uint32_t i = 0; i < 3 * FL_COMPARE_FOUND_MAX; i++) {
        difference.key.type = 1 + (i * 7919) % FL_COMPARE_FOUND_MAX;
        fl_compare_found_put(&found, &difference, 1);
    }
    assert_int_equal(found.count, FL_COMPARE_FOUND_MAX);
    assert_int_equal(found.type_count, FL_COMPARE_TYPES_MAX + 1);
    assert_int_equal(found.types[0].type, 0);
    uint64_t sum = 0;
    for (size_t i = 0; i < found.type_count; i++) {
        assert_true(i == 0 || found.types[i - 1].type < found.types[i].type);
        sum += found.types[i].by_kind[FL_DIFFERENCE_ONLY_HERE].count;
    }
    assert_int_equal(sum, 3 * FL_COMPARE_FOUND_MAX);
    fl_compare_found_free(&found);
}

static void must_have_repaired(struct pair *pair)
{
    must_be_repaired(pair);
    must_say_of(&pair->branch, 1, "as it was");
    must_say_of(&pair->branch, 2, "as it was");
    must_say_of(&pair->branch, 3, "as it was");
    must_say_of(&pair->branch, 4, "as it was");
    must_say_of(&pair->branch, 11, "another");
    must_say_of(&pair->centre, 10, "another");
    assert_int_equal(objects_of(&pair->branch), 500 + 10 + 2);
}

static void test_a_branch_repairs(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    struct fl_compare_report report = compare(&pair->branch, true);
    assert_int_equal(report.result->registered_here, 3);
    assert_int_equal(report.result->registered_there, 3);
    must_have_repaired(pair);
}

static void test_the_centre_repairs(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    struct fl_compare_report report = compare(&pair->centre, true);
    assert_int_equal(report.result->registered_here, 3);
    assert_int_equal(report.result->registered_there, 3);
    must_have_repaired(pair);
}

/* -- what the plan says -- */

static uint64_t registered_by(const struct fl_compare_report *report)
{
    return report->result->registered_here + report->result->registered_there;
}

static void set_rule(struct pair *pair, const char *option, const char *value)
{
    const char *const words[] = {"plan", "rule", "Catalog.Валюты", option, value};
    (void)run_on(&pair->centre, NULL, sizeof words / sizeof words[0], words);
    synchronise(pair);
}

static void test_the_rule_of_the_type_says_whose_version_is_kept(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    set_rule(pair, "--collision", "child");
    struct fl_compare_report report = compare(&pair->centre, true);
    must_find(&pair->centre, &report, 1, FL_DIFFERENCE_CONTENT, FL_KEEP_THEIRS);
    must_be_repaired(pair);
    must_say_of(&pair->centre, 1, "another");
}

static void test_what_the_plan_keeps_back_is_not_compared(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    set_rule(pair, "--send", "never");
    struct fl_compare_report report = compare(&pair->branch, true);
    assert_int_equal(report.result->objects_here, 500);
    assert_int_equal(report.result->differences, 0);
    report = compare_of_type(&pair->branch, currency(&pair->branch, 1).type, false);
    assert_int_equal(report.reason, FL_COMPARE_FOREIGN);
}

static void test_what_is_registered_by_hand_only_is_repaired_by_hand(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    set_rule(pair, "--auto-record", "no");
    struct fl_compare_report report = compare(&pair->branch, true);
    assert_int_equal(report.result->differences, 6);
    assert_int_equal(registered_by(&report), 6);
    must_be_repaired(pair);
}

static void test_what_waits_to_be_sent_is_no_difference(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    put_currency(&pair->branch, 2, "two");
    synchronise(pair);
    put_currency(&pair->branch, 1, "one again");
    put_currency(&pair->branch, 3, "three");
    put_currency(&pair->centre, 4, "four");
    batch(
        &pair->centre,
        "{\"delete\":\"Catalog.Валюты:11111111-2222-4333-8444-000000000002\"}");
    struct side *sides[] = {&pair->branch, &pair->centre};
    for (size_t i = 0; i < 2; i++) {
        struct fl_compare_report report = compare(sides[i], true);
        assert_int_equal(report.result->differences, 0);
        assert_int_equal(report.result->on_way, 4);
        assert_int_equal(
            report.result->registered_here + report.result->registered_there, 0);
    }
    must_be_repaired(pair);
}

static void test_only_one_type_is_compared_when_only_it_is_asked_for(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    uint32_t type = currency(&pair->branch, 1).type;
    struct fl_compare_report report = compare_of_type(&pair->branch, type, false);
    assert_int_equal(report.result->objects_here, 10);
    assert_int_equal(report.result->differences, 6);
    report = compare_of_type(&pair->branch, type + 1, false);
    assert_int_equal(report.failure, 0);
    assert_int_equal(report.result->differences, 0);
}

static void test_an_object_that_rotted_comes_back(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "Vierzigste");
    put_many(&pair->branch, 1, 100);
    synchronise(pair);
    reopen(&pair->branch, "LC_ALL=C sed -i s/Vierzigste/Vierzigstf/ store/data.mdb");
    synchronise(pair);
    struct fl_compare_report report = compare(&pair->centre, false);
    must_find(&pair->centre, &report, 1, FL_DIFFERENCE_DAMAGED_THERE, FL_KEEP_OURS);
    report = compare(&pair->branch, true);
    must_find(&pair->branch, &report, 1, FL_DIFFERENCE_DAMAGED_HERE, FL_KEEP_THEIRS);
    assert_int_equal(report.result->differences, 1);
    must_be_repaired(pair);
    must_say_of(&pair->branch, 1, "Vierzigste");
    pair->branch.broken = 1; /* the old entry, until it is swept */
}

static uint64_t head_of(const struct side *side)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    uint64_t head = fl_journal_head(&txn);
    fl_txn_abort(&txn);
    return head;
}

/* Each side only what it gets: written anew it would go to all other peers too. */
static void test_a_repair_writes_nothing_into_its_own_journal(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    uint64_t branch = head_of(&pair->branch);
    uint64_t centre = head_of(&pair->centre);
    struct fl_compare_report report = compare(&pair->branch, true);
    assert_int_equal(registered_by(&report), 6);
    must_have_repaired(pair);
    assert_int_equal(head_of(&pair->branch), branch + 3);
    assert_int_equal(head_of(&pair->centre), centre + 3);
}

/* What was received from a peer and lost is sent to it again as what it is. */
static void test_a_repair_keeps_the_origin_of_what_others_made(void **state)
{
    struct pair *pair = *state;
    struct fl_txn txn;
    struct fl_entry entry;
    put_currency(&pair->branch, 1, "one");
    put_currency(&pair->centre, 2, "two");
    synchronise(pair);
    smuggle(&pair->branch, 2, 0);
    smuggle(&pair->branch, 1, 0);
    (void)compare(&pair->branch, true);
    must_be_repaired(pair);
    fl_txn_begin(&txn, pair->branch.node->store, FL_TXN_READ);
    assert_int_equal(fl_object_get(&txn, currency(&pair->branch, 2), &entry), FL_OK);
    assert_int_equal(entry.origin, fl_link_peer(pair->branch.link)->origin);
    fl_txn_abort(&txn);
}

/* -- a line that is not good -- */

static bool lose_comparisons(
    struct pair *pair,
    struct side *from,
    struct wire_frame *frame)
{
    (void)from;
    if (kind_of(frame) != FL_FRAME_COMPARE) {
        return true;
    }
    pair->count = pair->count * 1103515245u + 12345u;
    return (pair->count >> 16) % 3 != 0;
}

static void test_lost_frames_cost_time_and_nothing_else(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    pair->pass = lose_comparisons;
    pair->count = 7;
    struct fl_compare_report report = compare(&pair->branch, true);
    assert_int_equal(report.result->differences, 6);
    pair->pass = NULL;
    must_have_repaired(pair);
}

static bool cut_each(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    if (kind_of(frame) == FL_FRAME_COMPARE && ++pair->count % 3 == 0) {
        from->close_wanted = true;
        return false;
    }
    return true;
}

static void test_a_comparison_outlives_its_connection(void **state)
{
    struct pair *pair = *state;
    make_differences(pair);
    pair->pass = cut_each;
    struct fl_compare_report report = compare(&pair->branch, true);
    assert_int_equal(report.result->differences, 6);
    pair->pass = NULL;
    must_have_repaired(pair);
}

static void test_changes_and_rounds_go_on_meanwhile(void **state)
{
    struct pair *pair = *state;
    const struct fl_compare_wanted wanted = {.type = 0};
    struct fl_compare_report report = {.over = false};
    struct fl_error error;
    unsigned number = 100;
    make_differences(pair);
    put_many(&pair->centre, 100000, 3000);
    synchronise(pair);
    assert_int_equal(
        fl_compare_begin(pair->branch.link, &wanted, pair->now_ms, &error), FL_OK);
    for (unsigned turns = 0; turns < TURNS_MAX && !report.over; turns++) {
        if (turns % 3 == 0 && number < 200) {
            put_currency(&pair->branch, number % 20 + 100, "on and on");
            put_currency(&pair->centre, number % 20 + 120, "on and on");
            number++;
            fl_replicator_sync(pair->branch.link, pair->now_ms);
        }
        turn(pair);
        assert_true(fl_compare_look(pair->branch.link, pair->now_ms, &report));
    }
    assert_true(report.over);
    assert_int_equal(report.failure, 0);
    assert_int_equal(report.result->differences, 6);
    assert_true(number == 200);
}

/* Whoever asked went away: somebody else may ask, not at once but soon. */
static void test_a_comparison_that_nobody_waits_for_makes_room(void **state)
{
    struct pair *pair = *state;
    const struct fl_compare_wanted wanted = {.type = 0};
    struct fl_error error;
    make_differences(pair);
    disconnect(pair);
    assert_int_equal(
        fl_compare_begin(pair->branch.link, &wanted, pair->now_ms, &error), FL_OK);
    assert_int_equal(
        fl_compare_begin(pair->branch.link, &wanted, pair->now_ms + 10000, &error),
        FL_BUSY);
    assert_int_equal(
        fl_compare_begin(pair->branch.link, &wanted, pair->now_ms + 20000, &error),
        FL_OK);
}

/* -- who may ask, and for what -- */

static bool ask_for_another_type(
    struct pair *pair,
    struct side *from,
    struct wire_frame *frame)
{
    static struct fl_compare said;
    struct fl_frame decoded;
    (void)pair;
    (void)from;
    assert_int_equal(
        fl_frame_decode((struct fl_bytes){frame->bytes, frame->size}, &decoded), FL_OK);
    if (decoded.kind == FL_FRAME_COMPARE &&
        fl_compare_decode(decoded.comparison, &said) == FL_OK &&
        said.kind == FL_COMPARE_BEGIN) {
        frame->bytes[frame->size - 2] = 0x7F; /* a type that there is not */
    }
    return true;
}

static void test_only_types_of_the_plan_are_answered_for(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    pair->pass = ask_for_another_type;
    struct fl_compare_report report = compare_of_type(&pair->branch, 0, false);
    assert_int_equal(report.failure, FL_COMPARISON_REFUSED);
    assert_int_equal(report.reason, FL_COMPARE_FOREIGN);
    pair->pass = NULL;
    report = compare_of_type(&pair->branch, 0x7F00, false);
    assert_int_equal(report.failure, FL_COMPARISON_NO_STORE);
    assert_int_equal(report.reason, FL_COMPARE_FOREIGN);
}

static struct wire_frame kept;

static bool keep_copy(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    if (from == &pair->branch && kind_of(frame) == FL_FRAME_COMPARE &&
        kept.bytes == NULL) {
        kept.size = frame->size;
        kept.bytes = malloc(frame->size);
        assert_non_null(kept.bytes);
        memcpy(kept.bytes, frame->bytes, frame->size);
    }
    return true;
}

/* Recorded in one session, it means nothing in another. */
static void test_a_frame_of_another_session_is_dropped(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    pair->pass = keep_copy;
    (void)compare(&pair->branch, false);
    pair->pass = NULL;
    disconnect(pair);
    synchronise(pair);
    uint64_t frames = pair->centre.frames_sent;
    fl_replicator_frame(
        pair->centre.link, (struct fl_bytes){kept.bytes, kept.size}, pair->now_ms);
    free(kept.bytes);
    kept = (struct wire_frame){.bytes = NULL};
    for (unsigned turns = 0; turns < 20; turns++) {
        turn(pair);
    }
    assert_int_equal(pair->centre.frames_sent, frames);
}

static void test_no_connection_is_said_in_time(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    disconnect(pair);
    struct fl_compare_report report = compare_of_type(&pair->branch, 0, false);
    assert_int_equal(report.failure, FL_COMPARISON_LOST);
    struct fl_error error;
    const struct fl_compare_wanted wanted = {.type = 0};
    assert_int_equal(
        fl_compare_begin(pair->branch.link, &wanted, pair->now_ms, &error), FL_OK);
    assert_int_equal(
        fl_compare_begin(pair->branch.link, &wanted, pair->now_ms, &error), FL_BUSY);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(test_nodes_that_have_synchronised_are_equal),
        CASE(test_every_kind_of_difference_is_found_from_either_side),
        CASE(test_what_differs_is_counted_by_type_and_kind),
        cmocka_unit_test(test_no_number_of_differences_fills_the_memory),
        CASE(test_a_branch_repairs),
        CASE(test_the_centre_repairs),
        CASE(test_the_rule_of_the_type_says_whose_version_is_kept),
        CASE(test_what_the_plan_keeps_back_is_not_compared),
        CASE(test_what_is_registered_by_hand_only_is_repaired_by_hand),
        CASE(test_what_waits_to_be_sent_is_no_difference),
        CASE(test_only_one_type_is_compared_when_only_it_is_asked_for),
        CASE(test_an_object_that_rotted_comes_back),
        CASE(test_a_repair_writes_nothing_into_its_own_journal),
        CASE(test_a_repair_keeps_the_origin_of_what_others_made),
        CASE(test_lost_frames_cost_time_and_nothing_else),
        CASE(test_a_comparison_outlives_its_connection),
        CASE(test_changes_and_rounds_go_on_meanwhile),
        CASE(test_a_comparison_that_nobody_waits_for_makes_room),
        CASE(test_only_types_of_the_plan_are_answered_for),
        CASE(test_a_frame_of_another_session_is_dropped),
        CASE(test_no_connection_is_said_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
