/*
 * A node's store in memory, for simulation: a struct, so that a backup is a copy and a
 * restore is a copy back. Every function here is one transaction. An object is a key and
 * a value; a value knows the value that its writer saw, so that at the end each lost
 * version can be asked why it was lost.
 */

#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include "registrations.h"
#include "replication/collision.h"
#include "replication/delivery.h"
#include "replication/lives.h"
#include "replication/session.h"

enum {
    FL_MEMORY_NODES_MAX = 34, /* a centre, three in the middle, thirty branches */
    FL_MEMORY_KEYS = 12,
    FL_MEMORY_KEYS_TURNING = 8, /* from here on: objects whose AutoRecord turns */
    FL_MEMORY_JOURNAL_MAX = 6000,
    FL_MEMORY_ROWS_MAX = 400,
    FL_MEMORY_LOSERS_MAX = 6000,
    FL_MEMORY_ITEMS_PER_CHUNK = 2,
    FL_MEMORY_ITEM_BYTES = 100,
    FL_MEMORY_HERE = -1, /* an entry that was made here */
};

/* What was decided about one item of a peer. */
struct fl_memory_decided {
    int peer;
    uint8_t key;
    uint32_t ours, theirs; /* values */
    struct fl_collision_case facts;
    struct fl_collision_decision decision;
};

/* Told of each item that is decided. */
extern void (*fl_memory_told)(const struct fl_memory_decided *decided);

struct fl_memory_entry {
    uint32_t value;
    uint32_t lsn_first;
    uint8_t key;
    bool deleted; /* a tombstone: its value says only who deleted, and over what */
    bool by_hand; /* written while AutoRecord was off */
    int8_t from;  /* node that it was accepted from, or FL_MEMORY_HERE */
};

struct fl_memory_item {
    uint32_t value;
    uint32_t lsn;
    uint8_t key;
    bool deleted;
    bool first; /* of its source transaction */
};

struct fl_memory_message {
    struct fl_session_message head;
    struct fl_uuid incarnation;
    uint64_t lsn_from;
    uint64_t lsn_to;
    uint32_t count;
    struct fl_memory_item *items;
};

struct fl_memory_row {
    struct fl_uuid incarnation;
    uint64_t number;
    uint64_t lsn_from;
    uint64_t lsn_to;
    uint64_t base_number;
    struct fl_session_hash hash;
    bool series_end;
    uint64_t received; /* number that was applied from the peer by then */
    const struct fl_memory_message *message; /* what it took; kept to the end */
};

struct fl_memory_peer {
    struct fl_uuid registered;
    uint64_t confirmed_lsn;
    uint64_t confirmed_number;
    struct fl_uuid confirmed_incarnation;
    uint64_t resend_below;
    uint64_t number_sent;
    uint32_t row_count;
    struct fl_memory_row rows[FL_MEMORY_ROWS_MAX];
    size_t position_count;
    struct fl_session_position positions[FL_POSITIONS_MAX];
    struct fl_session_position shown; /* what shows that confirmed_lsn is there */
    struct fl_lives lives;
    struct fl_session_staged staged;
    const struct fl_memory_message *staged_message;
};

struct fl_memory {
    struct fl_uuid incarnation;
    uint64_t life; /* of the process that has it open */
    uint32_t loser_count;
    uint32_t losers[FL_MEMORY_LOSERS_MAX];
    uint32_t live[FL_MEMORY_KEYS]; /* lsn, 0: none */
    bool by_hand;                  /* AutoRecord of what turns is off */
    /* Of a live entry that was written by hand: the last one before it that was not. */
    uint32_t recorded[FL_MEMORY_KEYS];
    /* ... and up to where that is registered no more for a peer, who has written it. */
    uint32_t ended[FL_MEMORY_NODES_MAX][FL_MEMORY_KEYS];
    uint32_t head; /* last lsn */
    int node_count;
    struct sim_registrations registrations;
    /* Last, so that a copy may stop at what is in use. */
    struct fl_memory_entry journal[FL_MEMORY_JOURNAL_MAX + 1];
    struct fl_memory_peer peers[FL_MEMORY_NODES_MAX];
};

/* `memory` is zeroed. */
void fl_memory_init(struct fl_memory *memory, int node_count, struct fl_uuid incarnation);
void fl_memory_copy(struct fl_memory *to, const struct fl_memory *from);

/*
 * Do journal and position name the same objects for the neighbour as 1C's table does?
 * (Where nobody was restored: a table has no word for that.)
 */
bool fl_memory_agrees(const struct fl_memory *memory, int peer);

/* The value of a key, 0: none. */
uint32_t fl_memory_value(const struct fl_memory *memory, uint8_t key);
/* Do both hold the same? Two tombstones do, whoever deleted. */
bool fl_memory_same(const struct fl_memory *a, const struct fl_memory *b, uint8_t key);

/* AutoRecord of the keys from FL_MEMORY_KEYS_TURNING on is off from here on, or on. */
void fl_memory_turn(struct fl_memory *memory, bool by_hand);

/* One source transaction of our own. False: the journal is full. */
bool fl_memory_write(
    struct fl_memory *memory,
    uint32_t count,
    const struct fl_memory_item *items);

/* A process opens the store. */
void fl_memory_open(struct fl_memory *memory, uint64_t life);

void fl_memory_renew(struct fl_memory *memory, struct fl_uuid incarnation);
void fl_memory_register(struct fl_memory *memory, int peer, struct fl_uuid incarnation);
void fl_memory_confirm(
    struct fl_memory *memory,
    int peer,
    const struct fl_session_action *action,
    uint64_t remembered);

/* The answer to LOOKUP. */
void fl_memory_lookup(
    struct fl_memory *memory,
    int peer,
    const struct fl_session_action *action,
    struct fl_session_event *out_event);

/*
 * The answer to BUILD; NULL: nothing is registered up to the end of the journal. Items
 * are the caller's to free with the message.
 */
struct fl_memory_message *fl_memory_build(
    struct fl_memory *memory,
    int peer,
    const struct fl_session_action *action,
    uint32_t items_target);
void fl_memory_message_free(struct fl_memory_message *message);

/* What is wrong, or NULL. */
const char *fl_memory_apply(
    struct fl_memory *memory,
    int peer,
    bool from_parent,
    enum fl_collision_rule rule,
    const struct fl_memory_message *message,
    const struct fl_session_action *action);

/* A part of applying, by itself only for a plant. */
void fl_memory_put_position(
    struct fl_memory *memory,
    int peer,
    const struct fl_memory_message *message,
    uint64_t life);

/* Does the message rest on what was applied last? */
bool fl_memory_continues(
    const struct fl_memory *memory,
    int peer,
    const struct fl_memory_message *message);

#endif
