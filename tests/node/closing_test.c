/* Days that a branch closes: which, when, and how the centre comes to know. */

#include "scarce.h"

#include "pair.h"

#include "proto/system.h"
#include "report/closing.h"

enum { HOUR_MS = 3600000, ALLOCATIONS_MAX = 1000 };

/* 2026-01-31T12:00:00Z */
static const int64_t NOON_MS = INT64_C(1769860800000);

static uint32_t day_of(const char *text)
{
    uint32_t day = 0;
    assert_true(fl_day_parse(text, &day));
    return day;
}

static void set(struct fl_node *node, const char *at, const char *zone)
{
    struct fl_closing closing = {.is_automatic = true};
    struct fl_txn txn;
    assert_true(fl_closing_parse_time(at, &closing.minute));
    snprintf(closing.zone, sizeof closing.zone, "%s", zone);
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    fl_closing_put(&txn, &closing);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
}

static void must_be_due(struct fl_node *node, int64_t now_ms, const char *wanted)
{
    char zone[FL_DAY_ZONE_BYTES_MAX + 1];
    char text[FL_DAY_TEXT_BYTES] = "none";
    uint32_t day = 0;
    if (fl_closing_due(node, now_ms, &day, zone) == FL_OK) {
        fl_day_text(day, text);
    }
    assert_string_equal(text, wanted);
}

static void test_a_night_closes_the_day_before_an_evening_its_own(void **state)
{
    struct fixture *fixture = *state;
    must_be_due(fixture->node, NOON_MS, "none");
    set(fixture->node, "00:30", "Europe/Moscow"); /* noon in London is three o'clock */
    must_be_due(fixture->node, NOON_MS, "2026-01-30");
    must_be_due(fixture->node, NOON_MS + 9 * HOUR_MS, "2026-01-30");
    must_be_due(fixture->node, NOON_MS + 9 * HOUR_MS + HOUR_MS / 2, "2026-01-31");
    set(fixture->node, "16:00", "Europe/Moscow");
    must_be_due(fixture->node, NOON_MS, "2026-01-30");
    must_be_due(fixture->node, NOON_MS + HOUR_MS, "2026-01-31");
}

static void test_a_day_that_is_closed_is_not_due(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    set(fixture->node, "00:30", "UTC");
    assert_int_equal(
        fl_closing_close(fixture->node, day_of("2026-01-30"), "UTC", NOON_MS, &error),
        FL_OK);
    must_be_due(fixture->node, NOON_MS, "none");
    must_be_due(fixture->node, NOON_MS + 24 * HOUR_MS, "2026-01-31");
}

static void test_days_follow_each_other_and_have_come(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    struct fl_day last;
    assert_int_equal(
        fl_closing_close(fixture->node, day_of("2026-02-01"), "UTC", NOON_MS, &error),
        FL_REFUSED);
    fixture_must_say(error.text, "has not come yet");
    assert_int_equal(
        fl_closing_close(fixture->node, day_of("2026-01-31"), "UTC", NOON_MS, &error),
        FL_OK);
    assert_int_equal(
        fl_closing_close(fixture->node, day_of("2026-01-30"), "UTC", NOON_MS, &error),
        FL_REFUSED);
    fixture_must_say(error.text, "2026-01-31 is closed already");
    assert_int_equal(fl_closing_last(fixture->node, &last), FL_OK);
    assert_int_equal(last.day, day_of("2026-01-31"));
}

static void test_without_memory_a_day_is_closed_later(void **state)
{
    struct fixture *fixture = *state;
    bool failed = true;
    memset(fixture->node->name, 'x', 700); /* so that buffers grow more than once */
    for (uint64_t n = 1; failed; n++) {
        struct fl_error error = {.text = ""};
        struct fl_day last;
        scarce_from(n, /* for_ever= */ false);
        enum fl_status status =
            fl_closing_close(fixture->node, day_of("2026-01-31"), "UTC", NOON_MS, &error);
        failed = scarce_end();
        assert_true(status == FL_OK || error.text[0] != '\0');
        assert_true(failed || status == FL_OK);
        assert_true(status != FL_OK || fl_closing_last(fixture->node, &last) == FL_OK);
        assert_true(n < ALLOCATIONS_MAX);
    }
}

static void test_words_that_are_no_time_are_refused(void **state)
{
    static const char *const WRONG[] = {"24:00", "7", "07:60", "7:00x", "ab"};
    uint32_t minute = 0;
    (void)state;
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        assert_false(fl_closing_parse_time(WRONG[i], &minute));
    }
}

/* -- on its way up -- */

static bool closed_at(struct side *side, struct fl_uuid node, struct fl_entry *out_entry)
{
    struct fl_key key = {.type = FL_SYSTEM_DAY, .id = node};
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    bool is_there = fl_object_get(&txn, key, out_entry) == FL_OK;
    fl_txn_abort(&txn);
    return is_there;
}

static uint64_t whole_lsn(struct side *side)
{
    struct fl_peer peer;
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    assert_int_equal(fl_peers_next(&txn, 0, &peer), FL_OK);
    fl_txn_abort(&txn);
    return peer.whole_lsn;
}

static void test_a_closed_day_travels_up_behind_what_was_written(void **state)
{
    struct pair *pair = *state;
    struct fl_error error;
    struct fl_entry entry;
    put_currency(&pair->branch, 1, "рубль");
    assert_int_equal(
        fl_closing_close(pair->branch.node, day_of("2026-01-31"), "UTC", NOON_MS, &error),
        FL_OK);
    synchronise(pair);
    must_say_of(&pair->centre, 1, "рубль");
    assert_true(closed_at(&pair->centre, pair->branch.node->identity->node, &entry));
    assert_true(whole_lsn(&pair->centre) >= entry.lsn);
}

static void test_the_days_of_the_centre_stay_there(void **state)
{
    struct pair *pair = *state;
    struct fl_error error;
    struct fl_entry entry;
    assert_int_equal(
        fl_closing_close(pair->centre.node, day_of("2026-01-31"), "UTC", NOON_MS, &error),
        FL_OK);
    synchronise(pair);
    assert_false(closed_at(&pair->branch, pair->centre.node->identity->node, &entry));
}

static void test_nobody_closes_the_days_of_the_centre(void **state)
{
    struct pair *pair = *state;
    const struct fl_node *branch = pair->branch.node;
    const struct fl_key key = {
        .type = FL_SYSTEM_DAY, .id = pair->centre.node->identity->node};
    const struct fl_day day = {.day = day_of("2026-01-31"), .code = "ЦО"};
    struct fl_buffer body;
    struct fl_buffer record;
    struct fl_entry entry;
    struct fl_txn txn;
    fl_buffer_init(&body, FL_DAY_BYTES_MAX);
    fl_buffer_init(&record, 2 * FL_DAY_BYTES_MAX);
    fl_day_encode(&day, &body);
    fl_system_seal(
        branch->identity->installation, key,
        &(struct fl_system_record){
            .revision = 1, .issuer = key.id, .body = fl_buffer_view(&body)},
        branch->keys.signing, &record);
    fl_txn_begin(&txn, branch->store, FL_TXN_WRITE);
    (void)fl_journal_append(
        &txn, &(struct fl_entry){.key = key, .record = fl_buffer_view(&record)});
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    synchronise(pair);
    assert_false(closed_at(&pair->centre, key.id, &entry));
    fl_buffer_deinit(&record);
    fl_buffer_deinit(&body);
}

int main(void)
{
#define WITH_NODE(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        WITH_NODE(test_a_night_closes_the_day_before_an_evening_its_own),
        WITH_NODE(test_a_day_that_is_closed_is_not_due),
        WITH_NODE(test_days_follow_each_other_and_have_come),
        WITH_NODE(test_without_memory_a_day_is_closed_later),
        cmocka_unit_test(test_words_that_are_no_time_are_refused),
        WITH_PAIR(test_a_closed_day_travels_up_behind_what_was_written),
        WITH_PAIR(test_the_days_of_the_centre_stay_there),
        WITH_PAIR(test_nobody_closes_the_days_of_the_centre)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
