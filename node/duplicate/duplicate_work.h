/*
 * What a merge and its undoing share: memory, and changes of the two objects and of sets
 * of records. A step in the log holds, for each object that was changed in a transaction:
 *
 *     1 | type u32 | id 16 | places sized                       references were turned
 *     2 | type u32 | id 16 | new id 16 | made u8 | record sized a record set moved
 */

#ifndef NODE_DUPLICATE_WORK_H
#define NODE_DUPLICATE_WORK_H

#include "change/change.h"
#include "duplicate_merge.h"
#include "duplicate_scan.h"

enum { FL_DUPLICATE_TURNED = 1, FL_DUPLICATE_MOVED = 2 };

/* A share of the work; it says which comes next in `work->phase`. */
typedef enum fl_status fl_duplicate_work_phase(
    struct fl_duplicate_work *work,
    bool *out_done,
    struct fl_error *out_error);

struct fl_duplicate_work {
    struct fl_node *node;
    fl_duplicate_work_phase *phase;
    struct fl_duplicate_merge merge;
    bool fills;
    uint32_t step; /* of the log, the last */
    struct fl_duplicate_scan scan;
    size_t next;            /* of the keys of the share */
    uint64_t turned_before; /* references, when this pass began */
    uint64_t left;
    size_t bytes; /* of records in this transaction */
    bool wrote;
    struct fl_arena arena;
    struct fl_buffer record;
    struct fl_buffer places;
    struct fl_buffer log;
};

/* FL_BUSY: another goes on, and each would take what the other does for its own. */
enum fl_status fl_duplicate_work_new(
    struct fl_node *node,
    fl_duplicate_work_phase *begin,
    struct fl_duplicate_work **out_work,
    struct fl_error *out_error);

/* A source transaction of its own. */
enum fl_status fl_duplicate_work_append(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_object *object,
    struct fl_error *out_error);

/* The set that `record` holds becomes a deletion. */
enum fl_status fl_duplicate_work_delete_set(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_type *type,
    struct fl_key key,
    struct fl_bytes record,
    struct fl_error *out_error);

/* The mark of deletion, when it is not so already. */
enum fl_status fl_duplicate_work_set_mark(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_type *type,
    struct fl_object *merged,
    bool wanted,
    struct fl_error *out_error);

/*
 * Ends the transaction of the last share, whose changes gave `status`: with its commit
 * the merge is on record as `state`; after a failure nothing of it is kept.
 */
enum fl_status fl_duplicate_work_end(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    enum fl_status status,
    enum fl_duplicate_state state,
    bool *out_done,
    struct fl_error *out_error);

#endif
