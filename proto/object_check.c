/*
 * Does each value fit its attribute? Types that were learnt from packages are guesses, so
 * there only what would break others is checked: refs and numbers of enumerations.
 */

#include <stdio.h>
#include <string.h>

#include "proto/object.h"

enum { SECONDS_OF_DAY = 86400, SHOWN_BYTES_MAX = 60 };

/* Where a value stands, for the words of a failure. */
struct place {
    const struct fl_configuration *configuration;
    const struct fl_type *type;
    const struct fl_attribute *attribute;
    const char *section; /* NULL: in the object itself */
    size_t row;          /* from 1 */
};

struct shown {
    char text[SHOWN_BYTES_MAX + 8];
};

/* Text of a person, cut between characters. */
static void show_bytes(struct shown *shown, struct fl_bytes bytes)
{
    size_t size = bytes.size;

    if (size > SHOWN_BYTES_MAX) {
        size = SHOWN_BYTES_MAX;
        while (size > 0 && (bytes.data[size] & 0xC0) == 0x80) {
            size--;
        }
    }
    if (size > 0) {
        memcpy(shown->text, bytes.data, size);
    }
    (void)strcpy(shown->text + size, size < bytes.size ? "..." : "");
}

static void show_enum(
    struct shown *shown,
    const struct place *place,
    const struct fl_value *value)
{
    const struct fl_type *const type =
        fl_configuration_type(place->configuration, value->type);
    const char *const name =
        type ? fl_type_enum_value_name(type, value->enum_value) : NULL;

    if (name) {
        show_bytes(shown, fl_bytes_of_text(name));
    } else {
        (void)snprintf(shown->text, sizeof(shown->text), "%u", value->enum_value);
    }
}

static struct shown show(const struct place *place, const struct fl_value *value)
{
    struct shown shown = {{0}};

    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
        show_bytes(&shown, fl_bytes_of_text("Undefined"));
        break;
    case FL_VALUE_NULL:
        show_bytes(&shown, fl_bytes_of_text("Null"));
        break;
    case FL_VALUE_STRING:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        show_bytes(&shown, value->bytes);
        break;
    case FL_VALUE_NUMBER:
        if (fl_decimal_is_normal(value->number)) {
            (void)fl_decimal_format(value->number, shown.text);
        }
        break;
    case FL_VALUE_DATE:
        if (fl_datetime_is_valid(value->date)) {
            fl_datetime_format(value->date, shown.text);
        }
        break;
    case FL_VALUE_BOOLEAN:
        show_bytes(&shown, fl_bytes_of_text(value->boolean ? "true" : "false"));
        break;
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        fl_uuid_format(value->uuid, shown.text);
        break;
    case FL_VALUE_ENUM:
        show_enum(&shown, place, value);
        break;
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
        (void)snprintf(shown.text, sizeof(shown.text), "%zu bytes", value->bytes.size);
        break;
    }
    return shown;
}

/* A failure with its reason, already in words, and its place. */
static enum fl_status complain(
    const struct place *place,
    const struct fl_value *value,
    struct fl_error *error)
{
    const struct shown shown = show(place, value);

    if (!error) {
        return FL_MALFORMED;
    }
    if (place->section) {
        fl_error_prefix(
            error, "%s.%s, section \"%s\", row %zu, attribute \"%s\", value \"%s\"",
            fl_kind_name(place->type->kind), place->type->name, place->section,
            place->row, place->attribute->name, shown.text);
    } else {
        fl_error_prefix(
            error, "%s.%s, attribute \"%s\", value \"%s\"",
            fl_kind_name(place->type->kind), place->type->name, place->attribute->name,
            shown.text);
    }
    return error->status;
}

static bool lists_type(const struct fl_value_type *type, uint32_t number)
{
    size_t first = 0;
    size_t count = type->ref_count;

    while (count > 0) {
        const size_t half = count / 2;

        if (type->refs[first + half] == number) {
            return true;
        }
        if (type->refs[first + half] < number) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return false;
}

/* Is the kind of value one that the attribute may hold? */
static bool is_kind_allowed(
    const struct fl_value_type *type,
    const struct fl_value *value)
{
    static const uint32_t allows[] = {
        [FL_VALUE_STRING] = FL_ALLOWS_STRING,   [FL_VALUE_NUMBER] = FL_ALLOWS_NUMBER,
        [FL_VALUE_DATE] = FL_ALLOWS_DATE,       [FL_VALUE_BOOLEAN] = FL_ALLOWS_BOOLEAN,
        [FL_VALUE_REF] = FL_ALLOWS_REFS,        [FL_VALUE_ENUM] = FL_ALLOWS_REFS,
        [FL_VALUE_UUID] = FL_ALLOWS_UUID,       [FL_VALUE_BINARY] = FL_ALLOWS_BINARY,
        [FL_VALUE_STORAGE] = FL_ALLOWS_STORAGE, [FL_VALUE_TYPE] = FL_ALLOWS_TYPE,
        [FL_VALUE_FOREIGN] = FL_ALLOWS_UNKNOWN,
    };
    const bool is_nothing =
        value->kind == FL_VALUE_UNDEFINED || value->kind == FL_VALUE_NULL;

    if (is_nothing) {
        return type->composite || type->allows == 0;
    }
    return (type->allows & allows[value->kind]) != 0;
}

static size_t count_characters(struct fl_bytes bytes)
{
    size_t count = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        count += (bytes.data[i] & 0xC0) != 0x80;
    }
    return count;
}

static enum fl_status check_string(
    const struct fl_value_type *type,
    const struct fl_value *value,
    struct fl_error *out_error)
{
    if (!fl_bytes_are_utf8(value->bytes)) {
        return fl_error_set(out_error, FL_MALFORMED, "the text is not UTF-8");
    }
    if (type->string_length > 0 && count_characters(value->bytes) > type->string_length) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the string is longer than %u characters",
            type->string_length);
    }
    return FL_OK;
}

static enum fl_status check_number(
    const struct fl_value_type *type,
    const struct fl_value *value,
    struct fl_error *out_error)
{
    if (!fl_decimal_is_normal(value->number)) {
        return fl_error_set(out_error, FL_MALFORMED, "the number has no normal form");
    }
    if (type->number_digits > 0 &&
        !fl_decimal_fits(value->number, type->number_digits, type->number_fraction)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the number has more than %u digits, or more than %u after the point",
            type->number_digits, type->number_fraction);
    }
    if (type->number_nonnegative && value->number.negative) {
        return fl_error_set(out_error, FL_MALFORMED, "the number is negative");
    }
    return FL_OK;
}

static enum fl_status check_date(
    const struct fl_value_type *type,
    const struct fl_value *value,
    struct fl_error *out_error)
{
    if (!fl_datetime_is_valid(value->date)) {
        return fl_error_set(out_error, FL_MALFORMED, "the date is out of range");
    }
    if (type->date_only && value->date % SECONDS_OF_DAY != 0) {
        return fl_error_set(out_error, FL_MALFORMED, "a date has a time of day");
    }
    if (type->time_only && value->date >= SECONDS_OF_DAY) {
        return fl_error_set(out_error, FL_MALFORMED, "a time of day has a date");
    }
    return FL_OK;
}

static enum fl_status check_ref(
    const struct place *place,
    const struct fl_value *value,
    struct fl_error *out_error)
{
    const struct fl_type *const type =
        fl_configuration_type(place->configuration, value->type);
    const bool is_enum = type && type->kind == FL_KIND_ENUM;

    if (!type || is_enum != (value->kind == FL_VALUE_ENUM) ||
        (!is_enum && !fl_kind_has_ref(type->kind))) {
        return fl_error_set(
            out_error, FL_MALFORMED, "type number %u is none that can be referred to so",
            value->type);
    }
    if (is_enum && value->enum_value > type->enum_value_count) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the enumeration \"%s\" has no value number %u",
            type->name, value->enum_value);
    }
    if (!place->type->learnt && !lists_type(&place->attribute->type, value->type)) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s.%s is not among the types of the attribute",
            fl_kind_name(type->kind), type->name);
    }
    return FL_OK;
}

static enum fl_status check_value(
    const struct place *place,
    const struct fl_value *value,
    struct fl_error *out_error)
{
    const struct fl_value_type *const type = &place->attribute->type;

    if (!place->type->learnt && !is_kind_allowed(type, value)) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the attribute does not hold values of this type");
    }
    switch (value->kind) {
    case FL_VALUE_STRING:
        return check_string(type, value, out_error);
    case FL_VALUE_NUMBER:
        return check_number(type, value, out_error);
    case FL_VALUE_DATE:
        return check_date(type, value, out_error);
    case FL_VALUE_REF:
    case FL_VALUE_ENUM:
        return check_ref(place, value, out_error);
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
    case FL_VALUE_BOOLEAN:
    case FL_VALUE_UUID:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        return FL_OK;
    }
    return FL_OK;
}

/* Fields against `count` attributes; `place` says where they stand. */
static enum fl_status check_fields(
    struct place *place,
    const struct fl_attribute *attributes,
    size_t count,
    const struct fl_row *row,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < row->field_count; i++) {
        const struct fl_field *const field = &row->fields[i];

        if (field->number < 1 || field->number > count) {
            return fl_error_set(
                out_error, FL_MALFORMED, "%s.%s has no attribute number %u",
                fl_kind_name(place->type->kind), place->type->name, field->number);
        }
        place->attribute = &attributes[field->number - 1];
        const enum fl_status status = check_value(place, &field->value, out_error);

        if (status != FL_OK) {
            return complain(place, &field->value, out_error);
        }
    }
    return FL_OK;
}

/* What the rows of a section are made of. */
struct columns {
    const char *name;
    const struct fl_attribute *attributes;
    size_t count;
};

static bool columns_of(
    const struct fl_type *type,
    uint32_t number,
    struct columns *out_columns)
{
    if (fl_kind_is_register(type->kind)) {
        *out_columns =
            (struct columns){"Records", type->attributes, type->attribute_count};
        return number == FL_SECTION_RECORDS;
    }
    const struct fl_section_type *const section = fl_type_section(type, number);

    if (section) {
        *out_columns = (struct columns){
            section->name,
            section->attributes,
            section->attribute_count,
        };
    }
    return section != NULL;
}

static enum fl_status check_section(
    struct place *place,
    const struct fl_section *section,
    struct fl_error *out_error)
{
    struct columns columns;

    if (!columns_of(place->type, section->number, &columns)) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s.%s has no section number %u",
            fl_kind_name(place->type->kind), place->type->name, section->number);
    }
    place->section = columns.name;
    for (size_t i = 0; i < section->row_count; i++) {
        place->row = i + 1;
        const enum fl_status status = check_fields(
            place, columns.attributes, columns.count, &section->rows[i], out_error);

        if (status != FL_OK) {
            return status;
        }
    }
    return FL_OK;
}

enum fl_status fl_object_check(
    const struct fl_configuration *configuration,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_type *const type =
        fl_configuration_type(configuration, object->key.type);

    if (!type) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the configuration has no type number %u",
            object->key.type);
    }
    struct place place = {.configuration = configuration, .type = type};
    const struct fl_row fields = {object->field_count, object->fields};
    enum fl_status status =
        check_fields(&place, type->attributes, type->attribute_count, &fields, out_error);

    for (size_t i = 0; status == FL_OK && i < object->section_count; i++) {
        status = check_section(&place, &object->sections[i], out_error);
    }
    return status;
}
