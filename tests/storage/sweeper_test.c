#include "suite.h"

#include "storage/check.h"
#include "storage/sweeper.h"
#include "table.h"

static void sweep_to(struct suite *suite, uint64_t horizon, uint64_t expected)
{
    struct fl_sweep sweep = {.lsn_next = 0};
    struct fl_error error;

    for (int calls = 0; !sweep.done; calls++) {
        if (fl_sweep(suite->store, horizon, &sweep, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
        assert_true(calls < 1000);
    }
    assert_int_equal(sweep.removed, expected);
}

static uint64_t entries(struct suite *suite)
{
    struct fl_store_usage usage;

    ASSERT_OK(fl_store_usage(suite->store, &usage, NULL));
    return usage.journal_entries;
}

static void remove_object(struct suite *suite, uint32_t number)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    (void)suite_append(
        &txn, suite_key(1, number), (struct fl_bytes){0}, FL_ENTRY_DELETED);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_dead_entries_go_and_live_ones_stay(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry;
    struct fl_txn txn;

    for (uint32_t i = 0; i < 30; i++) {
        (void)suite_write(suite, suite_key(1, i % 10), i < 20 ? "old" : "new");
    }
    sweep_to(suite, UINT64_MAX, 20);
    assert_int_equal(entries(suite), 10);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    for (uint32_t i = 0; i < 10; i++) {
        ASSERT_OK(fl_object_get(&txn, suite_key(1, i), &entry));
        assert_true(fl_bytes_equal(entry.record, suite_text("new")));
        assert_int_equal(entry.lsn, 21 + i);
    }
    ASSERT_OK(fl_txn_commit(&txn));
    sweep_to(suite, UINT64_MAX, 0);
    /* Numbers go on where they were. */
    assert_int_equal(suite_write(suite, suite_key(1, 1), "x"), 31);
}

static void test_nothing_above_the_horizon_goes(void **state)
{
    struct suite *suite = *state;

    for (uint32_t i = 0; i < 20; i++) {
        (void)suite_write(suite, suite_key(1, 1), "x");
    }
    sweep_to(suite, 7, 7);
    assert_int_equal(entries(suite), 13);
}

static void test_a_call_removes_a_bounded_number(void **state)
{
    struct suite *suite = *state;
    struct fl_sweep sweep = {.lsn_next = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < 1000; i++) {
        (void)suite_append(&txn, suite_key(1, 1), suite_text("x"), 0);
    }
    ASSERT_OK(fl_txn_commit(&txn));
    ASSERT_OK(fl_sweep(suite->store, UINT64_MAX, &sweep, NULL));
    assert_int_equal(sweep.removed, FL_SWEEP_KEYS_MAX);
    assert_false(sweep.done);
    assert_int_equal(entries(suite), 1000 - FL_SWEEP_KEYS_MAX);
}

static void test_a_call_looks_at_a_bounded_number_of_bytes(void **state)
{
    enum { RECORD_BYTES = 60000, COUNT = 100 };
    struct suite *suite = *state;
    struct fl_sweep sweep = {.lsn_next = 0};
    uint8_t *memory = malloc(RECORD_BYTES);
    size_t calls = 1;
    struct fl_txn txn;

    assert_non_null(memory);
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < COUNT; i++) {
        (void)suite_append(
            &txn, suite_key(1, i), suite_bytes(memory, RECORD_BYTES, i), 0);
    }
    ASSERT_OK(fl_txn_commit(&txn));
    for (; !sweep.done; calls++) {
        uint64_t looked = sweep.looked;

        ASSERT_OK(fl_sweep(suite->store, UINT64_MAX, &sweep, NULL));
        assert_true(
            (sweep.looked - looked) * RECORD_BYTES < FL_SWEEP_BYTES_MAX + RECORD_BYTES);
        assert_true(calls < COUNT);
    }
    assert_int_equal(sweep.looked, COUNT);
    free(memory);
}

/* A sweep that knows what the last one saw. Gives how many entries it looked at. */
static uint64_t sweep_again(
    struct suite *suite,
    uint64_t horizon,
    uint64_t tombstones_to,
    struct fl_sweep_seen *seen)
{
    struct fl_sweep sweep = {.tombstones_to = tombstones_to, .seen = *seen};

    while (!sweep.done) {
        ASSERT_OK(fl_sweep(suite->store, horizon, &sweep, NULL));
    }
    *seen = sweep.seen;
    return sweep.looked;
}

static void test_a_journal_in_which_nothing_may_go_is_not_read(void **state)
{
    struct suite *suite = *state;
    struct fl_sweep_seen seen = {.whole = false};

    for (uint32_t i = 0; i < 10; i++) {
        (void)suite_write(suite, suite_key(1, i), "x");
    }
    remove_object(suite, 1);
    (void)suite_write(suite, suite_key(1, 2), "y");
    assert_int_equal(sweep_again(suite, 2, 0, &seen), 2);
    assert_int_equal(sweep_again(suite, 2, 0, &seen), 0);
    /* More may go; more was written; deletions may be forgotten. */
    assert_int_equal(sweep_again(suite, 3, 0, &seen), 2);
    assert_int_equal(sweep_again(suite, 3, 0, &seen), 0);
    (void)suite_write(suite, suite_key(1, 0), "z");
    assert_int_equal(sweep_again(suite, 3, 0, &seen), 1);
    assert_int_equal(entries(suite), 10);
    assert_int_equal(sweep_again(suite, UINT64_MAX, 0, &seen), 10);
    assert_int_equal(sweep_again(suite, UINT64_MAX, 11, &seen), 10);
    assert_int_equal(entries(suite), 9);
    assert_int_equal(sweep_again(suite, UINT64_MAX, 11, &seen), 0);
}

static void test_source_transactions_keep_their_borders_after_a_sweep(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < 5; i++) {
        (void)suite_append(&txn, suite_key(1, i), suite_text("x"), 0);
    }
    ASSERT_OK(fl_txn_commit(&txn));
    (void)suite_write(suite, suite_key(1, 0), "y");
    sweep_to(suite, UINT64_MAX, 1);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_journal_get(&txn, 2, &entry));
    assert_int_equal(entry.lsn_first, 1);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_parts_of_dead_records_go_too(void **state)
{
    struct suite *suite = *state;
    uint8_t *memory = malloc(FL_RECORD_BYTES_MAX);
    struct fl_bytes record;
    struct fl_txn txn;

    assert_non_null(memory);
    record = suite_bytes(memory, FL_RECORD_BYTES_MAX, 1);
    for (int i = 0; i < 3; i++) {
        fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
        (void)suite_append(&txn, suite_key(1, 1), record, 0);
        ASSERT_OK(fl_txn_commit(&txn));
    }
    (void)suite_write(suite, suite_key(1, 1), "small");
    sweep_to(suite, UINT64_MAX, 3);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_PARTS), 0);
    ASSERT_OK(fl_txn_commit(&txn));
    free(memory);
}

static void test_what_does_not_match_its_tag_is_not_swept(void **state)
{
    struct suite *suite = *state;
    uint8_t row[64] = {0};
    uint8_t lsn[8];
    uint8_t *written;
    struct fl_txn txn;

    (void)suite_write(suite, suite_key(1, 1), "x");
    (void)suite_write(suite, suite_key(1, 1), "y");
    (void)suite_write(suite, suite_key(1, 1), "z");
    fl_store_u64(lsn, 2);
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    ASSERT_OK(fl_txn_engine(&txn)->reserve(
        txn.handle, FL_TABLE_JOURNAL, (struct fl_bytes){lsn, 8}, sizeof row, false,
        &written));
    memcpy(written, row, sizeof row);
    ASSERT_OK(fl_txn_commit(&txn));
    sweep_to(suite, UINT64_MAX, 1);
    assert_int_equal(entries(suite), 2);
}

static uint64_t purged_lsn(struct suite *suite)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    uint64_t lsn = fl_sweep_purged_lsn(&txn);
    ASSERT_OK(fl_txn_commit(&txn));
    return lsn;
}

static void purge_to(struct suite *suite, uint64_t lsn, uint64_t expected)
{
    struct fl_sweep sweep = {.tombstones_to = lsn};

    while (!sweep.done) {
        ASSERT_OK(fl_sweep(suite->store, UINT64_MAX, &sweep, NULL));
    }
    assert_int_equal(sweep.tombstones, expected);
}

static void test_a_deletion_is_forgotten_when_it_is_old_enough(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry;
    struct fl_check_report report;
    struct fl_txn txn;

    for (uint32_t i = 1; i <= 4; i++) {
        (void)suite_write(suite, suite_key(1, i), "");
    }
    for (uint32_t i = 1; i <= 3; i++) {
        remove_object(suite, i);
    }
    purge_to(suite, 0, 0);
    assert_int_equal(purged_lsn(suite), 0);
    purge_to(suite, 6, 2);
    assert_int_equal(purged_lsn(suite), 6);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_object_get(&txn, suite_key(1, 1), &entry), FL_NOT_FOUND);
    assert_int_equal(fl_object_get(&txn, suite_key(1, 2), &entry), FL_NOT_FOUND);
    ASSERT_OK(fl_object_get(&txn, suite_key(1, 3), &entry));
    ASSERT_OK(fl_object_get(&txn, suite_key(1, 4), &entry));
    assert_int_equal(fl_object_count(&txn), 2);
    ASSERT_OK(fl_txn_commit(&txn));
    ASSERT_OK(fl_store_check(
        suite->store, &(struct fl_check_options){.problem = NULL}, &report, NULL));
    assert_int_equal(report.problems, 0);
}

static void test_the_last_deletion_keeps_the_numbers_rising(void **state)
{
    struct suite *suite = *state;

    (void)suite_write(suite, suite_key(1, 1), "x");
    remove_object(suite, 1);
    purge_to(suite, UINT64_MAX, 0);
    assert_int_equal(suite_write(suite, suite_key(1, 2), "y"), 3);
    purge_to(suite, UINT64_MAX, 1);
    assert_int_equal(suite_write(suite, suite_key(1, 1), "z"), 4);
}

static void test_what_a_deletion_needs_its_record_for_stays(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(1, 1), suite_text("filter"), FL_ENTRY_DELETED);
    (void)suite_append(&txn, suite_key(1, 2), (struct fl_bytes){0}, FL_ENTRY_WITHDRAWN);
    (void)suite_append(
        &txn, suite_key(0xFFFF0001u, 1), (struct fl_bytes){0}, FL_ENTRY_DELETED);
    (void)suite_append(&txn, suite_key(1, 3), suite_text("x"), 0);
    ASSERT_OK(fl_txn_commit(&txn));
    purge_to(suite, UINT64_MAX, 0);
    assert_int_equal(entries(suite), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_dead_entries_go_and_live_ones_stay),
        SUITE(test_nothing_above_the_horizon_goes),
        SUITE(test_a_call_removes_a_bounded_number),
        SUITE(test_a_call_looks_at_a_bounded_number_of_bytes),
        SUITE(test_a_journal_in_which_nothing_may_go_is_not_read),
        SUITE(test_source_transactions_keep_their_borders_after_a_sweep),
        SUITE(test_parts_of_dead_records_go_too),
        SUITE(test_a_deletion_is_forgotten_when_it_is_old_enough),
        SUITE(test_the_last_deletion_keeps_the_numbers_rising),
        SUITE(test_what_a_deletion_needs_its_record_for_stays),
        SUITE(test_what_does_not_match_its_tag_is_not_swept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
