#include "waiting.h"

#include "change/change.h"
#include "plan/registrations.h"

enum { ENTRIES_PER_TXN = 20000 };

struct counting {
    struct fl_node *node;
    const struct fl_peer *peer;
    struct fl_registrations registrations;
    struct fl_subscription subscription;
    uint64_t most;
    uint64_t count;
    uint64_t lsn_next;
};

/* One transaction's worth, up to where another lsn begins; FL_NOT_FOUND: the end. */
static enum fl_status count_some(struct counting *counting, struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_selection selection;
    struct fl_selected selected;
    enum fl_status status = FL_OK;
    fl_txn_begin(&txn, counting->node->store, FL_TXN_READ);
    fl_selection_begin(
        &selection, counting->node, &txn, counting->peer, &counting->subscription,
        counting->lsn_next);
    for (size_t i = 0; status == FL_OK && counting->count < counting->most; i++) {
        status = fl_selection_next(&selection, &selected);
        if (status != FL_OK ||
            (i >= ENTRIES_PER_TXN && selected.entry.lsn >= counting->lsn_next)) {
            break;
        }
        counting->lsn_next = selected.entry.lsn + 1;
        counting->count +=
            fl_registrations_select(&counting->registrations, &txn, &selected);
    }
    fl_selection_end(&selection);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        (void)fl_change_txn_failure(&txn, out_error);
    }
    fl_txn_abort(&txn);
    return status;
}

enum fl_status fl_waiting_count(
    struct fl_node *node,
    const struct fl_routes *routes,
    const struct fl_peer *peer,
    uint64_t most,
    uint64_t *out_count,
    struct fl_error *out_error)
{
    struct counting counting = {
        .node = node,
        .peer = peer,
        .registrations =
            {.plan = fl_node_plan_of(node, peer),
             .peer = peer,
             .routes = routes,
             .lsn_from = peer->confirmed_lsn,
             .has_overlay = true},
        .most = most,
        .lsn_next = peer->confirmed_lsn + 1};
    enum fl_status status = fl_routing_catch_up(
        node, peer, FL_ROUTING_ALL, &counting.subscription, out_error);
    while (status == FL_OK && counting.count < most) {
        status = count_some(&counting, out_error);
    }
    *out_count = counting.count;
    return status == FL_NOT_FOUND ? FL_OK : status;
}
