/*
 * What two sessions say to each other, decoded: proto/frame.h has its bytes, where
 * `message` and `chunk` bring their contents too.
 */

#ifndef REPLICATION_SESSION_FRAME_H
#define REPLICATION_SESSION_FRAME_H

#include "proto/configuration.h"
#include "proto/limits.h"
#include "proto/uuid.h"

enum {
    FL_SESSION_HASH_BYTES = 32,
    FL_SESSION_PLAN_BYTES = 16,
    FL_SESSION_TEXT_BYTES_MAX = 120,
};

struct fl_session_hash {
    uint8_t bytes[FL_SESSION_HASH_BYTES];
};

/*
 * A place in a stream: zero is its beginning. `life` is the other node's, as lives.h
 * says, when it brought us there: of the sender, where we have applied this, of the
 * receiver, where he confirmed it. 0: not known.
 */
struct fl_session_position {
    struct fl_uuid incarnation;
    uint64_t number;
    struct fl_session_hash hash;
    uint64_t life;
};

/* A message of which the first `chunks` chunks are held durably. number 0: none. */
struct fl_session_staged {
    struct fl_uuid incarnation;
    uint64_t number;
    struct fl_session_hash hash;
    uint32_t chunks;
};

/* What a node is to the other one; the two must fit. */
enum fl_session_rank { FL_SESSION_EQUAL = 0, FL_SESSION_ABOVE, FL_SESSION_BELOW };

/*
 * Both ends must agree on `installation` and `plan`, and the ranks must fit. What may be
 * taken of another configuration is the node's question, at each message.
 */
struct fl_session_identity {
    struct fl_uuid installation;
    uint8_t plan[FL_SESSION_PLAN_BYTES];
    uint8_t configuration_hash[FL_CONFIGURATION_HASH_BYTES];
    struct fl_uuid node;
    struct fl_uuid incarnation;
    enum fl_session_rank rank; /* in the plan; says nothing of who connects */
};

enum fl_session_reason {
    FL_SESSION_REASON_NONE = 0,
    FL_SESSION_OTHER_INSTALLATION,
    FL_SESSION_OTHER_PLAN,
    FL_SESSION_OTHER_NODE,        /* not the node that this connection belongs to */
    FL_SESSION_FORK = 5,          /* a number with two hashes */
    FL_SESSION_CANNOT_APPLY,      /* the receiver's node refused; text says why */
    FL_SESSION_CANNOT_SEND,       /* the sender's node could not build */
    FL_SESSION_PEER_NOT_ACCEPTED, /* a new incarnation that the node does not admit */
    FL_SESSION_ROLLED_BACK,     /* you hold less than you confirmed: you were restored */
    FL_SESSION_UNKNOWN_SESSION, /* greet again */
    FL_SESSION_WINDOW,          /* the window is closed */
    FL_SESSION_SILENT,          /* no answer for too long */
    FL_SESSION_HELD, /* restored, or beside its copy: an operator must decide */
    FL_SESSION_OTHER_RANK = 15, /* both parents, or both children */
    FL_SESSION_SUSPENDED,       /* an operator does not let the exchange go on for now */
    FL_SESSION_REVOKED,         /* an operator ended it for good */
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
    uint64_t life;                       /* of the greeter; 0: it does not say */
    /* What the other confirmed last to the greeter, or presented; number 0: nothing. */
    struct fl_session_position confirmed;
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

#endif
