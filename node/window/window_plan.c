#include "window_plan.h"

#include <stdlib.h>
#include <string.h>

#include "occurrences.h"

static const int64_t DAY_MS = INT64_C(86400000);

static int compare(const void *a, const void *b)
{
    const struct fl_window_planned *left = a;
    const struct fl_window_planned *right = b;
    if (left->begin_ms != right->begin_ms) {
        return left->begin_ms < right->begin_ms ? -1 : 1;
    }
    return strcmp(left->window->name, right->window->name);
}

/* Children of this node that a group names. */
static uint64_t nodes_of(
    const struct fl_calendar *calendar,
    struct fl_txn *txn,
    const char *group)
{
    struct fl_peer peer = {.number = 0};
    uint64_t count = 0;

    while (fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        count += peer.format == FL_PEER_NATIVE && peer.state == FL_PEER_ACTIVE &&
                 peer.role == FL_PEER_CHILD &&
                 fl_calendar_is_member(calendar, group, peer.code);
    }
    return count;
}

/* An endpoint of this node, or whoever else of the tree has this code. */
static bool concerns(
    const struct fl_calendar *calendar,
    struct fl_txn *txn,
    const struct fl_window *window,
    const char *code)
{
    struct fl_windows_asker asker = {.code = code};
    struct fl_peer peer = {.number = 0};

    while (!asker.named_only && fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        asker.named_only = peer.format != FL_PEER_NATIVE && strcmp(peer.code, code) == 0;
    }
    return fl_windows_concern(calendar, window, &asker);
}

static void gather(
    struct fl_node *node,
    const char *code,
    unsigned days,
    struct fl_occurrence *occurrences,
    struct fl_window_plan *plan)
{
    const struct fl_calendar *calendar = &node->windows.calendar;
    int64_t from_ms = fl_node_now_ms();
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    for (size_t i = 0; i < calendar->window_count; i++) {
        const struct fl_window *window = &calendar->windows[i];

        if (code != NULL && !concerns(calendar, &txn, window, code)) {
            continue;
        }
        uint64_t nodes = nodes_of(calendar, &txn, window->group);
        size_t count = fl_window_occurrences(
            window, from_ms, from_ms + (int64_t)days * DAY_MS, occurrences,
            FL_OCCURRENCES_MAX);

        for (size_t j = 0; j < count && plan->count < FL_WINDOW_PLAN_MAX; j++) {
            plan->items[plan->count++] = (struct fl_window_planned){
                .window = window,
                .begin_ms = occurrences[j].begin_ms,
                .end_ms = occurrences[j].end_ms,
                .nodes = nodes};
        }
    }
    fl_txn_abort(&txn);
    qsort(plan->items, plan->count, sizeof plan->items[0], compare);
}

enum fl_status fl_window_plan_new(
    struct fl_node *node,
    const char *code,
    unsigned days,
    struct fl_window_plan **out_plan)
{
    struct fl_occurrence *occurrences =
        fl_alloc(FL_OCCURRENCES_MAX * sizeof *occurrences);
    struct fl_window_plan *plan = fl_alloc_zeroed(1, sizeof *plan);

    if (occurrences == NULL || plan == NULL) {
        fl_free(occurrences);
        fl_free(plan);
        return FL_NO_MEMORY;
    }
    gather(node, code, days, occurrences, plan);
    fl_free(occurrences);
    *out_plan = plan;
    return FL_OK;
}
