/*
 * Removes dead entries of the journal in the order of lsn, a little at a time; and
 * deletions so old that nobody who may still ask for them has to be told. By a policy of
 * history they become versions (versions.h), and versions whose time is over go.
 */

#ifndef STORAGE_SWEEPER_H
#define STORAGE_SWEEPER_H

#include "storage/store.h"
#include "storage/versions.h"

enum {
    FL_SWEEP_KEYS_MAX = 256,  /* more deletes at once may not find room in a full map */
    FL_SWEEP_SCAN_MAX = 1024, /* entries looked at by one call */
    FL_SWEEP_BYTES_MAX = 1 << 20, /* of their records, before the last of them */
};

/* A journal that was looked through: until any of this changes, nothing in it may go. */
struct fl_sweep_seen {
    bool whole;
    uint64_t head;
    uint64_t horizon;
    uint64_t tombstones_to;
};

/* Zeroed memory starts from the beginning of the journal. */
struct fl_sweep {
    uint64_t lsn_next;      /* where the next call goes on */
    uint64_t removed;       /* entries, by all calls */
    bool done;              /* the horizon was reached, and the rest is done */
    uint64_t tombstones_to; /* deletions up to it go too; the caller's, 0: none */
    uint64_t tombstones;    /* of those removed */
    const struct fl_history_policy *history; /* the caller's, NULL: nothing is kept */
    bool journal_done;
    uint64_t looked;              /* entries of the journal looked at, by all calls */
    struct fl_sweep_seen seen;    /* the caller's, of the sweep before; given back */
    struct fl_sweep_seen present; /* what is seen once the journal is done */
    struct fl_versions_place versions;
    uint64_t versions_removed;
    uint64_t arrivals_lsn; /* how far their rows were tidied */
};

/*
 * Remove at most FL_SWEEP_KEYS_MAX keys of dead entries not above `horizon`, in a
 * transaction of its own. Call again until `sweep->done`, between other work.
 */
enum fl_status fl_sweep(
    struct fl_store *store,
    uint64_t horizon,
    struct fl_sweep *sweep,
    struct fl_error *out_error);

/*
 * No deletion up to this lsn is sure to be known any more. Whoever has not taken
 * everything up to it may hold objects that were deleted here.
 */
uint64_t fl_sweep_purged_lsn(struct fl_txn *txn);

#endif
