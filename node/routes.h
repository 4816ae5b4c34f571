/*
 * Through which peer the changes of a node come. A change is not sent back to the peer
 * that brought it, whoever made it: a branch's 1C base is a node that the centre knows
 * only through the branch. Kept in the store's settings, "route/ORIGIN": number of the
 * peer, u32.
 */

#ifndef NODE_ROUTES_H
#define NODE_ROUTES_H

#include "storage/peers.h"

/* Zeroed memory is a table without routes. */
struct fl_routes {
    uint32_t *peers; /* by origin number; 0: not known */
    size_t count;
};

enum fl_status fl_routes_load(struct fl_txn *txn, struct fl_routes *routes);
void fl_routes_deinit(struct fl_routes *routes);

/* Was the change of `origin` made by this peer, or did it come through it? */
bool fl_routes_brought(
    const struct fl_routes *routes,
    const struct fl_peer *peer,
    uint32_t origin);

/* Changes of `origin` come through this peer: remembered, durably with the transaction.
 */
void fl_routes_put(
    struct fl_routes *routes,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    uint32_t origin);

#endif
