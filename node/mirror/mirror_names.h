/*
 * Names in a database as people of 1C read them: "Document_РеализацияТоваров_Товары" as
 * the standard OData interface has them, or in Latin letters. What is too long for the
 * database is cut as PostgreSQL cuts it, so that the whole name may be typed there.
 */

#ifndef NODE_MIRROR_NAMES_H
#define NODE_MIRROR_NAMES_H

#include "proto/bytes.h"

enum { FL_MIRROR_NAME_BYTES = 1024 };

/* `is_latin`: transliterated (ГОСТ 7.79, system B, without its marks). */
void fl_mirror_name(
    const char *text,
    bool is_latin,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES]);

/* "name" and `ending` whole behind it: of a long name less is left. */
void fl_mirror_name_ended(
    const char *name,
    const char *ending,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES]);

/* "name_2" and so on, cut too; `number` from 2. */
void fl_mirror_name_numbered(
    const char *name,
    unsigned number,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES]);

/* Would a database take them for the same? ASCII letters of either case are one. */
bool fl_mirror_name_equal(const char *a, const char *b);

#endif
