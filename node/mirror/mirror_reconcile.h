/*
 * Removes from the database what the store does not have: when deletions that the mirror
 * has not seen are forgotten, or the journal is another one than it was.
 */

#ifndef NODE_MIRROR_RECONCILE_H
#define NODE_MIRROR_RECONCILE_H

#include "mirror_schema.h"
#include "storage/store.h"

/* In transactions of its own, a page of ids each; to be begun anew when it was cut. */
enum fl_status fl_mirror_reconcile(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    struct fl_store *store,
    const atomic_bool *cancel,
    struct fl_error *out_error);

/*
 * The partitions of the type's tables for a branch, made when they are not there; in the
 * caller's transaction. Nothing where tables are not partitioned.
 */
enum fl_status fl_mirror_partition(
    struct fl_sql *sql,
    struct fl_mirror_schema *schema,
    uint32_t type,
    struct fl_bytes branch,
    struct fl_error *out_error);

/*
 * "Document_Счет$Ф01", and "Document_Счет$" for all other branches (`branch` is ""): no
 * name of 1C has a "$". What is too long is told apart by a hash.
 */
void fl_mirror_partition_name(
    const char *table,
    const char *branch,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES]);

#endif
