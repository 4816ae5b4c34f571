/*
 * The peers that speak Filial's own messages: for each a session machine, whose requests
 * are carried out here on the store. Frames come in and go out as bytes; sockets, clocks
 * and windows are the daemon's.
 *
 * Messages that arrive whole are gathered, those of several peers too, and applied in one
 * transaction: what is committed at once decides the speed. A confirmation goes out only
 * after the commit.
 */

#ifndef NODE_REPLICATOR_H
#define NODE_REPLICATOR_H

#include "fault.h"
#include "node.h"
#include "replication/session.h"

struct fl_replicator;
struct fl_link; /* one native peer */

/* What the replicator asks of whoever owns the connections. */
struct fl_replicator_output {
    /*
     * One frame, head and body behind each other. Never waits. FL_BUSY: the line is full;
     * FL_NOT_FOUND: nobody is there. Either ends the session, which then greets again.
     */
    enum fl_status (*send)(
        void *context,
        struct fl_link *link,
        struct fl_bytes head,
        struct fl_bytes body);
    /* `words` say why, for a person; NULL: nobody meant it, it is to be made again. */
    void (*close)(void *context, struct fl_link *link, const char *words);
    void (*round_done)(void *context, struct fl_link *link);
    void *context;
    /* The session begins anew later: what waits for the line is in vain. May be NULL. */
    void (*postponed)(void *context, struct fl_link *link);
};

enum fl_status fl_replicator_new(
    struct fl_node *node,
    const struct fl_replicator_output *output,
    struct fl_replicator **out_replicator,
    struct fl_error *out_error);
void fl_replicator_free(struct fl_replicator *replicator);

/* Read the peers from the store again: new ones get a link, revoked ones lose theirs. */
enum fl_status fl_replicator_reload(
    struct fl_replicator *replicator,
    struct fl_error *out_error);

/*
 * This process lives, for all peers in a few commits: what each greeting would write down
 * by itself. What cannot be written is tried again there.
 */
void fl_replicator_live(struct fl_replicator *replicator);

/* Links by index, until the next reload. NULL beyond the last. */
struct fl_link *fl_replicator_link(struct fl_replicator *replicator, size_t index);
/* The one whose transport key is this; NULL: nobody of ours. */
struct fl_link *fl_replicator_find(
    struct fl_replicator *replicator,
    const uint8_t transport_key[FL_PUBLIC_KEY_BYTES]);
/* By fl_peer.number; NULL: not one that speaks native messages. */
struct fl_link *fl_replicator_find_number(
    struct fl_replicator *replicator,
    uint32_t number);
const struct fl_peer *fl_link_peer(const struct fl_link *link);
enum fl_session_state fl_link_state(const struct fl_link *link);
/* The last session was refused until an operator decides. */
bool fl_link_is_held(const struct fl_link *link);
/* For whoever measures. */
struct fl_link_facts {
    uint64_t objects_sent; /* since the start */
    uint64_t objects_received;
    bool clock_known;
    int64_t clock_offset_ms; /* the peer's clock is so much ahead of ours */
};
void fl_link_facts(const struct fl_link *link, struct fl_link_facts *out_facts);
/* Rounds of children that run, and how often one was told to come later. */
size_t fl_replicator_rounds(const struct fl_replicator *replicator);
uint64_t fl_replicator_postponed(const struct fl_replicator *replicator);
/* For the owner of the connections: its own data beside the link. */
void fl_link_set_owner(struct fl_link *link, void *owner);
void *fl_link_owner(const struct fl_link *link);

void fl_replicator_connected(struct fl_link *link, uint64_t now_ms);
void fl_replicator_disconnected(struct fl_link *link, uint64_t now_ms);
/* A round now, in an open window. */
void fl_replicator_sync(struct fl_link *link, uint64_t now_ms);
void fl_replicator_window_closed(struct fl_link *link, uint64_t now_ms);

/* One frame of that peer; what does not hold is dropped, counted and logged. */
void fl_replicator_frame(struct fl_link *link, struct fl_bytes frame, uint64_t now_ms);

/* The journal has grown by something that no peer brought: children may ask for it. */
void fl_replicator_changed(struct fl_replicator *replicator, uint64_t now_ms);

/* Messages have arrived whole and wait; more is on its way to join them. */
bool fl_replicator_has_ready(const struct fl_replicator *replicator);
bool fl_replicator_expects_more(const struct fl_replicator *replicator);

/*
 * Apply what has arrived whole: all of it with `all`, or only when as much as one commit
 * should hold has come. FL_IO: the store is dead, end the process.
 */
enum fl_status fl_replicator_flush(
    struct fl_replicator *replicator,
    bool all,
    uint64_t now_ms,
    struct fl_error *out_error);

/* Time has passed; and when it should pass again at the latest (UINT64_MAX: any). */
void fl_replicator_tick(struct fl_replicator *replicator, uint64_t now_ms);
uint64_t fl_replicator_due_ms(const struct fl_replicator *replicator);

/* Former keys of peers whose time is over count no more; node->revision tells. */
void fl_replicator_end_keys(struct fl_replicator *replicator);

#endif
