/*
 * magic "FLIF" | version u16 | reserved u16 | installation, plan, sender, incarnation of
 * the sender, receiver, incarnation of the receiver, 16 each | key id 8 | acknowledged
 * u64 | made ms u64 | signature 64. Then for each message the size of its head u32, the
 * head, the chunks; then u32 0 and the count of the messages u64.
 */

#include "proto/image.h"

#include <string.h>

enum { VERSION = 1, HEAD_OF_MESSAGE_BYTES_MAX = 312 + 40 * FL_CHUNKS_MAX };

static const uint8_t MAGIC[4] = {'F', 'L', 'I', 'F'};

void fl_image_seal(
    struct fl_image_head *head,
    const struct fl_signing_key *key,
    struct fl_buffer *out_buffer)
{
    size_t begin = out_buffer->size;
    uint8_t signature[FL_SIGNATURE_BYTES];

    fl_key_id(fl_signing_key_public(key), head->key_id);
    fl_buffer_put_memory(out_buffer, MAGIC, sizeof(MAGIC));
    fl_buffer_put_u16(out_buffer, VERSION);
    fl_buffer_put_u16(out_buffer, 0);
    fl_uuid_put(out_buffer, head->installation);
    fl_buffer_put_memory(out_buffer, head->plan, sizeof(head->plan));
    fl_uuid_put(out_buffer, head->sender);
    fl_uuid_put(out_buffer, head->sender_incarnation);
    fl_uuid_put(out_buffer, head->receiver);
    fl_uuid_put(out_buffer, head->receiver_incarnation);
    fl_buffer_put_memory(out_buffer, head->key_id, sizeof(head->key_id));
    fl_buffer_put_u64(out_buffer, head->acknowledged);
    fl_buffer_put_u64(out_buffer, (uint64_t)head->made_ms);
    if (fl_buffer_status(out_buffer) != FL_OK) {
        return;
    }
    FL_ASSERT(out_buffer->size - begin == FL_IMAGE_HEAD_BYTES);
    fl_sign(
        key, FL_DOMAIN_IMAGE,
        (struct fl_bytes){out_buffer->data + begin, FL_IMAGE_HEAD_BYTES}, signature);
    fl_buffer_put_memory(out_buffer, signature, sizeof(signature));
}

enum fl_status fl_image_open(struct fl_bytes bytes, struct fl_image_head *out_head)
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_image_head head = {.acknowledged = 0};
    uint8_t magic[sizeof(MAGIC)];

    if (bytes.size < FL_IMAGE_BEGIN_BYTES) {
        return FL_MALFORMED;
    }
    fl_reader_copy(&reader, magic, sizeof(magic));
    uint16_t version = fl_reader_u16(&reader);
    uint16_t reserved = fl_reader_u16(&reader);

    if (memcmp(magic, MAGIC, sizeof(magic)) != 0) {
        return FL_MALFORMED;
    }
    if (version != VERSION) {
        return FL_UNSUPPORTED;
    }
    head.installation = fl_uuid_take(&reader);
    fl_reader_copy(&reader, head.plan, sizeof(head.plan));
    head.sender = fl_uuid_take(&reader);
    head.sender_incarnation = fl_uuid_take(&reader);
    head.receiver = fl_uuid_take(&reader);
    head.receiver_incarnation = fl_uuid_take(&reader);
    fl_reader_copy(&reader, head.key_id, sizeof(head.key_id));
    head.acknowledged = fl_reader_u64(&reader);
    uint64_t made_ms = fl_reader_u64(&reader);

    if (reserved != 0 || made_ms > INT64_MAX) {
        return FL_MALFORMED;
    }
    head.made_ms = (int64_t)made_ms;
    *out_head = head;
    return FL_OK;
}

enum fl_status fl_image_verify(
    struct fl_bytes bytes,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES])
{
    FL_ASSERT(bytes.size >= FL_IMAGE_BEGIN_BYTES);
    return fl_verify(
        public_key, FL_DOMAIN_IMAGE, (struct fl_bytes){bytes.data, FL_IMAGE_HEAD_BYTES},
        bytes.data + FL_IMAGE_HEAD_BYTES);
}

void fl_image_put_message(struct fl_buffer *buffer, struct fl_bytes message_head)
{
    fl_buffer_put_u32(buffer, (uint32_t)message_head.size);
    fl_buffer_put(buffer, message_head);
}

void fl_image_put_end(struct fl_buffer *buffer, uint64_t message_count)
{
    fl_buffer_put_u32(buffer, 0);
    fl_buffer_put_u64(buffer, message_count);
}

struct fl_image_reader fl_image_read(struct fl_bytes file)
{
    struct fl_image_reader reader = {.reader = fl_reader_of(file)};

    (void)fl_reader_take(&reader.reader, FL_IMAGE_BEGIN_BYTES);
    return reader;
}

static enum fl_status read_end(struct fl_image_reader *reader)
{
    uint64_t count = fl_reader_u64(&reader->reader);

    return fl_reader_done(&reader->reader) && count == reader->count ? FL_NOT_FOUND
                                                                     : FL_MALFORMED;
}

enum fl_status fl_image_next(
    struct fl_image_reader *reader,
    struct fl_image_message *out_message)
{
    struct fl_image_message message;
    uint32_t size = fl_reader_u32(&reader->reader);

    if (reader->reader.failed || size > HEAD_OF_MESSAGE_BYTES_MAX) {
        return FL_MALFORMED;
    }
    if (size == 0) {
        return read_end(reader);
    }
    message.head_bytes = fl_reader_take(&reader->reader, size);
    if (reader->reader.failed ||
        fl_message_open(message.head_bytes, &message.head) != FL_OK) {
        return FL_MALFORMED;
    }
    size_t begin = fl_reader_left(&reader->reader);
    const uint8_t *first = message.head_bytes.data + message.head_bytes.size;

    for (uint32_t i = 0; i < message.head.header.chunk_count; i++) {
        struct fl_bytes chunk = fl_reader_take(
            &reader->reader, fl_message_chunk(&message.head, i).wire_bytes);

        if (reader->reader.failed ||
            fl_message_check_chunk(&message.head, i, chunk) != FL_OK) {
            return FL_MALFORMED;
        }
    }
    message.chunks = (struct fl_bytes){first, begin - fl_reader_left(&reader->reader)};
    reader->count++;
    *out_message = message;
    return FL_OK;
}
