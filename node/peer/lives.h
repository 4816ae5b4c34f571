/*
 * Which lives a peer has seen of this store, and what this store has seen of the peer's:
 * two rows of settings for each peer. replication/lives.h says what they are for.
 */

#ifndef NODE_LIVES_H
#define NODE_LIVES_H

#include "replication/lives.h"
#include "storage/store.h"

/* In which life of the peer a position of ours was reached. */
struct fl_heard {
    struct fl_uuid incarnation;
    uint64_t life;
};

struct fl_seen {
    struct fl_session_position confirmed; /* without its hash */
    size_t heard_count;                   /* heard longest ago first */
    struct fl_heard heard[FL_POSITIONS_MAX];
};

/* Nothing is known: it is zero. */
void fl_seen_get(struct fl_txn *txn, uint32_t peer, struct fl_seen *out_seen);
void fl_seen_put(struct fl_txn *txn, uint32_t peer, const struct fl_seen *seen);
/* 0: not known. */
uint64_t fl_seen_life(const struct fl_seen *seen, struct fl_uuid incarnation);
void fl_seen_hear(struct fl_seen *seen, struct fl_uuid incarnation, uint64_t life);

/* A row that cannot be read is one that is cut: it denies nothing. */
void fl_lives_get(struct fl_txn *txn, uint32_t peer, struct fl_lives *out_lives);
void fl_lives_put(struct fl_txn *txn, uint32_t peer, const struct fl_lives *lives);

#endif
