/* Streams, and which objects are in them. */

#include "suite.h"

#include "storage/members.h"
#include "storage/streams.h"
#include "table.h"

enum { PLAN = 9, OBJECTS = 90 };

static void put(struct fl_txn *txn, uint32_t stream, uint64_t lsn, uint32_t number)
{
    fl_streams_put(
        txn, stream,
        &(struct fl_stream_row){
            .lsn = lsn,
            .lsn_first = lsn > 1 ? lsn - lsn % 2 : 1,
            .told = number > 100,
            .key = suite_key(1, number)});
}

static void begin(struct suite *suite, struct fl_txn *txn, enum fl_txn_mode mode)
{
    fl_txn_begin(txn, suite->store, mode);
}

/* Lsns of a scan, as text. */
static const char *scan(struct fl_txn *txn, uint32_t stream, uint64_t from)
{
    static char text[400];
    struct fl_stream_scan scan;
    struct fl_stream_row row;

    text[0] = '\0';
    fl_stream_scan_begin(&scan, txn, stream, from);
    while (fl_stream_scan_next(&scan, &row) == FL_OK) {
        size_t used = strlen(text);

        (void)snprintf(
            text + used, sizeof text - used, "%llu:%u%s ", (unsigned long long)row.lsn,
            fl_load_u32(row.key.id.bytes + 12), row.told ? "!" : "");
        assert_int_equal(row.lsn_first, row.lsn > 1 ? row.lsn - row.lsn % 2 : 1);
    }
    fl_stream_scan_end(&scan);
    return text;
}

static void test_a_stream_is_read_in_the_order_of_lsn_and_alone(void **state)
{
    struct fl_txn txn;

    begin(*state, &txn, FL_TXN_WRITE);
    assert_int_equal(fl_streams_number(&txn), 1);
    assert_int_equal(fl_streams_number(&txn), 2);
    put(&txn, 2, 300, 5);
    put(&txn, 2, 7, 1);
    put(&txn, 2, 41, 101);
    put(&txn, 2, 41, 102);
    put(&txn, 1, 8, 9);
    put(&txn, 3, 8, 9);
    assert_string_equal(scan(&txn, 1, 0), "8:9 ");
    ASSERT_OK(fl_txn_commit(&txn));
    begin(*state, &txn, FL_TXN_READ);
    assert_string_equal(scan(&txn, 2, 0) + 4, "41:102! 41:101! 300:5 ");
    assert_string_equal(scan(&txn, 2, 42), "300:5 ");
    assert_string_equal(scan(&txn, 2, 301), "");
    assert_string_equal(scan(&txn, 4, 0), "");
    fl_txn_abort(&txn);
}

static void test_rows_are_removed_one_by_one_and_all_at_once(void **state)
{
    struct fl_txn txn;

    begin(*state, &txn, FL_TXN_WRITE);
    for (uint32_t i = 1; i <= 9; i++) {
        put(&txn, 2, i, i);
    }
    put(&txn, 3, 1, 1);
    fl_streams_remove(&txn, 2, 3, suite_key(1, 3));
    fl_streams_remove(&txn, 2, 3, suite_key(1, 3));
    assert_string_equal(scan(&txn, 2, 1), "1:1 2:2 4:4 5:5 6:6 7:7 8:8 9:9 ");
    assert_false(fl_streams_clear(&txn, 2, 5));
    assert_string_equal(scan(&txn, 2, 0), "7:7 8:8 9:9 ");
    assert_true(fl_streams_clear(&txn, 2, 5));
    assert_string_equal(scan(&txn, 3, 0), "1:1 ");
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_where_an_object_was_told_last_is_known(void **state)
{
    struct fl_stream_row row = {.lsn = 50, .lsn_first = 50, .key = suite_key(1, 5)};
    struct fl_stream_scan scan;
    struct fl_txn txn;

    begin(*state, &txn, FL_TXN_WRITE);
    put(&txn, 2, 40, 5);
    assert_int_equal(fl_streams_told(&txn, 2, row.key), 0);
    row.told = true;
    fl_streams_put(&txn, 2, &row);
    row.lsn = 60;
    row.takes = true;
    fl_streams_put(&txn, 2, &row);
    assert_int_equal(fl_streams_told(&txn, 2, row.key), 50);
    assert_int_equal(fl_streams_told(&txn, 3, row.key), 0);
    /* A row from elsewhere, of an earlier time. */
    row.lsn = 45;
    row.takes = false;
    fl_streams_put(&txn, 2, &row);
    assert_int_equal(fl_streams_told(&txn, 2, row.key), 50);
    fl_stream_scan_begin(&scan, &txn, 2, 60);
    ASSERT_OK(fl_stream_scan_next(&scan, &row));
    assert_true(row.told && row.takes);
    fl_stream_scan_end(&scan);
    assert_true(fl_streams_clear(&txn, 2, 10));
    assert_int_equal(fl_streams_told(&txn, 2, row.key), 0);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_rows_of_older_versions_are_swept(void **state)
{
    struct suite *suite = *state;
    enum fl_status status = FL_OK;
    uint64_t lsn = 0;
    struct fl_streams_sweep sweep = {.stream = 2, .horizon = 100};
    struct fl_txn txn;

    begin(suite, &txn, FL_TXN_WRITE);
    for (uint32_t i = 0; i < 900; i++) {
        struct fl_stream_row row = {.key = suite_key(1, i % 300)};

        row.lsn = suite_append(&txn, row.key, suite_text("x"), 0);
        row.lsn_first = 1;
        row.told = i == 7;
        fl_streams_put(&txn, 2, &row);
    }
    ASSERT_OK(fl_txn_commit(&txn));
    assert_true(fl_streams_sweep(suite->store, &sweep, &lsn, &status));
    begin(suite, &txn, FL_TXN_READ);
    /* And where that was told. */
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STREAMS), 900 - 99 + 1);
    fl_txn_abort(&txn);
    sweep.horizon = 1000;
    for (int i = 0; i < 20; i++) {
        if (fl_streams_sweep(suite->store, &sweep, &lsn, &status)) {
            break;
        }
    }
    ASSERT_OK(status);
    begin(suite, &txn, FL_TXN_READ);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STREAMS), 300 + 1 + 1);
    fl_txn_abort(&txn);
}

/* Told three times of one object: only the last says anything that is not said again. */
static void test_what_is_told_again_is_swept(void **state)
{
    struct suite *suite = *state;
    struct fl_streams_sweep sweep = {.stream = 2, .has_members = true, .horizon = 100};
    struct fl_stream_row takes = {
        .lsn = 12,
        .lsn_first = 12,
        .told = true,
        .takes = true,
        .key = suite_key(1, 101)};
    enum fl_status status = FL_OK;
    uint64_t lsn = 0;
    struct fl_txn txn;

    begin(suite, &txn, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(1, 101), suite_text("x"), 0);
    put(&txn, 2, 11, 101);
    put(&txn, 2, 12, 101);
    put(&txn, 2, 13, 101);
    fl_streams_put(&txn, 3, &takes);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_true(fl_streams_sweep(suite->store, &sweep, &lsn, &status));
    sweep.stream = 3;
    lsn = 0;
    assert_true(fl_streams_sweep(suite->store, &sweep, &lsn, &status));
    begin(suite, &txn, FL_TXN_READ);
    assert_string_equal(scan(&txn, 2, 0), "13:101! ");
    assert_string_equal(scan(&txn, 3, 0), "12:101! ");
    fl_txn_abort(&txn);
}

static void sweep_members(struct suite *suite, uint64_t purged)
{
    struct fl_members_sweep place = {0};
    enum fl_status status = FL_OK;
    bool through = false;

    for (int i = 0; i < 20 && !through; i++) {
        through = fl_members_sweep(suite->store, PLAN, purged, &place, &status);
    }
    ASSERT_OK(status);
    assert_true(through);
}

static void test_nothing_is_left_of_an_object_that_was_forgotten(void **state)
{
    struct suite *suite = *state;
    const uint32_t streams[] = {2, 5};
    const struct fl_key references[] = {suite_key(2, 1)};
    struct fl_streams_sweep sweep = {.has_members = true, .horizon = 50, .purged = 50};
    enum fl_status status = FL_OK;
    struct fl_txn txn;

    begin(suite, &txn, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(1, 1), suite_text("x"), 0);
    for (uint32_t i = 1; i <= OBJECTS; i++) {
        struct fl_members members = {i, 2, streams, 1, references};

        fl_members_put(&txn, PLAN, suite_key(1, i), &members);
        put(&txn, 2, i, i);
        put(&txn, 5, i, i);
    }
    fl_members_put_looked_at(&txn, PLAN, suite_key(2, 1), 7);
    fl_members_put_looked_at(&txn, PLAN, suite_key(2, 2), 7);
    ASSERT_OK(fl_txn_commit(&txn));
    /* What is above the bound was not forgotten but has not arrived yet. */
    sweep_members(suite, 50);
    begin(suite, &txn, FL_TXN_READ);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STREAMS), 4 * (OBJECTS - 49) + 1);
    assert_int_equal(fl_members_looked_at(&txn, PLAN, suite_key(2, 1)), 7);
    fl_txn_abort(&txn);
    sweep_members(suite, OBJECTS);
    begin(suite, &txn, FL_TXN_READ);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STREAMS), 4 + 1);
    assert_string_equal(scan(&txn, 2, 0), "1:1 ");
    fl_txn_abort(&txn);
    /* A row without anybody's account, of what is not there. */
    begin(suite, &txn, FL_TXN_WRITE);
    put(&txn, 7, 49, 149);
    put(&txn, 7, 49, 9);
    put(&txn, 7, 51, 9);
    ASSERT_OK(fl_txn_commit(&txn));
    sweep.stream = 7;
    assert_true(fl_streams_sweep(suite->store, &sweep, &(uint64_t){0}, &status));
    begin(suite, &txn, FL_TXN_READ);
    assert_string_equal(scan(&txn, 7, 0), "51:9 ");
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STREAMS), 4 + 1 + 1);
    fl_txn_abort(&txn);
}

static const char *dependents(struct fl_txn *txn, struct fl_key reference)
{
    static char text[200];
    struct fl_key key;
    struct fl_key *after = NULL;

    text[0] = '\0';
    while (fl_members_next_dependent(txn, PLAN, reference, after, &key) == FL_OK) {
        size_t used = strlen(text);

        (void)snprintf(
            text + used, sizeof text - used, "%u ", fl_load_u32(key.id.bytes + 12));
        after = &key;
    }
    return text;
}

static void test_an_object_is_in_streams_and_depends_on_others(void **state)
{
    const uint32_t streams[] = {2, 5, 700};
    const struct fl_key references[] = {suite_key(2, 1), suite_key(2, 2)};
    struct fl_members members = {77, 3, streams, 2, references};
    struct fl_members read;
    struct fl_arena arena;
    struct fl_txn txn;
    bool has = true;

    begin(*state, &txn, FL_TXN_WRITE);
    fl_arena_init(&arena, 1 << 20);
    assert_int_equal(
        fl_members_get(&txn, PLAN, suite_key(1, 1), &arena, &read), FL_NOT_FOUND);
    ASSERT_OK(fl_members_has(&txn, PLAN, suite_key(1, 1), 5, &has));
    assert_false(has);
    fl_members_put(&txn, PLAN, suite_key(1, 1), &members);
    fl_members_put(&txn, PLAN, suite_key(1, 1), &members);
    ASSERT_OK(fl_members_get(&txn, PLAN, suite_key(1, 1), &arena, &read));
    assert_int_equal(read.lsn, 77);
    assert_int_equal(read.stream_count, 3);
    assert_int_equal(read.streams[2], 700);
    assert_int_equal(read.reference_count, 2);
    assert_true(fl_key_equal(read.references[1], references[1]));
    ASSERT_OK(fl_members_has(&txn, PLAN, suite_key(1, 1), 5, &has));
    assert_true(has);
    ASSERT_OK(fl_members_has(&txn, PLAN, suite_key(1, 1), 6, &has));
    assert_false(has);
    ASSERT_OK(fl_members_has(&txn, PLAN + 1, suite_key(1, 1), 5, &has));
    assert_false(has);
    assert_string_equal(dependents(&txn, references[0]), "1 ");
    members.reference_count = 1;
    fl_members_put(&txn, PLAN, suite_key(1, 1), &members);
    assert_string_equal(dependents(&txn, references[0]), "1 ");
    assert_string_equal(dependents(&txn, references[1]), "");
    fl_members_put(&txn, PLAN, suite_key(1, 2), &(struct fl_members){.stream_count = 0});
    ASSERT_OK(fl_members_get(&txn, PLAN, suite_key(1, 2), &arena, &read));
    assert_int_equal(read.stream_count, 0);
    fl_members_remove(&txn, PLAN, suite_key(1, 1));
    fl_members_remove(&txn, PLAN, suite_key(1, 2));
    fl_members_remove(&txn, PLAN, suite_key(1, 2));
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STREAMS), 0);
    fl_arena_deinit(&arena);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_what_was_looked_at_is_kept_as_a_hash(void **state)
{
    struct fl_txn txn;

    begin(*state, &txn, FL_TXN_WRITE);
    assert_int_equal(fl_members_looked_at(&txn, PLAN, suite_key(2, 1)), 0);
    fl_members_put_looked_at(&txn, PLAN, suite_key(2, 1), 77);
    assert_int_equal(fl_members_looked_at(&txn, PLAN, suite_key(2, 1)), 77);
    assert_int_equal(fl_members_looked_at(&txn, PLAN, suite_key(2, 2)), 0);
    ASSERT_OK(fl_txn_commit(&txn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_a_stream_is_read_in_the_order_of_lsn_and_alone),
        SUITE(test_rows_are_removed_one_by_one_and_all_at_once),
        SUITE(test_where_an_object_was_told_last_is_known),
        SUITE(test_rows_of_older_versions_are_swept),
        SUITE(test_what_is_told_again_is_swept),
        SUITE(test_nothing_is_left_of_an_object_that_was_forgotten),
        SUITE(test_an_object_is_in_streams_and_depends_on_others),
        SUITE(test_what_was_looked_at_is_kept_as_a_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
