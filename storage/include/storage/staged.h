/*
 * Bytes of messages that are not yet whole: a session that was cut goes on at the next
 * chunk. Nothing here is unpacked or believed; what is put was checked by its hash.
 */

#ifndef STORAGE_STAGED_H
#define STORAGE_STAGED_H

#include "storage/peers.h"

/* Begin a message, in place of whatever was staged under this number. */
void fl_staged_put(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    struct fl_bytes header);

/* Chunk `index`, from 0; again is fine. The message must have been begun (asserted). */
void fl_staged_put_chunk(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    uint32_t index,
    struct fl_bytes chunk);

/* The header as put, and how many chunks are held from 0 on without a gap. */
enum fl_status fl_staged_get(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    struct fl_bytes *out_header,
    uint32_t *out_chunks);

enum fl_status fl_staged_get_chunk(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    uint32_t index,
    struct fl_bytes *out_chunk);

/*
 * The first message staged behind (stream, number), in the order of peer, incarnation
 * and number. Zeroes: the first of all.
 */
struct fl_staged_message {
    struct fl_peer_stream stream;
    uint64_t number;
    uint32_t chunks;
};

enum fl_status fl_staged_next(
    struct fl_txn *txn,
    const struct fl_staged_message *after,
    struct fl_staged_message *out_message);

/* Fine when there is none. */
void fl_staged_drop(struct fl_txn *txn, struct fl_peer_stream stream, uint64_t number);
/* All of a stream, or with a zero incarnation all of a peer. */
void fl_staged_drop_stream(struct fl_txn *txn, struct fl_peer_stream stream);

#endif
