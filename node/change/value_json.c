#include "value_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "near.h"
#include "object_json.h"
#include "proto/base64.h"
#include "ref.h"

enum { SHOWN_BYTES_MAX = 80, NUMBER_TEXT_BYTES = 40 };

static struct fl_bytes text_of(const json_t *json)
{
    return (struct fl_bytes){
        (const uint8_t *)json_string_value(json), json_string_length(json)};
}

static const char *describe(const struct fl_value_type *type)
{
    if (type->composite) {
        return _("{\"type\": ..., \"value\": ...}, since it may be of several types");
    }
    if (type->allows & FL_ALLOWS_STRING) {
        return _("a string");
    }
    if (type->allows & FL_ALLOWS_NUMBER) {
        return _("a number, as 12 or \"12.50\"");
    }
    if (type->allows & FL_ALLOWS_DATE) {
        return _("a date, as \"2026-01-31T00:00:00\"");
    }
    if (type->allows & FL_ALLOWS_BOOLEAN) {
        return _("true or false");
    }
    if (type->allows & FL_ALLOWS_REFS) {
        return _("a ref, as \"Catalog.X:UUID\", or the name of an enumeration value");
    }
    if (type->allows & (FL_ALLOWS_BINARY | FL_ALLOWS_STORAGE)) {
        return _("bytes in Base64");
    }
    return _("a value of its type");
}

/* Why a value was not taken: FL_NOT_FOUND and FL_MALFORMED without words so far. */
static enum fl_status bad_value(
    const char *owner,
    const struct fl_attribute *attribute,
    const json_t *json,
    struct fl_error *out_error)
{
    char *dumped = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *shown = dumped == NULL ? "?" : dumped;
    enum fl_status status = fl_error_set(
        out_error, FL_MALFORMED, "%s.%s cannot be %.*s; it takes %s", owner,
        attribute->name, SHOWN_BYTES_MAX, shown, describe(&attribute->type));
    free(dumped);
    return status;
}

static bool parse_number(const json_t *json, struct fl_decimal *out_number)
{
    if (json_is_integer(json)) {
        *out_number = fl_decimal_of_int64(json_integer_value(json));
        return true;
    }
    if (json_is_string(json)) {
        return fl_decimal_parse(text_of(json), out_number) == FL_OK;
    }
    if (!json_is_real(json)) {
        return false;
    }
    /* 15 digits are what a double keeps exactly; more must come as a string. */
    char text[NUMBER_TEXT_BYTES];
    double value = json_real_value(json);
    double size = value < 0 ? -value : value;
    if (size >= 1e15 || (size != 0 && size < 1e-9)) {
        return false;
    }
    for (int fraction = 0; fraction <= 15; fraction++) {
        snprintf(text, sizeof text, "%.*f", fraction, value);
        if (strtod(text, NULL) == value) {
            return fl_decimal_parse(fl_bytes_of_text(text), out_number) == FL_OK;
        }
    }
    return false;
}

static bool parse_date(struct fl_bytes text, int64_t *out_date)
{
    enum { DAY_BYTES = 10 };
    char whole[FL_DATETIME_TEXT_BYTES];
    if (text.size == 0) {
        *out_date = 0;
        return true;
    }
    if (text.size == DAY_BYTES) {
        memcpy(whole, text.data, DAY_BYTES);
        memcpy(whole + DAY_BYTES, "T00:00:00", sizeof whole - DAY_BYTES);
        text = (struct fl_bytes){(const uint8_t *)whole, sizeof whole};
    }
    return fl_datetime_parse(text, out_date) == FL_OK;
}

static enum fl_status copy_text(
    struct fl_arena *arena,
    const json_t *json,
    struct fl_bytes *out_bytes)
{
    return fl_arena_copy(arena, text_of(json), out_bytes);
}

static bool allows_type(const struct fl_value_type *type, uint32_t number)
{
    for (size_t i = 0; i < type->ref_count; i++) {
        if (type->refs[i] == number) {
            return true;
        }
    }
    return false;
}

/* The name of an enumeration value, "" for the empty one. */
static bool parse_enum(
    const struct fl_type *type,
    struct fl_bytes name,
    struct fl_value *out_value)
{
    *out_value = (struct fl_value){.kind = FL_VALUE_ENUM, .type = type->number};
    out_value->enum_value = fl_type_find_enum_value(type, name);
    return name.size == 0 || out_value->enum_value != 0;
}

/* "Catalog.X:uuid", a bare uuid of the one type there is, or "" for the empty ref. */
static bool parse_ref(
    const struct fl_configuration *configuration,
    const struct fl_type *only,
    struct fl_bytes text,
    struct fl_value *out_value)
{
    struct fl_value value = {.kind = FL_VALUE_REF};
    struct fl_key key;
    if (only != NULL && only->kind == FL_KIND_ENUM) {
        return parse_enum(only, text, out_value);
    }
    if (only != NULL && text.size == 0) {
        value.type = only->number;
    } else if (only != NULL && fl_uuid_parse(text, &value.uuid) == FL_OK) {
        value.type = only->number;
    } else if (fl_ref_parse(configuration, text, &key, NULL) == FL_OK) {
        value.type = key.type;
        value.uuid = key.id;
    } else {
        return false;
    }
    *out_value = value;
    return true;
}

static const struct fl_type *only_ref(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type)
{
    return type->ref_count == 1 ? fl_configuration_type(configuration, type->refs[0])
                                : NULL;
}

struct kind_word {
    const char *name;
    enum fl_value_kind kind;
};

static const struct kind_word KIND_WORDS[] = {
    {FL_JSON_TYPE_STRING, FL_VALUE_STRING},   {FL_JSON_TYPE_NUMBER, FL_VALUE_NUMBER},
    {FL_JSON_TYPE_DATE, FL_VALUE_DATE},       {FL_JSON_TYPE_BOOLEAN, FL_VALUE_BOOLEAN},
    {FL_JSON_TYPE_UUID, FL_VALUE_UUID},       {FL_JSON_TYPE_BINARY, FL_VALUE_BINARY},
    {FL_JSON_TYPE_STORAGE, FL_VALUE_STORAGE}, {FL_JSON_TYPE_TYPE, FL_VALUE_TYPE},
    {FL_JSON_TYPE_NULL, FL_VALUE_NULL},
};

/* FL_VALUE_UNDEFINED when it is none of the words. */
static enum fl_value_kind kind_of_word(const char *word)
{
    for (size_t i = 0; i < sizeof KIND_WORDS / sizeof KIND_WORDS[0]; i++) {
        if (strcmp(word, KIND_WORDS[i].name) == 0) {
            return KIND_WORDS[i].kind;
        }
    }
    return FL_VALUE_UNDEFINED;
}

/* A value of a known kind. FL_MALFORMED: it is not one; FL_LIMIT: no room. */
static enum fl_status parse_kind(
    enum fl_value_kind kind,
    const json_t *json,
    struct fl_arena *arena,
    struct fl_value *out_value)
{
    struct fl_value value = {.kind = kind};
    enum fl_status status = FL_OK;
    bool is_text = json_is_string(json);
    bool fits = is_text;
    switch (kind) {
    case FL_VALUE_NULL:
        fits = json_is_null(json);
        break;
    case FL_VALUE_STRING:
    case FL_VALUE_TYPE:
        status = is_text ? copy_text(arena, json, &value.bytes) : FL_OK;
        break;
    case FL_VALUE_NUMBER:
        fits = parse_number(json, &value.number);
        break;
    case FL_VALUE_DATE:
        fits = is_text && parse_date(text_of(json), &value.date);
        break;
    case FL_VALUE_BOOLEAN:
        fits = json_is_boolean(json);
        value.boolean = json_is_true(json);
        break;
    case FL_VALUE_UUID:
        fits = is_text && fl_uuid_parse(text_of(json), &value.uuid) == FL_OK;
        break;
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
        status =
            is_text ? fl_base64_parse(text_of(json), NULL, arena, &value.bytes) : FL_OK;
        break;
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_REF:
    case FL_VALUE_ENUM:
    case FL_VALUE_FOREIGN:
        fits = false;
        break;
    }
    if (status == FL_OK && fits) {
        *out_value = value;
    }
    return status != FL_OK ? status : fits ? FL_OK : FL_MALFORMED;
}

/* {"type": ..., "value": ...} */
static enum fl_status parse_typed(
    const struct fl_configuration *configuration,
    const json_t *json,
    struct fl_arena *arena,
    struct fl_value *out_value)
{
    const char *word = json_string_value(json_object_get(json, "type"));
    const json_t *inner = json_object_get(json, "value");
    if (word == NULL || inner == NULL) {
        return FL_MALFORMED;
    }
    enum fl_value_kind kind = kind_of_word(word);
    if (kind != FL_VALUE_UNDEFINED) {
        return parse_kind(kind, inner, arena, out_value);
    }
    const struct fl_type *type =
        fl_configuration_find_full(configuration, fl_bytes_of_text(word));
    if (type != NULL) {
        bool fits = json_is_string(inner) &&
                    parse_ref(configuration, type, text_of(inner), out_value) &&
                    out_value->type == type->number;
        return fits ? FL_OK : FL_MALFORMED;
    }
    /* A type that the configuration does not know: kept, as packages keep it. */
    struct fl_value value = {.kind = FL_VALUE_FOREIGN};
    bool is_foreign = strchr(word, '.') != NULL || word[0] == '{';
    if (!is_foreign || !json_is_string(inner)) {
        return FL_MALFORMED;
    }
    enum fl_status status = copy_text(arena, inner, &value.bytes);
    if (status == FL_OK) {
        status = fl_arena_copy(arena, fl_bytes_of_text(word), &value.foreign_type);
    }
    if (status == FL_OK) {
        *out_value = value;
    }
    return status;
}

static const struct {
    unsigned allows;
    enum fl_value_kind kind;
} SINGLE[] = {
    {FL_ALLOWS_STRING, FL_VALUE_STRING},   {FL_ALLOWS_NUMBER, FL_VALUE_NUMBER},
    {FL_ALLOWS_DATE, FL_VALUE_DATE},       {FL_ALLOWS_BOOLEAN, FL_VALUE_BOOLEAN},
    {FL_ALLOWS_UUID, FL_VALUE_UUID},       {FL_ALLOWS_BINARY, FL_VALUE_BINARY},
    {FL_ALLOWS_STORAGE, FL_VALUE_STORAGE}, {FL_ALLOWS_TYPE, FL_VALUE_TYPE},
};

/* A bare value: by the only type of the attribute, or by what it plainly is. */
static enum fl_status parse_bare(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    const json_t *json,
    struct fl_arena *arena,
    struct fl_value *out_value)
{
    struct fl_value value;
    bool takes_any = (type->allows & FL_ALLOWS_UNKNOWN) != 0;
    if ((takes_any || (type->allows & FL_ALLOWS_REFS)) && json_is_string(json) &&
        parse_ref(configuration, only_ref(configuration, type), text_of(json), &value) &&
        (takes_any || allows_type(type, value.type))) {
        *out_value = value;
        return FL_OK;
    }
    for (size_t i = 0; i < sizeof SINGLE / sizeof SINGLE[0]; i++) {
        bool is_plain = !type->composite ||
                        (SINGLE[i].kind == FL_VALUE_STRING && json_is_string(json)) ||
                        (SINGLE[i].kind == FL_VALUE_NUMBER && json_is_number(json)) ||
                        (SINGLE[i].kind == FL_VALUE_BOOLEAN && json_is_boolean(json));
        if ((type->allows & SINGLE[i].allows) && is_plain) {
            return parse_kind(SINGLE[i].kind, json, arena, out_value);
        }
    }
    if (!takes_any || !json_is_string(json)) {
        return FL_MALFORMED;
    }
    /* As it stands in a package: what it is, its reader knows. */
    value = (struct fl_value){.kind = FL_VALUE_FOREIGN};
    enum fl_status status = copy_text(arena, json, &value.bytes);
    if (status == FL_OK) {
        *out_value = value;
    }
    return status;
}

static enum fl_status unknown_enum_value(
    const char *owner,
    const struct fl_attribute *attribute,
    const struct fl_type *type,
    const json_t *json,
    struct fl_error *out_error)
{
    struct fl_near near;
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    fl_near_init(&near, text_of(json));
    for (size_t i = 0; i < type->enum_value_count; i++) {
        fl_near_offer(&near, fl_bytes_of_text(type->enum_values[i].name));
    }
    return fl_error_set(
        out_error, FL_MALFORMED, "%s.%s: Enum.%s has no value \"%.*s\"%s", owner,
        attribute->name, type->name, SHOWN_BYTES_MAX, json_string_value(json),
        fl_near_text(&near, near_text));
}

enum fl_status fl_value_json_parse(
    const struct fl_configuration *configuration,
    const struct fl_attribute *attribute,
    const char *owner,
    const json_t *json,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    if (json_is_null(json)) {
        *out_value = fl_value_empty(&attribute->type);
        return FL_OK;
    }
    struct fl_value value;
    enum fl_status status =
        json_is_object(json)
            ? parse_typed(configuration, json, arena, &value)
            : parse_bare(configuration, &attribute->type, json, arena, &value);
    if (status == FL_OK) {
        *out_value = value;
        return FL_OK;
    }
    const struct fl_type *only = only_ref(configuration, &attribute->type);
    if (status == FL_MALFORMED && json_is_string(json) && only != NULL &&
        only->kind == FL_KIND_ENUM && !attribute->type.composite) {
        return unknown_enum_value(owner, attribute, only, json, out_error);
    }
    return status == FL_MALFORMED
               ? bad_value(owner, attribute, json, out_error)
               : fl_error_set(
                     out_error, FL_LIMIT,
                     "%s.%s: the object is larger than an object may be", owner,
                     attribute->name);
}

static json_t *json_of_text(const struct fl_attribute *attribute, const char *text)
{
    unsigned allows = attribute == NULL ? 0 : attribute->type.allows;
    bool single = attribute != NULL && !attribute->type.composite;
    json_t *parsed = NULL;
    if (text[0] == '{' || text[0] == '[') {
        parsed = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    } else if (single && (allows & FL_ALLOWS_BOOLEAN) && strcmp(text, "true") == 0) {
        parsed = json_true();
    } else if (single && (allows & FL_ALLOWS_BOOLEAN) && strcmp(text, "false") == 0) {
        parsed = json_false();
    }
    return parsed != NULL ? parsed : json_string(text);
}

enum fl_status fl_value_json_of_assignment(
    const struct fl_type *type,
    const char *assignment,
    json_t *set,
    struct fl_error *out_error)
{
    const char *equal_sign = strchr(assignment, '=');
    if (equal_sign == NULL || equal_sign == assignment) {
        return fl_error_set(
            out_error, FL_MALFORMED, "\"%.*s\": expected Attribute=Value",
            SHOWN_BYTES_MAX, assignment);
    }
    struct fl_bytes name = {
        (const uint8_t *)assignment, (size_t)(equal_sign - assignment)};
    json_t *value = json_of_text(fl_attribute_by_name(type, name), equal_sign + 1);
    if (json_object_setn_new(set, assignment, name.size, value) != 0) {
        return fl_error_set(
            out_error, FL_MALFORMED, "\"%s\" is not UTF-8 text", assignment);
    }
    return FL_OK;
}
