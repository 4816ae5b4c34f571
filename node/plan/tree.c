#include "tree.h"

#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "peer/waiting.h"
#include "storage/journal.h"
#include "storage/settings.h"

enum { LEFT_BYTES = 8 };

enum fl_status fl_tree_waits(
    struct fl_node *node,
    const struct fl_peer *peer,
    bool *out_waits,
    struct fl_error *out_error)
{
    struct fl_routes routes = {0};
    struct fl_txn txn;
    uint64_t count = 0;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &routes);
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        status = fl_waiting_count(node, &routes, peer, /* most= */ 1, &count, out_error);
    }
    *out_waits = count > 0;
    fl_routes_deinit(&routes);
    return status;
}

static struct fl_bytes left_name(
    const struct fl_peer *peer,
    char out_text[FL_SETTING_NAME_BYTES_MAX + 1])
{
    memcpy(out_text, "left/", 6);
    fl_bytes_hex((struct fl_bytes){peer->plan, sizeof peer->plan}, out_text + 5);
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
