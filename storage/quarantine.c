/*
 * quarantine: id u64 -> group u64 | time u64 (ms) | peer u32 | incarnation 16 |
 * message u64 | key 20 | origin u32 | configuration u16 | flags u8 | peer's code, reason,
 * record (sized) | judged lsn u64 | rules u64 | attempts u32. quarantine_keys: key 20 |
 * id u64 -> nothing, to find by object.
 */

#include "storage/quarantine.h"

#include <string.h>

#include "fields.h"
#include "proto/uuid.h"
#include "table.h"

enum {
    ID_BYTES = 8,
    QUARANTINED_BYTES_MAX = FL_RECORD_BYTES_MAX + 4 * FL_NAME_BYTES_MAX,
};

static struct fl_table_key id_key(uint64_t id)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u64(&key, id);
    return key;
}

static struct fl_table_key object_key(struct fl_key object)
{
    struct fl_table_key key = {.size = FL_KEY_BYTES};

    fl_key_encode(object, key.bytes);
    return key;
}

static void quarantined_put(
    struct fl_txn *txn,
    uint64_t id,
    const struct fl_quarantined *quarantined)
{
    struct fl_table_key key = id_key(id);
    struct fl_table_key object = object_key(quarantined->key);
    struct fl_bytes reason = quarantined->reason;
    struct fl_buffer buffer;

    if (reason.size > FL_NAME_BYTES_MAX) {
        reason.size = FL_NAME_BYTES_MAX;
    }
    fl_buffer_init(&buffer, QUARANTINED_BYTES_MAX);
    fl_buffer_put_u64(&buffer, quarantined->group != 0 ? quarantined->group : id);
    fl_fields_put_i64(&buffer, quarantined->time_ms);
    fl_buffer_put_u32(&buffer, quarantined->peer);
    fl_uuid_put(&buffer, quarantined->incarnation);
    fl_buffer_put_u64(&buffer, quarantined->message_number);
    fl_buffer_put(&buffer, fl_table_key_view(&object));
    fl_buffer_put_u32(&buffer, quarantined->origin);
    fl_buffer_put_u16(&buffer, quarantined->configuration);
    fl_buffer_put_u8(&buffer, quarantined->flags);
    fl_fields_put_text(&buffer, quarantined->peer_code);
    fl_buffer_put_sized(&buffer, reason);
    fl_buffer_put_sized(&buffer, quarantined->record);
    fl_buffer_put_u64(&buffer, quarantined->judged_lsn);
    fl_buffer_put_u64(&buffer, quarantined->rules);
    fl_buffer_put_u32(&buffer, quarantined->attempts);
    fl_table_put_encoded(txn, FL_TABLE_QUARANTINE, fl_table_key_view(&key), &buffer);
    fl_table_key_put_u64(&object, id);
    fl_table_put(
        txn, FL_TABLE_QUARANTINE_KEYS, fl_table_key_view(&object),
        (struct fl_bytes){.data = NULL, .size = 0});
}

static enum fl_status quarantined_decode(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes value,
    struct fl_quarantined *out_quarantined)
{
    struct fl_reader reader = fl_reader_of(value);
    struct fl_quarantined quarantined = {.group = fl_reader_u64(&reader)};
    uint8_t object[FL_KEY_BYTES] = {0};

    quarantined.time_ms = fl_fields_i64(&reader);
    quarantined.peer = fl_reader_u32(&reader);
    quarantined.incarnation = fl_uuid_take(&reader);
    quarantined.message_number = fl_reader_u64(&reader);
    fl_reader_copy(&reader, object, sizeof object);
    quarantined.key = fl_key_decode(object);
    quarantined.origin = fl_reader_u32(&reader);
    quarantined.configuration = fl_reader_u16(&reader);
    quarantined.flags = fl_reader_u8(&reader);
    fl_fields_text(&reader, quarantined.peer_code, FL_CODE_BYTES_MAX);
    quarantined.reason = fl_reader_sized(&reader);
    quarantined.record = fl_reader_sized(&reader);
    quarantined.judged_lsn = fl_reader_u64(&reader);
    quarantined.rules = fl_reader_u64(&reader);
    quarantined.attempts = fl_reader_u32(&reader);
    if (!fl_reader_done(&reader) || key->size != ID_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_QUARANTINE, fl_table_key_view(key), "not a quarantined object");
    }
    quarantined.id = fl_load_u64(key->bytes);
    *out_quarantined = quarantined;
    return FL_OK;
}

uint64_t fl_quarantine_append(
    struct fl_txn *txn,
    const struct fl_quarantined *quarantined)
{
    uint64_t id;

    if (!fl_txn_can_write(txn)) {
        return 0;
    }
    id = fl_table_sequence(txn, "last/quarantine");
    if (id != 0) {
        quarantined_put(txn, id, quarantined);
    }
    return fl_txn_status(txn) == FL_OK ? id : 0;
}

enum fl_status fl_quarantine_get(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_quarantined *out_quarantined)
{
    struct fl_table_key key = id_key(id);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_QUARANTINE, fl_table_key_view(&key), &value);

    if (status != FL_OK) {
        return status;
    }
    return quarantined_decode(txn, &key, value, out_quarantined);
}

enum fl_status fl_quarantine_next(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_quarantined *out_quarantined)
{
    struct fl_bytes all = {.data = NULL, .size = 0};
    struct fl_table_key key = id_key(id);
    struct fl_bytes value;
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_QUARANTINE, all, fl_table_key_view(&key), &key, &value);

    if (status != FL_OK) {
        return status;
    }
    return quarantined_decode(txn, &key, value, out_quarantined);
}

bool fl_quarantine_holds(struct fl_txn *txn, struct fl_key key)
{
    struct fl_table_key object = object_key(key);
    struct fl_table_key last;

    /* Nearly always empty: then nothing is asked of it. */
    return fl_quarantine_count(txn) > 0 &&
           fl_table_last(
               txn, FL_TABLE_QUARANTINE_KEYS, fl_table_key_view(&object), &last) == FL_OK;
}

uint64_t fl_quarantine_first(struct fl_txn *txn, struct fl_key key)
{
    struct fl_table_key object = object_key(key);
    struct fl_table_key first = object;
    struct fl_bytes value;

    if (fl_quarantine_count(txn) == 0 ||
        fl_table_above(
            txn, FL_TABLE_QUARANTINE_KEYS, fl_table_key_view(&object),
            fl_table_key_view(&first), &first, &value) != FL_OK) {
        return 0;
    }
    return fl_load_u64(first.bytes + FL_KEY_BYTES);
}

enum fl_status fl_quarantine_note(struct fl_txn *txn, uint64_t id, struct fl_bytes reason)
{
    struct fl_quarantined quarantined;
    struct fl_buffer record;
    enum fl_status status = fl_quarantine_get(txn, id, &quarantined);

    if (status != FL_OK) {
        return status;
    }
    /* What the map lent does not outlive a write. */
    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    fl_buffer_put(&record, quarantined.record);
    status = fl_buffer_status(&record);
    if (status == FL_OK) {
        quarantined.record = fl_buffer_view(&record);
        quarantined.reason = reason;
        quarantined.attempts++;
        quarantined_put(txn, id, &quarantined);
        status = fl_txn_status(txn);
    }
    fl_buffer_deinit(&record);
    return status;
}

enum fl_status fl_quarantine_remove(struct fl_txn *txn, uint64_t id)
{
    struct fl_table_key key = id_key(id);
    struct fl_table_key object;
    struct fl_quarantined quarantined;
    enum fl_status status = fl_quarantine_get(txn, id, &quarantined);

    if (status != FL_OK) {
        return status;
    }
    object = object_key(quarantined.key);
    fl_table_key_put_u64(&object, id);
    fl_table_remove(txn, FL_TABLE_QUARANTINE, fl_table_key_view(&key));
    fl_table_remove(txn, FL_TABLE_QUARANTINE_KEYS, fl_table_key_view(&object));
    return fl_txn_status(txn);
}

uint64_t fl_quarantine_count(struct fl_txn *txn)
{
    return fl_txn_can_read(txn) ? fl_table_entries(txn, FL_TABLE_QUARANTINE) : 0;
}
