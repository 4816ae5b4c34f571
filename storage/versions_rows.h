/* What the versions offer to the sweeper, to the check and to what is beside them. */

#ifndef STORAGE_VERSIONS_ROWS_H
#define STORAGE_VERSIONS_ROWS_H

#include "storage/versions.h"
#include "table.h"

/* In the table `store`: count u64, bytes u64. */
#define FL_VERSIONS_USAGE_KEY "versions"

/* Sorted first by this byte. */
enum fl_versions_kind {
    FL_VERSIONS_ROW = 1,   /* a version by its lsn */
    FL_VERSIONS_TIME,      /* the same by when it was replaced */
    FL_VERSIONS_FORGOTTEN, /* by object: where a life of it ended */
    FL_VERSIONS_COLLISION, /* by object: a collision */
};

enum {
    FL_VERSIONS_LSN_KEY_BYTES = 1 + 8,
    FL_VERSIONS_TIME_KEY_BYTES = 1 + 8 + 8,
    FL_VERSIONS_OBJECT_KEY_BYTES = 1 + FL_KEY_BYTES + 8,
    FL_VERSION_RUN_MAX = 16, /* versions in a row that each need the one after them */
};

/* A row of kind ROW. */
struct fl_version_row {
    int64_t replaced_ms;
    struct fl_entry entry; /* without its record */
    bool is_forgotten;
    uint64_t base; /* lsn of the version that `packed` is against, 0: none */
    uint8_t run;   /* how many rows in a row, older ones, need this one's content */
    uint32_t size; /* of the record */
    struct fl_bytes packed;
};

/* FL_MALFORMED without words: the fields make no sense. The parser of stored bytes. */
enum fl_status fl_version_row_decode(
    uint64_t lsn,
    struct fl_bytes value,
    struct fl_version_row *out_row);
void fl_version_row_encode(const struct fl_version_row *row, struct fl_buffer *buffer);

enum fl_status fl_version_row_get(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_version_row *out_row);

struct fl_table_key fl_versions_lsn_key(uint64_t lsn);
struct fl_table_key fl_versions_time_key(int64_t replaced_ms, uint64_t lsn);
struct fl_table_key fl_versions_object_key(
    enum fl_versions_kind kind,
    struct fl_key key,
    uint64_t number);

/* The first version with an lsn not below. */
enum fl_status fl_versions_seek(struct fl_txn *txn, uint64_t lsn, uint64_t *out_lsn);

/*
 * A dead entry, or a deletion that is forgotten, becomes a version unless the policy
 * keeps it no more. The entry itself is the caller's to remove.
 */
void fl_versions_take(
    struct fl_txn *txn,
    const struct fl_history_policy *policy,
    uint64_t lsn,
    bool is_forgotten);

/*
 * Remove versions that the policy keeps no more, at most `count_max`, from those replaced
 * first; `*place` goes on. Gives how many.
 */
size_t fl_versions_expire(
    struct fl_txn *txn,
    const struct fl_history_policy *policy,
    size_t count_max,
    struct fl_versions_place *place);

/* Its object has this collision. */
void fl_versions_put_collision(struct fl_txn *txn, struct fl_key key, uint64_t id);

#endif
