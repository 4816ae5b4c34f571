#include "suite.h"

#include "table.h"

static void test_lsns_follow_each_other_over_transactions(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    assert_int_equal(fl_journal_head(&txn), 0);
    assert_int_equal(suite_append(&txn, suite_key(1, 1), suite_text("a"), 0), 1);
    assert_int_equal(suite_append(&txn, suite_key(1, 2), suite_text("b"), 0), 2);
    assert_int_equal(fl_journal_head(&txn), 2);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    assert_int_equal(suite_append(&txn, suite_key(1, 3), suite_text("c"), 0), 3);
    fl_txn_abort(&txn);
    /* What was aborted leaves no gap. */
    assert_int_equal(suite_write(suite, suite_key(1, 4), "d"), 3);
    suite_reopen(suite);
    assert_int_equal(suite_write(suite, suite_key(1, 5), "e"), 4);
}

static void test_an_object_gives_its_newest_entry(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;
    struct fl_entry entry;
    uint64_t lsn = 0;

    (void)suite_write(suite, suite_key(5, 1), "old");
    (void)suite_write(suite, suite_key(5, 1), "new");
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_object_get(&txn, suite_key(5, 1), &entry));
    assert_int_equal(entry.lsn, 2);
    assert_true(entry.live);
    assert_true(fl_bytes_equal(entry.record, suite_text("new")));
    ASSERT_OK(fl_object_lsn(&txn, suite_key(5, 1), &lsn));
    assert_int_equal(lsn, 2);
    ASSERT_OK(fl_journal_get(&txn, 1, &entry));
    assert_false(entry.live);
    assert_true(fl_bytes_equal(entry.record, suite_text("old")));
    assert_int_equal(fl_object_get(&txn, suite_key(5, 2), &entry), FL_NOT_FOUND);
    assert_int_equal(fl_journal_get(&txn, 3, &entry), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_every_field_of_an_entry_comes_back(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry = {
        .origin = 0xfffffffe,
        .configuration = 0xfffd,
        .flags = FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN,
        .key = {.type = 0xfffffffc, .id = suite_uuid(0xab)},
    };
    struct fl_entry read;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    assert_int_equal(fl_journal_append(&txn, &entry), 1);
    /* Also inside the transaction that wrote it. */
    ASSERT_OK(fl_object_get(&txn, entry.key, &read));
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_object_get(&txn, entry.key, &read));
    assert_int_equal(read.origin, entry.origin);
    assert_int_equal(read.configuration, entry.configuration);
    assert_int_equal(read.flags, entry.flags);
    assert_true(fl_key_equal(read.key, entry.key));
    assert_int_equal(read.record.size, 0);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_deleted_object_is_found_as_deleted(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry;
    struct fl_txn txn;

    (void)suite_write(suite, suite_key(1, 1), "alive");
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(1, 1), suite_text(""), FL_ENTRY_DELETED);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_object_get(&txn, suite_key(1, 1), &entry));
    assert_int_equal(entry.flags, FL_ENTRY_DELETED);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_source_transactions_keep_their_borders(void **state)
{
    static const uint64_t firsts[] = {1, 1, 3, 3, 3, 6};
    struct suite *suite = *state;
    struct fl_journal_scan scan;
    struct fl_entry entry;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < 5; i++) {
        if (i == 2) {
            fl_journal_transaction(&txn);
        }
        (void)suite_append(&txn, suite_key(1, i), suite_text("x"), 0);
    }
    ASSERT_OK(fl_txn_commit(&txn));
    (void)suite_write(suite, suite_key(1, 9), "y");
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    fl_journal_scan_begin(&scan, &txn, 1);
    for (size_t i = 0; i < 6; i++) {
        ASSERT_OK(fl_journal_scan_next(&scan, &entry));
        assert_int_equal(entry.lsn, i + 1);
        assert_int_equal(entry.lsn_first, firsts[i]);
    }
    assert_int_equal(fl_journal_scan_next(&scan, &entry), FL_NOT_FOUND);
    fl_journal_scan_end(&scan);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_scan_tells_live_from_dead(void **state)
{
    struct suite *suite = *state;
    struct fl_journal_scan scan;
    struct fl_entry entry;
    struct fl_txn txn;

    (void)suite_write(suite, suite_key(1, 1), "a");
    (void)suite_write(suite, suite_key(1, 2), "b");
    (void)suite_write(suite, suite_key(1, 1), "c");
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    fl_journal_scan_begin(&scan, &txn, 0);
    ASSERT_OK(fl_journal_scan_next(&scan, &entry));
    assert_false(entry.live);
    ASSERT_OK(fl_journal_scan_next(&scan, &entry));
    assert_true(entry.live);
    fl_journal_scan_end(&scan);
    fl_journal_scan_begin(&scan, &txn, 0);
    ASSERT_OK(fl_journal_scan_next_live(&scan, &entry));
    assert_int_equal(entry.lsn, 2);
    ASSERT_OK(fl_journal_scan_next_live(&scan, &entry));
    assert_int_equal(entry.lsn, 3);
    assert_int_equal(fl_journal_scan_next_live(&scan, &entry), FL_NOT_FOUND);
    fl_journal_scan_end(&scan);
    fl_journal_scan_begin(&scan, &txn, 3);
    ASSERT_OK(fl_journal_scan_next(&scan, &entry));
    assert_int_equal(entry.lsn, 3);
    fl_journal_scan_end(&scan);
    fl_journal_scan_begin(&scan, &txn, 4);
    assert_int_equal(fl_journal_scan_next(&scan, &entry), FL_NOT_FOUND);
    fl_journal_scan_end(&scan);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_reader_sees_the_store_as_it_was(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry;
    struct fl_txn reader;

    (void)suite_write(suite, suite_key(1, 1), "before");
    fl_txn_begin(&reader, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_object_get(&reader, suite_key(1, 1), &entry));
    (void)suite_write(suite, suite_key(1, 1), "after");
    ASSERT_OK(fl_object_get(&reader, suite_key(1, 1), &entry));
    assert_true(fl_bytes_equal(entry.record, suite_text("before")));
    assert_int_equal(fl_journal_head(&reader), 1);
    ASSERT_OK(fl_txn_commit(&reader));
}

static void test_a_large_record_is_cut_and_comes_back_whole(void **state)
{
    static const size_t sizes[] = {
        FL_STORE_PART_BYTES_MAX,     FL_STORE_PART_BYTES_MAX + 1,
        2 * FL_STORE_PART_BYTES_MAX, 2 * FL_STORE_PART_BYTES_MAX + 17,
        FL_RECORD_BYTES_MAX,
    };
    struct suite *suite = *state;
    uint8_t *memory = malloc(FL_RECORD_BYTES_MAX);

    assert_non_null(memory);
    for (unsigned i = 0; i < 5; i++) {
        struct fl_bytes record = suite_bytes(memory, sizes[i], i);
        struct fl_journal_scan scan;
        struct fl_entry entry;
        struct fl_txn txn;

        fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
        assert_int_equal(suite_append(&txn, suite_key(1, i), record, 0), i + 1);
        ASSERT_OK(fl_txn_commit(&txn));
        fl_txn_begin(&txn, suite->store, FL_TXN_READ);
        ASSERT_OK(fl_object_get(&txn, suite_key(1, i), &entry));
        assert_true(fl_bytes_equal(entry.record, record));
        fl_journal_scan_begin(&scan, &txn, i + 1);
        ASSERT_OK(fl_journal_scan_next_live(&scan, &entry));
        assert_true(fl_bytes_equal(entry.record, record));
        fl_journal_scan_end(&scan);
        ASSERT_OK(fl_txn_commit(&txn));
    }
    free(memory);
}

static void test_a_record_that_is_too_large_is_refused(void **state)
{
    struct suite *suite = *state;
    uint8_t *memory = calloc(1, FL_RECORD_BYTES_MAX + 1);
    struct fl_bytes record = {memory, FL_RECORD_BYTES_MAX + 1};
    struct fl_txn txn;

    assert_non_null(memory);
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    assert_int_equal(suite_append(&txn, suite_key(1, 1), suite_text("x"), 0), 1);
    assert_int_equal(suite_append(&txn, suite_key(1, 2), record, 0), 0);
    assert_int_equal(suite_append(&txn, suite_key(1, 3), suite_text("y"), 0), 0);
    assert_int_equal(fl_txn_commit(&txn), FL_LIMIT);
    assert_non_null(strstr(fl_txn_error(&txn)->text, "largest"));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_journal_head(&txn), 0);
    ASSERT_OK(fl_txn_commit(&txn));
    free(memory);
}

static void test_a_source_transaction_has_a_bound_of_objects(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < FL_TXN_KEYS_MAX; i++) {
        assert_int_not_equal(
            suite_append(&txn, suite_key(1, i % 100), suite_text("x"), 0), 0);
    }
    ASSERT_OK(fl_txn_status(&txn));
    assert_int_equal(suite_append(&txn, suite_key(1, 1), suite_text("x"), 0), 0);
    assert_int_equal(fl_txn_commit(&txn), FL_LIMIT);
}

static void test_a_source_transaction_has_a_bound_of_bytes(void **state)
{
    struct suite *suite = *state;
    uint8_t *memory = calloc(1, FL_RECORD_BYTES_MAX);
    struct fl_bytes record = {memory, FL_RECORD_BYTES_MAX - 1024};
    struct fl_txn txn;

    assert_non_null(memory);
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    assert_int_equal(suite_append(&txn, suite_key(1, 1), record, 0), 1);
    assert_int_equal(suite_append(&txn, suite_key(1, 2), record, 0), 2);
    /* The next one has room again. */
    fl_journal_transaction(&txn);
    assert_int_equal(suite_append(&txn, suite_key(1, 3), record, 0), 3);
    assert_int_equal(suite_append(&txn, suite_key(1, 4), record, 0), 4);
    assert_int_equal(suite_append(&txn, suite_key(1, 5), record, 0), 0);
    assert_int_equal(fl_txn_commit(&txn), FL_LIMIT);
    free(memory);
}

static void test_a_walk_goes_by_keys(void **state)
{
    struct suite *suite = *state;
    struct fl_object_walk walk;
    struct fl_entry entry;
    struct fl_txn txn;
    uint32_t count = 0;
    uint8_t before[FL_KEY_BYTES] = {0};

    for (uint32_t i = 0; i < 40; i++) {
        (void)suite_write(suite, suite_key(1 + i % 3, i), "x");
    }
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    fl_object_walk_begin(&walk, &txn, (struct fl_key){.type = 2});
    while (fl_object_walk_next(&walk, &entry) == FL_OK) {
        uint8_t key[FL_KEY_BYTES];

        fl_key_encode(entry.key, key);
        assert_true(memcmp(before, key, sizeof key) < 0);
        memcpy(before, key, sizeof key);
        assert_true(entry.key.type >= 2);
        assert_true(entry.live);
        count++;
    }
    fl_object_walk_end(&walk);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_int_equal(count, 26);
}

static void test_a_walk_over_places_finds_what_lies_there(void **state)
{
    struct suite *suite = *state;
    struct fl_object_walk walk;
    struct fl_entry entry;
    struct fl_key key;
    struct fl_txn txn;
    uint64_t lsn = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < 40; i++) {
        (void)suite_write(suite, suite_key(1 + i % 3, i), "x");
    }
    (void)suite_write(suite, suite_key(2, 7), "y");
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_object_count(&txn), 40);
    fl_object_walk_begin(&walk, &txn, (struct fl_key){.type = 2});
    while (fl_object_walk_next_lsn(&walk, &key, &lsn) == FL_OK) {
        ASSERT_OK(fl_journal_get(&txn, lsn, &entry));
        assert_true(entry.live && fl_key_equal(entry.key, key));
        count++;
    }
    fl_object_walk_end(&walk);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_int_equal(count, 26);
}

static void test_a_scan_goes_on_while_its_transaction_writes(void **state)
{
    struct suite *suite = *state;
    struct fl_journal_scan scan;
    struct fl_entry entry;
    struct fl_txn txn;
    uint64_t seen = 0;

    for (uint32_t i = 0; i < 50; i++) {
        (void)suite_write(suite, suite_key(1, i), "x");
    }
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    fl_journal_scan_begin(&scan, &txn, 1);
    while (fl_journal_scan_next(&scan, &entry) == FL_OK && entry.lsn <= 50) {
        assert_int_equal(entry.lsn, ++seen);
        assert_int_not_equal(suite_append(&txn, entry.key, suite_text("yy"), 0), 0);
    }
    fl_journal_scan_end(&scan);
    assert_int_equal(seen, 50);
    ASSERT_OK(fl_txn_commit(&txn));
}

/* Change a byte of a row as a failing disk would: behind the tag's back. */
static void rot(struct suite *suite, enum fl_table table, struct fl_bytes key, size_t at)
{
    const struct fl_engine *engine;
    uint8_t copy[4096];
    struct fl_bytes row;
    struct fl_txn txn;
    uint8_t *written;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    engine = fl_txn_engine(&txn);
    ASSERT_OK(engine->get(txn.handle, table, key, &row));
    assert_true(at < row.size && row.size <= sizeof copy);
    memcpy(copy, row.data, row.size);
    copy[at] ^= 0x10;
    ASSERT_OK(engine->reserve(txn.handle, table, key, row.size, false, &written));
    memcpy(written, copy, row.size);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_rotten_entry_is_never_given(void **state)
{
    struct suite *suite = *state;
    struct fl_journal_scan scan;
    struct fl_entry entry;
    struct fl_txn txn;
    uint8_t lsn[8];

    (void)suite_write(suite, suite_key(1, 1), "first");
    (void)suite_write(suite, suite_key(1, 2), "second");
    (void)suite_write(suite, suite_key(1, 3), "third");
    fl_store_u64(lsn, 2);
    for (size_t at = 0; at < 8 + 11 + FL_KEY_BYTES + 6; at++) {
        rot(suite, FL_TABLE_JOURNAL, (struct fl_bytes){lsn, 8}, at);
        fl_txn_begin(&txn, suite->store, FL_TXN_READ);
        assert_int_equal(fl_object_get(&txn, suite_key(1, 2), &entry), FL_MALFORMED);
        assert_non_null(strstr(fl_txn_error(&txn)->text, "journal"));
        assert_non_null(strstr(fl_txn_error(&txn)->text, "0000000000000002"));
        fl_journal_scan_begin(&scan, &txn, 1);
        ASSERT_OK(fl_journal_scan_next_live(&scan, &entry));
        assert_int_equal(fl_journal_scan_next_live(&scan, &entry), FL_MALFORMED);
        assert_int_equal(entry.lsn, 2);
        ASSERT_OK(fl_journal_scan_next_live(&scan, &entry));
        assert_int_equal(entry.lsn, 3);
        fl_journal_scan_end(&scan);
        ASSERT_OK(fl_txn_commit(&txn));
        rot(suite, FL_TABLE_JOURNAL, (struct fl_bytes){lsn, 8}, at);
    }
}

static void test_a_rotten_object_can_be_written_over(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry;
    struct fl_txn txn;
    uint8_t key[FL_KEY_BYTES];

    (void)suite_write(suite, suite_key(1, 1), "first");
    fl_key_encode(suite_key(1, 1), key);
    rot(suite, FL_TABLE_OBJECTS, (struct fl_bytes){key, sizeof key}, 15);
    fl_txn_begin(&txn, suite->store, FL_TXN_INTAKE);
    assert_int_equal(fl_object_get(&txn, suite_key(1, 1), &entry), FL_MALFORMED);
    assert_int_equal(suite_append(&txn, suite_key(1, 1), suite_text("again"), 0), 2);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_object_get(&txn, suite_key(1, 1), &entry));
    assert_true(fl_bytes_equal(entry.record, suite_text("again")));
    ASSERT_OK(fl_txn_commit(&txn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_lsns_follow_each_other_over_transactions),
        SUITE(test_an_object_gives_its_newest_entry),
        SUITE(test_every_field_of_an_entry_comes_back),
        SUITE(test_a_deleted_object_is_found_as_deleted),
        SUITE(test_source_transactions_keep_their_borders),
        SUITE(test_a_scan_tells_live_from_dead),
        SUITE(test_a_reader_sees_the_store_as_it_was),
        SUITE(test_a_large_record_is_cut_and_comes_back_whole),
        SUITE(test_a_record_that_is_too_large_is_refused),
        SUITE(test_a_source_transaction_has_a_bound_of_objects),
        SUITE(test_a_source_transaction_has_a_bound_of_bytes),
        SUITE(test_a_walk_goes_by_keys),
        SUITE(test_a_walk_over_places_finds_what_lies_there),
        SUITE(test_a_scan_goes_on_while_its_transaction_writes),
        SUITE(test_a_rotten_entry_is_never_given),
        SUITE(test_a_rotten_object_can_be_written_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
