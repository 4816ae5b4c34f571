/*
 * Objects that two sides know by different refs: predefined items, of which each base has
 * made its own (formats of v8msg, A.7 and B.9).
 */

#ifndef EXCHANGE_REF_PAIRS_H
#define EXCHANGE_REF_PAIRS_H

#include "proto/object.h"

enum { FL_REF_PAIRS_MAX = 65536 };

struct fl_ref_pair {
    uint32_t type;
    struct fl_uuid theirs;
    struct fl_uuid ours;
};

struct fl_ref_pairs {
    struct fl_ref_pair *by_theirs; /* ascending by type and theirs */
    struct fl_ref_pair *by_ours;
    size_t count;
    size_t capacity;
};

/* Zeroed memory is an empty one. */
void fl_ref_pairs_deinit(struct fl_ref_pairs *pairs);

/*
 * Whatever either side of the pair had before is forgotten; a pair of equal refs only
 * does that. FL_LIMIT, FL_NO_MEMORY.
 */
enum fl_status fl_ref_pairs_put(struct fl_ref_pairs *pairs, struct fl_ref_pair pair);

/* The ref itself when nothing else is known, and with `pairs` NULL. */
struct fl_uuid fl_ref_pairs_ours(
    const struct fl_ref_pairs *pairs,
    uint32_t type,
    struct fl_uuid theirs);
struct fl_uuid fl_ref_pairs_theirs(
    const struct fl_ref_pairs *pairs,
    uint32_t type,
    struct fl_uuid ours);

#endif
