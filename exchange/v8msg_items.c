/*
 * One item of a package: every attribute in the order of the configuration, then sections
 * with their rows, and the parts that the configuration does not know back where they
 * stood.
 */

#include <string.h>

#include "v8msg_output.h"

enum { DEPTH_FIELD = 3, DEPTH_CELL = 5 };

/* ---- parts that the configuration does not know ---- */

/* Splits "Товары>Цена"; `*out_after` false: at the end of the place. */
static struct fl_bytes split_place(
    struct fl_bytes place,
    struct fl_bytes *out_previous,
    bool *out_after)
{
    const uint8_t *const mark =
        place.size > 0 ? memchr(place.data, FL_V8MSG_PLACE_AFTER, place.size) : NULL;

    *out_after = mark != NULL;
    if (!mark) {
        return place;
    }
    const size_t size = (size_t)(mark - place.data);

    *out_previous = (struct fl_bytes){mark + 1, place.size - size - 1};
    return (struct fl_bytes){place.data, size};
}

/* The parts at the spot after `previous` ("": first); NULL: all that are left there. */
static void put_unknowns(struct fl_v8msg_output *output, const char *previous)
{
    const struct fl_object *const object = output->spot.object;
    const char *const here = output->spot.section ? output->spot.section : "";

    for (size_t i = 0; i < object->unknown_count; i++) {
        const struct fl_unknown *const unknown = &object->unknowns[i];
        struct fl_bytes after = {0};
        bool has_previous = false;
        const struct fl_bytes place = split_place(unknown->place, &after, &has_previous);

        if (output->unknown_is_put[i] || unknown->row != output->spot.row ||
            !fl_bytes_equal(place, fl_bytes_of_text(here))) {
            continue;
        }
        if (!previous ||
            (has_previous && fl_bytes_equal(after, fl_bytes_of_text(previous)))) {
            output->unknown_is_put[i] = 1;
            fl_v8msg_values_put_fragment(
                output, unknown->xml,
                unknown->row > 0  ? DEPTH_CELL
                : here[0] != '\0' ? DEPTH_FIELD + 1
                                  : DEPTH_FIELD);
        }
    }
}

/* Does a kept part at the spot stand for this attribute: a value of a type not known? */
static bool is_kept(const struct fl_v8msg_output *output, const char *name)
{
    const struct fl_object *const object = output->spot.object;
    const char *const here = output->spot.section ? output->spot.section : "";
    const size_t size = strlen(name);

    for (size_t i = 0; i < object->unknown_count; i++) {
        const struct fl_unknown *const unknown = &object->unknowns[i];
        struct fl_bytes after = {0};
        bool has_previous = false;

        if (unknown->row == output->spot.row && unknown->xml.size > size + 1 &&
            memcmp(unknown->xml.data + 1, name, size) == 0 &&
            memchr(" />", unknown->xml.data[size + 1], 3) &&
            fl_bytes_equal(
                split_place(unknown->place, &after, &has_previous),
                fl_bytes_of_text(here))) {
            return true;
        }
    }
    return false;
}

static void start_unknowns(struct fl_v8msg_output *output, const struct fl_object *object)
{
    if (object->unknown_count > output->unknown_capacity) {
        uint8_t *const grown = fl_realloc(output->unknown_is_put, object->unknown_count);

        if (!grown) {
            fl_v8msg_values_refuse(
                output, FL_NO_MEMORY, "out of memory for its kept parts");
            return;
        }
        output->unknown_is_put = grown;
        output->unknown_capacity = object->unknown_count;
    }
    if (object->unknown_count > 0) {
        memset(output->unknown_is_put, 0, object->unknown_count);
    }
}

static void finish_unknowns(
    struct fl_v8msg_output *output,
    const struct fl_object *object)
{
    for (size_t i = 0; i < object->unknown_count && output->refusal == FL_OK; i++) {
        if (!output->unknown_is_put[i]) {
            fl_v8msg_values_refuse(
                output, FL_REFUSED,
                "a kept part of it belongs to a row or section that is not there");
        }
    }
}

/* ---- fields ---- */

struct field_walk {
    const struct fl_field *fields;
    size_t count;
    size_t next;
};

static const struct fl_value *walk_to(
    struct field_walk *walk,
    bool ascending,
    uint32_t number)
{
    if (ascending) {
        while (walk->next < walk->count && walk->fields[walk->next].number < number) {
            walk->next++;
        }
        return walk->next < walk->count && walk->fields[walk->next].number == number
                   ? &walk->fields[walk->next].value
                   : NULL;
    }
    for (size_t i = 0; i < walk->count; i++) {
        if (walk->fields[i].number == number) {
            return &walk->fields[i].value;
        }
    }
    return NULL;
}

/* Does an attribute or section with this use stand in the object, empty as it is? */
static bool use_admits(enum fl_use use, bool is_folder)
{
    return use == FL_USE_ALWAYS || (use == FL_USE_FOLDER) == is_folder;
}

static void put_empty(struct fl_v8msg_output *output, const struct fl_v8msg_field *field)
{
    if (field->tag.empty.size > 0) {
        fl_xml_writer_view(&output->xml, field->tag.empty);
        return;
    }
    const struct fl_value value = fl_value_empty(&field->attribute->type);

    fl_v8msg_values_put(output, field, &value);
}

static void put_fields(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_fields *fields,
    struct field_walk walk,
    bool is_folder)
{
    const bool has_unknowns = output->spot.object->unknown_count > 0;

    if (has_unknowns) {
        put_unknowns(output, "");
    }
    for (size_t i = 0; i < fields->count; i++) {
        const struct fl_v8msg_field *const field = &fields->fields[i];
        const struct fl_attribute *const attribute = field->attribute;
        const struct fl_value *value =
            walk_to(&walk, fields->ascending, attribute->number);

        if (!value && attribute->in_filter && output->spot.row > 0) {
            /* A record belongs to its set, whether or not it repeats the filter. */
            value = fl_object_field(output->spot.object, attribute->number);
        }
        output->spot.attribute = attribute->name;
        if (value) {
            fl_v8msg_values_put(output, field, value);
        } else if (
            attribute->role != FL_ROLE_PREDEFINED_NAME &&
            use_admits(attribute->use, is_folder) &&
            !(has_unknowns && is_kept(output, attribute->name))) {
            put_empty(output, field);
        }
        if (output->xml.failure != FL_OK || output->refusal != FL_OK) {
            fl_v8msg_values_check_text(output);
            return;
        }
        if (has_unknowns) {
            put_unknowns(output, attribute->name);
        }
    }
    output->spot.attribute = NULL;
}

static void put_rows(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_section *section,
    const struct fl_section *rows)
{
    struct fl_xml_writer *const xml = &output->xml;
    const bool has_unknowns = output->spot.object->unknown_count > 0;

    output->spot.section = section->name;
    fl_xml_writer_view(xml, section->tag.open);
    for (size_t i = 0; i < rows->row_count && output->refusal == FL_OK; i++) {
        const struct fl_row *const row = &rows->rows[i];

        output->spot.row = i + 1;
        fl_xml_writer_view(xml, section->row.open);
        put_fields(
            output, &section->fields,
            (struct field_walk){.fields = row->fields, .count = row->field_count},
            /* is_folder= */ false);
        if (has_unknowns) {
            put_unknowns(output, NULL);
        }
        fl_xml_writer_view(xml, section->row.close);
    }
    output->spot.row = 0;
    if (has_unknowns) {
        put_unknowns(output, NULL);
    }
    fl_xml_writer_view(xml, section->tag.close);
    output->spot.section = NULL;
}

static const struct fl_section *rows_of(const struct fl_object *object, uint32_t number)
{
    for (size_t i = 0; i < object->section_count; i++) {
        if (object->sections[i].number == number && object->sections[i].row_count > 0) {
            return &object->sections[i];
        }
    }
    return NULL;
}

static void put_sections(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_type *type,
    bool is_folder)
{
    const struct fl_object *const object = output->spot.object;

    for (size_t i = 0; i < type->section_count && output->refusal == FL_OK; i++) {
        const struct fl_v8msg_section *const section = &type->sections[i];
        const struct fl_section *const rows = rows_of(object, section->type->number);

        if (rows) {
            put_rows(output, section, rows);
        } else if (use_admits(section->type->use, is_folder)) {
            fl_xml_writer_view(&output->xml, section->tag.empty);
        }
        if (object->unknown_count > 0) {
            put_unknowns(output, section->name);
        }
    }
}

static bool is_folder(const struct fl_v8msg_type *type, const struct fl_object *object)
{
    if (!type->type->folders) {
        return false;
    }
    const struct fl_attribute *const attribute =
        fl_type_role(type->type, FL_ROLE_IS_FOLDER);
    const struct fl_value *const value =
        attribute ? fl_object_field(object, attribute->number) : NULL;

    return value && value->kind == FL_VALUE_BOOLEAN && value->boolean;
}

/* ---- items ---- */

static struct field_walk walk_of(const struct fl_object *object)
{
    return (struct field_walk){.fields = object->fields, .count = object->field_count};
}

static void put_ref_object(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_type *type,
    const struct fl_object *object)
{
    struct fl_xml_writer *const xml = &output->xml;
    const bool folder = is_folder(type, object);
    char uuid[FL_UUID_TEXT_BYTES];

    fl_xml_writer_view(xml, type->tag.open);
    fl_uuid_format(
        fl_ref_pairs_theirs(output->pairs, object->key.type, object->key.id), uuid);
    fl_xml_writer_view(xml, type->ref.open);
    fl_xml_writer_raw(xml, uuid, sizeof(uuid));
    fl_xml_writer_view(xml, type->ref.close);
    put_fields(output, &type->fields, walk_of(object), folder);
    put_sections(output, type, folder);
    if (object->unknown_count > 0) {
        put_unknowns(output, NULL);
    }
    fl_xml_writer_view(xml, type->tag.close);
}

static void put_constant(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_type *type,
    const struct fl_object *object)
{
    fl_xml_writer_view(&output->xml, type->tag.open);
    put_fields(output, &type->fields, walk_of(object), /* is_folder= */ false);
    put_unknowns(output, NULL);
    fl_xml_writer_view(&output->xml, type->tag.close);
}

static void put_filter(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_type *type,
    const struct fl_object *object)
{
    struct fl_xml_writer *const xml = &output->xml;

    if (type->fields.count == 0 && object->unknown_count == 0) {
        fl_xml_writer_view(xml, type->filter.empty);
        return;
    }
    output->spot.section = FL_V8MSG_PLACE_FILTER;
    fl_xml_writer_view(xml, type->filter.open);
    put_fields(output, &type->fields, walk_of(object), /* is_folder= */ false);
    put_unknowns(output, NULL);
    fl_xml_writer_view(xml, type->filter.close);
    output->spot.section = NULL;
}

static void put_record_set(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_type *type,
    const struct fl_object *object)
{
    const struct fl_v8msg_section *const records = &type->sections[0];
    const struct fl_section *const rows = rows_of(object, FL_SECTION_RECORDS);

    fl_xml_writer_view(&output->xml, type->tag.open);
    put_unknowns(output, "");
    put_filter(output, type, object);
    put_unknowns(output, FL_V8MSG_PLACE_FILTER);
    if (rows && output->refusal == FL_OK) {
        put_rows(output, records, rows);
    } else {
        fl_xml_writer_view(&output->xml, records->tag.empty);
    }
    put_unknowns(output, NULL);
    fl_xml_writer_view(&output->xml, type->tag.close);
}

static void put_deletion(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_type *type,
    const struct fl_object *object)
{
    struct fl_xml_writer *const xml = &output->xml;
    char uuid[FL_UUID_TEXT_BYTES];

    fl_uuid_format(
        fl_ref_pairs_theirs(output->pairs, object->key.type, object->key.id), uuid);
    fl_xml_writer_literal(xml, "\n\t\t<v8:ObjectDeletion>\n\t\t\t<v8:Ref");
    fl_xml_writer_view(xml, type->xsi_type);
    fl_xml_writer_literal(xml, ">");
    fl_xml_writer_raw(xml, uuid, sizeof(uuid));
    fl_xml_writer_literal(xml, "</v8:Ref>\n\t\t</v8:ObjectDeletion>");
}

void fl_v8msg_items_put(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_type *type,
    const struct fl_object *object)
{
    const enum fl_kind kind = type->type->kind;

    start_unknowns(output, object);
    if (output->refusal != FL_OK) {
        return;
    }
    if (fl_kind_is_register(kind)) {
        put_record_set(output, type, object);
    } else if (kind == FL_KIND_CONSTANT) {
        put_constant(output, type, object);
    } else if (!fl_kind_has_ref(kind)) {
        fl_v8msg_values_refuse(
            output, FL_REFUSED, "an enumeration is not data that can be sent");
    } else if (object->deleted) {
        put_deletion(output, type, object);
        return;
    } else {
        put_ref_object(output, type, object);
    }
    finish_unknowns(output, object);
}
