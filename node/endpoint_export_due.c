#include "change.h"
#include "endpoint_export_parts.h"
#include "storage/journal.h"
#include "storage/messages.h"
#include "storage/registered.h"

enum { ENTRIES_PER_TXN = 1024 };

static enum fl_status look_for_due(
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

static bool overlay_has_new(const struct fl_endpoint_export *export)
{
    struct fl_registered row;
    struct fl_key at = {0};
    struct fl_txn txn;
    bool found = false;
    fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
    while (!found &&
           fl_registered_next(
               &txn, export->peer.number, at.type == 0 ? NULL : &at, &row) == FL_OK) {
        at = row.key;
        found = row.kind == FL_REGISTERED && row.number == 0;
    }
    fl_txn_abort(&txn);
    return found;
}

enum fl_status fl_endpoint_export_is_due(
    struct fl_node *node,
    const char *code,
    uint64_t *io_lsn,
    bool *out_due,
    struct fl_error *out_error)
{
    struct fl_endpoint_export export = {.node = node};
    enum fl_status status = fl_export_find_peer(&export, code, out_error);
    *out_due = false;
    if (status != FL_OK) {
        return status;
    }
    if (*io_lsn == 0) {
        struct fl_sent_message sent;
        struct fl_txn txn;
        fl_txn_begin(&txn, node->store, FL_TXN_READ);
        bool known = fl_messages_last(
                         &txn, (struct fl_peer_stream){.peer = export.peer.number},
                         &sent) == FL_OK;
        fl_txn_abort(&txn);
        *io_lsn = known && sent.lsn_to > export.peer.confirmed_lsn
                      ? sent.lsn_to + 1
                      : export.peer.confirmed_lsn + 1;
    }
    while (status == FL_OK && !*out_due && *io_lsn <= export.lsn_to) {
        status = look_for_due(&export, io_lsn, out_due, out_error);
    }
    *out_due = *out_due || (status == FL_OK && overlay_has_new(&export));
    return status;
}
