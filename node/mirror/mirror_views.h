/*
 * Beside each table a view with the same columns, and behind each reference its object in
 * words: "Контрагент_Description". What refers to more types than are joined keeps its
 * identity alone.
 */

#ifndef NODE_MIRROR_VIEWS_H
#define NODE_MIRROR_VIEWS_H

#include "mirror_schema.h"

/*
 * A view beside each table, "v_" before its name, with references in
 * words; when tables have changed, or what the views are to say. In the caller's
 * transaction.
 */
enum fl_status fl_mirror_views_make(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    bool has_changed,
    struct fl_error *out_error);

#endif
