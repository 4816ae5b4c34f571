/*
 * What a session is told.
 */

#ifndef REPLICATION_SESSION_EVENT_H
#define REPLICATION_SESSION_EVENT_H

#include "replication/session_frame.h"

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
     * last, when it was for our present incarnation, else 0; also of a position in
     * another one, or in none: whoever has confirmed has known us. event.denied: the
     * peer saw us confirm what was not applied in our past.
     */
    FL_SESSION_POSITION_FOUND,
    /* Number below the oldest row kept of that stream, and sent in our past. */
    FL_SESSION_POSITION_FORGOTTEN,
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
    FL_SESSION_PEER_REFUSED,    /* event.reason, event.text */
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
    bool denied;
    struct fl_session_built built;
    struct fl_uuid incarnation;
    enum fl_session_reason reason;
    const char *text; /* for a person, may be NULL */
};

#endif
