#include "site/site_keys.h"

#include <stdlib.h>

enum { KEYS_MAX = 1 << 26 };

static int compare(const void *left, const void *right)
{
    const struct fl_site_key *a = left;
    const struct fl_site_key *b = right;
    const int types = (a->type > b->type) - (a->type < b->type);
    return types != 0 ? types : fl_uuid_compare(a->id, b->id);
}

void fl_site_keys_sort(struct fl_site_keys *keys)
{
    size_t kept = 0;
    if (keys->count == 0) {
        return;
    }
    qsort(keys->items, keys->count, sizeof *keys->items, compare);
    for (size_t i = 0; i < keys->count; i++) {
        if (kept > 0 && compare(&keys->items[kept - 1], &keys->items[i]) == 0) {
            keys->items[kept - 1].deleted |= keys->items[i].deleted;
        } else {
            keys->items[kept++] = keys->items[i];
        }
    }
    keys->count = kept;
}

/* Keys come again and again: their number is known when each stands once. */
static bool grow(struct fl_site_keys *keys)
{
    fl_site_keys_sort(keys);
    if (keys->count < keys->capacity / 2) {
        return true;
    }
    const size_t capacity = keys->capacity == 0 ? 64 : keys->capacity * 2;
    struct fl_site_key *items =
        capacity > KEYS_MAX ? NULL : fl_realloc(keys->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    keys->items = items;
    keys->capacity = capacity;
    return true;
}

bool fl_site_keys_add(
    struct fl_site_keys *keys,
    uint32_t type,
    struct fl_uuid id,
    bool deleted)
{
    if (keys->count == keys->capacity && !grow(keys)) {
        return false;
    }
    keys->items[keys->count++] =
        (struct fl_site_key){.type = type, .id = id, .deleted = deleted};
    return true;
}

bool fl_site_keys_have(const struct fl_site_keys *keys, uint32_t type, struct fl_uuid id)
{
    const struct fl_site_key wanted = {.type = type, .id = id};
    return keys->count > 0 &&
           bsearch(&wanted, keys->items, keys->count, sizeof wanted, compare) != NULL;
}

void fl_site_keys_deinit(struct fl_site_keys *keys)
{
    fl_free(keys->items);
    *keys = (struct fl_site_keys){.count = 0};
}

bool fl_site_keys_first(
    struct fl_site_keys *keys,
    struct fl_txn *txn,
    const struct fl_type *type)
{
    struct fl_object_walk walk;
    struct fl_entry entry;
    bool found = false;
    fl_object_walk_begin(&walk, txn, (struct fl_key){.type = type->number});
    while (!found && fl_object_walk_next(&walk, &entry) == FL_OK &&
           entry.key.type == type->number) {
        found = (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0 &&
                fl_site_keys_add(keys, entry.key.type, entry.key.id, false);
    }
    fl_object_walk_end(&walk);
    return found;
}
