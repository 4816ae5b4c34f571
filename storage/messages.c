/*
 * messages: peer u32 | our incarnation 16 | number u64 -> lsn from u64 | lsn to u64 |
 * base number u64 | bytes u64 | sent u64 (ms) | hash 32 | end of series u8 |
 * rules u64 | received u64 | taken, the rest.
 */

#include "storage/messages.h"

#include <string.h>

#include "fields.h"
#include "stream_key.h"

enum {
    MESSAGE_KEY_BYTES = FL_STREAM_KEY_BYTES + 8,
    MESSAGE_BYTES = 5 * 8 + FL_PEER_HASH_BYTES + 1 + 8 + 8,
    PRUNE_ROWS_MAX = 256,
};

static struct fl_table_key message_key(struct fl_peer_stream stream, uint64_t number)
{
    struct fl_table_key key = fl_stream_key(stream);

    fl_table_key_put_u64(&key, number);
    return key;
}

static enum fl_status message_decode(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes value,
    struct fl_sent_message *out_message)
{
    struct fl_reader reader = fl_reader_of(value);
    struct fl_sent_message message = {.number = 0};

    message.lsn_from = fl_reader_u64(&reader);
    message.lsn_to = fl_reader_u64(&reader);
    message.base_number = fl_reader_u64(&reader);
    message.bytes = fl_reader_u64(&reader);
    message.sent_ms = fl_fields_i64(&reader);
    fl_reader_copy(&reader, message.hash, sizeof message.hash);
    message.series_end = fl_fields_bool(&reader);
    message.rules = fl_reader_u64(&reader);
    message.received = fl_reader_u64(&reader);
    message.taken = fl_reader_take(&reader, fl_reader_left(&reader));
    if (!fl_reader_done(&reader) || key->size != MESSAGE_KEY_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_MESSAGES, fl_table_key_view(key), "not a message");
    }
    message.stream = fl_stream_of_key(key);
    message.number = fl_load_u64(key->bytes + FL_STREAM_KEY_BYTES);
    *out_message = message;
    return FL_OK;
}

enum fl_status fl_messages_get(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    struct fl_sent_message *out_message)
{
    struct fl_table_key key = message_key(stream, number);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_MESSAGES, fl_table_key_view(&key), &value);

    return status == FL_OK ? message_decode(txn, &key, value, out_message) : status;
}

enum fl_status fl_messages_find(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    const uint8_t hash[FL_PEER_HASH_BYTES],
    struct fl_sent_message *out_message)
{
    struct fl_sent_message message;
    enum fl_status status = fl_messages_get(txn, stream, number, &message);

    if (status == FL_OK && memcmp(message.hash, hash, sizeof message.hash) != 0) {
        return FL_NOT_FOUND;
    }
    if (status == FL_OK) {
        *out_message = message;
    }
    return status;
}

enum fl_status fl_messages_last(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    struct fl_sent_message *out_message)
{
    struct fl_table_key prefix = fl_stream_key(stream);
    struct fl_table_key last;
    enum fl_status status =
        fl_table_last(txn, FL_TABLE_MESSAGES, fl_table_key_view(&prefix), &last);

    if (status == FL_OK && last.size != MESSAGE_KEY_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_MESSAGES, fl_table_key_view(&last), "not a message");
    }
    if (status != FL_OK) {
        return status;
    }
    return fl_messages_get(
        txn, stream, fl_load_u64(last.bytes + FL_STREAM_KEY_BYTES), out_message);
}

enum fl_status fl_messages_first(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    struct fl_sent_message *out_message)
{
    struct fl_table_key prefix = fl_stream_key(stream);
    struct fl_table_key first;
    struct fl_bytes value;
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_MESSAGES, fl_table_key_view(&prefix), (struct fl_bytes){0}, &first,
        &value);

    if (status == FL_OK && first.size != MESSAGE_KEY_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_MESSAGES, fl_table_key_view(&first), "not a message");
    }
    if (status != FL_OK) {
        return status;
    }
    return fl_messages_get(
        txn, stream, fl_load_u64(first.bytes + FL_STREAM_KEY_BYTES), out_message);
}

void fl_messages_put(struct fl_txn *txn, const struct fl_sent_message *message)
{
    struct fl_table_key key = message_key(message->stream, message->number);
    struct fl_table_key prefix = fl_stream_key(message->stream);
    struct fl_table_key last;
    struct fl_buffer buffer;

    if (!fl_txn_can_write(txn)) {
        return;
    }
    if (fl_table_last(txn, FL_TABLE_MESSAGES, fl_table_key_view(&prefix), &last) ==
        FL_OK) {
        FL_ASSERT(
            fl_bytes_compare(fl_table_key_view(&key), fl_table_key_view(&last)) > 0);
    }
    FL_ASSERT(message->taken.size <= FL_MESSAGE_TAKEN_BYTES_MAX);
    fl_buffer_init(&buffer, MESSAGE_BYTES + FL_MESSAGE_TAKEN_BYTES_MAX);
    fl_buffer_put_u64(&buffer, message->lsn_from);
    fl_buffer_put_u64(&buffer, message->lsn_to);
    fl_buffer_put_u64(&buffer, message->base_number);
    fl_buffer_put_u64(&buffer, message->bytes);
    fl_fields_put_i64(&buffer, message->sent_ms);
    fl_buffer_put_memory(&buffer, message->hash, sizeof message->hash);
    fl_buffer_put_u8(&buffer, message->series_end ? 1 : 0);
    fl_buffer_put_u64(&buffer, message->rules);
    fl_buffer_put_u64(&buffer, message->received);
    fl_buffer_put(&buffer, message->taken);
    fl_table_put_encoded(txn, FL_TABLE_MESSAGES, fl_table_key_view(&key), &buffer);
}

void fl_messages_prune(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t confirmed)
{
    struct fl_table_key prefix = fl_stream_key(stream);
    struct fl_bytes first = {.data = NULL, .size = 0};

    for (int i = 0; i < PRUNE_ROWS_MAX && fl_txn_can_write(txn); i++) {
        struct fl_table_key key;
        struct fl_bytes value;
        enum fl_status status = fl_table_above(
            txn, FL_TABLE_MESSAGES, fl_table_key_view(&prefix), first, &key, &value);

        if ((status != FL_OK && status != FL_MALFORMED) ||
            key.size != MESSAGE_KEY_BYTES ||
            fl_load_u64(key.bytes + FL_STREAM_KEY_BYTES) + FL_MESSAGES_REMEMBERED >=
                confirmed) {
            break;
        }
        fl_table_remove(txn, FL_TABLE_MESSAGES, fl_table_key_view(&key));
    }
}
