/*
 * Settings: "duplicate/00000001" is a merge, "duplicate/00000001/00000001" a step of it.
 * A merge: version u8 = 1, state u8, type u32, kept 16, merged 16, ms u64, who sized, was
 * marked u8, objects u64, references u64, attributes filled, varints up to the end.
 */

#include "duplicate_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/settings.h"

enum { VERSION = 1, NAME_BYTES = 40, MERGE_BYTES_MAX = 4096 };

static const char PREFIX[] = "duplicate/";

const char *fl_duplicate_state_name(enum fl_duplicate_state state)
{
    switch (state) {
    case FL_DUPLICATE_BEGUN:
        return "begun";
    case FL_DUPLICATE_DONE:
        return "done";
    case FL_DUPLICATE_UNDONE:
        return "undone";
    }
    return "";
}

static struct fl_bytes merge_name(uint32_t number, char out_text[NAME_BYTES])
{
    snprintf(out_text, NAME_BYTES, "%s%08u", PREFIX, (unsigned)number);
    return fl_bytes_of_text(out_text);
}

static struct fl_bytes step_name(
    uint32_t number,
    uint32_t step,
    char out_text[NAME_BYTES])
{
    snprintf(
        out_text, NAME_BYTES, "%s%08u/%08u", PREFIX, (unsigned)number, (unsigned)step);
    return fl_bytes_of_text(out_text);
}

static enum fl_status decode(
    struct fl_bytes bytes,
    uint32_t number,
    struct fl_duplicate_merge *out_merge)
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_duplicate_merge merge = {.number = number};
    uint8_t version = fl_reader_u8(&reader);
    uint8_t state = fl_reader_u8(&reader);
    merge.kept.type = merge.merged.type = fl_reader_u32(&reader);
    fl_reader_copy(&reader, merge.kept.id.bytes, sizeof merge.kept.id.bytes);
    fl_reader_copy(&reader, merge.merged.id.bytes, sizeof merge.merged.id.bytes);
    merge.merged_ms = (int64_t)fl_reader_u64(&reader);
    struct fl_bytes who = fl_reader_sized(&reader);
    merge.was_marked = fl_reader_u8(&reader) != 0;
    merge.objects = fl_reader_u64(&reader);
    merge.references = fl_reader_u64(&reader);
    while (fl_reader_left(&reader) > 0 && merge.filled_count < FL_DUPLICATE_FILLED_MAX) {
        merge.filled[merge.filled_count++] = (uint32_t)fl_reader_varint(&reader);
    }
    if (!fl_reader_done(&reader) || version != VERSION || state < FL_DUPLICATE_BEGUN ||
        state > FL_DUPLICATE_UNDONE || who.size >= sizeof merge.who) {
        return FL_MALFORMED;
    }
    merge.state = (enum fl_duplicate_state)state;
    snprintf(merge.who, sizeof merge.who, "%.*s", (int)who.size, (const char *)who.data);
    *out_merge = merge;
    return FL_OK;
}

enum fl_status fl_duplicate_log_get(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_duplicate_merge *out_merge)
{
    char name[NAME_BYTES];
    struct fl_bytes value;
    enum fl_status status = fl_settings_get(txn, merge_name(number, name), &value);
    return status == FL_OK ? decode(value, number, out_merge) : status;
}

enum fl_status fl_duplicate_log_next(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_duplicate_merge *out_merge,
    struct fl_error *out_error)
{
    char text[NAME_BYTES];
    struct fl_setting_name name;
    struct fl_bytes value;
    /* Behind all of its steps, whose names go on with a slash. */
    snprintf(text, sizeof text, "%s%08u0", PREFIX, (unsigned)number);
    name.size = strlen(text);
    memcpy(name.bytes, text, name.size);
    enum fl_status status =
        fl_settings_next(txn, fl_bytes_of_text(PREFIX), &name, &name, &value);
    if (status != FL_OK) {
        if (status != FL_NOT_FOUND) {
            *out_error = *fl_txn_error(txn);
        }
        return status;
    }
    snprintf(text, sizeof text, "%.*s", (int)name.size, (const char *)name.bytes);
    uint32_t next = (uint32_t)strtoul(text + strlen(PREFIX), NULL, 10);
    return decode(value, next, out_merge) == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, FL_MALFORMED, "the record of merge %u cannot be read",
                     (unsigned)next);
}

void fl_duplicate_log_put(struct fl_txn *txn, const struct fl_duplicate_merge *merge)
{
    char name[NAME_BYTES];
    struct fl_buffer buffer;
    fl_buffer_init(&buffer, MERGE_BYTES_MAX);
    fl_buffer_put_u8(&buffer, VERSION);
    fl_buffer_put_u8(&buffer, (uint8_t)merge->state);
    fl_buffer_put_u32(&buffer, merge->kept.type);
    fl_buffer_put_memory(&buffer, merge->kept.id.bytes, sizeof merge->kept.id.bytes);
    fl_buffer_put_memory(&buffer, merge->merged.id.bytes, sizeof merge->merged.id.bytes);
    fl_buffer_put_u64(&buffer, (uint64_t)merge->merged_ms);
    fl_buffer_put_sized(&buffer, fl_bytes_of_text(merge->who));
    fl_buffer_put_u8(&buffer, merge->was_marked ? 1 : 0);
    fl_buffer_put_u64(&buffer, merge->objects);
    fl_buffer_put_u64(&buffer, merge->references);
    for (size_t i = 0; i < merge->filled_count; i++) {
        fl_buffer_put_varint(&buffer, merge->filled[i]);
    }
    if (fl_buffer_status(&buffer) == FL_OK) {
        fl_settings_put(txn, merge_name(merge->number, name), fl_buffer_view(&buffer));
    } else {
        struct fl_error error;
        (void)fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
        fl_txn_fail(txn, &error);
    }
    fl_buffer_deinit(&buffer);
}

void fl_duplicate_log_put_step(
    struct fl_txn *txn,
    uint32_t number,
    uint32_t step,
    struct fl_bytes bytes)
{
    char name[NAME_BYTES];
    fl_settings_put(txn, step_name(number, step, name), bytes);
}

/* Steps are numbered without a gap: the last is the one behind which none is. */
enum fl_status fl_duplicate_log_last_step(
    struct fl_txn *txn,
    uint32_t number,
    uint32_t *out_step,
    struct fl_bytes *out_bytes)
{
    char name[NAME_BYTES];
    uint32_t step = 0;
    enum fl_status status = FL_OK;
    struct fl_bytes bytes;
    while (status == FL_OK) {
        status = fl_settings_get(txn, step_name(number, step + 1, name), &bytes);
        step += status == FL_OK;
    }
    if (status != FL_NOT_FOUND || step == 0) {
        return status;
    }
    status = fl_settings_get(txn, step_name(number, step, name), out_bytes);
    *out_step = step;
    return status;
}

void fl_duplicate_log_remove_step(struct fl_txn *txn, uint32_t number, uint32_t step)
{
    char name[NAME_BYTES];
    fl_settings_remove(txn, step_name(number, step, name));
}
