/*
 * An element that is empty holds the empty value of its attribute, whatever its type:
 * some programs write <Parent/> where 1C writes the zero uuid.
 */

#include "v8msg_parse.h"

#include <string.h>

#include "proto/base64.h"
#include "xml_writer.h"

enum { SHOWN_BYTES_MAX = 60 };

struct parsing {
    const struct fl_configuration *configuration;
    const struct fl_value_type *type;
    struct fl_bytes text;
    struct fl_arena *arena;
    struct fl_value *value;
    struct fl_error *out_error;
};

static bool is_text(struct fl_bytes bytes, const char *text)
{
    return fl_bytes_equal(bytes, fl_bytes_of_text(text));
}

/* The text is not what it should be: `words` is a literal in English. */
static enum fl_status refuse(const struct parsing *parsing, const char *words)
{
    char shown[SHOWN_BYTES_MAX + 4];
    size_t size = parsing->text.size;

    if (size > SHOWN_BYTES_MAX) {
        size = SHOWN_BYTES_MAX;
        while (size > 0 && (parsing->text.data[size] & 0xC0) == 0x80) {
            size--;
        }
    }
    if (size > 0) {
        memcpy(shown, parsing->text.data, size);
    }
    memcpy(
        shown + size, size < parsing->text.size ? "..." : "",
        size < parsing->text.size ? 4 : 1);
    return fl_error_set(
        parsing->out_error, FL_MALFORMED, "\"%s\": %s", shown, fl_error_words(words));
}

static enum fl_status no_room(const struct parsing *parsing, size_t size)
{
    const enum fl_status status = fl_arena_failure(parsing->arena, size);

    return status == FL_LIMIT
               ? fl_error_set(
                     parsing->out_error, status, "the object is larger than the limit")
               : fl_error_set(parsing->out_error, status, "out of memory for the object");
}

static enum fl_status copy_text(const struct parsing *parsing, enum fl_value_kind kind)
{
    parsing->value->kind = kind;
    return fl_arena_copy(parsing->arena, parsing->text, &parsing->value->bytes) == FL_OK
               ? FL_OK
               : no_room(parsing, parsing->text.size);
}

static enum fl_status parse_number(const struct parsing *parsing)
{
    parsing->value->kind = FL_VALUE_NUMBER;
    switch (fl_decimal_parse(fl_bytes_trimmed(parsing->text), &parsing->value->number)) {
    case FL_OK:
        return FL_OK;
    case FL_LIMIT:
        return refuse(parsing, "a number of more than 38 digits");
    case FL_NOT_FOUND:
    case FL_MALFORMED:
    case FL_UNTRUSTED:
    case FL_REFUSED:
    case FL_BUSY:
    case FL_FULL:
    case FL_UNSUPPORTED:
    case FL_NO_MEMORY:
    case FL_IO:
        break;
    }
    return refuse(parsing, "not a number (digits and a point, such as -12.50)");
}

static enum fl_status parse_date(const struct parsing *parsing)
{
    parsing->value->kind = FL_VALUE_DATE;
    return fl_datetime_parse(fl_bytes_trimmed(parsing->text), &parsing->value->date) ==
                   FL_OK
               ? FL_OK
               : refuse(parsing, "not a date (such as 2024-12-31T23:59:59)");
}

static enum fl_status parse_boolean(const struct parsing *parsing)
{
    const struct fl_bytes text = fl_bytes_trimmed(parsing->text);

    parsing->value->kind = FL_VALUE_BOOLEAN;
    parsing->value->boolean = is_text(text, "true") || is_text(text, "1");
    return parsing->value->boolean || is_text(text, "false") || is_text(text, "0")
               ? FL_OK
               : refuse(parsing, "neither true nor false");
}

static enum fl_status parse_uuid(const struct parsing *parsing, enum fl_value_kind kind)
{
    parsing->value->kind = kind;
    return fl_uuid_parse(fl_bytes_trimmed(parsing->text), &parsing->value->uuid) == FL_OK
               ? FL_OK
               : refuse(
                     parsing,
                     "not a reference (such as 328baecd-22d0-11e9-8a74-002590a6a5a7)");
}

static enum fl_status parse_base64(const struct parsing *parsing, enum fl_value_kind kind)
{
    const enum fl_status status =
        fl_base64_parse(parsing->text, " \t\r\n", parsing->arena, &parsing->value->bytes);

    parsing->value->kind = kind;
    if (status == FL_MALFORMED) {
        return refuse(parsing, "not base64, or cut short");
    }
    return status == FL_OK ? FL_OK : no_room(parsing, parsing->text.size / 4 * 3);
}

static enum fl_status parse_of_type(
    const struct parsing *parsing,
    const struct fl_type *type)
{
    parsing->value->type = type->number;
    if (type->kind != FL_KIND_ENUM) {
        return parse_uuid(parsing, FL_VALUE_REF);
    }
    parsing->value->kind = FL_VALUE_ENUM;
    if (parsing->text.size > 0) {
        parsing->value->enum_value =
            fl_type_find_enum_value(type, fl_bytes_trimmed(parsing->text));
        if (parsing->value->enum_value == 0) {
            (void)refuse(parsing, "no value of that enumeration in this configuration");
            fl_error_prefix(parsing->out_error, "Enum.%s", type->name);
            return FL_MALFORMED;
        }
    }
    return FL_OK;
}

const struct fl_type *fl_v8msg_parse_ref_type(
    const struct fl_configuration *configuration,
    struct fl_bytes name)
{
    const uint8_t *const dot = name.size > 0 ? memchr(name.data, '.', name.size) : NULL;

    if (!dot) {
        return NULL;
    }
    const size_t size = (size_t)(dot - name.data);
    const enum fl_kind kind = fl_kind_find_ref_prefix((struct fl_bytes){name.data, size});

    return kind ? fl_configuration_find(
                      configuration, kind,
                      (struct fl_bytes){dot + 1, name.size - size - 1})
                : NULL;
}

/* A type that the configuration does not know: kept as it is, with its name. */
static enum fl_status keep_foreign(
    const struct parsing *parsing,
    const struct fl_v8msg_text *text)
{
    const size_t brackets = text->type_uri.size > 0 ? 2 : 0;
    const size_t size = text->type_uri.size + text->type_name.size + brackets;
    uint8_t *const name = fl_arena_alloc(parsing->arena, size + 1);
    size_t at = 0;

    if (!fl_xml_writer_is_name(text->type_name)) {
        return refuse(parsing, "its xsi:type is not the name of a type");
    }
    if (!name) {
        return no_room(parsing, size + 1);
    }
    if (brackets > 0) {
        name[at++] = '{';
        memcpy(name + at, text->type_uri.data, text->type_uri.size);
        at += text->type_uri.size;
        name[at++] = '}';
    }
    if (text->type_name.size > 0) {
        memcpy(name + at, text->type_name.data, text->type_name.size);
    }
    parsing->value->foreign_type = (struct fl_bytes){name, size};
    return copy_text(parsing, FL_VALUE_FOREIGN);
}

static enum fl_status parse_xs(
    const struct parsing *parsing,
    const struct fl_v8msg_text *text)
{
    static const char *const numbers[] = {"decimal", "integer", "int", "long", "short"};

    if (is_text(text->type_name, "string")) {
        return copy_text(parsing, FL_VALUE_STRING);
    }
    if (is_text(text->type_name, "dateTime")) {
        return parse_date(parsing);
    }
    if (is_text(text->type_name, "boolean")) {
        return parse_boolean(parsing);
    }
    if (is_text(text->type_name, "base64Binary")) {
        return parse_base64(parsing, FL_VALUE_BINARY);
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (is_text(text->type_name, numbers[i])) {
            return parse_number(parsing);
        }
    }
    return keep_foreign(parsing, text);
}

static enum fl_status parse_typed(
    const struct parsing *parsing,
    const struct fl_v8msg_text *text)
{
    if (text->type_uri.size == 0) {
        const struct fl_type *const type =
            fl_v8msg_parse_ref_type(parsing->configuration, text->type_name);

        return type ? parse_of_type(parsing, type) : keep_foreign(parsing, text);
    }
    if (is_text(text->type_uri, FL_V8MSG_URI_XS)) {
        return parse_xs(parsing, text);
    }
    if (is_text(text->type_uri, FL_V8MSG_URI_DATA)) {
        if (is_text(text->type_name, "Null")) {
            parsing->value->kind = FL_VALUE_NULL;
            return FL_OK;
        }
        if (is_text(text->type_name, "UUID")) {
            return parse_uuid(parsing, FL_VALUE_UUID);
        }
        if (is_text(text->type_name, "ValueStorage")) {
            return parse_base64(parsing, FL_VALUE_STORAGE);
        }
    }
    return keep_foreign(parsing, text);
}

/* The text of a single type that does not say so. */
static enum fl_status parse_plain(const struct parsing *parsing)
{
    const struct fl_value_type *const type = parsing->type;

    if (type->ref_count == 1) {
        const struct fl_type *const ref =
            fl_configuration_type(parsing->configuration, type->refs[0]);

        FL_ASSERT(ref != NULL);
        return parse_of_type(parsing, ref);
    }
    switch (type->allows) {
    case FL_ALLOWS_STRING:
        return copy_text(parsing, FL_VALUE_STRING);
    case FL_ALLOWS_NUMBER:
        return parse_number(parsing);
    case FL_ALLOWS_DATE:
        return parse_date(parsing);
    case FL_ALLOWS_BOOLEAN:
        return parse_boolean(parsing);
    case FL_ALLOWS_UUID:
        return parse_uuid(parsing, FL_VALUE_UUID);
    case FL_ALLOWS_BINARY:
        return parse_base64(parsing, FL_VALUE_BINARY);
    case FL_ALLOWS_STORAGE:
        return parse_base64(parsing, FL_VALUE_STORAGE);
    case FL_ALLOWS_TYPE:
        return copy_text(parsing, FL_VALUE_TYPE);
    default:
        return copy_text(parsing, FL_VALUE_FOREIGN);
    }
}

bool fl_v8msg_parse_is_xml(
    const struct fl_value_type *type,
    const struct fl_v8msg_text *text)
{
    return text->is_typed ? is_text(text->type_uri, FL_V8MSG_URI_DATA) &&
                                is_text(text->type_name, "TypeDescription")
                          : !type->composite && type->allows == FL_ALLOWS_TYPE;
}

enum fl_status fl_v8msg_parse(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    const struct fl_v8msg_text *text,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    struct fl_value value = {.kind = FL_VALUE_UNDEFINED};
    const struct parsing parsing = {
        .configuration = configuration,
        .type = type,
        .text = text->text,
        .arena = arena,
        .value = &value,
        .out_error = out_error,
    };
    enum fl_status status = FL_OK;

    if (text->is_typed && !text->is_nil) {
        status = fl_v8msg_parse_is_xml(type, text) ? copy_text(&parsing, FL_VALUE_TYPE)
                                                   : parse_typed(&parsing, text);
    } else if (!text->is_nil) {
        const bool keeps_any = (type->allows & FL_ALLOWS_UNKNOWN) != 0;
        const bool has_empty = type->composite || !keeps_any;

        if (type->composite && !keeps_any && text->text.size > 0) {
            return refuse(
                &parsing, "several types are allowed here, so it needs xsi:type");
        }
        if (text->text.size == 0 && has_empty) {
            value = fl_value_empty(type);
        } else {
            status = parse_plain(&parsing);
        }
    }
    if (status == FL_OK) {
        *out_value = value;
    }
    return status;
}
