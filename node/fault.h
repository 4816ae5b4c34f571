/*
 * Drills: a fault that operators ask for in node.conf, to see with their own eyes what a
 * node does about it. Each happens once in the life of a store, and the log tells.
 *
 *     fault = cut-message 1      the connection is cut in the middle of the 1st message
 * sent fault = repeat-message 1   the 1st message sent is sent again after its
 * confirmation fault = exit-apply 1       the process dies while it applies the 1st
 * message
 */

#ifndef NODE_FAULT_H
#define NODE_FAULT_H

#include "node.h"

enum fl_fault_kind {
    FL_FAULT_NONE = 0,
    FL_FAULT_CUT_MESSAGE,
    FL_FAULT_REPEAT_MESSAGE,
    FL_FAULT_EXIT_APPLY,
};

struct fl_fault {
    enum fl_fault_kind kind;
    uint64_t at;    /* the how-manieth, counted since the process began */
    uint64_t count; /* how many there were */
};

/* What node.conf asks for and has not happened yet. */
struct fl_fault fl_fault_of(struct fl_node *node);

/* One more of `kind` happens: is it the one? */
bool fl_fault_strikes(struct fl_fault *fault, enum fl_fault_kind kind);

/* Remember durably that it has happened, and log it. */
void fl_fault_done(struct fl_node *node, struct fl_fault *fault);

#endif
