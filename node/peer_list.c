#include "peer_list.h"

#include "language.h"
#include "replication/delivery.h"
#include "routes.h"
#include "storage/journal.h"

enum { PEERS_GROWTH = 16, ENTRIES_PER_TXN = 4096 };

struct waiting {
    struct fl_peer peer;
    uint64_t queue;
};

struct peers {
    struct waiting *items;
    struct fl_routes routes;
    size_t count;
    size_t capacity;
};

const char *fl_peer_list_role(enum fl_peer_role role)
{
    switch (role) {
    case FL_PEER_PARENT:
        return "parent";
    case FL_PEER_CHILD:
        return "child";
    case FL_PEER_EQUAL:
        return "equal";
    }
    return "";
}

const char *fl_peer_list_state(enum fl_peer_state state)
{
    switch (state) {
    case FL_PEER_ACTIVE:
        return "active";
    case FL_PEER_SUSPENDED:
        return "suspended";
    case FL_PEER_REVOKED:
        return "revoked";
    }
    return "";
}

static enum fl_status add(struct peers *peers, const struct fl_peer *peer)
{
    if (peers->count == peers->capacity) {
        size_t capacity = peers->capacity + PEERS_GROWTH + peers->capacity / 2;
        struct waiting *items =
            fl_realloc(peers->items, capacity * sizeof peers->items[0]);
        if (items == NULL) {
            return FL_NO_MEMORY;
        }
        peers->items = items;
        peers->capacity = capacity;
    }
    peers->items[peers->count++] = (struct waiting){.peer = *peer};
    return FL_OK;
}

static enum fl_status read_peers(struct fl_node *node, struct peers *peers)
{
    struct fl_txn txn;
    struct fl_peer peer = {.number = 0};
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &peers->routes);
    while (status == FL_OK && fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        status = add(peers, &peer);
    }
    if (status == FL_OK) {
        status = fl_txn_status(&txn);
    }
    fl_txn_abort(&txn);
    return status;
}

static void count_entry(
    const struct fl_node *node,
    struct peers *peers,
    const struct fl_entry *entry)
{
    for (size_t i = 0; i < peers->count; i++) {
        const struct fl_peer *peer = &peers->items[i].peer;
        const struct fl_delivery_peer position = {
            .confirmed_lsn = peer->confirmed_lsn, .resend_below = peer->resend_below};
        const struct fl_delivery_entry found = {
            .lsn = entry->lsn,
            .live = entry->live,
            .came_from_peer = fl_routes_brought(&peers->routes, peer, entry->origin)};
        peers->items[i].queue += fl_delivery_is_registered(&position, &found) &&
                                 fl_plan_sends(fl_node_plan_of(node, peer), peer, entry);
    }
}

/* In transactions that stay short; what is written meanwhile is counted or not. */
static enum fl_status count_queues(struct fl_node *node, struct peers *peers)
{
    uint64_t lsn_next = UINT64_MAX;
    for (size_t i = 0; i < peers->count; i++) {
        uint64_t first = peers->items[i].peer.confirmed_lsn + 1;
        lsn_next = first < lsn_next ? first : lsn_next;
    }
    enum fl_status status = peers->count == 0 ? FL_NOT_FOUND : FL_OK;
    while (status == FL_OK) {
        struct fl_txn txn;
        struct fl_journal_scan scan = {0};
        struct fl_entry entry;
        fl_txn_begin(&txn, node->store, FL_TXN_READ);
        fl_journal_scan_begin(&scan, &txn, lsn_next);
        for (size_t i = 0; i < ENTRIES_PER_TXN && status == FL_OK; i++) {
            status = fl_journal_scan_next_live(&scan, &entry);
            if (status == FL_OK) {
                lsn_next = entry.lsn + 1;
                count_entry(node, peers, &entry);
            }
        }
        fl_journal_scan_end(&scan);
        fl_txn_abort(&txn);
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

static void show(struct fl_output *output, const struct waiting *waiting)
{
    const struct fl_peer *peer = &waiting->peer;
    fl_output_row(output);
    fl_output_text(output, "code", N_("code"), peer->code);
    fl_output_text(output, "name", N_("name"), peer->name);
    fl_output_text(output, "role", N_("role"), fl_peer_list_role(peer->role));
    fl_output_text(
        output, "format", N_("format"),
        peer->format == FL_PEER_V8MSG ? "v8msg" : "native");
    fl_output_text(
        output, "state", N_("state"),
        peer->is_away && peer->state == FL_PEER_ACTIVE ? "away"
                                                       : fl_peer_list_state(peer->state));
    fl_output_number(output, "sent", N_("sent"), peer->number_sent);
    fl_output_number(output, "confirmed", N_("confirmed"), peer->confirmed_number);
    fl_output_number(output, "received", N_("received"), peer->number_received);
    fl_output_number(output, "waiting", N_("waiting"), waiting->queue);
    fl_output_time(output, "last_received", N_("last heard"), peer->last_received_ms);
}

enum fl_status fl_peer_list_show(
    struct fl_node *node,
    struct fl_output *output,
    struct fl_error *out_error)
{
    struct peers peers = {0};
    enum fl_status status = read_peers(node, &peers);
    if (status == FL_OK) {
        status = count_queues(node, &peers);
    }
    if (status == FL_OK) {
        fl_output_list_begin(output, "nodes");
        for (size_t i = 0; i < peers.count; i++) {
            show(output, &peers.items[i]);
        }
        fl_output_list_end(output);
    } else {
        (void)fl_error_set(out_error, status, "the list of nodes cannot be read");
    }
    fl_free(peers.items);
    fl_routes_deinit(&peers.routes);
    return status;
}
