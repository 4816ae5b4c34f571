/*
 * Decoding: at each level messages are counted, then read. A reader's failure is a
 * malformed record; everything that is wrong sets it. Without an arena nothing is kept,
 * but all is checked. The format is in record_wire.h.
 */

#include <string.h>

#include "proto/record.h"
#include "record_wire.h"

struct decode {
    struct fl_arena *arena; /* NULL: check only */
    struct fl_record_budget budget;
    enum fl_status failure; /* of the arena */
};

static void refuse(struct fl_reader *reader)
{
    reader->failed = true;
}

/* Is `tag` next? Then it is passed over. */
static bool take_tag(struct fl_reader *reader, uint8_t tag)
{
    if (reader->failed || reader->next == reader->end || *reader->next != tag) {
        return false;
    }
    reader->next++;
    return true;
}

static uint64_t read_varint(struct fl_reader *reader)
{
    if (!reader->failed && reader->next != reader->end && *reader->next < 0x80) {
        return *reader->next++;
    }
    return fl_reader_varint(reader);
}

static uint32_t read_u32(struct fl_reader *reader, uint32_t least)
{
    const uint64_t value = read_varint(reader);

    if (value < least || value > UINT32_MAX) {
        refuse(reader);
    }
    return (uint32_t)value;
}

static struct fl_bytes read_sized(struct fl_reader *reader)
{
    const uint64_t size = read_varint(reader);

    if (reader->failed || size > (uint64_t)(reader->end - reader->next)) {
        refuse(reader);
        return (struct fl_bytes){0};
    }
    const struct fl_bytes bytes = {reader->next, (size_t)size};

    reader->next += size;
    return bytes;
}

static struct fl_bytes read_text(struct fl_reader *reader)
{
    const struct fl_bytes bytes = read_sized(reader);

    if (!fl_bytes_are_utf8(bytes)) {
        refuse(reader);
    }
    return bytes;
}

/* How many messages of `tag` stand next to each other from here. */
static size_t count_messages(struct fl_reader reader, uint8_t tag)
{
    size_t count = 0;

    while (take_tag(&reader, tag)) {
        (void)read_sized(&reader);
        count++;
    }
    return count;
}

/* The next message, of `tag`, as a reader of its own. */
static struct fl_reader read_message(struct fl_reader *reader, uint8_t tag)
{
    if (!take_tag(reader, tag)) {
        refuse(reader);
    }
    const struct fl_bytes bytes = read_sized(reader);
    struct fl_reader message = fl_reader_of(bytes);

    message.failed = reader->failed;
    return message;
}

/* What a part of `reader` leaves behind: it must have been read to its end. */
static void close_message(struct fl_reader *reader, const struct fl_reader *message)
{
    if (!fl_reader_done(message)) {
        refuse(reader);
    }
}

/* `count` items in the arena, NULL in a check and after a failure. */
static void *new_items(struct decode *decode, size_t count, size_t size)
{
    if (!decode->arena || count == 0 || decode->failure != FL_OK) {
        return NULL;
    }
    void *items = fl_arena_array(decode->arena, count, size);

    if (!items) {
        decode->failure = fl_arena_failure(decode->arena, count * size);
    }
    return items;
}

static struct fl_uuid read_uuid(struct fl_reader *reader)
{
    const struct fl_bytes bytes = read_sized(reader);
    struct fl_uuid uuid = {{0}};

    if (bytes.size == FL_UUID_BYTES) {
        memcpy(uuid.bytes, bytes.data, FL_UUID_BYTES);
    }
    if ((bytes.size > 0 && bytes.size != FL_UUID_BYTES) ||
        (bytes.size > 0 && fl_uuid_is_zero(uuid))) {
        refuse(reader);
    }
    return uuid;
}

/* After its tag; the least that is written is 1. */
static uint8_t read_scale(struct fl_reader *reader)
{
    const uint32_t scale = read_u32(reader, 1);

    if (scale > FL_DECIMAL_DIGITS_MAX) {
        refuse(reader);
        return 0;
    }
    return (uint8_t)scale;
}

static struct fl_decimal check_decimal(struct fl_reader *reader, struct fl_decimal number)
{
    if (reader->failed || !fl_decimal_is_normal(number)) {
        refuse(reader);
        return (struct fl_decimal){0};
    }
    return number;
}

static struct fl_decimal read_integer(struct fl_reader *reader)
{
    const uint64_t zigzag = read_varint(reader);
    struct fl_decimal number = {
        .low = (zigzag & 1) != 0 ? (zigzag >> 1) + 1 : zigzag >> 1,
        .negative = (zigzag & 1) != 0,
    };

    if (take_tag(reader, FL_TAG_SCALE)) {
        number.scale = read_scale(reader);
    }
    return check_decimal(reader, number);
}

/* After the scale, if there is one. */
static struct fl_decimal read_big(struct fl_reader *reader, uint8_t scale)
{
    const struct fl_bytes bytes = read_sized(reader);

    if (bytes.size != FL_BIG_BYTES) {
        refuse(reader);
        return (struct fl_decimal){0};
    }
    struct fl_decimal number = {
        .high = fl_load_u64(bytes.data),
        .low = fl_load_u64(bytes.data + 8),
        .scale = scale,
    };

    number.negative = number.high >> 63 != 0;
    if (number.negative) {
        number.low = ~number.low + 1;
        number.high = ~number.high + (number.low == 0 ? 1 : 0);
    }
    if (fl_record_fits_int64(number)) {
        refuse(reader);
    }
    return check_decimal(reader, number);
}

static int64_t read_date(struct fl_reader *reader)
{
    const uint64_t seconds = read_varint(reader);

    if (seconds > (uint64_t)FL_DATETIME_MAX) {
        refuse(reader);
        return 0;
    }
    return (int64_t)seconds;
}

static bool read_boolean(struct fl_reader *reader)
{
    const uint64_t value = read_varint(reader);

    if (value > 1) {
        refuse(reader);
    }
    return value == 1;
}

static void read_typed(struct fl_reader *reader, struct fl_value *out_value)
{
    out_value->type = read_u32(reader, 1);
    if (take_tag(reader, FL_TAG_REF)) {
        out_value->kind = FL_VALUE_REF;
        out_value->uuid = read_uuid(reader);
    } else if (take_tag(reader, FL_TAG_ENUM)) {
        out_value->kind = FL_VALUE_ENUM;
        out_value->enum_value = read_u32(reader, 0);
    } else {
        refuse(reader);
    }
}

static void read_foreign(struct fl_reader *reader, struct fl_value *out_value)
{
    out_value->kind = FL_VALUE_FOREIGN;
    out_value->bytes = read_text(reader);
    if (!take_tag(reader, FL_TAG_FOREIGN_TYPE_FIRST)) {
        return;
    }
    if (!take_tag(reader, FL_TAG_SECOND)) {
        refuse(reader);
    }
    out_value->foreign_type = read_text(reader);
    if (out_value->foreign_type.size == 0) {
        refuse(reader);
    }
}

static void read_null(struct fl_reader *reader, struct fl_value *out_value)
{
    out_value->kind = FL_VALUE_NULL;
    if (!take_tag(reader, FL_TAG_SECOND) || !read_boolean(reader)) {
        refuse(reader);
    }
}

static void read_value_body(struct fl_reader *reader, struct fl_value *out_value)
{
    switch (fl_reader_u8(reader)) {
    case FL_TAG_TEXT:
        out_value->kind = FL_VALUE_STRING;
        out_value->bytes = read_text(reader);
        break;
    case FL_TAG_INTEGER:
        out_value->kind = FL_VALUE_NUMBER;
        out_value->number = read_integer(reader);
        break;
    case FL_TAG_SCALE:
        out_value->kind = FL_VALUE_NUMBER;
        const uint8_t scale = read_scale(reader);

        if (!take_tag(reader, FL_TAG_BIG)) {
            refuse(reader);
        }
        out_value->number = read_big(reader, scale);
        break;
    case FL_TAG_BIG:
        out_value->kind = FL_VALUE_NUMBER;
        out_value->number = read_big(reader, /* scale= */ 0);
        break;
    case FL_TAG_DATE:
        out_value->kind = FL_VALUE_DATE;
        out_value->date = read_date(reader);
        break;
    case FL_TAG_BOOLEAN:
        out_value->kind = FL_VALUE_BOOLEAN;
        out_value->boolean = read_boolean(reader);
        break;
    case FL_TAG_TYPE:
        read_typed(reader, out_value);
        break;
    case FL_TAG_UUID:
        out_value->kind = FL_VALUE_UUID;
        out_value->uuid = read_uuid(reader);
        break;
    case FL_TAG_BINARY:
        out_value->kind = FL_VALUE_BINARY;
        out_value->bytes = read_sized(reader);
        break;
    case FL_TAG_STORAGE:
        out_value->kind = FL_VALUE_STORAGE;
        out_value->bytes = read_sized(reader);
        break;
    case FL_TAG_TYPE_XML:
        out_value->kind = FL_VALUE_TYPE;
        out_value->bytes = read_text(reader);
        break;
    case FL_TAG_FOREIGN:
        read_foreign(reader, out_value);
        break;
    case FL_TAG_NULL_FIRST:
        read_null(reader, out_value);
        break;
    default:
        refuse(reader);
    }
}

/* `*out_field` is zeroed. */
static void read_field(
    struct fl_reader *reader,
    uint32_t last_number,
    struct fl_field *out_field)
{
    struct fl_reader message = read_message(reader, FL_TAG_VALUES);

    if (!take_tag(&message, FL_TAG_NUMBER)) {
        refuse(&message);
    }
    out_field->number = read_u32(&message, 1);
    if (out_field->number <= last_number) {
        refuse(&message);
    }
    if (fl_reader_left(&message) > 0) {
        read_value_body(&message, &out_field->value);
    }
    close_message(reader, &message);
}

/* The values that stand next; `*out_count` of them. */
static struct fl_field *read_fields(
    struct decode *decode,
    struct fl_reader *reader,
    size_t *out_count)
{
    const size_t count = count_messages(*reader, FL_TAG_VALUES);
    uint32_t last_number = 0;

    fl_record_spend(&decode->budget, count, FL_FIELD_COST);
    if (count > FL_FIELDS_MAX || decode->budget.exceeded) {
        refuse(reader);
        return NULL;
    }
    struct fl_field *const fields = new_items(decode, count, sizeof(*fields));

    for (size_t i = 0; i < count && !reader->failed; i++) {
        struct fl_field scratch = {0};
        struct fl_field *const field = fields ? &fields[i] : &scratch;

        read_field(reader, last_number, field);
        last_number = field->number;
    }
    *out_count = count;
    return fields;
}

static void read_rows(
    struct decode *decode,
    struct fl_reader *reader,
    struct fl_section *out_section)
{
    const size_t count = count_messages(*reader, FL_TAG_ROWS);

    fl_record_spend(&decode->budget, count, FL_ROW_COST);
    if (count == 0 || count > FL_ROWS_MAX || decode->budget.exceeded) {
        refuse(reader);
        return;
    }
    struct fl_row *const rows = new_items(decode, count, sizeof(*rows));

    for (size_t i = 0; i < count && !reader->failed; i++) {
        struct fl_row scratch;
        struct fl_row *const row = rows ? &rows[i] : &scratch;
        struct fl_reader message = read_message(reader, FL_TAG_ROWS);

        row->fields = read_fields(decode, &message, &row->field_count);
        close_message(reader, &message);
    }
    out_section->rows = rows;
    out_section->row_count = count;
}

static void read_sections(
    struct decode *decode,
    struct fl_reader *reader,
    struct fl_object *object)
{
    const size_t count = count_messages(*reader, FL_TAG_SECTIONS);
    uint32_t last_number = 0;

    fl_record_spend(&decode->budget, count, FL_SECTION_COST);
    if (count > FL_FIELDS_MAX || decode->budget.exceeded) {
        refuse(reader);
        return;
    }
    struct fl_section *const sections = new_items(decode, count, sizeof(*sections));

    for (size_t i = 0; i < count && !reader->failed; i++) {
        struct fl_section scratch;
        struct fl_section *const section = sections ? &sections[i] : &scratch;
        struct fl_reader message = read_message(reader, FL_TAG_SECTIONS);

        if (!take_tag(&message, FL_TAG_NUMBER)) {
            refuse(&message);
        }
        section->number = read_u32(&message, 1);
        if (section->number <= last_number) {
            refuse(&message);
        }
        last_number = section->number;
        read_rows(decode, &message, section);
        close_message(reader, &message);
    }
    object->sections = sections;
    object->section_count = count;
}

static void read_unknown(struct fl_reader *reader, struct fl_unknown *out_unknown)
{
    struct fl_reader message = read_message(reader, FL_TAG_UNKNOWNS);

    *out_unknown = (struct fl_unknown){0};
    if (take_tag(&message, FL_TAG_PLACE)) {
        out_unknown->place = read_text(&message);
        if (out_unknown->place.size == 0) {
            refuse(&message);
        }
    }
    if (take_tag(&message, FL_TAG_ROW)) {
        out_unknown->row = read_u32(&message, 1);
    }
    if (!take_tag(&message, FL_TAG_XML)) {
        refuse(&message);
    }
    out_unknown->xml = read_text(&message);
    if (out_unknown->xml.size == 0) {
        refuse(&message);
    }
    close_message(reader, &message);
}

static void read_unknowns(
    struct decode *decode,
    struct fl_reader *reader,
    struct fl_object *object)
{
    const size_t count = count_messages(*reader, FL_TAG_UNKNOWNS);

    fl_record_spend(&decode->budget, count, FL_UNKNOWN_COST);
    if (count > FL_FIELDS_MAX || decode->budget.exceeded) {
        refuse(reader);
        return;
    }
    struct fl_unknown *const unknowns = new_items(decode, count, sizeof(*unknowns));

    for (size_t i = 0; i < count && !reader->failed; i++) {
        struct fl_unknown scratch;

        read_unknown(reader, unknowns ? &unknowns[i] : &scratch);
    }
    object->unknowns = unknowns;
    object->unknown_count = count;
}

static enum fl_status read_record(
    struct decode *decode,
    struct fl_bytes record,
    struct fl_object *object)
{
    struct fl_reader reader = fl_reader_of(record);

    if (record.size > FL_RECORD_BYTES_MAX) {
        return FL_MALFORMED;
    }
    object->fields = read_fields(decode, &reader, &object->field_count);
    read_sections(decode, &reader, object);
    read_unknowns(decode, &reader, object);
    if (!fl_reader_done(&reader)) {
        return FL_MALFORMED;
    }
    return decode->failure;
}

enum fl_status fl_record_decode(
    struct fl_key key,
    bool deleted,
    struct fl_bytes record,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    struct decode decode = {
        .arena = arena,
        .budget = {.bytes_left = FL_UNPACKED_BYTES_MAX},
    };
    struct fl_object object = {.key = key, .deleted = deleted};
    const enum fl_status status = read_record(&decode, record, &object);

    if (status == FL_OK) {
        *out_object = object;
    }
    return status;
}

enum fl_status fl_record_check(struct fl_bytes record)
{
    struct decode decode = {.budget = {.bytes_left = FL_UNPACKED_BYTES_MAX}};
    struct fl_object object = {0};

    return read_record(&decode, record, &object);
}
