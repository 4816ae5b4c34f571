/*
 * Through which peer the changes of a node come. A change is not sent back to the peer
 * that brought it, whoever made it: a branch's 1C base is a node that the centre knows
 * only through the branch. The way of a node may change, to and fro when peers give back
 * what a restored node had lost; so it is known from which lsn on each way held, and what
 * came by one of them still goes to the others. Kept in the store's settings,
 * "route/ORIGIN": lsn u64, number of the peer u32, for each of its ways.
 */

#ifndef NODE_ROUTES_H
#define NODE_ROUTES_H

#include "storage/peers.h"

enum { FL_ROUTE_WAYS_MAX = 64 };

/* From this lsn on changes came through this peer. */
struct fl_way {
    uint64_t lsn;
    uint32_t peer;
};

struct fl_route {
    struct fl_way *ways; /* longest ago first */
    size_t count;
};

/* Zeroed memory is a table without routes. */
struct fl_routes {
    struct fl_route *origins; /* by origin number; without ways: it is a peer itself */
    size_t count;
};

enum fl_status fl_routes_load(struct fl_txn *txn, struct fl_routes *routes);
void fl_routes_deinit(struct fl_routes *routes);

/* Was the change of `origin` at `lsn` made by this peer, or did it come through it? */
bool fl_routes_brought(
    const struct fl_routes *routes,
    const struct fl_peer *peer,
    uint32_t origin,
    uint64_t lsn);

/* The number of the peer that the change came through; 0: its origin itself brought it.
 */
uint32_t fl_routes_peer(const struct fl_routes *routes, uint32_t origin, uint64_t lsn);

/*
 * Changes of `origin` come through this peer from the next lsn on: remembered, durably
 * with the transaction.
 */
void fl_routes_put(
    struct fl_routes *routes,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    uint32_t origin);

#endif
