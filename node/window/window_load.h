/*
 * Can a node serve all that are due? Every window must have room for the rounds of its
 * nodes and of those whose windows lie within it, by what a round has cost so far.
 */

#ifndef NODE_WINDOW_WINDOW_LOAD_H
#define NODE_WINDOW_WINDOW_LOAD_H

#include "window_plan.h"

struct fl_window_load {
    uint64_t needs_s;  /* for the rounds of all that are due within it */
    uint64_t length_s; /* of it, without blackouts */
    bool overload;
};

/* `round_us`: of this node for one round; 0: unknown, and nothing is too much. */
struct fl_window_load fl_window_load(
    const struct fl_window_plan *plan,
    size_t index,
    uint64_t round_us);

/* Windows of the next days with too many; 0 too when what a round costs is not known. */
uint64_t fl_window_overloads(struct fl_node *node, unsigned days);

#endif
