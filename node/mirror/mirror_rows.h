/*
 * An object of the store as rows of the mirror.
 */

#ifndef NODE_MIRROR_ROWS_H
#define NODE_MIRROR_ROWS_H

#include "mirror_schema.h"
#include "proto/object.h"

struct fl_mirror_stamp {
    struct fl_bytes branch;
    uint64_t lsn;
    int64_t seconds; /* datetime.h, UTC */
};

struct fl_mirror_rows; /* memory that rows share, one after another */

struct fl_mirror_rows *fl_mirror_rows_new(void); /* NULL: no memory */
void fl_mirror_rows_free(struct fl_mirror_rows *rows);

/* Takes the place of what is there of the object; `*io_count` grows by the rows. */
enum fl_status fl_mirror_rows_put(
    struct fl_mirror_rows *rows,
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    const struct fl_object *object,
    const struct fl_mirror_stamp *stamp,
    uint64_t *io_count,
    struct fl_error *out_error);
/* Deleted, or not of this node any more. */
enum fl_status fl_mirror_rows_remove(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    struct fl_key key,
    struct fl_error *out_error);

#endif
