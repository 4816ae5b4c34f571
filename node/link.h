/*
 * What the parts of the replicator share.
 */

#ifndef NODE_LINK_H
#define NODE_LINK_H

#include "proto/compression.h"
#include "proto/frame.h"
#include "replicator.h"
#include "routes.h"
#include "storage/journal.h"
#include "storage/positions.h"

enum {
    FL_LINK_SLOTS = FL_MESSAGES_IN_FLIGHT_MAX + 2,
    FL_LINK_EVENTS_MAX = 64,
    FL_READY_MAX = 256,
};

/* A message of ours, kept until the peer has it. number 0: the slot is free. */
struct fl_outgoing {
    uint64_t number;
    struct fl_buffer head; /* as fl_message_seal() made it */
    struct fl_buffer chunks;
    struct fl_message_head open; /* views into `head` */
};

/* A message of the peer's, as far as it has come. */
struct fl_incoming {
    uint64_t number;
    struct fl_buffer head;
    struct fl_buffer chunks; /* one behind the other, from the first on */
    uint32_t held;           /* how many */
    struct fl_message_head open;
};

/* The journal up to `lsn` has nothing for a peer that stands at `number`. */
struct fl_scanned {
    struct fl_uuid incarnation; /* of the stream of `number` */
    uint64_t number;
    uint64_t lsn;
    uint16_t configuration;
};

struct fl_link {
    struct fl_replicator *replicator;
    struct fl_peer peer;
    struct fl_session *session;
    void *owner;
    struct fl_outgoing outgoing[FL_LINK_SLOTS];
    struct fl_incoming incoming[FL_LINK_SLOTS];
    struct fl_scanned scanned;
    uint64_t scanned_kept_lsn; /* what the store knows of it */
    bool confirmed_waits;      /* peer.confirmed_* is newer than the store's */
    /* Events to be stepped, since an action's answer must wait for the other actions. */
    struct fl_session_event events[FL_LINK_EVENTS_MAX];
    size_t event_count;
    bool stepping;
    uint64_t now_ms;
    /* The frame in hand while a FRAME event is stepped. */
    const struct fl_frame *frame;
    uint64_t dropped_frames;
    /* Of the peer, as its greeting said; zero before. */
    uint8_t peer_configuration[FL_CONFIGURATION_HASH_BYTES];
    bool configuration_sent;         /* since then: ours, ahead of everything else */
    struct fl_link_compare *compare; /* compare.c; NULL: there was none */
    bool has_overlay;                /* something is registered beside the position */
    bool overlay_confirmed;          /* rows of it may be removed, from `overlay_at` on */
    struct fl_key overlay_at;
    bool had_round; /* since it was connected */
    bool is_reconciling;
    uint64_t reconcile_due_ms;
};

/* A message that is whole, in the order of arrival. */
struct fl_ready {
    struct fl_link *link;
    uint64_t number;
    uint64_t judge_lsn;
    uint64_t acknowledged;
};

struct fl_replicator {
    struct fl_node *node;
    struct fl_replicator_output output;
    struct fl_link **links;
    size_t link_count;
    struct fl_compressor *compressor;
    struct fl_decompressor *decompressor;
    struct fl_buffer plain; /* of the message that is built or applied */
    struct fl_buffer frame; /* being sent */
    struct fl_buffer ours;  /* a copy of the local version while theirs is written */
    struct fl_ready ready[FL_READY_MAX];
    size_t ready_count;
    uint64_t ready_bytes; /* plain */
    struct fl_session_actions actions;
    struct fl_fault fault;
    struct fl_routes routes;
    struct fl_arena arena; /* an object that is looked into */
    bool settings_came;    /* with what is being applied: the node is to be reloaded */
};

/* replicator_step.c: step the session, do its actions, and step their answers. */
void fl_link_step(struct fl_link *link, const struct fl_session_event *event);

void fl_link_tell(struct fl_link *link, enum fl_session_event_kind kind, uint64_t now_ms);

/* What the store has; after a transaction that was not committed too. */
enum fl_status fl_replicator_load_routes(struct fl_replicator *replicator);

struct fl_incoming *fl_link_incoming(struct fl_link *link, uint64_t number);
struct fl_outgoing *fl_link_outgoing(struct fl_link *link, uint64_t number);
/* Slots are emptied; their memory is given back. */
void fl_outgoing_clear(struct fl_outgoing *outgoing);
void fl_incoming_clear(struct fl_incoming *incoming);

/* replicator_frames.c */
void fl_link_send(struct fl_link *link, const struct fl_session_action *action);
bool fl_link_understand(
    struct fl_link *link,
    const struct fl_frame *frame,
    struct fl_session_frame *out_frame);
/* One that does not hold: counted, and told of. */
void fl_link_drop_frame(struct fl_link *link, const char *why);
/* The whole of a message once more, as it was sent. */
void fl_link_repeat(struct fl_link *link, const struct fl_frame *confirm);

/* replicator_build.c: the answer to BUILD. */
void fl_link_build(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event);

/* replicator_scan.c */
void fl_link_scan_load(struct fl_link *link, struct fl_txn *txn);
void fl_link_scan_note(struct fl_link *link, uint64_t number, uint64_t lsn);
/* What came behind `lsn_from`, up to `lsn_to`, was brought by this very peer. */
void fl_link_scan_pass(struct fl_link *link, uint64_t lsn_from, uint64_t lsn_to);
/* From where to look on for a peer at that position of our stream; at least `lsn`. */
uint64_t fl_link_scan_lsn(
    const struct fl_link *link,
    uint64_t number,
    struct fl_uuid incarnation,
    uint64_t lsn);
bool fl_link_scan_is_worth_keeping(const struct fl_link *link);
void fl_link_scan_keep(struct fl_link *link, struct fl_txn *txn);
void fl_link_scan_forget(struct fl_link *link, struct fl_txn *txn);

/* replicator_stage.c */
void fl_link_keep(struct fl_link *link, uint64_t number);
void fl_link_hold(struct fl_link *link, uint64_t number, uint32_t index);
void fl_link_drop(struct fl_link *link, uint64_t number);
void fl_link_stage(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event);

/* replicator_system.c: a setting that travels. */
/* Why it cannot be taken, NULL when it can. */
const char *fl_link_system_reason(
    const struct fl_link *link,
    const struct fl_message_entry *entry);
/* Keep it when it is newer than ours. */
enum fl_status fl_link_system_apply(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_message_entry *entry,
    uint32_t origin,
    struct fl_error *out_error);

/* replicator_apply.c: one message in an open transaction. */
enum fl_status fl_link_apply(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_ready *ready,
    struct fl_error *out_error);

/* Positions, hashes and uuids of protocol and store are the same bytes. */
void fl_link_put_confirmed(struct fl_link *link, struct fl_txn *txn);

#endif
