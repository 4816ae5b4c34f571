#include "waiting_list.h"

#include "plan/registrations.h"
#include "replicator/link.h"
#include "routing/selection.h"
#include "storage/journal.h"
#include "waiting.h"

enum {
    ITEMS_GROWTH = 16,
    ENTRIES_PER_TXN = 4096,
    ENTRIES_LEAST = 256, /* of the journal, however many peers there are */
    ROUTED_LEAST = 16,   /* of streams, for each peer */
    ROUTED_SHARE = 10, /* an entry of a stream costs as much as so many of the journal */
};

static enum fl_status add(
    struct fl_waiting_list *list,
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity + ITEMS_GROWTH + list->capacity / 2;
        struct fl_waiting *items =
            fl_realloc(list->items, capacity * sizeof list->items[0]);
        if (items == NULL) {
            return FL_NO_MEMORY;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (struct fl_waiting){
        .peer = *peer,
        .scanned_lsn = fl_scan_kept_lsn(node, txn, peer),
        .has_overlay = fl_registrations_any(txn, peer->number)};
    return FL_OK;
}

static enum fl_status read_peers(struct fl_waiting_list *list, struct fl_node *node)
{
    struct fl_txn txn;
    struct fl_peer peer = {.number = 0};
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &list->routes);
    list->head = fl_journal_head(&txn);
    while (status == FL_OK && fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        status = add(list, node, &txn, &peer);
    }
    if (status == FL_OK) {
        status = fl_txn_status(&txn);
    }
    fl_txn_abort(&txn);
    return status;
}

/* --- by streams --- */

/* What is between is more than what waits. */
static void estimate(struct fl_waiting *item, uint64_t from, uint64_t head)
{
    if (from <= head) {
        item->count += head - from + 1;
        item->first_lsn = item->first_lsn == 0 ? from : item->first_lsn;
        item->is_estimate = true;
    }
}

/* What was registered before it was written last stands in no live entry. */
static bool has_recorded(const struct fl_node *node, const struct fl_waiting *item)
{
    struct fl_auto_recorded recorded;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool has = fl_auto_recorded_next(
                   &txn, fl_node_plan_of(node, &item->peer)->hash, item->scanned_lsn + 1,
                   &recorded) == FL_OK;
    fl_txn_abort(&txn);
    return has;
}

static enum fl_status count_routed(
    struct fl_waiting_list *list,
    struct fl_waiting *item,
    struct fl_node *node,
    uint64_t most,
    struct fl_error *out_error)
{
    struct fl_subscription subscription = {.routed = false};
    enum fl_status status = fl_routing_catch_up(
        node, &item->peer, most == UINT64_MAX ? FL_ROUTING_ALL : FL_ROUTING_SOME,
        &subscription, out_error);
    item->routed =
        subscription.routed || subscription.own > 0 || has_recorded(node, item);
    if (status == FL_BUSY) {
        item->routed = true;
        estimate(item, item->scanned_lsn + 1, list->head);
        return FL_OK;
    }
    if (status != FL_OK || !item->routed) {
        return status;
    }
    status =
        fl_waiting_count(node, &list->routes, &item->peer, most, &item->count, out_error);
    item->first_lsn = item->count > 0 ? item->scanned_lsn + 1 : 0;
    if (item->count == most && list->head > item->scanned_lsn + most) {
        item->count = 0;
        estimate(item, item->scanned_lsn + 1, list->head);
    }
    return status;
}

/* --- by the journal --- */

static void count_entry(
    struct fl_waiting_list *list,
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_entry *entry)
{
    const struct fl_selected selected = {.entry = *entry, .lsn_written = entry->lsn};
    for (size_t i = 0; i < list->count; i++) {
        struct fl_waiting *item = &list->items[i];
        const struct fl_registrations registrations = {
            .plan = fl_node_plan_of(node, &item->peer),
            .peer = &item->peer,
            .routes = &list->routes,
            .lsn_from = item->scanned_lsn,
            .has_overlay = item->has_overlay};
        if (!item->routed && fl_registrations_select(&registrations, txn, &selected)) {
            item->count++;
            item->first_lsn = item->first_lsn == 0 ? entry->lsn : item->first_lsn;
        }
    }
}

/* One transaction, which stays short. FL_NOT_FOUND: the end of the journal. */
static enum fl_status count_some(
    struct fl_waiting_list *list,
    struct fl_node *node,
    uint64_t most,
    uint64_t *lsn_next)
{
    struct fl_txn txn;
    struct fl_journal_scan scan = {0};
    struct fl_entry entry;
    enum fl_status status = FL_OK;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    fl_journal_scan_begin(&scan, &txn, *lsn_next);
    for (uint64_t i = 0; i < most && status == FL_OK; i++) {
        status = fl_journal_scan_next_live(&scan, &entry);
        if (status == FL_OK) {
            *lsn_next = entry.lsn + 1;
            count_entry(list, node, &txn, &entry);
        }
    }
    fl_journal_scan_end(&scan);
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status count_shared(
    struct fl_waiting_list *list,
    struct fl_node *node,
    uint64_t entries_max)
{
    uint64_t lsn_next = UINT64_MAX;
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < list->count; i++) {
        uint64_t first = list->items[i].scanned_lsn + 1;
        lsn_next = !list->items[i].routed && first < lsn_next ? first : lsn_next;
    }
    while (status == FL_OK && lsn_next <= list->head && entries_max > 0) {
        uint64_t most = entries_max < ENTRIES_PER_TXN ? entries_max : ENTRIES_PER_TXN;
        status = count_some(list, node, most, &lsn_next);
        entries_max -= most;
    }
    for (size_t i = 0; i < list->count && status == FL_OK; i++) {
        struct fl_waiting *item = &list->items[i];
        if (!item->routed) {
            uint64_t first = item->scanned_lsn + 1;
            estimate(item, first > lsn_next ? first : lsn_next, list->head);
        }
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

/* What the others leave of their share goes to those behind them. */
static enum fl_status count(
    struct fl_waiting_list *list,
    struct fl_node *node,
    uint64_t questions,
    struct fl_error *out_error)
{
    bool exactly = questions == FL_WAITING_EXACTLY;
    uint64_t left = questions / ROUTED_SHARE;
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < list->count && status == FL_OK; i++) {
        uint64_t share = left / (list->count - i) + ROUTED_LEAST;
        struct fl_waiting *item = &list->items[i];
        status = count_routed(list, item, node, exactly ? UINT64_MAX : share, out_error);
        uint64_t asked = item->is_estimate ? share : item->count;
        left -= !item->routed ? 0 : asked < left ? asked : left;
    }
    uint64_t entries = questions / (list->count + 1) + ENTRIES_LEAST;
    return status == FL_OK ? count_shared(list, node, exactly ? UINT64_MAX : entries)
                           : status;
}

static enum fl_status finish(enum fl_status status, struct fl_error *out_error)
{
    return status == FL_OK
               ? FL_OK
               : fl_error_set(out_error, status, "the list of nodes cannot be read");
}

enum fl_status fl_waiting_list_read(
    struct fl_waiting_list *list,
    struct fl_node *node,
    uint64_t questions,
    struct fl_error *out_error)
{
    enum fl_status status = read_peers(list, node);
    if (status == FL_OK) {
        status = count(list, node, questions, out_error);
    }
    return finish(status, out_error);
}

enum fl_status fl_waiting_list_read_one(
    struct fl_waiting_list *list,
    struct fl_node *node,
    const struct fl_peer *peer,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &list->routes);
    list->head = fl_journal_head(&txn);
    if (status == FL_OK) {
        status = add(list, node, &txn, peer);
    }
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        status = count(list, node, FL_WAITING_EXACTLY, out_error);
    }
    return finish(status, out_error);
}

void fl_waiting_list_deinit(struct fl_waiting_list *list)
{
    fl_free(list->items);
    fl_routes_deinit(&list->routes);
}
