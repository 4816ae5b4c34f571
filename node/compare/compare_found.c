#include "compare_found.h"

#include <string.h>

#include "proto/bytes.h"

enum { ROOM_FIRST = 64 };

/* Room for one more of `size` bytes; `*items` moves. */
static bool make_room(void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    size_t wanted = *room > 0 ? 2 * *room : ROOM_FIRST;
    void *moved = fl_realloc(*items, wanted * size);

    if (!moved) {
        return false;
    }
    *items = moved;
    *room = wanted;
    return true;
}

/* The first type that is not below. */
static size_t place_of(const struct fl_compare_found *found, uint32_t type)
{
    size_t low = 0;
    size_t high = found->type_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (found->types[middle].type < type) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct fl_compare_type *type_of(struct fl_compare_found *found, uint32_t type)
{
    void *types = found->types;
    bool full = found->type_count >= FL_COMPARE_TYPES_MAX;
    size_t place = place_of(found, type);

    if (full && (place == found->type_count || found->types[place].type != type)) {
        type = 0;
        place = 0; /* below all others */
    }
    if (place < found->type_count && found->types[place].type == type) {
        return &found->types[place];
    }
    if (!make_room(&types, found->type_count, &found->type_room, sizeof(*found->types))) {
        return NULL;
    }
    found->types = types;
    memmove(
        &found->types[place + 1], &found->types[place],
        (found->type_count - place) * sizeof(*found->types));
    found->type_count++;
    found->types[place] = (struct fl_compare_type){.type = type};
    return &found->types[place];
}

static void add(struct fl_compare_found *found, const struct fl_difference *difference)
{
    struct fl_compare_type *type = type_of(found, difference->key.type);

    if (type) {
        struct fl_compare_kind_sum *sum = &type->by_kind[difference->kind];

        sum->count++;
        sum->newer_here += difference->newer == FL_NEWER_OURS;
        sum->newer_there += difference->newer == FL_NEWER_THEIRS;
    }
}

static void keep(struct fl_compare_found *found, const struct fl_difference *difference)
{
    void *items = found->items;

    if (found->count < FL_COMPARE_FOUND_MAX &&
        make_room(&items, found->count, &found->room, sizeof(*found->items))) {
        found->items = items;
        found->items[found->count++] = *difference;
    }
}

void fl_compare_found_put(
    struct fl_compare_found *found,
    const struct fl_difference *differences,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(found, &differences[i]);
        keep(found, &differences[i]);
    }
}

void fl_compare_found_free(struct fl_compare_found *found)
{
    fl_free(found->items);
    fl_free(found->types);
    *found = (struct fl_compare_found){.count = 0};
}
