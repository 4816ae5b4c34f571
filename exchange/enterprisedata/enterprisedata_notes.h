/*
 * What of a message was left out, for a person: the same thing is told once, with the
 * line where it came first and how often it came.
 */

#ifndef EXCHANGE_ENTERPRISEDATA_NOTES_H
#define EXCHANGE_ENTERPRISEDATA_NOTES_H

#include "proto/arena.h"
#include "proto/status.h"

enum { FL_ENTERPRISEDATA_NOTES_MAX = 200, FL_ENTERPRISEDATA_NOTE_BYTES = 1024 };

struct fl_enterprisedata_note {
    const char *words;
    uint64_t line;
    uint64_t count;
};

struct fl_enterprisedata_notes {
    struct fl_arena arena;
    size_t count;
    bool is_full; /* there was more */
    struct fl_enterprisedata_note items[FL_ENTERPRISEDATA_NOTES_MAX];
    struct fl_error shown; /* given last, in the words of the user */
};

/* NULL: no memory. */
struct fl_enterprisedata_notes *fl_enterprisedata_notes_new(void);
void fl_enterprisedata_notes_free(struct fl_enterprisedata_notes *notes);

/* `name` is whose it is, `path` where in it, or "". */
void fl_enterprisedata_notes_add(
    struct fl_enterprisedata_notes *notes,
    uint64_t line,
    const char *name,
    const char *path,
    const char *words);

/* NULL beyond the last. It lives until the next call. */
const char *fl_enterprisedata_notes_at(
    struct fl_enterprisedata_notes *notes,
    size_t index);

#endif
