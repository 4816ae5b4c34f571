/*
 * staged: peer u32 | incarnation 16 | number u64 | index u32 -> bytes. Index 0 is the
 * header, chunk i lies under i + 1. Chunks are larger than a part, so they lie in parts.
 */

#include "storage/staged.h"

#include "fields.h"
#include "stream_key.h"

enum {
    MESSAGE_KEY_BYTES = FL_STREAM_KEY_BYTES + 8,
    STAGED_KEY_BYTES = MESSAGE_KEY_BYTES + 4,
};

static struct fl_table_key message_key(struct fl_peer_stream stream, uint64_t number)
{
    struct fl_table_key key = fl_stream_key(stream);

    fl_table_key_put_u64(&key, number);
    return key;
}

static struct fl_table_key staged_key(
    struct fl_peer_stream stream,
    uint64_t number,
    uint32_t index)
{
    struct fl_table_key key = message_key(stream, number);

    fl_table_key_put_u32(&key, index);
    return key;
}

void fl_staged_put(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    struct fl_bytes header)
{
    struct fl_table_key key = staged_key(stream, number, 0);

    if (fl_txn_can_write(txn)) {
        fl_staged_drop(txn, stream, number);
        fl_table_put(txn, FL_TABLE_STAGED, fl_table_key_view(&key), header);
    }
}

static bool has_row(struct fl_txn *txn, const struct fl_table_key *key)
{
    struct fl_bytes row;

    return fl_txn_checked(
               txn, fl_txn_engine(txn)->get(
                        txn->handle, FL_TABLE_STAGED, fl_table_key_view(key), &row)) !=
           FL_NOT_FOUND;
}

void fl_staged_put_chunk(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    uint32_t index,
    struct fl_bytes chunk)
{
    struct fl_table_key header = staged_key(stream, number, 0);
    struct fl_table_key key = staged_key(stream, number, index + 1);

    FL_ASSERT(index < FL_CHUNKS_MAX);
    if (fl_txn_can_write(txn)) {
        FL_ASSERT(has_row(txn, &header));
        fl_table_put(txn, FL_TABLE_STAGED, fl_table_key_view(&key), chunk);
    }
}

/* How many chunks follow each other from the first, without reading them. */
static uint32_t count_chunks(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number)
{
    uint32_t count = 0;

    while (count < FL_CHUNKS_MAX && fl_txn_can_read(txn)) {
        struct fl_table_key key = staged_key(stream, number, count + 1);

        if (!has_row(txn, &key)) {
            break;
        }
        count++;
    }
    return count;
}

enum fl_status fl_staged_get(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    struct fl_bytes *out_header,
    uint32_t *out_chunks)
{
    struct fl_table_key key = staged_key(stream, number, 0);
    struct fl_bytes header;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_STAGED, fl_table_key_view(&key), &header);

    if (status == FL_OK) {
        *out_header = header;
        *out_chunks = count_chunks(txn, stream, number);
    }
    return status;
}

enum fl_status fl_staged_get_chunk(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    uint32_t index,
    struct fl_bytes *out_chunk)
{
    struct fl_table_key key;

    if (index >= FL_CHUNKS_MAX) {
        return FL_NOT_FOUND;
    }
    key = staged_key(stream, number, index + 1);
    return fl_table_get(txn, FL_TABLE_STAGED, fl_table_key_view(&key), out_chunk);
}

enum fl_status fl_staged_next(
    struct fl_txn *txn,
    const struct fl_staged_message *after,
    struct fl_staged_message *out_message)
{
    struct fl_bytes all = {.data = NULL, .size = 0};
    /* Behind the last index that a message can have. */
    struct fl_table_key key = staged_key(after->stream, after->number, UINT32_MAX);
    struct fl_staged_message message = {.number = 0};
    struct fl_bytes value;
    enum fl_status status =
        fl_table_above(txn, FL_TABLE_STAGED, all, fl_table_key_view(&key), &key, &value);

    if (status == FL_OK && key.size != STAGED_KEY_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_STAGED, fl_table_key_view(&key), "not a staged message");
    }
    /* A header that is damaged can still be dropped. */
    if (status != FL_OK && status != FL_MALFORMED) {
        return status;
    }
    message.stream = fl_stream_of_key(&key);
    message.number = fl_load_u64(key.bytes + FL_STREAM_KEY_BYTES);
    message.chunks = count_chunks(txn, message.stream, message.number);
    *out_message = message;
    return fl_txn_status(txn);
}

void fl_staged_drop(struct fl_txn *txn, struct fl_peer_stream stream, uint64_t number)
{
    struct fl_table_key key = message_key(stream, number);

    fl_table_remove_all(txn, FL_TABLE_STAGED, fl_table_key_view(&key));
}

void fl_staged_drop_stream(struct fl_txn *txn, struct fl_peer_stream stream)
{
    struct fl_table_key key = fl_stream_key(stream);

    if (fl_uuid_is_zero(stream.incarnation)) {
        key.size = 4;
    }
    fl_table_remove_all(txn, FL_TABLE_STAGED, fl_table_key_view(&key));
}
