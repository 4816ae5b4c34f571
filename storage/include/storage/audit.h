/*
 * The audit journal: who changed what, one entry behind the other, each with the hash of
 * the one before it. Nothing here changes or removes an entry. Whoever has noted the
 * number and hash of an entry elsewhere can tell later that all up to it is as it was.
 */

#ifndef STORAGE_AUDIT_H
#define STORAGE_AUDIT_H

#include "proto/hash.h"
#include "storage/store.h"

enum {
    FL_AUDIT_WHO_BYTES_MAX = 128,
    FL_AUDIT_COMMAND_BYTES_MAX = 64,
    FL_AUDIT_WHAT_BYTES_MAX = 2048,
    FL_AUDIT_ERROR_BYTES_MAX = 512,
};

enum fl_audit_kind {
    FL_AUDIT_BEGUN = 1, /* it is about to be done; another entry tells the end */
    FL_AUDIT_DONE,
    FL_AUDIT_FAILED, /* and nothing was changed */
    FL_AUDIT_EVENT,  /* what happened by itself */
};

enum fl_audit_via { FL_AUDIT_COMMAND = 1, FL_AUDIT_HTTP, FL_AUDIT_DAEMON };

struct fl_audit_entry {
    uint64_t number; /* from 1, without gaps; given by fl_audit_append() */
    int64_t at_ms;
    enum fl_audit_kind kind;
    enum fl_audit_via via;
    uint64_t begun; /* of DONE and FAILED: the entry that they end; otherwise 0 */
    char who[FL_AUDIT_WHO_BYTES_MAX + 1];
    char command[FL_AUDIT_COMMAND_BYTES_MAX + 1];
    char what[FL_AUDIT_WHAT_BYTES_MAX + 1];
    char error[FL_AUDIT_ERROR_BYTES_MAX + 1]; /* of FAILED */
    uint8_t previous[FL_HASH_BYTES];          /* hash of the entry before; 1: zero */
    uint8_t hash[FL_HASH_BYTES];              /* of number and all above */
};

/* Number, `previous` and `hash` are given. A failure is the transaction's. */
void fl_audit_append(struct fl_txn *txn, struct fl_audit_entry *entry);

/* FL_NOT_FOUND: there is none of that number. */
enum fl_status fl_audit_get(
    struct fl_txn *txn,
    uint64_t number,
    struct fl_audit_entry *out_entry);
/* The last number; 0: the journal is empty. */
uint64_t fl_audit_last(struct fl_txn *txn);

/*
 * Whether each entry has the hash of the one before it. FL_MALFORMED: not, in words that
 * name the first that does not. `*out_last` is the last entry that was read.
 */
enum fl_status fl_audit_verify(
    struct fl_txn *txn,
    struct fl_audit_entry *out_last,
    struct fl_error *out_error);

#endif
