#include "explain.h"

#include "daemon/daemon.h"
#include "peer_list.h"
#include "storage/quarantine.h"

enum { LONG_MS = 24 * 60 * 60 * 1000 };

static uint64_t count_quarantined(struct fl_txn *txn, uint32_t peer)
{
    struct fl_quarantined quarantined = {.id = 0};
    uint64_t count = 0;
    while (fl_quarantine_next(txn, quarantined.id, &quarantined) == FL_OK) {
        count += quarantined.peer == peer;
    }
    return count;
}

static const struct fl_history_event *last_event(const struct fl_history *history)
{
    return history->event_count > 0 ? &history->events[history->event_count - 1] : NULL;
}

struct fl_uuid fl_explain_refused(const struct fl_explanation *explanation)
{
    const struct fl_history *history = &explanation->history;
    for (size_t i = history->event_count; i > 0; i--) {
        const struct fl_history_event *event = &history->events[i - 1];
        if (event->kind == FL_HISTORY_PARENT_REFUSED) {
            return fl_uuid_equal(event->incarnation, explanation->peer.incarnation) ||
                           fl_uuid_equal(event->incarnation, history->admitted)
                       ? (struct fl_uuid){{0}}
                       : event->incarnation;
        }
        if (event->kind == FL_HISTORY_PEER_RESTORED) {
            break;
        }
    }
    return (struct fl_uuid){{0}};
}

static int64_t heard_ms(const struct fl_peer *peer)
{
    return peer->last_received_ms > peer->last_confirmed_ms ? peer->last_received_ms
                                                            : peer->last_confirmed_ms;
}

/* Who was never heard of is not late before it could have come. */
static bool is_silent_for_long(const struct fl_peer *peer)
{
    int64_t heard = heard_ms(peer);

    return fl_node_now_ms() - (heard > 0 ? heard : peer->created_ms) > LONG_MS;
}

/* The peer refused us, and nothing has come of it since. */
static bool is_refused_there(const struct fl_explanation *explanation)
{
    const struct fl_history_event *last = last_event(&explanation->history);
    return last != NULL && last->kind == FL_HISTORY_REFUSED_BY_PEER &&
           last->last_ms >= heard_ms(&explanation->peer) &&
           explanation->connected_ms == 0;
}

static void find_needs(const struct fl_node *node, struct fl_explanation *explanation)
{
    const struct fl_peer *peer = &explanation->peer;
    const struct fl_history_event *last = last_event(&explanation->history);
    bool *needs = explanation->needs;
    bool refused = is_refused_there(explanation);
    bool native = peer->format == FL_PEER_NATIVE && peer->state == FL_PEER_ACTIVE;
    needs[FL_EXPLAIN_ADOPT] = node->home != FL_HOME_OURS;
    needs[FL_EXPLAIN_START] = native && node->daemon == NULL;
    needs[FL_EXPLAIN_RESUME] = peer->state == FL_PEER_SUSPENDED;
    needs[FL_EXPLAIN_INVITE] = peer->state == FL_PEER_REVOKED;
    needs[FL_EXPLAIN_STOP_COPY] = explanation->history.held_count > 0 ||
                                  (last != NULL && last->kind == FL_HISTORY_HELD_COPY);
    needs[FL_EXPLAIN_LOOK_AT_CHANGES] = explanation->history.changes_held;
    needs[FL_EXPLAIN_CONFIRM_THERE] = !fl_uuid_is_zero(fl_explain_refused(explanation));
    bool may_be_restored = peer->role == FL_PEER_CHILD && !explanation->shut_out;
    needs[FL_EXPLAIN_CONFIRM_HERE] = refused && may_be_restored;
    needs[FL_EXPLAIN_DECIDE_THERE] = refused && !may_be_restored;
    needs[FL_EXPLAIN_QUARANTINE] = explanation->quarantined > 0;
    needs[FL_EXPLAIN_FORKED] = last != NULL && last->kind == FL_HISTORY_FORKED;
    needs[FL_EXPLAIN_CONNECT] = native && node->daemon != NULL && !refused &&
                                explanation->connected_ms == 0 &&
                                is_silent_for_long(peer);
    bool any = false;
    for (int i = FL_EXPLAIN_NOTHING + 1; i < FL_EXPLAIN_COUNT; i++) {
        any = any || needs[i];
    }
    needs[FL_EXPLAIN_NOTHING] = !any;
}

enum fl_status fl_explain(
    struct fl_node *node,
    const char *code,
    struct fl_explanation *out_explanation,
    struct fl_error *out_error)
{
    struct fl_explanation *explanation = out_explanation;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status =
        fl_plans_peer(&node->plans, &txn, fl_bytes_of_text(code), &explanation->peer);
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "there is no node with the code \"%s\"; `filial node list` shows them", code);
    }
    uint32_t number = explanation->peer.number;
    fl_history_get(&txn, number, &explanation->history);
    status = fl_positions_list(
        &txn, number, explanation->positions, &explanation->position_count);
    explanation->quarantined = count_quarantined(&txn, number);
    fl_txn_abort(&txn);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return fl_error_set(out_error, status, "the position cannot be read");
    }
    enum fl_status failure = FL_OK;
    if (node->daemon != NULL) {
        explanation->connected_ms = fl_daemon_connected_ms(node->daemon, number);
        explanation->shut_out = fl_daemon_is_shut_out(node->daemon, number);
        explanation->trouble = fl_daemon_line_trouble(node->daemon, number, &failure);
    }
    status =
        fl_peer_list_waiting(node, &explanation->peer, &explanation->waiting, out_error);
    if (status == FL_OK) {
        explanation->needs[FL_EXPLAIN_LET_IN] =
            failure == FL_REFUSED && explanation->peer.role == FL_PEER_PARENT &&
            !is_refused_there(explanation);
        find_needs(node, explanation);
    }
    return status;
}
