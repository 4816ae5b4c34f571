/*
 * When the AutoRecord of types turned (storage/auto_record.h): with the settings that say
 * so, in their transaction, whether they are issued here or come from the parent; and
 * who needs to be told by the old rule no more.
 */

#ifndef NODE_PLAN_TURNS_H
#define NODE_PLAN_TURNS_H

#include "node.h"

/*
 * Settings of a plan, which were just appended to the journal, hold from here on: their
 * revision is remembered, and AutoRecord turns where they say otherwise than before.
 * `body` may be the store's.
 */
void fl_plan_turns_take(
    struct fl_txn *txn,
    const struct fl_configuration *configuration,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t revision,
    struct fl_bytes body);

/* Into `plan->auto_record`, from the store. */
enum fl_status fl_plan_turns_load(struct fl_txn *txn, struct fl_node_plan *plan);

/*
 * Where the rule in force is not what turns say (a type has another name by now, or the
 * store is of a time before there were turns), it turns here; a rule of which nothing was
 * known counts from the beginning. Loads what it changed.
 */
enum fl_status fl_plan_turns_settle(
    struct fl_store *store,
    struct fl_plans *plans,
    struct fl_error *out_error);

/* How far tidying has come. Zeroed memory is the beginning. */
struct fl_plan_turns_tidy {
    size_t plan;
    uint64_t lsn; /* of that plan; 0: not looked for yet */
};

/*
 * Forget turns that all peers of their plan have behind them, and what had registered
 * objects before: a little more. False: call again, between other work. Behind a peer
 * lies what it has confirmed and will not be sent once more if it is restored, as far as
 * messages are remembered.
 */
bool fl_plan_turns_tidy(struct fl_node *node, struct fl_plan_turns_tidy *place);

#endif
