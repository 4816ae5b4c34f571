/* What the parts of routing share. */

#ifndef NODE_ROUTING_PARTS_H
#define NODE_ROUTING_PARTS_H

#include "replication/router.h"
#include "routing.h"
#include "storage/members.h"
#include "storage/streams.h"

/* A peer as the plan knows it. */
struct fl_routed_peer {
    uint32_t number;
    uint32_t now;  /* its stream; 0: it reads the journal */
    uint32_t next; /* what it will be when the present change is through */
    uint32_t own;
    uint64_t since;
    bool had_nothing; /* it is new: nothing need be told beside the streams */
};

struct fl_routed_stream {
    uint32_t number;
    bool built;   /* its rows are there */
    bool staying; /* some peer reads it before and after the present change */
    struct fl_bytes lists;
};

/* As it is in the store; in an arena. Settings "routing/PLAN...", routing_state.c. */
struct fl_routing_state {
    uint32_t common; /* 0: never routed */
    uint64_t routed_lsn;
    uint64_t filters_lsn;   /* of the journal when the filters were read */
    uint16_t configuration; /* under which the filters were read */
    bool fresh;             /* the change makes it routed: it never was */
    bool changing;          /* from the present to the next filters, streams of peers */
    bool started;           /* ... and has passed `cursor` */
    struct fl_key cursor;
    size_t now_count; /* types with a filter, ascending, and its text */
    struct fl_routed_filter *now;
    size_t next_count;
    struct fl_routed_filter *next;
    size_t peer_count;
    struct fl_routed_peer *peers; /* by number */
    size_t stream_count;
    struct fl_routed_stream *streams; /* by number */
};

struct fl_routed_filter {
    uint32_t type;
    struct fl_bytes text;
};

/* Of one plan, in memory. */
struct fl_routing {
    uint8_t plan[FL_PEER_PLAN_BYTES];
    bool active;
    bool has_filters;      /* by the settings of the plan */
    bool settled;          /* what the store has is what is wanted */
    struct fl_arena arena; /* of all below, but the filters */
    struct fl_routing_state state;
    struct fl_filter **filters; /* by type; NULL: none, or one that cannot be read */
    uint8_t *filtered;          /* by type: by the filters in `filters` */
    uint8_t *filtered_now;      /* by type: by those that were in force before */
    uint32_t type_count;
    struct fl_router_stream *streams; /* of `router` */
    size_t stream_count;
    struct fl_router *router;
    struct fl_router_filters router_filters;
    /* By type: numbers of attributes that filters of others look at. */
    struct fl_looked_at {
        size_t count;
        uint32_t *attributes;
    } * looked_at;
    struct fl_arena scratch; /* of the object in hand */
    /* How far the moves of the present change have come; again from the begin is fine. */
    struct {
        size_t peer;
        bool of_common; /* its own stream is through */
        bool started;
        uint64_t lsn;
        struct fl_key key;
    } move;
    /* What the last sweep of all streams knew: the next is not needed until more is. */
    struct {
        uint64_t purged;
        uint64_t told;
        uint64_t to;
        uint64_t head; /* what that of the common one knew */
        uint64_t common_to;
        uint64_t common_purged;
    } swept;
};

/* -- routing.c -- */

/* The routing of a plan as it is in memory; NULL: not read yet. */
struct fl_routing *fl_routing_find(
    const struct fl_node *node,
    const uint8_t plan[FL_PEER_PLAN_BYTES]);

struct fl_routings {
    struct fl_routing **items;
    size_t count;
};

/* -- routing_state.c -- */

enum fl_status fl_routing_state_load(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_arena *arena,
    struct fl_routing_state *out_state);
/* The plan's own row, without peers and streams. */
void fl_routing_state_put(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const struct fl_routing_state *state);
void fl_routing_state_put_peer(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const struct fl_routed_peer *peer);
void fl_routing_state_put_stream(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const struct fl_routed_stream *stream);
void fl_routing_state_remove_stream(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint32_t stream);

struct fl_routed_stream *fl_routing_state_stream(
    const struct fl_routing_state *state,
    uint32_t number);
struct fl_routed_peer *fl_routing_state_peer(
    const struct fl_routing_state *state,
    uint32_t number);

/* -- routing_object.c: one object -- */

/* Unpacked into `scratch`; NULL: it is not here, is deleted, withdrawn or damaged. */
const struct fl_object *fl_routing_read(
    struct fl_routing *routing,
    struct fl_txn *txn,
    struct fl_key key);

/* Where an object belongs now, and on what that depends; in `scratch`. */
enum fl_status fl_routing_place(
    struct fl_routing *routing,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    struct fl_members *out_members);

/* A hash of what filters of others look at in it; 0: nothing of this type. */
uint64_t fl_routing_hash(struct fl_routing *routing, const struct fl_entry *entry);

bool fl_routing_is_in(const struct fl_members *members, uint32_t stream);

/*
 * Telling streams about objects written before: at a new lsn of the journal, which some
 * objects share so that a message can end between them.
 */
struct fl_routing_teller {
    struct fl_node *node;
    const struct fl_routing *routing;
    uint64_t lsn; /* 0: the next one gets a new one; so at the begin of a transaction */
    size_t rows;
    size_t bytes;
};

void fl_routing_tell(
    struct fl_routing_teller *teller,
    struct fl_txn *txn,
    uint32_t stream,
    struct fl_key key);
/* Those only that may not keep it. */
void fl_routing_take(
    struct fl_routing_teller *teller,
    struct fl_txn *txn,
    uint32_t stream,
    struct fl_key key);
/* An object, of which somebody was told or not, is through. */
void fl_routing_told(struct fl_routing_teller *teller, size_t bytes);

/* -- routing_move.c -- */

/* What peers that change their stream still need of the one before. FL_BUSY as below. */
enum fl_status fl_routing_move(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error);

/* -- routing_change.c -- */

/*
 * Carry the change in `state` through, durably, in transactions of its own. `*most`
 * counts them down; FL_BUSY: it was 0 before the end.
 */
enum fl_status fl_routing_change(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error);

/* -- routing_follow.c -- */

/* Route what the journal has behind `routed_lsn`. FL_BUSY as above. */
enum fl_status fl_routing_follow(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error);

#endif
