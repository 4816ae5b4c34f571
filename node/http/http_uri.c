#include "http_uri.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int digit_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* NULL: a bad %XX, no UTF-8, control characters, or no room. */
static const char *decode(
    struct fl_bytes text,
    bool plus_is_blank,
    struct fl_arena *arena)
{
    char *out = fl_arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; out != NULL && i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == '%') {
            int high = i + 2 < text.size ? digit_of(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? digit_of(text.data[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return NULL;
            }
            byte = (uint8_t)(high * 16 + low);
            i += 2;
        } else if (byte == '+' && plus_is_blank) {
            byte = ' ';
        }
        bool is_text = byte >= ' ' || byte == '\t' || byte == '\n' || byte == '\r';
        if (!is_text || byte == 0x7F) {
            return NULL;
        }
        out[size++] = (char)byte;
    }
    if (out == NULL || !fl_bytes_are_utf8(fl_bytes_of_text(out))) {
        return NULL;
    }
    return out;
}

static struct fl_bytes until(struct fl_bytes *left, uint8_t end)
{
    const uint8_t *found = left->size == 0 ? NULL : memchr(left->data, end, left->size);
    struct fl_bytes part = *left;
    part.size = found == NULL ? left->size : (size_t)(found - left->data);
    size_t used = found == NULL ? part.size : part.size + 1;
    left->data += used;
    left->size -= used;
    return part;
}

enum fl_status fl_http_uri_parse(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_http_uri *out_uri,
    struct fl_error *out_error)
{
    struct fl_http_uri uri = {0};
    if (text.size > FL_HTTP_URI_BYTES_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "the address of the request is longer than %d bytes",
            FL_HTTP_URI_BYTES_MAX);
    }
    struct fl_bytes left = until(&text, '#');
    struct fl_bytes path = until(&left, '?');
    uri.path = decode(path, /* plus_is_blank= */ false, arena);
    if (uri.path == NULL || uri.path[0] != '/') {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the path of the request must begin with / and be UTF-8 text in %%XX");
    }
    while (left.size > 0) {
        struct fl_bytes pair = until(&left, '&');
        struct fl_bytes name = until(&pair, '=');
        if (name.size == 0) {
            continue;
        }
        if (uri.argument_count == FL_HTTP_ARGUMENTS_MAX) {
            return fl_error_set(
                out_error, FL_LIMIT, "the request has more than %d arguments",
                FL_HTTP_ARGUMENTS_MAX);
        }
        struct fl_http_argument *argument = &uri.arguments[uri.argument_count++];
        argument->name = decode(name, /* plus_is_blank= */ true, arena);
        argument->value = decode(pair, /* plus_is_blank= */ true, arena);
        if (argument->name == NULL || argument->value == NULL) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "argument %zu of the request is not UTF-8 text in %%XX",
                uri.argument_count);
        }
    }
    *out_uri = uri;
    return FL_OK;
}

const char *fl_http_uri_argument(const struct fl_http_uri *uri, const char *name)
{
    for (size_t i = 0; i < uri->argument_count; i++) {
        if (strcmp(uri->arguments[i].name, name) == 0) {
            return uri->arguments[i].value;
        }
    }
    return NULL;
}

void fl_http_uri_escape(struct fl_buffer *text, const char *value)
{
    for (; *value != '\0'; value++) {
        unsigned char byte = (unsigned char)*value;
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9') || strchr("-_.~$(),'", byte) != NULL;
        char escaped[4];
        snprintf(escaped, sizeof escaped, "%%%02X", byte);
        if (is_plain) {
            fl_buffer_put_u8(text, byte);
        } else {
            fl_buffer_put_text(text, escaped);
        }
    }
}

enum fl_status fl_http_uri_number(
    const struct fl_http_uri *uri,
    const char *name,
    uint64_t fallback,
    uint64_t most,
    uint64_t *out_number,
    struct fl_error *out_error)
{
    const char *text = fl_http_uri_argument(uri, name);
    uint64_t number = 0;
    if (text == NULL) {
        *out_number = fallback;
        return FL_OK;
    }
    bool is_number = text[0] != '\0';
    for (size_t i = 0; text[i] != '\0' && is_number; i++) {
        is_number = text[i] >= '0' && text[i] <= '9' && number < UINT64_MAX / 10 - 1;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    if (!is_number || number > most) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s takes a whole number from 0 to %" PRIu64 ", not \"%.40s\"", name, most,
            text);
    }
    *out_number = number;
    return FL_OK;
}
