/*
 * The counterparts of this node, Filial nodes and endpoints alike: who they are, what
 * keys they have, and how far we are with each other.
 */

#ifndef STORAGE_PEERS_H
#define STORAGE_PEERS_H

#include "storage/store.h"

enum fl_peer_role { FL_PEER_PARENT = 1, FL_PEER_CHILD, FL_PEER_EQUAL };
enum fl_peer_format { FL_PEER_NATIVE = 1, FL_PEER_V8MSG };
enum fl_peer_state {
    FL_PEER_ACTIVE = 1,
    FL_PEER_SUSPENDED,
    FL_PEER_REVOKED,
    FL_PEER_WAITING, /* it has joined, and nobody has compared its fingerprint yet */
};

enum {
    FL_PEER_PLAN_BYTES = 16, /* hash of a plan's name */
    FL_PEER_KEY_BYTES = 32,
    FL_PEER_HASH_BYTES = 32,
    FL_ENDPOINT_BYTES_MAX = 512,
};

struct fl_peer {
    uint32_t number; /* local, given at the first put (0 before), never reused */
    uint32_t origin; /* number of `node` among origins, nodes.h; given at each put */
    uint8_t plan[FL_PEER_PLAN_BYTES];
    struct fl_uuid node;
    enum fl_peer_role role; /* what the peer is to this node */
    enum fl_peer_format format;
    enum fl_peer_state state;
    char plan_name[FL_NAME_BYTES_MAX + 1];
    char code[FL_CODE_BYTES_MAX + 1];
    char name[FL_NAME_BYTES_MAX + 1];
    char endpoint[FL_ENDPOINT_BYTES_MAX + 1]; /* address or directory */
    uint8_t signing_key[FL_PEER_KEY_BYTES];
    uint8_t transport_key[FL_PEER_KEY_BYTES];
    uint8_t previous_signing_key[FL_PEER_KEY_BYTES]; /* while keys rotate */
    int64_t previous_key_until_ms;                   /* Unix time; 0: no previous keys */

    /* What we send to it. */
    uint64_t number_sent;
    uint64_t confirmed_number;
    struct fl_uuid confirmed_incarnation; /* ours, whose stream the number counts */
    uint64_t confirmed_lsn;
    uint64_t resend_below; /* up to this lsn its own changes are registered for it too */

    /* What it sends to us; positions.h has the exact place in each of its streams. */
    uint64_t number_received;
    uint8_t received_hash[FL_PEER_HASH_BYTES];
    struct fl_uuid incarnation; /* the one seen last */
    uint64_t
        whole_number; /* the last message that ended a series: a state of the source */
    int64_t whole_ms;

    int64_t created_ms;
    int64_t last_sent_ms;
    int64_t last_received_ms;
    int64_t last_confirmed_ms;
    uint64_t limit_bytes_per_second; /* 0: none */
    /* Where number 0 of our stream to it stands: what lies below came to it another way.
     */
    uint64_t begin_lsn;

    int64_t heard_ms; /* when it was there last, to the hour */
    bool is_away;     /* for longer than the horizon: nothing waits for it */
    bool is_behind;   /* deletions that it has not taken are forgotten: reconcile it */

    /* Beside previous_signing_key; all zero where there is none. */
    uint8_t previous_transport_key[FL_PEER_KEY_BYTES];
    uint32_t previous_key_messages; /* so many more, then the previous keys end */
    uint64_t keys_taken; /* id of the signing key of ours that it has noted last */
    int64_t keys_ms;     /* when it took its present keys; 0: when it joined */
    uint64_t whole_lsn;  /* head of our journal when `whole_number` was applied */
};

/* Texts are UTF-8. `peer->number` and `origin` are written when they were given. */
void fl_peers_put(struct fl_txn *txn, struct fl_peer *peer);

enum fl_status fl_peers_get(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_peer *out_peer);
enum fl_status fl_peers_by_code(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_bytes code,
    struct fl_peer *out_peer);
enum fl_status fl_peers_by_node(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_uuid node,
    struct fl_peer *out_peer);

/* The first peer with a number above `number` (0: the first of all); FL_NOT_FOUND: none.
 */
enum fl_status fl_peers_next(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_peer *out_peer);

/* The largest number of a peer; one that comes later has a larger one. 0: no peers. */
uint32_t fl_peers_last(struct fl_txn *txn);

/* With its positions, messages and staged bytes. FL_NOT_FOUND is no failure of `txn`. */
enum fl_status fl_peers_remove(struct fl_txn *txn, uint32_t number);

/*
 * A stream of messages at a peer: of ours, by our incarnation; of the peer's, by its.
 * Streams of packages that know no incarnation have a zero one.
 */
struct fl_peer_stream {
    uint32_t peer; /* fl_peer.number */
    struct fl_uuid incarnation;
};

#endif
