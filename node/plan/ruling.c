#include "ruling.h"

#include "storage/messages.h"

enum fl_collision_rule fl_collision_rule_of(enum fl_plan_collision collision)
{
    switch (collision) {
    case FL_PLAN_CHILD_WINS:
        return FL_COLLISION_CHILD_WINS;
    case FL_PLAN_BY_HAND:
        return FL_COLLISION_BY_HAND;
    case FL_PLAN_AS_PLAN:
    case FL_PLAN_PARENT_WINS:
        break;
    }
    return FL_COLLISION_PARENT_WINS;
}

enum fl_collision_hook fl_collision_hook_of(enum fl_plan_receive receive)
{
    switch (receive) {
    case FL_PLAN_RECEIVE_ACCEPT:
        return FL_COLLISION_HOOK_ACCEPT;
    case FL_PLAN_RECEIVE_IGNORE:
    case FL_PLAN_RECEIVE_RETURN:
        return FL_COLLISION_HOOK_IGNORE;
    case FL_PLAN_RECEIVE_AUTO:
        break;
    }
    return FL_COLLISION_HOOK_AUTO;
}

enum fl_collision_reason fl_collision_reason(
    enum fl_collision_rule rule,
    const struct fl_collision_decision *decision)
{
    if (decision->banned) {
        return FL_COLLISION_REASON_BANNED;
    }
    switch (rule) {
    case FL_COLLISION_CHILD_WINS:
        return FL_COLLISION_REASON_CHILD_WINS;
    case FL_COLLISION_BY_HAND:
        return FL_COLLISION_REASON_BY_HAND;
    case FL_COLLISION_PARENT_WINS:
        break;
    }
    return FL_COLLISION_REASON_PARENT_WINS;
}

/*
 * The edition under which our change went out: that of the last message that carried its
 * lsn, as the parent judges by it. What has not gone out goes by the present one.
 */
static uint64_t edition_sent(
    const struct fl_link *link,
    struct fl_txn *txn,
    uint64_t edition,
    uint64_t lsn)
{
    struct fl_peer_stream stream = {
        .peer = link->peer.number,
        .incarnation = link->replicator->node->identity->incarnation};
    struct fl_sent_message message;

    if (fl_messages_last(txn, stream, &message) != FL_OK || message.lsn_to < lsn) {
        return edition;
    }
    for (int i = 0; i < FL_MESSAGES_REMEMBERED; i++) {
        if (message.lsn_from < lsn && lsn <= message.lsn_to) {
            return message.rules;
        }
        /* Numbers may have gaps, but bases name what came before. */
        if (message.base_number == 0 ||
            fl_messages_get(txn, stream, message.base_number, &message) != FL_OK) {
            break;
        }
    }
    return edition;
}

void fl_link_ruling(
    const struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_message_header *header,
    const struct fl_entry *ours,
    struct fl_collision_case *facts)
{
    const struct fl_node *node = link->replicator->node;
    const struct fl_node_plan *plan = fl_node_plan_of(node, &link->peer);

    if (link->peer.role == FL_PEER_EQUAL) {
        /* No rule decides; until a person does, both keep what the lower node has. */
        facts->rule = FL_COLLISION_BY_HAND;
        facts->from_parent = fl_uuid_compare(link->peer.node, node->identity->node) < 0;
        return;
    }
    uint64_t edition = facts->from_parent
                           ? edition_sent(link, txn, plan->edition, ours->lsn)
                           : header->rules;

    /* The child judges by a rule that is not known here: it gets what comes of ours. */
    facts->send_back =
        facts->send_back || (!facts->from_parent && !fl_plan_knows(plan, txn, edition));
    facts->rule = fl_collision_rule_of(
        fl_plan_collision_at(plan, txn, edition, node->configuration, ours->key.type));
}
