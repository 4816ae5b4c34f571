/*
 * Head, 44 bytes: magic "FL" | version u8 = 1 | kind u8 | nonce u64 | incarnation of the
 * sender 16 | incarnation of the receiver 16. Then by kind:
 *
 *   HELLO, WELCOME  installation 16 | plan 16 | node 16 | configuration hash 16 |
 *                   position | staged position | staged chunks u32 | credit u64 |
 *                   free bytes u64 | software u32
 *   SYNC            round u64 | done u8
 *   DONE            round u64
 *   MESSAGE         acknowledged u64 | header | signature | list of chunks (message.h)
 *   CHUNK           number u64 | index u32 | compressed bytes
 *   CONFIRM         position | signature 64
 *   CREDIT          bytes u64
 *   REFUSE          reason u8 | text
 *   COMPARE         a request or an answer (compare.h)
 *   RESTORED        signature 64
 *   KEYS            statement 224, rotation.c
 *   KEYS_TAKEN      id of the new signing key 8
 *   CLOCK           Unix time in ms i64
 *   LATER           ms u32
 *
 * A position is incarnation 16 | number u64 | hash 32.
 */

#include "proto/frame.h"

#include <string.h>

enum { VERSION = 1 };

static const uint8_t magic[2] = {'F', 'L'};

static void put_position(
    struct fl_buffer *buffer,
    const struct fl_frame_position *position)
{
    fl_uuid_put(buffer, position->incarnation);
    fl_buffer_put_u64(buffer, position->number);
    fl_buffer_put_memory(buffer, position->hash, sizeof(position->hash));
}

static struct fl_frame_position take_position(struct fl_reader *reader)
{
    struct fl_frame_position position;

    position.incarnation = fl_uuid_take(reader);
    position.number = fl_reader_u64(reader);
    fl_reader_copy(reader, position.hash, sizeof(position.hash));
    return position;
}

static void put_greeting(
    struct fl_buffer *buffer,
    const struct fl_frame_greeting *greeting)
{
    fl_uuid_put(buffer, greeting->installation);
    fl_buffer_put_memory(buffer, greeting->plan, sizeof(greeting->plan));
    fl_uuid_put(buffer, greeting->node);
    fl_buffer_put_memory(
        buffer, greeting->configuration_hash, sizeof(greeting->configuration_hash));
    put_position(buffer, &greeting->position);
    put_position(buffer, &greeting->staged);
    fl_buffer_put_u32(buffer, greeting->staged_chunks);
    fl_buffer_put_u64(buffer, greeting->credit);
    fl_buffer_put_u64(buffer, greeting->free_bytes);
    fl_buffer_put_u32(buffer, greeting->software);
    fl_buffer_put_u8(buffer, greeting->rank);
}

static void take_greeting(struct fl_reader *reader, struct fl_frame_greeting *greeting)
{
    greeting->installation = fl_uuid_take(reader);
    fl_reader_copy(reader, greeting->plan, sizeof(greeting->plan));
    greeting->node = fl_uuid_take(reader);
    fl_reader_copy(
        reader, greeting->configuration_hash, sizeof(greeting->configuration_hash));
    greeting->position = take_position(reader);
    greeting->staged = take_position(reader);
    greeting->staged_chunks = fl_reader_u32(reader);
    greeting->credit = fl_reader_u64(reader);
    greeting->free_bytes = fl_reader_u64(reader);
    greeting->software = fl_reader_u32(reader);
    greeting->rank = fl_reader_u8(reader);
}

/* What is held of no message is nothing. */
static bool is_greeting_sound(const struct fl_frame_greeting *greeting)
{
    return greeting->rank <= 2 && greeting->staged_chunks <= FL_CHUNKS_MAX &&
           (greeting->staged.number > 0 || greeting->staged_chunks == 0);
}

static void put_life(struct fl_buffer *buffer, const struct fl_frame_life *life)
{
    fl_buffer_put_u64(buffer, life->life);
    fl_buffer_put_u64(buffer, life->position_life);
    fl_uuid_put(buffer, life->confirmed_incarnation);
    fl_buffer_put_u64(buffer, life->confirmed_number);
    fl_buffer_put_u64(buffer, life->confirmed_life);
}

static void take_life(struct fl_reader *reader, struct fl_frame_life *life)
{
    life->life = fl_reader_u64(reader);
    life->position_life = fl_reader_u64(reader);
    life->confirmed_incarnation = fl_uuid_take(reader);
    life->confirmed_number = fl_reader_u64(reader);
    life->confirmed_life = fl_reader_u64(reader);
}

static void put_head(struct fl_buffer *buffer, const struct fl_frame *frame)
{
    fl_buffer_put_memory(buffer, magic, sizeof(magic));
    fl_buffer_put_u8(buffer, VERSION);
    fl_buffer_put_u8(buffer, (uint8_t)frame->kind);
    fl_buffer_put_u64(buffer, frame->nonce);
    fl_uuid_put(buffer, frame->sender_incarnation);
    fl_uuid_put(buffer, frame->receiver_incarnation);
}

void fl_frame_encode(const struct fl_frame *frame, struct fl_buffer *out_buffer)
{
    put_head(out_buffer, frame);
    switch (frame->kind) {
    case FL_FRAME_HELLO:
    case FL_FRAME_WELCOME:
        put_greeting(out_buffer, &frame->greeting);
        break;
    case FL_FRAME_SYNC:
        fl_buffer_put_u64(out_buffer, frame->round);
        fl_buffer_put_u8(out_buffer, frame->done ? 1 : 0);
        break;
    case FL_FRAME_DONE:
        fl_buffer_put_u64(out_buffer, frame->round);
        break;
    case FL_FRAME_MESSAGE:
        fl_buffer_put_u64(out_buffer, frame->acknowledged);
        fl_buffer_put(out_buffer, frame->message);
        break;
    case FL_FRAME_CHUNK:
        fl_buffer_put_u64(out_buffer, frame->chunk_number);
        fl_buffer_put_u32(out_buffer, frame->chunk_index);
        fl_buffer_put(out_buffer, frame->chunk);
        break;
    case FL_FRAME_CONFIRM:
        put_position(out_buffer, &frame->confirmed);
        fl_buffer_put_memory(out_buffer, frame->signature, sizeof(frame->signature));
        break;
    case FL_FRAME_CREDIT:
        fl_buffer_put_u64(out_buffer, frame->credit);
        break;
    case FL_FRAME_REFUSE:
        fl_buffer_put_u8(out_buffer, frame->reason);
        /* A reason must arrive even if somebody cut its words in mid-character. */
        fl_buffer_put(
            out_buffer, fl_bytes_utf8_beginning(frame->text, FL_FRAME_TEXT_BYTES_MAX));
        break;
    case FL_FRAME_COMPARE:
        fl_buffer_put(out_buffer, frame->comparison);
        break;
    case FL_FRAME_RESTORED:
        fl_buffer_put_memory(out_buffer, frame->signature, sizeof(frame->signature));
        break;
    case FL_FRAME_KEYS:
        fl_buffer_put_memory(out_buffer, frame->rotation, sizeof(frame->rotation));
        break;
    case FL_FRAME_KEYS_TAKEN:
        fl_buffer_put_u64(out_buffer, frame->key_id);
        break;
    case FL_FRAME_CLOCK:
        fl_buffer_put_u64(out_buffer, (uint64_t)frame->clock_ms);
        break;
    case FL_FRAME_LATER:
        fl_buffer_put_u32(out_buffer, frame->later_ms);
        break;
    case FL_FRAME_LIFE:
        put_life(out_buffer, &frame->life);
        break;
    }
}

void fl_frame_encode_chunk_head(
    const struct fl_frame *frame,
    uint8_t out_head[FL_FRAME_CHUNK_HEAD_BYTES])
{
    memcpy(out_head, magic, sizeof(magic));
    out_head[2] = VERSION;
    out_head[3] = FL_FRAME_CHUNK;
    fl_store_u64(out_head + 4, frame->nonce);
    memcpy(out_head + 12, frame->sender_incarnation.bytes, FL_UUID_BYTES);
    memcpy(out_head + 28, frame->receiver_incarnation.bytes, FL_UUID_BYTES);
    fl_store_u64(out_head + FL_FRAME_HEAD_BYTES, frame->chunk_number);
    fl_store_u32(out_head + FL_FRAME_HEAD_BYTES + 8, frame->chunk_index);
}

/* All that is left; MESSAGE, CHUNK, REFUSE and COMPARE end with bytes of their own form.
 */
static struct fl_bytes take_rest(struct fl_reader *reader)
{
    return fl_reader_take(reader, fl_reader_left(reader));
}

static bool take_body(struct fl_reader *reader, struct fl_frame *frame)
{
    uint8_t flag;

    switch (frame->kind) {
    case FL_FRAME_HELLO:
    case FL_FRAME_WELCOME:
        take_greeting(reader, &frame->greeting);
        return is_greeting_sound(&frame->greeting);
    case FL_FRAME_SYNC:
        frame->round = fl_reader_u64(reader);
        flag = fl_reader_u8(reader);
        frame->done = flag == 1;
        return flag <= 1;
    case FL_FRAME_DONE:
        frame->round = fl_reader_u64(reader);
        return true;
    case FL_FRAME_MESSAGE:
        frame->acknowledged = fl_reader_u64(reader);
        frame->message = take_rest(reader);
        return frame->message.size >= FL_MESSAGE_HEADER_BYTES + FL_SIGNATURE_BYTES;
    case FL_FRAME_CHUNK:
        frame->chunk_number = fl_reader_u64(reader);
        frame->chunk_index = fl_reader_u32(reader);
        frame->chunk = take_rest(reader);
        return frame->chunk.size > 0 && frame->chunk_index < FL_CHUNKS_MAX;
    case FL_FRAME_CONFIRM:
        frame->confirmed = take_position(reader);
        fl_reader_copy(reader, frame->signature, sizeof(frame->signature));
        return frame->confirmed.number > 0;
    case FL_FRAME_CREDIT:
        frame->credit = fl_reader_u64(reader);
        return true;
    case FL_FRAME_REFUSE:
        frame->reason = fl_reader_u8(reader);
        frame->text = take_rest(reader);
        return frame->text.size <= FL_FRAME_TEXT_BYTES_MAX &&
               fl_bytes_are_utf8(frame->text);
    case FL_FRAME_COMPARE:
        frame->comparison = take_rest(reader);
        return frame->comparison.size >= FL_COMPARE_HEAD_BYTES &&
               frame->comparison.size <= FL_COMPARE_BYTES_MAX;
    case FL_FRAME_RESTORED:
        fl_reader_copy(reader, frame->signature, sizeof(frame->signature));
        return true;
    case FL_FRAME_KEYS:
        fl_reader_copy(reader, frame->rotation, sizeof(frame->rotation));
        return true;
    case FL_FRAME_KEYS_TAKEN:
        frame->key_id = fl_reader_u64(reader);
        return true;
    case FL_FRAME_CLOCK:
        frame->clock_ms = (int64_t)fl_reader_u64(reader);
        return true;
    case FL_FRAME_LATER:
        frame->later_ms = fl_reader_u32(reader);
        return true;
    case FL_FRAME_LIFE:
        take_life(reader, &frame->life);
        return frame->life.life > 0;
    }
    return false;
}

static bool is_kind(uint8_t kind)
{
    return (kind >= FL_FRAME_HELLO && kind <= FL_FRAME_REFUSE) ||
           kind == FL_FRAME_RESTORED || kind == FL_FRAME_COMPARE ||
           kind == FL_FRAME_KEYS || kind == FL_FRAME_KEYS_TAKEN ||
           kind == FL_FRAME_CLOCK || kind == FL_FRAME_LATER || kind == FL_FRAME_LIFE;
}

enum fl_status fl_frame_decode(struct fl_bytes bytes, struct fl_frame *out_frame)
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_frame frame;

    if (bytes.size < FL_FRAME_HEAD_BYTES || bytes.size > FL_FRAME_WIRE_BYTES_MAX) {
        return FL_MALFORMED;
    }
    if (memcmp(fl_reader_take(&reader, sizeof(magic)).data, magic, sizeof(magic)) != 0) {
        return FL_MALFORMED;
    }
    if (fl_reader_u8(&reader) != VERSION) {
        return FL_UNSUPPORTED;
    }
    uint8_t kind = fl_reader_u8(&reader);

    if (!is_kind(kind)) {
        return FL_MALFORMED;
    }
    memset(&frame, 0, sizeof(frame));
    frame.kind = (enum fl_frame_kind)kind;
    frame.nonce = fl_reader_u64(&reader);
    frame.sender_incarnation = fl_uuid_take(&reader);
    frame.receiver_incarnation = fl_uuid_take(&reader);
    if (!take_body(&reader, &frame) || !fl_reader_done(&reader)) {
        return FL_MALFORMED;
    }
    *out_frame = frame;
    return FL_OK;
}

enum { CONFIRMATION_BYTES = 16 + FL_PLAN_HASH_BYTES + 16 + 16 + 16 + 8 + FL_HASH_BYTES };

static void confirmation_bytes(
    const struct fl_confirmation *confirmation,
    uint8_t out_bytes[CONFIRMATION_BYTES])
{
    const struct fl_frame_position *position = &confirmation->position;
    uint8_t *at = out_bytes;

    memcpy(at, confirmation->installation.bytes, 16);
    memcpy(at + 16, confirmation->plan, 16);
    memcpy(at + 32, confirmation->confirmer.bytes, 16);
    memcpy(at + 48, confirmation->sender.bytes, 16);
    memcpy(at + 64, position->incarnation.bytes, 16);
    fl_store_u64(at + 80, position->number);
    memcpy(at + 88, position->hash, FL_HASH_BYTES);
}

void fl_confirmation_sign(
    const struct fl_confirmation *confirmation,
    const struct fl_signing_key *key,
    uint8_t out_signature[FL_SIGNATURE_BYTES])
{
    uint8_t bytes[CONFIRMATION_BYTES];

    confirmation_bytes(confirmation, bytes);
    fl_sign(
        key, FL_DOMAIN_CONFIRMATION, (struct fl_bytes){bytes, sizeof(bytes)},
        out_signature);
}

enum fl_status fl_confirmation_verify(
    const struct fl_confirmation *confirmation,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    const uint8_t signature[FL_SIGNATURE_BYTES])
{
    uint8_t bytes[CONFIRMATION_BYTES];

    confirmation_bytes(confirmation, bytes);
    return fl_verify(
        public_key, FL_DOMAIN_CONFIRMATION, (struct fl_bytes){bytes, sizeof(bytes)},
        signature);
}

enum { RESTORED_BYTES = 3 * FL_UUID_BYTES };

static void restored_bytes(
    const struct fl_restored *restored,
    uint8_t out_bytes[RESTORED_BYTES])
{
    memcpy(out_bytes, restored->installation.bytes, FL_UUID_BYTES);
    memcpy(out_bytes + FL_UUID_BYTES, restored->node.bytes, FL_UUID_BYTES);
    memcpy(out_bytes + 2 * FL_UUID_BYTES, restored->incarnation.bytes, FL_UUID_BYTES);
}

void fl_restored_sign(
    const struct fl_restored *restored,
    const struct fl_signing_key *key,
    uint8_t out_signature[FL_SIGNATURE_BYTES])
{
    uint8_t bytes[RESTORED_BYTES];

    restored_bytes(restored, bytes);
    fl_sign(
        key, FL_DOMAIN_RESTORED, (struct fl_bytes){bytes, sizeof(bytes)}, out_signature);
}

enum fl_status fl_restored_verify(
    const struct fl_restored *restored,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    const uint8_t signature[FL_SIGNATURE_BYTES])
{
    uint8_t bytes[RESTORED_BYTES];

    restored_bytes(restored, bytes);
    return fl_verify(
        public_key, FL_DOMAIN_RESTORED, (struct fl_bytes){bytes, sizeof(bytes)},
        signature);
}
