/*
 * Header, 248 bytes, integers big-endian:
 *
 *      0  magic "FLM1"                  4
 *      4  version 1                     u16
 *      6  reserved, zero                u16
 *      8  installation                  16
 *     24  plan                          16
 *     40  sender, its incarnation       16 + 16
 *     72  receiver, its incarnation     16 + 16
 *    104  key id                        8
 *    112  number                        u64
 *    120  lsn from, lsn to              u64 + u64
 *    136  base number                   u64
 *    144  base hash                     32
 *    176  configuration hash            16
 *    192  entry count                   u32
 *    196  plain bytes                   u32
 *    200  chunk count                   u32
 *    204  flags                         u32
 *    208  rules                         u64
 *    216  hash of the chunk list        32
 */

#include "proto/message.h"

#include <string.h>

enum { VERSION = 1 };

static const uint8_t magic[4] = {'F', 'L', 'M', '1'};

static void encode_header(
    struct fl_buffer *buffer,
    const struct fl_message_header *header)
{
    fl_buffer_put_memory(buffer, magic, sizeof(magic));
    fl_buffer_put_u16(buffer, VERSION);
    fl_buffer_put_u16(buffer, 0);
    fl_uuid_put(buffer, header->installation);
    fl_buffer_put_memory(buffer, header->plan, sizeof(header->plan));
    fl_uuid_put(buffer, header->sender);
    fl_uuid_put(buffer, header->sender_incarnation);
    fl_uuid_put(buffer, header->receiver);
    fl_uuid_put(buffer, header->receiver_incarnation);
    fl_buffer_put_memory(buffer, header->key_id, sizeof(header->key_id));
    fl_buffer_put_u64(buffer, header->number);
    fl_buffer_put_u64(buffer, header->lsn_from);
    fl_buffer_put_u64(buffer, header->lsn_to);
    fl_buffer_put_u64(buffer, header->base_number);
    fl_buffer_put_memory(buffer, header->base_hash, sizeof(header->base_hash));
    fl_buffer_put_memory(
        buffer, header->configuration_hash, sizeof(header->configuration_hash));
    fl_buffer_put_u32(buffer, header->entry_count);
    fl_buffer_put_u32(buffer, header->plain_bytes);
    fl_buffer_put_u32(buffer, header->chunk_count);
    fl_buffer_put_u32(buffer, header->flags);
    fl_buffer_put_u64(buffer, header->rules);
    fl_buffer_put_memory(buffer, header->chunks_hash, sizeof(header->chunks_hash));
}

static enum fl_status decode_header(
    struct fl_reader *reader,
    struct fl_message_header *header)
{
    struct fl_bytes found = fl_reader_take(reader, sizeof(magic));

    if (reader->failed || memcmp(found.data, magic, sizeof(magic)) != 0) {
        return FL_MALFORMED;
    }
    if (fl_reader_u16(reader) != VERSION) {
        return FL_UNSUPPORTED;
    }
    bool sound = fl_reader_u16(reader) == 0;

    header->installation = fl_uuid_take(reader);
    fl_reader_copy(reader, header->plan, sizeof(header->plan));
    header->sender = fl_uuid_take(reader);
    header->sender_incarnation = fl_uuid_take(reader);
    header->receiver = fl_uuid_take(reader);
    header->receiver_incarnation = fl_uuid_take(reader);
    fl_reader_copy(reader, header->key_id, sizeof(header->key_id));
    header->number = fl_reader_u64(reader);
    header->lsn_from = fl_reader_u64(reader);
    header->lsn_to = fl_reader_u64(reader);
    header->base_number = fl_reader_u64(reader);
    fl_reader_copy(reader, header->base_hash, sizeof(header->base_hash));
    fl_reader_copy(
        reader, header->configuration_hash, sizeof(header->configuration_hash));
    header->entry_count = fl_reader_u32(reader);
    header->plain_bytes = fl_reader_u32(reader);
    header->chunk_count = fl_reader_u32(reader);
    header->flags = fl_reader_u32(reader);
    header->rules = fl_reader_u64(reader);
    fl_reader_copy(reader, header->chunks_hash, sizeof(header->chunks_hash));
    return sound && !reader->failed ? FL_OK : FL_MALFORMED;
}

/* Numbers that no sender makes, whoever signed them. */
static bool is_in_bounds(const struct fl_message_header *header)
{
    return header->number > 0 && header->base_number < header->number &&
           header->lsn_from <= header->lsn_to &&
           header->plain_bytes <= FL_MESSAGE_PLAIN_BYTES_MAX &&
           header->chunk_count <= FL_CHUNKS_MAX &&
           (header->entry_count == 0) == (header->plain_bytes == 0) &&
           (header->chunk_count == 0) == (header->plain_bytes == 0) &&
           header->entry_count <= header->plain_bytes &&
           (header->flags & ~(uint32_t)FL_MESSAGE_SERIES_END) == 0;
}

static void encode_chunks(
    struct fl_buffer *buffer,
    const struct fl_chunk_info *chunks,
    uint32_t chunk_count)
{
    for (uint32_t i = 0; i < chunk_count; i++) {
        fl_buffer_put_u32(buffer, chunks[i].wire_bytes);
        fl_buffer_put_u32(buffer, chunks[i].plain_bytes);
        fl_buffer_put_memory(buffer, chunks[i].hash, sizeof(chunks[i].hash));
    }
}

void fl_message_seal(
    struct fl_message_header *header,
    const struct fl_chunk_info *chunks,
    uint32_t chunk_count,
    const struct fl_signing_key *key,
    struct fl_buffer *out_buffer)
{
    size_t head_bytes = FL_MESSAGE_HEADER_BYTES + FL_SIGNATURE_BYTES;
    size_t list_bytes = (size_t)chunk_count * FL_MESSAGE_CHUNK_INFO_BYTES;
    size_t begin = out_buffer->size;

    FL_ASSERT(chunk_count <= FL_CHUNKS_MAX);
    header->chunk_count = chunk_count;
    header->plain_bytes = 0;
    for (uint32_t i = 0; i < chunk_count; i++) {
        header->plain_bytes += chunks[i].plain_bytes;
    }
    fl_key_id(fl_signing_key_public(key), header->key_id);
    /* The list goes behind header and signature, but the header needs its hash. */
    uint8_t *room = fl_buffer_reserve(out_buffer, head_bytes + list_bytes);

    if (!room) {
        return;
    }
    memset(room, 0, head_bytes);
    fl_buffer_added(out_buffer, head_bytes);
    encode_chunks(out_buffer, chunks, chunk_count);

    struct fl_bytes list = {out_buffer->data + begin + head_bytes, list_bytes};

    fl_hash(list, header->chunks_hash, sizeof(header->chunks_hash));
    FL_ASSERT(is_in_bounds(header));
    out_buffer->size = begin;
    encode_header(out_buffer, header);
    fl_sign(
        key, FL_DOMAIN_MESSAGE,
        (struct fl_bytes){out_buffer->data + begin, FL_MESSAGE_HEADER_BYTES},
        out_buffer->data + begin + FL_MESSAGE_HEADER_BYTES);
    out_buffer->size = begin + head_bytes + list_bytes;
}

static bool chunks_are_sound(const struct fl_message_head *head)
{
    uint64_t plain_bytes = 0;
    uint8_t hash[FL_HASH_BYTES];

    for (uint32_t i = 0; i < head->header.chunk_count; i++) {
        struct fl_chunk_info chunk = fl_message_chunk(head, i);

        if (chunk.plain_bytes == 0 || chunk.plain_bytes > FL_CHUNK_PLAIN_BYTES_MAX ||
            chunk.wire_bytes == 0 || chunk.wire_bytes > FL_FRAME_BYTES_MAX) {
            return false;
        }
        plain_bytes += chunk.plain_bytes;
    }
    fl_hash(head->chunk_list, hash, sizeof(hash));
    return plain_bytes == head->header.plain_bytes &&
           memcmp(hash, head->header.chunks_hash, sizeof(hash)) == 0;
}

enum fl_status fl_message_open(struct fl_bytes bytes, struct fl_message_head *out_head)
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_message_head head = {0};

    if (bytes.size < FL_MESSAGE_HEADER_BYTES + FL_SIGNATURE_BYTES) {
        return FL_MALFORMED;
    }
    enum fl_status status = decode_header(&reader, &head.header);

    if (status != FL_OK) {
        return status;
    }
    head.header_bytes = (struct fl_bytes){bytes.data, FL_MESSAGE_HEADER_BYTES};
    head.signature = fl_reader_take(&reader, FL_SIGNATURE_BYTES).data;
    head.chunk_list = (struct fl_bytes){reader.next, fl_reader_left(&reader)};
    if (!is_in_bounds(&head.header) ||
        head.chunk_list.size !=
            (size_t)head.header.chunk_count * FL_MESSAGE_CHUNK_INFO_BYTES ||
        !chunks_are_sound(&head)) {
        return FL_MALFORMED;
    }
    *out_head = head;
    return FL_OK;
}

enum fl_status fl_message_verify(
    const struct fl_message_head *head,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES])
{
    return fl_verify(public_key, FL_DOMAIN_MESSAGE, head->header_bytes, head->signature);
}

void fl_message_hash(struct fl_bytes header_bytes, uint8_t out_hash[FL_HASH_BYTES])
{
    FL_ASSERT(header_bytes.size == FL_MESSAGE_HEADER_BYTES);
    fl_hash(header_bytes, out_hash, FL_HASH_BYTES);
}

struct fl_chunk_info fl_message_chunk(const struct fl_message_head *head, uint32_t index)
{
    struct fl_chunk_info chunk;

    FL_ASSERT(index < head->header.chunk_count);
    const uint8_t *at =
        head->chunk_list.data + (size_t)index * FL_MESSAGE_CHUNK_INFO_BYTES;

    chunk.wire_bytes = fl_load_u32(at);
    chunk.plain_bytes = fl_load_u32(at + 4);
    memcpy(chunk.hash, at + 8, sizeof(chunk.hash));
    return chunk;
}

enum fl_status fl_message_check_chunk(
    const struct fl_message_head *head,
    uint32_t index,
    struct fl_bytes chunk)
{
    struct fl_chunk_info info = fl_message_chunk(head, index);
    uint8_t hash[FL_HASH_BYTES];

    if (chunk.size != info.wire_bytes) {
        return FL_MALFORMED;
    }
    fl_hash(chunk, hash, sizeof(hash));
    return memcmp(hash, info.hash, sizeof(hash)) == 0 ? FL_OK : FL_MALFORMED;
}

void fl_message_put_entry(struct fl_buffer *buffer, const struct fl_message_entry *entry)
{
    bool foreign = (entry->flags & FL_MESSAGE_ENTRY_FOREIGN) != 0;
    uint8_t key[FL_KEY_BYTES];
    size_t size = 1 + sizeof(key) + entry->record.size;

    if (foreign) {
        size += sizeof(entry->origin.bytes);
    }
    fl_key_encode(entry->key, key);
    fl_buffer_put_varint(buffer, size);
    fl_buffer_put_u8(buffer, entry->flags);
    fl_buffer_put_memory(buffer, key, sizeof(key));
    if (foreign) {
        fl_uuid_put(buffer, entry->origin);
    }
    fl_buffer_put(buffer, entry->record);
}

enum fl_status fl_message_next_entry(
    struct fl_reader *reader,
    struct fl_message_entry *out_entry)
{
    const uint8_t known = FL_MESSAGE_ENTRY_DELETED | FL_MESSAGE_ENTRY_WITHDRAWN |
                          FL_MESSAGE_ENTRY_FOREIGN | FL_MESSAGE_ENTRY_FIRST;
    struct fl_message_entry entry = {0};

    if (fl_reader_left(reader) == 0) {
        return reader->failed ? FL_MALFORMED : FL_NOT_FOUND;
    }
    struct fl_reader fields = fl_reader_of(fl_reader_sized(reader));

    if (reader->failed) {
        return FL_MALFORMED;
    }
    entry.flags = fl_reader_u8(&fields);
    struct fl_bytes key = fl_reader_take(&fields, FL_KEY_BYTES);

    if (entry.flags & FL_MESSAGE_ENTRY_FOREIGN) {
        entry.origin = fl_uuid_take(&fields);
    }
    entry.record = (struct fl_bytes){fields.next, fl_reader_left(&fields)};
    if (fields.failed || (entry.flags & ~known) != 0 ||
        entry.record.size > FL_RECORD_BYTES_MAX) {
        return FL_MALFORMED;
    }
    entry.key = fl_key_decode(key.data);
    if (entry.key.type == 0) {
        return FL_MALFORMED;
    }
    *out_entry = entry;
    return FL_OK;
}
