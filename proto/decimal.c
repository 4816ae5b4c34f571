/*
 * A coefficient of two 64-bit halves, counted in base 10 by hand: ISO C has no wider
 * integer. Decimals are compared as rows of digits, aligned on the point.
 */

#include "proto/decimal.h"

#include <string.h>

enum { DIGITS_ALIGNED = 2 * FL_DECIMAL_DIGITS_MAX, U64_DIGITS_MAX = 19 };

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* high:low = high:low * 10 + digit; no overflow up to 38 digits. */
static void append_digit(struct fl_decimal *decimal, uint8_t digit)
{
    if (decimal->high == 0 && decimal->low < UINT64_MAX / 10) {
        decimal->low = decimal->low * 10 + digit;
        return;
    }
    const uint64_t low_part = (decimal->low & UINT32_MAX) * 10 + digit;
    const uint64_t middle_part = (decimal->low >> 32) * 10 + (low_part >> 32);

    decimal->low = middle_part << 32 | (low_part & UINT32_MAX);
    decimal->high = decimal->high * 10 + (middle_part >> 32);
}

/* high:low = high:low / 10; the remainder is the last digit. */
static uint8_t remove_digit(struct fl_decimal *decimal)
{
    if (decimal->high == 0) {
        const uint64_t rest = decimal->low / 10;
        const uint8_t digit = (uint8_t)(decimal->low - rest * 10);

        decimal->low = rest;
        return digit;
    }
    const uint64_t remainder = decimal->high % 10;
    const uint64_t middle_part = remainder << 32 | decimal->low >> 32;
    const uint64_t low_part = (middle_part % 10) << 32 | (decimal->low & UINT32_MAX);

    decimal->high /= 10;
    decimal->low = (middle_part / 10) << 32 | low_part / 10;
    return (uint8_t)(low_part % 10);
}

/* How many of `bytes` from `at` are digits. */
static size_t digits_from(struct fl_bytes bytes, size_t at)
{
    size_t end = at;

    while (end < bytes.size && is_digit(bytes.data[end])) {
        end++;
    }
    return end - at;
}

enum fl_status fl_decimal_parse(struct fl_bytes text, struct fl_decimal *out_decimal)
{
    const bool has_sign = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+');
    size_t whole_at = has_sign ? 1 : 0;
    size_t whole = digits_from(text, whole_at);
    size_t end = whole_at + whole;
    const size_t fraction_at = end + 1;
    size_t fraction = 0;

    if (end < text.size && text.data[end] == '.') {
        fraction = digits_from(text, fraction_at);
        end = fraction > 0 ? fraction_at + fraction : end;
    }
    if (whole == 0 || end != text.size) {
        return FL_MALFORMED;
    }
    while (whole > 0 && text.data[whole_at] == '0') {
        whole_at++;
        whole--;
    }
    while (fraction > 0 && text.data[fraction_at + fraction - 1] == '0') {
        fraction--;
    }
    if (whole > FL_DECIMAL_DIGITS_MAX || fraction > FL_DECIMAL_DIGITS_MAX - whole) {
        return FL_LIMIT;
    }
    struct fl_decimal decimal = {.scale = (uint8_t)fraction};

    for (size_t i = 0; i < whole; i++) {
        append_digit(&decimal, text.data[whole_at + i] - '0');
    }
    for (size_t i = 0; i < fraction; i++) {
        append_digit(&decimal, text.data[fraction_at + i] - '0');
    }
    decimal.negative = has_sign && text.data[0] == '-' && !fl_decimal_is_zero(decimal);
    *out_decimal = decimal;
    return FL_OK;
}

size_t fl_decimal_format(struct fl_decimal decimal, char out[FL_DECIMAL_TEXT_BYTES_MAX])
{
    char reversed[FL_DECIMAL_TEXT_BYTES_MAX];
    size_t size = 0;
    uint32_t digit_count = 0;

    FL_ASSERT(fl_decimal_is_normal(decimal));
    /* At least one digit stands before the point. */
    while (!fl_decimal_is_zero(decimal) || digit_count <= decimal.scale) {
        if (digit_count > 0 && digit_count == decimal.scale) {
            reversed[size++] = '.';
        }
        reversed[size++] = (char)('0' + remove_digit(&decimal));
        digit_count++;
    }
    if (decimal.negative) {
        reversed[size++] = '-';
    }
    for (size_t i = 0; i < size; i++) {
        out[i] = reversed[size - 1 - i];
    }
    return size;
}

struct fl_decimal fl_decimal_of_int64(int64_t value)
{
    const bool negative = value < 0;

    return (struct fl_decimal){
        .low = negative ? UINT64_C(0) - (uint64_t)value : (uint64_t)value,
        .negative = negative,
    };
}

/* 38 digits before the point and 38 after it. */
static void align_digits(struct fl_decimal decimal, uint8_t out_digits[DIGITS_ALIGNED])
{
    size_t at = FL_DECIMAL_DIGITS_MAX + (size_t)decimal.scale;

    memset(out_digits, 0, DIGITS_ALIGNED);
    while (!fl_decimal_is_zero(decimal) && at > 0) {
        out_digits[--at] = remove_digit(&decimal);
    }
}

int fl_decimal_compare(struct fl_decimal a, struct fl_decimal b)
{
    uint8_t a_digits[DIGITS_ALIGNED];
    uint8_t b_digits[DIGITS_ALIGNED];

    if (a.negative != b.negative) {
        return a.negative ? -1 : 1;
    }
    FL_ASSERT(a.scale <= FL_DECIMAL_DIGITS_MAX && b.scale <= FL_DECIMAL_DIGITS_MAX);
    if (a.scale == b.scale && a.high == b.high && a.low == b.low) {
        return 0;
    }
    align_digits(a, a_digits);
    align_digits(b, b_digits);

    const int order = memcmp(a_digits, b_digits, DIGITS_ALIGNED);
    const int sign = order < 0 ? -1 : order > 0 ? 1 : 0;

    return a.negative ? -sign : sign;
}

bool fl_decimal_is_zero(struct fl_decimal decimal)
{
    return decimal.high == 0 && decimal.low == 0;
}

static uint32_t count_digits(struct fl_decimal decimal)
{
    uint32_t count = 0;

    while (!fl_decimal_is_zero(decimal)) {
        (void)remove_digit(&decimal);
        count++;
    }
    return count;
}

bool fl_decimal_is_normal(struct fl_decimal decimal)
{
    /* 10^38 - 1 is the largest coefficient. */
    const uint64_t high_max = UINT64_C(0x4B3B4CA85A86C47A);
    const uint64_t low_max = UINT64_C(0x098A223FFFFFFFFF);

    if (fl_decimal_is_zero(decimal)) {
        return decimal.scale == 0 && !decimal.negative;
    }
    if (decimal.scale > FL_DECIMAL_DIGITS_MAX || decimal.high > high_max ||
        (decimal.high == high_max && decimal.low > low_max)) {
        return false;
    }
    return decimal.scale == 0 || remove_digit(&decimal) != 0;
}

bool fl_decimal_fits(struct fl_decimal decimal, uint32_t digits, uint32_t fraction)
{
    /* Nine digits fit wherever nine may stand before the point: not worth counting. */
    if (decimal.high == 0 && decimal.low < UINT64_C(1000000000) &&
        decimal.scale <= fraction && fraction <= digits && digits - fraction >= 9) {
        return true;
    }
    const uint32_t count = count_digits(decimal);
    const uint32_t whole = count > decimal.scale ? count - decimal.scale : 0;

    return decimal.scale <= fraction && fraction <= digits && whole <= digits - fraction;
}
