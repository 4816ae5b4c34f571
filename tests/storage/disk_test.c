/*
 * A disk that is really full: an ext4 of 32 MiB in a file. Needs root and loop devices;
 * elsewhere it is skipped with the reason.
 */

#include "suite.h"

#include "storage/check.h"
#include "storage/sweeper.h"

enum { SKIPPED = 77, COMMAND_BYTES = 4 * SUITE_PATH_BYTES };

static char directory[SUITE_PATH_BYTES];

/* `directory` is what mkdtemp named: no blanks, no quotes. */
static bool run(const char *before, const char *middle, const char *after)
{
    char command[COMMAND_BYTES];

    (void)snprintf(
        command, sizeof command, "%s %s/%s %s >/dev/null 2>&1", before, directory, middle,
        after);
    return system(command) == 0;
}

static const char *mount_disk(void)
{
    const char *parent = getenv("TMPDIR");
    char mount_point[SUITE_PATH_BYTES];

    if (geteuid() != 0) {
        return "only root may mount a file system";
    }
    (void)snprintf(
        directory, sizeof directory, "%s/filial-disk-XXXXXX",
        parent != NULL ? parent : "/tmp");
    if (mkdtemp(directory) == NULL) {
        return "no directory to work in";
    }
    if (!run("truncate -s 32M", "image", "") || !run("mkdir", "mount", "") ||
        !run("mkfs.ext4 -q -m 0", "image", "")) {
        return "mkfs.ext4 did not make a file system";
    }
    (void)snprintf(mount_point, sizeof mount_point, "%.400s/mount", directory);
    if (!run("mount -o loop", "image", mount_point)) {
        return "no loop device to mount a file on";
    }
    return NULL;
}

static void unmount_disk(void)
{
    if (directory[0] != '\0') {
        (void)run("umount", "mount", "");
        (void)run("rmdir", "mount", "");
        (void)run("rm -f", "image", "");
        (void)rmdir(directory);
    }
}

static int set_up(void **state)
{
    struct suite *suite = suite_new();

    (void)snprintf(
        suite->store_directory, sizeof suite->store_directory, "%.400s/mount/store",
        directory);
    suite->options.allow_any_file_system = false;
    suite->options.map_bytes = UINT64_C(1) << 30;
    suite->options.ballast_bytes = 2 << 20;
    suite_create(suite);
    *state = suite;
    return 0;
}

static int tear_down(void **state)
{
    struct suite *suite = *state;

    fl_store_close(suite->store);
    suite->store = NULL;
    suite_remove(suite->store_directory);
    return suite_end(state);
}

static enum fl_status write_one(struct suite *suite, uint32_t number, size_t size)
{
    static uint8_t memory[20000];
    struct fl_bytes record = suite_bytes(memory, size, number);
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(1, number % 10), record, 0);
    return fl_txn_commit(&txn);
}

static uint32_t fill(struct suite *suite, uint32_t from, enum fl_status *out_status)
{
    while ((*out_status = write_one(suite, from, 20000)) == FL_OK) {
        from++;
        assert_true(from < 100000);
    }
    return from;
}

static void test_a_floor_refuses_before_the_disk_is_full(void **state)
{
    struct suite *suite = *state;
    struct fl_store_usage usage;
    enum fl_status status;

    suite->options.local_disk_bytes = 8 << 20;
    suite_reopen(suite);
    (void)fill(suite, 1, &status);
    assert_int_equal(status, FL_FULL);
    assert_false(fl_store_is_dead(suite->store));
    ASSERT_OK(fl_store_usage(suite->store, &usage, NULL));
    assert_true(usage.disk_free_bytes > 7 << 20);
    assert_int_equal(usage.ballast_bytes, 2 << 20);
}

static void test_a_full_disk_ends_the_store_and_harms_nothing(void **state)
{
    struct suite *suite = *state;
    struct fl_sweep sweep = {.lsn_next = 0};
    struct fl_store_usage usage;
    struct fl_entry entry;
    struct fl_error error;
    struct fl_txn txn;
    enum fl_status status;
    uint32_t written = fill(suite, 1, &status) - 1;

    assert_int_equal(status, FL_FULL);
    assert_true(fl_store_is_dead(suite->store));
    assert_int_equal(write_one(suite, 1, 10), FL_IO);
    suite_reopen(suite);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_true(fl_journal_head(&txn) >= written);
    ASSERT_OK(fl_object_get(&txn, suite_key(1, written % 10), &entry));
    ASSERT_OK(fl_txn_commit(&txn));
    /* Upkeep gets the ballast's room, and what it frees is used again. */
    while (!sweep.done) {
        if (fl_sweep(suite->store, UINT64_MAX, &sweep, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
    }
    assert_true(sweep.removed > 0);
    ASSERT_OK(fl_store_usage(suite->store, &usage, NULL));
    assert_int_equal(usage.ballast_bytes, 0);
    for (uint32_t i = 0; i < 20; i++) {
        ASSERT_OK(write_one(suite, i, 20000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_floor_refuses_before_the_disk_is_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_full_disk_ends_the_store_and_harms_nothing, set_up, tear_down),
    };
    const char *reason = mount_disk();
    int failed;

    if (reason != NULL) {
        (void)printf("skipped: %s\n", reason);
        unmount_disk();
        return SKIPPED;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unmount_disk();
    return failed;
}
