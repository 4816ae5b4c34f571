#include "name_index.h"

#include <string.h>

struct slot {
    const char *name; /* NULL: free */
    size_t size;
    uint64_t hash;
    size_t position;
};

struct fl_name_index {
    size_t mask;
    struct slot slots[];
};

/* Eight bytes at once. Names come from who made the configuration, not from peers. */
static uint64_t hash_name(struct fl_bytes name)
{
    const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = name.size * factor;
    uint64_t word;
    size_t at = 0;

    for (; name.size - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, name.data + at, sizeof(word));
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
    }
    word = 0;
    if (at < name.size) {
        memcpy(&word, name.data + at, name.size - at);
    }
    hash = (hash ^ word) * factor;
    return hash ^ hash >> 32;
}

/* The slot that holds `name`, or the free one where it belongs. */
static const struct slot *seek(
    const struct fl_name_index *index,
    struct fl_bytes name,
    uint64_t hash)
{
    size_t at = (size_t)hash & index->mask;

    for (;;) {
        const struct slot *const slot = &index->slots[at];

        if (!slot->name || (slot->hash == hash && slot->size == name.size &&
                            memcmp(slot->name, name.data, name.size) == 0)) {
            return slot;
        }
        at = (at + 1) & index->mask;
    }
}

enum fl_status fl_name_index_new(
    struct fl_arena *arena,
    const void *names,
    size_t count,
    size_t stride,
    struct fl_name_index **out_index,
    const char **out_twice)
{
    size_t slot_count = 2;

    while (slot_count < count * 2) {
        slot_count *= 2;
    }
    const size_t bytes = sizeof(struct fl_name_index) + slot_count * sizeof(struct slot);
    struct fl_name_index *index = fl_arena_alloc(arena, bytes);

    if (!index) {
        return fl_arena_failure(arena, bytes);
    }
    index->mask = slot_count - 1;
    for (size_t i = 0; i < count; i++) {
        const char *text;

        memcpy(&text, (const uint8_t *)names + i * stride, sizeof(text));
        const struct fl_bytes name = fl_bytes_of_text(text);
        const uint64_t hash = hash_name(name);
        const size_t at = (size_t)(seek(index, name, hash) - index->slots);

        if (index->slots[at].name) {
            *out_twice = text;
            return FL_REFUSED;
        }
        index->slots[at] = (struct slot){text, name.size, hash, i};
    }
    *out_index = index;
    return FL_OK;
}

ptrdiff_t fl_name_index_find(const struct fl_name_index *index, struct fl_bytes name)
{
    if (name.size == 0) {
        return FL_NAME_NOT_FOUND;
    }
    const struct slot *const slot = seek(index, name, hash_name(name));

    return slot->name ? (ptrdiff_t)slot->position : FL_NAME_NOT_FOUND;
}
