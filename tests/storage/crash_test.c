/*
 * A process that is killed while it writes: what it acknowledged is there, whole
 * transactions only, and the store is sound.
 */

#include "suite.h"

#include <signal.h>
#include <sys/wait.h>

#include "storage/check.h"

enum { ROUNDS = 12, ENTRIES_OF_A_TRANSACTION = 7 };

/* Writes until it is killed, telling the last lsn of each commit. */
static void write_for_ever(const struct suite *suite, int report)
{
    static uint8_t memory[3000];
    struct fl_store *store = NULL;
    uint32_t number = 0;

    if (fl_store_open(&suite->options, &store, NULL) != FL_OK) {
        _exit(2);
    }
    for (;;) {
        struct fl_txn txn;
        uint64_t lsn = 0;

        fl_txn_begin(&txn, store, FL_TXN_WRITE);
        for (int i = 0; i < ENTRIES_OF_A_TRANSACTION; i++) {
            struct fl_bytes record = suite_bytes(memory, 100 + number % 2900, number);

            /* A text as its own record: the check is of tags and places here. */
            lsn = suite_append(&txn, suite_key(1, number % 500), record, 0);
            number++;
        }
        if (fl_txn_commit(&txn) != FL_OK ||
            write(report, &lsn, sizeof lsn) != (ssize_t)sizeof lsn) {
            _exit(3);
        }
    }
}

/* Let a child write, read `count` acknowledgements, kill it; gives the last one. */
static uint64_t killed_after(const struct suite *suite, unsigned count)
{
    uint64_t lsn = 0;
    uint64_t next = 0;
    int ends[2];
    int status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        write_for_ever(suite, ends[1]);
    }
    (void)close(ends[1]);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(read(ends[0], &lsn, sizeof lsn), sizeof lsn);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    /* What it told before it died counts, whether we had read it or not. */
    while (read(ends[0], &next, sizeof next) == (ssize_t)sizeof next) {
        lsn = next;
    }
    (void)close(ends[0]);
    return lsn;
}

static void assert_whole(struct suite *suite, uint64_t acknowledged)
{
    struct fl_journal_scan scan;
    struct fl_entry entry;
    struct fl_txn txn;
    enum fl_status status;
    uint64_t lsn = 0;

    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_true(fl_journal_head(&txn) >= acknowledged);
    assert_int_equal(fl_journal_head(&txn) % ENTRIES_OF_A_TRANSACTION, 0);
    fl_journal_scan_begin(&scan, &txn, 1);
    while ((status = fl_journal_scan_next(&scan, &entry)) == FL_OK) {
        assert_int_equal(entry.lsn, ++lsn);
        assert_int_equal(entry.lsn_first, lsn - (lsn - 1) % ENTRIES_OF_A_TRANSACTION);
    }
    assert_int_equal(status, FL_NOT_FOUND);
    assert_int_equal(lsn, fl_journal_head(&txn));
    fl_journal_scan_end(&scan);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_what_was_acknowledged_survives_a_kill(void **state)
{
    struct suite *suite = *state;

    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t acknowledged;

        fl_store_close(suite->store);
        suite->store = NULL;
        acknowledged = killed_after(suite, 1 + round * 5 % 17);
        suite_reopen(suite);
        assert_whole(suite, acknowledged);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_LMDB(test_what_was_acknowledged_survives_a_kill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
