/*
 * versions: kind u8 | rest of the key -> value
 *
 *   1 lsn u64            -> replaced i64 (ms) | origin u32 | configuration u16 |
 *                           flags u8 | key 20 | previous u64 | base u64 | run u8 |
 *                           size varint | packed
 *   2 replaced i64, lsn  -> type u32 | bytes u32 of the rows of this version
 *   3 key 20, lsn u64    -> nothing: the object was forgotten with this deletion
 *   4 key 20, id u64     -> nothing: a collision of the object
 *
 * Bit 6 of `flags`: there is a row of kind 3. `packed` is one frame of zstd of the
 * record, with the record of `base` as its prefix; nothing when the record is empty.
 * `base` is a later version of the same object, in the journal or here.
 */

#include "versions_rows.h"

#include "fields.h"
#include "table.h"

enum {
    FLAG_FORGOTTEN = 1u << 6,
    FLAGS_KNOWN = FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN | FLAG_FORGOTTEN,
};

struct fl_table_key fl_versions_lsn_key(uint64_t lsn)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u8(&key, FL_VERSIONS_ROW);
    fl_table_key_put_u64(&key, lsn);
    return key;
}

struct fl_table_key fl_versions_time_key(int64_t replaced_ms, uint64_t lsn)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u8(&key, FL_VERSIONS_TIME);
    fl_table_key_put_u64(&key, (uint64_t)replaced_ms);
    fl_table_key_put_u64(&key, lsn);
    return key;
}

struct fl_table_key fl_versions_object_key(
    enum fl_versions_kind kind,
    struct fl_key object,
    uint64_t number)
{
    struct fl_table_key key = {.size = 0};
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(object, bytes);
    fl_table_key_put_u8(&key, (uint8_t)kind);
    fl_table_key_put(&key, bytes, sizeof bytes);
    fl_table_key_put_u64(&key, number);
    return key;
}

void fl_version_row_encode(const struct fl_version_row *row, struct fl_buffer *buffer)
{
    uint8_t key[FL_KEY_BYTES];

    fl_key_encode(row->entry.key, key);
    fl_fields_put_i64(buffer, row->replaced_ms);
    fl_buffer_put_u32(buffer, row->entry.origin);
    fl_buffer_put_u16(buffer, row->entry.configuration);
    fl_buffer_put_u8(
        buffer, (uint8_t)(row->entry.flags | (row->is_forgotten ? FLAG_FORGOTTEN : 0u)));
    fl_buffer_put_memory(buffer, key, sizeof key);
    fl_buffer_put_u64(buffer, row->entry.previous);
    fl_buffer_put_u64(buffer, row->base);
    fl_buffer_put_u8(buffer, row->run);
    fl_buffer_put_varint(buffer, row->size);
    fl_buffer_put(buffer, row->packed);
}

enum fl_status fl_version_row_decode(
    uint64_t lsn,
    struct fl_bytes value,
    struct fl_version_row *out_row)
{
    struct fl_reader reader = fl_reader_of(value);
    struct fl_version_row row = {.entry.lsn = lsn, .entry.lsn_first = lsn};
    uint8_t key[FL_KEY_BYTES] = {0};
    uint64_t size;
    uint8_t flags;

    row.replaced_ms = fl_fields_i64(&reader);
    row.entry.origin = fl_reader_u32(&reader);
    row.entry.configuration = fl_reader_u16(&reader);
    flags = fl_reader_u8(&reader);
    fl_reader_copy(&reader, key, sizeof key);
    row.entry.key = fl_key_decode(key);
    row.entry.previous = fl_reader_u64(&reader);
    row.base = fl_reader_u64(&reader);
    row.run = fl_reader_u8(&reader);
    size = fl_reader_varint(&reader);
    row.packed = fl_reader_take(&reader, fl_reader_left(&reader));
    if (!fl_reader_done(&reader) || (flags & ~FLAGS_KNOWN) != 0 ||
        row.entry.previous >= lsn || (row.base != 0 && row.base <= lsn) ||
        size > FL_RECORD_BYTES_MAX || (size == 0) != (row.packed.size == 0)) {
        return FL_MALFORMED;
    }
    row.is_forgotten = (flags & FLAG_FORGOTTEN) != 0;
    row.entry.flags = (uint8_t)(flags & ~(unsigned)FLAG_FORGOTTEN);
    row.size = (uint32_t)size;
    *out_row = row;
    return FL_OK;
}

enum fl_status fl_version_row_get(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_version_row *out_row)
{
    struct fl_table_key key = fl_versions_lsn_key(lsn);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_VERSIONS, fl_table_key_view(&key), &value);

    if (status == FL_OK && fl_version_row_decode(lsn, value, out_row) != FL_OK) {
        status = fl_table_malformed(
            txn, FL_TABLE_VERSIONS, fl_table_key_view(&key), "not a version");
    }
    return status;
}

enum fl_status fl_versions_seek(struct fl_txn *txn, uint64_t lsn, uint64_t *out_lsn)
{
    const uint8_t kind = FL_VERSIONS_ROW;
    const struct fl_bytes prefix = {.data = &kind, .size = 1};
    struct fl_table_key after = fl_versions_lsn_key(lsn - (lsn > 0));
    struct fl_table_key found = {.size = 0};
    struct fl_bytes value;
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_VERSIONS, prefix, fl_table_key_view(&after), &found, &value);

    if (status == FL_OK && found.size != FL_VERSIONS_LSN_KEY_BYTES) {
        status = fl_table_malformed(
            txn, FL_TABLE_VERSIONS, fl_table_key_view(&found), "not an lsn");
    }
    if (status == FL_OK) {
        *out_lsn = fl_load_u64(found.bytes + 1);
    }
    return status;
}

void fl_versions_put_collision(struct fl_txn *txn, struct fl_key key, uint64_t id)
{
    struct fl_table_key row = fl_versions_object_key(FL_VERSIONS_COLLISION, key, id);

    fl_table_put(
        txn, FL_TABLE_VERSIONS, fl_table_key_view(&row), (struct fl_bytes){NULL, 0});
}

enum fl_status fl_versions_collision(
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t id,
    uint64_t *out_id)
{
    struct fl_table_key after = fl_versions_object_key(FL_VERSIONS_COLLISION, key, id);
    struct fl_bytes prefix = {.data = after.bytes, .size = 1 + FL_KEY_BYTES};
    struct fl_table_key found = {.size = 0};
    struct fl_bytes value;
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_VERSIONS, prefix, fl_table_key_view(&after), &found, &value);

    if (status == FL_OK) {
        *out_id = fl_load_u64(found.bytes + 1 + FL_KEY_BYTES);
    }
    return status;
}
