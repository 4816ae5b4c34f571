/*
 * The date that people somewhere have now.
 */

#ifndef NODE_REPORT_LOCAL_DAY_H
#define NODE_REPORT_LOCAL_DAY_H

#include "proto/bytes.h"

/*
 * The day (proto/day.h) of the zone at this moment, and the minute of it; "" is the zone
 * of this machine. FL_MALFORMED: there is no such zone.
 */
enum fl_status fl_local_day(
    const char *zone,
    int64_t unix_ms,
    uint32_t *out_day,
    uint32_t *out_minute,
    struct fl_error *out_error);

/* When the day begins on this machine, Unix time. */
int64_t fl_local_day_begin_ms(uint32_t day);

#endif
