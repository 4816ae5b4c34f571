/*
 * Several nodes in one process: their stores in memory, their sessions (the real
 * machine), a network between parent and child, and virtual time. All chance comes from
 * one seed. A node's requests are done by one worker, in their order; a crash forgets
 * what was not done and everything that was only in memory.
 *
 * The tree: node 0 is the centre; node i is the child of parents[i] and owns the
 * connection i.
 */

#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "memory.h"

enum {
    FL_WORLD_JOBS_MAX = 512,
    FL_WORLD_HELD_MAX = 2 * FL_MESSAGES_IN_FLIGHT_MAX + 2,
    FL_WORLD_PACKETS_MAX = 4096,
    FL_WORLD_MESSAGES_MAX = 60000,
    FL_WORLD_VALUES_MAX = 4096,
    FL_WORLD_FAILURE_BYTES = 200,
};

/* Which faults there are and how often, drawn once for a seed. Rates are per mille. */
struct fl_weather {
    uint32_t loss, repetition; /* of a frame, without an end of the connection */
    bool reorder;
    uint32_t delay_ms, job_ms;
    uint32_t crash, cut, write, window, backup, restore, full;
    uint32_t clone;          /* a copy of a node begins to live beside it */
    uint32_t deletion;       /* of a write */
    uint32_t turn;           /* AutoRecord of some keys turns at a node */
    uint32_t silent_restore; /* of a restore: without the restore command */
    uint32_t half_open;      /* of a cut: one side does not notice */
};

struct fl_world_setup {
    uint64_t seed;
    int node_count;
    int parents[FL_MEMORY_NODES_MAX];
    enum fl_collision_rule rule;
    struct fl_session_limits limits;
    uint32_t items_target; /* of a message */
    uint64_t remembered;   /* messages kept beyond confirmation */
    bool tells_no_lives;   /* as processes of earlier versions */
    void (*tell)(void *context, int node, int peer, const char *line);
    void *context;
};

struct fl_held {
    const struct fl_memory_message *message; /* NULL: free */
    uint32_t chunks;                         /* from 0 on, staged ones included */
    bool header;
};

struct fl_job {
    int peer;
    struct fl_session_action action;
    uint64_t due_ms;
};

/* What a process of a node has for one peer, lost in a crash. */
struct fl_line {
    struct fl_session *session; /* NULL: not a neighbour */
    bool connected;             /* as this side believes */
    bool window_open;           /* a child's, as it was told */
    struct fl_held held[FL_WORLD_HELD_MAX];
    /* Messages of ours whose bytes are kept. */
    const struct fl_memory_message *kept[FL_WORLD_HELD_MAX];
    bool refused; /* an APPLY was: those that rest on it are refused too */
    bool confirm_waits;
    struct fl_session_action confirm;
};

struct fl_node_model {
    bool up;
    uint64_t up_at_ms;
    uint64_t full_until_ms;
    struct fl_line lines[FL_MEMORY_NODES_MAX];
    int job_count;
    struct fl_job jobs[FL_WORLD_JOBS_MAX];
    struct fl_memory memory;
};

struct fl_packet {
    uint64_t due_ms;
    uint64_t order;
    int from, to;
    uint64_t epoch; /* of the connection */
    struct fl_session_frame frame;
    const struct fl_memory_message *message; /* MESSAGE, CHUNK */
};

struct fl_edge {
    bool connected;
    bool parted; /* no way through, for now */
    uint64_t epoch;
    uint64_t connect_at_ms;
    uint64_t last_due_ms[2]; /* first in, first out, to the parent and to the child */
};

struct fl_value_model {
    uint32_t parent; /* what its writer saw, 0: nothing */
    uint8_t key;
    bool deleted;
};

struct fl_world {
    struct fl_world_setup setup;
    struct fl_weather weather;
    uint64_t now_ms;
    uint64_t random;
    uint64_t order;
    uint64_t lives; /* drawn by processes until now */
    uint64_t trace_hash;
    char failure[FL_WORLD_FAILURE_BYTES]; /* empty: all invariants held */
    struct fl_node_model nodes[FL_MEMORY_NODES_MAX];
    struct fl_edge edges[FL_MEMORY_NODES_MAX];
    int packet_count;
    struct fl_packet packets[FL_WORLD_PACKETS_MAX];
    int message_count;
    struct fl_memory_message *messages[FL_WORLD_MESSAGES_MAX];
    uint32_t value_count; /* 1 .. */
    struct fl_value_model values[FL_WORLD_VALUES_MAX];
    uint64_t reports[64];
    uint64_t frames, applied, rounds, closes, forks;
    struct fl_session_actions actions;
};

/* Large; from fl_world_new(), with all nodes up and nothing connected. */
struct fl_world *fl_world_new(const struct fl_world_setup *setup);
void fl_world_free(struct fl_world *world);

uint64_t fl_world_draw(struct fl_world *world);
uint32_t fl_world_below(struct fl_world *world, uint32_t bound);
bool fl_world_chance(struct fl_world *world, uint32_t per_mille);
void fl_world_fail(struct fl_world *world, const char *what, int node, uint64_t number);

/* One event for a session, and what it asks is done or put to work. */
void fl_world_step_session(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_event *event);
void fl_world_tell(
    struct fl_world *world,
    int node,
    int peer,
    enum fl_session_event_kind kind);

/* One source transaction of `count` new values. */
void fl_world_write(
    struct fl_world *world,
    int node,
    uint32_t count,
    const uint8_t *keys);
void fl_world_connect(struct fl_world *world, int edge);
void fl_world_cut(struct fl_world *world, int edge);
void fl_world_crash(struct fl_world *world, int node, uint64_t down_ms);
void fl_world_start(struct fl_world *world, int node);
/* The store of a node that is down becomes a copy; by command with a new incarnation. */
void fl_world_restore(
    struct fl_world *world,
    int node,
    const struct fl_memory *backup,
    bool by_command);

/* What is due now: connections, frames, work, timers. */
void fl_world_advance(struct fl_world *world);
/* The next moment at which something is due; UINT64_MAX: all is quiet. */
uint64_t fl_world_due_ms(const struct fl_world *world);
/* Advance until nothing is due before `until_ms`. */
void fl_world_run(struct fl_world *world, uint64_t until_ms);
bool fl_world_is_idle(const struct fl_world *world);

#endif
