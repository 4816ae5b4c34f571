/*
 * When a window of the calendar is: its recurrence (RFC 5545: RRULE, EXDATE, RDATE) in
 * its time zone, summer time included, as moments of Unix time. libical does the
 * counting.
 *
 * A local time that a change of the clock leaves out goes by the offset before it, one
 * that comes twice is the first. A window lasts as long as it says, whatever clocks show.
 */

#ifndef NODE_WINDOW_OCCURRENCES_H
#define NODE_WINDOW_OCCURRENCES_H

#include "proto/calendar.h"

struct fl_occurrence {
    int64_t begin_ms; /* Unix time */
    int64_t end_ms;   /* not in it any more */
};

enum { FL_OCCURRENCES_MAX = 4096, FL_WINDOW_SECONDS_MAX = 31 * 86400 };

/*
 * Can this window be understood? FL_MALFORMED: rule, start, zone or a date, in words that
 * say what is expected.
 */
enum fl_status fl_window_check(
    const struct fl_window *window,
    struct fl_error *out_error);

enum fl_status fl_window_check_zone(const char *zone, struct fl_error *out_error);

/*
 * Those that overlap [from_ms, to_ms), ascending, at most `count_max`, of a window that
 * was checked. Gives how many.
 */
size_t fl_window_occurrences(
    const struct fl_window *window,
    int64_t from_ms,
    int64_t to_ms,
    struct fl_occurrence *out_occurrences,
    size_t count_max);

/* "20261231T220000" of a moment in a time zone; false: there is no such zone. */
enum { FL_WINDOW_LOCAL_BYTES = 16 };
bool fl_window_local(
    const char *zone,
    int64_t unix_ms,
    char out_text[FL_WINDOW_LOCAL_BYTES]);

#endif
