/*
 * The windows of some days, in order, with how many nodes each is for; and those that
 * have more than this node can serve.
 */

#ifndef NODE_WINDOW_WINDOW_PLAN_H
#define NODE_WINDOW_WINDOW_PLAN_H

#include "node.h"

enum { FL_WINDOW_PLAN_MAX = 5000 };

struct fl_window_planned {
    const struct fl_window *window;
    int64_t begin_ms;
    int64_t end_ms;
    uint64_t nodes; /* children of this node */
};

struct fl_window_plan {
    size_t count; /* by beginning, then by name */
    struct fl_window_planned items[FL_WINDOW_PLAN_MAX];
};

/*
 * From now on for some days; `code` NULL: of everybody. The plan is the caller's, to end
 * with fl_free(), and lives as long as the calendar in force.
 */
enum fl_status fl_window_plan_new(
    struct fl_node *node,
    const char *code,
    unsigned days,
    struct fl_window_plan **out_plan);

#endif
