#include "suite.h"

#include <sys/stat.h>

#include "storage/backup.h"
#include "storage/sweeper.h"
#include "table.h"

static void copy_path(struct suite *suite, const char *name, char *out_path)
{
    (void)snprintf(out_path, SUITE_PATH_BYTES, "%.400s/%s", suite->directory, name);
}

/* An empty record is one that a check accepts. */
static void fill(struct suite *suite, uint32_t count)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < count; i++) {
        (void)suite_append(&txn, suite_key(1, i % 100), suite_text(""), 0);
    }
    ASSERT_OK(fl_txn_commit(&txn));
}

static struct fl_store *open_copy(const char *path)
{
    struct fl_store_options options = suite_options(path);
    struct fl_store *store = NULL;
    struct fl_error error;

    if (fl_store_open(&options, &store, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return store;
}

static void assert_equal_content(struct fl_store *a, struct fl_store *b)
{
    struct fl_store_contents contents[2];
    struct fl_store *stores[] = {a, b};

    for (int i = 0; i < 2; i++) {
        struct fl_txn txn;

        fl_txn_begin(&txn, stores[i], FL_TXN_READ);
        ASSERT_OK(fl_store_content(&txn, 0, &contents[i]));
        ASSERT_OK(fl_txn_commit(&txn));
    }
    assert_int_equal(contents[0].objects, contents[1].objects);
    assert_memory_equal(contents[0].hash, contents[1].hash, sizeof contents[0].hash);
}

static bool exists(const char *path)
{
    struct stat there;

    return stat(path, &there) == 0;
}

static void test_a_backup_opens_with_the_same_content(void **state)
{
    struct suite *suite = *state;
    struct fl_check_report report;
    struct fl_store *copy;
    struct fl_error error;
    char path[SUITE_PATH_BYTES];
    char part[2 * SUITE_PATH_BYTES];

    copy_path(suite, "copy", path);
    fill(suite, 500);
    if (fl_store_backup(suite->store, path, NULL, &report, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(report.problems, 0);
    assert_int_equal(report.journal_entries, 500);
    (void)snprintf(part, sizeof part, "%s.part", path);
    assert_false(exists(part));
    (void)snprintf(part, sizeof part, "%s/lock.mdb", path);
    assert_false(exists(part));
    /* The store goes on, and the copy stays what it was. */
    copy = open_copy(path);
    assert_equal_content(suite->store, copy);
    assert_true(fl_uuid_equal(
        fl_store_identity(copy)->incarnation,
        fl_store_identity(suite->store)->incarnation));
    fill(suite, 10);
    fl_store_close(copy);
    suite_reopen(suite);
}

static void test_a_backup_never_writes_over_anything(void **state)
{
    struct suite *suite = *state;
    struct fl_error error;
    char path[SUITE_PATH_BYTES];

    copy_path(suite, "copy", path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(fl_store_backup(suite->store, path, NULL, NULL, &error), FL_REFUSED);
    copy_path(suite, "none/copy", path);
    assert_int_equal(fl_store_backup(suite->store, path, NULL, NULL, &error), FL_IO);
    copy_path(suite, "copy2/", path);
    assert_int_equal(fl_store_backup(suite->store, path, NULL, NULL, &error), FL_REFUSED);
}

static void test_a_damaged_store_gives_no_backup(void **state)
{
    struct suite *suite = *state;
    struct fl_error error;
    struct fl_txn txn;
    uint8_t *written;
    uint8_t lsn[8];
    char path[SUITE_PATH_BYTES];

    copy_path(suite, "copy", path);
    fill(suite, 10);
    fl_store_u64(lsn, 3);
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    ASSERT_OK(fl_txn_engine(&txn)->reserve(
        txn.handle, FL_TABLE_JOURNAL, (struct fl_bytes){lsn, 8}, 40, false, &written));
    memset(written, 0, 40);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_int_equal(
        fl_store_backup(suite->store, path, NULL, NULL, &error), FL_MALFORMED);
    assert_false(exists(path));
}

static uint64_t file_bytes(struct suite *suite)
{
    struct stat data;
    char path[2 * SUITE_PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/data.mdb", suite->store_directory);
    assert_int_equal(stat(path, &data), 0);
    return (uint64_t)data.st_size;
}

static void test_compacting_gives_free_pages_back(void **state)
{
    struct suite *suite = *state;
    struct fl_sweep sweep = {.lsn_next = 0};
    struct fl_error error;
    uint64_t before;
    char old[2 * SUITE_PATH_BYTES];

    fill(suite, 5000);
    while (!sweep.done) {
        ASSERT_OK(fl_sweep(suite->store, UINT64_MAX, &sweep, NULL));
    }
    before = file_bytes(suite);
    /* Not while somebody has it open. */
    assert_int_equal(fl_store_compact(&suite->options, &error), FL_BUSY);
    fl_store_close(suite->store);
    suite->store = NULL;
    if (fl_store_compact(&suite->options, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_true(file_bytes(suite) < before / 2);
    (void)snprintf(old, sizeof old, "%s/data.mdb.old", suite->store_directory);
    assert_true(exists(old));
    suite_reopen(suite);
    assert_false(exists(old));
    assert_int_equal(suite_write(suite, suite_key(1, 1), "x"), 5001);
}

/* Objects that were deleted leave nothing behind, once the deletions are old. */
static void test_the_file_follows_what_is_deleted(void **state)
{
    enum { OBJECTS = 20000, PER_TXN = 1000 };
    struct suite *suite = *state;
    struct fl_sweep sweep = {.tombstones_to = UINT64_MAX};
    struct fl_error error;
    uint8_t record[500];
    uint64_t empty = file_bytes(suite);

    for (uint32_t i = 0; i < 2 * OBJECTS; i += PER_TXN) {
        struct fl_txn txn;

        fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
        for (uint32_t j = i; j < i + PER_TXN; j++) {
            bool gone = j >= OBJECTS;
            struct fl_bytes bytes = suite_bytes(record, gone ? 0 : sizeof record, j);

            (void)suite_append(
                &txn, suite_key(1, j % OBJECTS), bytes, gone ? FL_ENTRY_DELETED : 0);
        }
        ASSERT_OK(fl_txn_commit(&txn));
    }
    assert_true(file_bytes(suite) > empty + (uint64_t)OBJECTS * sizeof record);
    while (!sweep.done) {
        ASSERT_OK(fl_sweep(suite->store, UINT64_MAX, &sweep, NULL));
    }
    assert_int_equal(sweep.tombstones, OBJECTS - 1); /* the last entry stays */
    fl_store_close(suite->store);
    suite->store = NULL;
    if (fl_store_compact(&suite->options, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    suite_reopen(suite);
    assert_true(file_bytes(suite) <= empty + (64u << 10));
    assert_int_equal(suite_write(suite, suite_key(1, 1), "x"), 2 * OBJECTS + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_LMDB(test_a_backup_opens_with_the_same_content),
        SUITE_LMDB(test_a_backup_never_writes_over_anything),
        SUITE_LMDB(test_a_damaged_store_gives_no_backup),
        SUITE_LMDB(test_compacting_gives_free_pages_back),
        SUITE_LMDB(test_the_file_follows_what_is_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
