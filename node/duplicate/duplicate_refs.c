/*
 * A place: section, row, number of the attribute, varints each; section 0 is the object
 * itself.
 */

#include "duplicate_refs.h"

static bool points_at(const struct fl_value *value, struct fl_key key)
{
    return value->kind == FL_VALUE_REF && value->type == key.type &&
           fl_uuid_equal(value->uuid, key.id);
}

struct turning {
    struct fl_key from;
    struct fl_key to;
    struct fl_buffer *places; /* NULL: they are only counted */
    size_t count;
};

static void turn_fields(
    struct turning *turning,
    size_t section,
    size_t row,
    struct fl_field *fields,
    size_t field_count)
{
    for (size_t i = 0; i < field_count; i++) {
        if (!points_at(&fields[i].value, turning->from)) {
            continue;
        }
        turning->count++;
        if (turning->places != NULL) {
            fields[i].value.type = turning->to.type;
            fields[i].value.uuid = turning->to.id;
            fl_buffer_put_varint(turning->places, section);
            fl_buffer_put_varint(turning->places, row);
            fl_buffer_put_varint(turning->places, fields[i].number);
        }
    }
}

static void turn_all(struct turning *turning, const struct fl_object *object)
{
    turn_fields(turning, 0, 0, object->fields, object->field_count);
    for (size_t i = 0; i < object->section_count; i++) {
        const struct fl_section *section = &object->sections[i];
        for (size_t row = 0; row < section->row_count; row++) {
            turn_fields(
                turning, section->number, row, section->rows[row].fields,
                section->rows[row].field_count);
        }
    }
}

size_t fl_duplicate_refs_count(const struct fl_object *object, struct fl_key to)
{
    struct turning turning = {.from = to};
    turn_all(&turning, object);
    return turning.count;
}

size_t fl_duplicate_refs_turn(
    struct fl_object *object,
    struct fl_key from,
    struct fl_key to,
    struct fl_buffer *places)
{
    struct turning turning = {.from = from, .to = to, .places = places};
    turn_all(&turning, object);
    return turning.count;
}

static struct fl_value *value_at(
    struct fl_object *object,
    uint64_t section_number,
    uint64_t row,
    uint64_t number)
{
    struct fl_field *fields = object->fields;
    size_t count = object->field_count;
    if (section_number != 0) {
        const struct fl_section *section =
            fl_object_section(object, (uint32_t)section_number);
        bool is_there = section != NULL && row < section->row_count;
        fields = is_there ? section->rows[row].fields : NULL;
        count = is_there ? section->rows[row].field_count : 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (fields[i].number == number) {
            return &fields[i].value;
        }
    }
    return NULL;
}

enum fl_status fl_duplicate_refs_turn_back(
    struct fl_object *object,
    struct fl_bytes places,
    struct fl_key from,
    struct fl_key to,
    size_t *out_turned,
    size_t *out_left)
{
    struct fl_reader reader = fl_reader_of(places);
    size_t turned = 0;
    size_t left = 0;
    while (fl_reader_left(&reader) > 0) {
        uint64_t section = fl_reader_varint(&reader);
        uint64_t row = fl_reader_varint(&reader);
        uint64_t number = fl_reader_varint(&reader);
        struct fl_value *value = value_at(object, section, row, number);
        if (value == NULL || !points_at(value, from)) {
            left++;
            continue;
        }
        value->type = to.type;
        value->uuid = to.id;
        turned++;
    }
    if (!fl_reader_done(&reader)) {
        return FL_MALFORMED;
    }
    *out_turned = turned;
    *out_left = left;
    return FL_OK;
}
