#include "site/site_keys.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 1 << 26, RUN_KEYS = 1 << 13 };

static int compare(const void *left, const void *right)
{
    const struct fl_site_key *a = left;
    const struct fl_site_key *b = right;
    const int types = (a->type > b->type) - (a->type < b->type);
    return types != 0 ? types : fl_uuid_compare(a->id, b->id);
}

/* Each once; gives how many are left. */
static size_t drop_repeated(struct fl_site_key *items, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare(&items[kept - 1], &items[i]) == 0) {
            items[kept - 1].deleted |= items[i].deleted;
        } else {
            items[kept++] = items[i];
        }
    }
    return kept;
}

static bool is_sorted(const struct fl_site_key *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (compare(&items[i - 1], &items[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* The last run, in order, becomes a part of the one before it. */
static bool join_last(struct fl_site_keys *keys)
{
    const size_t middle = keys->runs[keys->run_count - 1];
    const size_t begin = keys->run_count == 1 ? 0 : keys->runs[keys->run_count - 2];
    const size_t right_count = keys->count - middle;
    struct fl_site_key *items = keys->items;
    keys->run_count--;
    if (middle == begin || right_count == 0 ||
        compare(&items[middle - 1], &items[middle]) < 0) {
        return true;
    }
    struct fl_site_key *right = fl_alloc(right_count * sizeof *right);
    if (right == NULL) {
        return false;
    }
    memcpy(right, items + middle, right_count * sizeof *right);
    size_t left = middle;
    size_t at = right_count;
    size_t place = keys->count;
    while (at > 0) {
        const bool takes_left =
            left > begin && compare(&items[left - 1], &right[at - 1]) > 0;
        items[--place] = takes_left ? items[--left] : right[--at];
    }
    fl_free(right);
    keys->count = begin + drop_repeated(items + begin, keys->count - begin);
    return true;
}

/*
 * What was added last is put in order; then runs are joined while the last is not far
 * smaller than the one before it, so that all of it costs n log n, a little at a time.
 */
static bool close_run(struct fl_site_keys *keys, bool all)
{
    bool kept = true;
    const size_t begin = keys->sorted;
    if (!is_sorted(keys->items + begin, keys->count - begin)) {
        qsort(keys->items + begin, keys->count - begin, sizeof *keys->items, compare);
    }
    keys->count = begin + drop_repeated(keys->items + begin, keys->count - begin);
    if (begin > 0 && keys->count > begin) {
        FL_ASSERT(keys->run_count < FL_SITE_KEYS_RUNS_MAX);
        keys->runs[keys->run_count++] = begin;
    }
    while (kept && keys->run_count > 0) {
        const size_t last = keys->runs[keys->run_count - 1];
        const size_t before =
            last - (keys->run_count == 1 ? 0 : keys->runs[keys->run_count - 2]);
        if (!all && before > 2 * (keys->count - last)) {
            break;
        }
        kept = join_last(keys);
    }
    keys->sorted = keys->count;
    return kept;
}

bool fl_site_keys_sort(struct fl_site_keys *keys)
{
    return keys->count == 0 || close_run(keys, /* all= */ true);
}

static bool grow(struct fl_site_keys *keys)
{
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

/* Keys come again and again: how many there are is known when runs are closed. */
static bool make_room(struct fl_site_keys *keys)
{
    const bool full = keys->count == keys->capacity;
    if (keys->capacity > 0 && (full || keys->count - keys->sorted == RUN_KEYS) &&
        !close_run(keys, /* all= */ false)) {
        return false;
    }
    return !full || (keys->capacity > 0 && keys->count < keys->capacity / 2) ||
           grow(keys);
}

bool fl_site_keys_add(
    struct fl_site_keys *keys,
    uint32_t type,
    struct fl_uuid id,
    bool deleted)
{
    if (!make_room(keys)) {
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
