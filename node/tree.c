#include "tree.h"

#include <stdio.h>
#include <string.h>

#include "change.h"
#include "replication/delivery.h"
#include "routes.h"
#include "storage/journal.h"
#include "storage/settings.h"

enum { ENTRIES_PER_TXN = 20000, LEFT_BYTES = 8 };

static bool is_registered(
    const struct fl_node *node,
    const struct fl_routes *routes,
    const struct fl_peer *peer,
    const struct fl_entry *entry)
{
    return fl_delivery_is_registered(
               &(struct fl_delivery_peer){
                   .confirmed_lsn = peer->confirmed_lsn,
                   .resend_below = peer->resend_below},
               &(struct fl_delivery_entry){
                   .lsn = entry->lsn,
                   .live = entry->live,
                   .came_from_peer =
                       fl_routes_brought(routes, peer, entry->origin, entry->lsn)}) &&
           fl_plan_sends(fl_node_plan_of(node, peer), peer, entry);
}

enum fl_status fl_tree_waits(
    struct fl_node *node,
    const struct fl_peer *peer,
    bool *out_waits,
    struct fl_error *out_error)
{
    struct fl_routes routes = {0};
    uint64_t lsn_next = peer->confirmed_lsn + 1;
    enum fl_status status = FL_OK;
    *out_waits = false;
    while (status == FL_OK && !*out_waits) {
        struct fl_txn txn;
        struct fl_journal_scan scan = {0};
        struct fl_entry entry;
        fl_txn_begin(&txn, node->store, FL_TXN_READ);
        if (routes.count == 0) {
            status = fl_routes_load(&txn, &routes);
        }
        fl_journal_scan_begin(&scan, &txn, lsn_next);
        for (size_t i = 0; i < ENTRIES_PER_TXN && status == FL_OK && !*out_waits; i++) {
            status = fl_journal_scan_next_live(&scan, &entry);
            if (status == FL_OK) {
                lsn_next = entry.lsn + 1;
                *out_waits = is_registered(node, &routes, peer, &entry);
            }
        }
        fl_journal_scan_end(&scan);
        if (status != FL_OK && status != FL_NOT_FOUND) {
            (void)fl_change_txn_failure(&txn, out_error);
        }
        fl_txn_abort(&txn);
    }
    fl_routes_deinit(&routes);
    return status == FL_NOT_FOUND ? FL_OK : status;
}

static struct fl_bytes left_name(
    const struct fl_peer *peer,
    char out_text[FL_SETTING_NAME_BYTES_MAX + 1])
{
    memcpy(out_text, "left/", 6);
    for (size_t i = 0; i < sizeof peer->plan; i++) {
        snprintf(out_text + 5 + 2 * i, 3, "%02x", peer->plan[i]);
    }
    return fl_bytes_of_text(out_text);
}

enum fl_status fl_tree_leave(struct fl_txn *txn, const struct fl_peer *peer, bool waits)
{
    char name[FL_SETTING_NAME_BYTES_MAX + 1];
    uint8_t value[LEFT_BYTES];
    uint64_t lsn = waits ? peer->confirmed_lsn : fl_journal_head(txn);
    if (peer->role == FL_PEER_PARENT) {
        fl_store_u64(value, lsn);
        fl_settings_put(
            txn, left_name(peer, name), (struct fl_bytes){value, sizeof value});
    }
    return fl_peers_remove(txn, peer->number);
}

uint64_t fl_tree_left_lsn(
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_uuid installation)
{
    char name[FL_SETTING_NAME_BYTES_MAX + 1];
    struct fl_bytes value;
    if (peer->role != FL_PEER_PARENT ||
        !fl_uuid_equal(fl_store_identity(txn->store)->installation, installation) ||
        fl_settings_get(txn, left_name(peer, name), &value) != FL_OK ||
        value.size != LEFT_BYTES) {
        return 0;
    }
    return fl_load_u64(value.data);
}
