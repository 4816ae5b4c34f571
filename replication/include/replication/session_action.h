/*
 * What a session asks its node to do.
 */

#ifndef REPLICATION_SESSION_ACTION_H
#define REPLICATION_SESSION_ACTION_H

#include "replication/session_frame.h"

enum {
    FL_SESSION_ACTIONS_MAX = 64,
    FL_SESSION_CHUNKS_PER_STEP = 24, /* more are due at once: step again with TICK */
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
     * confirmed: was this applied here, in the life that it names? Number 0: not asked.
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
     * confirmation may have overtaken a message that knew nothing of it. acknowledged:
     * the number that this lsn belongs to. life: the sender's, to be kept with the
     * position.
     */
    FL_SESSION_APPLY,
    /*
     * position, lsn: the peer has everything up to lsn. May be lower than before, and of
     * an incarnation that we had before: then number is 0, and the new stream begins at
     * lsn. To be kept with the incarnation; not at once, but with the next APPLY or at
     * ROUND_DONE: a backup that does not know it makes a restored parent send too much.
     * confirmed: what shows that, as the peer will be asked; kept with it.
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
    uint64_t acknowledged;
    uint32_t index;
    uint64_t life;
    uint64_t sent;
    uint64_t received;
    struct fl_session_position position;
    struct fl_session_position confirmed;
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

#endif
