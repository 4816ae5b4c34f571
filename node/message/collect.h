/*
 * What goes into a message: one pass over the journal from the peer's position, what is
 * registered beside it first, records copied from the map into the plain text. Sealing it
 * is seal.h's, numbering it replicator_build.c's.
 */

#ifndef NODE_MESSAGE_COLLECT_H
#define NODE_MESSAGE_COLLECT_H

#include "replication/delivery.h"
#include "replicator/link.h"
#include "routing/selection.h"

struct fl_sent_message;

struct fl_collect {
    struct fl_link *link;
    struct fl_txn *txn;
    uint64_t lsn_from;
    uint64_t lsn_to_max; /* UINT64_MAX: the head */
    size_t chunk_bytes;
    const struct fl_node_plan *plan;
    struct fl_selection selection;
    struct fl_delivery delivery;
    uint32_t entry_count;
    uint64_t lsn_first_last;
    bool at_head;
    bool is_configuration; /* nothing else is in it */
    bool again;            /* it was a message sent before, and is given already */
    bool peer_was_heard;   /* since that was made */
    bool by_journal;       /* the peer reads nothing but the journal */
    uint64_t number;       /* of the new one */
    bool has_overlay;
    uint64_t base;             /* number that the message continues */
    bool overlay_left;         /* more is due than this message takes */
    struct fl_key overlay_end; /* the last row taken; type 0: none */
    /* The origin looked up last: entries of one node come together. */
    uint32_t origin;
    struct fl_uuid origin_node;
};

/* What of the journal a message is to cover. */
struct fl_collect_range {
    uint64_t lsn_from;
    uint64_t scan_from;
    uint64_t lsn_to_max;
};

/* The plain text is the replicator's, emptied here. Ends with fl_collect_end(). */
void fl_collect_begin(
    struct fl_collect *collect,
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    const struct fl_collect_range *range);
void fl_collect_end(struct fl_collect *collect);

/* The overlay first; when that fills the message, the journal comes with the next. */
enum fl_status fl_collect_all(
    struct fl_collect *collect,
    uint64_t base,
    struct fl_error *out_error);

/*
 * What was in a message that was sent: the very entries for a peer that reads the
 * journal, and as they are today for one that reads streams. Begins and ends by itself;
 * false: it cannot be made once more.
 */
bool fl_collect_again(
    struct fl_collect *collect,
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    const struct fl_sent_message *sent);

/*
 * Our configuration, when the peer has another one: ahead of what it could not read
 * without. A parent gets back only what it had issued itself. False: nothing was taken.
 */
bool fl_collect_configuration(struct fl_collect *collect, uint64_t lsn);

/*
 * What the message carries has its number, durably with it. What an earlier session
 * carried in vain, and this message does not, has none any more: confirming this one says
 * nothing of that.
 */
void fl_collect_number_overlay(
    const struct fl_collect *collect,
    struct fl_txn *txn,
    uint64_t number);

#endif
