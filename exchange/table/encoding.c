#include "exchange/encoding.h"

#include <string.h>
#include <strings.h>

enum { HIGH = 0x80 };

/* Of 0x80 to 0xBF in windows-1251; above it lie А to я. 0: not in use. */
static const uint16_t LOW_1251[64] = {
    0x402,  0x403,  0x201A, 0x453,  0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030,
    0x409,  0x2039, 0x40A,  0x40C,  0x40B,  0x40F,  0x452,  0x2018, 0x2019, 0x201C,
    0x201D, 0x2022, 0x2013, 0x2014, 0,      0x2122, 0x459,  0x203A, 0x45A,  0x45C,
    0x45B,  0x45F,  0xA0,   0x40E,  0x45E,  0x408,  0xA4,   0x490,  0xA6,   0xA7,
    0x401,  0xA9,   0x404,  0xAB,   0xAC,   0xAD,   0xAE,   0x407,  0xB0,   0xB1,
    0x406,  0x456,  0x491,  0xB5,   0xB6,   0xB7,   0x451,  0x2116, 0x454,  0xBB,
    0x458,  0x405,  0x455,  0x457};

/* Of 0xB0 to 0xDF in cp866: frames. */
static const uint16_t FRAMES_866[48] = {
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563,
    0x2551, 0x2557, 0x255D, 0x255C, 0x255B, 0x2510, 0x2514, 0x2534, 0x252C, 0x251C,
    0x2500, 0x253C, 0x255E, 0x255F, 0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
    0x256C, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256B,
    0x256A, 0x2518, 0x250C, 0x2588, 0x2584, 0x258C, 0x2590, 0x2580};

/* Of 0xF0 to 0xFF. */
static const uint16_t TAIL_866[16] = {0x401,  0x451, 0x404,  0x454,  0x407, 0x457,
                                      0x40E,  0x45E, 0xB0,   0x2219, 0xB7,  0x221A,
                                      0x2116, 0xA4,  0x25A0, 0xA0};

static const struct {
    const char *name;
    enum fl_encoding encoding;
} NAMES[] = {
    {"UTF-8", FL_ENCODING_UTF8},   {"windows-1251", FL_ENCODING_1251},
    {"cp866", FL_ENCODING_866},    {"utf8", FL_ENCODING_UTF8},
    {"1251", FL_ENCODING_1251},    {"cp1251", FL_ENCODING_1251},
    {"Windows", FL_ENCODING_1251}, {"ANSI", FL_ENCODING_1251},
    {"866", FL_ENCODING_866},      {"DOS", FL_ENCODING_866},
    {"ibm866", FL_ENCODING_866},
};

const char *fl_encoding_name(enum fl_encoding encoding)
{
    return NAMES[encoding - FL_ENCODING_UTF8].name;
}

bool fl_encoding_find(struct fl_bytes name, enum fl_encoding *out_encoding)
{
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const char *known = NAMES[i].name;

        if (strlen(known) == name.size &&
            strncasecmp(known, (const char *)name.data, name.size) == 0) {
            *out_encoding = NAMES[i].encoding;
            return true;
        }
    }
    return false;
}

bool fl_encoding_is_ascii(struct fl_bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] >= HIGH) {
            return false;
        }
    }
    return true;
}

/* Without a character that the end of the view cuts. */
static struct fl_bytes without_cut_end(struct fl_bytes bytes)
{
    size_t back = 0;

    while (back < 3 && back < bytes.size &&
           (bytes.data[bytes.size - 1 - back] & 0xC0) == 0x80) {
        back++;
    }
    if (back < bytes.size && bytes.data[bytes.size - 1 - back] >= 0xC0) {
        bytes.size -= back + 1;
    }
    return bytes;
}

enum fl_encoding fl_encoding_guess(struct fl_bytes beginning)
{
    const uint8_t *zero =
        beginning.size > 0 ? memchr(beginning.data, 0, beginning.size) : NULL;
    size_t score_1251 = 0;
    size_t score_866 = 0;

    beginning.size = zero ? (size_t)(zero - beginning.data) : beginning.size;

    if (fl_bytes_are_utf8(beginning) || fl_bytes_are_utf8(without_cut_end(beginning))) {
        return FL_ENCODING_UTF8;
    }
    /* а to п of cp866 are signs in 1251; р to я of 1251 are rare signs in cp866. */
    for (size_t i = 0; i < beginning.size; i++) {
        const uint8_t byte = beginning.data[i];

        score_866 += (byte >= 0x80 && byte <= 0xAF) ? 1 : 0;
        score_1251 += (byte >= 0xF0 || (byte >= 0xC0 && byte <= 0xDF)) ? 1 : 0;
    }
    return score_866 > score_1251 ? FL_ENCODING_866 : FL_ENCODING_1251;
}

bool fl_encoding_is_strange(enum fl_encoding encoding, struct fl_bytes bytes)
{
    /* From 0xE0 on cp866 has letters: "сок, чай" in it is UTF-8, too. */
    const uint8_t last = encoding == FL_ENCODING_866 ? 0xDF : 0xFF;
    size_t letters = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        letters += bytes.data[i] >= 0xC0 && bytes.data[i] <= last ? 1 : 0;
    }
    return encoding != FL_ENCODING_UTF8 && letters >= 2 && fl_bytes_are_utf8(bytes);
}

static uint32_t rune_of(enum fl_encoding encoding, uint8_t byte)
{
    if (byte < HIGH) {
        return byte;
    }
    if (encoding == FL_ENCODING_1251) {
        return byte >= 0xC0 ? 0x410u + byte - 0xC0u : LOW_1251[byte - HIGH];
    }
    if (byte < 0xB0) {
        return 0x410u + byte - HIGH;
    }
    if (byte < 0xE0) {
        return FRAMES_866[byte - 0xB0];
    }
    return byte < 0xF0 ? 0x440u + byte - 0xE0u : TAIL_866[byte - 0xF0];
}

static size_t put_rune(uint8_t *out, uint32_t rune)
{
    if (rune < 0x80) {
        out[0] = (uint8_t)rune;
        return 1;
    }
    if (rune < 0x800) {
        out[0] = (uint8_t)(0xC0 | rune >> 6);
        out[1] = (uint8_t)(0x80 | (rune & 0x3F));
        return 2;
    }
    out[0] = (uint8_t)(0xE0 | rune >> 12);
    out[1] = (uint8_t)(0x80 | (rune >> 6 & 0x3F));
    out[2] = (uint8_t)(0x80 | (rune & 0x3F));
    return 3;
}

enum fl_status fl_encoding_decode(
    enum fl_encoding encoding,
    struct fl_bytes bytes,
    struct fl_buffer *out_text)
{
    size_t size = 0;

    if (encoding == FL_ENCODING_UTF8 || fl_encoding_is_ascii(bytes)) {
        if (!fl_bytes_are_utf8(bytes)) {
            return FL_MALFORMED;
        }
        fl_buffer_put(out_text, bytes);
        return fl_buffer_status(out_text);
    }
    uint8_t *room = fl_buffer_reserve(out_text, bytes.size * 3 + 1);

    if (!room) {
        return fl_buffer_status(out_text);
    }
    for (size_t i = 0; i < bytes.size; i++) {
        const uint32_t rune = rune_of(encoding, bytes.data[i]);

        if (rune == 0) {
            return FL_MALFORMED;
        }
        size += put_rune(room + size, rune);
    }
    fl_buffer_added(out_text, size);
    return FL_OK;
}

/* Valid UTF-8 only. */
static uint32_t next_rune(struct fl_bytes *text)
{
    const uint8_t first = text->data[0];
    const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t rune = size == 1 ? first : first & (0xFFu >> (size + 1));

    for (size_t i = 1; i < size; i++) {
        rune = rune << 6 | (text->data[i] & 0x3Fu);
    }
    text->data += size;
    text->size -= size;
    return rune;
}

/* 0: there is none. */
static uint8_t byte_of(enum fl_encoding encoding, uint32_t rune)
{
    if (rune < HIGH) {
        return (uint8_t)rune;
    }
    for (unsigned byte = HIGH; byte <= 0xFF; byte++) {
        if (rune_of(encoding, (uint8_t)byte) == rune) {
            return (uint8_t)byte;
        }
    }
    return 0;
}

enum fl_status fl_encoding_encode(
    enum fl_encoding encoding,
    struct fl_bytes text,
    struct fl_buffer *out_bytes)
{
    if (encoding == FL_ENCODING_UTF8) {
        fl_buffer_put(out_bytes, text);
        return fl_buffer_status(out_bytes);
    }
    if (!fl_bytes_are_utf8(text)) {
        return FL_MALFORMED;
    }
    while (text.size > 0) {
        const uint8_t byte = byte_of(encoding, next_rune(&text));

        if (byte == 0) {
            return FL_MALFORMED;
        }
        fl_buffer_put_u8(out_bytes, byte);
    }
    return fl_buffer_status(out_bytes);
}
