/*
 * Small local numbers of nodes, so that an entry of the journal names its origin in four
 * bytes. 0 is this node; a number, once given, stays.
 */

#ifndef STORAGE_NODES_H
#define STORAGE_NODES_H

#include "storage/store.h"

/* The number of `node`, given now if it had none (in a write transaction). */
enum fl_status fl_nodes_number(
    struct fl_txn *txn,
    struct fl_uuid node,
    uint32_t *out_number);

/* The same without giving one, in any transaction. FL_NOT_FOUND: it has none. */
enum fl_status fl_nodes_find(
    struct fl_txn *txn,
    struct fl_uuid node,
    uint32_t *out_number);

/* FL_NOT_FOUND: a number that was never given. */
enum fl_status fl_nodes_by_number(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_uuid *out_node);

#endif
