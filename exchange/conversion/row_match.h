/*
 * Which of the rows that stand here a row that comes is: it is recognised by one
 * attribute, mostly the goods, and by its place. Each is found once.
 */

#ifndef EXCHANGE_ROW_MATCH_H
#define EXCHANGE_ROW_MATCH_H

#include "proto/object.h"

struct fl_row_entry;

struct fl_row_match {
    struct fl_section section; /* as it stands here; with `used` zeroed: none */
    bool *used;
    /* The rows by the values of an attribute, made when a place does not tell. */
    uint32_t number;
    size_t count;
    struct fl_row_entry *entries;
};

/* `section` stays as it is while rows are sought. Without room FL_NO_MEMORY, FL_LIMIT. */
enum fl_status fl_row_match_begin(
    struct fl_row_match *match,
    const struct fl_section *section,
    struct fl_arena *arena);

/*
 * The row in the same place, or else the first that was not found yet, with `value`,
 * which may be NULL, of the attribute `number`; NULL in `*out_row`: there is none.
 */
enum fl_status fl_row_match_find(
    struct fl_row_match *match,
    size_t place,
    uint32_t number,
    const struct fl_value *value,
    struct fl_arena *arena,
    const struct fl_row **out_row);

#endif
