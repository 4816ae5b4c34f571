/*
 * The journal of changes, which is the store: a record lies in it under its lsn, and the
 * index of objects says which entry of an object is the live one. Entries are only
 * appended, lsns follow each other without a gap (until a sweep), in the order of
 * commits. An older entry of an object is dead as soon as a newer one is appended; it is
 * removed later (sweeper.h), or kept among the versions (versions.h). Each entry names
 * the one of the same object before it.
 */

#ifndef STORAGE_JOURNAL_H
#define STORAGE_JOURNAL_H

#include "proto/object.h"
#include "storage/store.h"

enum {
    FL_ENTRY_DELETED = 1u << 0,   /* a tombstone: the object was deleted */
    FL_ENTRY_WITHDRAWN = 1u << 1, /* left the filter of this node: gone here only */
};

enum { FL_ORIGIN_HERE = 0 };

struct fl_entry {
    uint64_t lsn;       /* given by fl_journal_append() */
    uint64_t lsn_first; /* of the source transaction; given too */
    uint64_t previous;  /* of the same object, 0: none that is known; given too */
    uint32_t origin;    /* number of the node that made the change, nodes.h */
    uint16_t
        configuration; /* number of the configuration of `record`, configurations.h */
    uint8_t flags;
    bool live; /* the newest of its object; not looked at by append */
    struct fl_key key;
    struct fl_bytes record;
};

/*
 * Append a change and make it the live entry of its object. Gives its lsn, 0 after a
 * failure: FL_LIMIT when the source transaction or the write transaction grows beyond
 * its bounds. The entries of a write transaction are one source transaction, unless
 * fl_journal_transaction() is called between them.
 */
uint64_t fl_journal_append(struct fl_txn *txn, const struct fl_entry *entry);

/* The next entry starts a new source transaction. */
void fl_journal_transaction(struct fl_txn *txn);

/* The last lsn, 0 in an empty journal; entries appended in `txn` count. */
uint64_t fl_journal_head(struct fl_txn *txn);

/*
 * One entry, live or dead. FL_NOT_FOUND: never was, or was swept. FL_MALFORMED: does not
 * match its tag. The record is borrowed until the next read in parts, write or end.
 */
enum fl_status fl_journal_get(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_entry *out_entry);

/* The live entry of an object; a deleted one is found, with FL_ENTRY_DELETED. */
enum fl_status fl_object_get(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_entry *out_entry);

/* The same without reading the journal: where the live entry is. */
enum fl_status fl_object_lsn(struct fl_txn *txn, struct fl_key key, uint64_t *out_lsn);

/*
 * Everything from an lsn on, in its order, dead entries too (`live` tells). Zeroed memory
 * is an ended scan. In a write transaction, what is appended during the scan may or may
 * not be seen.
 */
struct fl_journal_scan {
    struct fl_txn *txn;
    void *cursor;
    uint64_t lsn_next;
    bool started;
    struct fl_buffer whole;
};

void fl_journal_scan_begin(
    struct fl_journal_scan *scan,
    struct fl_txn *txn,
    uint64_t lsn_from);

/*
 * FL_NOT_FOUND at the end. FL_MALFORMED: the entry does not match its tag, `out_entry`
 * has its lsn; the next call goes on behind it. The record is borrowed until the next
 * call, write or end.
 */
enum fl_status fl_journal_scan_next(
    struct fl_journal_scan *scan,
    struct fl_entry *out_entry);

/* Only live entries. Dead ones are passed over, once their tags held. */
enum fl_status fl_journal_scan_next_live(
    struct fl_journal_scan *scan,
    struct fl_entry *out_entry);

void fl_journal_scan_end(struct fl_journal_scan *scan);

/*
 * The live entries of objects in the order of their keys, from the first not below
 * `from`; deleted ones too. To go on in another transaction begin from the last key and
 * pass over it.
 */
struct fl_object_walk {
    struct fl_txn *txn;
    void *cursor;
    struct fl_key from;
    bool started;
    struct fl_buffer whole;
};

void fl_object_walk_begin(
    struct fl_object_walk *walk,
    struct fl_txn *txn,
    struct fl_key from);
/* FL_NOT_FOUND at the end; FL_MALFORMED: `out_entry` has the key, the next call goes on.
 */
enum fl_status fl_object_walk_next(
    struct fl_object_walk *walk,
    struct fl_entry *out_entry);
/* The same without reading the entry: only where it is. */
enum fl_status fl_object_walk_next_lsn(
    struct fl_object_walk *walk,
    struct fl_key *out_key,
    uint64_t *out_lsn);
void fl_object_walk_end(struct fl_object_walk *walk);

/* How many a walk over everything would find. */
uint64_t fl_object_count(struct fl_txn *txn);

#endif
