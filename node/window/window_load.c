#include "window_load.h"

#include <string.h>

#include "daemon/daemon.h"

static bool is_within(
    const struct fl_window_planned *inner,
    const struct fl_window_planned *outer)
{
    return inner->begin_ms >= outer->begin_ms && inner->end_ms <= outer->end_ms;
}

/* What a blackout takes of a window, when it is for all or for the same nodes. */
static int64_t taken_ms(
    const struct fl_window_planned *blackout,
    const struct fl_window_planned *planned)
{
    int64_t begin_ms =
        blackout->begin_ms > planned->begin_ms ? blackout->begin_ms : planned->begin_ms;
    int64_t end_ms =
        blackout->end_ms < planned->end_ms ? blackout->end_ms : planned->end_ms;
    bool concerns = strcmp(blackout->window->group, "all") == 0 ||
                    strcmp(blackout->window->group, planned->window->group) == 0;

    return concerns && end_ms > begin_ms ? end_ms - begin_ms : 0;
}

struct fl_window_load fl_window_load(
    const struct fl_window_plan *plan,
    size_t index,
    uint64_t round_us)
{
    const struct fl_window_planned *planned = &plan->items[index];
    struct fl_window_load load = {.needs_s = 0};
    int64_t length_ms = planned->end_ms - planned->begin_ms;
    uint64_t nodes = 0;

    if (planned->window->blackout) {
        return load;
    }
    /* By beginning: nothing behind the end of this one is of interest. */
    for (size_t i = 0; i < plan->count && plan->items[i].begin_ms < planned->end_ms;
         i++) {
        if (plan->items[i].window->blackout) {
            length_ms -= taken_ms(&plan->items[i], planned);
        } else if (is_within(&plan->items[i], planned)) {
            nodes += plan->items[i].nodes;
        }
    }
    load.length_s = length_ms > 0 ? (uint64_t)length_ms / 1000 : 0;
    load.needs_s = (nodes * round_us + 999999) / 1000000;
    load.overload = round_us > 0 && load.needs_s > load.length_s;
    return load;
}

uint64_t fl_window_overloads(struct fl_node *node, unsigned days)
{
    uint64_t round_us = node->daemon != NULL ? fl_daemon_round_us(node->daemon) : 0;
    struct fl_window_plan *plan = NULL;
    uint64_t count = 0;

    if (round_us == 0 ||
        fl_window_plan_new(node, /* code= */ NULL, days, &plan) != FL_OK) {
        return 0;
    }
    for (size_t i = 0; i < plan->count; i++) {
        count += fl_window_load(plan, i, round_us).overload;
    }
    fl_free(plan);
    return count;
}
