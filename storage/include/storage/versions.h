/*
 * What objects were: every version that this store had, from the live one back. A version
 * is named by its lsn. While its entry lies in the journal it is read there; the sweeper
 * moves dead entries among the versions instead of removing them, packed as what differs
 * from the version after them, and forgets them when their time is over. Writing a change
 * costs nothing for it.
 */

#ifndef STORAGE_VERSIONS_H
#define STORAGE_VERSIONS_H

#include "proto/compression.h"
#include "storage/journal.h"

/* How long versions of one type are kept, else than `keep_ms` of the policy. */
struct fl_history_type {
    uint32_t type;
    uint64_t keep_ms; /* 0: not at all */
};

struct fl_history_policy {
    int64_t now_ms;
    uint64_t keep_ms;   /* after they were replaced; 0: not at all */
    uint64_t bytes_max; /* of all versions together, above which the oldest go */
    const struct fl_history_type *types;
    size_t type_count;
};

/* How far a sweep has come with versions that are kept no more; zeroed: to begin. */
struct fl_versions_place {
    int64_t replaced_ms;
    uint64_t lsn;
    bool done;
};

/* By the policy; 0 for what travels as settings, which the audit tells. */
uint64_t fl_history_keep_ms(const struct fl_history_policy *policy, uint32_t type);

struct fl_version {
    struct fl_entry entry; /* the record is borrowed until the next call of the walk */
    bool is_packed;        /* among the versions; else in the journal */
    bool is_forgotten;     /* a deletion that peers have not to be told of any more */
};

/*
 * The versions of an object from the newest back. Zeroed memory is an ended walk. Reads
 * only; may go beside writes of the same transaction if nothing is swept meanwhile.
 */
struct fl_version_walk {
    struct fl_txn *txn;
    struct fl_key key;
    uint64_t lsn_below; /* only versions below are given */
    uint64_t lsn_next;  /* 0: look for an earlier life of the object */
    uint64_t lsn_last;  /* what was read last */
    uint64_t lsn_content;
    struct fl_buffer content; /* the record of `lsn_content` */
    struct fl_buffer other;
    struct fl_buffer whole;
    struct fl_decompressor *decompressor;
};

/* From the newest version below `lsn_below`, 0: from the newest. */
void fl_version_walk_begin(
    struct fl_version_walk *walk,
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t lsn_below);
/* FL_NOT_FOUND: there are no older ones, or they are not kept any more. FL_MALFORMED:
 * what comes next cannot be read, nor what is behind it. */
enum fl_status fl_version_walk_next(
    struct fl_version_walk *walk,
    struct fl_version *out_version);
/* One by its lsn; FL_NOT_FOUND also when it is of another object. Then goes on from it.
 */
enum fl_status fl_version_walk_to(
    struct fl_version_walk *walk,
    uint64_t lsn,
    struct fl_version *out_version);
void fl_version_walk_end(struct fl_version_walk *walk);

struct fl_versions_usage {
    uint64_t count;
    uint64_t bytes; /* of their rows */
};

struct fl_versions_usage fl_versions_usage(struct fl_txn *txn);

/* The collision of this object with the least id above `id`. FL_NOT_FOUND: none. */
enum fl_status fl_versions_collision(
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t id,
    uint64_t *out_id);

#endif
