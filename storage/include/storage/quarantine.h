/*
 * Objects that could not be applied, and why: put here with their whole source
 * transaction, in the transaction that moves the position, until a person decides.
 */

#ifndef STORAGE_QUARANTINE_H
#define STORAGE_QUARANTINE_H

#include "storage/journal.h"
#include "storage/peers.h"

struct fl_quarantined {
    uint64_t id; /* from 1, given by fl_quarantine_append() */
    uint64_t
        group; /* the id of the first of its source transaction; 0 at append: itself */
    int64_t time_ms;
    uint32_t peer;
    struct fl_uuid incarnation; /* of the stream that brought it */
    uint64_t message_number;
    char peer_code[FL_CODE_BYTES_MAX + 1];
    struct fl_key key;
    uint32_t origin;
    uint16_t configuration;
    uint8_t flags;
    struct fl_bytes record;
    struct fl_bytes reason; /* words, UTF-8, at most FL_NAME_BYTES_MAX */
    uint64_t judged_lsn;    /* what the sender had of ours: collisions go by it */
    uint64_t rules;         /* edition of the plan's settings that the sender had */
    uint32_t attempts;      /* to apply it since, in vain */
};

uint64_t fl_quarantine_append(
    struct fl_txn *txn,
    const struct fl_quarantined *quarantined);
enum fl_status fl_quarantine_get(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_quarantined *out_quarantined);
enum fl_status fl_quarantine_next(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_quarantined *out_quarantined);
/* It was tried again in vain: one attempt more, and why now. */
enum fl_status fl_quarantine_note(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_bytes reason);
/* Is anything of this object held? Then what changes it later is to be held too. */
bool fl_quarantine_holds(struct fl_txn *txn, struct fl_key key);
/* The first that is held of it; 0: nothing is. */
uint64_t fl_quarantine_first(struct fl_txn *txn, struct fl_key key);
enum fl_status fl_quarantine_remove(struct fl_txn *txn, uint64_t id);
uint64_t fl_quarantine_count(struct fl_txn *txn);

#endif
