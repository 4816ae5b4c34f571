/*
 * The files of a configuration read ahead of their turn by as many threads as there are
 * processors: they come in their order, and a file that cannot be read fails at its turn.
 */

#ifndef EXCHANGE_METADATA_AHEAD_H
#define EXCHANGE_METADATA_AHEAD_H

#include "metadata_file.h"

struct fl_metadata_ahead;

/* A file, and what words call it. */
struct fl_metadata_wanted {
    const char *path;
    const char *name;
};

/* fl_metadata_read() or fl_edt_read(). */
typedef enum fl_status fl_metadata_read_fn(
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error);

/*
 * `wanted` is borrowed until the end. Without threads everything is read at its turn.
 * FL_NO_MEMORY.
 */
enum fl_status fl_metadata_ahead_begin(
    fl_metadata_read_fn *read,
    const struct fl_metadata_wanted *wanted,
    size_t count,
    struct fl_metadata_ahead **out_ahead);
void fl_metadata_ahead_end(struct fl_metadata_ahead *ahead);

/*
 * The next file, at most `count` times; what it holds lives until the next call.
 * FL_NOT_FOUND: there is none; any other failure is the file's own, and the reading may
 * go on.
 */
enum fl_status fl_metadata_ahead_next(
    struct fl_metadata_ahead *ahead,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error);

#endif
