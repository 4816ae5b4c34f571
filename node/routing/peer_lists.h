/*
 * The lists of values that a peer has for the filters of its plan (replication/filter.h):
 * which companies, which warehouses. A node keeps them for those below it, by code, so
 * that they may be there before the peer is. A peer without any list is not limited; one
 * that has a list gets only what the filters admit.
 *
 * Setting "lists/HASH": code sized | count varint | each: name sized | count varint |
 * values sized; names rising. HASH is BLAKE2b-128 of plan and code, in hexadecimal.
 */

#ifndef NODE_PEER_LISTS_H
#define NODE_PEER_LISTS_H

#include "replication/filter.h"
#include "storage/peers.h"

enum { FL_PEER_LISTS_MAX = 256, FL_PEER_LISTS_BYTES_MAX = 1 << 20 };

/*
 * The lists, encoded: equal bytes are equal lists. FL_NOT_FOUND: not limited. Borrowed
 * until the next read.
 */
enum fl_status fl_peer_lists_get(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const char *code,
    struct fl_bytes *out_encoded);

/* Values understood under a configuration; texts are borrowed from `encoded`. */
enum fl_status fl_peer_lists_decode(
    const struct fl_configuration *configuration,
    struct fl_bytes encoded,
    struct fl_arena *arena,
    struct fl_filter_lists *out_lists);

/*
 * Set one list, or remove it with `values` NULL; without any list the peer is not limited
 * any more. FL_LIMIT: more or longer lists than may be.
 */
enum fl_status fl_peer_lists_put(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const char *code,
    const char *name,
    const char *const *values,
    size_t value_count);

/* Codes that have lists, each once, in no order: `*after` is where the walk stands. */
struct fl_peer_lists_place {
    uint8_t bytes[40];
    size_t size;
};

enum fl_status fl_peer_lists_next(
    struct fl_txn *txn,
    struct fl_peer_lists_place *after,
    char out_code[FL_CODE_BYTES_MAX + 1]);

#endif
