/*
 * Memory that dies together: what is decoded from one frame, package item or command.
 * An arena has a bound; beyond it, allocation gives NULL and the arena stays usable.
 */

#ifndef PROTO_ARENA_H
#define PROTO_ARENA_H

#include "proto/bytes.h"

struct fl_arena_block;

struct fl_arena {
    struct fl_arena_block *blocks;
    size_t bytes_used;
    size_t bytes_max;
    bool has_refused; /* the last allocation, for the bound */
};

void fl_arena_init(struct fl_arena *arena, size_t bytes_max);
void fl_arena_deinit(struct fl_arena *arena);
/* Forget everything, keep one block for the next use. */
void fl_arena_reset(struct fl_arena *arena);

/* Zeroed, aligned for any type. NULL beyond the bound or without memory. */
void *fl_arena_alloc(struct fl_arena *arena, size_t size);
void *fl_arena_array(struct fl_arena *arena, size_t count, size_t size);
/*
 * Why the last allocation failed: FL_LIMIT or FL_NO_MEMORY. `size`: how much it was, or 1
 * where that is not known any more.
 */
enum fl_status fl_arena_failure(const struct fl_arena *arena, size_t size);
/* Copies; `*out_copy` lives as long as the arena. */
enum fl_status fl_arena_copy(
    struct fl_arena *arena,
    struct fl_bytes bytes,
    struct fl_bytes *out_copy);
/* A C string copy of `bytes`, NULL when there is no room. */
char *fl_arena_text(struct fl_arena *arena, struct fl_bytes bytes);

#endif
