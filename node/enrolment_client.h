/*
 * How a branch joins its parent: by the token of an invitation.
 */

#ifndef NODE_ENROLMENT_CLIENT_H
#define NODE_ENROLMENT_CLIENT_H

#include "node.h"

/*
 * Ask the parent of `token`, at most 10 s, and on acceptance keep it as this node's
 * parent, with its installation and plan, in one transaction. The caller calls
 * fl_node_reload() afterwards. Asking again after a lost answer is fine.
 * FL_MALFORMED: the token; FL_REFUSED: a rule, here or at the parent; FL_NOT_FOUND: no
 * answer; each in words. A configuration other than the parent's is a line in the log.
 */
enum fl_status fl_enrolment_join(
    struct fl_node *node,
    const char *token,
    struct fl_error *out_error);

#endif
