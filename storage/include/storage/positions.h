/*
 * What was applied from each stream of a peer: written in the transaction that applied
 * it, presented when a session opens. The receiver owns it.
 */

#ifndef STORAGE_POSITIONS_H
#define STORAGE_POSITIONS_H

#include "storage/peers.h"

struct fl_stored_position {
    struct fl_peer_stream stream;
    uint64_t number;
    uint8_t hash[FL_PEER_HASH_BYTES];
    int64_t applied_ms;
};

/* Beyond FL_POSITIONS_MAX of a peer, the one applied longest ago is forgotten. */
void fl_positions_put(struct fl_txn *txn, const struct fl_stored_position *position);

/* FL_NOT_FOUND: nothing was ever applied from this stream. */
enum fl_status fl_positions_get(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    struct fl_stored_position *out_position);

/* All streams of a peer, in the order of their incarnations. */
enum fl_status fl_positions_list(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_stored_position out_positions[FL_POSITIONS_MAX],
    size_t *out_count);

#endif
