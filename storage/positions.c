/* positions: peer u32 | incarnation 16 -> number u64 | hash 32 | applied u64 (ms). */

#include "storage/positions.h"

#include "fields.h"
#include "stream_key.h"

enum { POSITION_BYTES = 8 + FL_PEER_HASH_BYTES + 8 };

static enum fl_status position_decode(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes value,
    struct fl_stored_position *out_position)
{
    struct fl_reader reader = fl_reader_of(value);
    struct fl_stored_position position = {.number = fl_reader_u64(&reader)};

    fl_reader_copy(&reader, position.hash, sizeof position.hash);
    position.applied_ms = fl_fields_i64(&reader);
    if (!fl_reader_done(&reader) || key->size != FL_STREAM_KEY_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_POSITIONS, fl_table_key_view(key), "not a position");
    }
    position.stream = fl_stream_of_key(key);
    *out_position = position;
    return FL_OK;
}

enum fl_status fl_positions_get(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    struct fl_stored_position *out_position)
{
    struct fl_table_key key = fl_stream_key(stream);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_POSITIONS, fl_table_key_view(&key), &value);

    return status == FL_OK ? position_decode(txn, &key, value, out_position) : status;
}

/* The position behind `*key` of the peer, and its key. */
static enum fl_status position_next(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_table_key *key,
    struct fl_stored_position *out_position)
{
    struct fl_table_key prefix = {.size = 0};
    struct fl_bytes value;
    enum fl_status status;

    fl_table_key_put_u32(&prefix, peer);
    status = fl_table_above(
        txn, FL_TABLE_POSITIONS, fl_table_key_view(&prefix), fl_table_key_view(key), key,
        &value);
    return status == FL_OK ? position_decode(txn, key, value, out_position) : status;
}

enum fl_status fl_positions_list(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_stored_position out_positions[FL_POSITIONS_MAX],
    size_t *out_count)
{
    struct fl_table_key key = {.size = 0};
    size_t count = 0;
    enum fl_status status = FL_OK;

    while (count < FL_POSITIONS_MAX) {
        status = position_next(txn, peer, &key, &out_positions[count]);
        if (status != FL_OK) {
            break;
        }
        count++;
    }
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    *out_count = count;
    return FL_OK;
}

/* Make room for one more stream of this peer. */
static void forget_oldest(struct fl_txn *txn, uint32_t peer)
{
    struct fl_stored_position positions[FL_POSITIONS_MAX];
    struct fl_table_key key;
    size_t oldest = 0;
    size_t count = 0;

    if (fl_positions_list(txn, peer, positions, &count) != FL_OK ||
        count < FL_POSITIONS_MAX) {
        return;
    }
    for (size_t i = 1; i < count; i++) {
        if (positions[i].applied_ms < positions[oldest].applied_ms) {
            oldest = i;
        }
    }
    key = fl_stream_key(positions[oldest].stream);
    fl_table_remove(txn, FL_TABLE_POSITIONS, fl_table_key_view(&key));
}

void fl_positions_put(struct fl_txn *txn, const struct fl_stored_position *position)
{
    struct fl_table_key key = fl_stream_key(position->stream);
    struct fl_stored_position before;
    struct fl_buffer buffer;

    if (!fl_txn_can_write(txn)) {
        return;
    }
    if (fl_positions_get(txn, position->stream, &before) == FL_NOT_FOUND) {
        forget_oldest(txn, position->stream.peer);
    }
    fl_buffer_init(&buffer, POSITION_BYTES);
    fl_buffer_put_u64(&buffer, position->number);
    fl_buffer_put_memory(&buffer, position->hash, sizeof position->hash);
    fl_fields_put_i64(&buffer, position->applied_ms);
    fl_table_put_encoded(txn, FL_TABLE_POSITIONS, fl_table_key_view(&key), &buffer);
}
