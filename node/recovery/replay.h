/*
 * Quarantine and a person: what is held is tried again, with the origin and by the rules
 * of its time, or given up. Always a whole source transaction.
 */

#ifndef NODE_REPLAY_H
#define NODE_REPLAY_H

#include "node.h"

struct fl_replay_result {
    uint64_t applied; /* objects */
    uint64_t left;
};

/*
 * Try what is held again: the transaction of this object, with id 0 all, in their order.
 * What still cannot be applied stays, one attempt older. FL_NOT_FOUND: nothing has this
 * id. Each transaction is durable for itself.
 */
enum fl_status fl_replay(
    struct fl_node *node,
    uint64_t id,
    struct fl_replay_result *out_result,
    struct fl_error *out_error);

/*
 * Try all of it, once for each program and configuration: what the old one could not
 * apply the new one may. Once only, in case that it ends the process.
 */
void fl_replay_after_change(struct fl_node *node);

/* Give up the transaction of this object; who did is put on record. */
enum fl_status fl_replay_drop(
    struct fl_node *node,
    uint64_t id,
    const char *by,
    uint64_t *out_objects,
    struct fl_error *out_error);

#endif
