/*
 * Registering by hand what a comparison found: for the one peer, beside its position, so
 * that journal and origin stay as they are. A deletion is not registered, whoever asks: a
 * repair never deletes.
 */

#include <string.h>

#include "compare_objects.h"
#include "plan/registrations.h"
#include "routing/routes.h"
#include "storage/quarantine.h"

enum { KEYS_PER_COMMIT = 4096 };

bool fl_compare_is_on_way(
    const struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_entry *entry)
{
    const struct fl_node_plan *plan =
        fl_node_plan_of(link->replicator->node, &link->peer);
    const struct fl_registrations registrations = {
        .plan = plan,
        .peer = &link->peer,
        .routes = &link->replicator->routes,
        .lsn_from = link->peer.confirmed_lsn,
        .has_overlay = true};
    bool by_position = fl_plan_sends(plan, &link->peer, entry) &&
                       fl_registrations_by_writing(&registrations, txn, entry);

    return fl_registrations_judge(
        txn, &link->peer, link->replicator->node->identity->incarnation,
        link->peer.confirmed_number, entry, by_position);
}

static uint8_t flags_of(const struct fl_entry *entry)
{
    if ((entry->flags & FL_ENTRY_WITHDRAWN) != 0) {
        return FL_STATE_WITHDRAWN;
    }
    return (entry->flags & FL_ENTRY_DELETED) != 0 ? FL_STATE_DELETED : FL_STATE_THERE;
}

/* What the filter of the peer does not admit is not between us. */
static bool is_shared(
    const struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    struct fl_key key)
{
    bool admits = true;

    return fl_compare_admits(link, key) &&
           fl_routing_admits(
               link->replicator->node, txn, &link->peer, subscription, key, &admits) ==
               FL_OK &&
           admits;
}

static struct fl_state state_of(
    const struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    struct fl_key key)
{
    struct fl_state state = {.flags = 0};
    struct fl_entry entry;

    if (!is_shared(link, txn, subscription, key)) {
        return state;
    }
    enum fl_status status = fl_object_get(txn, key, &entry);

    if (status == FL_OK) {
        unsigned way = fl_compare_is_on_way(link, txn, &entry) ? FL_STATE_ON_WAY : 0;
        unsigned echo =
            fl_routes_brought(
                &link->replicator->routes, &link->peer, entry.origin, entry.lsn)
                ? FL_STATE_FROM_PEER
                : 0;

        state.flags = (uint8_t)(flags_of(&entry) | way | echo);
        state.lsn = entry.lsn;
    } else if (status == FL_MALFORMED) {
        state.flags = FL_STATE_DAMAGED;
    }
    if ((state.flags & FL_STATE_THERE) != 0) {
        fl_digests_hash(key, entry.record, state.hash);
    }
    if (fl_quarantine_count(txn) > 0 && fl_quarantine_holds(txn, key)) {
        state.flags |= FL_STATE_QUARANTINED;
    }
    return state;
}

enum fl_status fl_compare_read(
    struct fl_link *link,
    const struct fl_key *keys,
    size_t count,
    struct fl_state *out_states)
{
    struct fl_subscription subscription;
    struct fl_txn txn;
    enum fl_status status = fl_routing_catch_up(
        link->replicator->node, &link->peer, FL_ROUTING_ALL, &subscription, NULL);

    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    for (size_t i = 0; i < count; i++) {
        out_states[i] = state_of(link, &txn, &subscription, keys[i]);
    }
    status = fl_txn_status(&txn);

    fl_txn_abort(&txn);
    return status;
}

/* False: it is not there, or may not be sent. What is on its way already needs no row. */
static bool register_key(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    struct fl_key key)
{
    struct fl_entry entry;

    if (!is_shared(link, txn, subscription, key) ||
        fl_object_get(txn, key, &entry) != FL_OK ||
        (entry.flags & (FL_ENTRY_WITHDRAWN | FL_ENTRY_DELETED)) != 0 ||
        !fl_plan_may_send(
            fl_node_plan_of(link->replicator->node, &link->peer), &link->peer,
            key.type)) {
        return false;
    }
    if (!fl_compare_is_on_way(link, txn, &entry)) {
        fl_registered_put(txn, link->peer.number, key);
        link->has_overlay = true;
    }
    return true;
}

enum fl_status fl_compare_register(
    struct fl_link *link,
    const struct fl_key *keys,
    size_t count,
    uint64_t *out_number)
{
    struct fl_subscription subscription;
    uint64_t number = 0;
    enum fl_status status = fl_routing_catch_up(
        link->replicator->node, &link->peer, FL_ROUTING_ALL, &subscription, NULL);

    for (size_t next = 0; next < count && status == FL_OK;) {
        struct fl_txn txn;

        fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_WRITE);
        for (size_t i = 0; i < KEYS_PER_COMMIT && next < count; i++) {
            number += register_key(link, &txn, &subscription, keys[next++]);
        }
        status = fl_txn_commit(&txn);
    }
    *out_number = number;
    return status;
}
