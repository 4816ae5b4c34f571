/*
 * What travels over a connection, one frame of ZeroMQ each. Every frame names the session
 * and both incarnations, so that a frame of another process, of a restored store or of a
 * clone is known as such. PROTOCOL.md has every byte.
 */

#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include "proto/compare.h"
#include "proto/message.h"
#include "proto/rotation.h"

enum fl_frame_kind {
    FL_FRAME_HELLO = 1, /* child: who I am, and my position in your stream */
    FL_FRAME_WELCOME,   /* parent: the same */
    FL_FRAME_SYNC,      /* child: a round; parent: please start one (round 0) */
    FL_FRAME_DONE,      /* this side has nothing more in this round */
    FL_FRAME_MESSAGE,   /* header, signature and list of chunks of a message */
    FL_FRAME_CHUNK,
    FL_FRAME_CONFIRM,
    FL_FRAME_CREDIT,
    FL_FRAME_REFUSE,
    FL_FRAME_RESTORED = 16, /* parent: its administrator restored it */
    FL_FRAME_KEYS = 36,     /* my keys are about to be others (rotation.h) */
    FL_FRAME_KEYS_TAKEN,    /* yours are noted */
    FL_FRAME_COMPARE = 24,  /* between rounds: do we have the same objects? */
    FL_FRAME_CLOCK = 40,    /* what my clock says */
    FL_FRAME_LATER,         /* parent, to SYNC: too many rounds run, greet me then */
    FL_FRAME_LIFE = 44,     /* before a greeting: the life that it is said in */
};

enum {
    FL_FRAME_HEAD_BYTES = 44,
    FL_FRAME_TEXT_BYTES_MAX = 200,
    FL_FRAME_CHUNK_HEAD_BYTES = FL_FRAME_HEAD_BYTES + 12,
    /* The list of chunks of the largest message is the largest frame beside a chunk. */
    FL_FRAME_WIRE_BYTES_MAX = FL_FRAME_BYTES_MAX + FL_FRAME_CHUNK_HEAD_BYTES,
};

static_assert(
    FL_FRAME_HEAD_BYTES + FL_MESSAGE_HEADER_BYTES + FL_SIGNATURE_BYTES +
            FL_CHUNKS_MAX * FL_MESSAGE_CHUNK_INFO_BYTES <=
        FL_FRAME_WIRE_BYTES_MAX,
    "the head of the largest message fits a frame");

/* A place in a stream of messages; zero is its beginning. */
struct fl_frame_position {
    struct fl_uuid incarnation;
    uint64_t number;
    uint8_t hash[FL_HASH_BYTES];
};

struct fl_frame_greeting {
    struct fl_uuid installation;
    uint8_t plan[FL_PLAN_HASH_BYTES];
    struct fl_uuid node;
    uint8_t configuration_hash[FL_CONFIGURATION_HASH_BYTES];
    struct fl_frame_position position; /* what the greeter applied last of the other */
    struct fl_frame_position staged;   /* a message held in part; number 0: none */
    uint32_t staged_chunks;
    uint64_t credit; /* bytes of chunks that may be sent in this session, in all */
    uint64_t free_bytes;
    uint32_t software; /* version of the program, 0x00010203 for 1.2.3 */
    uint8_t rank;      /* what the greeter is to the other: 0 equal, 1 parent, 2 child */
};

/* What a greeter says of lives, its own and the other's; 0: it does not know. */
struct fl_frame_life {
    uint64_t life;
    uint64_t position_life; /* of the other, when it sent what `position` names */
    /* What the other confirmed last, and in which life; number 0: nothing. */
    struct fl_uuid confirmed_incarnation; /* of the greeter */
    uint64_t confirmed_number;
    uint64_t confirmed_life;
};

struct fl_frame {
    enum fl_frame_kind kind;
    uint64_t nonce; /* of the session, drawn by the child */
    struct fl_uuid sender_incarnation;
    struct fl_uuid receiver_incarnation; /* zero in HELLO when not known */
    struct fl_frame_greeting greeting;   /* HELLO, WELCOME */
    uint64_t round;                      /* SYNC, DONE */
    bool done;                           /* SYNC: and I have nothing myself */
    uint64_t acknowledged;   /* MESSAGE: number of the receiver's stream that the sender
                                had applied when it built this */
    struct fl_bytes message; /* MESSAGE: fl_message_open() reads it */
    uint64_t chunk_number;   /* CHUNK: number of its message */
    uint32_t chunk_index;
    struct fl_bytes chunk;
    struct fl_frame_position confirmed;    /* CONFIRM */
    uint8_t signature[FL_SIGNATURE_BYTES]; /* CONFIRM, RESTORED */
    uint64_t credit;                       /* CREDIT */
    uint8_t rotation[FL_ROTATION_BYTES];   /* KEYS */
    uint64_t key_id;                       /* KEYS_TAKEN: of the new signing key */
    int64_t clock_ms;                      /* CLOCK: Unix time of the sender */
    uint32_t later_ms;                     /* LATER: from now */
    struct fl_frame_life life;             /* LIFE */
    uint8_t reason; /* REFUSE: enum fl_session_reason of the protocol, see PROTOCOL.md */
    struct fl_bytes text; /* REFUSE: UTF-8, for a person; encoded as far as it is that and
                             fits FL_FRAME_TEXT_BYTES_MAX */
    struct fl_bytes comparison; /* COMPARE: fl_compare_decode() reads it */
};

/* Append the frame's bytes; a CHUNK's compressed bytes go last. */
void fl_frame_encode(const struct fl_frame *frame, struct fl_buffer *out_buffer);

/* Only the head of a CHUNK frame, for a caller that sends the bytes behind it itself. */
void fl_frame_encode_chunk_head(
    const struct fl_frame *frame,
    uint8_t out_head[FL_FRAME_CHUNK_HEAD_BYTES]);

/*
 * Form only. `message`, `chunk`, `text` and `comparison` borrow from `bytes`.
 * FL_UNSUPPORTED: another version of the protocol; FL_MALFORMED: anything that
 * fl_frame_encode() does not make.
 */
enum fl_status fl_frame_decode(struct fl_bytes bytes, struct fl_frame *out_frame);

/* Who confirms to whom: what is signed with a CONFIRM. */
struct fl_confirmation {
    struct fl_uuid installation;
    uint8_t plan[FL_PLAN_HASH_BYTES];
    struct fl_uuid confirmer;
    struct fl_uuid sender; /* of the stream that is confirmed */
    struct fl_frame_position position;
};

void fl_confirmation_sign(
    const struct fl_confirmation *confirmation,
    const struct fl_signing_key *key,
    uint8_t out_signature[FL_SIGNATURE_BYTES]);
enum fl_status fl_confirmation_verify(
    const struct fl_confirmation *confirmation,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    const uint8_t signature[FL_SIGNATURE_BYTES]);

/*
 * The administrator's record: the store of `node` was restored on purpose and goes on
 * under this incarnation. Its children check it before they follow.
 */
struct fl_restored {
    struct fl_uuid installation;
    struct fl_uuid node;
    struct fl_uuid incarnation;
};

void fl_restored_sign(
    const struct fl_restored *restored,
    const struct fl_signing_key *key,
    uint8_t out_signature[FL_SIGNATURE_BYTES]);
enum fl_status fl_restored_verify(
    const struct fl_restored *restored,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    const uint8_t signature[FL_SIGNATURE_BYTES]);

#endif
