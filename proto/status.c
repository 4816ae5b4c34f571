/*
 * Words of a failure are valid UTF-8 whatever they quote: they are cut at a whole
 * character however long the names in them are, and half a character within them, or
 * bytes of a file that are none, are question marks.
 */

#include "proto/status.h"

#include <libintl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"

/* Drops the bytes of a character that was cut off at the end. */
static void trim_cut_character(char *text)
{
    size_t size = strlen(text);
    size_t start = size;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start == 0 || (unsigned char)text[start - 1] < 0xC0) {
        return;
    }
    const unsigned char lead = (unsigned char)text[start - 1];
    const size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;

    if (size - (start - 1) < wanted) {
        text[start - 1] = '\0';
    }
}

/* "%.200s" of a name may end within a character, and a document be in no UTF-8. */
static void mend_characters(char *text)
{
    size_t at = 0;

    while (text[at] != '\0') {
        const uint8_t lead = (uint8_t)text[at];
        const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        const struct fl_bytes character = {(const uint8_t *)text + at, size};

        if (strnlen(text + at, size) < size || !fl_bytes_are_utf8(character)) {
            text[at++] = '?';
        } else {
            at += size;
        }
    }
}

static void write_words(char *out_text, const char *format, va_list arguments)
    FL_PRINTF(2, 0);
static void write_words(char *out_text, const char *format, va_list arguments)
{
    const int size = vsnprintf(
        out_text, FL_ERROR_TEXT_BYTES_MAX, dgettext("filial", format), arguments);

    if (size < 0) {
        out_text[0] = '\0';
    } else if (size >= FL_ERROR_TEXT_BYTES_MAX) {
        trim_cut_character(out_text);
    }
    mend_characters(out_text);
}

enum fl_status fl_error_set_list(
    struct fl_error *out_error,
    enum fl_status status,
    const char *format,
    va_list arguments)
{
    /* Written apart and copied, since an argument may be the old text. */
    char text[FL_ERROR_TEXT_BYTES_MAX];

    if (out_error) {
        write_words(text, format, arguments);
        out_error->status = status;
        memcpy(out_error->text, text, strlen(text) + 1);
    }
    return status;
}

enum fl_status fl_error_set(
    struct fl_error *out_error,
    enum fl_status status,
    const char *format,
    ...)
{
    va_list arguments;

    va_start(arguments, format);
    const enum fl_status result = fl_error_set_list(out_error, status, format, arguments);

    va_end(arguments);
    return result;
}

const char *fl_error_words(const char *literal)
{
    return dgettext("filial", literal);
}

void fl_error_prefix(struct fl_error *error, const char *format, ...)
{
    char text[FL_ERROR_TEXT_BYTES_MAX];
    va_list arguments;

    if (!error) {
        return;
    }
    va_start(arguments, format);
    write_words(text, format, arguments);
    va_end(arguments);

    size_t size = strlen(text);
    const char *const parts[] = {": ", error->text};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const size_t room = sizeof(text) - 1 - size;
        const size_t length = strlen(parts[i]);
        const size_t taken = length < room ? length : room;

        memcpy(text + size, parts[i], taken);
        size += taken;
    }
    text[size] = '\0';
    if (size == sizeof(text) - 1) {
        trim_cut_character(text);
    }
    memcpy(error->text, text, strlen(text) + 1);
}

const char *fl_status_name(enum fl_status status)
{
    static const char *const names[] = {
        [FL_OK] = "ok",
        [FL_NOT_FOUND] = "not_found",
        [FL_MALFORMED] = "malformed",
        [FL_UNTRUSTED] = "untrusted",
        [FL_REFUSED] = "refused",
        [FL_BUSY] = "busy",
        [FL_FULL] = "full",
        [FL_LIMIT] = "limit",
        [FL_UNSUPPORTED] = "unsupported",
        [FL_NO_MEMORY] = "no_memory",
        [FL_IO] = "io",
    };
    const size_t index = (size_t)status;

    return index < sizeof(names) / sizeof(names[0]) ? names[index] : "unknown";
}

void fl_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
