/*
 * Is the store sound, and do two stores hold the same? LMDB has no checksums: every value
 * carries a tag of its own, and this reads them all.
 */

#ifndef STORAGE_CHECK_H
#define STORAGE_CHECK_H

#include "storage/journal.h"

enum { FL_STORE_CONTENT_BYTES = 32 };

struct fl_check_options {
    void *context;
    /* About every thousand values; `total` is an estimate. May be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    /* Each problem in words, with table and key. May be NULL. */
    void (*problem)(void *context, const char *text);
};

struct fl_check_report {
    uint64_t values; /* read and compared with their tags */
    uint64_t journal_entries;
    uint64_t live_entries;
    uint64_t objects;
    uint64_t tombstones;
    uint64_t peers;
    uint64_t messages;
    uint64_t problems; /* 0: sound */
};

/*
 * Read everything: tags, the agreement of journal and objects, source transactions,
 * parts, records, the numbers of peers, messages and positions. Problems are counted,
 * not failures. It reads in short transactions, so a store that is written meanwhile is
 * checked as it goes by.
 */
enum fl_status fl_store_check(
    struct fl_store *store,
    const struct fl_check_options *options,
    struct fl_check_report *out_report,
    struct fl_error *out_error);

struct fl_store_contents {
    uint64_t objects; /* live, not deleted, not withdrawn */
    uint64_t bytes;   /* of their records */
    uint8_t hash[FL_STORE_CONTENT_BYTES];
};

/*
 * What is held, of one type or of all (type 0), as a hash over keys and records in the
 * order of keys: equal for two nodes that hold equal data. Reads inside `txn`, so a
 * large store is better asked type by type.
 */
enum fl_status fl_store_content(
    struct fl_txn *txn,
    uint32_t type,
    struct fl_store_contents *out_content);

/* The first type of an object above `type`, to go through all. FL_NOT_FOUND: none. */
enum fl_status fl_store_type_next(struct fl_txn *txn, uint32_t type, uint32_t *out_type);

#endif
