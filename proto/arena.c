/*
 * A list of blocks, the newest first, each twice as large as the one before up to a
 * limit; only the newest has room left. The bound counts what was given out.
 */

#include "proto/arena.h"

#include <stdalign.h>
#include <string.h>

enum { BLOCK_BYTES_FIRST = 4 << 10, BLOCK_BYTES_MAX = 1 << 20, KEPT_BYTES_MAX = 1 << 20 };

struct fl_arena_block {
    struct fl_arena_block *older;
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

void fl_arena_init(struct fl_arena *arena, size_t bytes_max)
{
    *arena = (struct fl_arena){.bytes_max = bytes_max};
}

static void free_blocks(struct fl_arena_block *block)
{
    while (block) {
        struct fl_arena_block *const older = block->older;

        fl_free(block);
        block = older;
    }
}

void fl_arena_deinit(struct fl_arena *arena)
{
    if (arena) {
        free_blocks(arena->blocks);
        *arena = (struct fl_arena){0};
    }
}

void fl_arena_reset(struct fl_arena *arena)
{
    struct fl_arena_block *kept = arena->blocks;

    arena->bytes_used = 0;
    arena->has_refused = false;
    if (!kept) {
        return;
    }
    free_blocks(kept->older);
    if (kept->size > KEPT_BYTES_MAX) {
        fl_free(kept);
        kept = NULL;
    } else {
        kept->older = NULL;
        kept->used = 0;
    }
    arena->blocks = kept;
}

/* A new first block with room for `size`. */
static struct fl_arena_block *add_block(struct fl_arena *arena, size_t size)
{
    size_t block_size = arena->blocks ? arena->blocks->size * 2 : BLOCK_BYTES_FIRST;

    if (block_size > BLOCK_BYTES_MAX) {
        block_size = BLOCK_BYTES_MAX;
    }
    if (block_size < size) {
        block_size = size;
    }
    struct fl_arena_block *block = fl_alloc(sizeof(*block) + block_size);

    if (block) {
        block->older = arena->blocks;
        block->size = block_size;
        block->used = 0;
        arena->blocks = block;
    }
    return block;
}

void *fl_arena_alloc(struct fl_arena *arena, size_t size)
{
    const size_t mask = alignof(max_align_t) - 1;
    const size_t left = arena->bytes_max - arena->bytes_used;

    arena->has_refused =
        size > left || size > SIZE_MAX - mask - sizeof(struct fl_arena_block);
    if (arena->has_refused) {
        return NULL;
    }
    const size_t rounded = size > 0 ? (size + mask) & ~mask : mask + 1;
    struct fl_arena_block *block = arena->blocks;

    if (!block || block->size - block->used < rounded) {
        block = add_block(arena, rounded);
    }
    if (!block) {
        return NULL;
    }
    void *memory = block->data + block->used;

    block->used += rounded;
    arena->bytes_used += rounded < left ? rounded : left;
    memset(memory, 0, rounded);
    return memory;
}

void *fl_arena_array(struct fl_arena *arena, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size) {
        arena->has_refused = true;
        return NULL;
    }
    return fl_arena_alloc(arena, count * size);
}

enum fl_status fl_arena_failure(const struct fl_arena *arena, size_t size)
{
    return arena->has_refused || size > arena->bytes_max - arena->bytes_used
               ? FL_LIMIT
               : FL_NO_MEMORY;
}

enum fl_status fl_arena_copy(
    struct fl_arena *arena,
    struct fl_bytes bytes,
    struct fl_bytes *out_copy)
{
    uint8_t *memory = fl_arena_alloc(arena, bytes.size);

    if (!memory) {
        return fl_arena_failure(arena, bytes.size);
    }
    if (bytes.size > 0) {
        memcpy(memory, bytes.data, bytes.size);
    }
    *out_copy = (struct fl_bytes){memory, bytes.size};
    return FL_OK;
}

char *fl_arena_text(struct fl_arena *arena, struct fl_bytes bytes)
{
    char *text = bytes.size < SIZE_MAX ? fl_arena_alloc(arena, bytes.size + 1) : NULL;

    if (text && bytes.size > 0) {
        memcpy(text, bytes.data, bytes.size);
    }
    return text;
}
