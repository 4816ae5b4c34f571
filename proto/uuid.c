/*
 * The order of groups is 1C's: see uuid.h. The two nibble tables are the only loops.
 */

#include "proto/uuid.h"

#include <string.h>

/* Where the byte at this position of the bytes stands among the bytes of the text. */
static const uint8_t text_order[FL_UUID_BYTES] = {8, 9, 10, 11, 12, 13, 14, 15,
                                                  6, 7, 4,  5,  0,  1,  2,  3};

/* Where the digits of each byte of the text stand in it. */
static const uint8_t digit_offset[FL_UUID_BYTES] = {0,  2,  4,  6,  9,  11, 14, 16,
                                                    19, 21, 24, 26, 28, 30, 32, 34};

/* One more than the value of a digit; 0: it is none. */
static const uint8_t digit_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
    ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
    ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
    ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

enum fl_status fl_uuid_parse(struct fl_bytes text, struct fl_uuid *out_uuid)
{
    struct fl_uuid uuid;
    bool are_digits = true;

    if (text.size != FL_UUID_TEXT_BYTES || text.data[8] != '-' || text.data[13] != '-' ||
        text.data[18] != '-' || text.data[23] != '-') {
        return FL_MALFORMED;
    }
    for (size_t i = 0; i < FL_UUID_BYTES; i++) {
        const uint8_t *const digits = text.data + digit_offset[text_order[i]];
        const unsigned high = digit_values[digits[0]];
        const unsigned low = digit_values[digits[1]];

        are_digits = are_digits && high != 0 && low != 0;
        uuid.bytes[i] = (uint8_t)((high - 1) << 4 | ((low - 1) & 0x0F));
    }
    if (!are_digits) {
        return FL_MALFORMED;
    }
    *out_uuid = uuid;
    return FL_OK;
}

void fl_uuid_put(struct fl_buffer *buffer, struct fl_uuid uuid)
{
    fl_buffer_put_memory(buffer, uuid.bytes, sizeof(uuid.bytes));
}

struct fl_uuid fl_uuid_take(struct fl_reader *reader)
{
    struct fl_uuid uuid = {{0}};

    fl_reader_copy(reader, uuid.bytes, sizeof(uuid.bytes));
    return uuid;
}

void fl_uuid_format(struct fl_uuid uuid, char out_text[FL_UUID_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < FL_UUID_BYTES; i++) {
        char *const at = out_text + digit_offset[text_order[i]];

        at[0] = digits[uuid.bytes[i] >> 4];
        at[1] = digits[uuid.bytes[i] & 0x0F];
    }
    out_text[8] = out_text[13] = out_text[18] = out_text[23] = '-';
}

struct fl_uuid_text fl_uuid_text(struct fl_uuid uuid)
{
    struct fl_uuid_text result = {{0}};

    fl_uuid_format(uuid, result.text);
    return result;
}

struct fl_uuid fl_uuid_of_random(const uint8_t random[FL_UUID_BYTES])
{
    struct fl_uuid uuid;

    memcpy(uuid.bytes, random, FL_UUID_BYTES);
    /* The version is in group CCCC of the text, the variant in DDDD. */
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x0F) | 0x40);
    uuid.bytes[0] = (uint8_t)((uuid.bytes[0] & 0x3F) | 0x80);
    return uuid;
}

bool fl_uuid_is_zero(struct fl_uuid uuid)
{
    static const struct fl_uuid zero;

    return fl_uuid_equal(uuid, zero);
}

bool fl_uuid_equal(struct fl_uuid a, struct fl_uuid b)
{
    return memcmp(a.bytes, b.bytes, FL_UUID_BYTES) == 0;
}

/* Loads that stay in this file: sorting asks for them by the million. */
static uint64_t word(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof value; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

int fl_uuid_compare(struct fl_uuid a, struct fl_uuid b)
{
    const uint64_t a_first = word(a.bytes);
    const uint64_t b_first = word(b.bytes);
    const uint64_t a_last = word(a.bytes + 8);
    const uint64_t b_last = word(b.bytes + 8);
    return a_first != b_first ? (a_first > b_first) - (a_first < b_first)
                              : (a_last > b_last) - (a_last < b_last);
}
