#include "suite.h"

#include "storage/settings.h"
#include "storage/sweeper.h"
#include "table.h"

static void test_the_first_failure_is_kept_and_nothing_is_written(void **state)
{
    struct suite *suite = *state;
    struct fl_error reason = {.status = FL_REFUSED, .text = "a rule forbids it"};
    struct fl_error later = {.status = FL_UNTRUSTED, .text = "later"};
    struct fl_bytes value;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    fl_settings_put(&txn, suite_text("a"), suite_text("1"));
    fl_txn_fail(&txn, &reason);
    fl_txn_fail(&txn, &later);
    fl_settings_put(&txn, suite_text("b"), suite_text("2"));
    assert_int_equal(fl_settings_get(&txn, suite_text("a"), &value), FL_REFUSED);
    assert_int_equal(fl_txn_commit(&txn), FL_REFUSED);
    assert_string_equal(fl_txn_error(&txn)->text, "a rule forbids it");
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_settings_get(&txn, suite_text("a"), &value), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_an_end_may_come_twice(void **state)
{
    struct suite *suite = *state;
    struct fl_txn zeroed = {.store = NULL};
    struct fl_txn txn;

    fl_txn_abort(&zeroed);
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    fl_txn_abort(&txn);
    fl_txn_abort(&txn);
    ASSERT_OK(fl_txn_status(&txn));
}

static void test_a_write_transaction_has_a_bound_of_rows(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    txn.keys = FL_STORE_TXN_KEYS_MAX - 1;
    assert_true(fl_txn_has_room(&txn, 100, 1));
    assert_false(fl_txn_has_room(&txn, 100, 2));
    fl_settings_put(&txn, suite_text("a"), suite_text("1"));
    ASSERT_OK(fl_txn_status(&txn));
    fl_settings_put(&txn, suite_text("b"), suite_text("1"));
    assert_int_equal(fl_txn_commit(&txn), FL_LIMIT);
}

static void test_a_write_transaction_has_a_bound_of_bytes(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    txn.bytes = FL_STORE_TXN_BYTES_MAX - 4;
    fl_settings_put(&txn, suite_text("b"), suite_text("1"));
    assert_int_equal(fl_txn_commit(&txn), FL_LIMIT);
    assert_non_null(strstr(fl_txn_error(&txn)->text, "divide"));
}

/* A store of 8 MiB, filled up to `percent` with changes of a few objects. */
static void fill(struct suite *suite, uint32_t percent)
{
    static uint8_t memory[8000];
    struct fl_bytes record = suite_bytes(memory, sizeof memory, 1);
    struct fl_store_usage usage;

    fl_store_close(suite->store);
    suite->store = NULL;
    suite->options.map_bytes = UINT64_C(8) << 20;
    suite_reopen(suite);
    ASSERT_OK(fl_store_usage(suite->store, &usage, NULL));
    for (uint32_t i = 0; usage.used_bytes * 100 <= usage.map_bytes * percent; i++) {
        struct fl_txn txn;

        fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
        for (uint32_t j = 0; j < 4; j++) {
            (void)suite_append(&txn, suite_key(1, (4 * i + j) % 8), record, 0);
        }
        ASSERT_OK(fl_txn_commit(&txn));
        ASSERT_OK(fl_store_usage(suite->store, &usage, NULL));
    }
}

static enum fl_status attempt(struct suite *suite, enum fl_txn_mode mode)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, mode);
    fl_settings_put(&txn, suite_text("a"), suite_text("1"));
    return fl_txn_commit(&txn);
}

static void test_quotas_stop_intake_then_local_writes_never_upkeep(void **state)
{
    struct suite *suite = *state;

    fill(suite, 50);
    ASSERT_OK(attempt(suite, FL_TXN_INTAKE));
    fill(suite, 85);
    assert_int_equal(attempt(suite, FL_TXN_INTAKE), FL_FULL);
    ASSERT_OK(attempt(suite, FL_TXN_WRITE));
    fill(suite, 95);
    assert_int_equal(attempt(suite, FL_TXN_INTAKE), FL_FULL);
    assert_int_equal(attempt(suite, FL_TXN_WRITE), FL_FULL);
    ASSERT_OK(attempt(suite, FL_TXN_KEEP));
}

static void sweep_all(struct suite *suite)
{
    struct fl_sweep sweep = {.lsn_next = 0};
    struct fl_error error;

    while (!sweep.done) {
        if (fl_sweep(suite->store, UINT64_MAX, &sweep, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
    }
    assert_true(sweep.removed > 0);
}

static void test_a_full_map_says_so_and_can_be_swept(void **state)
{
    static uint8_t memory[8000];
    struct suite *suite = *state;
    struct fl_bytes record = suite_bytes(memory, sizeof memory, 1);
    enum fl_status status = FL_OK;
    struct fl_txn txn;

    fill(suite, 90);
    for (uint32_t i = 0; status == FL_OK && i < 10000; i++) {
        fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
        (void)suite_append(&txn, suite_key(1, i % 8), record, 0);
        status = fl_txn_commit(&txn);
    }
    assert_int_equal(status, FL_FULL);
    assert_false(fl_store_is_dead(suite->store));
    sweep_all(suite);
    ASSERT_OK(attempt(suite, FL_TXN_WRITE));
    ASSERT_OK(attempt(suite, FL_TXN_INTAKE));
}

static void test_little_room_on_the_disk_stops_writes(void **state)
{
    struct suite *suite = *state;

    suite->options.intake_disk_bytes = UINT64_MAX / 2;
    suite_reopen(suite);
    assert_int_equal(attempt(suite, FL_TXN_INTAKE), FL_FULL);
    ASSERT_OK(attempt(suite, FL_TXN_WRITE));
    suite->options.local_disk_bytes = UINT64_MAX / 2;
    suite_reopen(suite);
    assert_int_equal(attempt(suite, FL_TXN_WRITE), FL_FULL);
    ASSERT_OK(attempt(suite, FL_TXN_KEEP));
}

static void test_a_failed_commit_ends_the_store(void **state)
{
    struct suite *suite = *state;
    struct fl_bytes value;
    struct fl_txn txn;

    fl_memory_engine_fault(suite->memory, 1, FL_MEMORY_FAIL_BEFORE);
    assert_int_equal(attempt(suite, FL_TXN_WRITE), FL_IO);
    assert_true(fl_store_is_dead(suite->store));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_settings_get(&txn, suite_text("a"), &value), FL_IO);
    assert_int_equal(fl_txn_commit(&txn), FL_IO);
    assert_non_null(strstr(fl_txn_error(&txn)->text, "restart"));
    assert_int_equal(attempt(suite, FL_TXN_WRITE), FL_IO);
    suite_reopen(suite);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_settings_get(&txn, suite_text("a"), &value), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_failed_commit_may_have_kept_everything(void **state)
{
    struct suite *suite = *state;
    struct fl_bytes value;
    struct fl_txn txn;

    fl_memory_engine_fault(suite->memory, 1, FL_MEMORY_FAIL_AFTER);
    assert_int_equal(attempt(suite, FL_TXN_WRITE), FL_IO);
    suite_reopen(suite);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_settings_get(&txn, suite_text("a"), &value));
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_disk_that_lies_loses_all_from_there_on(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry;
    struct fl_txn txn;

    fl_memory_engine_fault(suite->memory, 2, FL_MEMORY_LOSE);
    for (uint32_t i = 0; i < 4; i++) {
        (void)suite_write(suite, suite_key(1, i), "x");
    }
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_object_get(&txn, suite_key(1, 3), &entry));
    ASSERT_OK(fl_txn_commit(&txn));
    suite_reopen(suite);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_journal_head(&txn), 1);
    assert_int_equal(fl_object_get(&txn, suite_key(1, 3), &entry), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_the_first_failure_is_kept_and_nothing_is_written),
        SUITE(test_an_end_may_come_twice),
        SUITE(test_a_write_transaction_has_a_bound_of_rows),
        SUITE(test_a_write_transaction_has_a_bound_of_bytes),
        SUITE(test_quotas_stop_intake_then_local_writes_never_upkeep),
        SUITE(test_a_full_map_says_so_and_can_be_swept),
        SUITE_LMDB(test_little_room_on_the_disk_stops_writes),
        SUITE_MEMORY(test_a_failed_commit_ends_the_store),
        SUITE_MEMORY(test_a_failed_commit_may_have_kept_everything),
        SUITE_MEMORY(test_a_disk_that_lies_loses_all_from_there_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
