/*
 * What a base calls our objects, as 1C's registers of correspondences do
 * (СоответствияОбъектовИнформационныхБаз, СинхронизируемыеПубличныеИдентификаторы): found
 * once, found for ever. A format may have to tell the base a pair that we made, in every
 * message until one is confirmed.
 */

#ifndef NODE_ENDPOINT_MATCHES_H
#define NODE_ENDPOINT_MATCHES_H

#include "proto/object.h"
#include "storage/peers.h"

/* FL_NOT_FOUND: this identity of theirs is nobody's. Peer 0: files without a sender. */
enum fl_status fl_endpoint_matches_ours(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    struct fl_uuid *out_ours);
/* The other way round. */
enum fl_status fl_endpoint_matches_theirs(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key ours,
    struct fl_uuid *out_theirs);

/* `tell`: the base does not know it yet. */
void fl_endpoint_matches_put(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    struct fl_uuid ours,
    bool tell);
/* This object came by the identity that it has here, unless a pair says otherwise. */
void fl_endpoint_matches_own(struct fl_txn *txn, uint32_t peer, struct fl_key key);
void fl_endpoint_matches_remove(struct fl_txn *txn, uint32_t peer, struct fl_key theirs);

struct fl_endpoint_told {
    struct fl_key theirs;
    struct fl_uuid ours;
    uint64_t number; /* of the first message that told it; 0: none has */
};

/* The first that is to be told behind `after` (NULL: the first of all). */
enum fl_status fl_endpoint_matches_next_to_tell(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_endpoint_told *out_told);
/* Message `number` tells it; with 0 the base has confirmed it. */
void fl_endpoint_matches_told(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    uint64_t number);

/* Theirs that is perhaps ours, and a person is to say: several of ours are like it. */
struct fl_endpoint_doubt {
    struct fl_key theirs;
    struct fl_uuid ours; /* the first that is like it */
};
void fl_endpoint_doubts_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_doubt *doubt);
/* Fine when there is none. */
void fl_endpoint_doubts_remove(struct fl_txn *txn, uint32_t peer, struct fl_key theirs);
/* The first behind `after` (NULL: the first of all). */
enum fl_status fl_endpoint_doubts_next(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_endpoint_doubt *out_doubt);

#endif
