/*
 * What merges have done, so that each can be undone: who took whose place, and where.
 * Kept among the settings of this node; it does not travel.
 */

#ifndef NODE_DUPLICATE_LOG_H
#define NODE_DUPLICATE_LOG_H

#include "node.h"

enum fl_duplicate_state {
    FL_DUPLICATE_BEGUN = 1, /* it was broken off, and can be undone or done again */
    FL_DUPLICATE_DONE,
    FL_DUPLICATE_UNDONE, /* to its end */
};

enum { FL_DUPLICATE_WHO_BYTES = 64, FL_DUPLICATE_FILLED_MAX = 200 };

struct fl_duplicate_merge {
    uint32_t number; /* from 1 */
    enum fl_duplicate_state state;
    struct fl_key kept;
    struct fl_key merged; /* the duplicate: marked for deletion */
    int64_t merged_ms;
    char who[FL_DUPLICATE_WHO_BYTES];
    bool was_marked;     /* the duplicate, before */
    uint64_t objects;    /* whose references were turned */
    uint64_t references; /* how many of them */
    size_t filled_count; /* attributes of the kept one, filled from the duplicate */
    uint32_t filled[FL_DUPLICATE_FILLED_MAX];
};

const char *fl_duplicate_state_name(enum fl_duplicate_state state);

/* FL_NOT_FOUND; FL_MALFORMED: it cannot be read. */
enum fl_status fl_duplicate_log_get(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_duplicate_merge *out_merge);
/* The first above `number`; FL_NOT_FOUND: none. Else in words what cannot be read. */
enum fl_status fl_duplicate_log_next(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_duplicate_merge *out_merge,
    struct fl_error *out_error);
void fl_duplicate_log_put(struct fl_txn *txn, const struct fl_duplicate_merge *merge);

/*
 * Steps of a merge, in the transactions of the changes that they tell of: bytes of the
 * caller, numbers from 1 in each merge.
 */
void fl_duplicate_log_put_step(
    struct fl_txn *txn,
    uint32_t number,
    uint32_t step,
    struct fl_bytes bytes);
/* The last of them, borrowed until the next read; FL_NOT_FOUND: none. */
enum fl_status fl_duplicate_log_last_step(
    struct fl_txn *txn,
    uint32_t number,
    uint32_t *out_step,
    struct fl_bytes *out_bytes);
void fl_duplicate_log_remove_step(struct fl_txn *txn, uint32_t number, uint32_t step);

#endif
