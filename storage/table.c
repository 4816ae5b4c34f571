/*
 * Rows with tags, values in parts: table.h has the layout.
 */

#include "table.h"

#include <stdio.h>
#include <string.h>

#include "proto/hash.h"

enum { FORM_WHOLE = 0, FORM_PARTS = 1, HEX_BYTES_MAX = 2 * FL_TABLE_KEY_BYTES_MAX + 1 };

const char *fl_table_name(enum fl_table table)
{
    static const char *const names[FL_TABLE_COUNT_] = {
        [FL_TABLE_STORE] = "store",
        [FL_TABLE_JOURNAL] = "journal",
        [FL_TABLE_OBJECTS] = "objects",
        [FL_TABLE_PARTS] = "parts",
        [FL_TABLE_NODES] = "nodes",
        [FL_TABLE_CONFIGURATIONS] = "configurations",
        [FL_TABLE_PEERS] = "peers",
        [FL_TABLE_PEER_INDEX] = "peer_index",
        [FL_TABLE_POSITIONS] = "positions",
        [FL_TABLE_MESSAGES] = "messages",
        [FL_TABLE_STAGED] = "staged",
        [FL_TABLE_COLLISIONS] = "collisions",
        [FL_TABLE_QUARANTINE] = "quarantine",
        [FL_TABLE_QUARANTINE_KEYS] = "quarantine_keys",
        [FL_TABLE_SETTINGS] = "settings",
        [FL_TABLE_INVITATIONS] = "invitations",
        [FL_TABLE_REGISTERED] = "registered",
        [FL_TABLE_STREAMS] = "streams",
        [FL_TABLE_AUDIT] = "audit",
        [FL_TABLE_ARRIVALS] = "arrivals",
        [FL_TABLE_VERSIONS] = "versions",
    };

    FL_ASSERT((int)table >= 0 && table < FL_TABLE_COUNT_);
    return names[table];
}

struct fl_bytes fl_table_key_view(const struct fl_table_key *key)
{
    return (struct fl_bytes){.data = key->bytes, .size = key->size};
}

void fl_table_key_put(struct fl_table_key *key, const void *memory, size_t size)
{
    FL_ASSERT(size <= sizeof key->bytes - key->size);
    if (size > 0) {
        memcpy(key->bytes + key->size, memory, size);
    }
    key->size += size;
}

void fl_table_key_put_u8(struct fl_table_key *key, uint8_t value)
{
    fl_table_key_put(key, &value, 1);
}

void fl_table_key_put_u32(struct fl_table_key *key, uint32_t value)
{
    uint8_t bytes[4];

    fl_store_u32(bytes, value);
    fl_table_key_put(key, bytes, sizeof bytes);
}

void fl_table_key_put_u64(struct fl_table_key *key, uint64_t value)
{
    uint8_t bytes[8];

    fl_store_u64(bytes, value);
    fl_table_key_put(key, bytes, sizeof bytes);
}

enum fl_status fl_table_malformed(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    const char *what)
{
    char hex[HEX_BYTES_MAX];
    size_t shown = key.size < FL_TABLE_KEY_BYTES_MAX ? key.size : FL_TABLE_KEY_BYTES_MAX;

    fl_bytes_hex((struct fl_bytes){key.data, shown}, hex);
    return fl_error_set(
        fl_txn_words(txn), FL_MALFORMED,
        "the store is damaged: table %s, key %s: %s; run a check, then restore it from a "
        "backup or from a peer",
        fl_table_name(table), hex, fl_error_words(what));
}

uint64_t fl_table_tag(enum fl_table table, struct fl_bytes key, struct fl_bytes value)
{
    return fl_tag((uint8_t)table, key, value);
}

bool fl_table_tag_holds(enum fl_table table, struct fl_bytes key, struct fl_bytes tagged)
{
    struct fl_bytes value;

    if (tagged.size < FL_TAG_BYTES) {
        return false;
    }
    value = (struct fl_bytes){
        .data = tagged.data + FL_TAG_BYTES,
        .size = tagged.size - FL_TAG_BYTES,
    };
    return fl_load_u64(tagged.data) == fl_table_tag(table, key, value);
}

bool fl_table_charge(struct fl_txn *txn, uint64_t bytes)
{
    if (!fl_txn_can_write(txn)) {
        return false;
    }
    if (!fl_txn_has_room(txn, bytes, 1)) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_LIMIT,
                     "one transaction of the store may write %llu MiB and %d rows; "
                     "divide the work into smaller ones",
                     (unsigned long long)FL_STORE_TXN_BYTES_MAX >> 20,
                     (int)FL_STORE_TXN_KEYS_MAX));
        return false;
    }
    txn->bytes += bytes;
    txn->keys++;
    return true;
}

uint8_t *fl_table_reserve(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t size,
    bool append)
{
    uint8_t *row = NULL;
    enum fl_status status;

    if (!fl_table_charge(txn, key.size + size)) {
        return NULL;
    }
    status = fl_txn_engine(txn)->reserve(txn->handle, table, key, size, append, &row);
    if (status != FL_OK) {
        (void)fl_txn_checked(txn, status);
        return NULL;
    }
    return row;
}

void fl_table_seal(enum fl_table table, struct fl_bytes key, uint8_t *row, size_t size)
{
    struct fl_bytes value = {.data = row + FL_TAG_BYTES, .size = size - FL_TAG_BYTES};

    fl_store_u64(row, fl_table_tag(table, key, value));
}

/* table u8 | key | index u32 */
struct part_key {
    uint8_t bytes[FL_PART_KEY_BYTES_MAX];
    size_t size;
};

static struct part_key part_key(enum fl_table table, struct fl_bytes key, size_t index)
{
    struct part_key part;

    FL_ASSERT(key.size <= FL_TABLE_KEY_BYTES_MAX);
    part.bytes[0] = (uint8_t)table;
    memcpy(part.bytes + 1, key.data, key.size);
    fl_store_u32(part.bytes + 1 + key.size, (uint32_t)index);
    part.size = 1 + key.size + 4;
    return part;
}

static struct fl_bytes part_key_view(const struct part_key *part)
{
    return (struct fl_bytes){.data = part->bytes, .size = part->size};
}

static size_t parts_of(size_t size)
{
    return (size + FL_STORE_PART_BYTES_MAX - 1) / FL_STORE_PART_BYTES_MAX;
}

void fl_table_put_parts(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes value)
{
    for (size_t i = 0; i < parts_of(value.size); i++) {
        size_t from = i * FL_STORE_PART_BYTES_MAX;
        size_t left = value.size - from;
        size_t size = left < FL_STORE_PART_BYTES_MAX ? left : FL_STORE_PART_BYTES_MAX;
        struct part_key part = part_key(table, key, i);
        uint8_t *row = fl_table_reserve(
            txn, FL_TABLE_PARTS, part_key_view(&part), FL_TAG_BYTES + size,
            /* append= */ false);

        if (row == NULL) {
            return;
        }
        memcpy(row + FL_TAG_BYTES, value.data + from, size);
        fl_table_seal(FL_TABLE_PARTS, part_key_view(&part), row, FL_TAG_BYTES + size);
    }
}

static void remove_row(struct fl_txn *txn, enum fl_table table, struct fl_bytes key)
{
    if (fl_table_charge(txn, key.size)) {
        (void)fl_txn_checked(txn, fl_txn_engine(txn)->remove(txn->handle, table, key));
    }
}

void fl_table_remove_parts(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t value_size)
{
    for (size_t i = 0; i < parts_of(value_size); i++) {
        struct part_key part = part_key(table, key, i);

        remove_row(txn, FL_TABLE_PARTS, part_key_view(&part));
    }
}

static enum fl_status get_part(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t index,
    struct fl_buffer *out_whole)
{
    struct part_key part = part_key(table, key, index);
    struct fl_bytes row;
    enum fl_status status = fl_txn_checked(
        txn,
        fl_txn_engine(txn)->get(txn->handle, FL_TABLE_PARTS, part_key_view(&part), &row));

    if (status == FL_NOT_FOUND) {
        return fl_table_malformed(txn, table, key, "a part of the value is missing");
    }
    if (status != FL_OK) {
        return status;
    }
    if (!fl_table_tag_holds(FL_TABLE_PARTS, part_key_view(&part), row)) {
        return fl_table_malformed(txn, table, key, "a part does not match its tag");
    }
    fl_buffer_put_memory(out_whole, row.data + FL_TAG_BYTES, row.size - FL_TAG_BYTES);
    return FL_OK;
}

enum fl_status fl_table_get_parts(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t value_size,
    struct fl_buffer *out_whole)
{
    if (out_whole->bytes_max == 0) {
        fl_buffer_init(out_whole, FL_VALUE_BYTES_MAX);
    }
    fl_buffer_clear(out_whole);
    for (size_t i = 0; i < parts_of(value_size); i++) {
        enum fl_status status = get_part(txn, table, key, i, out_whole);

        if (status != FL_OK) {
            return status;
        }
    }
    if (fl_buffer_status(out_whole) != FL_OK) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_NO_MEMORY,
                     "no memory to read a value of %zu "
                     "bytes",
                     value_size));
        return FL_NO_MEMORY;
    }
    if (fl_buffer_view(out_whole).size != value_size) {
        return fl_table_malformed(txn, table, key, "its parts have another length");
    }
    return FL_OK;
}

enum fl_status fl_table_open_row(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes row,
    struct fl_buffer *whole,
    struct fl_bytes *out_value)
{
    struct fl_reader reader;
    uint8_t form;
    uint32_t size;
    enum fl_status status;

    if (!fl_table_tag_holds(table, key, row)) {
        return fl_table_malformed(txn, table, key, "the value does not match its tag");
    }
    reader = fl_reader_of(row);
    (void)fl_reader_take(&reader, FL_TAG_BYTES);
    form = fl_reader_u8(&reader);
    if (form == FORM_WHOLE && !reader.failed) {
        *out_value = fl_reader_take(&reader, fl_reader_left(&reader));
        return FL_OK;
    }
    size = fl_reader_u32(&reader);
    if (form != FORM_PARTS || !fl_reader_done(&reader)) {
        return fl_table_malformed(txn, table, key, "the value has an unknown form");
    }
    status = fl_table_get_parts(txn, table, key, size, whole);
    if (status == FL_OK) {
        *out_value = fl_buffer_view(whole);
    }
    return status;
}

enum fl_status fl_table_get(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes *out_value)
{
    struct fl_bytes row;
    enum fl_status status;

    if (!fl_txn_can_read(txn)) {
        return fl_txn_status(txn);
    }
    status = fl_txn_checked(txn, fl_txn_engine(txn)->get(txn->handle, table, key, &row));
    if (status != FL_OK) {
        return status;
    }
    return fl_table_open_row(txn, table, key, row, &txn->whole, out_value);
}

/* The size of a value that lies in parts, 0 of any other: for removing them. */
static size_t size_in_parts(struct fl_bytes row)
{
    struct fl_reader reader = fl_reader_of(row);
    uint8_t form;
    uint32_t size;

    (void)fl_reader_take(&reader, FL_TAG_BYTES);
    form = fl_reader_u8(&reader);
    size = fl_reader_u32(&reader);
    return form == FORM_PARTS && fl_reader_done(&reader) && size <= FL_VALUE_BYTES_MAX
               ? size
               : 0;
}

enum fl_status fl_table_parts_size(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t *out_size)
{
    struct fl_bytes row;
    enum fl_status status =
        fl_txn_checked(txn, fl_txn_engine(txn)->get(txn->handle, table, key, &row));

    if (status == FL_OK) {
        *out_size = fl_table_tag_holds(table, key, row) ? size_in_parts(row) : 0;
    }
    return status;
}

void fl_table_put(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes value)
{
    bool cut = value.size > FL_STORE_PART_BYTES_MAX;
    size_t size = FL_VALUE_HEAD_BYTES + (cut ? 4 : value.size);
    size_t old_size = 0;
    uint8_t *row;

    if (!fl_txn_can_write(txn)) {
        return;
    }
    if (fl_table_parts_size(txn, table, key, &old_size) == FL_OK && old_size > 0) {
        fl_table_remove_parts(txn, table, key, old_size);
    }
    if (cut) {
        fl_table_put_parts(txn, table, key, value);
    }
    row = fl_table_reserve(txn, table, key, size, /* append= */ false);
    if (row == NULL) {
        return;
    }
    row[FL_TAG_BYTES] = cut ? FORM_PARTS : FORM_WHOLE;
    if (cut) {
        fl_store_u32(row + FL_VALUE_HEAD_BYTES, (uint32_t)value.size);
    } else if (value.size > 0) {
        memcpy(row + FL_VALUE_HEAD_BYTES, value.data, value.size);
    }
    fl_table_seal(table, key, row, size);
}

void fl_table_put_encoded(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_buffer *encoded)
{
    enum fl_status status = fl_buffer_status(encoded);

    if (status == FL_OK) {
        fl_table_put(txn, table, key, fl_buffer_view(encoded));
    } else {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), status,
                     "a row of table %s is too large, or there is no memory for it",
                     fl_table_name(table)));
    }
    fl_buffer_deinit(encoded);
}

void fl_table_remove(struct fl_txn *txn, enum fl_table table, struct fl_bytes key)
{
    size_t old_size = 0;

    if (!fl_txn_can_write(txn) ||
        fl_table_parts_size(txn, table, key, &old_size) != FL_OK) {
        return;
    }
    fl_table_remove_parts(txn, table, key, old_size);
    remove_row(txn, table, key);
}

static bool starts_with(struct fl_bytes key, struct fl_bytes prefix)
{
    return key.size >= prefix.size &&
           (prefix.size == 0 || memcmp(key.data, prefix.data, prefix.size) == 0);
}

/* The first row of `prefix` above `after`, as it lies there. */
static enum fl_status row_above(
    struct fl_txn *txn,
    enum fl_table table,
    void *cursor,
    struct fl_bytes prefix,
    struct fl_bytes after,
    struct fl_bytes *out_key,
    struct fl_bytes *out_row)
{
    const struct fl_engine *engine = fl_txn_engine(txn);
    struct fl_bytes from = after.size > 0 ? after : prefix;
    enum fl_status status = engine->cursor_seek(cursor, from, out_key, out_row);

    if (status == FL_OK && after.size > 0 && fl_bytes_equal(*out_key, after)) {
        status = engine->cursor_next(cursor, out_key, out_row);
    }
    status = fl_txn_checked(txn, status);
    if (status == FL_OK && after.size > 0 && fl_bytes_compare(*out_key, after) <= 0) {
        /* A damaged tree may lead in a circle. */
        status = fl_table_malformed(txn, table, *out_key, "keys are out of order");
        fl_txn_failed(txn, status);
    }
    return status == FL_OK && !starts_with(*out_key, prefix) ? FL_NOT_FOUND : status;
}

static enum fl_status key_copy(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_table_key *out_key)
{
    if (key.size > sizeof out_key->bytes) {
        fl_txn_failed(txn, fl_table_malformed(txn, table, key, "the key is too long"));
        return FL_MALFORMED;
    }
    out_key->size = 0;
    fl_table_key_put(out_key, key.data, key.size);
    return FL_OK;
}

enum fl_status fl_table_above(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes prefix,
    struct fl_bytes after,
    struct fl_table_key *out_key,
    struct fl_bytes *out_value)
{
    void *cursor = fl_txn_cursor(txn, table);
    struct fl_bytes key;
    struct fl_bytes row;
    enum fl_status status;

    if (cursor == NULL) {
        return fl_txn_status(txn);
    }
    status = row_above(txn, table, cursor, prefix, after, &key, &row);
    if (status == FL_OK) {
        status = key_copy(txn, table, key, out_key);
    }
    fl_txn_cursor_end(txn, cursor);
    if (status != FL_OK) {
        return status;
    }
    return fl_table_open_row(
        txn, table, fl_table_key_view(out_key), row, &txn->whole, out_value);
}

/* The least key above all that start with `prefix`; empty when there is none. */
static struct fl_table_key behind(struct fl_bytes prefix)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put(&key, prefix.data, prefix.size);
    while (key.size > 0) {
        if (++key.bytes[key.size - 1] != 0) {
            break;
        }
        key.size--;
    }
    return key;
}

enum fl_status fl_table_last(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes prefix,
    struct fl_table_key *out_key)
{
    struct fl_table_key end = behind(prefix);
    void *cursor = fl_txn_cursor(txn, table);
    struct fl_bytes key;
    struct fl_bytes row;
    enum fl_status status;

    if (cursor == NULL) {
        return fl_txn_status(txn);
    }
    status = fl_txn_checked(
        txn,
        fl_txn_engine(txn)->cursor_before(cursor, fl_table_key_view(&end), &key, &row));
    if (status == FL_OK && !starts_with(key, prefix)) {
        status = FL_NOT_FOUND;
    }
    if (status == FL_OK) {
        status = key_copy(txn, table, key, out_key);
    }
    fl_txn_cursor_end(txn, cursor);
    return status;
}

void fl_table_remove_all(struct fl_txn *txn, enum fl_table table, struct fl_bytes prefix)
{
    struct fl_table_key last;

    /* From the end: the parts of what is left stay with it if the transaction fails. */
    while (fl_txn_can_read(txn) && fl_table_last(txn, table, prefix, &last) == FL_OK) {
        fl_table_remove(txn, table, fl_table_key_view(&last));
    }
}

uint64_t fl_table_entries(struct fl_txn *txn, enum fl_table table)
{
    uint64_t count = 0;

    if (fl_txn_can_read(txn)) {
        (void)fl_txn_checked(
            txn, fl_txn_engine(txn)->entries(txn->handle, table, &count));
    }
    return count;
}

uint64_t fl_table_sequence(struct fl_txn *txn, const char *name)
{
    struct fl_bytes key = fl_bytes_of_text(name);
    struct fl_bytes value;
    uint8_t bytes[8];
    uint64_t last = 0;
    enum fl_status status = fl_table_get(txn, FL_TABLE_STORE, key, &value);

    if (status == FL_MALFORMED || (status == FL_OK && value.size != sizeof bytes)) {
        /* Going on from 1 would give numbers twice. */
        fl_txn_failed(
            txn, fl_table_malformed(txn, FL_TABLE_STORE, key, "a sequence is damaged"));
        return 0;
    }
    if (status == FL_OK) {
        last = fl_load_u64(value.data);
    }
    fl_store_u64(bytes, last + 1);
    fl_table_put(
        txn, FL_TABLE_STORE, key, (struct fl_bytes){.data = bytes, .size = sizeof bytes});
    return fl_txn_status(txn) == FL_OK ? last + 1 : 0;
}
