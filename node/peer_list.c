#include "peer_list.h"

#include <string.h>

#include "language.h"
#include "link.h"
#include "routes.h"
#include "storage/journal.h"
#include "waiting.h"

enum { PEERS_GROWTH = 16, ENTRIES_PER_TXN = 4096 };

struct waiting {
    struct fl_peer peer;
    uint64_t scanned_lsn; /* nothing is registered for it up to here */
    bool routed; /* counted by its streams; the others share a scan of the journal */
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

bool fl_peer_list_parse_role(const char *text, enum fl_peer_role *out_role)
{
    static const enum fl_peer_role roles[] = {
        FL_PEER_PARENT, FL_PEER_CHILD, FL_PEER_EQUAL};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(text, fl_peer_list_role(roles[i])) == 0) {
            *out_role = roles[i];
            return true;
        }
    }
    return false;
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
    case FL_PEER_WAITING:
        return "waiting";
    }
    return "";
}

static enum fl_status add(
    struct peers *peers,
    const struct fl_peer *peer,
    uint64_t scanned_lsn)
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
    peers->items[peers->count++] =
        (struct waiting){.peer = *peer, .scanned_lsn = scanned_lsn};
    return FL_OK;
}

static enum fl_status read_peers(struct fl_node *node, struct peers *peers)
{
    struct fl_txn txn;
    struct fl_peer peer = {.number = 0};
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &peers->routes);
    while (status == FL_OK && fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        status = add(peers, &peer, fl_scan_kept_lsn(node, &txn, &peer));
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
    const struct fl_selected selected = {.entry = *entry, .lsn_written = entry->lsn};
    for (size_t i = 0; i < peers->count; i++) {
        const struct waiting *waiting = &peers->items[i];
        if (!waiting->routed) {
            peers->items[i].queue += fl_waiting_is_registered(
                node, &peers->routes, &waiting->peer, waiting->scanned_lsn, &selected);
        }
    }
}

static enum fl_status count_routed(
    struct fl_node *node,
    struct peers *peers,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < peers->count && status == FL_OK; i++) {
        struct waiting *waiting = &peers->items[i];
        struct fl_subscription subscription;
        status = fl_routing_catch_up(
            node, &waiting->peer, FL_ROUTING_ALL, &subscription, out_error);
        waiting->routed = subscription.routed || subscription.own > 0;
        if (status == FL_OK && waiting->routed) {
            status = fl_waiting_count(
                node, &peers->routes, &waiting->peer, UINT64_MAX, &waiting->queue,
                out_error);
        }
    }
    return status;
}

/* In transactions that stay short; what is written meanwhile is counted or not. */
static enum fl_status count_queues(struct fl_node *node, struct peers *peers)
{
    uint64_t lsn_next = UINT64_MAX;
    for (size_t i = 0; i < peers->count; i++) {
        uint64_t first = peers->items[i].scanned_lsn + 1;
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
        status = count_routed(node, &peers, out_error);
    }
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

enum fl_status fl_peer_list_waiting(
    struct fl_node *node,
    const struct fl_peer *peer,
    uint64_t *out_count,
    struct fl_error *out_error)
{
    struct peers peers = {0};
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &peers.routes);
    if (status == FL_OK) {
        status = add(&peers, peer, fl_scan_kept_lsn(node, &txn, peer));
    }
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        status = count_queues(node, &peers);
    }
    if (status == FL_OK) {
        *out_count = peers.items[0].queue;
    } else {
        (void)fl_error_set(out_error, status, "the list of nodes cannot be read");
    }
    fl_free(peers.items);
    fl_routes_deinit(&peers.routes);
    return status;
}
