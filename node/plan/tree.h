/*
 * A node's place in its tree: leaving a parent, and what a new parent of the same tree
 * need not be told again.
 */

#ifndef NODE_TREE_H
#define NODE_TREE_H

#include "node.h"

/* Is anything registered for the peer that it has not confirmed? */
enum fl_status fl_tree_waits(
    struct fl_node *node,
    const struct fl_peer *peer,
    bool *out_waits,
    struct fl_error *out_error);

/*
 * Forget the peer in the caller's transaction, and remember up to which change the tree
 * has everything of ours.
 */
enum fl_status fl_tree_leave(struct fl_txn *txn, const struct fl_peer *peer, bool waits);

/* That change, for a peer of the plan in that installation; 0: it has nothing of ours. */
uint64_t fl_tree_left_lsn(
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_uuid installation);

#endif
