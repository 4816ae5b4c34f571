#include "change_json.h"

#include <stdio.h>
#include <string.h>

#include "near.h"
#include "proto/limits.h"
#include "ref.h"
#include "value_json.h"

enum { SHOWN_BYTES_MAX = 80 };

/* What values are read for: names for the words of a failure. */
struct place {
    const struct fl_configuration *configuration;
    const struct fl_type *type;
    const char *section; /* NULL: the object itself */
    size_t row;
    struct fl_arena *arena;
};

static struct fl_bytes text_of(const json_t *json)
{
    return (struct fl_bytes){
        (const uint8_t *)json_string_value(json), json_string_length(json)};
}

static enum fl_status no_room(struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_LIMIT, "the object is larger than an object may be");
}

/* --- an object --- */

static const char *owner_of(const struct place *place, char *out_text, size_t size)
{
    if (place->section == NULL) {
        snprintf(
            out_text, size, "%s.%s", fl_kind_name(place->type->kind), place->type->name);
    } else {
        snprintf(
            out_text, size, "%s.%s.%s[%zu]", fl_kind_name(place->type->kind),
            place->type->name, place->section, place->row + 1);
    }
    return out_text;
}

static enum fl_status unknown_attribute(
    const struct place *place,
    const struct fl_attribute *attributes,
    size_t attribute_count,
    bool sections_too,
    const char *name,
    struct fl_error *out_error)
{
    char owner[FL_REF_TEXT_BYTES_MAX];
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    struct fl_near near;
    fl_near_init(&near, fl_bytes_of_text(name));
    for (size_t i = 0; i < attribute_count; i++) {
        fl_near_offer(&near, fl_bytes_of_text(attributes[i].name));
    }
    for (size_t i = 0; sections_too && i < place->type->section_count; i++) {
        fl_near_offer(&near, fl_bytes_of_text(place->type->sections[i].name));
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "%s has no attribute \"%.*s\"%s; `filial configuration show %s.%s` lists them",
        owner_of(place, owner, sizeof owner), SHOWN_BYTES_MAX, name,
        fl_near_text(&near, near_text), fl_kind_name(place->type->kind),
        place->type->name);
}

/* Replace the field of this number among `*count`, or append it: there is room. */
static void set_field(
    struct fl_field *fields,
    size_t *count,
    uint32_t number,
    const struct fl_value *value)
{
    size_t i = 0;
    while (i < *count && fields[i].number != number) {
        i++;
    }
    fields[i] = (struct fl_field){.number = number, .value = *value};
    if (i == *count) {
        (*count)++;
    }
}

static enum fl_status set_value(
    const struct place *place,
    const struct fl_attribute *attribute,
    const json_t *json,
    struct fl_field *fields,
    size_t *count,
    struct fl_error *out_error)
{
    char owner[FL_REF_TEXT_BYTES_MAX];
    struct fl_value value;
    enum fl_status status = fl_value_json_parse(
        place->configuration, attribute, owner_of(place, owner, sizeof owner), json,
        place->arena, &value, out_error);
    if (status == FL_OK) {
        set_field(fields, count, attribute->number, &value);
    }
    return status;
}

/* Attributes of a row: of a section, or of a register's record. */
static const struct fl_attribute *attribute_of_row(
    const struct fl_type *type,
    const struct fl_section_type *section,
    const char *name)
{
    return section == NULL ? fl_attribute_by_name(type, fl_bytes_of_text(name))
                           : fl_section_find_attribute(section, fl_bytes_of_text(name));
}

static enum fl_status parse_row(
    const struct place *place,
    const struct fl_section_type *section,
    const json_t *json,
    const struct fl_object *filled_from,
    struct fl_row *out_row,
    struct fl_error *out_error)
{
    char owner[FL_REF_TEXT_BYTES_MAX];
    if (!json_is_object(json)) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s must be an object {\"Attribute\": value, ...}",
            owner_of(place, owner, sizeof owner));
    }
    size_t inherited = filled_from == NULL ? 0 : filled_from->field_count;
    struct fl_field *fields = fl_arena_array(
        place->arena, json_object_size(json) + inherited + 1, sizeof *fields);
    if (fields == NULL) {
        return no_room(out_error);
    }
    size_t count = 0;
    for (size_t i = 0; i < inherited; i++) {
        fields[count++] = filled_from->fields[i];
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        const struct fl_attribute *attribute =
            attribute_of_row(place->type, section, name);
        if (attribute == NULL) {
            return unknown_attribute(
                place, section == NULL ? place->type->attributes : section->attributes,
                section == NULL ? place->type->attribute_count : section->attribute_count,
                /* sections_too= */ false, name, out_error);
        }
        enum fl_status status =
            set_value(place, attribute, value, fields, &count, out_error);
        if (status != FL_OK) {
            return status;
        }
    }
    *out_row = (struct fl_row){.field_count = count, .fields = fields};
    return FL_OK;
}

static enum fl_status parse_rows(
    struct place *place,
    const struct fl_section_type *section,
    const json_t *json,
    const struct fl_object *filled_from,
    struct fl_section *out_section,
    struct fl_error *out_error)
{
    char owner[FL_REF_TEXT_BYTES_MAX];
    if (!json_is_array(json)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s.%s must be an array of rows, [{\"Attribute\": value}, ...]",
            owner_of(&(struct place){.type = place->type}, owner, sizeof owner),
            place->section);
    }
    size_t count = json_array_size(json);
    struct fl_row *rows = fl_arena_array(place->arena, count + 1, sizeof *rows);
    if (count > FL_ROWS_MAX || rows == NULL) {
        return no_room(out_error);
    }
    for (size_t i = 0; i < count; i++) {
        place->row = i;
        enum fl_status status = parse_row(
            place, section, json_array_get(json, i), filled_from, &rows[i], out_error);
        if (status != FL_OK) {
            return status;
        }
    }
    out_section->row_count = count;
    out_section->rows = rows;
    return FL_OK;
}

static void set_section(struct fl_object *object, const struct fl_section *section)
{
    size_t i = 0;
    while (i < object->section_count && object->sections[i].number != section->number) {
        i++;
    }
    object->sections[i] = *section;
    if (i == object->section_count) {
        object->section_count++;
    }
}

/* Copies of the arrays with room for what comes. */
static enum fl_status make_room(
    struct fl_arena *arena,
    struct fl_object *object,
    size_t more,
    struct fl_error *out_error)
{
    struct fl_field *fields =
        fl_arena_array(arena, object->field_count + more + 1, sizeof *fields);
    struct fl_section *sections =
        fl_arena_array(arena, object->section_count + more + 1, sizeof *sections);
    if (fields == NULL || sections == NULL) {
        return no_room(out_error);
    }
    for (size_t i = 0; i < object->field_count; i++) {
        fields[i] = object->fields[i];
    }
    for (size_t i = 0; i < object->section_count; i++) {
        sections[i] = object->sections[i];
    }
    object->fields = fields;
    object->sections = sections;
    return FL_OK;
}

static enum fl_status apply_member(
    struct place *place,
    const char *name,
    const json_t *value,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_type *type = place->type;
    const struct fl_attribute *attribute =
        fl_attribute_by_name(type, fl_bytes_of_text(name));
    if (attribute != NULL) {
        place->section = NULL;
        return set_value(
            place, attribute, value, object->fields, &object->field_count, out_error);
    }
    const struct fl_section_type *section_type =
        fl_type_find_section(type, fl_bytes_of_text(name));
    if (section_type == NULL) {
        place->section = NULL;
        return unknown_attribute(
            place, type->attributes, type->attribute_count,
            /* sections_too= */ true, name, out_error);
    }
    struct fl_section section = {.number = section_type->number};
    place->section = section_type->name;
    enum fl_status status =
        parse_rows(place, section_type, value, NULL, &section, out_error);
    if (status == FL_OK) {
        set_section(object, &section);
    }
    return status;
}

static enum fl_status apply_set(
    struct place *place,
    const json_t *set,
    struct fl_object *object,
    struct fl_error *out_error)
{
    enum fl_status status =
        make_room(place->arena, object, json_object_size(set), out_error);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)set, name, value)
    {
        if (status == FL_OK) {
            status = apply_member(place, name, value, object, out_error);
        }
    }
    return status;
}

static enum fl_status apply_filter(
    struct place *place,
    const json_t *filter,
    struct fl_object *object,
    struct fl_error *out_error)
{
    enum fl_status status =
        make_room(place->arena, object, json_object_size(filter), out_error);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)filter, name, value)
    {
        const struct fl_attribute *attribute =
            fl_attribute_by_name(place->type, fl_bytes_of_text(name));
        if (status == FL_OK && attribute == NULL) {
            status = unknown_attribute(
                place, place->type->attributes, place->type->attribute_count,
                /* sections_too= */ false, name, out_error);
        }
        if (status == FL_OK && !attribute->in_filter) {
            status = fl_error_set(
                out_error, FL_MALFORMED,
                "%s.%s: \"%s\" is not in the filter of a record set",
                fl_kind_name(place->type->kind), place->type->name, name);
        }
        if (status == FL_OK) {
            status = set_value(
                place, attribute, value, object->fields, &object->field_count, out_error);
        }
    }
    return status;
}

static enum fl_status apply_register(
    struct place *place,
    const struct fl_change_json *change,
    struct fl_object *object,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (change->filter != NULL) {
        object->field_count = 0;
        status = apply_filter(place, change->filter, object, out_error);
    }
    struct fl_section section = {.number = FL_SECTION_RECORDS};
    if (status == FL_OK && change->kind == FL_CHANGE_PUT) {
        place->section = "records";
        status = parse_rows(place, NULL, change->records, object, &section, out_error);
    }
    if (status == FL_OK) {
        object->section_count = 0;
        status = make_room(place->arena, object, 1, out_error);
    }
    if (status == FL_OK && section.row_count > 0) {
        set_section(object, &section);
    }
    return status;
}

enum fl_status fl_change_json_apply(
    const struct fl_configuration *configuration,
    const struct fl_change_json *change,
    struct fl_arena *arena,
    struct fl_object *object,
    struct fl_error *out_error)
{
    struct place place = {
        .configuration = configuration, .type = change->type, .arena = arena};
    struct fl_key key = object->key;
    bool is_register = fl_kind_is_register(change->type->kind);
    enum fl_status status = FL_OK;
    object->deleted = false;
    if (is_register) {
        status = apply_register(&place, change, object, out_error);
    } else if (change->kind == FL_CHANGE_DELETE) {
        *object = (struct fl_object){.key = key, .deleted = true};
        return FL_OK;
    } else {
        status = apply_set(&place, change->set, object, out_error);
    }
    if (status == FL_OK) {
        status = fl_object_normalise(change->type, object, out_error);
    }
    if (status == FL_OK) {
        status = fl_object_check(configuration, object, out_error);
    }
    return status;
}

enum fl_status fl_change_json_filter_key(
    const struct fl_configuration *configuration,
    const struct fl_change_json *change,
    struct fl_arena *arena,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    struct place place = {
        .configuration = configuration, .type = change->type, .arena = arena};
    struct fl_object object = {.key = {.type = change->type->number}};
    enum fl_status status = apply_filter(&place, change->filter, &object, out_error);
    if (status == FL_OK) {
        status = fl_object_normalise(change->type, &object, out_error);
    }
    if (status == FL_OK) {
        *out_key = object.key;
    }
    return status;
}

/* --- a line --- */

static enum fl_status check_members(const json_t *line, struct fl_error *out_error)
{
    static const char *const known[] = {"put", "delete", "set", "filter", "records"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)line, name, value)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            found = found || strcmp(name, known[i]) == 0;
        }
        if (!found) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "\"%.*s\" is not known here; a change is {\"put\": ..., \"set\": {...}}, "
                "{\"put\": ..., \"filter\": {...}, \"records\": [...]} or "
                "{\"delete\": ...}",
                SHOWN_BYTES_MAX, name);
        }
    }
    return FL_OK;
}

static enum fl_status parse_target(
    const struct fl_configuration *configuration,
    struct fl_bytes target,
    struct fl_change_json *change,
    struct fl_error *out_error)
{
    change->has_key = memchr(target.data, ':', target.size) != NULL;
    enum fl_status status =
        change->has_key
            ? fl_ref_parse(configuration, target, &change->key, out_error)
            : fl_ref_parse_type(configuration, target, &change->type, out_error);
    if (status == FL_OK && change->has_key) {
        change->type = fl_configuration_type(configuration, change->key.type);
    }
    if (status == FL_OK && !change->has_key) {
        change->key = (struct fl_key){.type = change->type->number};
        change->has_key = change->type->kind == FL_KIND_CONSTANT;
    }
    if (status == FL_OK && change->type->kind == FL_KIND_ENUM) {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "%s.%s is an enumeration: its values are not objects",
            fl_kind_name(change->type->kind), change->type->name);
    }
    return status;
}

static enum fl_status check_parts(
    const struct fl_change_json *change,
    struct fl_error *out_error)
{
    const char *kind = fl_kind_name(change->type->kind);
    const char *name = change->type->name;
    if (fl_kind_is_register(change->type->kind)) {
        bool found = change->has_key || json_is_object(change->filter);
        bool filled = change->kind == FL_CHANGE_DELETE || json_is_array(change->records);
        if (!found || !filled || change->set != NULL) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "%s.%s is a register: {\"put\": \"%s.%s\", \"filter\": {...}, "
                "\"records\": [{...}, ...]}",
                kind, name, kind, name);
        }
        return FL_OK;
    }
    if (change->kind == FL_CHANGE_DELETE) {
        if (!change->has_key || change->set != NULL) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "a deletion names one object: {\"delete\": \"%s.%s:UUID\"}", kind, name);
        }
        return FL_OK;
    }
    if (!json_is_object(change->set) || change->filter != NULL ||
        change->records != NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "what is put needs \"set\": {\"put\": \"%s.%s\", \"set\": {\"Attribute\": "
            "value}}",
            kind, name);
    }
    return FL_OK;
}

enum fl_status fl_change_json_parse(
    const struct fl_configuration *configuration,
    const json_t *line,
    struct fl_change_json *out_change,
    struct fl_error *out_error)
{
    const json_t *put = json_object_get(line, "put");
    const json_t *deletion = json_object_get(line, "delete");
    const json_t *target = put != NULL ? put : deletion;
    if (!json_is_string(target) || (put != NULL && deletion != NULL)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "a change is {\"put\": \"Catalog.X\", \"set\": {...}} or "
            "{\"delete\": \"Catalog.X:UUID\"}");
    }
    enum fl_status status = check_members(line, out_error);
    struct fl_change_json change = {
        .kind = put != NULL ? FL_CHANGE_PUT : FL_CHANGE_DELETE,
        .set = json_object_get(line, "set"),
        .filter = json_object_get(line, "filter"),
        .records = json_object_get(line, "records")};
    if (status == FL_OK) {
        status = parse_target(configuration, text_of(target), &change, out_error);
    }
    if (status == FL_OK) {
        status = check_parts(&change, out_error);
    }
    if (status == FL_OK) {
        *out_change = change;
    }
    return status;
}
