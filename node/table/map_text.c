#include "table/map_text.h"

#include <stdarg.h>
#include <string.h>

#include "change/near.h"
#include "change/ref.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct fl_bytes fl_map_text_trim(struct fl_bytes text)
{
    bool again = true;

    while (again) {
        again = false;
        if (text.size > 0 && is_blank(text.data[0])) {
            text.data++;
            text.size--;
            again = true;
        } else if (text.size > 1 && memcmp(text.data, "\xC2\xA0", 2) == 0) {
            text.data += 2;
            text.size -= 2;
            again = true;
        }
        if (text.size > 0 && is_blank(text.data[text.size - 1])) {
            text.size--;
            again = true;
        } else if (
            text.size > 1 && memcmp(text.data + text.size - 2, "\xC2\xA0", 2) == 0) {
            text.size -= 2;
            again = true;
        }
    }
    return text;
}

struct fl_bytes fl_map_text_cut(struct fl_bytes *left, char mark)
{
    struct fl_bytes part = *left;
    bool quoted = false;
    size_t i = 0;

    while (i < left->size && (quoted || left->data[i] != (uint8_t)mark)) {
        quoted = left->data[i] == '"' ? !quoted : quoted;
        i++;
    }
    part.size = i;
    i += i < left->size ? 1 : 0;
    left->data += i;
    left->size -= i;
    return fl_map_text_trim(part);
}

enum fl_status fl_map_text_begin(struct fl_map_text *text)
{
    struct fl_bytes *left = &text->left;

    text->line = 0;
    if (!fl_bytes_are_utf8(*left)) {
        return fl_error_set(
            text->out_error, FL_MALFORMED,
            "%s is not UTF-8 text: a mapping is written in UTF-8", text->name);
    }
    if (left->size >= 3 && memcmp(left->data, "\xEF\xBB\xBF", 3) == 0) {
        left->data += 3;
        left->size -= 3;
    }
    return FL_OK;
}

bool fl_map_text_line(struct fl_map_text *text, struct fl_bytes *out_line)
{
    struct fl_bytes *left = &text->left;

    if (left->size == 0) {
        return false;
    }
    const uint8_t *newline = memchr(left->data, '\n', left->size);
    const size_t size = newline ? (size_t)(newline - left->data) : left->size;

    *out_line = fl_map_text_trim((struct fl_bytes){left->data, size});
    text->line++;
    left->data += size + (newline ? 1 : 0);
    left->size -= size + (newline ? 1 : 0);
    return true;
}

bool fl_map_text_next(struct fl_map_text *text, struct fl_bytes *out_line)
{
    bool found = false;
    bool more = true;

    while (!found && more) {
        more = fl_map_text_line(text, out_line);
        found = more && out_line->size > 0 && out_line->data[0] != '#';
    }
    return found;
}

enum fl_status fl_map_text_fail(
    const struct fl_map_text *text,
    enum fl_status status,
    const char *format,
    ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)fl_error_set_list(text->out_error, status, format, arguments);
    va_end(arguments);
    if (text->out_error) {
        fl_error_prefix(
            text->out_error, "%s, line %llu", text->name, (unsigned long long)text->line);
    }
    return status;
}

enum fl_status fl_map_text_no_attribute(
    const struct fl_map_text *text,
    const struct fl_type *type,
    struct fl_bytes name)
{
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    struct fl_near near;

    fl_near_init(&near, name);
    for (size_t i = 0; i < type->attribute_count; i++) {
        fl_near_offer(&near, fl_bytes_of_text(type->attributes[i].name));
    }
    return fl_map_text_fail(
        text, FL_MALFORMED, "%s.%s has no attribute \"%.*s\"%s", fl_kind_name(type->kind),
        type->name, (int)name.size, (const char *)name.data,
        fl_near_text(&near, near_text));
}

enum fl_status fl_map_text_type(
    const struct fl_map_text *text,
    struct fl_bytes name,
    const struct fl_type **out_type)
{
    struct fl_error error = {.text = ""};
    enum fl_status status =
        fl_ref_parse_type(text->configuration, name, out_type, &error);

    return status == FL_OK ? FL_OK
                           : fl_map_text_fail(text, FL_MALFORMED, "%s", error.text);
}
