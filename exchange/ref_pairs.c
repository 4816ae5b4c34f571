#include "exchange/ref_pairs.h"

#include <string.h>

enum { CAPACITY_MIN = 16 };

static struct fl_uuid side_of(const struct fl_ref_pair *pair, bool ours)
{
    return ours ? pair->ours : pair->theirs;
}

/* The first place whose pair is not less. */
static size_t place_of(
    const struct fl_ref_pair *items,
    size_t count,
    bool ours,
    uint32_t type,
    struct fl_uuid id)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct fl_ref_pair *const pair = &items[middle];
        const bool is_less = pair->type != type
                                 ? pair->type < type
                                 : fl_uuid_compare(side_of(pair, ours), id) < 0;

        if (is_less) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct fl_ref_pair *find(
    const struct fl_ref_pairs *pairs,
    bool ours,
    uint32_t type,
    struct fl_uuid id)
{
    const struct fl_ref_pair *const items = ours ? pairs->by_ours : pairs->by_theirs;
    const size_t place = place_of(items, pairs->count, ours, type, id);

    return place < pairs->count && items[place].type == type &&
                   fl_uuid_equal(side_of(&items[place], ours), id)
               ? &items[place]
               : NULL;
}

static void take_out(struct fl_ref_pairs *pairs, const struct fl_ref_pair *known)
{
    const struct fl_ref_pair pair = *known;

    for (int side = 0; side < 2; side++) {
        struct fl_ref_pair *const items = side ? pairs->by_ours : pairs->by_theirs;
        const size_t place =
            place_of(items, pairs->count, side, pair.type, side_of(&pair, side));

        memmove(
            items + place, items + place + 1,
            (pairs->count - place - 1) * sizeof(*items));
    }
    pairs->count--;
}

static bool grow(struct fl_ref_pairs *pairs)
{
    const size_t capacity = pairs->capacity ? pairs->capacity * 2 : CAPACITY_MIN;
    struct fl_ref_pair *theirs = NULL;
    struct fl_ref_pair *ours = NULL;

    if (pairs->count < pairs->capacity) {
        return true;
    }
    theirs = fl_realloc(pairs->by_theirs, capacity * sizeof(*theirs));
    if (theirs) {
        pairs->by_theirs = theirs;
        ours = fl_realloc(pairs->by_ours, capacity * sizeof(*ours));
    }
    if (ours) {
        pairs->by_ours = ours;
        pairs->capacity = capacity;
    }
    return ours != NULL;
}

enum fl_status fl_ref_pairs_put(struct fl_ref_pairs *pairs, struct fl_ref_pair pair)
{
    const struct fl_ref_pair *known = find(pairs, false, pair.type, pair.theirs);

    if (known) {
        take_out(pairs, known);
    }
    known = find(pairs, true, pair.type, pair.ours);
    if (known) {
        take_out(pairs, known);
    }
    if (fl_uuid_equal(pair.theirs, pair.ours)) {
        return FL_OK;
    }
    if (pairs->count == FL_REF_PAIRS_MAX) {
        return FL_LIMIT;
    }
    if (!grow(pairs)) {
        return FL_NO_MEMORY;
    }
    for (int side = 0; side < 2; side++) {
        struct fl_ref_pair *const items = side ? pairs->by_ours : pairs->by_theirs;
        const size_t place =
            place_of(items, pairs->count, side, pair.type, side_of(&pair, side));

        memmove(
            items + place + 1, items + place, (pairs->count - place) * sizeof(*items));
        items[place] = pair;
    }
    pairs->count++;
    return FL_OK;
}

struct fl_uuid fl_ref_pairs_ours(
    const struct fl_ref_pairs *pairs,
    uint32_t type,
    struct fl_uuid theirs)
{
    const struct fl_ref_pair *const known =
        pairs && pairs->count > 0 ? find(pairs, false, type, theirs) : NULL;

    return known ? known->ours : theirs;
}

struct fl_uuid fl_ref_pairs_theirs(
    const struct fl_ref_pairs *pairs,
    uint32_t type,
    struct fl_uuid ours)
{
    const struct fl_ref_pair *const known =
        pairs && pairs->count > 0 ? find(pairs, true, type, ours) : NULL;

    return known ? known->theirs : ours;
}

void fl_ref_pairs_deinit(struct fl_ref_pairs *pairs)
{
    fl_free(pairs->by_theirs);
    fl_free(pairs->by_ours);
    *pairs = (struct fl_ref_pairs){.count = 0};
}
