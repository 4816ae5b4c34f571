/*
 * What the parts of the replicator share.
 */

#ifndef NODE_LINK_H
#define NODE_LINK_H

#include "aside/clock.h"
#include "aside/turns.h"
#include "message/taken.h"
#include "peer/history.h"
#include "peer/lives.h"
#include "proto/compression.h"
#include "proto/frame.h"
#include "recovery/applying.h"
#include "replicator.h"
#include "routing/routes.h"
#include "routing/scope.h"
#include "storage/journal.h"
#include "storage/positions.h"
#include "storage/quarantine.h"

enum {
    FL_LINK_SLOTS = FL_MESSAGES_IN_FLIGHT_MAX + 2,
    FL_STEPS_DEEP_MAX = 3,
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
    struct fl_buffer chunks; /* one behind the other, behind those that are stored */
    uint32_t held;           /* how many have come */
    uint32_t stored;         /* the first of them lie in the store, and not in `chunks` */
    struct fl_message_head open;
};

/* The journal up to `lsn` has nothing for a peer that stands at `number`. */
struct fl_scanned {
    struct fl_uuid incarnation; /* of the stream of `number` */
    uint64_t number;
    uint64_t lsn;
    uint16_t configuration;
};

/* Whose hellos came in the incarnation that speaks now, told apart by their nonces. */
struct fl_speakers {
    uint32_t processes[2]; /* the one that was there first, then the other */
    struct fl_uuid incarnation;
    uint32_t last;
    unsigned returns; /* one spoke that the other had replaced */
};

/*
 * What a step needs beside the link. Thousands of links share a few of them: they are
 * stepped one after the other, but for an action that makes the others step too.
 */
struct fl_link_room {
    struct fl_session_actions actions;
    /* Events to be stepped, since an action's answer must wait for the other actions. */
    struct fl_session_event events[FL_LINK_EVENTS_MAX];
    size_t event_count;
};

/* The peer's clock beside ours, when it last showed it. */
struct fl_link_clock {
    bool known;
    int64_t offset_ms; /* it is so much ahead */
    uint64_t shown_ms; /* when ours was shown, monotonic */
};

/* What each turn asks of every link, side by side: links themselves lie far apart. */
struct fl_link_look {
    uint64_t due_ms;
    bool tended;  /* a comparison or a return from afar is looked at each turn */
    bool expects; /* a message has come in part */
};

/* What the peer says of lives with its next greeting. */
struct fl_link_said {
    uint64_t nonce;
    struct fl_uuid incarnation;
    struct fl_frame_life life;
};

struct fl_link {
    struct fl_replicator *replicator;
    struct fl_peer peer;
    struct fl_seen seen; /* written with the peer */
    struct fl_link_said said;
    struct fl_session *session;
    void *owner;
    /* FL_LINK_SLOTS of each while there is something in one; NULL: nothing is. */
    struct fl_outgoing *outgoing;
    struct fl_incoming *incoming;
    struct fl_scanned scanned;
    uint64_t scanned_kept_lsn; /* what the store knows of it */
    bool confirmed_waits;      /* peer.confirmed_* is newer than the store's */
    struct fl_link_room *room; /* while it is stepped */
    size_t index;              /* among the replicator's */
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
    bool overlay_tidy; /* no row has a number of an earlier session in vain */
    struct fl_key overlay_at;
    bool changes_held; /* as its history in the store says */
    bool changes_released;
    struct fl_uuid restored;     /* a parent's, of which it has shown the record */
    struct fl_speakers speakers; /* of a child */
    uint64_t altered;     /* objects that were here, in the series that is coming in */
    uint64_t held_number; /* the message that was held for changing too many */
    uint64_t quarantined_number;  /* the last message of which something was put aside */
    enum fl_session_reason ended; /* why the last session was refused */
    bool had_round;               /* since it was connected */
    bool is_reconciling;
    uint64_t reconcile_due_ms;
    struct fl_link_clock clock;
    struct fl_turn turn;
    uint64_t objects_sent; /* since the start, in messages that were new */
    uint64_t objects_received;
};

/* A message that is whole, in the order of arrival. */
struct fl_ready {
    struct fl_link *link;
    uint64_t number;
    uint64_t judge_lsn;
    uint64_t acknowledged;
    uint64_t life; /* of the peer, when it sent this; 0: not known */
    bool of_image; /* out of a file, not over a line */
};

struct fl_replicator {
    struct fl_node *node;
    struct fl_replicator_output output;
    struct fl_link **links;
    size_t link_count;
    struct fl_compressor *compressor;
    struct fl_decompressor *decompressor;
    struct fl_buffer plain; /* of the message that is built or applied */
    struct fl_taken taken;  /* of the message that is built */
    struct fl_buffer frame; /* being sent */
    struct fl_buffer ours;  /* a copy of the local version while theirs is written */
    struct fl_ready ready[FL_READY_MAX];
    size_t ready_count;
    uint64_t ready_bytes; /* plain */
    /* Of steps under way: one that renews an incarnation makes other links step. */
    struct fl_link_room rooms[FL_STEPS_DEEP_MAX];
    size_t steps_deep;
    struct fl_link_look *looks; /* of each link */
    struct fl_link **places;    /* of links by transport key, a power of two of them */
    size_t place_count;
    bool changed;               /* the journal has grown, sessions are to be told */
    struct fl_link *changed_by; /* by this one alone; NULL: by several, or from here */
    bool changed_by_peer;       /* and not from here alone */
    uint64_t changed_due_ms;
    bool waiting; /* something of a link may be written late */
    uint64_t waiting_due_ms;
    struct fl_fault fault;
    struct fl_routes routes;
    struct fl_applying applying;
    struct fl_arena arena;       /* an object that is looked into */
    struct fl_history history;   /* of the link that is looked at; the store has them */
    struct fl_lives lives;       /* the same */
    bool routing_waits;          /* it goes on at the next tick */
    struct fl_link *renew_waits; /* a new incarnation that found no room; NULL: none */
    uint64_t renew_at_ms;
    struct fl_turns turns;
    bool settings_came; /* with what is being applied: the node is to be reloaded */
};

/* replicator_step.c: step the session, do its actions, and step their answers. */
void fl_link_step(struct fl_link *link, const struct fl_session_event *event);
/* If that waits, and it is time. */
void fl_replicator_renew_again(struct fl_replicator *replicator, uint64_t now_ms);

void fl_link_tell(struct fl_link *link, enum fl_session_event_kind kind, uint64_t now_ms);

/* After anything that may have changed when it is due, or what it expects. */
void fl_link_touch(struct fl_link *link);

/* replicator_many.c: what would cost a walk over all links for each event. */
void fl_replicator_note_changed(
    struct fl_replicator *replicator,
    struct fl_link *by,
    uint64_t now_ms);
void fl_replicator_tell_changed(struct fl_replicator *replicator, uint64_t now_ms);
enum fl_status fl_replicator_index_keys(struct fl_replicator *replicator);
void fl_link_note_waiting(struct fl_link *link);
void fl_replicator_put_waiting(struct fl_replicator *replicator, uint64_t now_ms);
/* When one of the two is due; UINT64_MAX: neither. */
uint64_t fl_replicator_gathered_due_ms(const struct fl_replicator *replicator);

/* What the store has; after a transaction that was not committed too. */
enum fl_status fl_replicator_load_routes(struct fl_replicator *replicator);

struct fl_incoming *fl_link_incoming(struct fl_link *link, uint64_t number);
struct fl_outgoing *fl_link_outgoing(struct fl_link *link, uint64_t number);
/* Slots are emptied; their memory is given back. */
/* The slots of a link, made when there are none; NULL: no memory. */
struct fl_incoming *fl_link_incoming_slots(struct fl_link *link);
struct fl_outgoing *fl_link_outgoing_slots(struct fl_link *link);
/* Those of which all are empty. */
void fl_link_free_slots(struct fl_link *link);
void fl_outgoing_clear(struct fl_outgoing *outgoing);
/* Empty, with room for a message. */
void fl_outgoing_reopen(struct fl_outgoing *outgoing);
void fl_incoming_clear(struct fl_incoming *incoming);

/* replicator_frames.c */
void fl_link_send(struct fl_link *link, const struct fl_session_action *action);
bool fl_link_understand(
    struct fl_link *link,
    const struct fl_frame *frame,
    struct fl_session_frame *out_frame);
/* To a hello: not before an operator has decided. Ends the connection. */
void fl_link_refuse(
    struct fl_link *link,
    const struct fl_frame *hello,
    const char *words);
/* One that does not hold: counted, and told of. */
void fl_link_drop_frame(struct fl_link *link, const char *why);
/* The peer's key of that id, present or previous; NULL: it has none such. */
const uint8_t *fl_link_signing_key(
    const struct fl_link *link,
    const uint8_t key_id[FL_KEY_ID_BYTES]);
/* The whole of a message once more, as it was sent. */
void fl_link_repeat(struct fl_link *link, const struct fl_frame *confirm);

/* replicator_build.c: the answer to BUILD. */
void fl_link_build(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event);

/* replicator_scan.c */
/* Up to where the store knows that nothing is registered for the peer. */
uint64_t fl_scan_kept_lsn(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer);
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

/* replicator_lives.c: what a peer may have seen of a store that this one is a copy of. */
/* The peer as the link has it, with what was seen of it. */
void fl_link_put_peer(struct fl_link *link, struct fl_txn *txn);
/* In the transaction of whatever is done in this life, or begins another pair of
 * incarnations, if it is not written down yet. */
void fl_link_live(struct fl_link *link, struct fl_txn *txn);
/* Before a greeting of ours. */
void fl_link_show_life(
    struct fl_link *link,
    const struct fl_frame *greeting,
    const struct fl_session_greeting *said);
void fl_link_take_life(struct fl_link *link, const struct fl_frame *frame);
/* What was said with this greeting is filled in. */
void fl_link_hear_life(
    const struct fl_link *link,
    const struct fl_frame *frame,
    struct fl_session_greeting *greeting);
/* Was that done here, in the life that it names? True too where nobody can tell. */
bool fl_link_has_applied(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_session_position *confirmed);
bool fl_link_has_sent(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_session_position *position);

/* replicator_recovery.c: who may speak. */
void fl_link_history_load(struct fl_link *link, struct fl_txn *txn);
/*
 * Something to be remembered; in a transaction of its own. False: it is what was
 * remembered last, a moment ago.
 */
bool fl_link_note(
    struct fl_link *link,
    enum fl_history_kind kind,
    uint64_t number,
    struct fl_uuid incarnation,
    const char *text);
/* Why a hello is not listened to, NULL when it is. */
const char *fl_link_hello_reason(struct fl_link *link, const struct fl_frame *frame);
/* Why an incarnation that is not the one known last is not followed, NULL when it is. */
const char *fl_link_renewed_reason(struct fl_link *link, struct fl_uuid incarnation);
/* In the transaction that registers the incarnation. */
void fl_link_history_turn(
    struct fl_link *link,
    struct fl_txn *txn,
    struct fl_uuid incarnation);
/*
 * A message would change or delete so many objects that are here: is that, with what its
 * series has changed already, more than a child may without being asked? FL_REFUSED.
 */
enum fl_status fl_link_hold_changes(
    struct fl_link *link,
    const struct fl_message_header *header,
    uint64_t altered,
    struct fl_error *out_error);
/* After the transaction: what was held is kept, what was released ends with its series.
 */
void fl_link_note_changes(
    struct fl_link *link,
    const struct fl_message_header *header,
    const struct fl_error *refusal);
/* After a round that ended well: who said nothing has used up what was released, too. */
void fl_link_note_round(struct fl_link *link);
/* A parent shows the record of its restore. */
void fl_link_take_restored(struct fl_link *link, const struct fl_frame *frame);

/* key/link_keys.c: keys change. */
/* Behind a greeting of ours: our new keys, unless the peer has noted them. */
void fl_link_show_keys(struct fl_link *link, const struct fl_frame *greeting);
void fl_link_take_keys(struct fl_link *link, const struct fl_frame *frame);
/* A message under that key is applied; in its transaction, before the peer is put. */
void fl_link_count_keys(struct fl_link *link, const uint8_t key_id[FL_KEY_ID_BYTES]);
/* As it is, behind what was sent before. */
void fl_link_send_frame(struct fl_link *link, const struct fl_frame *frame);

/* replicator_stage.c */
void fl_link_keep(struct fl_link *link, uint64_t number);
void fl_link_hold(struct fl_link *link, uint64_t number, uint32_t index);
void fl_link_drop(struct fl_link *link, uint64_t number);
/* A message is whole: all of it is in memory then. Otherwise a failure of `chunks`. */
void fl_link_gather(struct fl_link *link, struct fl_incoming *incoming);
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

/* The same for what is in quarantine, one object of it (replay.h). */
bool fl_link_replay_fits(
    struct fl_link *link,
    struct fl_txn *txn,
    struct fl_scope *scope,
    const struct fl_quarantined *held,
    struct fl_error *out_reason);
/* Of its flags, key and record: what it was in the message. */
struct fl_message_entry fl_link_replay_entry(const struct fl_quarantined *held);
enum fl_status fl_link_replay(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_quarantined *held,
    struct fl_error *out_error);

/* Positions, hashes and uuids of protocol and store are the same bytes. */
void fl_link_put_confirmed(struct fl_link *link, struct fl_txn *txn);

#endif
