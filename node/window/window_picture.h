/*
 * A picture of the windows of some days: a line for each day, an hour
 * for each column, a bar for each window, a hatched one for each blackout.
 */

#ifndef NODE_WINDOW_WINDOW_PICTURE_H
#define NODE_WINDOW_WINDOW_PICTURE_H

#include "window_plan.h"

enum { FL_WINDOW_PICTURE_BYTES_MAX = 8 << 20 };

/* SVG, whole, in the local time of `zone`. FL_NOT_FOUND: no such zone. */
enum fl_status fl_window_picture(
    const struct fl_window_plan *plan,
    const struct fl_calendar *calendar,
    const char *zone,
    int64_t from_ms,
    unsigned days,
    struct fl_buffer *out_svg);

#endif
