/*
 * When branches may synchronise, as operations have set it for the whole tree: windows
 * and blackouts of groups of nodes, by the recurrence of RFC 5545 in a time zone. The
 * body of the one system record of type FL_SYSTEM_CALENDAR (system.h). What a rule means
 * is node/window's; here it is text.
 */

#ifndef PROTO_CALENDAR_H
#define PROTO_CALENDAR_H

#include "proto/arena.h"

enum {
    FL_CALENDAR_WINDOWS_MAX = 500,
    FL_CALENDAR_GROUPS_MAX = 500,
    FL_CALENDAR_MEMBERS_MAX = 50000, /* of one group */
    FL_CALENDAR_DATES_MAX = 1000,    /* of one window */
    FL_CALENDAR_TEXT_BYTES_MAX = 1000,
    FL_CALENDAR_BYTES_MAX = 4 << 20,
    FL_WINDOW_PRIORITY_MAX = 9,
};

/* Local dates and times are written "20261231T220000", days "20261231". */
struct fl_window {
    const char *name;  /* of its own in the calendar */
    const char *group; /* "all", or one of `groups` */
    bool blackout;     /* nothing starts in it, whatever other windows say */
    const char *rule;  /* an RRULE without its name, "FREQ=DAILY"; "": once */
    const char *start; /* of the first one, local time */
    const char *zone;  /* "Europe/Moscow" */
    uint32_t duration_s;
    uint32_t spread_s;   /* its nodes begin within that time, each at its own place */
    uint32_t catch_up_s; /* so long behind it one that was missed may be made up */
    uint64_t bytes_per_second; /* 0: any */
    uint8_t priority;          /* of several open ones the highest rules */
    size_t except_count;
    const char **excepts; /* EXDATE: days or times that fall out */
    size_t also_count;
    const char **also; /* RDATE: times besides */
};

struct fl_group {
    const char *name;
    size_t member_count;
    const char **members; /* codes of nodes, ascending, each once */
};

struct fl_calendar {
    size_t window_count;
    struct fl_window *windows; /* in the order of their names' bytes */
    size_t group_count;
    struct fl_group *groups; /* the same */
};

/* NULL: there is none of that name. */
struct fl_window *fl_calendar_window(
    const struct fl_calendar *calendar,
    const char *name);
struct fl_group *fl_calendar_group(const struct fl_calendar *calendar, const char *name);
bool fl_calendar_is_member(
    const struct fl_calendar *calendar,
    const char *group,
    const char *code);

/* The one canonical form. */
void fl_calendar_encode(const struct fl_calendar *calendar, struct fl_buffer *out_buffer);

/* Only what the encoder makes. Everything lives in `arena`. */
enum fl_status fl_calendar_decode(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_calendar *out_calendar);

#endif
