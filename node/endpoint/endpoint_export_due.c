#include "change/change.h"
#include "endpoint_export_parts.h"
#include "storage/journal.h"
#include "storage/messages.h"
#include "storage/registered.h"

enum { ENTRIES_PER_TXN = 1024, ROWS_PER_TXN = 1024 };

static enum fl_status look_into_journal(
    struct fl_endpoint_export *export,
    uint64_t *io_lsn,
    bool *out_due,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_selection selection;
    struct fl_selected selected;
    enum fl_status status = FL_OK;
    fl_export_begin_selection(export, &selection, &txn, *io_lsn);
    for (size_t i = 0; !*out_due; i++) {
        status = fl_selection_next(&selection, &selected);
        if (status != FL_OK || selected.entry.lsn > export->lsn_to) {
            break;
        }
        if (i >= ENTRIES_PER_TXN && selected.entry.lsn > *io_lsn) {
            *io_lsn = selected.entry.lsn;
            break;
        }
        *out_due = fl_export_is_due(export, &txn, &selected);
        *io_lsn = selected.entry.lsn;
    }
    if (status == FL_NOT_FOUND ||
        (status == FL_OK && !*out_due && selected.entry.lsn > export->lsn_to)) {
        *io_lsn = export->lsn_to + 1;
        status = FL_OK;
    } else if (status != FL_OK) {
        (void)fl_change_txn_failure(&txn, out_error);
    }
    fl_selection_end(&selection);
    fl_txn_abort(&txn);
    return status;
}

/* Some of the rows beside the journal; `*out_ended`: there are no more. */
static bool look_into_rows(
    const struct fl_endpoint_export *export,
    struct fl_key *at,
    bool *out_ended)
{
    struct fl_registered row;
    struct fl_txn txn;
    bool found = false;
    fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
    for (size_t i = 0; i < ROWS_PER_TXN && !found && !*out_ended; i++) {
        *out_ended =
            fl_registered_next(
                &txn, export->peer.number, at->type == 0 ? NULL : at, &row) != FL_OK;
        if (!*out_ended) {
            *at = row.key;
            found = row.kind == FL_REGISTERED && row.number == 0;
        }
    }
    fl_txn_abort(&txn);
    return found;
}

/* Behind what the last package had, and the head of the journal. */
static void find_bounds(struct fl_endpoint_export *export, uint64_t *io_lsn)
{
    struct fl_sent_message sent;
    struct fl_txn txn;
    fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
    export->lsn_to = fl_journal_head(&txn);
    if (*io_lsn == 0) {
        bool known = fl_messages_last(
                         &txn, (struct fl_peer_stream){.peer = export->peer.number},
                         &sent) == FL_OK;
        *io_lsn = known && sent.lsn_to > export->peer.confirmed_lsn
                      ? sent.lsn_to + 1
                      : export->peer.confirmed_lsn + 1;
    }
    fl_txn_abort(&txn);
}

enum fl_status fl_endpoint_export_is_due(
    struct fl_node *node,
    const char *code,
    uint32_t share_ms,
    struct fl_endpoint_look *look,
    bool *out_due,
    struct fl_error *out_error)
{
    struct fl_endpoint_export export = {.node = node};
    const struct fl_share share = fl_share_begin(share_ms);
    bool ended = false;
    *out_due = false;
    enum fl_status status = fl_export_find_peer(&export, code, out_error);
    if (status == FL_OK) {
        status = fl_export_catch_up(&export, &share, &export.subscription, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    find_bounds(&export, &look->lsn);
    while (status == FL_OK && !*out_due && look->lsn <= export.lsn_to) {
        status = look_into_journal(&export, &look->lsn, out_due, out_error);
        if (status == FL_OK && !*out_due && fl_share_is_over(&share)) {
            return FL_BUSY;
        }
    }
    while (status == FL_OK && !*out_due && !ended) {
        *out_due = look_into_rows(&export, &look->row, &ended);
        if (!ended && !*out_due && fl_share_is_over(&share)) {
            return FL_BUSY;
        }
    }
    look->row = (struct fl_key){0};
    return status;
}
