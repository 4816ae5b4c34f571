#include "peer_lists.h"

#include <stdio.h>
#include <string.h>

#include "proto/hash.h"
#include "storage/settings.h"

enum { HASH_BYTES = 16, NAME_BYTES = 48 };

static const char PREFIX[] = "lists/";

static struct fl_bytes setting_name(
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const char *code,
    char out_name[NAME_BYTES])
{
    struct fl_hasher hasher;
    uint8_t hash[FL_HASH_BYTES];
    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, (struct fl_bytes){plan, FL_PEER_PLAN_BYTES});
    fl_hasher_add(&hasher, fl_bytes_of_text(code));
    fl_hasher_finish(&hasher, hash);
    memcpy(out_name, PREFIX, sizeof PREFIX);
    fl_bytes_hex((struct fl_bytes){hash, HASH_BYTES}, out_name + sizeof PREFIX - 1);
    return fl_bytes_of_text(out_name);
}

enum fl_status fl_peer_lists_get(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const char *code,
    struct fl_bytes *out_encoded)
{
    char name[NAME_BYTES];
    struct fl_bytes whole;
    enum fl_status status = fl_settings_get(txn, setting_name(plan, code, name), &whole);
    if (status == FL_OK) {
        struct fl_reader reader = fl_reader_of(whole);
        (void)fl_reader_sized(&reader);
        *out_encoded = fl_reader_take(&reader, fl_reader_left(&reader));
        status = reader.failed ? FL_MALFORMED : FL_OK;
    }
    return status;
}

/* -- reading -- */

static enum fl_status read_list(
    const struct fl_configuration *configuration,
    struct fl_reader *reader,
    struct fl_arena *arena,
    struct fl_filter_list *out_list)
{
    out_list->name = fl_reader_sized(reader);
    uint64_t count = fl_reader_varint(reader);
    if (reader->failed || count > fl_reader_left(reader)) {
        return FL_MALFORMED;
    }
    struct fl_filter_value *values =
        fl_arena_array(arena, (size_t)count + 1, sizeof *values);
    if (values == NULL) {
        return FL_NO_MEMORY;
    }
    for (uint64_t i = 0; i < count; i++) {
        values[i] = fl_filter_value_of(configuration, fl_reader_sized(reader));
    }
    out_list->values = values;
    out_list->value_count = (size_t)count;
    return reader->failed ? FL_MALFORMED : FL_OK;
}

enum fl_status fl_peer_lists_decode(
    const struct fl_configuration *configuration,
    struct fl_bytes encoded,
    struct fl_arena *arena,
    struct fl_filter_lists *out_lists)
{
    struct fl_reader reader = fl_reader_of(encoded);
    uint64_t count = fl_reader_varint(&reader);
    if (reader.failed || count > FL_PEER_LISTS_MAX) {
        return FL_MALFORMED;
    }
    struct fl_filter_list *lists =
        fl_arena_array(arena, (size_t)count + 1, sizeof *lists);
    if (lists == NULL) {
        return FL_NO_MEMORY;
    }
    enum fl_status status = FL_OK;
    for (uint64_t i = 0; i < count && status == FL_OK; i++) {
        status = read_list(configuration, &reader, arena, &lists[i]);
    }
    if (status == FL_OK && !fl_reader_done(&reader)) {
        status = FL_MALFORMED;
    }
    if (status == FL_OK) {
        *out_lists = (struct fl_filter_lists){lists, (size_t)count};
    }
    return status;
}

/* -- changing -- */

static void put_list(
    struct fl_buffer *buffer,
    struct fl_bytes name,
    const char *const *values,
    size_t value_count)
{
    fl_buffer_put_sized(buffer, name);
    fl_buffer_put_varint(buffer, value_count);
    for (size_t i = 0; i < value_count; i++) {
        fl_buffer_put_sized(buffer, fl_bytes_of_text(values[i]));
    }
}

/* A list as it was: its bytes, from the name on. */
static struct fl_bytes take_list(struct fl_reader *reader, struct fl_bytes *out_name)
{
    const uint8_t *begin = reader->next;
    *out_name = fl_reader_sized(reader);
    uint64_t count = fl_reader_varint(reader);
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        (void)fl_reader_sized(reader);
    }
    return (struct fl_bytes){begin, (size_t)(reader->next - begin)};
}

/* All lists but that of `name`, and the new one in its place. */
static uint64_t merge(
    struct fl_bytes before,
    const char *name,
    const char *const *values,
    size_t value_count,
    struct fl_buffer *out_lists)
{
    struct fl_reader reader = fl_reader_of(before);
    struct fl_bytes own = fl_bytes_of_text(name);
    uint64_t written = 0;
    bool placed = values == NULL;
    uint64_t count = 0;
    if (before.size > 0) {
        (void)fl_reader_sized(&reader);
        count = fl_reader_varint(&reader);
    }
    for (uint64_t i = 0; i < count && !reader.failed; i++) {
        struct fl_bytes other;
        struct fl_bytes bytes = take_list(&reader, &other);
        if (!placed && fl_bytes_compare(own, other) < 0) {
            put_list(out_lists, own, values, value_count);
            placed = true;
            written++;
        }
        if (!fl_bytes_equal(own, other)) {
            fl_buffer_put(out_lists, bytes);
            written++;
        }
    }
    if (!placed) {
        put_list(out_lists, own, values, value_count);
        written++;
    }
    return written;
}

enum fl_status fl_peer_lists_put(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const char *code,
    const char *name,
    const char *const *values,
    size_t value_count)
{
    char setting[NAME_BYTES];
    struct fl_bytes key = setting_name(plan, code, setting);
    struct fl_bytes before = {0};
    struct fl_buffer lists;
    struct fl_buffer whole;
    if (fl_settings_get(txn, key, &before) != FL_OK) {
        before = (struct fl_bytes){0};
    }
    fl_buffer_init(&lists, FL_PEER_LISTS_BYTES_MAX);
    fl_buffer_init(&whole, FL_PEER_LISTS_BYTES_MAX + FL_CODE_BYTES_MAX + 16);
    uint64_t count = merge(before, name, values, value_count, &lists);
    fl_buffer_put_sized(&whole, fl_bytes_of_text(code));
    fl_buffer_put_varint(&whole, count);
    fl_buffer_put(&whole, fl_buffer_view(&lists));
    enum fl_status status = fl_buffer_status(&lists);
    if (status == FL_OK) {
        status = count > FL_PEER_LISTS_MAX ? FL_LIMIT : fl_buffer_status(&whole);
    }
    if (status == FL_OK && count > 0) {
        fl_settings_put(txn, key, fl_buffer_view(&whole));
    } else if (status == FL_OK) {
        fl_settings_remove(txn, key);
    }
    fl_buffer_deinit(&lists);
    fl_buffer_deinit(&whole);
    return status;
}

enum fl_status fl_peer_lists_next(
    struct fl_txn *txn,
    struct fl_peer_lists_place *after,
    char out_code[FL_CODE_BYTES_MAX + 1])
{
    struct fl_setting_name name = {.size = after->size};
    struct fl_bytes value;
    memcpy(name.bytes, after->bytes, after->size);
    enum fl_status status = fl_settings_next(
        txn, fl_bytes_of_text(PREFIX), after->size > 0 ? &name : NULL, &name, &value);
    if (status != FL_OK || name.size > sizeof after->bytes) {
        return status == FL_OK ? FL_MALFORMED : status;
    }
    memcpy(after->bytes, name.bytes, name.size);
    after->size = name.size;
    struct fl_reader reader = fl_reader_of(value);
    struct fl_bytes code = fl_reader_sized(&reader);
    if (reader.failed || code.size > FL_CODE_BYTES_MAX) {
        return FL_MALFORMED;
    }
    memcpy(out_code, code.data, code.size);
    out_code[code.size] = '\0';
    return FL_OK;
}
