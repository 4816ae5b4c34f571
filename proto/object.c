/*
 * Finding parts of an object, and bringing it into its one form. Whether its values are
 * allowed is decided in object_check.c.
 */

#include "proto/object.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/record.h"

bool fl_key_equal(struct fl_key a, struct fl_key b)
{
    return a.type == b.type && fl_uuid_equal(a.id, b.id);
}

void fl_key_encode(struct fl_key key, uint8_t out_bytes[FL_KEY_BYTES])
{
    fl_store_u32(out_bytes, key.type);
    memcpy(out_bytes + 4, key.id.bytes, FL_UUID_BYTES);
}

struct fl_key fl_key_decode(const uint8_t bytes[FL_KEY_BYTES])
{
    struct fl_key key = {.type = fl_load_u32(bytes)};

    memcpy(key.id.bytes, bytes + 4, FL_UUID_BYTES);
    return key;
}

const struct fl_value *fl_object_field(const struct fl_object *object, uint32_t number)
{
    size_t first = 0;
    size_t count = object->field_count;

    while (count > 0) {
        const size_t half = count / 2;
        const struct fl_field *const field = &object->fields[first + half];

        if (field->number == number) {
            return &field->value;
        }
        if (field->number < number) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return NULL;
}

const struct fl_value *fl_object_role(
    const struct fl_object *object,
    const struct fl_type *type,
    enum fl_role role)
{
    const struct fl_attribute *const attribute = fl_type_role(type, role);

    return attribute ? fl_object_field(object, attribute->number) : NULL;
}

const struct fl_value *fl_row_field(const struct fl_row *row, uint32_t number)
{
    for (size_t i = 0; i < row->field_count; i++) {
        if (row->fields[i].number == number) {
            return &row->fields[i].value;
        }
    }
    return NULL;
}

const struct fl_section *fl_object_section(
    const struct fl_object *object,
    uint32_t number)
{
    for (size_t i = 0; i < object->section_count; i++) {
        if (object->sections[i].number == number) {
            return &object->sections[i];
        }
    }
    return NULL;
}

struct fl_value fl_value_empty(const struct fl_value_type *type)
{
    struct fl_value value = {.kind = FL_VALUE_UNDEFINED};

    if (type->composite) {
        return value;
    }
    static const struct {
        uint32_t allows;
        enum fl_value_kind kind;
    } plain[] = {
        {FL_ALLOWS_STRING, FL_VALUE_STRING},   {FL_ALLOWS_NUMBER, FL_VALUE_NUMBER},
        {FL_ALLOWS_DATE, FL_VALUE_DATE},       {FL_ALLOWS_BOOLEAN, FL_VALUE_BOOLEAN},
        {FL_ALLOWS_UUID, FL_VALUE_UUID},       {FL_ALLOWS_BINARY, FL_VALUE_BINARY},
        {FL_ALLOWS_STORAGE, FL_VALUE_STORAGE}, {FL_ALLOWS_TYPE, FL_VALUE_TYPE},
    };

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (type->allows == plain[i].allows) {
            value.kind = plain[i].kind;
        }
    }
    if (type->allows == FL_ALLOWS_REFS && type->ref_count == 1) {
        value.kind = type->enumeration ? FL_VALUE_ENUM : FL_VALUE_REF;
        value.type = type->refs[0];
    }
    return value;
}

/* What cannot be the empty value of any attribute, told without looking at its type. */
static bool holds_something(const struct fl_value *value)
{
    switch (value->kind) {
    case FL_VALUE_STRING:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
        return value->bytes.size > 0;
    case FL_VALUE_NUMBER:
        return !fl_decimal_is_zero(value->number);
    case FL_VALUE_DATE:
        return value->date != 0;
    case FL_VALUE_BOOLEAN:
        return value->boolean;
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        return !fl_uuid_is_zero(value->uuid);
    case FL_VALUE_ENUM:
        return value->enum_value != 0;
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
    case FL_VALUE_FOREIGN:
        break;
    }
    return false;
}

static bool is_empty(const struct fl_value *value, const struct fl_value_type *type)
{
    if (holds_something(value)) {
        return false;
    }
    const struct fl_value empty = fl_value_empty(type);

    return fl_value_equal(value, &empty);
}

static int compare_fields(const void *a, const void *b)
{
    const struct fl_field *const left = a;
    const struct fl_field *const right = b;

    return left->number < right->number ? -1 : left->number > right->number;
}

static int compare_sections(const void *a, const void *b)
{
    const struct fl_section *const left = a;
    const struct fl_section *const right = b;

    return left->number < right->number ? -1 : left->number > right->number;
}

/* Attributes of an object or of a section, and how to call their owner. */
struct attributes {
    const char *owner;
    const struct fl_attribute *items;
    size_t count;
    bool filter_only;
};

/* NULL: there is no such attribute here. */
static const struct fl_attribute *attribute_of(
    const struct attributes *attributes,
    uint32_t number)
{
    if (number < 1 || number > attributes->count) {
        return NULL;
    }
    const struct fl_attribute *const attribute = &attributes->items[number - 1];

    return attributes->filter_only && !attribute->in_filter ? NULL : attribute;
}

/* Ascending, without empty values. */
static enum fl_status normalise_fields(
    const struct attributes *attributes,
    struct fl_field *fields,
    size_t *count,
    struct fl_error *out_error)
{
    bool is_sorted = true;
    size_t kept = 0;

    for (size_t i = 0; i < *count; i++) {
        const struct fl_attribute *const attribute =
            attribute_of(attributes, fields[i].number);

        if (!attribute) {
            return fl_error_set(
                out_error, FL_MALFORMED, "\"%s\" has no attribute number %u",
                attributes->owner, fields[i].number);
        }
        if (is_empty(&fields[i].value, &attribute->type)) {
            continue;
        }
        is_sorted =
            is_sorted && (kept == 0 || fields[kept - 1].number < fields[i].number);
        if (kept != i) {
            fields[kept] = fields[i];
        }
        kept++;
    }
    *count = kept;
    if (is_sorted) {
        return FL_OK;
    }
    qsort(fields, kept, sizeof(*fields), compare_fields);
    for (size_t i = 1; i < kept; i++) {
        if (fields[i].number == fields[i - 1].number) {
            return fl_error_set(
                out_error, FL_MALFORMED, "\"%s\" has the attribute \"%s\" twice",
                attributes->owner, attributes->items[fields[i].number - 1].name);
        }
    }
    return FL_OK;
}

static enum fl_status normalise_rows(
    const struct attributes *attributes,
    struct fl_section *section,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < section->row_count; i++) {
        struct fl_row *const row = &section->rows[i];
        const enum fl_status status =
            normalise_fields(attributes, row->fields, &row->field_count, out_error);

        if (status != FL_OK) {
            fl_error_prefix(out_error, "row %zu", i + 1);
            return status;
        }
    }
    return FL_OK;
}

/* What the rows of section `number` are made of; false: there is no such section. */
static bool attributes_of_section(
    const struct fl_type *type,
    uint32_t number,
    struct attributes *out_attributes)
{
    if (fl_kind_is_register(type->kind)) {
        *out_attributes = (struct attributes){
            .owner = type->name,
            .items = type->attributes,
            .count = type->attribute_count,
        };
        return number == FL_SECTION_RECORDS;
    }
    const struct fl_section_type *const section = fl_type_section(type, number);

    if (section) {
        *out_attributes = (struct attributes){
            .owner = section->name,
            .items = section->attributes,
            .count = section->attribute_count,
        };
    }
    return section != NULL;
}

/* Ascending, without empty sections. */
static enum fl_status normalise_sections(
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    struct fl_section *const sections = object->sections;
    size_t kept = 0;

    for (size_t i = 0; i < object->section_count; i++) {
        if (sections[i].row_count > 0) {
            sections[kept++] = sections[i];
        }
    }
    object->section_count = kept;
    if (kept > 1) {
        qsort(sections, kept, sizeof(*sections), compare_sections);
    }
    for (size_t i = 0; i < kept; i++) {
        struct attributes attributes;

        if (!attributes_of_section(type, sections[i].number, &attributes) ||
            (i > 0 && sections[i].number == sections[i - 1].number)) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "\"%s\" has no section number %u, or has it twice", type->name,
                sections[i].number);
        }
        const enum fl_status status =
            normalise_rows(&attributes, &sections[i], out_error);

        if (status != FL_OK) {
            return status;
        }
    }
    return FL_OK;
}

/* The first 16 bytes of BLAKE2b over the record of the filter alone. */
static enum fl_status id_of_filter(
    const struct fl_object *object,
    struct fl_uuid *out_id,
    struct fl_error *out_error)
{
    const struct fl_object filter = {
        .field_count = object->field_count,
        .fields = object->fields,
    };
    uint8_t hash[crypto_generichash_BYTES];
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
    const enum fl_status status = fl_record_encode(&filter, &buffer);

    if (status == FL_OK) {
        (void)crypto_generichash(hash, sizeof(hash), buffer.data, buffer.size, NULL, 0);
        memcpy(out_id->bytes, hash, FL_UUID_BYTES);
    }
    fl_buffer_deinit(&buffer);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, status,
                     "the filter of a record set holds a value that cannot be stored");
}

static enum fl_status normalise_record_set(
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    object->deleted = object->section_count == 0;
    if (!type->by_recorder) {
        return id_of_filter(object, &object->key.id, out_error);
    }
    const struct fl_value *const recorder =
        fl_object_role(object, type, FL_ROLE_RECORDER);

    if (!recorder || recorder->kind != FL_VALUE_REF || fl_uuid_is_zero(recorder->uuid)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "a record set of \"%s\" has no recorder in its filter", type->name);
    }
    object->key.id = recorder->uuid;
    return FL_OK;
}

/* What lies under a key is decided by its kind. */
static enum fl_status finish_form(
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    object->key.type = type->number;
    if (fl_kind_is_register(type->kind)) {
        return normalise_record_set(type, object, out_error);
    }
    if (type->kind == FL_KIND_CONSTANT) {
        object->key.id = (struct fl_uuid){{0}};
    } else if (object->deleted) {
        object->field_count = 0;
        object->section_count = 0;
        object->unknown_count = 0;
    }
    return FL_OK;
}

enum fl_status fl_object_set(
    struct fl_object *object,
    uint32_t number,
    const struct fl_value *value,
    struct fl_arena *arena)
{
    const size_t capacity = object->field_count + 1;
    struct fl_field *fields = fl_arena_array(arena, capacity, sizeof(*fields));
    size_t count = 0;

    if (!fields) {
        return fl_arena_failure(arena, capacity * sizeof(*fields));
    }
    for (size_t i = 0; i < object->field_count; i++) {
        if (object->fields[i].number != number) {
            fields[count++] = object->fields[i];
        }
    }
    if (value) {
        fields[count++] = (struct fl_field){.number = number, .value = *value};
    }
    object->fields = fields;
    object->field_count = count;
    return FL_OK;
}

enum fl_status fl_object_normalise(
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct attributes attributes = {
        .owner = type->name,
        .items = type->attributes,
        .count = type->attribute_count,
        .filter_only = fl_kind_is_register(type->kind),
    };
    enum fl_status status =
        normalise_fields(&attributes, object->fields, &object->field_count, out_error);

    if (status == FL_OK) {
        status = normalise_sections(type, object, out_error);
    }
    return status == FL_OK ? finish_form(type, object, out_error) : status;
}
