/*
 * The inside of a session, shared by its parts: session.c takes events, greeting.c brings
 * two nodes together, round.c says who is done, outgoing.c sends our stream, incoming.c
 * takes the peer's. Everything has a fixed size.
 */

#ifndef REPLICATION_MACHINE_H
#define REPLICATION_MACHINE_H

#include "replication/session.h"

enum {
    FL_MACHINE_MARKS = 64, /* sent messages whose acknowledgement can be understood */
    FL_MACHINE_HELLOS_MAX = 8,
    FL_MACHINE_BACKOFF_SHIFT_MAX = 5,
    /* A new grant of credit is worth a frame from this part of the whole on. */
    FL_MACHINE_CREDIT_PART = 4,
    /*
     * Grants are to be so far apart: the window doubles when they come faster, up to all
     * the credit, and halves when they come slower, down to a part of the first one.
     */
    FL_MACHINE_GRANT_MS_MIN = 1000,
    FL_MACHINE_GRANT_MS_MAX = 4000,
    FL_MACHINE_WINDOW_PART_MIN = 4,
    FL_MACHINE_CREDIT_BYTES_MIN = 16,
    FL_MACHINE_NONCE_COUNTER_BITS = 32,
};

/* A message on its way to the peer. */
struct fl_outgoing_message {
    struct fl_session_message message;
    uint64_t lsn_to;
    uint64_t acknowledged; /* of the peer's, when it was built */
    bool head_sent;
    uint32_t chunk_next;
};

struct fl_outgoing_mark {
    uint64_t number;
    uint64_t lsn;
};

struct fl_outgoing {
    struct fl_session_position confirmed;
    uint64_t confirmed_lsn;
    struct fl_session_position shown; /* what shows that confirmed_lsn is there */
    size_t flight_count;              /* oldest first; each is the base of the next */
    struct fl_outgoing_message flight[FL_MESSAGES_IN_FLIGHT_MAX];
    struct fl_session_staged resume; /* what the peer holds of the next message */
    uint64_t scan_lsn;               /* nothing is registered between the base and here */
    bool building;                   /* BUILD is not answered */
    bool exhausted;                  /* the last BUILD found nothing */
    bool changed;                    /* the journal grew since that BUILD was asked */
    uint64_t credit_granted;
    uint64_t credit_used;
    size_t mark_count; /* oldest first */
    struct fl_outgoing_mark marks[FL_MACHINE_MARKS];
};

/* A message on its way from the peer. */
struct fl_incoming_message {
    struct fl_session_message message;
    uint64_t judge_lsn;
    uint64_t acknowledged; /* as its frame said */
    uint32_t chunk_next;
    uint64_t held_bytes; /* in the node's memory, not yet staged */
    bool applying;       /* APPLY is not answered */
};

struct fl_incoming {
    struct fl_session_position position; /* of the peer's present incarnation */
    size_t position_count;               /* applied longest ago first */
    struct fl_session_position positions[FL_POSITIONS_MAX];
    size_t queue_count; /* those that are applying come first */
    struct fl_incoming_message queue[FL_MESSAGES_IN_FLIGHT_MAX];
    struct fl_session_staged staged;  /* what is durable of the next message */
    struct fl_session_staged staging; /* STAGE is not answered; number 0: none */
    uint64_t credit_received;
    uint64_t credit_released;
    uint64_t credit_granted;
    uint64_t window;     /* how much the peer may have under way; lives on behind a cut */
    uint64_t granted_ms; /* the last time */
    uint64_t staged_ms;  /* a message has begun, or was staged, the last time */
};

struct fl_session {
    struct fl_session_options options;
    struct fl_session_identity own;
    enum fl_session_state state;
    bool connected;
    uint64_t now_ms;
    uint64_t random;
    uint64_t nonce; /* of this session; 0: none yet */
    uint64_t nonce_refused;

    /* Greeting. */
    struct fl_uuid peer_incarnation;       /* as greeted in this session */
    struct fl_uuid registered_incarnation; /* of the peer, as the node knows it */
    struct fl_session_position presented;  /* what our last greeting presented */
    struct fl_session_greeting greeting;   /* the peer's, being looked at */
    struct fl_uuid greeted;                /* our incarnation that it was said to */
    uint64_t peer_life;                    /* of the peer that this session is with */
    bool greeting_waits; /* parent: a hello came before we are settled */
    uint64_t greeting_nonce;
    bool found; /* LOOKUP: the peer's position is a place in our chain */
    bool looking, meeting, renewing; /* LOOKUP, PEER_RENEWED, RENEW not answered */
    uint64_t renew_lsn;              /* where our new stream begins */
    uint32_t hellos;                 /* sent without an answer */
    uint64_t due_ms;                 /* hello again, or too long without progress */

    /* Rounds. */
    bool window_open; /* child: rounds may start */
    uint64_t round;   /* the child counts them */
    bool round_told;  /* child: SYNC is out */
    bool own_done, peer_done, nudged;
    uint64_t round_sent, round_received;

    struct fl_outgoing outgoing;
    struct fl_incoming incoming;
    struct fl_session_counters counters;
    struct fl_session_actions *actions; /* of the running step */
};

/* -- machine.c: what all parts need -- */

/* Zeroed but for its kind; asserts that a step never has too many. */
struct fl_session_action *fl_machine_act(
    struct fl_session *session,
    enum fl_session_action_kind kind);
/* A SEND, SEND_MESSAGE, ... with the frame's kind, nonce and incarnations filled in. */
struct fl_session_action *fl_machine_act_frame(
    struct fl_session *session,
    enum fl_session_action_kind kind,
    enum fl_session_frame_kind frame_kind);
struct fl_session_frame *fl_machine_send(
    struct fl_session *session,
    enum fl_session_frame_kind kind);
struct fl_session_action *fl_machine_report(
    struct fl_session *session,
    enum fl_session_report report,
    uint64_t number);
void fl_machine_move(struct fl_session *session, enum fl_session_state state);
bool fl_machine_is_live(const struct fl_session *session); /* idle or in a round */
void fl_machine_tell(
    const struct fl_session *session,
    const char *sentence,
    uint64_t first,
    uint64_t second);
uint64_t fl_machine_draw(struct fl_session *session);
bool fl_machine_hash_equal(
    const struct fl_session_hash *a,
    const struct fl_session_hash *b);
/* What the chunks [from, to) cost: both ends share the whole evenly, so sizes of single
 * chunks need not be known. */
uint64_t fl_machine_cost(
    const struct fl_session_message *message,
    uint32_t from,
    uint32_t to);

/* -- greeting.c -- */

/* The session ends here, the connection stays: what is asked is awaited, then greet. */
void fl_greeting_restart(struct fl_session *session);
void fl_greeting_offline(struct fl_session *session);
/* Tell the peer why, and ask the node to disconnect. */
void fl_greeting_refuse(
    struct fl_session *session,
    enum fl_session_reason reason,
    const char *text);
void fl_greeting_close(
    struct fl_session *session,
    enum fl_session_reason reason,
    const char *text);
/* As restart, and a parent asks its child to greet anew. */
void fl_greeting_again(struct fl_session *session);
/* At the end of every step: what waited for the last of them goes on. */
void fl_greeting_settle(struct fl_session *session);
void fl_greeting_on_hello(
    struct fl_session *session,
    const struct fl_session_frame *frame);
void fl_greeting_on_welcome(
    struct fl_session *session,
    const struct fl_session_frame *frame);
void fl_greeting_on_registered(struct fl_session *session);
void fl_greeting_on_peer_refused(
    struct fl_session *session,
    enum fl_session_reason reason,
    const char *text);
void fl_greeting_on_position(
    struct fl_session *session,
    const struct fl_session_event *event);
void fl_greeting_on_renewed(struct fl_session *session, struct fl_uuid incarnation);
/* The peer says that we were restored. */
void fl_greeting_on_rolled_back(struct fl_session *session);
void fl_greeting_on_due(struct fl_session *session);

/* -- round.c -- */

void fl_round_on_wanted(struct fl_session *session);
void fl_round_on_window_closed(struct fl_session *session);
void fl_round_on_changed(struct fl_session *session);
void fl_round_on_greeted(struct fl_session *session);
void fl_round_on_sync(struct fl_session *session, const struct fl_session_frame *frame);
void fl_round_on_done(struct fl_session *session, const struct fl_session_frame *frame);
/* Before anything of ours goes out in a round: the child's SYNC comes first. */
void fl_round_announce(struct fl_session *session, bool done);
/* At the end of every step: send what may be sent, and see whether the round is over. */
void fl_round_advance(struct fl_session *session);

/* -- outgoing.c -- */

void fl_outgoing_begin(
    struct fl_session *session,
    const struct fl_session_position *base,
    uint64_t lsn);
void fl_outgoing_abandon(struct fl_session *session);
void fl_outgoing_advance(struct fl_session *session);
bool fl_outgoing_is_done(const struct fl_session *session);
/* More chunks may go at once than a step gives. */
bool fl_outgoing_is_ready(const struct fl_session *session);
void fl_outgoing_on_built(
    struct fl_session *session,
    const struct fl_session_built *built);
void fl_outgoing_on_nothing(struct fl_session *session, uint64_t lsn);
void fl_outgoing_on_confirm(
    struct fl_session *session,
    const struct fl_session_position *confirmed);
/* The lsn of a number that the peer says it had; false: not of this session. */
bool fl_outgoing_lsn_of(
    const struct fl_session *session,
    uint64_t number,
    uint64_t *out_lsn);

/* -- incoming.c -- */

/* The position in the stream of that incarnation, its beginning when there is none. */
struct fl_session_position fl_incoming_position(
    const struct fl_session *session,
    struct fl_uuid incarnation);
bool fl_incoming_knows(const struct fl_session *session, struct fl_uuid incarnation);
void fl_incoming_begin(struct fl_session *session, struct fl_uuid incarnation);
void fl_incoming_abandon(struct fl_session *session);
bool fl_incoming_is_settled(const struct fl_session *session);
void fl_incoming_on_message(
    struct fl_session *session,
    const struct fl_session_frame *frame);
void fl_incoming_on_chunk(
    struct fl_session *session,
    const struct fl_session_frame *frame);
void fl_incoming_on_applied(struct fl_session *session, uint64_t number);
void fl_incoming_on_apply_refused(
    struct fl_session *session,
    uint64_t number,
    const char *text);
void fl_incoming_on_staged(struct fl_session *session, uint64_t number, uint32_t chunks);

#endif
