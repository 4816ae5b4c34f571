#include "suite.h"

#include "table.h"

static void begin(struct fl_txn *txn, struct suite *suite)
{
    fl_txn_begin(txn, suite->store, FL_TXN_KEEP);
}

static void test_a_value_of_any_size_comes_back(void **state)
{
    static const size_t sizes[] = {
        0, 1, FL_STORE_PART_BYTES_MAX, FL_STORE_PART_BYTES_MAX + 1, 1 << 20,
    };
    struct suite *suite = *state;
    uint8_t *memory = malloc(1 << 20);

    assert_non_null(memory);
    /* Over each other: parts of a longer value must not be left. */
    for (unsigned i = 0; i < 10; i++) {
        struct fl_bytes put = suite_bytes(memory, sizes[(i * 3) % 5], i);
        struct fl_bytes got;
        struct fl_txn txn;

        begin(&txn, suite);
        fl_table_put(&txn, FL_TABLE_SETTINGS, suite_text("key"), put);
        ASSERT_OK(fl_table_get(&txn, FL_TABLE_SETTINGS, suite_text("key"), &got));
        assert_true(fl_bytes_equal(got, put));
        assert_int_equal(
            fl_table_entries(&txn, FL_TABLE_PARTS),
            put.size <= FL_STORE_PART_BYTES_MAX
                ? 0
                : (put.size + FL_STORE_PART_BYTES_MAX - 1) / FL_STORE_PART_BYTES_MAX);
        ASSERT_OK(fl_txn_commit(&txn));
    }
    free(memory);
}

static void test_removing_takes_the_parts_away(void **state)
{
    struct suite *suite = *state;
    uint8_t *memory = malloc(1 << 20);
    struct fl_bytes value;
    struct fl_txn txn;

    assert_non_null(memory);
    begin(&txn, suite);
    fl_table_put(
        &txn, FL_TABLE_SETTINGS, suite_text("key"), suite_bytes(memory, 1 << 20, 1));
    fl_table_remove(&txn, FL_TABLE_SETTINGS, suite_text("key"));
    fl_table_remove(&txn, FL_TABLE_SETTINGS, suite_text("never"));
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_PARTS), 0);
    assert_int_equal(
        fl_table_get(&txn, FL_TABLE_SETTINGS, suite_text("key"), &value), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
    free(memory);
}

static void put_names(struct fl_txn *txn)
{
    static const char *const names[] = {"a", "ab", "ab1", "ab2", "ac", "b", "\xff\xff"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        fl_table_put(txn, FL_TABLE_SETTINGS, suite_text(names[i]), suite_text(names[i]));
    }
}

static void assert_key(const struct fl_table_key *key, const char *text)
{
    assert_true(fl_bytes_equal(fl_table_key_view(key), suite_text(text)));
}

static void test_rows_are_found_by_prefix(void **state)
{
    static const char *const expected[] = {"ab", "ab1", "ab2"};
    struct suite *suite = *state;
    struct fl_table_key key = {.size = 0};
    struct fl_bytes value;
    struct fl_txn txn;

    begin(&txn, suite);
    put_names(&txn);
    for (size_t i = 0; i < 3; i++) {
        ASSERT_OK(fl_table_above(
            &txn, FL_TABLE_SETTINGS, suite_text("ab"), fl_table_key_view(&key), &key,
            &value));
        assert_key(&key, expected[i]);
        assert_true(fl_bytes_equal(value, suite_text(expected[i])));
    }
    assert_int_equal(
        fl_table_above(
            &txn, FL_TABLE_SETTINGS, suite_text("ab"), fl_table_key_view(&key), &key,
            &value),
        FL_NOT_FOUND);
    fl_txn_abort(&txn);
}

static void test_the_last_row_of_a_prefix_is_found(void **state)
{
    struct suite *suite = *state;
    struct fl_table_key key;
    struct fl_txn txn;

    begin(&txn, suite);
    assert_int_equal(
        fl_table_last(&txn, FL_TABLE_SETTINGS, suite_text(""), &key), FL_NOT_FOUND);
    put_names(&txn);
    ASSERT_OK(fl_table_last(&txn, FL_TABLE_SETTINGS, suite_text("ab"), &key));
    assert_key(&key, "ab2");
    ASSERT_OK(fl_table_last(&txn, FL_TABLE_SETTINGS, suite_text("\xff"), &key));
    assert_key(&key, "\xff\xff");
    ASSERT_OK(fl_table_last(&txn, FL_TABLE_SETTINGS, suite_text(""), &key));
    assert_key(&key, "\xff\xff");
    assert_int_equal(
        fl_table_last(&txn, FL_TABLE_SETTINGS, suite_text("aa"), &key), FL_NOT_FOUND);
    fl_txn_abort(&txn);
}

static void test_all_of_a_prefix_is_removed_and_nothing_else(void **state)
{
    struct suite *suite = *state;
    struct fl_bytes value;
    struct fl_txn txn;

    begin(&txn, suite);
    put_names(&txn);
    fl_table_remove_all(&txn, FL_TABLE_SETTINGS, suite_text("ab"));
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_SETTINGS), 4);
    ASSERT_OK(fl_table_get(&txn, FL_TABLE_SETTINGS, suite_text("a"), &value));
    ASSERT_OK(fl_table_get(&txn, FL_TABLE_SETTINGS, suite_text("ac"), &value));
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_sequence_never_repeats(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    for (uint64_t i = 1; i <= 3; i++) {
        begin(&txn, suite);
        assert_int_equal(fl_table_sequence(&txn, "last/x"), i);
        ASSERT_OK(fl_txn_commit(&txn));
    }
    begin(&txn, suite);
    assert_int_equal(fl_table_sequence(&txn, "last/y"), 1);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_tag_covers_table_and_key_and_value(void **state)
{
    const struct fl_engine *engine;
    struct suite *suite = *state;
    struct fl_bytes row;
    struct fl_bytes value;
    struct fl_txn txn;
    uint8_t copy[64];
    uint8_t *written;
    size_t size;

    begin(&txn, suite);
    engine = fl_txn_engine(&txn);
    fl_table_put(&txn, FL_TABLE_SETTINGS, suite_text("a"), suite_text("value"));
    ASSERT_OK(engine->get(txn.handle, FL_TABLE_SETTINGS, suite_text("a"), &row));
    size = row.size;
    memcpy(copy, row.data, size);
    /* The same row under another key, and in another table. */
    ASSERT_OK(engine->reserve(
        txn.handle, FL_TABLE_SETTINGS, suite_text("b"), size, false, &written));
    memcpy(written, copy, size);
    assert_int_equal(
        fl_table_get(&txn, FL_TABLE_SETTINGS, suite_text("b"), &value), FL_MALFORMED);
    ASSERT_OK(engine->reserve(
        txn.handle, FL_TABLE_STORE, suite_text("a"), size, false, &written));
    memcpy(written, copy, size);
    assert_int_equal(
        fl_table_get(&txn, FL_TABLE_STORE, suite_text("a"), &value), FL_MALFORMED);
    /* Shorter than any row is malformed, not read beyond. */
    for (size_t cut = 0; cut < size; cut++) {
        ASSERT_OK(engine->reserve(
            txn.handle, FL_TABLE_SETTINGS, suite_text("a"), cut, false, &written));
        memcpy(written, copy, cut);
        assert_int_equal(
            fl_table_get(&txn, FL_TABLE_SETTINGS, suite_text("a"), &value), FL_MALFORMED);
    }
    fl_txn_abort(&txn);
}

static void test_a_missing_part_is_noticed(void **state)
{
    const struct fl_engine *engine;
    struct suite *suite = *state;
    uint8_t *memory = malloc(1 << 20);
    uint8_t part[] = {FL_TABLE_SETTINGS, 'k', 0, 0, 0, 3};
    struct fl_bytes value;
    struct fl_txn txn;

    assert_non_null(memory);
    begin(&txn, suite);
    engine = fl_txn_engine(&txn);
    fl_table_put(
        &txn, FL_TABLE_SETTINGS, suite_text("k"), suite_bytes(memory, 1 << 20, 1));
    ASSERT_OK(
        engine->remove(txn.handle, FL_TABLE_PARTS, (struct fl_bytes){part, sizeof part}));
    assert_int_equal(
        fl_table_get(&txn, FL_TABLE_SETTINGS, suite_text("k"), &value), FL_MALFORMED);
    assert_non_null(strstr(fl_txn_error(&txn)->text, "missing"));
    ASSERT_OK(fl_txn_status(&txn));
    fl_txn_abort(&txn);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_a_value_of_any_size_comes_back),
        SUITE(test_removing_takes_the_parts_away),
        SUITE(test_rows_are_found_by_prefix),
        SUITE(test_the_last_row_of_a_prefix_is_found),
        SUITE(test_all_of_a_prefix_is_removed_and_nothing_else),
        SUITE(test_a_sequence_never_repeats),
        SUITE(test_a_tag_covers_table_and_key_and_value),
        SUITE(test_a_missing_part_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
