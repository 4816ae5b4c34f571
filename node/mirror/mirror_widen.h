/*
 * A column that holds any text from now on. PostgreSQL alters no column that a view
 * shows, so ours are taken away and made again as they were; fl_mirror_views_make() then
 * gives them what is new. What somebody else has made is left alone, and named.
 */

#ifndef NODE_MIRROR_WIDEN_H
#define NODE_MIRROR_WIDEN_H

#include "sql.h"

/*
 * Makes the column one of text, in the caller's transaction. FL_REFUSED
 * in words: a view of somebody else's stands on it.
 */
enum fl_status fl_mirror_widen(
    struct fl_sql *sql,
    const char *table,
    const char *column,
    struct fl_error *out_error);

#endif
