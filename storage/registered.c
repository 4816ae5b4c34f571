/*
 * registered: peer u32 | key of the object 20 -> kind u8 | number u64 | incarnation 16 |
 * lsn u64. What was carried and confirmed, where no peer has a number:
 * 0 u32 | peer u32 | number u64 | key of the object 20 -> empty.
 */

#include "storage/registered.h"

#include "fields.h"
#include "proto/uuid.h"
#include "table.h"

enum {
    PEER_BYTES = 4,
    ROW_BYTES = 1 + 8 + FL_UUID_BYTES + 8,
    CARRIED_NUMBER_AT = 2 * PEER_BYTES,
    CARRIED_KEY_AT = CARRIED_NUMBER_AT + 8,
    CARRIED_BYTES = CARRIED_KEY_AT + FL_KEY_BYTES,
};

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
    fl_uuid_put(&buffer, row->incarnation);
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
    row.incarnation = fl_uuid_take(&reader);
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

static struct fl_table_key carried_prefix(uint32_t peer)
{
    struct fl_table_key key = peer_key(0);

    fl_table_key_put_u32(&key, peer);
    return key;
}

/* Nothing, of a registration that was taken back. */
static void remember(struct fl_txn *txn, const struct fl_registered *row)
{
    struct fl_table_key key = carried_prefix(row->peer);
    uint8_t bytes[FL_KEY_BYTES];

    if (row->kind == FL_REGISTERED) {
        fl_key_encode(row->key, bytes);
        fl_table_key_put_u64(&key, row->number);
        fl_table_key_put(&key, bytes, sizeof bytes);
        fl_table_put(
            txn, FL_TABLE_REGISTERED, fl_table_key_view(&key), (struct fl_bytes){0});
    }
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

    for (int i = 0; i < FL_REGISTERED_ROWS_PER_CALL; i++) {
        if (fl_registered_next(txn, stream.peer, first ? NULL : from, &row) != FL_OK) {
            return false;
        }
        first = false;
        *from = row.key;
        if (is_confirmed(&row, stream.incarnation, number, lsn)) {
            fl_registered_remove(txn, stream.peer, row.key);
            remember(txn, &row);
        }
    }
    return true;
}

/* -- what was carried and confirmed -- */

static enum fl_status first_carried(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_table_key *out_key)
{
    const struct fl_table_key prefix = carried_prefix(peer);
    struct fl_bytes value;
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_REGISTERED, fl_table_key_view(&prefix), (struct fl_bytes){0},
        out_key, &value);

    /* There is nothing in the value: what is damaged says as much. */
    if ((status == FL_OK || status == FL_MALFORMED) && out_key->size == CARRIED_BYTES) {
        return FL_OK;
    }
    return status == FL_OK ? FL_MALFORMED : status;
}

bool fl_registered_again(struct fl_txn *txn, uint32_t peer)
{
    struct fl_table_key carried;

    for (int i = 0; i < FL_REGISTERED_ROWS_PER_CALL; i++) {
        if (!fl_txn_can_write(txn) || first_carried(txn, peer, &carried) != FL_OK) {
            return false;
        }
        const struct fl_key key = fl_key_decode(carried.bytes + CARRIED_KEY_AT);
        struct fl_registered row;

        if (fl_registered_get(txn, peer, key, &row) == FL_NOT_FOUND) {
            fl_registered_put(txn, peer, key);
        }
        fl_table_remove(txn, FL_TABLE_REGISTERED, fl_table_key_view(&carried));
    }
    return true;
}

void fl_registered_forget(struct fl_txn *txn, uint32_t peer, uint64_t confirmed)
{
    struct fl_table_key carried;

    for (int i = 0; i < FL_REGISTERED_ROWS_PER_CALL; i++) {
        if (!fl_txn_can_write(txn) || first_carried(txn, peer, &carried) != FL_OK ||
            fl_load_u64(carried.bytes + CARRIED_NUMBER_AT) + FL_MESSAGES_REMEMBERED >=
                confirmed) {
            return;
        }
        fl_table_remove(txn, FL_TABLE_REGISTERED, fl_table_key_view(&carried));
    }
}

void fl_registered_forget_all(struct fl_txn *txn, uint32_t peer)
{
    const struct fl_table_key prefix = carried_prefix(peer);

    fl_table_remove_all(txn, FL_TABLE_REGISTERED, fl_table_key_view(&prefix));
}
