/*
 * Changing what the nodes of a plan have agreed on: read the settings in force, change
 * them, issue them under the next revision, signed. Only the node that has no parent in
 * the plan may.
 */

#ifndef NODE_PLAN_ISSUE_H
#define NODE_PLAN_ISSUE_H

#include "node.h"

/* Settings being changed: their memory is an arena of their own. */
struct fl_plan_draft {
    struct fl_node *node;
    struct fl_plan_settings settings; /* `rules` has room for FL_PLAN_RULES_MAX */
    struct fl_arena arena;
    uint64_t revision; /* of what is in force; 0: a new plan */
};

/*
 * A draft of the settings of `plan`. FL_REFUSED: the plan's parent governs it. End with
 * fl_plan_draft_deinit() in any case.
 */
enum fl_status fl_plan_draft_begin(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    struct fl_plan_draft *out_draft,
    struct fl_error *out_error);

/* A draft of a new plan. FL_REFUSED: there is one of that name. */
enum fl_status fl_plan_draft_new(
    struct fl_node *node,
    const char *name,
    enum fl_plan_kind kind,
    struct fl_plan_draft *out_draft,
    struct fl_error *out_error);

/* The rule of a type, made when there is none yet. NULL: too many, or no memory. */
struct fl_plan_rule *fl_plan_draft_rule(struct fl_plan_draft *draft, const char *type);
void fl_plan_draft_remove(struct fl_plan_draft *draft, const char *type);
/* A copy that lives as long as the draft. NULL without memory. */
const char *fl_plan_draft_text(struct fl_plan_draft *draft, const char *text);

/*
 * Take over the composition that the configuration gives, so that types can be added
 * and removed one by one.
 */
enum fl_status fl_plan_draft_compose(
    struct fl_plan_draft *draft,
    const struct fl_node_plan *plan);

/* Durably; the node is reloaded. `*out_revision` is the new one. */
enum fl_status fl_plan_draft_issue(
    struct fl_plan_draft *draft,
    uint64_t *out_revision,
    struct fl_error *out_error);

void fl_plan_draft_deinit(struct fl_plan_draft *draft);

/* Who governs the plan: FL_OK and the peer, or FL_NOT_FOUND: this node itself. */
enum fl_status fl_plan_parent(
    struct fl_txn *txn,
    const struct fl_node_plan *plan,
    struct fl_peer *out_peer);

#endif
