#include "odata_entity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/object_json.h"
#include "proto/base64.h"

/* --- versions --- */

void fl_odata_version(uint64_t lsn, char out_text[FL_ODATA_VERSION_BYTES])
{
    uint8_t bytes[8];
    fl_store_u64(bytes, lsn);
    char *text = fl_base64_text((struct fl_bytes){bytes, sizeof bytes});
    snprintf(out_text, FL_ODATA_VERSION_BYTES, "%s", text == NULL ? "" : text);
    fl_free(text);
}

bool fl_odata_version_parse(const char *text, uint64_t *out_lsn)
{
    struct fl_arena arena;
    struct fl_bytes bytes;
    text += strncmp(text, "W/", 2) == 0 ? 2 : 0;
    size_t size = strlen(text);
    bool is_quoted = size >= 2 && text[0] == '"' && text[size - 1] == '"';
    struct fl_bytes inner = {
        (const uint8_t *)text + is_quoted, size - 2 * (size_t)is_quoted};
    fl_arena_init(&arena, 1024);
    bool is_good =
        fl_base64_parse(inner, NULL, &arena, &bytes) == FL_OK && bytes.size == 8;
    if (is_good) {
        *out_lsn = fl_load_u64(bytes.data);
    }
    fl_arena_deinit(&arena);
    return is_good;
}

/* --- values --- */

static json_t *text_json(struct fl_bytes bytes)
{
    return json_stringn(bytes.size == 0 ? "" : (const char *)bytes.data, bytes.size);
}

static json_t *guid_json(struct fl_uuid uuid)
{
    return json_string(fl_uuid_text(uuid).text);
}

/* A JSON number keeps 15 digits everywhere; more go as text. */
static json_t *number_json(struct fl_decimal number)
{
    enum { DIGITS_EXACT = 15 };
    char text[FL_DECIMAL_TEXT_BYTES_MAX + 1];
    size_t size = fl_decimal_format(number, text);
    size_t digits = 0;
    text[size] = '\0';
    for (size_t i = 0; i < size; i++) {
        digits += text[i] >= '0' && text[i] <= '9';
    }
    if (digits > DIGITS_EXACT) {
        return json_stringn(text, size);
    }
    return strchr(text, '.') == NULL ? json_integer(strtoll(text, NULL, 10))
                                     : json_real(strtod(text, NULL));
}

static const char *enum_name(
    const struct fl_configuration *configuration,
    const struct fl_value *value)
{
    const struct fl_type *type = fl_configuration_type(configuration, value->type);
    const char *name =
        type == NULL ? NULL : fl_type_enum_value_name(type, value->enum_value);
    return name == NULL ? "" : name;
}

static json_t *value_json(
    const struct fl_configuration *configuration,
    const struct fl_value *value)
{
    char date[FL_DATETIME_TEXT_BYTES];
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        return json_string("");
    case FL_VALUE_STRING:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        return text_json(value->bytes);
    case FL_VALUE_NUMBER:
        return number_json(value->number);
    case FL_VALUE_DATE:
        fl_datetime_format(value->date, date);
        return json_stringn(date, sizeof date);
    case FL_VALUE_BOOLEAN:
        return json_boolean(value->boolean);
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        return guid_json(value->uuid);
    case FL_VALUE_ENUM:
        return json_string(enum_name(configuration, value));
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE: {
        char *text = fl_base64_text(value->bytes);
        json_t *json = text == NULL ? NULL : json_string(text);
        fl_free(text);
        return json;
    }
    }
    return NULL;
}

static json_t *type_json(
    const struct fl_configuration *configuration,
    const struct fl_value *value)
{
    const struct fl_type *type = fl_configuration_type(configuration, value->type);
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
        return json_string("StandardODATA.Undefined");
    case FL_VALUE_NULL:
        return json_string("Edm.Null");
    case FL_VALUE_STRING:
    case FL_VALUE_TYPE:
        return json_string("Edm.String");
    case FL_VALUE_NUMBER:
        return json_string("Edm.Double");
    case FL_VALUE_DATE:
        return json_string("Edm.DateTime");
    case FL_VALUE_BOOLEAN:
        return json_string("Edm.Boolean");
    case FL_VALUE_UUID:
        return json_string("Edm.Guid");
    case FL_VALUE_BINARY:
        return json_string("application/octet-stream");
    case FL_VALUE_STORAGE:
        return json_string("application/xml+xs");
    case FL_VALUE_REF:
    case FL_VALUE_ENUM:
        return type == NULL
                   ? json_string("StandardODATA.Undefined")
                   : json_sprintf(
                         "StandardODATA.%s_%s", fl_kind_name(type->kind), type->name);
    case FL_VALUE_FOREIGN:
        return text_json(value->foreign_type);
    }
    return NULL;
}

bool fl_odata_value_of(
    const struct fl_configuration *configuration,
    const struct fl_value *value,
    struct fl_odata_value *out_value)
{
    struct fl_odata_value result = {.kind = FL_ODATA_NULL};
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        break;
    case FL_VALUE_STRING:
    case FL_VALUE_FOREIGN:
        result.kind = FL_ODATA_STRING;
        result.text = value->bytes;
        break;
    case FL_VALUE_NUMBER:
        result.kind = FL_ODATA_NUMBER;
        result.number = value->number;
        break;
    case FL_VALUE_DATE:
        result.kind = FL_ODATA_DATE;
        result.date = value->date;
        break;
    case FL_VALUE_BOOLEAN:
        result.kind = FL_ODATA_BOOLEAN;
        result.boolean = value->boolean;
        break;
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        result.kind = FL_ODATA_GUID;
        result.uuid = value->uuid;
        result.type = value->kind == FL_VALUE_REF ? value->type : 0;
        break;
    case FL_VALUE_ENUM:
        result.kind = FL_ODATA_STRING;
        result.text = fl_bytes_of_text(enum_name(configuration, value));
        break;
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
        return false;
    }
    *out_value = result;
    return true;
}

/* --- entities --- */

static bool set(json_t *object, const char *name, const char *suffix, json_t *take_value)
{
    char text[FL_ODATA_NAME_BYTES];
    snprintf(text, sizeof text, "%s%s", name, suffix);
    return json_object_set_new(object, text, take_value) == 0;
}

static bool put_attribute(
    const struct fl_configuration *configuration,
    json_t *object,
    const struct fl_attribute *attribute,
    const char *name,
    const struct fl_value *value)
{
    struct fl_value empty = fl_value_empty(&attribute->type);
    const struct fl_value *shown = value == NULL ? &empty : value;
    switch (fl_odata_shape(&attribute->type)) {
    case FL_ODATA_PLAIN:
        return set(object, name, "", value_json(configuration, shown));
    case FL_ODATA_REF:
        return set(object, name, "_Key", value_json(configuration, shown));
    case FL_ODATA_COMPOSITE:
        return set(object, name, "", value_json(configuration, shown)) &&
               set(object, name, "_Type", type_json(configuration, shown));
    case FL_ODATA_BYTES:
        return set(object, name, "_Type", type_json(configuration, shown)) &&
               set(object, name, "_Base64Data", value_json(configuration, shown));
    }
    return false;
}

/* What a row of a section begins with. */
static json_t *row_head(struct fl_uuid ref, size_t index)
{
    return json_pack(
        "{s:s, s:o}", "Ref_Key", fl_uuid_text(ref).text, "LineNumber",
        json_sprintf("%zu", index + 1));
}

/* Attributes of a row, of a section or of a register's record, into `take_json`. */
static json_t *row_json(
    const struct fl_configuration *configuration,
    const struct fl_attribute *attributes,
    size_t count,
    const struct fl_row *row,
    json_t *take_json)
{
    json_t *json = take_json;
    bool done = json != NULL;
    for (size_t i = 0; i < count && done; i++) {
        if (attributes[i].place != FL_PLACE_NONE) {
            done = put_attribute(
                configuration, json, &attributes[i], attributes[i].name,
                fl_row_field(row, attributes[i].number));
        }
    }
    if (!done) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static bool put_sections(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_object *object,
    json_t *json)
{
    for (size_t i = 0; i < type->section_count; i++) {
        const struct fl_section_type *section_type = &type->sections[i];
        const struct fl_section *section =
            fl_object_section(object, section_type->number);
        json_t *rows = json_array();
        for (size_t k = 0; section != NULL && k < section->row_count; k++) {
            json_t *row = row_json(
                configuration, section_type->attributes, section_type->attribute_count,
                &section->rows[k], row_head(object->key.id, k));
            if (json_array_append_new(rows, row) != 0) {
                json_decref(rows);
                return false;
            }
        }
        if (json_object_set_new(json, section_type->name, rows) != 0) {
            return false;
        }
    }
    return true;
}

static json_t *object_entity(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_object *object,
    const char *version)
{
    bool is_constant = type->kind == FL_KIND_CONSTANT;
    json_t *json = json_object();
    bool done = json != NULL &&
                (is_constant || set(json, "Ref_Key", "", guid_json(object->key.id))) &&
                set(json, "DataVersion", "", json_string(version));
    for (size_t i = 0; i < type->attribute_count && done; i++) {
        const struct fl_attribute *attribute = &type->attributes[i];
        if (attribute->place != FL_PLACE_NONE) {
            done = put_attribute(
                configuration, json, attribute, is_constant ? "Value" : attribute->name,
                fl_object_field(object, attribute->number));
        }
    }
    if (!done || !put_sections(configuration, type, object, json)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static const struct fl_section *records_of(const struct fl_object *object)
{
    return fl_object_section(object, FL_SECTION_RECORDS);
}

static json_t *set_entity(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_object *object,
    const char *version)
{
    const struct fl_section *records = records_of(object);
    json_t *json = json_object();
    json_t *rows = json_array();
    bool done = json != NULL && rows != NULL;
    for (size_t i = 0; i < type->attribute_count && done; i++) {
        if (type->attributes[i].in_filter) {
            done = put_attribute(
                configuration, json, &type->attributes[i], type->attributes[i].name,
                fl_object_field(object, type->attributes[i].number));
        }
    }
    for (size_t i = 0; records != NULL && i < records->row_count && done; i++) {
        json_t *row = row_json(
            configuration, type->attributes, type->attribute_count, &records->rows[i],
            json_pack("{s:o}", "LineNumber", json_sprintf("%zu", i + 1)));
        done = json_array_append_new(rows, row) == 0;
    }
    done = done && set(json, "DataVersion", "", json_string(version));
    if (!done || json_object_set_new(json, "RecordSet", rows) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

size_t fl_odata_entity_count(const struct fl_type *type, const struct fl_object *object)
{
    const struct fl_section *records = records_of(object);
    bool is_apart = fl_kind_is_register(type->kind) && !type->by_recorder;
    return !is_apart ? 1 : records == NULL ? 0 : records->row_count;
}

bool fl_odata_entities(
    const struct fl_configuration *configuration,
    const struct fl_object *object,
    uint64_t lsn,
    json_t *array)
{
    char version[FL_ODATA_VERSION_BYTES];
    const struct fl_type *type = fl_configuration_type(configuration, object->key.type);
    FL_ASSERT(type != NULL);
    fl_odata_version(lsn, version);
    if (!fl_kind_is_register(type->kind)) {
        return json_array_append_new(
                   array, object_entity(configuration, type, object, version)) == 0;
    }
    if (type->by_recorder) {
        return json_array_append_new(
                   array, set_entity(configuration, type, object, version)) == 0;
    }
    const struct fl_section *records = records_of(object);
    for (size_t i = 0; records != NULL && i < records->row_count; i++) {
        json_t *row = row_json(
            configuration, type->attributes, type->attribute_count, &records->rows[i],
            json_object());
        if (row == NULL || !set(row, "DataVersion", "", json_string(version)) ||
            json_array_append_new(array, row) != 0) {
            return false;
        }
    }
    return true;
}

void fl_odata_select(json_t *entity, const char *select)
{
    void *next = json_object_iter(entity);
    while (next != NULL) {
        const char *name = json_object_iter_key(next);
        size_t size = strlen(name);
        bool is_wanted = strcmp(select, "*") == 0 || strncmp(name, "odata.", 6) == 0;
        for (const char *word = select; *word != '\0' && !is_wanted;) {
            size_t length = strcspn(word, ",");
            const char *begin = word;
            word += length + (word[length] == ',');
            while (length > 0 && *begin == ' ') {
                begin++;
                length--;
            }
            is_wanted = length == size && strncmp(begin, name, size) == 0;
        }
        next = json_object_iter_next(entity, next);
        if (!is_wanted) {
            (void)json_object_del(entity, name);
        }
    }
}
