#include "base64.h"

static const char DIGITS[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *fl_base64_encode(struct fl_bytes bytes)
{
    char *text = fl_alloc((bytes.size + 2) / 3 * 4 + 1);
    if (text == NULL) {
        return NULL;
    }
    size_t size = 0;
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t group = (uint32_t)bytes.data[i] << 16;
        group |= left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)bytes.data[i + 2] : 0;
        text[size++] = DIGITS[group >> 18];
        text[size++] = DIGITS[(group >> 12) & 63];
        text[size++] = left > 1 ? DIGITS[(group >> 6) & 63] : '=';
        text[size++] = left > 2 ? DIGITS[group & 63] : '=';
    }
    text[size] = '\0';
    return text;
}

static int digit_of(uint8_t byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return byte - 'A';
    }
    if (byte >= 'a' && byte <= 'z') {
        return byte - 'a' + 26;
    }
    if (byte >= '0' && byte <= '9') {
        return byte - '0' + 52;
    }
    return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

enum fl_status fl_base64_decode(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_bytes *out_bytes)
{
    if (text.size % 4 != 0) {
        return FL_MALFORMED;
    }
    size_t padding = 0;
    while (padding < 2 && padding < text.size &&
           text.data[text.size - 1 - padding] == '=') {
        padding++;
    }
    uint8_t *bytes = fl_arena_alloc(arena, text.size / 4 * 3 + 1);
    if (bytes == NULL) {
        return FL_LIMIT;
    }
    uint32_t group = 0;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        bool pad = i >= text.size - padding;
        int digit = pad ? 0 : digit_of(text.data[i]);
        if (digit < 0) {
            return FL_MALFORMED;
        }
        group = (group << 6) | (uint32_t)digit;
        if (i % 4 == 3) {
            bytes[size++] = (uint8_t)(group >> 16);
            bytes[size++] = (uint8_t)(group >> 8);
            bytes[size++] = (uint8_t)group;
            group = 0;
        }
    }
    *out_bytes = (struct fl_bytes){bytes, size - padding};
    return FL_OK;
}
