/*
 * The last events that were logged at info and above, whatever log_level is, for whoever
 * follows them: the events of HTTP. Any thread may log; one reads.
 */

#ifndef NODE_LOG_RECENT_H
#define NODE_LOG_RECENT_H

#include "proto/bytes.h"

enum { FL_LOG_RECENT_MAX = 1000, FL_LOG_RECENT_FIELDS_BYTES = 480 };

struct fl_log_recent {
    uint64_t id; /* 1, 2, 3 ... of this process */
    int64_t time_ms;
    const char *level;
    const char *event;
    char fields[FL_LOG_RECENT_FIELDS_BYTES]; /* name=value, as in the log */
};

/* Begin to keep them; before, nothing is kept and nothing is paid. */
void fl_log_recent_start(void);
/* A line of the log: `fields` is borrowed. Called by fl_log() alone. */
void fl_log_recent_add(
    int64_t time_ms,
    const char *level,
    const char *event,
    const char *fields,
    size_t fields_size);
bool fl_log_recent_is_on(void);

/* The id of the last one; 0: there was none yet. */
uint64_t fl_log_recent_last(void);
/* A copy of the first above `id` that is kept. FL_NOT_FOUND: none yet. */
enum fl_status fl_log_recent_next(uint64_t id, struct fl_log_recent *out_recent);

#endif
