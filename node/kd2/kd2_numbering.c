#include "kd2_numbering.h"

#include <stdio.h>
#include <string.h>

#include "endpoint/endpoint_search.h"
#include "proto/limits.h"
#include "proto/record.h"
#include "storage/journal.h"

enum { DIGITS_MAX = 18, LENGTH_DEFAULT = 9, CODE_BYTES = 128 };

static const struct fl_attribute *attribute_of(const struct fl_type *type)
{
    const struct fl_attribute *code = fl_type_role(type, FL_ROLE_CODE);
    return code != NULL ? code : fl_type_role(type, FL_ROLE_NUMBER);
}

/* The digits behind the prefix; 0: it is of another series. */
static uint64_t number_of(const char *prefix, struct fl_bytes code)
{
    size_t size = strlen(prefix);
    uint64_t number = 0;
    while (code.size > 0 && code.data[code.size - 1] == ' ') {
        code.size--;
    }
    if (code.size <= size || code.size - size > DIGITS_MAX ||
        memcmp(code.data, prefix, size) != 0) {
        return 0;
    }
    for (size_t i = size; i < code.size; i++) {
        if (code.data[i] < '0' || code.data[i] > '9') {
            return 0;
        }
        number = number * 10 + (uint64_t)(code.data[i] - '0');
    }
    return number;
}

/* The year whose numbers the object's number is one of; 0: they have no years. */
static int64_t year_of(const struct fl_type *type, const struct fl_object *object)
{
    const struct fl_attribute *date = fl_type_role(type, FL_ROLE_DATE);
    const struct fl_value *value = date == NULL || type->kind != FL_KIND_DOCUMENT
                                       ? NULL
                                       : fl_object_field(object, date->number);
    return value == NULL || value->kind != FL_VALUE_DATE
               ? 0
               : fl_endpoint_year_of(value->date);
}

static void see(
    struct fl_kd2_series *series,
    const struct fl_type *type,
    const struct fl_object *object)
{
    const struct fl_value *value = fl_object_field(object, attribute_of(type)->number);
    if (value != NULL && value->kind == FL_VALUE_STRING &&
        year_of(type, object) == series->year) {
        uint64_t number = number_of(series->prefix, value->bytes);
        series->last = number > series->last ? number : series->last;
    }
}

static size_t kept(const struct fl_kd2_numbering *numbering)
{
    return numbering->made < FL_KD2_SERIES_MAX ? numbering->made : FL_KD2_SERIES_MAX;
}

static struct fl_kd2_series *known_series(
    struct fl_kd2_numbering *numbering,
    const struct fl_kd2_series *wanted)
{
    for (size_t i = 0; i < kept(numbering); i++) {
        struct fl_kd2_series *series = &numbering->series[i];
        if (series->type == wanted->type && series->year == wanted->year &&
            strcmp(series->prefix, wanted->prefix) == 0) {
            return series;
        }
    }
    return NULL;
}

/* What is written from now on is seen by the series as by the others. */
static void begin_counting(
    struct fl_kd2_numbering *numbering,
    const struct fl_type *type,
    const struct fl_kd2_series *wanted)
{
    FL_ASSERT(numbering->counted == NULL);
    struct fl_kd2_series *series =
        &numbering->series[numbering->made++ % FL_KD2_SERIES_MAX];
    *series = *wanted;
    numbering->counted = series;
    numbering->counted_type = type;
    numbering->counted_to = (struct fl_key){.type = type->number};
}

static enum fl_status find_series(
    struct fl_kd2_numbering *numbering,
    const struct fl_type *type,
    int64_t year,
    struct fl_bytes prefix,
    struct fl_kd2_series **out_series,
    struct fl_error *out_error)
{
    struct fl_kd2_series series = {.type = type->number, .year = year};
    if (prefix.size >= FL_KD2_PREFIX_BYTES) {
        return fl_error_set(
            out_error, FL_LIMIT, "the prefix \"%.*s\" is longer than %d bytes",
            (int)fl_bytes_utf8_beginning(prefix, 80).size, (const char *)prefix.data,
            FL_KD2_PREFIX_BYTES - 1);
    }
    if (prefix.size > 0) {
        memcpy(series.prefix, prefix.data, prefix.size);
    }
    *out_series = known_series(numbering, &series);
    if (*out_series != NULL) {
        return FL_OK;
    }
    begin_counting(numbering, type, &series);
    return FL_BUSY;
}

static enum fl_status add_code(
    const struct fl_kd2_series *series,
    const struct fl_attribute *attribute,
    struct fl_arena *arena,
    struct fl_object *object)
{
    size_t length = attribute->type.string_length > 0 ? attribute->type.string_length
                                                      : LENGTH_DEFAULT;
    size_t used = fl_bytes_utf8_length(fl_bytes_of_text(series->prefix));
    struct fl_field *fields =
        fl_arena_array(arena, object->field_count + 1, sizeof *fields);
    char code[CODE_BYTES];
    snprintf(
        code, sizeof code, "%s%0*llu", series->prefix,
        (int)(length > used && length - used < CODE_BYTES / 2 ? length - used : 1),
        (unsigned long long)series->last);
    char *copy = fl_arena_text(arena, fl_bytes_of_text(code));
    if (fields == NULL || copy == NULL) {
        return fl_arena_failure(arena, sizeof *fields);
    }
    if (object->field_count > 0) {
        memcpy(fields, object->fields, object->field_count * sizeof *fields);
    }
    fields[object->field_count] = (struct fl_field){
        .number = attribute->number,
        .value = {.kind = FL_VALUE_STRING, .bytes = fl_bytes_of_text(copy)}};
    object->fields = fields;
    object->field_count++;
    return FL_OK;
}

void fl_kd2_numbering_see(
    struct fl_kd2_numbering *numbering,
    const struct fl_type *type,
    const struct fl_object *object)
{
    size_t count = attribute_of(type) == NULL ? 0 : kept(numbering);
    for (size_t i = 0; i < count; i++) {
        if (numbering->series[i].type == type->number) {
            see(&numbering->series[i], type, object);
        }
    }
}

enum fl_status fl_kd2_numbering_fill(
    struct fl_kd2_numbering *numbering,
    const struct fl_type *type,
    struct fl_bytes prefix,
    struct fl_arena *arena,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_attribute *attribute = attribute_of(type);
    struct fl_kd2_series *series = NULL;
    if (attribute == NULL || !(attribute->type.allows & FL_ALLOWS_STRING)) {
        return FL_OK;
    }
    if (fl_object_field(object, attribute->number) != NULL) {
        fl_kd2_numbering_see(numbering, type, object);
        return FL_OK;
    }
    enum fl_status status =
        find_series(numbering, type, year_of(type, object), prefix, &series, out_error);
    if (status != FL_OK) {
        return status;
    }
    series->last++;
    status = add_code(series, attribute, arena, object);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(out_error, status, "the object is larger than the limit");
}

/* --- counting --- */

static enum fl_status count_entry(
    struct fl_kd2_numbering *numbering,
    const struct fl_entry *entry,
    struct fl_arena *arena,
    struct fl_error *out_error)
{
    struct fl_object object;
    numbering->counted_to = entry->key;
    if (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) {
        return FL_OK;
    }
    fl_arena_reset(arena);
    enum fl_status status =
        fl_record_decode(entry->key, /* deleted= */ false, entry->record, arena, &object);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    see(numbering->counted, numbering->counted_type, &object);
    return FL_OK;
}

bool fl_kd2_numbering_is_counting(const struct fl_kd2_numbering *numbering)
{
    return numbering->counted != NULL;
}

/* In the transaction itself, which sees what it has written already. The last of a part
   is seen by the next one once more, which changes nothing. */
enum fl_status fl_kd2_numbering_count(
    struct fl_kd2_numbering *numbering,
    struct fl_error *out_error)
{
    struct fl_object_walk walk = {0};
    struct fl_arena arena;
    enum fl_status status = FL_OK;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_object_walk_begin(&walk, numbering->txn, numbering->counted_to);
    for (size_t i = 0; i < FL_KD2_COUNTED_AT_ONCE && status == FL_OK; i++) {
        struct fl_entry entry;
        status = fl_object_walk_next(&walk, &entry);
        if (status != FL_OK && status != FL_NOT_FOUND) {
            *out_error = *fl_txn_error(numbering->txn);
        } else if (status != FL_OK || entry.key.type != numbering->counted_type->number) {
            numbering->counted = NULL;
            status = FL_NOT_FOUND;
        } else {
            status = count_entry(numbering, &entry, &arena, out_error);
        }
    }
    fl_object_walk_end(&walk);
    fl_arena_deinit(&arena);
    return status == FL_NOT_FOUND ? FL_OK : status;
}
