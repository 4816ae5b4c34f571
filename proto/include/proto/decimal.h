/*
 * 1C's numbers: exact decimals of up to 38 digits. The value is
 * (negative ? -1 : 1) x (high x 2^64 + low) / 10^scale. Normal form, which every function
 * here gives: no trailing zeros after the point, zero is not negative.
 */

#ifndef PROTO_DECIMAL_H
#define PROTO_DECIMAL_H

#include "proto/bytes.h"

enum { FL_DECIMAL_DIGITS_MAX = 38, FL_DECIMAL_TEXT_BYTES_MAX = 42 };

struct fl_decimal {
    uint64_t high;
    uint64_t low;
    uint8_t scale; /* digits after the point, at most 38 */
    bool negative;
};

/*
 * [+-]digits[.digits], no exponent, no grouping, surrounding blanks refused.
 * FL_MALFORMED: not that. FL_LIMIT: more than 38 significant digits.
 */
enum fl_status fl_decimal_parse(struct fl_bytes text, struct fl_decimal *out_decimal);
/* Shortest text, "-0.5", "12"; returns its length; no closing NUL. */
size_t fl_decimal_format(struct fl_decimal decimal, char out[FL_DECIMAL_TEXT_BYTES_MAX]);
struct fl_decimal fl_decimal_of_int64(int64_t value);
int fl_decimal_compare(struct fl_decimal a, struct fl_decimal b);
bool fl_decimal_is_zero(struct fl_decimal decimal);
bool fl_decimal_is_normal(struct fl_decimal decimal);
/* At most `digits` digits in all, `fraction` of them after the point. */
bool fl_decimal_fits(struct fl_decimal decimal, uint32_t digits, uint32_t fraction);

#endif
