#include "conversion_values.h"

#include <stdio.h>

#include "conversion_text.h"

enum { SHOWN_BYTES = 200 };

static bool has_parts(struct fl_element *element, const struct fl_conversion_value *value)
{
    size_t seen = 0;
    for (size_t i = 0; i < value->part_count; i++) {
        struct fl_element *part = fl_element_at(element, value->parts[i].path);
        if (part == NULL) {
            continue;
        }
        seen++;
        if (!fl_conversion_texts_equal(
                part->text, fl_bytes_of_text(value->parts[i].text))) {
            return false;
        }
    }
    return seen > 0;
}

static bool is_value(const struct fl_conversion_value *value, struct fl_element *element)
{
    return value->part_count > 0
               ? has_parts(element, value)
               : value->theirs != NULL &&
                     fl_conversion_texts_equal(
                         element->text, fl_bytes_of_text(value->theirs));
}

/* Among those that the version has, or that it has not. */
static const struct fl_conversion_value *find_among(
    const struct fl_conversion_values *values,
    fl_conversion_version version,
    bool has,
    struct fl_element *element)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct fl_conversion_value *value = &values->items[i];
        if (fl_conversion_spans(value->span, version) == has &&
            is_value(value, element)) {
            return value;
        }
    }
    return NULL;
}

/*
 * What this version is said not to have means the same when it comes all the same: a base
 * may have a later edition of the version.
 */
static const struct fl_conversion_value *find_value(
    const struct fl_conversion_values *values,
    fl_conversion_version version,
    struct fl_element *element)
{
    const struct fl_conversion_value *value =
        find_among(values, version, /* has= */ true, element);
    return value != NULL ? value : find_among(values, version, /* has= */ false, element);
}

/* One that consists of parts: each with its text. */
static void show_parts(const struct fl_element *element, char out_shown[SHOWN_BYTES])
{
    size_t size = 0;
    out_shown[0] = '\0';
    for (const struct fl_element *part = element->first; part != NULL;
         part = part->next) {
        struct fl_bytes text = fl_bytes_trimmed(part->text);
        int written = snprintf(
            out_shown + size, SHOWN_BYTES - size, "%s%s=%.*s", size > 0 ? " " : "",
            part->name, (int)text.size, (const char *)text.data);
        if (written < 0 || (size_t)written >= SHOWN_BYTES - size) {
            out_shown[size] = '\0';
            return;
        }
        size += (size_t)written;
    }
}

/* A value that would be lost, unless the mapping says that it is nothing here. */
static enum fl_status refuse_value(
    const struct fl_conversion_property *property,
    const struct fl_element *element,
    struct fl_error *out_error)
{
    char parts[SHOWN_BYTES];
    const struct fl_bytes shown = fl_bytes_utf8_beginning(element->text, 100);
    show_parts(element, parts);
    if (shown.size == 0 && parts[0] != '\0') {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "what it holds (%s) has no counterpart in <values name=\"%s\"> of the "
            "mapping",
            parts, property->values->name);
    }
    if (shown.size == 0) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "what it holds has no counterpart in <values name=\"%s\"> of the mapping",
            property->values->name);
    }
    return fl_error_set(
        out_error, FL_MALFORMED,
        "the value \"%.*s\" has no counterpart in <values name=\"%s\"> of the mapping: "
        "add <value of=\"...\" as=\"%.*s\"/> there, with of=\"\" where it is nothing "
        "here",
        (int)shown.size, (const char *)shown.data, property->values->name,
        (int)shown.size, (const char *)shown.data);
}

/* Nothing came, or what the mapping writes for values of ours that it does not name. */
static bool is_nothing(
    const struct fl_conversion_property *property,
    const struct fl_element *element)
{
    const char *other = fl_conversion_other(property);
    const struct fl_bytes text = fl_bytes_trimmed(element->text);
    if (text.size == 0) {
        return element->first == NULL && fl_uuid_is_zero(element->id);
    }
    return property->values->other != NULL ||
           (other != NULL && fl_conversion_texts_equal(text, fl_bytes_of_text(other)));
}

enum fl_status fl_conversion_values_read(
    const struct fl_conversion_property *property,
    fl_conversion_version version,
    struct fl_element *element,
    struct fl_bytes *out_text,
    struct fl_error *out_error)
{
    const struct fl_conversion_value *value =
        find_value(property->values, version, element);
    *out_text = fl_bytes_of_text(value == NULL ? "" : value->ours);
    return value == NULL && !is_nothing(property, element)
               ? refuse_value(property, element, out_error)
               : FL_OK;
}
