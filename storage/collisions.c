/*
 * collisions: id u64 -> time u64 (ms) | plan 16 | peer u32 | message u64 | key 20 |
 * kept u8 | reason u8 | open u8 | decided u64 (ms) | peer's code, decided by (sized) |
 * ours | theirs; a version is lsn u64 | origin u32 | configuration u16 | flags u8 |
 * record (sized).
 */

#include "storage/collisions.h"

#include <string.h>

#include "fields.h"
#include "table.h"
#include "versions_rows.h"

enum {
    ID_BYTES = 8,
    COLLISION_BYTES_MAX =
        2 * FL_RECORD_BYTES_MAX + (int)sizeof(struct fl_collision_record) + 256,
};

static struct fl_table_key id_key(uint64_t id)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u64(&key, id);
    return key;
}

static void encode_version(
    struct fl_buffer *buffer,
    const struct fl_collision_version *version)
{
    fl_buffer_put_u64(buffer, version->lsn);
    fl_buffer_put_u32(buffer, version->origin);
    fl_buffer_put_u16(buffer, version->configuration);
    fl_buffer_put_u8(buffer, version->flags);
    fl_buffer_put_sized(buffer, version->record);
}

static void decode_version(struct fl_reader *reader, struct fl_collision_version *version)
{
    version->lsn = fl_reader_u64(reader);
    version->origin = fl_reader_u32(reader);
    version->configuration = fl_reader_u16(reader);
    version->flags = fl_reader_u8(reader);
    version->record = fl_reader_sized(reader);
}

static void collision_put(
    struct fl_txn *txn,
    uint64_t id,
    const struct fl_collision_record *collision)
{
    struct fl_table_key key = id_key(id);
    uint8_t object[FL_KEY_BYTES];
    struct fl_buffer buffer;

    fl_key_encode(collision->key, object);
    fl_buffer_init(&buffer, COLLISION_BYTES_MAX);
    fl_fields_put_i64(&buffer, collision->time_ms);
    fl_buffer_put_memory(&buffer, collision->plan, sizeof collision->plan);
    fl_buffer_put_u32(&buffer, collision->peer);
    fl_buffer_put_u64(&buffer, collision->message_number);
    fl_buffer_put_memory(&buffer, object, sizeof object);
    fl_buffer_put_u8(&buffer, (uint8_t)collision->kept);
    fl_buffer_put_u8(&buffer, (uint8_t)collision->reason);
    fl_buffer_put_u8(&buffer, collision->open ? 1 : 0);
    fl_fields_put_i64(&buffer, collision->decided_ms);
    fl_fields_put_text(&buffer, collision->peer_code);
    fl_fields_put_text(&buffer, collision->decided_by);
    encode_version(&buffer, &collision->ours);
    encode_version(&buffer, &collision->theirs);
    fl_table_put_encoded(txn, FL_TABLE_COLLISIONS, fl_table_key_view(&key), &buffer);
}

static enum fl_status collision_decode(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes value,
    struct fl_collision_record *out_collision)
{
    struct fl_reader reader = fl_reader_of(value);
    uint8_t object[FL_KEY_BYTES] = {0};

    memset(out_collision, 0, sizeof *out_collision);
    out_collision->time_ms = fl_fields_i64(&reader);
    fl_reader_copy(&reader, out_collision->plan, sizeof out_collision->plan);
    out_collision->peer = fl_reader_u32(&reader);
    out_collision->message_number = fl_reader_u64(&reader);
    fl_reader_copy(&reader, object, sizeof object);
    out_collision->key = fl_key_decode(object);
    out_collision->kept =
        (enum fl_collision_kept)fl_fields_choice(&reader, FL_COLLISION_KEPT_THEIRS);
    out_collision->reason =
        (enum fl_collision_reason)fl_fields_choice(&reader, FL_COLLISION_REASON_BANNED);
    out_collision->open = fl_fields_bool(&reader);
    out_collision->decided_ms = fl_fields_i64(&reader);
    fl_fields_text(&reader, out_collision->peer_code, FL_CODE_BYTES_MAX);
    fl_fields_text(&reader, out_collision->decided_by, FL_NAME_BYTES_MAX);
    decode_version(&reader, &out_collision->ours);
    decode_version(&reader, &out_collision->theirs);
    if (!fl_reader_done(&reader) || key->size != ID_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_COLLISIONS, fl_table_key_view(key), "not a collision");
    }
    out_collision->id = fl_load_u64(key->bytes);
    return FL_OK;
}

uint64_t fl_collisions_append(
    struct fl_txn *txn,
    const struct fl_collision_record *collision)
{
    uint64_t id;

    if (!fl_txn_can_write(txn)) {
        return 0;
    }
    id = fl_table_sequence(txn, "last/collision");
    if (id != 0) {
        collision_put(txn, id, collision);
        fl_versions_put_collision(txn, collision->key, id);
    }
    return fl_txn_status(txn) == FL_OK ? id : 0;
}

enum fl_status fl_collisions_get(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_collision_record *out_collision)
{
    struct fl_table_key key = id_key(id);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_COLLISIONS, fl_table_key_view(&key), &value);

    return status == FL_OK ? collision_decode(txn, &key, value, out_collision) : status;
}

enum fl_status fl_collisions_next(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_collision_record *out_collision)
{
    struct fl_bytes all = {.data = NULL, .size = 0};
    struct fl_table_key key = id_key(id);
    struct fl_bytes value;
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_COLLISIONS, all, fl_table_key_view(&key), &key, &value);

    return status == FL_OK ? collision_decode(txn, &key, value, out_collision) : status;
}

enum fl_status fl_collisions_decide(
    struct fl_txn *txn,
    uint64_t id,
    const struct fl_collision_record *decision)
{
    struct fl_collision_record collision;
    enum fl_status status = fl_collisions_get(txn, id, &collision);

    if (status != FL_OK) {
        return status;
    }
    collision.kept = decision->kept;
    collision.reason = decision->reason;
    collision.open = decision->open;
    collision.decided_ms = decision->decided_ms;
    memcpy(collision.decided_by, decision->decided_by, sizeof collision.decided_by);
    /* The row is encoded apart before anything is written, so the views hold. */
    collision_put(txn, id, &collision);
    return fl_txn_status(txn);
}

uint64_t fl_collisions_count(struct fl_txn *txn)
{
    return fl_table_entries(txn, FL_TABLE_COLLISIONS);
}
