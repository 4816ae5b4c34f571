/*
 * Narration: a machine tells what it does, one sentence at a time, to whoever listens.
 * Stories under tests quote these sentences; a daemon may write them to its log at debug.
 * Never keys, never payloads.
 */

#ifndef REPLICATION_TRACE_H
#define REPLICATION_TRACE_H

#include <stdint.h>

enum { FL_TRACE_LINE_BYTES_MAX = 160 };

struct fl_trace {
    void (*tell)(void *context, const char *line); /* NULL: nobody listens */
    void *context;
};

/* "message %: applied": each % is the next number, there are at most two. */
void fl_trace_tell(
    const struct fl_trace *trace,
    const char *sentence,
    uint64_t first,
    uint64_t second);

/* The sentence, a colon and a text, cut at the bound of a line. */
void fl_trace_tell_text(
    const struct fl_trace *trace,
    const char *sentence,
    const char *text);

#endif
