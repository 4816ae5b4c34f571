/*
 * What a node tells about itself, on stderr, a line an event:
 *
 *     2026-01-31T12:00:00.123Z info sync.applied peer=Ф01 changes=312 ms=40
 *
 * or as an object of JSON, or as fields of systemd's journal, when that is wanted. Never
 * keys, never what objects hold. Lines of threads do not mix.
 */

#ifndef NODE_LOG_H
#define NODE_LOG_H

#include "events.h"
#include "proto/status.h"
#include "settings.h"

/* Lines above `level` are left out from now on; FL_LOG_INFO at the start. */
void fl_log_set_level(enum fl_log_level level);
bool fl_log_has(enum fl_log_level level);
/* FL_LOG_TEXT at the start. */
void fl_log_set_style(enum fl_log_style style);

/* `format` makes the fields; "" for none. What is no text of one line becomes "?". */
void fl_log(enum fl_log_level level, enum fl_log_event event, const char *format, ...)
    FL_PRINTF(3, 4);

const char *fl_log_event_name(enum fl_log_event event);

/* A value that may have blanks or quotes: as it is, or quoted; cut when it is long. */
enum { FL_LOG_VALUE_BYTES = 512 };
struct fl_log_value {
    char text[FL_LOG_VALUE_BYTES];
};
struct fl_log_value fl_log_value(const char *text);

enum { FL_LOG_LINE_BYTES_MAX = 2048 };
/* The line itself, with its end, at `now_ms` of Unix time; gives its size. */
size_t fl_log_format(
    char out_line[FL_LOG_LINE_BYTES_MAX],
    int64_t now_ms,
    enum fl_log_level level,
    enum fl_log_event event,
    const char *format,
    va_list arguments) FL_PRINTF(5, 0);

#endif
