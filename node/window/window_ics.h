/*
 * The calendar as a file of RFC 5545 (.ics), for calendar programs: VEVENTs whose
 * CATEGORIES is the group, with X-FILIAL-KIND, -RATE, -SPREAD and -CATCH-UP for what
 * iCalendar has no word for.
 */

#ifndef NODE_WINDOW_WINDOW_ICS_H
#define NODE_WINDOW_WINDOW_ICS_H

#include "window_draft.h"

enum { FL_WINDOW_ICS_BYTES_MAX = 8 << 20 };

/* FL_NO_MEMORY; what is written is a whole VCALENDAR. */
enum fl_status fl_window_ics_write(
    const struct fl_calendar *calendar,
    struct fl_buffer *out_text);

struct fl_window_ics_options {
    const char *group; /* NULL: the event's CATEGORIES, or "all" */
    const char *zone;  /* of events without one; NULL: UTC */
    bool blackout;     /* events are blackouts, whatever they say: holidays */
};

/*
 * Put every event of the text into the draft, by its SUMMARY; one that was there before
 * is replaced, and several of one name are numbered. An event that moves a single date of
 * another (RECURRENCE-ID) is an exception and a date besides. FL_MALFORMED: no calendar,
 * or an event that cannot be understood, by name.
 */
enum fl_status fl_window_ics_read(
    struct fl_bytes text,
    const struct fl_window_ics_options *options,
    struct fl_window_draft *draft,
    size_t *out_count,
    struct fl_error *out_error);

#endif
