/*
 * Rows of an endpoint by the key of an object, in tables of four letters: settings of the
 * store whose names are bytes, the table's, the number of the peer (u32) and the key
 * (20).
 */

#ifndef NODE_ENDPOINT_ROWS_H
#define NODE_ENDPOINT_ROWS_H

#include "proto/object.h"
#include "storage/store.h"

void fl_endpoint_rows_put(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    struct fl_key key,
    struct fl_bytes value);
/* Fine when there is none. */
void fl_endpoint_rows_remove(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    struct fl_key key);
/* Borrowed until the next read, write or end. */
enum fl_status fl_endpoint_rows_get(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    struct fl_key key,
    struct fl_bytes *out_value);
/* The first of the peer behind `after` (NULL: the first of all). */
enum fl_status fl_endpoint_rows_next(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_key *out_key,
    struct fl_bytes *out_value);

#endif
