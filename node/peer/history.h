/*
 * What happened between this node and a peer that is not the daily round: which
 * incarnations it had, what was held and released, who refused whom. Short and durable, a
 * row of settings for each peer; `filial node explain` tells it.
 */

#ifndef NODE_HISTORY_H
#define NODE_HISTORY_H

#include "storage/store.h"

enum {
    FL_HISTORY_EVENTS_MAX = 32,
    FL_HISTORY_TURNS_MAX = 24,
    FL_HISTORY_HELD_MAX = 12,
    FL_HISTORY_TEXT_BYTES_MAX = 200,
};

/* Numbers are kept in stores: append only. */
enum fl_history_kind {
    FL_HISTORY_PEER_RESTORED = 1, /* it came under a new incarnation */
    FL_HISTORY_PEER_RETURNED,     /* a replaced incarnation of it spoke again */
    FL_HISTORY_WE_RESTORED,       /* by what it said we found that we were restored */
    FL_HISTORY_HELD_COPY,         /* two of its incarnations are alive */
    FL_HISTORY_HELD_CHANGES,      /* number: a message that changed too much */
    FL_HISTORY_PARENT_REFUSED,    /* a new incarnation of the parent, without a record */
    FL_HISTORY_REFUSED_BY_PEER,   /* text: what it said */
    FL_HISTORY_RELEASED,          /* text: who decided so */
    FL_HISTORY_QUARANTINED,       /* number: a message of which something was put aside */
    FL_HISTORY_STOPPED,           /* number, text: a message that was not taken */
    FL_HISTORY_FORKED,            /* number: one that came with two contents */
    FL_HISTORY_DROPPED,           /* text: who gave up what was in quarantine */
};

struct fl_history_event {
    enum fl_history_kind kind;
    int64_t first_ms;
    int64_t last_ms; /* the same again, nothing else between */
    uint32_t count;
    uint64_t number;
    struct fl_uuid incarnation; /* of the peer */
    char text[FL_HISTORY_TEXT_BYTES_MAX + 1];
};

/* An incarnation that took the peer's place; one that returned has several turns. */
struct fl_history_turn {
    struct fl_uuid incarnation;
    int64_t since_ms;
};

struct fl_history {
    struct fl_history_turn turns[FL_HISTORY_TURNS_MAX]; /* longest ago first */
    size_t turn_count;
    struct fl_uuid held[FL_HISTORY_HELD_MAX]; /* not served until they are released */
    size_t held_count;
    struct fl_uuid admitted; /* of a parent, without a record, by the operator's word */
    bool changes_held;       /* a message changes too much: the operator must say so */
    bool changes_released;   /* and has: until that series or a round ends */
    struct fl_history_event events[FL_HISTORY_EVENTS_MAX]; /* longest ago first */
    size_t event_count;
};

/* All zero when there is none, or it does not read. */
void fl_history_get(struct fl_txn *txn, uint32_t peer, struct fl_history *out_history);
void fl_history_put(struct fl_txn *txn, uint32_t peer, const struct fl_history *history);

/* Forgets the oldest; what only repeats the last is counted there. */
void fl_history_add(struct fl_history *history, const struct fl_history_event *event);

bool fl_history_knows(const struct fl_history *history, struct fl_uuid incarnation);
bool fl_history_holds(const struct fl_history *history, struct fl_uuid incarnation);
void fl_history_hold(struct fl_history *history, struct fl_uuid incarnation);
void fl_history_turn(
    struct fl_history *history,
    struct fl_uuid incarnation,
    int64_t now_ms);

/*
 * Would this incarnation, speaking now, show that two are alive? It replaced the present
 * one, which has come back, and now it speaks itself. (A present one that merely came
 * back may be a node restored twice.)
 */
bool fl_history_is_beside(const struct fl_history *history, struct fl_uuid incarnation);

/* Nothing is held any more, and what was seen up to now proves nothing. */
void fl_history_release(struct fl_history *history);

/* This node was restored: its peers will change much at once, and may, for a round. */
void fl_history_expect_changes(struct fl_txn *txn);

const char *fl_history_kind_name(enum fl_history_kind kind); /* "peer_restored" */

#endif
