/*
 * How changes came into the journal: one row says it of all entries from its lsn up to
 * the next row. Written in the transaction of the first of them, and only when something
 * is other than before: writes of one kind within a second share a row, so that one alone
 * costs nothing.
 */

#ifndef STORAGE_ARRIVALS_H
#define STORAGE_ARRIVALS_H

#include "proto/limits.h"
#include "proto/uuid.h"
#include "storage/store.h"

enum {
    FL_ARRIVAL_TOGETHER_MS = 1000, /* entries of one row came within */
    FL_ARRIVAL_HASH_BYTES = 32,
    FL_ARRIVAL_KEY_ID_BYTES = 8,
};

/* Numbers are kept in stores: append only. */
enum fl_arrival_kind {
    FL_ARRIVAL_UNKNOWN = 1, /* no history was kept then */
    FL_ARRIVAL_HERE,        /* written at this node, by a person or a program */
    FL_ARRIVAL_MESSAGE,     /* in a message whose signature held */
    FL_ARRIVAL_IMAGE,       /* the same out of an image on a disk */
    FL_ARRIVAL_PACKAGE,     /* from a base beside this node, which signs nothing */
    FL_ARRIVAL_FILE,        /* from a file that somebody imported */
    FL_ARRIVAL_QUARANTINE,  /* of a message, out of quarantine */
    FL_ARRIVAL_ENGINE,      /* made by the node itself: filters, comparisons */
};

struct fl_arrival {
    uint64_t lsn;  /* the first that came so; given */
    int64_t at_ms; /* 0 when it is set: now */
    enum fl_arrival_kind kind;
    char by[FL_NAME_BYTES_MAX + 1]; /* who wrote it here; the name of a file */
    /* From a peer only. */
    uint32_t peer;
    char peer_code[FL_CODE_BYTES_MAX + 1];
    uint64_t number;                         /* of the message */
    struct fl_uuid incarnation;              /* of its sender */
    uint8_t hash[FL_ARRIVAL_HASH_BYTES];     /* of its header, zero when not known */
    uint8_t key_id[FL_ARRIVAL_KEY_ID_BYTES]; /* whose signature held, zero: none */
};

/*
 * Keep such rows, with this clock (Unix time, ms); NULL, as after opening: not any more.
 * Not within a write transaction.
 */
void fl_arrivals_keep(struct fl_store *store, int64_t (*now_ms)(void));

/*
 * How changes come from now on where a transaction says nothing else: HERE, FILE or
 * ENGINE. `by` is cut where it is too long; "": nobody that has a name.
 */
void fl_arrivals_by(struct fl_store *store, enum fl_arrival_kind kind, const char *by);

/* What is appended in `txn` from now on came so. Else it was written here. */
void fl_arrivals_set(struct fl_txn *txn, const struct fl_arrival *arrival);

/*
 * How the entry `lsn` came. FL_NOT_FOUND: from before such rows were kept, or its row
 * went with the last entry that needed it.
 */
enum fl_status fl_arrivals_get(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_arrival *out_arrival);

#endif
