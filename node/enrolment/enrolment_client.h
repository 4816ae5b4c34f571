/*
 * How a branch joins its parent: by the token of an invitation.
 */

#ifndef NODE_ENROLMENT_CLIENT_H
#define NODE_ENROLMENT_CLIENT_H

#include "node.h"
#include "proto/enrolment.h"

/*
 * Ask the parent of `token`, at most 10 s, and on acceptance keep it as this node's
 * parent, with its installation and plan, in one transaction. The caller calls
 * fl_node_reload() afterwards. Asking again after a lost answer is fine.
 * FL_MALFORMED: the token; FL_REFUSED: a rule, here or at the parent; FL_NOT_FOUND: no
 * answer; each in words. `*out_waits`: an operator there must approve this node yet. A
 * configuration other than the parent's is a line in the log.
 */
enum fl_status fl_enrolment_join(
    struct fl_node *node,
    const char *token,
    bool *out_waits,
    struct fl_error *out_error);

/* An invitation is usable by this node, as far as it can tell itself. Wiped by the
 * caller. */
enum fl_status fl_enrolment_check(
    struct fl_node *node,
    const char *token_text,
    struct fl_enrolment_invitation *out_token,
    struct fl_error *out_error);
/* The request of this node; the same again gives the same bytes. */
enum fl_status fl_enrolment_make_request(
    const struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    struct fl_buffer *out_request);
/* What the parent said, in words when it refused; else it is kept as the parent. */
enum fl_status fl_enrolment_take_answer(
    struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    const struct fl_enrolment_answer *answer,
    bool *out_waits,
    struct fl_error *out_error);

#endif
