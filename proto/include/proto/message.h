/*
 * A message: the changes of a range of lsn from one node to another, as a signed header
 * of fixed layout, a list of chunks bound to it by their hashes, and the chunks.
 * PROTOCOL.md has every byte.
 *
 * The header is what is signed and what the hash of the message is taken of; it travels
 * and is kept as it is and is never encoded again to verify it.
 */

#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/object.h"
#include "proto/signing.h"

enum {
    FL_PLAN_HASH_BYTES = 16,
    FL_MESSAGE_HEADER_BYTES = 248,
    FL_MESSAGE_CHUNK_INFO_BYTES = 40,

    FL_MESSAGE_SERIES_END = 1u << 0, /* all that was registered in one snapshot is sent */
};

struct fl_message_header {
    struct fl_uuid installation;
    uint8_t plan[FL_PLAN_HASH_BYTES]; /* first bytes of the hash of the plan's name */
    struct fl_uuid sender;
    struct fl_uuid sender_incarnation;
    struct fl_uuid receiver;
    struct fl_uuid receiver_incarnation;
    uint8_t key_id[FL_KEY_ID_BYTES]; /* of the key that signed */
    uint64_t number;                 /* from 1, in the sender's stream to this receiver */
    uint64_t lsn_from;               /* covers (lsn_from, lsn_to] of the sender */
    uint64_t lsn_to;
    uint64_t base_number; /* what the receiver has accepted last, 0 at the beginning */
    uint8_t base_hash[FL_HASH_BYTES];
    uint8_t configuration_hash[FL_CONFIGURATION_HASH_BYTES];
    uint32_t entry_count;
    uint32_t plain_bytes; /* of all chunks together, unpacked */
    uint32_t chunk_count;
    uint32_t flags;
    uint64_t
        rules; /* edition of the plan's settings that the sender worked by; 0: none */
    uint8_t chunks_hash[FL_HASH_BYTES]; /* of the list of chunks */
};

struct fl_chunk_info {
    uint32_t wire_bytes;
    uint32_t plain_bytes;
    uint8_t hash[FL_HASH_BYTES]; /* of the bytes on the wire */
};

/*
 * The part of a message that goes first: header, signature, list of chunks. Fills in
 * key_id, chunk_count, plain_bytes and chunks_hash of `header`.
 */
void fl_message_seal(
    struct fl_message_header *header,
    const struct fl_chunk_info *chunks,
    uint32_t chunk_count,
    const struct fl_signing_key *key,
    struct fl_buffer *out_buffer);

struct fl_message_head {
    struct fl_message_header header;
    struct fl_bytes header_bytes; /* borrowed from what was opened, as all below */
    const uint8_t *signature;
    struct fl_bytes chunk_list; /* fl_message_chunk() reads it */
};

/*
 * Form only, the cheap half of the checks: sizes, magic, version, bounds, and that the
 * list of chunks is the one that the header names. Nothing may be believed before
 * fl_message_verify(). FL_UNSUPPORTED: of another version.
 */
enum fl_status fl_message_open(struct fl_bytes bytes, struct fl_message_head *out_head);

/* FL_UNTRUSTED: not signed by that key. */
enum fl_status fl_message_verify(
    const struct fl_message_head *head,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES]);

/* What base hashes, positions and confirmations name a message by. */
void fl_message_hash(struct fl_bytes header_bytes, uint8_t out_hash[FL_HASH_BYTES]);

/* `index` below chunk_count. */
struct fl_chunk_info fl_message_chunk(const struct fl_message_head *head, uint32_t index);

/* FL_MALFORMED: not the bytes that the list names at `index`. */
enum fl_status fl_message_check_chunk(
    const struct fl_message_head *head,
    uint32_t index,
    struct fl_bytes chunk);

/*
 * The plain text of a message: entries one after another. A chunk is a piece of it, cut
 * anywhere.
 */
enum {
    FL_MESSAGE_ENTRY_DELETED = 1u << 0,
    FL_MESSAGE_ENTRY_WITHDRAWN = 1u << 1,
    FL_MESSAGE_ENTRY_FOREIGN = 1u << 2, /* made by another node: `origin` follows */
    FL_MESSAGE_ENTRY_FIRST = 1u << 3,   /* begins a source transaction */
    /* Beside the record: varint size, flags, key, origin. */
    FL_MESSAGE_ENTRY_OVERHEAD_MAX = 5 + 1 + FL_KEY_BYTES + FL_UUID_BYTES,
};

struct fl_message_entry {
    uint8_t flags;
    struct fl_key key;
    struct fl_uuid origin; /* with FL_MESSAGE_ENTRY_FOREIGN, zero otherwise */
    struct fl_bytes record;
};

void fl_message_put_entry(struct fl_buffer *buffer, const struct fl_message_entry *entry);

/*
 * The next entry of the plain text; its record borrows from it. FL_NOT_FOUND at the end,
 * FL_MALFORMED for what no writer makes: unknown flags, a type of zero, a size that does
 * not hold.
 */
enum fl_status fl_message_next_entry(
    struct fl_reader *reader,
    struct fl_message_entry *out_entry);

#endif
