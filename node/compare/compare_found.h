/*
 * What a comparison has found: the first differences one by one, and how many there are
 * of each kind and type.
 */

#ifndef NODE_COMPARE_FOUND_H
#define NODE_COMPARE_FOUND_H

#include "replication/comparison.h"

enum {
    FL_COMPARE_FOUND_MAX = 10000, /* that are kept one by one */
    FL_COMPARE_TYPES_MAX = 4096,  /* that are counted one by one */
};

struct fl_compare_kind_sum {
    uint64_t count;
    uint64_t newer_here; /* of these */
    uint64_t newer_there;
};

struct fl_compare_type {
    uint32_t type; /* 0: what comes after FL_COMPARE_TYPES_MAX others */
    struct fl_compare_kind_sum by_kind[FL_DIFFERENCE_KINDS];
};

/* Zeroed memory is an empty one. */
struct fl_compare_found {
    struct fl_difference *items;
    size_t count;
    size_t room;
    struct fl_compare_type *types; /* in the order of their numbers */
    size_t type_count;
    size_t type_room;
};

/* Without memory what does not fit is left out. */
void fl_compare_found_put(
    struct fl_compare_found *found,
    const struct fl_difference *differences,
    size_t count);
void fl_compare_found_free(struct fl_compare_found *found);

#endif
