/*
 * filial node leave, remove, role: who is whose parent.
 */

#include <string.h>

#include "change/change.h"
#include "command_table.h"
#include "language.h"
#include "peer/peer_list.h"
#include "plan/plan_issue.h"
#include "plan/tree.h"

static enum fl_status finish(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    if (fl_txn_commit(txn) != FL_OK) {
        return fl_change_txn_failure(txn, out_error);
    }
    call->wrote = true;
    return fl_node_reload(call->node, out_error);
}

/* What was not confirmed would have to be sent again, and may meet what others have. */
static enum fl_status check_nothing_waits(
    struct fl_call *call,
    const struct fl_peer *peer,
    bool *out_waits,
    struct fl_error *out_error)
{
    enum fl_status status = fl_tree_waits(call->node, peer, out_waits, out_error);
    if (status == FL_OK && *out_waits && !fl_call_has(call, "force")) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" has not confirmed all that is registered for it: `filial sync now` "
            "first, or give --force",
            peer->code);
    }
    return status;
}

FL_HANDLER(node_leave)
{
    struct fl_peer peer;
    bool waits = false;
    enum fl_status status =
        fl_call_peer(call, NULL, call->arguments[0], &peer, out_error);
    if (status == FL_OK && !fl_peer_is_called(&peer)) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" is not a node that this one joined; `filial node revoke %s` ends the "
            "exchange with it",
            peer.code, peer.code);
    }
    if (status == FL_OK) {
        status = check_nothing_waits(call, &peer, &waits, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    (void)fl_tree_leave(&txn, &peer, waits);
    status = finish(call, &txn, out_error);
    if (status == FL_OK) {
        fl_output_text(call->output, "code", N_("code"), peer.code);
        fl_output_flag(call->output, "left", N_("left"), true);
        fl_output_say(
            call->output,
            _("There, `filial node revoke %s` and `filial node remove %s` forget this "
              "node."),
            call->node->identity->code, call->node->identity->code);
    }
    return status;
}

FL_HANDLER(node_remove)
{
    struct fl_peer peer;
    enum fl_status status =
        fl_call_peer(call, NULL, call->arguments[0], &peer, out_error);
    if (status == FL_OK && peer.state != FL_PEER_REVOKED) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "the exchange with \"%s\" goes on: `filial node revoke %s` ends it first",
            peer.code, peer.code);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    (void)fl_peers_remove(&txn, peer.number);
    status = finish(call, &txn, out_error);
    if (status == FL_OK) {
        fl_output_text(call->output, "code", N_("code"), peer.code);
        fl_output_flag(call->output, "removed", N_("removed"), true);
    }
    return status;
}

static enum fl_status check_role(
    struct fl_call *call,
    const struct fl_peer *peer,
    enum fl_peer_role role,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_peer parent;
    if (peer->role == FL_PEER_EQUAL) {
        return fl_error_set(
            out_error, FL_REFUSED, "the nodes of the plan \"%s\" are equal",
            peer->plan_name);
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status =
        fl_plan_parent(&txn, fl_node_plan_of(call->node, peer), &parent);
    fl_txn_abort(&txn);
    if (role == FL_PEER_PARENT && status == FL_OK && parent.number != peer->number) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "this node has a parent in the plan \"%s\" already: %s; `filial node leave "
            "%s` ends that",
            peer->plan_name, parent.code, parent.code);
    }
    return FL_OK;
}

FL_HANDLER(node_role)
{
    struct fl_peer peer;
    bool waits = false;
    bool parent = strcmp(call->arguments[1], "parent") == 0;
    if (!parent && strcmp(call->arguments[1], "child") != 0) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "a role is parent or child, not \"%s\"",
            call->arguments[1]);
    }
    enum fl_peer_role role = parent ? FL_PEER_PARENT : FL_PEER_CHILD;
    enum fl_status status =
        fl_call_peer(call, NULL, call->arguments[0], &peer, out_error);
    if (status == FL_OK) {
        status = check_role(call, &peer, role, out_error);
    }
    if (status == FL_OK && role != peer.role) {
        status = check_nothing_waits(call, &peer, &waits, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    peer.role = role;
    fl_peers_put(&txn, &peer);
    status = finish(call, &txn, out_error);
    if (status == FL_OK) {
        fl_output_text(call->output, "code", N_("code"), peer.code);
        fl_output_text(call->output, "role", N_("role"), fl_peer_list_role(role));
        fl_output_say(
            call->output,
            _("There, `filial node role %s %s` says the same; until then the two refuse "
              "each other."),
            call->node->identity->code, parent ? "child" : "parent");
    }
    return status;
}
