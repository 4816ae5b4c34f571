/*
 * registered: peer u32 | key of the object 20 -> kind u8 | number u64 | incarnation 16 |
 * lsn u64.
 */

#include "storage/registered.h"

#include "fields.h"
#include "table.h"

enum { PEER_BYTES = 4, ROW_BYTES = 1 + 8 + FL_UUID_BYTES + 8 };

static struct fl_table_key peer_key(uint32_t peer)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u32(&key, peer);
    return key;
}

static struct fl_table_key row_key(uint32_t peer, struct fl_key object)
{
    struct fl_table_key key = peer_key(peer);
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(object, bytes);
    fl_table_key_put(&key, bytes, sizeof bytes);
    return key;
}

static void put(struct fl_txn *txn, const struct fl_registered *row)
{
    struct fl_table_key key = row_key(row->peer, row->key);
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, ROW_BYTES);
    fl_buffer_put_u8(&buffer, (uint8_t)row->kind);
    fl_buffer_put_u64(&buffer, row->number);
    fl_fields_put_uuid(&buffer, row->incarnation);
    fl_buffer_put_u64(&buffer, row->lsn);
    fl_table_put_encoded(txn, FL_TABLE_REGISTERED, fl_table_key_view(&key), &buffer);
}

static enum fl_status decode(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes value,
    struct fl_registered *out_row)
{
    struct fl_reader reader = fl_reader_of(value);
    struct fl_registered row = {
        .kind = (enum fl_registered_kind)fl_fields_choice(&reader, FL_UNREGISTERED)};

    row.number = fl_reader_u64(&reader);
    row.incarnation = fl_fields_uuid(&reader);
    row.lsn = fl_reader_u64(&reader);
    if (key->size == PEER_BYTES + FL_KEY_BYTES) {
        row.peer = fl_load_u32(key->bytes);
        row.key = fl_key_decode(key->bytes + PEER_BYTES);
    }
    *out_row = row;
    return fl_reader_done(&reader) && row.peer > 0
               ? FL_OK
               : fl_table_malformed(
                     txn, FL_TABLE_REGISTERED, fl_table_key_view(key),
                     "not a registration");
}

void fl_registered_put(struct fl_txn *txn, uint32_t peer, struct fl_key key)
{
    put(txn, &(struct fl_registered){.peer = peer, .key = key, .kind = FL_REGISTERED});
}

void fl_registered_take_back(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key key,
    uint64_t lsn)
{
    put(txn, &(struct fl_registered){
                 .peer = peer, .key = key, .kind = FL_UNREGISTERED, .lsn = lsn});
}

void fl_registered_remove(struct fl_txn *txn, uint32_t peer, struct fl_key key)
{
    struct fl_table_key row = row_key(peer, key);

    fl_table_remove(txn, FL_TABLE_REGISTERED, fl_table_key_view(&row));
}

enum fl_status fl_registered_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key key,
    struct fl_registered *out_row)
{
    struct fl_table_key row = row_key(peer, key);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_REGISTERED, fl_table_key_view(&row), &value);

    return status == FL_OK ? decode(txn, &row, value, out_row) : status;
}

enum fl_status fl_registered_next(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_registered *out_row)
{
    struct fl_table_key prefix = peer_key(peer);
    struct fl_table_key from = after ? row_key(peer, *after) : peer_key(peer);
    struct fl_table_key key;
    struct fl_bytes value;
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_REGISTERED, fl_table_key_view(&prefix), fl_table_key_view(&from),
        &key, &value);

    return status == FL_OK ? decode(txn, &key, value, out_row) : status;
}

void fl_registered_number(
    struct fl_txn *txn,
    const struct fl_registered *row,
    uint64_t number,
    struct fl_uuid incarnation)
{
    struct fl_registered numbered = *row;

    numbered.number = number;
    numbered.incarnation = incarnation;
    put(txn, &numbered);
}

static bool is_confirmed(
    const struct fl_registered *row,
    struct fl_uuid incarnation,
    uint64_t number,
    uint64_t lsn)
{
    if (row->kind == FL_UNREGISTERED) {
        return row->lsn <= lsn;
    }
    return row->number > 0 && row->number <= number &&
           fl_uuid_equal(row->incarnation, incarnation);
}

bool fl_registered_confirm(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    uint64_t lsn,
    struct fl_key *from)
{
    struct fl_registered row;
    bool first = from->type == 0;

    for (int i = 0; i < FL_REGISTERED_CONFIRMED_PER_CALL; i++) {
        if (fl_registered_next(txn, stream.peer, first ? NULL : from, &row) != FL_OK) {
            return false;
        }
        first = false;
        *from = row.key;
        if (is_confirmed(&row, stream.incarnation, number, lsn)) {
            fl_registered_remove(txn, stream.peer, row.key);
        }
    }
    return true;
}
