/*
 * Finds names of a configuration in constant time: a table of hashes with open
 * addressing, at most half full, made once and never changed.
 */

#ifndef NAME_INDEX_H
#define NAME_INDEX_H

#include "proto/arena.h"

struct fl_name_index;

/*
 * Names of `count` structures, `stride` bytes apart; `names` points at the first
 * structure's `const char *`. The names are borrowed. FL_REFUSED: two are equal, and
 * `*out_twice` is that name.
 */
enum fl_status fl_name_index_new(
    struct fl_arena *arena,
    const void *names,
    size_t count,
    size_t stride,
    struct fl_name_index **out_index,
    const char **out_twice);

enum { FL_NAME_NOT_FOUND = -1 };

/* The position of `name`, or FL_NAME_NOT_FOUND. */
ptrdiff_t fl_name_index_find(const struct fl_name_index *index, struct fl_bytes name);

#endif
