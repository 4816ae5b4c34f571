/*
 * From what 1C's clients send to the changes of change_json.h: properties lose their
 * suffixes, values get the types that stand beside them.
 */

#include "odata_entity.h"

#include <string.h>

#include "change/change_json.h"
#include "change/ref.h"

static const char ZERO_GUID[] = "00000000-0000-0000-0000-000000000000";
static const char NAMESPACE[] = "StandardODATA.";

/* Members that are about the entity, not of it. */
static bool is_aside(const char *name)
{
    static const char *const names[] = {
        "Ref_Key", "DataVersion", "LineNumber", "Predefined", "RecordSet"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return strncmp(name, "odata.", 6) == 0 || strchr(name, '@') != NULL;
}

static json_t *ref_json(const json_t *value)
{
    const char *text = json_string_value(value);
    return text != NULL && strcmp(text, ZERO_GUID) == 0
               ? json_string("")
               : json_incref((json_t *)(uintptr_t)value);
}

/* The word of object_json.h for a type as OData calls it; the caller's. */
static json_t *type_word(const struct fl_configuration *configuration, const char *type)
{
    static const struct {
        const char *odata;
        const char *word;
    } words[] = {
        {"Edm.String", "String"},
        {"Edm.Double", "Number"},
        {"Edm.Int64", "Number"},
        {"Edm.Int32", "Number"},
        {"Edm.Int16", "Number"},
        {"Edm.Decimal", "Number"},
        {"Edm.DateTime", "Date"},
        {"Edm.Boolean", "Boolean"},
        {"Edm.Guid", "UUID"},
        {"application/octet-stream", "Binary"},
        {"application/xml+xs", "ValueStorage"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(type, words[i].odata) == 0) {
            return json_string(words[i].word);
        }
    }
    size_t skipped =
        strncmp(type, NAMESPACE, sizeof NAMESPACE - 1) == 0 ? sizeof NAMESPACE - 1 : 0;
    struct fl_bytes name = fl_bytes_of_text(type + skipped);
    const struct fl_type *found = fl_odata_set(configuration, name);
    if (found == NULL && strncmp(type + skipped, "Enum_", 5) == 0) {
        found = fl_configuration_find(
            configuration, FL_KIND_ENUM, fl_bytes_of_text(type + skipped + 5));
    }
    return found != NULL ? json_sprintf("%s.%s", fl_kind_name(found->kind), found->name)
                         : json_string(type);
}

/* A composite value and the type beside it. */
static json_t *typed_json(
    const struct fl_configuration *configuration,
    const json_t *value,
    const char *type)
{
    if (type == NULL) {
        return json_incref((json_t *)(uintptr_t)value);
    }
    if (strcmp(type, "StandardODATA.Undefined") == 0) {
        return json_null();
    }
    if (strcmp(type, "Edm.Null") == 0) {
        return json_pack("{s:s, s:n}", "type", "Null", "value");
    }
    if (type[0] == '\0') {
        return json_incref((json_t *)(uintptr_t)value);
    }
    return json_pack(
        "{s:o, s:o}", "type", type_word(configuration, type), "value", ref_json(value));
}

struct place {
    const struct fl_odata_change *change;
    const struct fl_section_type *section; /* NULL: the object, or a record */
};

static enum fl_status unknown(
    const struct place *place,
    const char *name,
    struct fl_error *out_error)
{
    struct fl_odata_property property;
    if (place->section == NULL) {
        return fl_odata_property_find(
            place->change->type, fl_bytes_of_text(name), &property, out_error);
    }
    return fl_error_set(
        out_error, FL_MALFORMED,
        "%s has no property \"%.200s\"; /odata/standard.odata/$metadata lists them",
        place->section->name, name);
}

/* One member of an entity or row into `out`, by its attribute's own name. */
static enum fl_status take_member(
    const struct place *place,
    const json_t *entity,
    const char *name,
    const json_t *value,
    json_t *out,
    struct fl_error *out_error)
{
    const struct fl_configuration *configuration = place->change->configuration;
    const struct fl_type *type = place->change->type;
    bool is_constant = type->kind == FL_KIND_CONSTANT && place->section == NULL;
    const char *wanted = name;
    char own[FL_ODATA_NAME_BYTES];
    if (is_constant && strncmp(name, "Value", 5) == 0 && type->attribute_count > 0) {
        snprintf(own, sizeof own, "%s%s", type->attributes[0].name, name + 5);
        wanted = own;
    }
    struct fl_odata_property property =
        fl_odata_property(type, place->section, fl_bytes_of_text(wanted));
    char type_name[FL_ODATA_NAME_BYTES];
    json_t *made = NULL;
    switch (property.aspect) {
    case FL_ODATA_ASPECT_NONE:
        return unknown(place, name, out_error);
    case FL_ODATA_ASPECT_REF_KEY:
    case FL_ODATA_ASPECT_VERSION:
    case FL_ODATA_ASPECT_TYPE:
        return FL_OK; /* told by the address; looked at with the value */
    case FL_ODATA_ASPECT_VALUE:
        snprintf(type_name, sizeof type_name, "%s_Type", name);
        made = fl_odata_shape(&property.attribute->type) == FL_ODATA_COMPOSITE
                   ? typed_json(
                         configuration, value,
                         json_string_value(json_object_get(entity, type_name)))
                   : ref_json(value);
        break;
    case FL_ODATA_ASPECT_BYTES:
        made = json_incref((json_t *)(uintptr_t)value);
        break;
    }
    return json_object_set_new(out, property.attribute->name, made) == 0
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static enum fl_status take_rows(
    const struct fl_odata_change *change,
    const struct fl_section_type *section,
    const char *name,
    const json_t *value,
    json_t **out_rows,
    struct fl_error *out_error);

/* `out` gets the members; sections too, where `change` is of an object. */
static enum fl_status take_members(
    const struct place *place,
    const json_t *entity,
    json_t *out,
    struct fl_error *out_error)
{
    const char *name;
    json_t *value;
    enum fl_status status = FL_OK;
    json_object_foreach((json_t *)(uintptr_t)entity, name, value)
    {
        const struct fl_section_type *section =
            place->section == NULL
                ? fl_type_find_section(place->change->type, fl_bytes_of_text(name))
                : NULL;
        if (status != FL_OK) {
            break;
        }
        if (is_aside(name)) {
            continue;
        }
        if (section != NULL) {
            json_t *rows = NULL;
            status = take_rows(place->change, section, name, value, &rows, out_error);
            if (status == FL_OK && json_object_set_new(out, name, rows) != 0) {
                status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
            }
            continue;
        }
        status = take_member(place, entity, name, value, out, out_error);
    }
    return status;
}

static enum fl_status take_rows(
    const struct fl_odata_change *change,
    const struct fl_section_type *section,
    const char *name,
    const json_t *value,
    json_t **out_rows,
    struct fl_error *out_error)
{
    const struct place place = {change, section};
    json_t *rows = json_array();
    size_t index;
    json_t *row;
    enum fl_status status = FL_OK;
    if (!json_is_array(value)) {
        json_decref(rows);
        return fl_error_set(
            out_error, FL_MALFORMED, "%.200s must be an array of rows, [{...}, ...]",
            name);
    }
    json_array_foreach((json_t *)(uintptr_t)value, index, row)
    {
        json_t *made = json_object();
        status = json_is_object(row)
                     ? take_members(&place, row, made, out_error)
                     : fl_error_set(
                           out_error, FL_MALFORMED, "%.200s, row %zu, must be an object",
                           name, index + 1);
        if (status != FL_OK) {
            json_decref(made);
            break;
        }
        (void)json_array_append_new(rows, made);
    }
    if (status != FL_OK) {
        json_decref(rows);
        return status;
    }
    *out_rows = rows;
    return FL_OK;
}

/* --- keys --- */

static json_t *literal_json(const struct fl_odata_value *value)
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX + FL_DATETIME_TEXT_BYTES];
    switch (value->kind) {
    case FL_ODATA_NULL:
        return json_null();
    case FL_ODATA_BOOLEAN:
        return json_boolean(value->boolean);
    case FL_ODATA_NUMBER:
        return json_stringn(text, fl_decimal_format(value->number, text));
    case FL_ODATA_STRING:
        return json_stringn(
            value->text.size == 0 ? "" : (const char *)value->text.data,
            value->text.size);
    case FL_ODATA_DATE:
        fl_datetime_format(value->date, text);
        return json_stringn(text, FL_DATETIME_TEXT_BYTES);
    case FL_ODATA_GUID:
        return json_string(fl_uuid_text(value->uuid).text);
    }
    return NULL;
}

/* The key's parts as an entity would have them: then one way leads on. */
static json_t *key_entity(const struct fl_odata_key *key)
{
    json_t *entity = json_object();
    for (size_t i = 0; i < key->count; i++) {
        struct fl_bytes name = key->parts[i].name;
        const struct fl_odata_value *value = &key->parts[i].value;
        (void)json_object_setn_new(
            entity, (const char *)name.data, name.size, literal_json(value));
        if (value->kind == FL_ODATA_GUID && value->set.size > 0) {
            char text[FL_ODATA_NAME_BYTES];
            int size = snprintf(
                text, sizeof text, "%.*s_Type", (int)name.size, (const char *)name.data);
            (void)json_object_setn_new(
                entity, text, size > 0 ? (size_t)size : 0,
                json_sprintf(
                    "StandardODATA.%.*s", (int)value->set.size,
                    (const char *)value->set.data));
        }
    }
    return entity;
}

/* "Catalog.X:uuid" */
static enum fl_status ref_of_key(
    const struct fl_odata_change *change,
    struct fl_ref_text *out_ref,
    struct fl_error *out_error)
{
    const struct fl_odata_key *key = change->key;
    bool is_single = key != NULL && key->count == 1 &&
                     key->parts[0].value.kind == FL_ODATA_GUID &&
                     (key->parts[0].name.size == 0 ||
                      fl_bytes_equal(key->parts[0].name, fl_bytes_of_text("Ref_Key")));
    if (!is_single) {
        char set[FL_ODATA_NAME_BYTES];
        fl_odata_set_name(change->type, set);
        return fl_error_set(
            out_error, FL_MALFORMED, "one of %s is named %s(guid'...')", set, set);
    }
    struct fl_key found = {.type = change->type->number, .id = key->parts[0].value.uuid};
    *out_ref = fl_ref_text(change->configuration, found);
    return FL_OK;
}

/* The parts of `from` that belong to the filter; what is left stays in `rest`. */
static enum fl_status take_filter(
    const struct fl_odata_change *change,
    const json_t *from,
    json_t **out_filter,
    json_t **out_rest,
    struct fl_error *out_error)
{
    const struct place place = {change, NULL};
    json_t *filter = json_object();
    json_t *rest = json_object();
    enum fl_status status = take_members(&place, from, rest, out_error);
    for (size_t i = 0; i < change->type->attribute_count && status == FL_OK; i++) {
        const struct fl_attribute *attribute = &change->type->attributes[i];
        json_t *value = json_object_get(rest, attribute->name);
        if (attribute->in_filter && value != NULL) {
            (void)json_object_set(filter, attribute->name, value);
            (void)json_object_del(rest, attribute->name);
        }
    }
    if (status != FL_OK) {
        json_decref(filter);
        json_decref(rest);
        return status;
    }
    *out_filter = filter;
    *out_rest = rest;
    return FL_OK;
}

static enum fl_status register_line(
    const struct fl_odata_change *change,
    json_t **out_line,
    struct fl_error *out_error)
{
    char name[FL_ODATA_NAME_BYTES];
    json_t *filter = NULL;
    json_t *rest = NULL;
    json_t *records = NULL;
    json_t *whole = change->key != NULL && change->key->has_key ? key_entity(change->key)
                                                                : json_object();
    (void)json_object_update_missing(whole, (json_t *)(uintptr_t)change->body);
    snprintf(
        name, sizeof name, "%s.%s", fl_kind_name(change->type->kind), change->type->name);
    enum fl_status status = take_filter(change, whole, &filter, &rest, out_error);
    if (status == FL_OK && change->type->by_recorder) {
        const json_t *rows = json_object_get(change->body, "RecordSet");
        static const struct fl_section_type *const none = NULL;
        status = rows == NULL
                     ? fl_error_set(
                           out_error, FL_MALFORMED,
                           "a register by recorder takes \"RecordSet\": [{...}, ...]")
                     : take_rows(change, none, "RecordSet", rows, &records, out_error);
        json_decref(rest);
    } else if (status == FL_OK) {
        records = json_pack("[o]", rest);
    }
    json_decref(whole);
    if (status != FL_OK) {
        json_decref(filter);
        return status;
    }
    *out_line =
        json_pack("{s:s, s:o, s:o}", "put", name, "filter", filter, "records", records);
    return *out_line == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                             : FL_OK;
}

/* The Ref_Key of a body that makes an object, when it gives one. */
static enum fl_status target_of(
    const struct fl_odata_change *change,
    struct fl_ref_text *out_ref,
    struct fl_error *out_error)
{
    const char *text = json_string_value(json_object_get(change->body, "Ref_Key"));
    struct fl_key key = {.type = change->type->number};
    if (change->type->kind == FL_KIND_CONSTANT) {
        *out_ref = fl_ref_text(change->configuration, key);
        return FL_OK;
    }
    if (change->key != NULL && change->key->has_key) {
        return ref_of_key(change, out_ref, out_error);
    }
    if (text == NULL) {
        snprintf(
            out_ref->text, sizeof out_ref->text, "%s.%s",
            fl_kind_name(change->type->kind), change->type->name);
        return FL_OK;
    }
    if (fl_uuid_parse(fl_bytes_of_text(text), &key.id) != FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "Ref_Key is a guid as "
            "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    }
    *out_ref = fl_ref_text(change->configuration, key);
    return FL_OK;
}

enum fl_status fl_odata_put_line(
    const struct fl_odata_change *change,
    json_t **out_line,
    struct fl_error *out_error)
{
    const struct place place = {change, NULL};
    struct fl_ref_text ref;
    if (fl_kind_is_register(change->type->kind)) {
        return register_line(change, out_line, out_error);
    }
    enum fl_status status = target_of(change, &ref, out_error);
    json_t *set = json_object();
    if (status == FL_OK) {
        status = take_members(&place, change->body, set, out_error);
    }
    if (status != FL_OK) {
        json_decref(set);
        return status;
    }
    *out_line = json_pack("{s:s, s:o}", "put", ref.text, "set", set);
    return *out_line == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                             : FL_OK;
}

enum fl_status fl_odata_delete_line(
    const struct fl_odata_change *change,
    json_t **out_line,
    struct fl_error *out_error)
{
    struct fl_ref_text ref;
    if (change->type->kind == FL_KIND_CONSTANT) {
        return fl_error_set(
            out_error, FL_REFUSED, "a constant is not deleted; PATCH gives it a value");
    }
    if (!fl_kind_is_register(change->type->kind)) {
        enum fl_status status = ref_of_key(change, &ref, out_error);
        *out_line = status == FL_OK ? json_pack("{s:s}", "delete", ref.text) : NULL;
        return status;
    }
    json_t *filter = NULL;
    json_t *rest = NULL;
    json_t *whole = key_entity(change->key);
    enum fl_status status = take_filter(change, whole, &filter, &rest, out_error);
    json_decref(whole);
    json_decref(rest);
    if (status == FL_OK) {
        *out_line = json_pack(
            "{s:o, s:o}", "delete",
            json_sprintf("%s.%s", fl_kind_name(change->type->kind), change->type->name),
            "filter", filter);
    }
    return status;
}

enum fl_status fl_odata_key_of(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_odata_key *key,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    const struct fl_odata_change change = {
        .configuration = configuration, .type = type, .key = key};
    struct fl_change_json parsed;
    struct fl_arena arena;
    struct fl_ref_text ref;
    json_t *line = NULL;
    if (type->kind == FL_KIND_CONSTANT) {
        *out_key = (struct fl_key){.type = type->number};
        return FL_OK;
    }
    if (!fl_kind_is_register(type->kind)) {
        enum fl_status status = ref_of_key(&change, &ref, out_error);
        if (status == FL_OK) {
            *out_key =
                (struct fl_key){.type = type->number, .id = key->parts[0].value.uuid};
        }
        return status;
    }
    enum fl_status status = fl_odata_delete_line(&change, &line, out_error);
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (status == FL_OK) {
        status = fl_change_json_parse(configuration, line, &parsed, out_error);
    }
    if (status == FL_OK) {
        status =
            fl_change_json_filter_key(configuration, &parsed, &arena, out_key, out_error);
    }
    fl_arena_deinit(&arena);
    json_decref(line);
    return status;
}
