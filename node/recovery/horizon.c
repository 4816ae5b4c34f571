/*
 * How old an entry of the journal is, is known from marks: a moment of the clock, and
 * the head of the journal then. They are one setting: ms i64, lsn u64 each, rising.
 */

#include "horizon.h"

#include <inttypes.h>
#include <string.h>

#include "compare/compare.h"
#include "compare/compare_objects.h"
#include "log.h"
#include "storage/registered.h"
#include "storage/settings.h"

#define MARKS_SETTING "horizon/marks"

enum {
    MARKS_PER_HORIZON = 64,
    MARKS_MAX = 2 * MARKS_PER_HORIZON,
    MARK_BYTES = 16,
    HEARD_EVERY_MS = 3600 * 1000, /* the store learns that a peer is there so often */
    AGAIN_MS = 60000,             /* a comparison that failed is begun again after */
};

struct mark {
    int64_t ms;
    uint64_t lsn;
};

struct marks {
    struct mark items[MARKS_MAX];
    size_t count;
    bool changed;
};

/* -- marks -- */

static void read_marks(struct fl_txn *txn, struct marks *marks)
{
    struct fl_bytes value;

    if (fl_settings_get(txn, fl_bytes_of_text(MARKS_SETTING), &value) != FL_OK) {
        return;
    }
    struct fl_reader reader = fl_reader_of(value);

    while (marks->count < MARKS_MAX && fl_reader_left(&reader) >= MARK_BYTES) {
        struct mark *mark = &marks->items[marks->count++];

        mark->ms = (int64_t)fl_reader_u64(&reader);
        mark->lsn = fl_reader_u64(&reader);
    }
}

static void put_marks(struct fl_txn *txn, const struct marks *marks)
{
    uint8_t bytes[MARKS_MAX * MARK_BYTES];

    for (size_t i = 0; i < marks->count; i++) {
        fl_store_u64(bytes + i * MARK_BYTES, (uint64_t)marks->items[i].ms);
        fl_store_u64(bytes + i * MARK_BYTES + 8, marks->items[i].lsn);
    }
    fl_settings_put(
        txn, fl_bytes_of_text(MARKS_SETTING),
        (struct fl_bytes){bytes, marks->count * MARK_BYTES});
}

static void drop_first(struct marks *marks)
{
    marks->count--;
    memmove(&marks->items[0], &marks->items[1], marks->count * sizeof(marks->items[0]));
    marks->changed = true;
}

/* Up to where everything is older than the horizon; and a mark for later. */
static uint64_t old_lsn(
    struct marks *marks,
    int64_t clock_ms,
    int64_t horizon_ms,
    uint64_t head)
{
    /* The clock was set back: those marks tell nothing. */
    while (marks->count > 0 && marks->items[marks->count - 1].ms > clock_ms) {
        marks->count--;
        marks->changed = true;
    }
    while (marks->count > 1 && marks->items[1].ms <= clock_ms - horizon_ms) {
        drop_first(marks);
    }
    const struct mark *last = marks->count > 0 ? &marks->items[marks->count - 1] : NULL;

    if (!last ||
        (head > last->lsn && clock_ms - last->ms >= horizon_ms / MARKS_PER_HORIZON + 1)) {
        if (marks->count == MARKS_MAX) {
            drop_first(marks);
        }
        marks->items[marks->count++] = (struct mark){clock_ms, head};
        marks->changed = true;
    }
    return marks->items[0].ms <= clock_ms - horizon_ms ? marks->items[0].lsn : 0;
}

/* -- peers -- */

static bool is_in_session(const struct fl_link *link)
{
    enum fl_session_state state = fl_link_state(link);

    return state == FL_SESSION_IDLE || state == FL_SESSION_ROUND;
}

/*
 * Our stream up to there has arrived; what came from the peer itself behind it, too. Of a
 * stream that began with our present incarnation nothing may have had to be confirmed.
 */
static uint64_t lsn_of(const struct fl_link *link)
{
    const struct fl_peer *peer = &link->peer;
    struct fl_uuid incarnation = link->replicator->node->identity->incarnation;

    if (fl_uuid_equal(peer->confirmed_incarnation, incarnation)) {
        return fl_link_scan_lsn(
            link, peer->confirmed_number, incarnation, peer->confirmed_lsn);
    }
    return fl_link_scan_lsn(link, 0, incarnation, peer->begin_lsn);
}

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* True: the peer's row is to be written. */
static bool note_presence(struct fl_link *link, int64_t clock_ms, int64_t horizon_ms)
{
    struct fl_peer *peer = &link->peer;
    int64_t heard_ms = latest(
        latest(peer->heard_ms, peer->created_ms),
        latest(peer->last_received_ms, peer->last_confirmed_ms));

    if (peer->state == FL_PEER_REVOKED) {
        return false;
    }
    if (is_in_session(link)) {
        bool was_away = peer->is_away;

        if (was_away) {
            fl_log(
                FL_LOG_WARN, FL_LOG_EVENT_PEER_BACK, "peer=%s reconcile=%d", peer->code,
                peer->is_behind);
        }
        peer->is_away = false;
        if (was_away || clock_ms < peer->heard_ms ||
            clock_ms - peer->heard_ms >= HEARD_EVERY_MS) {
            peer->heard_ms = clock_ms;
            return true;
        }
        return false;
    }
    if (heard_ms == 0) {
        peer->heard_ms = clock_ms;
        return true;
    }
    /* A parent is waited for always: what was deleted here would not be deleted there. */
    if (peer->role == FL_PEER_CHILD && !peer->is_away &&
        clock_ms - heard_ms > horizon_ms) {
        peer->is_away = true;
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_PEER_AWAY, "peer=%s days=%" PRId64, peer->code,
            (clock_ms - heard_ms) / (24 * 3600 * 1000));
        return true;
    }
    return false;
}

/* Bases that speak by packages cannot be reconciled: all wait for them. */
static uint64_t packages_lsn(struct fl_txn *txn)
{
    struct fl_peer peer = {.number = 0};
    uint64_t lsn = UINT64_MAX;

    while (fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        if (peer.format != FL_PEER_NATIVE && peer.state != FL_PEER_REVOKED &&
            peer.confirmed_lsn < lsn) {
            lsn = peer.confirmed_lsn;
        }
    }
    return fl_txn_status(txn) == FL_OK ? lsn : 0;
}

static void hold_back(const struct fl_link *link, struct fl_horizon *horizon)
{
    const struct fl_peer *peer = &link->peer;
    uint64_t lsn = lsn_of(link);

    if (peer->is_away || peer->state == FL_PEER_REVOKED) {
        return;
    }
    if (lsn < horizon->tombstones_to) {
        horizon->tombstones_to = lsn;
    }
    if (peer->state == FL_PEER_ACTIVE && lsn < horizon->dead_to) {
        horizon->dead_to = lsn;
    }
}

struct fl_horizon fl_horizon_look(struct fl_replicator *replicator, int64_t clock_ms)
{
    const struct fl_node *node = replicator->node;
    int64_t horizon_ms = (int64_t)node->settings.peer_horizon_ms;
    struct fl_horizon horizon = {.dead_to = UINT64_MAX};
    struct marks marks = {.count = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    read_marks(&txn, &marks);
    horizon.tombstones_to = old_lsn(&marks, clock_ms, horizon_ms, fl_journal_head(&txn));
    uint64_t packages = packages_lsn(&txn);

    if (packages < horizon.tombstones_to) {
        horizon.tombstones_to = packages;
    }
    bool changed = marks.changed;

    if (marks.changed) {
        put_marks(&txn, &marks);
    }
    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];

        if (note_presence(link, clock_ms, horizon_ms)) {
            fl_link_put_peer(link, &txn);
            changed = true;
        }
        hold_back(link, &horizon);
    }
    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];

        if (link->peer.state != FL_PEER_REVOKED && !link->peer.is_behind &&
            lsn_of(link) < horizon.tombstones_to) {
            link->peer.is_behind = true;
            fl_link_touch(link);
            fl_link_put_peer(link, &txn);
            changed = true;
        }
    }
    if (changed) {
        (void)fl_txn_commit(&txn);
    } else {
        fl_txn_abort(&txn);
    }
    return fl_txn_status(&txn) == FL_OK ? horizon : (struct fl_horizon){.dead_to = 0};
}

/* -- who came back -- */

static void end_reconciling(
    struct fl_link *link,
    const struct fl_comparison_result *result)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
    link->peer.is_behind = false;
    fl_link_put_peer(link, &txn);
    if (fl_txn_commit(&txn) != FL_OK) {
        link->peer.is_behind = true;
        return;
    }
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_PEER_RECONCILED, "peer=%s deleted=%" PRIu64,
        link->peer.code, result->registered_here);
}

static void reconcile(struct fl_link *link, uint64_t now_ms)
{
    struct fl_compare_report report;
    struct fl_error error;
    bool ours = fl_compare_look(link, now_ms, &report) && report.reconcile;

    if (ours && !report.over) {
        link->reconcile_due_ms = now_ms + AGAIN_MS;
        return;
    }
    if (ours && link->is_reconciling && report.failure == 0) {
        link->is_reconciling = false;
        end_reconciling(link, report.result);
        return;
    }
    if (now_ms < link->reconcile_due_ms) {
        return;
    }
    /* Busy: a person compares. */
    link->reconcile_due_ms = now_ms + AGAIN_MS;
    link->is_reconciling = fl_compare_begin(
                               link, &(struct fl_compare_wanted){.reconcile = true},
                               now_ms, &error) == FL_OK;
}

void fl_horizon_tick(struct fl_link *link, uint64_t now_ms)
{
    /* First a round, so that it has taken ours and we have taken its changes. */
    if (link->peer.is_behind && link->peer.state == FL_PEER_ACTIVE && link->had_round &&
        fl_link_state(link) == FL_SESSION_IDLE) {
        reconcile(link, now_ms);
    }
}

uint64_t fl_horizon_due_ms(const struct fl_link *link)
{
    return link->peer.is_behind && link->had_round &&
                   fl_link_state(link) == FL_SESSION_IDLE
               ? link->reconcile_due_ms
               : UINT64_MAX;
}

/* -- deleting -- */

/*
 * It was deleted and entered anew, for others: what told that the peer had it went with
 * the deletion.
 */
static bool is_for_others(
    const struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    struct fl_key key)
{
    struct fl_node *node = link->replicator->node;
    bool admits = true;

    return link->peer.role == FL_PEER_CHILD &&
           fl_plan_may_send(fl_node_plan_of(node, &link->peer), &link->peer, key.type) &&
           fl_routing_admits(node, txn, &link->peer, subscription, key, &admits) ==
               FL_OK &&
           !admits;
}

enum fl_status fl_horizon_delete(
    struct fl_link *link,
    const struct fl_key *keys,
    size_t count,
    uint64_t *out_number)
{
    struct fl_node *node = link->replicator->node;
    struct fl_subscription subscription;
    uint64_t number = 0;
    uint64_t lsn;
    struct fl_txn txn;
    enum fl_status status =
        fl_routing_catch_up(node, &link->peer, FL_ROUTING_ALL, &subscription, NULL);

    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, node->store, FL_TXN_WRITE);
    for (size_t i = 0; i < count; i++) {
        if (!fl_compare_admits(link, keys[i])) {
            continue;
        }
        if (fl_object_lsn(&txn, keys[i], &lsn) == FL_NOT_FOUND) {
            fl_journal_transaction(&txn);
            (void)fl_journal_append(
                &txn, &(struct fl_entry){
                          .key = keys[i],
                          .origin = FL_ORIGIN_HERE,
                          .flags = FL_ENTRY_DELETED,
                          .configuration = node->configuration_number});
            number++;
        } else if (is_for_others(link, &txn, &subscription, keys[i])) {
            fl_registered_put(&txn, link->peer.number, keys[i]);
            link->has_overlay = true;
        }
    }
    status = fl_txn_commit(&txn);
    if (status == FL_OK) {
        *out_number = number;
    }
    return status;
}
