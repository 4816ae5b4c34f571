/*
 * 1C's dates: seconds since 0001-01-01T00:00:00 of the proleptic Gregorian calendar, no
 * time zone. 0 is the empty date; the last is 3999-12-31T23:59:59.
 */

#ifndef PROTO_DATETIME_H
#define PROTO_DATETIME_H

#include "proto/bytes.h"

enum { FL_DATETIME_TEXT_BYTES = 19 };
#define FL_DATETIME_MAX INT64_C(126196185599)

/* YYYY-MM-DDThh:mm:ss, nothing around it. FL_MALFORMED otherwise, or out of range. */
enum fl_status fl_datetime_parse(struct fl_bytes text, int64_t *out_seconds);
void fl_datetime_format(int64_t seconds, char out_text[FL_DATETIME_TEXT_BYTES]);
bool fl_datetime_is_valid(int64_t seconds);

#endif
