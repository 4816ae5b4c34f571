#include "replication/lives.h"

#include <string.h>

void fl_lives_reach(struct fl_lives *lives, uint64_t sent, uint64_t applied)
{
    if (lives->count > 0) {
        lives->items[lives->count - 1].sent = sent;
        lives->items[lives->count - 1].applied = applied;
    }
}

static bool is_same(const struct fl_life *a, const struct fl_life *b)
{
    return a->life == b->life && fl_uuid_equal(a->own, b->own) &&
           fl_uuid_equal(a->peer, b->peer);
}

bool fl_lives_begin(struct fl_lives *lives, const struct fl_life *life)
{
    if (lives->count > 0 && is_same(&lives->items[lives->count - 1], life)) {
        return false;
    }
    if (lives->count == FL_LIVES_MAX) {
        memmove(
            lives->items, lives->items + 1, (FL_LIVES_MAX - 1) * sizeof(lives->items[0]));
        lives->count--;
        lives->cut = true;
    }
    lives->items[lives->count++] = *life;
    return true;
}

/* How many items there are up to the end of that life; 0: it is none of ours. */
static size_t up_to(const struct fl_lives *lives, uint64_t life)
{
    size_t count = lives->count;

    while (count > 0 && lives->items[count - 1].life != life) {
        count--;
    }
    return count;
}

/* What had been reached in a stream by the end of that life; false: not known. */
static bool reached(
    const struct fl_lives *lives,
    const struct fl_session_position *position,
    bool ours,
    uint64_t *out_number)
{
    size_t count = up_to(lives, position->life);
    bool known = false;

    *out_number = 0;
    for (size_t i = 0; i < count; i++) {
        const struct fl_life *item = &lives->items[i];
        uint64_t number = ours ? item->sent : item->applied;

        if (fl_uuid_equal(ours ? item->own : item->peer, position->incarnation)) {
            known = true;
            *out_number = number > *out_number ? number : *out_number;
        }
    }
    return known;
}

static bool is_of_ours(
    const struct fl_lives *lives,
    const struct fl_session_position *position,
    bool ours)
{
    uint64_t number = 0;

    if (position->number == 0 || position->life == 0) {
        return true;
    }
    return reached(lives, position, ours, &number) ? position->number <= number
                                                   : lives->cut;
}

bool fl_lives_sent(const struct fl_lives *lives, const struct fl_session_position *sent)
{
    return is_of_ours(lives, sent, /* ours= */ true);
}

bool fl_lives_applied(
    const struct fl_lives *lives,
    const struct fl_session_position *applied)
{
    return is_of_ours(lives, applied, /* ours= */ false);
}
