/*
 * Which type a table is of, for a first mapping: how many of its columns are named as
 * attributes are, or as people call them, and what the file is called.
 */

#ifndef NODE_TABLE_SUGGESTION_TYPE_H
#define NODE_TABLE_SUGGESTION_TYPE_H

#include "exchange/sheet.h"
#include "proto/object.h"

enum { FL_SUGGESTION_OTHERS_MAX = 4 };

struct fl_suggested_type {
    const struct fl_type *type;
    size_t columns; /* that fit it */
    unsigned score;
};

/* The best of them, and those that come behind it, the better first. */
struct fl_suggested_types {
    struct fl_suggested_type best; /* without a type: no column fits any */
    size_t other_count;
    struct fl_suggested_type others[FL_SUGGESTION_OTHERS_MAX];
};

void fl_suggestion_types(
    const struct fl_configuration *configuration,
    const struct fl_sheet_row *header,
    const char *path,
    struct fl_suggested_types *out_types);

/* The attribute that a column of this name is; NULL: none. */
const struct fl_attribute *fl_suggestion_attribute(
    const struct fl_type *type,
    struct fl_bytes header);

#endif
