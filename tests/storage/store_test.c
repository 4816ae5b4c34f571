#include "suite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "table.h"

static void test_a_new_store_keeps_who_it_is(void **state)
{
    struct suite *suite = *state;
    const struct fl_identity *identity;

    suite_reopen(suite);
    identity = fl_store_identity(suite->store);
    assert_true(fl_uuid_equal(identity->installation, suite_uuid(1)));
    assert_true(fl_uuid_equal(identity->node, suite_uuid(2)));
    assert_true(fl_uuid_equal(identity->incarnation, suite_uuid(3)));
    assert_string_equal(identity->code, "Ф01");
    assert_int_equal(identity->created_ms, 1700000000000);
}

static void test_a_renewed_incarnation_stays(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_store_renew_incarnation(&txn, suite_uuid(9));
    fl_store_put_machine(&txn, suite_uuid(7));
    assert_true(
        fl_uuid_equal(fl_store_identity(suite->store)->incarnation, suite_uuid(3)));
    ASSERT_OK(fl_txn_commit(&txn));
    assert_true(
        fl_uuid_equal(fl_store_identity(suite->store)->incarnation, suite_uuid(9)));
    suite_reopen(suite);
    assert_true(
        fl_uuid_equal(fl_store_identity(suite->store)->incarnation, suite_uuid(9)));
    assert_true(fl_uuid_equal(fl_store_identity(suite->store)->machine, suite_uuid(7)));
}

static void test_an_aborted_renewal_changes_nothing(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_store_renew_incarnation(&txn, suite_uuid(9));
    fl_txn_abort(&txn);
    assert_true(
        fl_uuid_equal(fl_store_identity(suite->store)->incarnation, suite_uuid(3)));
}

static void test_a_store_is_not_made_twice(void **state)
{
    struct suite *suite = *state;
    struct fl_store_options options = suite->options;
    struct fl_store *store = NULL;
    struct fl_error error;

    fl_store_close(suite->store);
    suite->store = NULL;
    options.create = &suite->identity;
    assert_int_equal(fl_store_open(&options, &store, &error), FL_REFUSED);
    assert_non_null(strstr(error.text, "Ф01"));
    assert_null(store);
}

static bool exists(const char *directory, const char *name)
{
    char path[2 * SUITE_PATH_BYTES];
    struct stat there;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return stat(path, &there) == 0;
}

static void test_a_missing_store_is_not_made_by_opening(void **state)
{
    struct suite *suite = *state;
    struct fl_store *store = NULL;
    struct fl_error error;

    assert_int_equal(fl_store_open(&suite->options, &store, &error), FL_NOT_FOUND);
    assert_non_null(strstr(error.text, suite->store_directory));
    assert_false(exists(suite->directory, "store"));
    assert_int_equal(mkdir(suite->store_directory, 0700), 0);
    assert_int_equal(fl_store_open(&suite->options, &store, &error), FL_NOT_FOUND);
    assert_false(exists(suite->store_directory, "node.lock"));
    assert_false(exists(suite->store_directory, "data.mdb"));
}

static void test_a_second_open_in_this_process_is_refused(void **state)
{
    struct suite *suite = *state;
    struct fl_store *store = NULL;
    struct fl_error error;
    char pid[32];

    (void)snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_int_equal(fl_store_open(&suite->options, &store, &error), FL_BUSY);
    assert_non_null(strstr(error.text, pid));
    /* Even when somebody took the lock file away. */
    (void)snprintf(error.text, sizeof error.text, "%s/node.lock", suite->store_directory);
    assert_int_equal(unlink(error.text), 0);
    assert_int_equal(fl_store_open(&suite->options, &store, &error), FL_BUSY);
    /* The first one is none the worse. */
    assert_int_not_equal(suite_write(suite, suite_key(1, 1), "a"), 0);
}

static void test_another_process_is_refused(void **state)
{
    struct suite *suite = *state;
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct fl_store *store = NULL;

        _exit((int)fl_store_open(&suite->options, &store, NULL));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FL_BUSY);
}

static void test_a_closed_store_is_free_again(void **state)
{
    struct suite *suite = *state;

    suite_reopen(suite);
    suite_reopen(suite);
    assert_int_not_equal(suite_write(suite, suite_key(1, 1), "a"), 0);
}

static void test_a_newer_format_is_refused(void **state)
{
    struct suite *suite = *state;
    struct fl_store *store = NULL;
    struct fl_error error;
    uint8_t format[4];
    struct fl_txn txn;

    fl_store_u32(format, FL_STORE_FORMAT + 1);
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_table_put(
        &txn, FL_TABLE_STORE, suite_text("format"), (struct fl_bytes){format, 4});
    ASSERT_OK(fl_txn_commit(&txn));
    fl_store_close(suite->store);
    suite->store = NULL;
    assert_int_equal(fl_store_open(&suite->options, &store, &error), FL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "newer program"));
}

static void write_file(const char *directory, const char *name, size_t size)
{
    char path[2 * SUITE_PATH_BYTES];
    uint8_t *bytes = malloc(size);
    FILE *file;

    assert_non_null(bytes);
    (void)suite_bytes(bytes, size, 7);
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

static void test_a_foreign_file_is_refused(void **state)
{
    struct suite *suite = *state;
    struct fl_store *store = NULL;
    struct fl_error error;

    assert_int_equal(mkdir(suite->store_directory, 0700), 0);
    write_file(suite->store_directory, "data.mdb", 65536);
    assert_int_equal(fl_store_open(&suite->options, &store, &error), FL_MALFORMED);
    assert_non_null(strstr(error.text, "data.mdb"));
}

static void test_a_store_half_made_can_be_made(void **state)
{
    struct suite *suite = *state;
    struct fl_engine_options options = {
        .directory = suite->store_directory,
        .map_bytes = 1 << 24,
    };
    const struct fl_engine *engine = fl_lmdb_engine();
    void *database = NULL;
    bool complete = true;

    /* Made, and then the power went. */
    assert_int_equal(mkdir(suite->store_directory, 0700), 0);
    ASSERT_OK(engine->open(engine, &options, &database, &complete, NULL));
    assert_false(complete);
    ASSERT_OK(engine->make(database));
    engine->close(database);
    assert_int_equal(fl_store_open(&suite->options, &suite->store, NULL), FL_NOT_FOUND);
    suite_create(suite);
    suite_reopen(suite);
}

static void test_a_directory_that_may_not_be_written_is_refused(void **state)
{
    struct suite *suite = *state;
    char lock[2 * SUITE_PATH_BYTES];
    int status = 0;
    pid_t child;

    (void)snprintf(lock, sizeof lock, "%s/node.lock", suite->store_directory);
    assert_int_equal(unlink(lock), 0);
    fl_store_close(suite->store);
    suite->store = NULL;
    assert_int_equal(chmod(suite->directory, 0755), 0);
    assert_int_equal(chmod(suite->store_directory, 0555), 0);
    child = fork();
    if (child == 0) {
        struct fl_store *store = NULL;

        /* For root everything may be written: be somebody else. */
        if (geteuid() == 0 && setuid(65534) != 0) {
            _exit(100);
        }
        _exit((int)fl_store_open(&suite->options, &store, NULL));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(suite->store_directory, 0700), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FL_IO);
}

static void test_an_unfit_file_system_is_refused(void **state)
{
    struct suite *suite = *state;
    struct fl_store_options options = suite_options("/proc");
    struct fl_store *store = NULL;
    struct fl_error error;

    options.create = &suite->identity;
    options.allow_any_file_system = false;
    assert_int_equal(fl_store_open(&options, &store, &error), FL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "ext4"));
}

static void test_the_ballast_is_real_and_given_up(void **state)
{
    struct suite *suite = *state;
    struct fl_store_usage usage;
    struct stat ballast;
    char path[2 * SUITE_PATH_BYTES];

    suite->options.ballast_bytes = 1 << 20;
    suite_create(suite);
    ASSERT_OK(fl_store_usage(suite->store, &usage, NULL));
    assert_int_equal(usage.ballast_bytes, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/ballast", suite->store_directory);
    assert_int_equal(stat(path, &ballast), 0);
    assert_true(ballast.st_blocks * 512 >= 1 << 20);
    assert_int_equal(unlink(path), 0);
    ASSERT_OK(fl_store_tend(suite->store));
    assert_int_equal(stat(path, &ballast), 0);
}

static void test_its_use_is_told(void **state)
{
    struct suite *suite = *state;
    struct fl_store_usage usage;

    (void)suite_write(suite, suite_key(1, 1), "a");
    (void)suite_write(suite, suite_key(1, 1), "b");
    (void)suite_write(suite, suite_key(1, 2), "c");
    ASSERT_OK(fl_store_usage(suite->store, &usage, NULL));
    assert_int_equal(usage.journal_entries, 3);
    assert_int_equal(usage.objects, 2);
    assert_int_equal(usage.dead_entries, 1);
    assert_true(usage.used_bytes > 0 && usage.used_bytes < usage.map_bytes);
    assert_int_equal(usage.map_bytes, UINT64_C(1) << 30);
}

#define BARE(test) cmocka_unit_test_setup_teardown(test, suite_bare, suite_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_a_new_store_keeps_who_it_is),
        SUITE(test_a_renewed_incarnation_stays),
        SUITE(test_an_aborted_renewal_changes_nothing),
        SUITE(test_a_store_is_not_made_twice),
        SUITE(test_a_newer_format_is_refused),
        SUITE(test_its_use_is_told),
        BARE(test_a_missing_store_is_not_made_by_opening),
        SUITE_LMDB(test_a_second_open_in_this_process_is_refused),
        SUITE_LMDB(test_another_process_is_refused),
        SUITE_LMDB(test_a_closed_store_is_free_again),
        BARE(test_a_foreign_file_is_refused),
        BARE(test_a_store_half_made_can_be_made),
        SUITE_LMDB(test_a_directory_that_may_not_be_written_is_refused),
        BARE(test_an_unfit_file_system_is_refused),
        BARE(test_the_ballast_is_real_and_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
