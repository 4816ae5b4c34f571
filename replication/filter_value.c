/*
 * A value as people write it may mean several things; which one counts is decided by the
 * value it meets.
 */

#include "replication/filter.h"

#include <string.h>

static bool is_word(struct fl_bytes text, const char *const *words)
{
    for (size_t i = 0; words[i]; i++) {
        if (fl_bytes_equal(text, fl_bytes_of_text(words[i]))) {
            return true;
        }
    }
    return false;
}

static const char *const TRUE_WORDS[] = {"true", "True", "истина", "Истина", NULL};
static const char *const FALSE_WORDS[] = {"false", "False", "ложь", "Ложь", NULL};

/* "Catalog.Склады:UUID" */
static void read_ref(
    const struct fl_configuration *configuration,
    struct fl_filter_value *value)
{
    struct fl_bytes text = value->text;

    if (text.size <= FL_UUID_TEXT_BYTES + 1 ||
        text.data[text.size - FL_UUID_TEXT_BYTES - 1] != ':') {
        return;
    }
    struct fl_bytes name = {text.data, text.size - FL_UUID_TEXT_BYTES - 1};
    struct fl_bytes id = {name.data + name.size + 1, FL_UUID_TEXT_BYTES};
    const struct fl_type *type = fl_configuration_find_full(configuration, name);

    if (type && fl_uuid_parse(id, &value->uuid) == FL_OK) {
        value->has_ref = true;
        value->type = type->number;
    }
}

/* "Enum.ВидыОпераций.Покупка" */
static void read_enum(
    const struct fl_configuration *configuration,
    struct fl_filter_value *value)
{
    struct fl_bytes text = value->text;

    for (size_t at = text.size; at > 0 && !value->has_ref; at--) {
        if (text.data[at - 1] != '.') {
            continue;
        }
        const struct fl_type *type = fl_configuration_find_full(
            configuration, (struct fl_bytes){text.data, at - 1});

        if (type && type->kind == FL_KIND_ENUM) {
            value->enum_value = fl_type_find_enum_value(
                type, (struct fl_bytes){text.data + at, text.size - at});
            value->has_enum = value->enum_value > 0;
            value->type = type->number;
        }
        return;
    }
}

struct fl_filter_value fl_filter_value_of(
    const struct fl_configuration *configuration,
    struct fl_bytes text)
{
    struct fl_filter_value value = {.text = text};

    value.has_number = fl_decimal_parse(text, &value.number) == FL_OK;
    value.has_date = fl_datetime_parse(text, &value.date) == FL_OK;
    value.boolean = is_word(text, TRUE_WORDS);
    value.has_boolean = value.boolean || is_word(text, FALSE_WORDS);
    read_ref(configuration, &value);
    read_enum(configuration, &value);
    return value;
}

static bool matches_uuid(const struct fl_filter_value *expected, struct fl_uuid uuid)
{
    char text[FL_UUID_TEXT_BYTES];

    fl_uuid_format(uuid, text);
    return fl_bytes_equal(
        expected->text, (struct fl_bytes){(const uint8_t *)text, sizeof(text)});
}

bool fl_filter_value_matches(
    const struct fl_filter_value *expected,
    const struct fl_value *value)
{
    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        return expected->is_undefined;
    case FL_VALUE_NUMBER:
        return expected->has_number &&
               fl_decimal_compare(expected->number, value->number) == 0;
    case FL_VALUE_DATE:
        return expected->has_date && expected->date == value->date;
    case FL_VALUE_BOOLEAN:
        return expected->has_boolean && expected->boolean == value->boolean;
    case FL_VALUE_REF:
        return expected->has_ref && expected->type == value->type &&
               fl_uuid_equal(expected->uuid, value->uuid);
    case FL_VALUE_ENUM:
        return expected->has_enum && expected->type == value->type &&
               expected->enum_value == value->enum_value;
    case FL_VALUE_UUID:
        return matches_uuid(expected, value->uuid);
    case FL_VALUE_STRING:
    case FL_VALUE_FOREIGN:
        return !expected->is_undefined && fl_bytes_equal(expected->text, value->bytes);
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
        return false;
    }
    return false;
}
