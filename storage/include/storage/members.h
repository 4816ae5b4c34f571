/*
 * In which streams an object is, and on which other objects that depends, for each plan
 * with filters. A plan is known by the number of its common stream.
 */

#ifndef STORAGE_MEMBERS_H
#define STORAGE_MEMBERS_H

#include "proto/arena.h"
#include "proto/object.h"
#include "storage/store.h"

struct fl_members {
    uint64_t lsn; /* at which its rows stand in the streams */
    size_t stream_count;
    const uint32_t *streams; /* ascending */
    size_t reference_count;
    const struct fl_key *references; /* whose attributes the filter looked at */
};

/* FL_NOT_FOUND: never placed. Lives in `arena`. */
enum fl_status fl_members_get(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_members *out_members);
/* Replaces what was there. In no stream is something to know, too. */
void fl_members_put(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    const struct fl_members *members);
/* Fine when there is none. */
void fl_members_remove(struct fl_txn *txn, uint32_t plan, struct fl_key key);
/* Is the object in this stream? A row that is damaged answers FL_MALFORMED. */
enum fl_status fl_members_has(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    uint32_t stream,
    bool *out_has);

/* The first object above `after` (NULL: of all) that depends on `reference`. */
enum fl_status fl_members_next_dependent(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key reference,
    const struct fl_key *after,
    struct fl_key *out_key);

/* A hash of what filters look at in an object that others refer to; 0: not known. */
uint64_t fl_members_looked_at(struct fl_txn *txn, uint32_t plan, struct fl_key key);
void fl_members_put_looked_at(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    uint64_t hash);

/*
 * Remove what is kept of objects that were forgotten at or below `purged`, and are not in
 * the store, in one small transaction. Zeroed memory begins; true: it is through.
 */
struct fl_members_sweep {
    bool of_looked_at; /* members are through */
    bool started;
    struct fl_key key;
};

bool fl_members_sweep(
    struct fl_store *store,
    uint32_t plan,
    uint64_t purged,
    struct fl_members_sweep *place,
    enum fl_status *out_status);

#endif
