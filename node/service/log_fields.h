/*
 * The fields of a line of the log, `name=value name="a value"`, taken apart again for
 * those who want them one by one.
 */

#ifndef NODE_SERVICE_LOG_FIELDS_H
#define NODE_SERVICE_LOG_FIELDS_H

#include "log.h"
#include "proto/bytes.h"

struct fl_log_fields {
    const char *next;
    struct fl_bytes name;
    char value[FL_LOG_LINE_BYTES_MAX];
};

/* `text` is the part behind the event, without the end of the line; it is borrowed. */
void fl_log_fields_begin(struct fl_log_fields *fields, const char *text);
/* False: there are no more. What is no field is passed over. */
bool fl_log_fields_next(struct fl_log_fields *fields);

/*
 * One line of JSON with its end:
 * {"time":"2026-01-31T12:00:00.123Z","level":"info","event":"sync.applied","peer":"Ф01"}
 * Values are strings, those of digits alone are numbers. Gives the size.
 */
enum { FL_LOG_JSON_BYTES_MAX = 4 * FL_LOG_LINE_BYTES_MAX };
size_t fl_log_json(
    char out_text[FL_LOG_JSON_BYTES_MAX],
    const char *time,
    const char *level,
    const char *event,
    const char *fields);

#endif
