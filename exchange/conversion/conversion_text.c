#include "conversion_text.h"

#include <string.h>

#include "proto/attribute_name.h"
#include "v8msg_parse.h"

static struct fl_bytes literal(const char *text)
{
    return fl_bytes_of_text(text);
}

static enum fl_status copy(
    struct fl_arena *arena,
    const char *text,
    size_t size,
    struct fl_bytes *out_text)
{
    return fl_arena_copy(arena, (struct fl_bytes){(const uint8_t *)text, size}, out_text);
}

enum fl_status fl_conversion_text(
    const struct fl_configuration *configuration,
    const struct fl_value *value,
    struct fl_arena *arena,
    struct fl_bytes *out_text)
{
    char text[64];
    _Static_assert(sizeof text >= FL_DECIMAL_TEXT_BYTES_MAX, "a number fits");
    *out_text = (struct fl_bytes){0};
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        return FL_OK;
    case FL_VALUE_STRING:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        *out_text = value->bytes;
        return FL_OK;
    case FL_VALUE_NUMBER:
        return copy(arena, text, fl_decimal_format(value->number, text), out_text);
    case FL_VALUE_DATE:
        fl_datetime_format(value->date, text);
        return copy(arena, text, FL_DATETIME_TEXT_BYTES, out_text);
    case FL_VALUE_BOOLEAN:
        *out_text = literal(value->boolean ? "true" : "false");
        return FL_OK;
    case FL_VALUE_ENUM: {
        const struct fl_type *type = fl_configuration_type(configuration, value->type);
        const char *name =
            type == NULL ? NULL : fl_type_enum_value_name(type, value->enum_value);
        *out_text = literal(name == NULL ? "" : name);
        return FL_OK;
    }
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        fl_uuid_format(value->uuid, text);
        return copy(arena, text, FL_UUID_TEXT_BYTES, out_text);
    }
    return FL_OK;
}

bool fl_conversion_is_empty(const struct fl_value *value)
{
    if (value == NULL) {
        return true;
    }
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        return true;
    case FL_VALUE_STRING:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        return value->bytes.size == 0;
    case FL_VALUE_NUMBER:
        return fl_decimal_is_zero(value->number);
    case FL_VALUE_DATE:
        return value->date == 0;
    case FL_VALUE_BOOLEAN:
        return !value->boolean;
    case FL_VALUE_ENUM:
        return value->enum_value == 0;
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        return fl_uuid_is_zero(value->uuid);
    }
    return true;
}

/* --- texts to values --- */

static struct fl_bytes first_characters(struct fl_bytes text, uint32_t count)
{
    size_t size = 0;
    while (size < text.size && ((text.data[size] & 0xC0) == 0x80 || count-- > 0)) {
        size++;
    }
    return (struct fl_bytes){text.data, size};
}

/* Dates without a time, times with a fraction or a zone. */
static enum fl_status date_text(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_bytes *out_text)
{
    enum { DATE_BYTES = 10 };
    char whole[FL_DATETIME_TEXT_BYTES + 1] = "0001-01-01T00:00:00";
    *out_text = text;
    if (text.size == DATE_BYTES && text.data[4] == '-' && text.data[7] == '-') {
        memcpy(whole, text.data, DATE_BYTES);
        return copy(arena, whole, FL_DATETIME_TEXT_BYTES, out_text);
    }
    if (text.size > FL_DATETIME_TEXT_BYTES &&
        strchr(".+-Z", text.data[FL_DATETIME_TEXT_BYTES]) != NULL) {
        out_text->size = FL_DATETIME_TEXT_BYTES;
    }
    return FL_OK;
}

/* Half up, as 1C rounds; what has too many digits before the point is refused later. */
static struct fl_decimal rounded(struct fl_decimal number, uint32_t fraction)
{
    char text[1 + FL_DECIMAL_TEXT_BYTES_MAX];
    if (number.scale <= fraction) {
        return number;
    }
    text[0] = '0'; /* room for a digit more */
    size_t sign = number.negative ? 1 : 0;
    size_t size = fl_decimal_format(number, text + 1) + 1;
    text[sign] = '0';
    text[0] = number.negative ? '-' : '0';
    size_t cut = size - (number.scale - fraction);
    bool up = text[cut] >= '5';
    for (size_t i = cut; up && i-- > sign;) {
        if (text[i] == '.') {
            continue;
        }
        up = text[i] == '9';
        text[i] = up ? '0' : (char)(text[i] + 1);
    }
    cut -= fraction == 0 ? 1 : 0;
    (void)fl_decimal_parse((struct fl_bytes){(const uint8_t *)text, cut}, &number);
    return number;
}

enum fl_status fl_conversion_value(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error)
{
    bool is_string = (type->allows & FL_ALLOWS_STRING) != 0;
    struct fl_v8msg_text parsed = {.text = is_string ? text : fl_bytes_trimmed(text)};
    if (!is_string && parsed.text.size == 0) {
        *out_value = fl_value_empty(type);
        return FL_OK;
    }
    if (is_string) { /* of a composite attribute, too: nothing else is sure */
        *out_value = (struct fl_value){.kind = FL_VALUE_STRING};
        if (type->string_length > 0) {
            parsed.text = first_characters(text, type->string_length);
        }
        return fl_arena_copy(arena, parsed.text, &out_value->bytes);
    }
    if (type->allows == FL_ALLOWS_DATE &&
        date_text(parsed.text, arena, &parsed.text) != FL_OK) {
        return FL_NO_MEMORY;
    }
    enum fl_status status =
        fl_v8msg_parse(configuration, type, &parsed, arena, out_value, out_error);
    if (status == FL_OK && out_value->kind == FL_VALUE_NUMBER &&
        type->number_digits > 0) {
        out_value->number = rounded(out_value->number, type->number_fraction);
    }
    return status;
}

bool fl_conversion_texts_equal(struct fl_bytes a, struct fl_bytes b)
{
    struct fl_decimal first;
    struct fl_decimal second;
    a = fl_bytes_trimmed(a);
    b = fl_bytes_trimmed(b);
    return fl_bytes_equal(a, b) || (fl_decimal_parse(a, &first) == FL_OK &&
                                    fl_decimal_parse(b, &second) == FL_OK &&
                                    fl_decimal_compare(first, second) == 0);
}

/* --- places --- */

enum fl_status fl_conversion_at(
    const struct fl_conversion *conversion,
    const struct fl_conversion_ports *ports,
    const struct fl_conversion_place *place,
    const struct fl_object *object,
    const struct fl_row *row,
    struct fl_arena *arena,
    const struct fl_value **out_value)
{
    *out_value = NULL;
    if (place->attribute == NULL) {
        struct fl_value *self = fl_arena_alloc(arena, sizeof *self);
        if (self == NULL) {
            return FL_NO_MEMORY;
        }
        *self = (struct fl_value){
            .kind = FL_VALUE_REF, .type = object->key.type, .uuid = object->key.id};
        *out_value = self;
        return FL_OK;
    }
    const struct fl_value *value = row == NULL || place->of_object
                                       ? fl_object_field(object, place->attribute->number)
                                       : fl_row_field(row, place->attribute->number);
    if (place->behind == NULL || value == NULL) {
        *out_value = value;
        return FL_OK;
    }
    if (value->kind != FL_VALUE_REF || fl_uuid_is_zero(value->uuid) ||
        ports->lookup == NULL) {
        return FL_OK;
    }
    const struct fl_type *type =
        fl_configuration_type(conversion->configuration, value->type);
    const struct fl_attribute *behind =
        type == NULL ? NULL : fl_attribute_by_name(type, fl_bytes_of_text(place->behind));
    struct fl_object *there = fl_arena_alloc(arena, sizeof *there);
    if (there == NULL) {
        return FL_NO_MEMORY;
    }
    enum fl_status status = ports->lookup(
        ports->context, (struct fl_key){.type = value->type, .id = value->uuid}, arena,
        there);
    if (status == FL_OK && behind != NULL) {
        *out_value = fl_object_field(there, behind->number);
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

enum fl_status fl_conversion_holds(
    const struct fl_conversion *conversion,
    const struct fl_conversion_ports *ports,
    const struct fl_conversion_conditions *conditions,
    const struct fl_object *object,
    const struct fl_row *row,
    struct fl_arena *arena,
    bool *out_holds)
{
    enum fl_status status = FL_OK;
    *out_holds = true;
    for (size_t i = 0; i < conditions->count && status == FL_OK && *out_holds; i++) {
        const struct fl_conversion_condition *condition = &conditions->items[i];
        const struct fl_value *value = NULL;
        struct fl_bytes text = {0};
        status = fl_conversion_at(
            conversion, ports, &condition->place, object, row, arena, &value);
        if (status == FL_OK && value != NULL && !fl_conversion_is_empty(value)) {
            status = fl_conversion_text(conversion->configuration, value, arena, &text);
        }
        struct fl_bytes wanted = literal(condition->text);
        /* An empty value has no text, but false is what an empty boolean is called. */
        bool equal = fl_conversion_texts_equal(text, wanted) ||
                     (text.size == 0 && (fl_bytes_equal(wanted, literal("false")) ||
                                         fl_bytes_equal(wanted, literal("0"))));
        *out_holds = equal != condition->differs;
    }
    return status;
}
