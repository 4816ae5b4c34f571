/*
 * The administrator's record that this node's store was put back from a backup: it names
 * the incarnation under which the node goes on and is signed with the node's key.
 * Children follow a parent to a new incarnation on such a record only; otherwise anybody
 * could bring back an old centre.
 */

#ifndef NODE_RESTORED_H
#define NODE_RESTORED_H

#include "proto/signing.h"
#include "storage/store.h"

struct fl_keys;

struct fl_restored_record {
    struct fl_uuid incarnation; /* zero: there is no record */
    struct fl_uuid replaced;    /* the one that the backup had */
    int64_t time_ms;
    char by[FL_NAME_BYTES_MAX + 1];
    uint8_t signature[FL_SIGNATURE_BYTES]; /* frame.h, struct fl_restored */
};

/*
 * Give the store a new incarnation, with the record for it. `by` names a person. The
 * identity of the store is read from `txn`'s store as it was before.
 */
void fl_restored_put(
    struct fl_txn *txn,
    const struct fl_keys *keys,
    const char *by,
    struct fl_restored_record *out_record);

/* The record, if there is one for the incarnation that the store has now. */
struct fl_restored_record fl_restored_get(struct fl_txn *txn);

/* After a change of keys: the record of the present incarnation, when there is one. */
void fl_restored_sign_again(struct fl_txn *txn, const struct fl_keys *keys);

#endif
