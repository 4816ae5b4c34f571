/*
 * By which rule a collision is decided: that of the plan and type, in the edition that
 * both sides judge by (PROTOCOL.md, "Which rules decide").
 */

#ifndef NODE_RULING_H
#define NODE_RULING_H

#include "replication/collision.h"
#include "replicator/link.h"
#include "storage/collisions.h"

/*
 * Fill in `rule` and `from_parent` of a change that collides with `ours`. `header` is
 * that of the message which brought it.
 */
void fl_link_ruling(
    const struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_message_header *header,
    const struct fl_entry *ours,
    struct fl_collision_case *facts);

enum fl_collision_rule fl_collision_rule_of(enum fl_plan_collision collision);

enum fl_collision_hook fl_collision_hook_of(enum fl_plan_receive receive);

/* How the journal of collisions calls it. */
enum fl_collision_reason fl_collision_reason(
    enum fl_collision_rule rule,
    const struct fl_collision_decision *decision);

#endif
