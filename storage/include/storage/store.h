/*
 * A node's durable memory, and the transactions that everything else here works in.
 * One process opens a store, once. One thread writes, one write transaction at a time;
 * read transactions may run beside it, in other threads too, and see the store as it
 * was when they began. A view read inside a transaction dies with it, and with the next
 * write in it.
 *
 * A transaction keeps its first failure, does nothing after it, and reports it at commit.
 * FL_NOT_FOUND and FL_MALFORMED of a read are answers, not failures: the transaction
 * goes on (an intake may write over a rotten object).
 */

#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include "proto/limits.h"
#include "proto/uuid.h"

struct fl_store;
struct fl_engine; /* engine.h; NULL wherever one is asked for is LMDB */

enum {
    FL_STORE_FORMAT = 1, /* what this build writes, and the newest that it reads */
    /*
     * One write transaction: a source transaction of the largest size with both versions
     * of its collisions and what had registered its objects before, or several small ones
     * that share a commit.
     */
    FL_STORE_TXN_BYTES_MAX = 4 * FL_TXN_BYTES_MAX,
    FL_STORE_TXN_KEYS_MAX = 5 * FL_TXN_KEYS_MAX,
};

/* Who this store is. Random parts are drawn by the caller. */
struct fl_identity {
    struct fl_uuid installation;
    struct fl_uuid node;
    struct fl_uuid incarnation;
    struct fl_uuid machine; /* of the host at the last open that gave one; may be zero */
    int64_t created_ms;     /* Unix time */
    char code[FL_CODE_BYTES_MAX + 1];
};

struct fl_store_options {
    const char *directory;
    const struct fl_engine *engine;   /* NULL: LMDB */
    const struct fl_identity *create; /* NULL: the store must exist */
    bool allow_any_file_system;       /* else ext4 and xfs only: others fail when full */
    uint64_t map_bytes;         /* address space of the map, the store's largest size */
    uint64_t ballast_bytes;     /* kept on the disk to be given up when it is full */
    uint32_t intake_percent;    /* of the map, above which FL_TXN_INTAKE is refused */
    uint32_t local_percent;     /* and above which FL_TXN_WRITE is */
    uint64_t intake_disk_bytes; /* free on the disk, below which they are refused */
    uint64_t local_disk_bytes;
};

/* The defaults: 16 GiB of map, 64 MiB of ballast, 85 % and 95 %, 256 MiB and 64 MiB. */
struct fl_store_options fl_store_options(const char *directory);

/*
 * Open the store in `options->directory`. With `create` it is made there, its directory
 * (one level) too, and FL_REFUSED says that one is there already; without, FL_NOT_FOUND
 * says that there is none. FL_BUSY: in use, the words name the process. FL_UNSUPPORTED:
 * of a newer format, or on a file system that fails when it is full. FL_MALFORMED: not
 * ours, or damaged. `*out_store` is the caller's, to end with fl_store_close().
 */
enum fl_status fl_store_open(
    const struct fl_store_options *options,
    struct fl_store **out_store,
    struct fl_error *out_error);

/* Takes NULL. No transaction may be open. */
void fl_store_close(struct fl_store *store);

/* As of the last commit; lives as long as the store is open. */
const struct fl_identity *fl_store_identity(const struct fl_store *store);

/* A commit failed: the outcome is unknown, everything answers FL_IO until a restart. */
bool fl_store_is_dead(const struct fl_store *store);

struct fl_store_usage {
    uint64_t map_bytes;
    uint64_t used_bytes;       /* of the map, without free pages in it */
    uint64_t free_pages_bytes; /* inside the file, to be used again */
    uint64_t file_bytes; /* up to the last page; the file grows a little ahead of it */
    uint64_t disk_free_bytes; /* UINT64_MAX: not on a disk */
    uint64_t journal_entries;
    uint64_t objects;           /* deleted ones too, which are kept as tombstones */
    uint64_t dead_entries;      /* of the journal, which a sweep may remove */
    uint64_t oldest_reader_lag; /* transactions since the oldest reader began */
    uint64_t ballast_bytes;     /* 0 after it was given up */
};

enum fl_status fl_store_usage(
    struct fl_store *store,
    struct fl_store_usage *out_usage,
    struct fl_error *out_error);

/* Clear readers that died and make the ballast again when there is room: each minute. */
enum fl_status fl_store_tend(struct fl_store *store);

enum fl_txn_mode {
    FL_TXN_READ = 1,
    FL_TXN_WRITE,  /* a local change: refused with FL_FULL above `local_percent` */
    FL_TXN_INTAKE, /* what peers send: refused with FL_FULL above `intake_percent` */
    FL_TXN_KEEP,   /* confirming, pruning, settings: never refused before it is tried */
};

/* By value, the fields are the store's own. Zeroed memory is an ended transaction. */
struct fl_txn {
    struct fl_store *store;
    enum fl_txn_mode mode;
    bool open;
    enum fl_status failure;
    struct fl_error error;
    void *handle;   /* the engine's */
    uint64_t bytes; /* written so far */
    uint64_t keys;
    uint32_t cursors;  /* scans and walks not yet ended */
    uint64_t lsn_last; /* of the journal, 0 before it was asked for */
    bool lsn_known;
    uint64_t lsn_first; /* of the source transaction, 0: starts with the next entry */
    uint64_t source_bytes;
    bool auto_record_known; /* whether the rule of any type has turned (auto_record.h) */
    bool auto_record_turned;
    struct fl_buffer whole; /* the last value that was put together from parts */
    struct fl_identity identity;
    bool identity_changed;
};

/* Always begins something that must be ended; a failure is kept for the commit. */
void fl_txn_begin(struct fl_txn *txn, struct fl_store *store, enum fl_txn_mode mode);

/*
 * End with everything, durable, or with nothing and the first failure. FL_IO: the outcome
 * is unknown and the store is dead. Of a read transaction: ends it, gives its failure.
 */
enum fl_status fl_txn_commit(struct fl_txn *txn);

/* End with nothing. Fine after a failure, after an end and on zeroed memory. */
void fl_txn_abort(struct fl_txn *txn);

/* The first failure so far. Also after the end. */
enum fl_status fl_txn_status(const struct fl_txn *txn);

/* Words for it, or for the last FL_MALFORMED that a read answered; also after the end. */
const struct fl_error *fl_txn_error(const struct fl_txn *txn);

/* Fail the transaction for a reason of the caller's; the first failure stays. */
void fl_txn_fail(struct fl_txn *txn, const struct fl_error *error);

/* How much of FL_STORE_TXN_BYTES_MAX and _KEYS_MAX is used. */
bool fl_txn_has_room(const struct fl_txn *txn, uint64_t bytes, uint64_t keys);

/* A new incarnation, drawn at random by the caller: a restored store is another stream.
 */
void fl_store_renew_incarnation(struct fl_txn *txn, struct fl_uuid incarnation);

/* A node that joins a parent belongs to the parent's installation from then on. */
void fl_store_put_installation(struct fl_txn *txn, struct fl_uuid installation);

/* The host that this store lives on, to find a copy that runs elsewhere. */
void fl_store_put_machine(struct fl_txn *txn, struct fl_uuid machine);

#endif
