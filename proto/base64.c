#include "proto/base64.h"

#include <sodium.h>

enum { VARIANT = sodium_base64_VARIANT_ORIGINAL };

size_t fl_base64_length(size_t byte_count)
{
    return (byte_count + 2) / 3 * 4;
}

void fl_base64_format(struct fl_bytes bytes, char *out_text)
{
    (void)sodium_bin2base64(
        out_text, fl_base64_length(bytes.size) + 1, bytes.data, bytes.size, VARIANT);
}

char *fl_base64_text(struct fl_bytes bytes)
{
    char *const text = fl_alloc(fl_base64_length(bytes.size) + 1);

    if (text) {
        fl_base64_format(bytes, text);
    }
    return text;
}

enum fl_status fl_base64_parse(
    struct fl_bytes text,
    const char *ignored,
    struct fl_arena *arena,
    struct fl_bytes *out_bytes)
{
    const size_t room = text.size / 4 * 3 + 1;
    uint8_t *const bytes = fl_arena_alloc(arena, room);
    size_t size = 0;

    if (!bytes) {
        return fl_arena_failure(arena, room);
    }
    if (sodium_base642bin(
            bytes, room, (const char *)text.data, text.size, ignored, &size, NULL,
            VARIANT) != 0) {
        return FL_MALFORMED;
    }
    *out_bytes = (struct fl_bytes){bytes, size};
    return FL_OK;
}
