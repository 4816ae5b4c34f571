/*
 * One object takes the place of another: each reference to the duplicate becomes one to
 * the object that is kept, and the duplicate is marked for deletion. All of it are
 * ordinary changes of this node; what was done is on record (duplicate_log.h), in the
 * same transactions, and can be undone. In shares, for the loop goes on meanwhile.
 *
 * A record set of a register whose key holds the duplicate moves under the key of the
 * kept one; where that has a set of its own, its own stays and the other goes.
 */

#ifndef NODE_DUPLICATE_MERGE_H
#define NODE_DUPLICATE_MERGE_H

#include "duplicate_log.h"

struct fl_duplicate_work;

struct fl_duplicate_wanted {
    struct fl_key kept;
    struct fl_key merged;
    const char *who;
    bool fills; /* what the kept one has empty comes from the duplicate */
};

/*
 * The caller's, and nothing is changed yet. FL_REFUSED: the two are no objects of one
 * catalog that can stand for each other. FL_NOT_FOUND: one of them is not here. FL_BUSY:
 * another work of this kind is not freed yet.
 */
enum fl_status fl_duplicate_merge_new(
    struct fl_node *node,
    const struct fl_duplicate_wanted *wanted,
    struct fl_duplicate_work **out_work,
    struct fl_error *out_error);

/*
 * References go back where they still lead to the kept object; what was changed since
 * stays. FL_REFUSED: it is undone, or what came later is to be undone first. FL_BUSY: as
 * above.
 */
enum fl_status fl_duplicate_undo_new(
    struct fl_node *node,
    uint32_t number,
    struct fl_duplicate_work **out_work,
    struct fl_error *out_error);

void fl_duplicate_work_free(struct fl_duplicate_work *work); /* takes NULL */

/* Some milliseconds of it; what is done is durable. `*out_done`: all is. */
enum fl_status fl_duplicate_work_step(
    struct fl_duplicate_work *work,
    bool *out_done,
    struct fl_error *out_error);

/* As it stands. */
const struct fl_duplicate_merge *fl_duplicate_work_merge(
    const struct fl_duplicate_work *work);
/* Of an undo: references, and sets of records, that were changed since and stay. */
uint64_t fl_duplicate_work_left(const struct fl_duplicate_work *work);
/* Has anything been written? */
bool fl_duplicate_work_wrote(const struct fl_duplicate_work *work);

#endif
