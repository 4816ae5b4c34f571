/*
 * The windows of some days, in order, and a picture of them: a line for each day, an hour
 * for each column, a bar for each window, a hatched one for each blackout.
 */

#ifndef NODE_WINDOW_WINDOW_PICTURE_H
#define NODE_WINDOW_WINDOW_PICTURE_H

#include "proto/calendar.h"

enum { FL_WINDOW_PLAN_MAX = 5000, FL_WINDOW_PICTURE_BYTES_MAX = 8 << 20 };

struct fl_window_planned {
    const struct fl_window *window;
    int64_t begin_ms;
    int64_t end_ms;
    uint64_t nodes;
};

struct fl_window_plan {
    size_t count;
    struct fl_window_planned items[FL_WINDOW_PLAN_MAX];
};

/* By beginning, then by name. */
void fl_window_plan_sort(struct fl_window_plan *plan);

/* SVG, whole, in the local time of `zone`. FL_NOT_FOUND: no such zone. */
enum fl_status fl_window_picture(
    const struct fl_window_plan *plan,
    const struct fl_calendar *calendar,
    const char *zone,
    int64_t from_ms,
    unsigned days,
    struct fl_buffer *out_svg);

#endif
