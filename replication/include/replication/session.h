/*
 * Two nodes over one connection, as a pure machine: it is told what happened and answers
 * what to do. Each side sends a stream of its own, numbered and chained by hashes, and
 * takes the other's; the receiver owns its position and presents it when they greet.
 * The same events give the same actions. README.md has the table of states and moves.
 *
 * What comes in as FL_SESSION_FRAME is decoded and authenticated: lengths, signature,
 * hashes of chunks, and that the connection's key is the peer's. Only then is it an
 * event. Frames of another session, incarnation or chain are dropped and counted here.
 *
 * Acting on a frame at once, in the order of arrival, is assumed; a transport that loses
 * or swaps frames costs time and nothing else.
 *
 * Requests (LOOKUP, BUILD, APPLY, STAGE, PEER_RENEWED, RENEW_INCARNATION) are each
 * answered by exactly one event, after any time, in the order of their transactions: what
 * a BUILD's snapshot saw applied is answered before it. A new greeting waits until all
 * that was asked is answered. Everything else is done and not answered.
 */

#ifndef REPLICATION_SESSION_H
#define REPLICATION_SESSION_H

#include "replication/session_action.h"
#include "replication/session_event.h"
#include "replication/session_frame.h"
#include "replication/trace.h"

struct fl_session;

enum fl_session_role {
    FL_SESSION_CHILD = 1, /* connects, greets, starts rounds */
    FL_SESSION_PARENT,
};

enum fl_session_state {
    FL_SESSION_OFFLINE = 0, /* no connection */
    FL_SESSION_SETTLING,    /* waits for answers to what an earlier session asked */
    FL_SESSION_GREETING,    /* child: hello is out; parent: waits for one */
    FL_SESSION_MEETING,     /* the node records the peer's new incarnation */
    FL_SESSION_SEEKING,     /* the node looks for the presented position in our chain */
    FL_SESSION_RENEWING,    /* it was not there: we were restored */
    FL_SESSION_IDLE,        /* greeted, nothing going on */
    FL_SESSION_ROUND,       /* both sides send what is registered */
    FL_SESSION_CLOSED,      /* refused or given up; the node is to disconnect */
};

struct fl_session_limits {
    uint32_t messages_in_flight; /* 1 .. FL_MESSAGES_IN_FLIGHT_MAX */
    uint64_t credit_bytes;       /* what the peer may send us before we have applied it */
    /*
     * How much of it a session begins with: then it grows and shrinks with the pace of
     * the line, so that a slow one holds little. 0: all of it, always.
     */
    uint64_t credit_first_bytes;
    /*
     * What comes of a message is staged after so long at the latest, and the sender hears
     * of it. 0: only when half of the credit is used up, or the session ends.
     */
    uint64_t stage_after_ms;
    uint64_t hello_retry_ms; /* doubled up to 32 times, with jitter */
    uint64_t progress_timeout_ms;
};

struct fl_session_options {
    enum fl_session_role role;
    struct fl_session_identity own;
    struct fl_uuid peer_node;
    struct fl_uuid peer_incarnation; /* the one registered last; zero: never seen */
    /* What was applied from each incarnation of the peer, longest ago first. */
    size_t position_count;
    struct fl_session_position positions[FL_POSITIONS_MAX];
    struct fl_session_staged staged;
    uint64_t life;                        /* of this process; 0: not told */
    struct fl_session_position confirmed; /* as RECORD_CONFIRMED gave it last */
    struct fl_session_limits limits;
    uint64_t seed; /* random: of nonces (with the process) and of jitter */
    struct fl_trace trace;
};

struct fl_session_counters {
    uint64_t foreign; /* frames dropped: other nonce or incarnation */
    uint64_t gaps;
    uint64_t repeats;
    uint64_t stale_confirmations;
    uint64_t unexpected; /* frames that make no sense in this state, dropped */
    uint64_t messages_sent;
    uint64_t messages_received; /* applied */
    uint64_t rounds;
};

/* FL_MALFORMED: limits out of bounds. FL_NO_MEMORY. The session is the caller's. */
enum fl_status fl_session_new(
    const struct fl_session_options *options,
    struct fl_session **out_session);
void fl_session_free(struct fl_session *session);

/*
 * One event. `out_actions` is overwritten; do all of them, in order. Frames never make
 * it fail: what is wrong in them is refused, dropped or counted.
 */
void fl_session_step(
    struct fl_session *session,
    const struct fl_session_event *event,
    struct fl_session_actions *out_actions);

/* When the next TICK is due at the latest; UINT64_MAX: none. */
uint64_t fl_session_due_ms(const struct fl_session *session);

/* What every frame of a greeted session names, for what goes on beside its rounds. */
struct fl_session_head {
    uint64_t nonce;
    struct fl_uuid own_incarnation;
    struct fl_uuid peer_incarnation;
};

/* False: not greeted. */
bool fl_session_head(const struct fl_session *session, struct fl_session_head *out_head);

enum fl_session_state fl_session_state(const struct fl_session *session);
bool fl_session_is_window_open(const struct fl_session *session);
/* What was applied from the peer's present incarnation, what was confirmed of ours. */
struct fl_session_position fl_session_received(const struct fl_session *session);
struct fl_session_position fl_session_confirmed(const struct fl_session *session);
const struct fl_session_counters *fl_session_counters(const struct fl_session *session);

const char *fl_session_state_name(enum fl_session_state state);    /* "round" */
const char *fl_session_reason_name(enum fl_session_reason reason); /* "fork" */
const char *fl_session_report_name(enum fl_session_report report); /* "gap" */

#endif
