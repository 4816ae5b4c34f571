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

#endif
