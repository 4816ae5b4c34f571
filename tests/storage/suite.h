/*
 * What every test of a store stands on: a fresh store for each test, on LMDB and in
 * memory. SUITE(test) is both.
 */

#ifndef SUITE_H
#define SUITE_H

/* cmocka wants these before its own header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/journal.h"
#include "storage/memory_engine.h"
#include "storage/store.h"

#define SUITE_LMDB(test)   cmocka_unit_test_setup_teardown(test, suite_lmdb, suite_end)
#define SUITE_MEMORY(test) cmocka_unit_test_setup_teardown(test, suite_memory, suite_end)
#define SUITE(test)        SUITE_LMDB(test), SUITE_MEMORY(test)

#define ASSERT_OK(expression) assert_int_equal((expression), FL_OK)

enum { SUITE_PATH_BYTES = 512 };

struct suite {
    char directory[SUITE_PATH_BYTES]; /* a fresh one; the store is in "store" inside */
    char store_directory[SUITE_PATH_BYTES];
    struct fl_engine *memory; /* NULL: LMDB */
    struct fl_store_options options;
    struct fl_identity identity;
    struct fl_store *store;
};

static inline struct fl_uuid suite_uuid(uint8_t byte)
{
    struct fl_uuid uuid;

    memset(uuid.bytes, byte, sizeof uuid.bytes);
    return uuid;
}

static inline struct fl_key suite_key(uint32_t type, uint32_t number)
{
    struct fl_key key = {.type = type};

    fl_store_u32(key.id.bytes, number * 2654435761u);
    fl_store_u32(key.id.bytes + 12, number);
    return key;
}

static inline struct fl_bytes suite_text(const char *text)
{
    return fl_bytes_of_text(text);
}

static inline void suite_create(struct suite *suite)
{
    struct fl_error error = {.text = ""};
    struct fl_store_options options = suite->options;

    options.create = &suite->identity;
    if (fl_store_open(&options, &suite->store, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
}

static inline void suite_reopen(struct suite *suite)
{
    struct fl_error error = {.text = ""};

    fl_store_close(suite->store);
    suite->store = NULL;
    if (fl_store_open(&suite->options, &suite->store, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
}

/* Small and anywhere: tests do not need a large disk of ext4. */
static inline struct fl_store_options suite_options(const char *directory)
{
    struct fl_store_options options = fl_store_options(directory);

    options.map_bytes = UINT64_C(1) << 30;
    options.allow_any_file_system = true;
    options.ballast_bytes = 0;
    options.intake_disk_bytes = 0;
    options.local_disk_bytes = 0;
    return options;
}

static inline struct suite *suite_new(void)
{
    struct suite *suite = calloc(1, sizeof *suite);
    const char *parent = getenv("TMPDIR");

    assert_non_null(suite);
    (void)snprintf(
        suite->directory, sizeof suite->directory, "%s/filial-storage-XXXXXX",
        parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(suite->directory));
    (void)snprintf(
        suite->store_directory, sizeof suite->store_directory, "%.400s/store",
        suite->directory);
    suite->options = suite_options(suite->store_directory);
    suite->identity = (struct fl_identity){
        .installation = suite_uuid(1),
        .node = suite_uuid(2),
        .incarnation = suite_uuid(3),
        .created_ms = 1700000000000,
        .code = "Ф01",
    };
    return suite;
}

static inline int suite_lmdb(void **state)
{
    struct suite *suite = suite_new();

    *state = suite;
    suite_create(suite);
    return 0;
}

static inline int suite_memory(void **state)
{
    struct suite *suite = suite_new();

    *state = suite;
    ASSERT_OK(fl_memory_engine_new(&suite->memory));
    suite->options.engine = suite->memory;
    suite_create(suite);
    return 0;
}

/* Without a store, for tests that open one themselves. */
static inline int suite_bare(void **state)
{
    *state = suite_new();
    return 0;
}

/* The files that a test may leave, by name: nothing else is ever removed. */
static inline void suite_remove(const char *directory)
{
    static const char *const names[] = {
        "data.mdb", "lock.mdb", "node.lock", "ballast", "data.mdb.old",
    };
    char path[3 * SUITE_PATH_BYTES];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

static inline int suite_end(void **state)
{
    static const char *const names[] = {"store", "copy", "copy2"};
    struct suite *suite = *state;
    char path[2 * SUITE_PATH_BYTES];

    fl_store_close(suite->store);
    fl_memory_engine_free(suite->memory);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", suite->directory, names[i]);
        suite_remove(path);
    }
    (void)rmdir(suite->directory);
    free(suite);
    return 0;
}

/* Appends one change inside a transaction; gives its lsn. */
static inline uint64_t suite_append(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_bytes record,
    uint8_t flags)
{
    struct fl_entry entry = {
        .key = key,
        .record = record,
        .flags = flags,
    };

    return fl_journal_append(txn, &entry);
}

/* One change in a transaction of its own. */
static inline uint64_t suite_write(
    struct suite *suite,
    struct fl_key key,
    const char *record)
{
    struct fl_txn txn;
    uint64_t lsn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    lsn = suite_append(&txn, key, suite_text(record), 0);
    ASSERT_OK(fl_txn_commit(&txn));
    return lsn;
}

static inline struct fl_bytes suite_bytes(uint8_t *memory, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245u + 12345u;
        memory[i] = (uint8_t)(seed >> 16);
    }
    return (struct fl_bytes){.data = memory, .size = size};
}

#endif
