/*
 * Encoding: the object is checked, measured, and written into room of the exact size.
 * What decoding would refuse is not written. The format is in record_wire.h.
 */

#include "proto/record.h"

#include <string.h>

#include "record_wire.h"

/* Sizes. */

static size_t varint_size(uint64_t value)
{
    size_t size = 1;

    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

/* With its tag of one byte. */
static size_t sized_size(size_t size)
{
    return 1 + varint_size(size) + size;
}

/* -1 becomes 1, 1 becomes 2, and so on; `number` fits an int64. */
static uint64_t zigzag_of(struct fl_decimal number)
{
    return number.negative ? (number.low - 1) * 2 + 1 : number.low * 2;
}

static size_t number_size(struct fl_decimal number)
{
    const size_t scale_size = number.scale > 0 ? 2 : 0;

    return scale_size + (fl_record_fits_int64(number) ? 1 + varint_size(zigzag_of(number))
                                                      : 2 + FL_BIG_BYTES);
}

static size_t uuid_size(struct fl_uuid uuid)
{
    return fl_uuid_is_zero(uuid) ? 2 : 2 + FL_UUID_BYTES;
}

/* What follows the number; the value is valid. */
static size_t value_body_size(const struct fl_value *value)
{
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
        return 0;
    case FL_VALUE_NULL:
        return 3;
    case FL_VALUE_NUMBER:
        return number_size(value->number);
    case FL_VALUE_DATE:
        return 1 + varint_size((uint64_t)value->date);
    case FL_VALUE_BOOLEAN:
        return 2;
    case FL_VALUE_REF:
        return 1 + varint_size(value->type) + uuid_size(value->uuid);
    case FL_VALUE_ENUM:
        return 2 + varint_size(value->type) + varint_size(value->enum_value);
    case FL_VALUE_UUID:
        return uuid_size(value->uuid);
    case FL_VALUE_STRING:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
        return sized_size(value->bytes.size);
    case FL_VALUE_FOREIGN:
        return sized_size(value->bytes.size) +
               (value->foreign_type.size > 0 ? 1 + sized_size(value->foreign_type.size)
                                             : 0);
    }
    return 0;
}

static size_t field_size(const struct fl_field *field)
{
    return 1 + varint_size(field->number) + value_body_size(&field->value);
}

static size_t fields_size(const struct fl_field *fields, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        size += sized_size(field_size(&fields[i]));
    }
    return size;
}

static size_t section_size(const struct fl_section *section)
{
    size_t size = 1 + varint_size(section->number);

    for (size_t i = 0; i < section->row_count; i++) {
        const struct fl_row *const row = &section->rows[i];

        size += sized_size(fields_size(row->fields, row->field_count));
    }
    return size;
}

static size_t unknown_size(const struct fl_unknown *unknown)
{
    return (unknown->place.size > 0 ? sized_size(unknown->place.size) : 0) +
           (unknown->row > 0 ? 1 + varint_size(unknown->row) : 0) +
           sized_size(unknown->xml.size);
}

static size_t object_size(const struct fl_object *object)
{
    size_t size = fields_size(object->fields, object->field_count);

    for (size_t i = 0; i < object->section_count; i++) {
        size += sized_size(section_size(&object->sections[i]));
    }
    for (size_t i = 0; i < object->unknown_count; i++) {
        size += sized_size(unknown_size(&object->unknowns[i]));
    }
    return size;
}

/* Checks. */

static bool is_value_valid(const struct fl_value *value)
{
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
    case FL_VALUE_BOOLEAN:
    case FL_VALUE_UUID:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
        return true;
    case FL_VALUE_NUMBER:
        return fl_decimal_is_normal(value->number);
    case FL_VALUE_DATE:
        return fl_datetime_is_valid(value->date);
    case FL_VALUE_REF:
    case FL_VALUE_ENUM:
        return value->type > 0;
    case FL_VALUE_STRING:
    case FL_VALUE_TYPE:
        return fl_bytes_are_utf8(value->bytes);
    case FL_VALUE_FOREIGN:
        return fl_bytes_are_utf8(value->bytes) && fl_bytes_are_utf8(value->foreign_type);
    }
    return false;
}

static enum fl_status check_fields(const struct fl_field *fields, size_t count)
{
    uint32_t last = 0;

    if (count > FL_FIELDS_MAX) {
        return FL_LIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        if (fields[i].number <= last || !is_value_valid(&fields[i].value)) {
            return FL_MALFORMED;
        }
        last = fields[i].number;
    }
    return FL_OK;
}

static enum fl_status check_section(
    const struct fl_section *section,
    struct fl_record_budget *budget)
{
    if (section->row_count == 0) {
        return FL_MALFORMED;
    }
    if (section->row_count > FL_ROWS_MAX) {
        return FL_LIMIT;
    }
    fl_record_spend(budget, section->row_count, FL_ROW_COST);
    for (size_t i = 0; i < section->row_count; i++) {
        const struct fl_row *const row = &section->rows[i];
        const enum fl_status status = check_fields(row->fields, row->field_count);

        if (status != FL_OK) {
            return status;
        }
        fl_record_spend(budget, row->field_count, FL_FIELD_COST);
    }
    return FL_OK;
}

static enum fl_status check_sections(
    const struct fl_object *object,
    struct fl_record_budget *budget)
{
    uint32_t last = 0;

    for (size_t i = 0; i < object->section_count; i++) {
        if (object->sections[i].number <= last) {
            return FL_MALFORMED;
        }
        last = object->sections[i].number;
        const enum fl_status status = check_section(&object->sections[i], budget);

        if (status != FL_OK) {
            return status;
        }
    }
    return FL_OK;
}

static bool is_unknown_valid(const struct fl_unknown *unknown)
{
    return unknown->xml.size > 0 && fl_bytes_are_utf8(unknown->xml) &&
           fl_bytes_are_utf8(unknown->place);
}

static enum fl_status check_object(const struct fl_object *object)
{
    struct fl_record_budget budget = {.bytes_left = FL_UNPACKED_BYTES_MAX};

    if (object->section_count > FL_FIELDS_MAX || object->unknown_count > FL_FIELDS_MAX) {
        return FL_LIMIT;
    }
    enum fl_status status = check_fields(object->fields, object->field_count);

    fl_record_spend(&budget, object->field_count, FL_FIELD_COST);
    fl_record_spend(&budget, object->section_count, FL_SECTION_COST);
    fl_record_spend(&budget, object->unknown_count, FL_UNKNOWN_COST);
    if (status == FL_OK) {
        status = check_sections(object, &budget);
    }
    for (size_t i = 0; status == FL_OK && i < object->unknown_count; i++) {
        status = is_unknown_valid(&object->unknowns[i]) ? FL_OK : FL_MALFORMED;
    }
    return status == FL_OK && budget.exceeded ? FL_LIMIT : status;
}

/* Writing. Each gives where it ended. */

static uint8_t *write_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *write_tagged(uint8_t *at, uint8_t tag, uint64_t value)
{
    *at++ = tag;
    return write_varint(at, value);
}

static uint8_t *write_sized(uint8_t *at, uint8_t tag, const void *memory, size_t size)
{
    at = write_tagged(at, tag, size);
    if (size > 0) {
        memcpy(at, memory, size);
    }
    return at + size;
}

static uint8_t *write_bytes(uint8_t *at, uint8_t tag, struct fl_bytes bytes)
{
    return write_sized(at, tag, bytes.data, bytes.size);
}

static uint8_t *write_uuid(uint8_t *at, uint8_t tag, struct fl_uuid uuid)
{
    return write_sized(at, tag, uuid.bytes, fl_uuid_is_zero(uuid) ? 0 : FL_UUID_BYTES);
}

/* Two's complement, high byte first. */
static void store_big(uint8_t out_bytes[FL_BIG_BYTES], struct fl_decimal number)
{
    if (number.negative) {
        number.low = ~number.low + 1;
        number.high = ~number.high + (number.low == 0 ? 1 : 0);
    }
    fl_store_u64(out_bytes, number.high);
    fl_store_u64(out_bytes + 8, number.low);
}

static uint8_t *write_number(uint8_t *at, struct fl_decimal number)
{
    const bool is_small = fl_record_fits_int64(number);
    uint8_t big[FL_BIG_BYTES];

    if (is_small) {
        at = write_tagged(at, FL_TAG_INTEGER, zigzag_of(number));
    }
    if (number.scale > 0) {
        at = write_tagged(at, FL_TAG_SCALE, number.scale);
    }
    if (!is_small) {
        store_big(big, number);
        at = write_sized(at, FL_TAG_BIG, big, sizeof(big));
    }
    return at;
}

static uint8_t *write_foreign(uint8_t *at, const struct fl_value *value)
{
    at = write_bytes(at, FL_TAG_FOREIGN, value->bytes);
    if (value->foreign_type.size > 0) {
        *at++ = FL_TAG_FOREIGN_TYPE_FIRST;
        at = write_bytes(at, FL_TAG_SECOND, value->foreign_type);
    }
    return at;
}

static uint8_t *write_value_body(uint8_t *at, const struct fl_value *value)
{
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
        return at;
    case FL_VALUE_NULL:
        *at++ = FL_TAG_NULL_FIRST;
        return write_tagged(at, FL_TAG_SECOND, 1);
    case FL_VALUE_STRING:
        return write_bytes(at, FL_TAG_TEXT, value->bytes);
    case FL_VALUE_NUMBER:
        return write_number(at, value->number);
    case FL_VALUE_DATE:
        return write_tagged(at, FL_TAG_DATE, (uint64_t)value->date);
    case FL_VALUE_BOOLEAN:
        return write_tagged(at, FL_TAG_BOOLEAN, value->boolean);
    case FL_VALUE_REF:
        at = write_tagged(at, FL_TAG_TYPE, value->type);
        return write_uuid(at, FL_TAG_REF, value->uuid);
    case FL_VALUE_ENUM:
        at = write_tagged(at, FL_TAG_TYPE, value->type);
        return write_tagged(at, FL_TAG_ENUM, value->enum_value);
    case FL_VALUE_UUID:
        return write_uuid(at, FL_TAG_UUID, value->uuid);
    case FL_VALUE_BINARY:
        return write_bytes(at, FL_TAG_BINARY, value->bytes);
    case FL_VALUE_STORAGE:
        return write_bytes(at, FL_TAG_STORAGE, value->bytes);
    case FL_VALUE_TYPE:
        return write_bytes(at, FL_TAG_TYPE_XML, value->bytes);
    case FL_VALUE_FOREIGN:
        return write_foreign(at, value);
    }
    return at;
}

static uint8_t *write_fields(uint8_t *at, const struct fl_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        at = write_tagged(at, FL_TAG_VALUES, field_size(&fields[i]));
        at = write_tagged(at, FL_TAG_NUMBER, fields[i].number);
        at = write_value_body(at, &fields[i].value);
    }
    return at;
}

static uint8_t *write_section(uint8_t *at, const struct fl_section *section)
{
    at = write_tagged(at, FL_TAG_SECTIONS, section_size(section));
    at = write_tagged(at, FL_TAG_NUMBER, section->number);
    for (size_t i = 0; i < section->row_count; i++) {
        const struct fl_row *const row = &section->rows[i];

        at = write_tagged(at, FL_TAG_ROWS, fields_size(row->fields, row->field_count));
        at = write_fields(at, row->fields, row->field_count);
    }
    return at;
}

static uint8_t *write_unknown(uint8_t *at, const struct fl_unknown *unknown)
{
    at = write_tagged(at, FL_TAG_UNKNOWNS, unknown_size(unknown));
    if (unknown->place.size > 0) {
        at = write_bytes(at, FL_TAG_PLACE, unknown->place);
    }
    if (unknown->row > 0) {
        at = write_tagged(at, FL_TAG_ROW, unknown->row);
    }
    return write_bytes(at, FL_TAG_XML, unknown->xml);
}

enum fl_status fl_record_encode(
    const struct fl_object *object,
    struct fl_buffer *out_buffer)
{
    const enum fl_status status = check_object(object);

    if (status != FL_OK) {
        return status;
    }
    const size_t size = object_size(object);

    if (size > FL_RECORD_BYTES_MAX) {
        return FL_LIMIT;
    }
    uint8_t *const room = fl_buffer_reserve(out_buffer, size);

    if (!room) {
        return fl_buffer_status(out_buffer);
    }
    uint8_t *at = write_fields(room, object->fields, object->field_count);

    for (size_t i = 0; i < object->section_count; i++) {
        at = write_section(at, &object->sections[i]);
    }
    for (size_t i = 0; i < object->unknown_count; i++) {
        at = write_unknown(at, &object->unknowns[i]);
    }
    FL_ASSERT((size_t)(at - room) == size);
    fl_buffer_added(out_buffer, size);
    return FL_OK;
}
