/*
 * Rows of one section that come in several tables, goods and services say: where each has
 * a number of its own, they stand in the order of their numbers.
 */

#ifndef EXCHANGE_CONVERSION_ROW_ORDER_H
#define EXCHANGE_CONVERSION_ROW_ORDER_H

#include "rules.h"

struct fl_row_order {
    size_t table_count;
    uint32_t *numbers; /* of the rows of all tables; 0: it has none */
};

/* A table comes: `numbers` has room for `count` rows, and keeps those of `before`. */
enum fl_status fl_row_order_begin(
    struct fl_row_order *order,
    size_t before,
    size_t count,
    struct fl_arena *arena);

/* What a row calls itself by its <number>; 0: nothing. */
uint32_t fl_row_order_number(
    const struct fl_conversion_properties *properties,
    fl_conversion_version version,
    struct fl_element *row);

/* Puts the rows in order, if there is one. FL_NO_MEMORY, FL_LIMIT: of `arena`. */
enum fl_status fl_row_order_apply(
    const struct fl_row_order *order,
    struct fl_section *section,
    struct fl_arena *arena);

#endif
