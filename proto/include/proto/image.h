/*
 * An image in a file: the messages of a stream from one node to another, as they would
 * have come over the line, behind a head that says whose they are. PROTOCOL.md has every
 * byte.
 */

#ifndef PROTO_IMAGE_H
#define PROTO_IMAGE_H

#include "proto/message.h"

enum {
    FL_IMAGE_HEAD_BYTES = 128, /* what is signed */
    FL_IMAGE_BEGIN_BYTES = FL_IMAGE_HEAD_BYTES + FL_SIGNATURE_BYTES,
};

struct fl_image_head {
    struct fl_uuid installation;
    uint8_t plan[FL_PLAN_HASH_BYTES];
    struct fl_uuid sender;
    struct fl_uuid sender_incarnation;
    struct fl_uuid receiver;
    struct fl_uuid receiver_incarnation;
    uint8_t key_id[FL_KEY_ID_BYTES]; /* of the key that signed */
    /* Number of the receiver's stream that the sender had applied when it built them. */
    uint64_t acknowledged;
    int64_t made_ms;
};

/* The beginning of a file; fills in key_id. */
void fl_image_seal(
    struct fl_image_head *head,
    const struct fl_signing_key *key,
    struct fl_buffer *out_buffer);

/* Form only. FL_UNSUPPORTED: of a later version. FL_MALFORMED: no image. */
enum fl_status fl_image_open(struct fl_bytes bytes, struct fl_image_head *out_head);

/* FL_UNTRUSTED: not signed by that key. `bytes` have been opened. */
enum fl_status fl_image_verify(
    struct fl_bytes bytes,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES]);

/* What stands before the head of a message, and behind the last message. */
void fl_image_put_message(struct fl_buffer *buffer, struct fl_bytes message_head);
void fl_image_put_end(struct fl_buffer *buffer, uint64_t message_count);

struct fl_image_message {
    struct fl_message_head head; /* borrows from the file */
    struct fl_bytes head_bytes;
    struct fl_bytes chunks; /* one behind the other */
};

/* The messages of an open file, in their order. */
struct fl_image_reader {
    struct fl_reader reader;
    uint64_t count;
};

struct fl_image_reader fl_image_read(struct fl_bytes file);

/*
 * The next message, its chunks checked by their hashes; its signature is the caller's.
 * FL_NOT_FOUND: the end, as its writer left it. FL_MALFORMED: cut off, or damaged.
 */
enum fl_status fl_image_next(
    struct fl_image_reader *reader,
    struct fl_image_message *out_message);

#endif
