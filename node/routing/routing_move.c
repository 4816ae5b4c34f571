/*
 * A peer that moves to another stream may not have read the one before to its end, and
 * may come back from a backup that had read even less. Of what is there it keeps, among
 * the rows that are its alone, at the places where they stand: deletions, withdrawals,
 * and what was told of members. Who goes back to the journal leaves what all are told,
 * too. What the change itself decides otherwise it is told by that.
 */

#include "change/change.h"
#include "routing_parts.h"

enum {
    ROWS_PER_TXN = 4096,
    ROOM_BYTES = 1 << 20,
    ROOM_KEYS = 1024,
};

static bool is_kept_of_common(
    struct fl_txn *txn,
    const struct fl_routed_peer *peer,
    const struct fl_stream_row *row)
{
    uint64_t lsn = 0;
    return row->told && !row->takes && row->lsn > peer->since &&
           fl_object_lsn(txn, row->key, &lsn) == FL_OK && lsn < row->lsn;
}

static bool is_kept(
    struct fl_routing *routing,
    struct fl_txn *txn,
    const struct fl_routed_peer *peer,
    const struct fl_stream_row *row)
{
    struct fl_entry entry;
    bool member = false;
    if (row->key.type > routing->type_count || !routing->filtered_now[row->key.type] ||
        fl_object_get(txn, row->key, &entry) != FL_OK ||
        fl_members_has(txn, routing->state.common, row->key, peer->now, &member) !=
            FL_OK) {
        return false; /* damaged: the check of the store tells of it */
    }
    if (member && (entry.flags & FL_ENTRY_DELETED) == 0) {
        return row->told && entry.lsn < row->lsn;
    }
    return peer->next != 0;
}

/* Some rows of one peer; false: there are more. */
static bool keep_rows(
    struct fl_routing *routing,
    struct fl_txn *txn,
    const struct fl_routed_peer *peer)
{
    struct fl_stream_scan scan;
    struct fl_stream_row row;
    enum fl_status status = FL_OK;
    bool of_common = routing->move.of_common;
    fl_stream_scan_begin(
        &scan, txn, of_common ? routing->state.common : peer->now, routing->move.lsn);
    if (routing->move.started) {
        scan.started = true;
        scan.key_last = routing->move.key;
    }
    for (size_t i = 0; i < ROWS_PER_TXN && fl_txn_has_room(txn, ROOM_BYTES, ROOM_KEYS);
         i++) {
        status = fl_stream_scan_next(&scan, &row);
        if (status != FL_OK && status != FL_MALFORMED) {
            break;
        }
        if (status == FL_OK && (of_common ? is_kept_of_common(txn, peer, &row)
                                          : is_kept(routing, txn, peer, &row))) {
            fl_streams_put(txn, peer->own, &row);
        }
    }
    routing->move.started = true;
    routing->move.lsn = scan.lsn_next;
    routing->move.key = scan.key_last;
    fl_stream_scan_end(&scan);
    return status == FL_NOT_FOUND;
}

enum fl_status fl_routing_move(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error)
{
    const struct fl_routing_state *state = &routing->state;
    while (routing->move.peer < state->peer_count) {
        const struct fl_routed_peer *peer = &state->peers[routing->move.peer];
        bool done = peer->now == 0 || peer->now == peer->next || peer->had_nothing ||
                    (routing->move.of_common && peer->next != 0);
        while (!done) {
            struct fl_txn txn;
            if (*most == 0) {
                return FL_BUSY;
            }
            (*most)--;
            fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
            done = keep_rows(routing, &txn, peer);
            if (fl_txn_commit(&txn) != FL_OK) {
                return fl_change_txn_failure(&txn, out_error);
            }
        }
        routing->move.started = false;
        routing->move.lsn = 0;
        routing->move.peer += routing->move.of_common;
        routing->move.of_common = !routing->move.of_common;
    }
    return FL_OK;
}
