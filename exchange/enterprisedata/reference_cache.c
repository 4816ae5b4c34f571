#include "reference_cache.h"

#include <string.h>

enum { SLOTS = 1 << 15, ENTRIES_MAX = SLOTS / 2, BYTES_MAX = 24 << 20 };

struct entry {
    struct fl_key key;
    const void *shape; /* NULL: free */
    struct fl_bytes bytes;
};

struct fl_reference_cache {
    struct entry slots[SLOTS];
    size_t count;
    struct fl_arena arena;
};

struct fl_reference_cache *fl_reference_cache_new(void)
{
    struct fl_reference_cache *cache = fl_alloc_zeroed(1, sizeof *cache);
    if (cache != NULL) {
        fl_arena_init(&cache->arena, BYTES_MAX);
    }
    return cache;
}

void fl_reference_cache_free(struct fl_reference_cache *cache)
{
    if (cache != NULL) {
        fl_arena_deinit(&cache->arena);
        fl_free(cache);
    }
}

/* The entry of that key, or the free slot where it would be. */
static size_t slot_of(
    const struct fl_reference_cache *cache,
    struct fl_key key,
    const void *shape)
{
    uint64_t hash = fl_load_u64(key.id.bytes) ^ fl_load_u64(key.id.bytes + 8) ^
                    (uint64_t)(uintptr_t)shape;
    size_t at = (size_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 40) % SLOTS;
    while (cache->slots[at].shape != NULL && (cache->slots[at].shape != shape ||
                                              !fl_key_equal(cache->slots[at].key, key))) {
        at = (at + 1) % SLOTS;
    }
    return at;
}

bool fl_reference_cache_find(
    const struct fl_reference_cache *cache,
    struct fl_key key,
    const void *shape,
    struct fl_bytes *out_bytes)
{
    const struct entry *entry = &cache->slots[slot_of(cache, key, shape)];
    *out_bytes = entry->bytes;
    return entry->shape != NULL;
}

static void forget(struct fl_reference_cache *cache)
{
    memset(cache->slots, 0, sizeof cache->slots);
    cache->count = 0;
    fl_arena_reset(&cache->arena);
}

void fl_reference_cache_keep(
    struct fl_reference_cache *cache,
    struct fl_key key,
    const void *shape,
    struct fl_bytes bytes)
{
    struct fl_bytes copy;
    if (cache->count == ENTRIES_MAX ||
        fl_arena_copy(&cache->arena, bytes, &copy) != FL_OK) {
        forget(cache);
        if (fl_arena_copy(&cache->arena, bytes, &copy) != FL_OK) {
            return; /* it is rendered anew each time */
        }
    }
    struct entry *entry = &cache->slots[slot_of(cache, key, shape)];
    cache->count += entry->shape == NULL;
    *entry = (struct entry){.key = key, .shape = shape, .bytes = copy};
}
