/*
 * Which objects refer to one: all records are looked through for its identity, in shares.
 */

#ifndef NODE_DUPLICATE_SCAN_H
#define NODE_DUPLICATE_SCAN_H

#include "walk.h"

enum { FL_DUPLICATE_SCAN_KEYS_MAX = 1024 };

struct fl_duplicate_scan {
    struct fl_walk walk; /* `walk.done`: behind the last object */
    struct fl_key of;
    struct fl_key except; /* is never told, as `of` itself */
    size_t count;         /* of this share */
    struct fl_key keys[FL_DUPLICATE_SCAN_KEYS_MAX];
};

void fl_duplicate_scan_begin(
    struct fl_duplicate_scan *scan,
    struct fl_store *store,
    struct fl_key of,
    struct fl_key except);

/* `keys` are those of a share of the objects that hold the identity somewhere. */
enum fl_status fl_duplicate_scan_some(
    struct fl_duplicate_scan *scan,
    struct fl_error *out_error);

#endif
