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

#include "proto/configuration.h"
#include "proto/limits.h"
#include "proto/uuid.h"
#include "replication/trace.h"

enum {
    FL_SESSION_HASH_BYTES = 32,
    FL_SESSION_PLAN_BYTES = 16,
    FL_SESSION_TEXT_BYTES_MAX = 120,
    FL_SESSION_ACTIONS_MAX = 64,
    FL_SESSION_CHUNKS_PER_STEP = 24, /* more are due at once: step again with TICK */
};

struct fl_session;

struct fl_session_hash {
    uint8_t bytes[FL_SESSION_HASH_BYTES];
};

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

/* A place in a stream: zero is its beginning. */
struct fl_session_position {
    struct fl_uuid incarnation;
    uint64_t number;
    struct fl_session_hash hash;
};

/* A message of which the first `chunks` chunks are held durably. number 0: none. */
struct fl_session_staged {
    struct fl_uuid incarnation;
    uint64_t number;
    struct fl_session_hash hash;
    uint32_t chunks;
};

/* Both ends must agree on all of it but `node` and `incarnation`. */
struct fl_session_identity {
    struct fl_uuid installation;
    uint8_t plan[FL_SESSION_PLAN_BYTES];
    uint8_t configuration_hash[FL_CONFIGURATION_HASH_BYTES];
    struct fl_uuid node;
    struct fl_uuid incarnation;
};

struct fl_session_limits {
    uint32_t messages_in_flight; /* 1 .. FL_MESSAGES_IN_FLIGHT_MAX */
    uint64_t credit_bytes;       /* what the peer may send us before we have applied it */
    uint64_t hello_retry_ms;     /* doubled up to 32 times, with jitter */
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
    struct fl_session_limits limits;
    uint64_t seed; /* random: of nonces (with the process) and of jitter */
    struct fl_trace trace;
};

enum fl_session_reason {
    FL_SESSION_REASON_NONE = 0,
    FL_SESSION_OTHER_INSTALLATION,
    FL_SESSION_OTHER_PLAN,
    FL_SESSION_OTHER_NODE,          /* not the node that this connection belongs to */
    FL_SESSION_OTHER_CONFIGURATION, /* configuration hashes differ */
    FL_SESSION_FORK,                /* a number with two hashes */
    FL_SESSION_CANNOT_APPLY,        /* the receiver's node refused; text says why */
    FL_SESSION_CANNOT_SEND,         /* the sender's node could not build */
    FL_SESSION_PEER_NOT_ACCEPTED,   /* a new incarnation that the node does not admit */
    FL_SESSION_ROLLED_BACK,     /* you hold less than you confirmed: you were restored */
    FL_SESSION_UNKNOWN_SESSION, /* greet again */
    FL_SESSION_WINDOW,          /* the window is closed */
    FL_SESSION_SILENT,          /* no answer for too long */
};

enum fl_session_frame_kind {
    FL_SESSION_HELLO = 1, /* child: who I am, and my position in your stream */
    FL_SESSION_WELCOME,   /* parent: the same */
    FL_SESSION_SYNC,      /* child: a round; parent: please start one (round 0) */
    FL_SESSION_DONE,      /* this side has nothing more in this round */
    FL_SESSION_MESSAGE,
    FL_SESSION_CHUNK,
    FL_SESSION_CONFIRM,
    FL_SESSION_CREDIT,
    FL_SESSION_REFUSE,
};

struct fl_session_greeting {
    struct fl_session_identity who;
    struct fl_session_position position; /* in the stream of `position.incarnation` */
    struct fl_session_staged staged;     /* of the same stream */
    uint64_t credit;                     /* as in a credit frame */
};

struct fl_session_message {
    uint64_t number;
    struct fl_session_hash hash; /* of the header */
    uint64_t base_number;
    struct fl_session_hash base_hash;
    uint32_t chunk_count; /* 0 .. FL_CHUNKS_MAX */
    uint64_t wire_bytes;  /* of all chunks */
    bool series_end;
};

struct fl_session_frame {
    enum fl_session_frame_kind kind;
    uint64_t nonce; /* the child's, of this session; in every frame */
    struct fl_uuid sender_incarnation;
    struct fl_uuid receiver_incarnation; /* zero in HELLO when not known */
    struct fl_session_greeting greeting; /* HELLO, WELCOME */
    uint64_t round;                      /* SYNC, DONE */
    bool done;                           /* SYNC: and I have nothing myself */
    struct fl_session_message message;   /* MESSAGE */
    uint64_t acknowledged; /* MESSAGE: of the receiver's stream, the number that the
                              sender had applied when it built this. Not in the header: a
                              message that is built again the same may have another */
    uint64_t chunk_number; /* CHUNK: number of its message */
    uint32_t chunk_index;  /* CHUNK: from 0 */
    struct fl_session_position confirmed;        /* CONFIRM, of the receiver's stream */
    uint64_t credit;                             /* CREDIT: bytes of chunks that may have
                                                    been sent in this session, in all */
    enum fl_session_reason reason;               /* REFUSE */
    char reason_text[FL_SESSION_TEXT_BYTES_MAX]; /* REFUSE: for a person */
};

enum fl_session_event_kind {
    FL_SESSION_CONNECTED = 1,
    FL_SESSION_DISCONNECTED,
    FL_SESSION_TICK,          /* time has passed; also whenever fl_session_due_ms() is */
    FL_SESSION_SYNC_WANTED,   /* a window opened, or an operator asks: a round now */
    FL_SESSION_WINDOW_CLOSED, /* nothing more may start; what runs stops at a chunk */
    FL_SESSION_CHANGED,       /* the journal has grown */
    FL_SESSION_FRAME,         /* event.frame */
    /* answers to LOOKUP */
    /*
     * event.lsn: upper lsn of that message. event.number: what RECORD_CONFIRMED gave
     * last, when it was for this very incarnation, else 0.
     */
    FL_SESSION_POSITION_FOUND,
    FL_SESSION_POSITION_FORGOTTEN, /* number below the oldest row kept of that stream */
    /*
     * Number above the last, or another hash, or no stream of ours. event.lsn: what
     * RECORD_CONFIRMED gave last, when it was for this very incarnation, else 0.
     */
    FL_SESSION_POSITION_UNKNOWN,
    /* answers to BUILD */
    FL_SESSION_BUILT,           /* event.built: number and hash are durable */
    FL_SESSION_NOTHING_TO_SEND, /* event.lsn: scanned up to here */
    FL_SESSION_BUILD_FAILED,    /* event.text */
    /* answers to APPLY */
    FL_SESSION_APPLIED,       /* event.number: objects and position are durable */
    FL_SESSION_APPLY_REFUSED, /* event.number, event.text: nothing was changed */
    /* answers to STAGE */
    FL_SESSION_STAGED, /* event.number, event.chunks: held durably from 0 on; 0: could
                          not, what is in memory stays */
    /* answers to PEER_RENEWED */
    FL_SESSION_PEER_REGISTERED, /* durable */
    FL_SESSION_PEER_REFUSED,    /* event.text */
    /*
     * Answer to RENEW_INCARNATION; given to every session of the node when one asked.
     * event.incarnation: durable.
     */
    FL_SESSION_RENEWED,
};

struct fl_session_built {
    struct fl_session_message message;
    uint64_t lsn_from;
    uint64_t lsn_to;
};

struct fl_session_event {
    enum fl_session_event_kind kind;
    uint64_t now_ms; /* monotonic, in every event */
    const struct fl_session_frame *frame;
    uint64_t number;
    uint64_t lsn;
    uint32_t chunks;
    struct fl_session_built built;
    struct fl_uuid incarnation;
    const char *text; /* for a person, may be NULL */
};

enum fl_session_action_kind {
    FL_SESSION_SEND = 1, /* action.frame as it is */
    /*
     * action.frame too, to be completed: number: header, signature, list of chunks;
     * number, index: the bytes of a chunk; position: the signature of a confirmation.
     */
    FL_SESSION_SEND_MESSAGE,
    FL_SESSION_SEND_CHUNK,
    FL_SESSION_SEND_CONFIRM,
    /*
     * position: is (number, hash) in our stream of that incarnation, the present one or
     * one that we had before? Number 0 is the beginning and always found, at lsn 0.
     */
    FL_SESSION_LOOKUP,
    /*
     * position: the base. lsn: everything up to it is the peer's already. staged: when
     * its number is not 0, give that message if it comes out with the very hash when it
     * is built again now; otherwise a new number. (Never bytes kept from an earlier
     * session: what was applied since may have replaced what they carry.) Answered after
     * number and hash are durable; the bytes are kept until FORGET.
     */
    FL_SESSION_BUILD,
    FL_SESSION_FORGET, /* number .. number_last: their bytes are not needed */
    FL_SESSION_KEEP,   /* number: keep the header of the MESSAGE frame in hand */
    FL_SESSION_HOLD,   /* number, index: keep the chunk of the CHUNK frame in hand */
    FL_SESSION_STAGE,  /* staged: write durably what is held of it */
    FL_SESSION_DROP,   /* number: forget it, held and staged */
    /*
     * number: all chunks are in, those staged and those held. Objects and position in
     * one transaction, several messages of several peers may share it. One whose base is
     * not what was applied last (its predecessor was refused) must be refused too.
     * lsn: what the sender had of ours when it wrote this. For the test of collisions an
     * entry is registered when it is so above this lsn, not above the confirmed one: a
     * confirmation may have overtaken a message that knew nothing of it.
     */
    FL_SESSION_APPLY,
    /*
     * position, lsn: the peer has everything up to lsn. May be lower than before, and of
     * an incarnation that we had before: then number is 0, and the new stream begins at
     * lsn. To be kept with the incarnation; not at once, but with the next APPLY or at
     * ROUND_DONE: a backup that does not know it makes a restored parent send too much.
     */
    FL_SESSION_RECORD_CONFIRMED,
    /*
     * A new incarnation. Its streams start at number 0; what was confirmed to each peer
     * stays, and so do the rows of messages of the earlier incarnation.
     */
    FL_SESSION_RENEW_INCARNATION,
    /*
     * position.incarnation of the peer is not the one registered: record it, set
     * resend_below to the last lsn, confirmed number and lsn to 0 (RECORD_CONFIRMED
     * follows when more is known). A parent's needs the administrator's record (R26).
     */
    FL_SESSION_PEER_RENEWED,
    FL_SESSION_ROUND_DONE, /* sent, received: messages */
    FL_SESSION_CLOSE,      /* reason, text: end the connection */
    FL_SESSION_REPORT,     /* report, number, text: for log, metrics and operators */
};

enum fl_session_report {
    FL_SESSION_GREETED = 1,        /* the session is up */
    FL_SESSION_REPEATED,           /* number: came again, confirmed again */
    FL_SESSION_GAP,                /* number: its base is not here, dropped */
    FL_SESSION_RESUMED,            /* number: goes on behind chunk `index` */
    FL_SESSION_FOREIGN,            /* a frame of another session or incarnation */
    FL_SESSION_FORKED,             /* number: two hashes; somebody must look */
    FL_SESSION_RESTORED,           /* we were: our position at the peer is not ours */
    FL_SESSION_POSITION_BACK,      /* number: the peer presents less than it confirmed */
    FL_SESSION_RETURNED,           /* a replaced incarnation of the peer speaks again */
    FL_SESSION_MANY_INCARNATIONS,  /* more than FL_POSITIONS_MAX; somebody must look */
    FL_SESSION_STALLED,            /* no progress; greeting again */
    FL_SESSION_REFUSED_BY_PEER,    /* reason, text */
    FL_SESSION_REFUSED_BY_US,      /* reason, text */
    FL_SESSION_STALE_CONFIRMATION, /* number: dropped */
};

struct fl_session_action {
    enum fl_session_action_kind kind;
    uint64_t number;
    uint64_t number_last;
    uint64_t lsn;
    uint32_t index;
    uint64_t sent;
    uint64_t received;
    struct fl_session_position position;
    struct fl_session_staged staged;
    enum fl_session_report report;
    enum fl_session_reason reason;
    const char *text; /* static or of the event; until the next step */
    struct fl_session_frame frame;
};

struct fl_session_actions {
    size_t count;
    struct fl_session_action items[FL_SESSION_ACTIONS_MAX];
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
