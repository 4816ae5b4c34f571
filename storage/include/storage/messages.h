/*
 * The messages that were sent to a peer: which lsn each number stands for. Durable before
 * the first sending; some are kept beyond confirmation, to find a common position with a
 * peer that was restored.
 */

#ifndef STORAGE_MESSAGES_H
#define STORAGE_MESSAGES_H

#include "storage/peers.h"

enum { FL_MESSAGE_TAKEN_BYTES_MAX = 32 << 10 };

struct fl_sent_message {
    struct fl_peer_stream stream; /* the peer, and our incarnation */
    uint64_t number;
    uint64_t lsn_from; /* what it carries: registered changes of this range */
    uint64_t lsn_to;
    uint64_t base_number; /* what the peer had accepted when it was made */
    uint64_t bytes;
    uint64_t rules; /* of its header: by which settings of the plan we worked */
    int64_t sent_ms;
    uint8_t hash[FL_PEER_HASH_BYTES];
    bool series_end;
    /* Which entries of the range it holds, as its maker wrote it down; borrowed until the
     * next write or the end of the transaction. */
    /* The beginning of the hash of what had been applied from the peer by then; 0:
     * nothing. */
    uint64_t received;
    struct fl_bytes taken;
};

/* The number must be above all of its stream (asserted): numbers are never reused. */
void fl_messages_put(struct fl_txn *txn, const struct fl_sent_message *message);

enum fl_status fl_messages_get(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    struct fl_sent_message *out_message);

/* FL_NOT_FOUND: no such number, or its hash is another one: we were restored. */
enum fl_status fl_messages_find(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    const uint8_t hash[FL_PEER_HASH_BYTES],
    struct fl_sent_message *out_message);

/* The last of a stream. FL_NOT_FOUND: none was sent. */
enum fl_status fl_messages_last(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    struct fl_sent_message *out_message);

/* The first that is remembered. FL_NOT_FOUND: none is. */
enum fl_status fl_messages_first(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    struct fl_sent_message *out_message);

/*
 * Forget what lies more than FL_MESSAGES_REMEMBERED numbers below `confirmed`, at most
 * 256 rows a call. Nothing above `confirmed` is ever forgotten.
 */
void fl_messages_prune(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t confirmed);

#endif
