#include "object_json.h"

#include <stdio.h>
#include <string.h>

#include "proto/base64.h"
#include "ref.h"

static json_t *string_of(struct fl_bytes bytes)
{
    return json_stringn(bytes.size == 0 ? "" : (const char *)bytes.data, bytes.size);
}

static json_t *number_of(struct fl_decimal number)
{
    if (number.scale == 0 && number.high == 0 &&
        number.low <= (uint64_t)FL_JSON_INTEGER_MAX) {
        json_int_t whole = (json_int_t)number.low;
        return json_integer(number.negative ? -whole : whole);
    }
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    size_t size = fl_decimal_format(number, text);
    return json_stringn(text, size);
}

static json_t *binary_of(struct fl_bytes bytes)
{
    char *text = fl_base64_text(bytes);
    json_t *value = text == NULL ? NULL : json_string(text);
    fl_free(text);
    return value;
}

static json_t *ref_of(
    const struct fl_configuration *configuration,
    const struct fl_value *value)
{
    if (fl_uuid_is_zero(value->uuid)) {
        return json_string("");
    }
    struct fl_key key = {.type = value->type, .id = value->uuid};
    return json_string(fl_ref_text(configuration, key).text);
}

static json_t *enum_of(
    const struct fl_configuration *configuration,
    const struct fl_value *value)
{
    const struct fl_type *type = fl_configuration_type(configuration, value->type);
    const char *name =
        type == NULL ? NULL : fl_type_enum_value_name(type, value->enum_value);
    return json_string(name == NULL ? "" : name);
}

/* The value alone, whatever its attribute allows. */
static json_t *bare(
    const struct fl_configuration *configuration,
    const struct fl_value *value)
{
    char date[FL_DATETIME_TEXT_BYTES];
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        return json_null();
    case FL_VALUE_STRING:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        return string_of(value->bytes);
    case FL_VALUE_NUMBER:
        return number_of(value->number);
    case FL_VALUE_DATE:
        fl_datetime_format(value->date, date);
        return json_stringn(date, sizeof date);
    case FL_VALUE_BOOLEAN:
        return json_boolean(value->boolean);
    case FL_VALUE_REF:
        return ref_of(configuration, value);
    case FL_VALUE_ENUM:
        return enum_of(configuration, value);
    case FL_VALUE_UUID:
        return json_string(fl_uuid_text(value->uuid).text);
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
        return binary_of(value->bytes);
    }
    return NULL;
}

static json_t *type_name_of(
    const struct fl_configuration *configuration,
    const struct fl_value *value)
{
    const struct fl_type *type = fl_configuration_type(configuration, value->type);
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        return json_string(FL_JSON_TYPE_NULL);
    case FL_VALUE_STRING:
        return json_string(FL_JSON_TYPE_STRING);
    case FL_VALUE_NUMBER:
        return json_string(FL_JSON_TYPE_NUMBER);
    case FL_VALUE_DATE:
        return json_string(FL_JSON_TYPE_DATE);
    case FL_VALUE_BOOLEAN:
        return json_string(FL_JSON_TYPE_BOOLEAN);
    case FL_VALUE_REF:
    case FL_VALUE_ENUM:
        return type == NULL ? json_null()
                            : json_sprintf("%s.%s", fl_kind_name(type->kind), type->name);
    case FL_VALUE_UUID:
        return json_string(FL_JSON_TYPE_UUID);
    case FL_VALUE_BINARY:
        return json_string(FL_JSON_TYPE_BINARY);
    case FL_VALUE_STORAGE:
        return json_string(FL_JSON_TYPE_STORAGE);
    case FL_VALUE_TYPE:
        return json_string(FL_JSON_TYPE_TYPE);
    case FL_VALUE_FOREIGN:
        return string_of(value->foreign_type);
    }
    return NULL;
}

json_t *fl_object_json_value(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    const struct fl_value *value)
{
    bool is_text = value->kind == FL_VALUE_FOREIGN && value->foreign_type.size == 0;
    bool typed = type == NULL || type->composite || value->kind == FL_VALUE_FOREIGN;
    if (value->kind == FL_VALUE_UNDEFINED || is_text ||
        (!typed && value->kind != FL_VALUE_NULL)) {
        return bare(configuration, value);
    }
    return json_pack(
        "{s:o, s:o}", "type", type_name_of(configuration, value), "value",
        bare(configuration, value));
}

/* False without memory. */
static bool put_value(
    const struct fl_configuration *configuration,
    json_t *object,
    const struct fl_attribute *attribute,
    const struct fl_value *value)
{
    return json_object_set_new(
               object, attribute->name,
               fl_object_json_value(configuration, &attribute->type, value)) == 0;
}

static const struct fl_value *find(
    const struct fl_field *fields,
    size_t count,
    uint32_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].number == number) {
            return &fields[i].value;
        }
    }
    return NULL;
}

static bool put_fields(
    const struct fl_configuration *configuration,
    json_t *object,
    const struct fl_attribute *attributes,
    size_t attribute_count,
    const struct fl_field *fields,
    size_t field_count,
    bool all)
{
    bool fits = object != NULL;
    for (size_t i = 0; i < attribute_count && fits; i++) {
        const struct fl_value *value = find(fields, field_count, attributes[i].number);
        struct fl_value empty = fl_value_empty(&attributes[i].type);
        if (value != NULL || all) {
            fits = put_value(
                configuration, object, &attributes[i], value != NULL ? value : &empty);
        }
    }
    return fits;
}

static json_t *rows_of(
    const struct fl_configuration *configuration,
    const struct fl_attribute *attributes,
    size_t attribute_count,
    const struct fl_section *section,
    bool all)
{
    json_t *rows = json_array();
    bool fits = rows != NULL;
    for (size_t i = 0; section != NULL && i < section->row_count && fits; i++) {
        json_t *row = json_object();
        fits = put_fields(
                   configuration, row, attributes, attribute_count,
                   section->rows[i].fields, section->rows[i].field_count, all) &&
               json_array_append(rows, row) == 0;
        json_decref(row);
    }
    if (!fits) {
        json_decref(rows);
        rows = NULL;
    }
    return rows;
}

static bool put_filter(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_object *object,
    json_t *out_json)
{
    json_t *filter = json_object();
    bool fits = filter != NULL;
    for (size_t i = 0; i < type->attribute_count && fits; i++) {
        const struct fl_attribute *attribute = &type->attributes[i];
        const struct fl_value *value = fl_object_field(object, attribute->number);
        if (value != NULL) {
            fits = put_value(configuration, filter, attribute, value);
        }
    }
    return json_object_set_new(out_json, "filter", filter) == 0 && fits;
}

static bool put_sections(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_object *object,
    bool all,
    json_t *set)
{
    bool fits = true;
    for (size_t i = 0; i < type->section_count && fits; i++) {
        const struct fl_section_type *section = &type->sections[i];
        const struct fl_section *rows = fl_object_section(object, section->number);
        if (rows != NULL || all) {
            json_t *array = rows_of(
                configuration, section->attributes, section->attribute_count, rows, all);
            fits = json_object_set_new(set, section->name, array) == 0;
        }
    }
    return fits;
}

static bool put_unknowns(const struct fl_object *object, json_t *out_json)
{
    if (object->unknown_count == 0) {
        return true;
    }
    json_t *unknowns = json_array();
    bool fits = unknowns != NULL;
    for (size_t i = 0; i < object->unknown_count && fits; i++) {
        const struct fl_unknown *unknown = &object->unknowns[i];
        json_t *one = json_pack(
            "{s:o, s:I, s:o}", "place", string_of(unknown->place), "row",
            (json_int_t)unknown->row, "xml", string_of(unknown->xml));
        fits = json_array_append_new(unknowns, one) == 0;
    }
    return json_object_set_new(out_json, "unknown", unknowns) == 0 && fits;
}

json_t *fl_object_json_encode(
    const struct fl_configuration *configuration,
    const struct fl_object *object,
    bool all)
{
    const struct fl_type *type = fl_configuration_type(configuration, object->key.type);
    struct fl_ref_text ref = fl_ref_text(configuration, object->key);
    json_t *json = json_pack("{s:s}", object->deleted ? "delete" : "put", ref.text);
    if (json == NULL || type == NULL) {
        return json;
    }
    bool fits = true;
    if (fl_kind_is_register(type->kind)) {
        json_t *records = rows_of(
            configuration, type->attributes, type->attribute_count,
            fl_object_section(object, FL_SECTION_RECORDS), all);
        fits = put_filter(configuration, type, object, json) &&
               json_object_set_new(json, "records", records) == 0;
    } else if (!object->deleted) {
        json_t *set = json_object();
        fits = put_fields(
                   configuration, set, type->attributes, type->attribute_count,
                   object->fields, object->field_count, all) &&
               put_sections(configuration, type, object, all, set);
        fits = json_object_set_new(json, "set", set) == 0 && fits;
    }
    if (!fits || !put_unknowns(object, json)) {
        json_decref(json);
        return NULL;
    }
    return json;
}
