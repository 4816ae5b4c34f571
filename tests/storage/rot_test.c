/*
 * Bits that flip in the file of a closed store: whatever flips, either opening or the
 * check says so, or nothing that the store holds has changed. The two first pages are
 * left out: a flip there may show the commit before the last, which is sound. LMDB may
 * crash on a page that leads nowhere, so every attempt is a process of its own.
 */

#include "suite.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "proto/hash.h"

#include "storage/check.h"
#include "storage/peers.h"
#include "storage/settings.h"

enum { FLIPS = 150, PAGE_BYTES = 4096, PAGES_LEFT_OUT = 2 };

enum outcome { SAME = 0, FOUND = 1, CHANGED_IN_SILENCE = 2 };

static void populate(struct suite *suite)
{
    struct fl_peer peer = {
        .node = suite_uuid(50),
        .role = FL_PEER_CHILD,
        .format = FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE,
        .code = "Ф02",
    };
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < 400; i++) {
        /* An empty record is one that a check accepts. */
        (void)suite_append(&txn, suite_key(1 + i % 4, i % 300), suite_text(""), 0);
    }
    for (uint32_t i = 0; i < 40; i++) {
        static uint8_t memory[900];
        char name[16];

        (void)snprintf(name, sizeof name, "setting/%u", (unsigned)i);
        fl_settings_put(&txn, suite_text(name), suite_bytes(memory, sizeof memory, i));
    }
    fl_peers_put(&txn, &peer);
    ASSERT_OK(fl_txn_commit(&txn));
}

/* A hash over all that can be asked. */
static enum fl_status digest(struct fl_store *store, uint8_t *out_hash)
{
    struct fl_store_contents contents;
    struct fl_setting_name name;
    struct fl_bytes value;
    struct fl_hasher hasher;
    struct fl_journal_scan scan;
    struct fl_entry entry;
    struct fl_peer peer;
    struct fl_txn txn;
    enum fl_status status;

    fl_hasher_init(&hasher);
    fl_txn_begin(&txn, store, FL_TXN_READ);
    status = fl_store_content(&txn, 0, &contents);
    if (status == FL_OK) {
        fl_hasher_add(&hasher, (struct fl_bytes){contents.hash, 32});
        status = fl_settings_next(&txn, suite_text(""), NULL, &name, &value);
    }
    while (status == FL_OK) {
        fl_hasher_add(&hasher, (struct fl_bytes){name.bytes, name.size});
        fl_hasher_add(&hasher, value);
        status = fl_settings_next(&txn, suite_text(""), &name, &name, &value);
    }
    fl_journal_scan_begin(&scan, &txn, 0);
    while (status == FL_NOT_FOUND &&
           (status = fl_journal_scan_next(&scan, &entry)) == FL_OK) {
        uint8_t bytes[8];

        fl_store_u64(bytes, entry.lsn << 1 | (entry.live ? 1 : 0));
        fl_hasher_add(&hasher, (struct fl_bytes){bytes, 8});
        fl_hasher_add(&hasher, (struct fl_bytes){entry.key.id.bytes, 16});
        status = FL_NOT_FOUND;
    }
    fl_journal_scan_end(&scan);
    if (status == FL_NOT_FOUND) {
        status = fl_peers_by_code(
            &txn, (const uint8_t[FL_PEER_PLAN_BYTES]){0}, suite_text("Ф02"), &peer);
    }
    fl_txn_abort(&txn);
    fl_hasher_finish(&hasher, out_hash);
    return status;
}

static enum outcome look(const struct suite *suite, const uint8_t *expected)
{
    struct fl_check_report report;
    struct fl_store *store = NULL;
    uint8_t hash[FL_HASH_BYTES];

    if (fl_store_open(&suite->options, &store, NULL) != FL_OK ||
        fl_store_check(store, NULL, &report, NULL) != FL_OK || report.problems > 0 ||
        digest(store, hash) != FL_OK) {
        return FOUND;
    }
    return memcmp(hash, expected, sizeof hash) == 0 ? SAME : CHANGED_IN_SILENCE;
}

static void flip(const struct suite *suite, uint64_t bit)
{
    char path[2 * SUITE_PATH_BYTES];
    FILE *file;
    int byte;

    (void)snprintf(path, sizeof path, "%s/data.mdb", suite->store_directory);
    file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)(bit / 8), SEEK_SET), 0);
    byte = fgetc(file);
    assert_true(byte >= 0);
    assert_int_equal(fseek(file, (long)(bit / 8), SEEK_SET), 0);
    assert_int_not_equal(fputc(byte ^ 1 << bit % 8, file), EOF);
    assert_int_equal(fclose(file), 0);
}

/* A crash is an outcome here: nobody may take it for a failed test and clean up. */
static void die_of_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)signal(signals[i], SIG_DFL);
    }
    (void)close(STDERR_FILENO);
}

static enum outcome look_apart(const struct suite *suite, const uint8_t *expected)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        die_of_crashes();
        _exit((int)look(suite, expected));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) > CHANGED_IN_SILENCE) {
        return FOUND;
    }
    return (enum outcome)WEXITSTATUS(status);
}

static void test_no_flipped_bit_changes_anything_in_silence(void **state)
{
    struct suite *suite = *state;
    uint8_t expected[FL_HASH_BYTES];
    unsigned found = 0;
    uint64_t random = 1;
    uint64_t bits;
    struct fl_store_usage usage;

    populate(suite);
    ASSERT_OK(digest(suite->store, expected));
    ASSERT_OK(fl_store_usage(suite->store, &usage, NULL));
    fl_store_close(suite->store);
    suite->store = NULL;
    /* The file itself is longer: it grows ahead of what is written. */
    bits = (usage.file_bytes - PAGES_LEFT_OUT * PAGE_BYTES) * 8;
    assert_int_equal(look_apart(suite, expected), SAME);
    for (unsigned i = 0; i < FLIPS; i++) {
        uint64_t bit;
        enum outcome outcome;

        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bit = PAGES_LEFT_OUT * PAGE_BYTES * 8 + (random >> 16) % bits;
        flip(suite, bit);
        outcome = look_apart(suite, expected);
        flip(suite, bit);
        if (outcome == CHANGED_IN_SILENCE) {
            fail_msg("bit %llu changed something in silence", (unsigned long long)bit);
        }
        found += outcome == FOUND ? 1 : 0;
    }
    /* The rest lay where nothing is kept. */
    print_message("%u of %u flipped bits were found\n", found, (unsigned)FLIPS);
    assert_true(found > FLIPS / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_LMDB(test_no_flipped_bit_changes_anything_in_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
