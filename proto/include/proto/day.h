/*
 * A day that a node has closed: the body of the system record of type FL_SYSTEM_DAY
 * (system.h), one for each node, under the node's identity. It is a change like any
 * other: whoever has it has all that the node wrote before it. It travels up.
 */

#ifndef PROTO_DAY_H
#define PROTO_DAY_H

#include "proto/arena.h"
#include "proto/limits.h"

enum {
    FL_DAY_ZONE_BYTES_MAX = 64,
    FL_DAY_BYTES_MAX = 1024,
    FL_DAY_TEXT_BYTES = 11,
};

struct fl_day {
    uint32_t day;      /* the last that is closed: days since 0001-01-01 */
    int64_t closed_ms; /* when, Unix time */
    char code[FL_CODE_BYTES_MAX + 1];
    char name[FL_NAME_BYTES_MAX + 1];
    char zone[FL_DAY_ZONE_BYTES_MAX + 1]; /* whose midnight; "" not told */
};

void fl_day_encode(const struct fl_day *day, struct fl_buffer *out_buffer);
/* FL_MALFORMED: not the bytes that fl_day_encode() writes. */
enum fl_status fl_day_decode(struct fl_bytes bytes, struct fl_day *out_day);

/* "2026-01-31" with a NUL, and back; false: it is no day, or something is around it. */
void fl_day_text(uint32_t day, char out_text[FL_DAY_TEXT_BYTES]);
bool fl_day_parse(const char *text, uint32_t *out_day);

#endif
