/*
 * What is registered for a peer, and where a message may end. One journal serves all
 * peers: an entry is registered for a peer when it lies above the peer's position and did
 * not come from it.
 */

#ifndef REPLICATION_DELIVERY_H
#define REPLICATION_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

struct fl_delivery_peer {
    uint64_t confirmed_lsn;
    /*
     * Set to the last lsn when the peer came with a new incarnation: up to there what
     * once came from it is registered too, for it may have lost that.
     */
    uint64_t resend_below;
};

/* A version of an object. */
struct fl_delivery_version {
    uint64_t lsn;        /* 0: there is none */
    bool came_from_peer; /* accepted from this very peer, whoever made it first */
};

struct fl_delivery_entry {
    struct fl_delivery_version written;
    bool live; /* the newest entry of its object */
    /*
     * Its type was registered by hand only when it was written, so that registers
     * nothing, and leaves what there is: `recorded` is the last version before it whose
     * writing did register the object. What was accepted from the peer ends that.
     */
    bool by_hand;
    struct fl_delivery_version recorded;
};

/* Type and filter of the plan are the caller's question. */
bool fl_delivery_is_registered(
    const struct fl_delivery_peer *peer,
    const struct fl_delivery_entry *entry);

/*
 * Cutting the journal into messages. Feed the entries in the order of lsn, registered or
 * not; a source transaction is taken whole. Before each entry ask fl_delivery_offer():
 * when it says FL_DELIVERY_END the message ends before that entry's source transaction,
 * at `lsn_end`, and the caller drops nothing, for it was asked at the first entry of it.
 */
struct fl_delivery_limits {
    uint64_t bytes_target; /* FL_MESSAGE_PLAIN_BYTES_TARGET: where a message ends */
    uint64_t bytes_max;    /* FL_MESSAGE_PLAIN_BYTES_MAX: what never is exceeded */
    uint32_t entries_max;
    uint64_t lsns_max; /* how far one BUILD scans; 0: no bound */
};

struct fl_delivery {
    struct fl_delivery_limits limits;
    uint64_t lsn_from;  /* everything up to it is the peer's already */
    uint64_t lsn_end;   /* the message covers (lsn_from, lsn_end] when it ends now */
    uint64_t lsn_last;  /* of the entry offered last */
    uint64_t lsn_first; /* of the source transaction that is open */
    uint64_t bytes;     /* taken so far */
    uint32_t entries;
};

enum fl_delivery_answer {
    FL_DELIVERY_TAKE,  /* put it into the message */
    FL_DELIVERY_SKIP,  /* not registered: pass over it */
    FL_DELIVERY_END,   /* the message ends before this entry */
    FL_DELIVERY_LIMIT, /* its source transaction is larger than a message may be */
};

void fl_delivery_begin(
    struct fl_delivery *delivery,
    const struct fl_delivery_limits *limits,
    uint64_t lsn_from);

/*
 * The next entry of the journal: its lsn and that of the first entry of its source
 * transaction; `registered` with type and filter considered; its bytes in a message.
 */
enum fl_delivery_answer fl_delivery_offer(
    struct fl_delivery *delivery,
    uint64_t lsn,
    uint64_t lsn_first,
    bool registered,
    uint64_t bytes);

/*
 * The journal is at its end (lsn `lsn_head`): the message covers all of it, and is the
 * end of its series.
 */
void fl_delivery_finish(struct fl_delivery *delivery, uint64_t lsn_head);

#endif
