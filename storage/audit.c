/*
 * audit: number u64 -> at u64 | kind u8 | via u8 | begun u64 | who, command, what, error
 * (sized) | hash of the entry before 32. The hash of an entry is BLAKE2b-256 over its
 * number and its row.
 */

#include "storage/audit.h"

#include <inttypes.h>
#include <string.h>

#include "fields.h"
#include "table.h"

enum { NUMBER_BYTES = 8, ENTRY_BYTES_MAX = (int)sizeof(struct fl_audit_entry) + 64 };

static struct fl_table_key key_of(uint64_t number)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u64(&key, number);
    return key;
}

static void hash_row(
    const struct fl_table_key *key,
    struct fl_bytes row,
    uint8_t out_hash[FL_HASH_BYTES])
{
    struct fl_hasher hasher;

    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, fl_table_key_view(key));
    fl_hasher_add(&hasher, row);
    fl_hasher_finish(&hasher, out_hash);
}

static void encode(struct fl_buffer *buffer, const struct fl_audit_entry *entry)
{
    fl_fields_put_i64(buffer, entry->at_ms);
    fl_buffer_put_u8(buffer, (uint8_t)entry->kind);
    fl_buffer_put_u8(buffer, (uint8_t)entry->via);
    fl_buffer_put_u64(buffer, entry->begun);
    fl_fields_put_text(buffer, entry->who);
    fl_fields_put_text(buffer, entry->command);
    fl_fields_put_text(buffer, entry->what);
    fl_fields_put_text(buffer, entry->error);
    fl_buffer_put_memory(buffer, entry->previous, sizeof entry->previous);
}

static enum fl_status decode(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes row,
    struct fl_audit_entry *out_entry)
{
    struct fl_reader reader = fl_reader_of(row);

    memset(out_entry, 0, sizeof *out_entry);
    out_entry->at_ms = fl_fields_i64(&reader);
    out_entry->kind = (enum fl_audit_kind)fl_fields_choice(&reader, FL_AUDIT_EVENT);
    out_entry->via = (enum fl_audit_via)fl_fields_choice(&reader, FL_AUDIT_DAEMON);
    out_entry->begun = fl_reader_u64(&reader);
    fl_fields_text(&reader, out_entry->who, FL_AUDIT_WHO_BYTES_MAX);
    fl_fields_text(&reader, out_entry->command, FL_AUDIT_COMMAND_BYTES_MAX);
    fl_fields_text(&reader, out_entry->what, FL_AUDIT_WHAT_BYTES_MAX);
    fl_fields_text(&reader, out_entry->error, FL_AUDIT_ERROR_BYTES_MAX);
    fl_reader_copy(&reader, out_entry->previous, sizeof out_entry->previous);
    if (!fl_reader_done(&reader) || key->size != NUMBER_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_AUDIT, fl_table_key_view(key), "not an entry of the audit");
    }
    out_entry->number = fl_load_u64(key->bytes);
    hash_row(key, row, out_entry->hash);
    return FL_OK;
}

uint64_t fl_audit_last(struct fl_txn *txn)
{
    struct fl_bytes all = {.data = NULL, .size = 0};
    struct fl_table_key key;

    return fl_table_last(txn, FL_TABLE_AUDIT, all, &key) == FL_OK &&
                   key.size == NUMBER_BYTES
               ? fl_load_u64(key.bytes)
               : 0;
}

enum fl_status fl_audit_get(
    struct fl_txn *txn,
    uint64_t number,
    struct fl_audit_entry *out_entry)
{
    struct fl_table_key key = key_of(number);
    struct fl_bytes row;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_AUDIT, fl_table_key_view(&key), &row);

    return status == FL_OK ? decode(txn, &key, row, out_entry) : status;
}

void fl_audit_append(struct fl_txn *txn, struct fl_audit_entry *entry)
{
    struct fl_audit_entry before = {.hash = {0}};
    struct fl_buffer buffer;
    uint64_t last = fl_audit_last(txn);

    if (!fl_txn_can_write(txn)) {
        return;
    }
    /* Behind a damaged entry the chain goes on from nothing: verifying tells where. */
    if (last > 0 && fl_audit_get(txn, last, &before) != FL_OK) {
        memset(&before, 0, sizeof before);
    }
    entry->number = last + 1;
    memcpy(entry->previous, before.hash, sizeof entry->previous);
    struct fl_table_key key = key_of(entry->number);

    fl_buffer_init(&buffer, ENTRY_BYTES_MAX);
    encode(&buffer, entry);
    hash_row(&key, fl_buffer_view(&buffer), entry->hash);
    fl_table_put_encoded(txn, FL_TABLE_AUDIT, fl_table_key_view(&key), &buffer);
}

enum fl_status fl_audit_verify(
    struct fl_txn *txn,
    struct fl_audit_entry *out_last,
    struct fl_error *out_error)
{
    struct fl_audit_entry entry = {.number = 0};
    uint8_t before[FL_HASH_BYTES] = {0};
    const uint64_t last = fl_audit_last(txn);

    for (uint64_t number = 1; number <= last; number++) {
        enum fl_status status = fl_audit_get(txn, number, &entry);

        if (status != FL_OK && status != FL_NOT_FOUND && status != FL_MALFORMED) {
            return fl_error_set(
                out_error, status, "the audit cannot be read: %s",
                fl_status_name(status));
        }
        if (status != FL_OK) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                status == FL_NOT_FOUND ? "entry %" PRIu64 " of the audit is missing"
                                       : "entry %" PRIu64 " of the audit is damaged",
                number);
        }
        if (memcmp(entry.previous, before, sizeof before) != 0) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "entry %" PRIu64 " of the audit does not follow entry %" PRIu64
                ": one of them was changed",
                number, number - 1);
        }
        memcpy(before, entry.hash, sizeof before);
    }
    *out_last = entry;
    return FL_OK;
}
