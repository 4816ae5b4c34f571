/*
 * What belongs into a package, phase by phase, each as far as the share in hand goes; and
 * which of the rows that were registered beside the journal it has carried.
 */

#include "change/change.h"
#include "endpoint_export_parts.h"
#include "language.h"
#include "plan/registrations.h"
#include "proto/record.h"

enum {
    ENTRIES_PER_TXN = 1024,
    ROWS_PER_TXN = 512,
    MORE_PER_TXN = 512,
    CARRIED_BYTES = FL_KEY_BYTES + 8, /* the key, and the lsn of the object */
};

static enum fl_status write_entry(
    struct fl_endpoint_export *export,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    struct fl_error *out_error)
{
    bool gone = (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0;
    struct fl_object object;
    bool written = false;
    fl_arena_reset(&export->arena);
    enum fl_status status =
        fl_record_decode(entry->key, gone, entry->record, &export->arena, &object);
    if (status == FL_OK && !gone &&
        fl_plan_sends_as_deletion(export->plan, &export->peer, entry->key.type)) {
        fl_registrations_delete(export->node->configuration, &object);
        gone = true;
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    status = export->codec->write_put(export->writer, txn, &object, &written, out_error);
    if (status == FL_OK) {
        export->report.objects += written && !gone;
        export->report.deletions += written && gone;
        export->report.left_out += !written;
        fl_output_progress(
            export->output, N_("writing"), export->report.objects, /* total= */ 0);
    }
    return status;
}

static struct fl_registrations registrations_of(const struct fl_endpoint_export *export)
{
    return (struct fl_registrations){
        .plan = export->plan,
        .peer = &export->peer,
        .lsn_from = export->peer.confirmed_lsn,
        .has_overlay = true};
}

/* Of now, and not what is written in any case. */
static bool may_be_due(
    const struct fl_endpoint_export *export,
    const struct fl_entry *entry)
{
    bool gone = (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0;
    return entry->lsn <= export->lsn_to && (!export->all || gone);
}

bool fl_export_is_due(
    const struct fl_endpoint_export *export,
    struct fl_txn *txn,
    const struct fl_selected *selected)
{
    const struct fl_registrations registrations = registrations_of(export);
    return may_be_due(export, &selected->entry) &&
           fl_registrations_select(&registrations, txn, selected);
}

/* Is the object written for being registered by the journal? */
static bool is_by_writing(
    const struct fl_endpoint_export *export,
    struct fl_txn *txn,
    const struct fl_entry *entry)
{
    const struct fl_registrations registrations = registrations_of(export);
    return may_be_due(export, entry) &&
           fl_plan_sends(export->plan, &export->peer, entry) &&
           fl_registrations_by_writing(&registrations, txn, entry);
}

void fl_export_begin_selection(
    struct fl_endpoint_export *export,
    struct fl_selection *selection,
    struct fl_txn *txn,
    uint64_t lsn_from)
{
    fl_txn_begin(txn, export->node->store, FL_TXN_READ);
    fl_selection_begin(
        selection, export->node, txn, &export->peer, &export->subscription, lsn_from);
}

/* For one transaction, or for the share in hand; but never nothing. */
static bool is_enough(const struct fl_endpoint_export *export, size_t count, size_t most)
{
    return count >= most || (count > 0 && fl_share_is_over(&export->share));
}

/*
 * What is registered, in the order of the journal; with `all` only what is gone. One
 * transaction's worth, up to where another lsn begins: several objects may be told of at
 * one.
 */
static enum fl_status write_registered(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_selection selection;
    struct fl_selected selected;
    uint64_t lsn_last = 0;
    enum fl_status status = FL_OK;
    fl_export_begin_selection(export, &selection, &txn, export->lsn_next);
    for (size_t i = 0; status == FL_OK && !*out_done; i++) {
        status = fl_selection_next(&selection, &selected);
        if (status == FL_NOT_FOUND) {
            status = FL_OK;
            *out_done = true;
        } else if (status != FL_OK) {
            (void)fl_change_txn_failure(&txn, out_error);
        } else if (
            is_enough(export, i, ENTRIES_PER_TXN) && selected.entry.lsn > lsn_last) {
            break;
        } else {
            lsn_last = selected.entry.lsn;
            export->lsn_next = lsn_last + 1;
            *out_done = lsn_last > export->lsn_to;
            if (fl_export_is_due(export, &txn, &selected)) {
                status = write_entry(export, &txn, &selected.entry, out_error);
            }
        }
    }
    fl_selection_end(&selection);
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status visit_any(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_endpoint_export *export = context;
    bool admits = true;
    (void)out_stop;
    if (!fl_plan_has(export->plan, entry->key.type)) {
        return FL_OK;
    }
    enum fl_status status = fl_routing_admits(
        export->node, txn, &export->peer, &export->subscription, entry->key, &admits);
    if (status != FL_OK || !admits) {
        return status;
    }
    const struct fl_endpoint_codec *codec = export->codec;
    if (codec->write_passes != NULL && codec->write_passes(export->writer, entry->key)) {
        export->report.objects++;
        return FL_OK;
    }
    return write_entry(export, txn, entry, out_error);
}

/* 0: there is no such object. */
static uint64_t lsn_of(struct fl_txn *txn, struct fl_key key)
{
    uint64_t lsn = 0;
    return fl_object_lsn(txn, key, &lsn) == FL_OK ? lsn : 0;
}

static enum fl_status remember(
    struct fl_endpoint_export *export,
    struct fl_key key,
    uint64_t lsn,
    struct fl_error *out_error)
{
    uint8_t bytes[FL_KEY_BYTES];
    fl_key_encode(key, bytes);
    fl_buffer_put_memory(&export->carried, bytes, sizeof bytes);
    fl_buffer_put_u64(&export->carried, lsn);
    return fl_buffer_status(&export->carried) == FL_OK
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/*
 * What was registered beside the position and is not confirmed, as often as it is. One
 * transaction's worth; with `all` it is written anyway, and only remembered.
 */
static enum fl_status write_overlay(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_registered row;
    struct fl_entry entry;
    struct fl_selection selection;
    struct fl_key *at = &export->overlay_after;
    enum fl_status status = FL_OK;
    struct fl_txn txn;
    fl_export_begin_selection(export, &selection, &txn, export->lsn_to + 1);
    for (size_t i = 0;
         status == FL_OK && !*out_done && !is_enough(export, i, ROWS_PER_TXN); i++) {
        *out_done =
            fl_registered_next(
                &txn, export->peer.number, at->type == 0 ? NULL : at, &row) != FL_OK;
        if (*out_done) {
            break;
        }
        *at = row.key;
        if (row.kind == FL_REGISTERED && row.number == 0) {
            status = remember(export, row.key, lsn_of(&txn, row.key), out_error);
        }
        if (status == FL_OK && row.kind == FL_REGISTERED && !export->all &&
            fl_plan_may_send(export->plan, &export->peer, row.key.type) &&
            fl_selection_present(&selection, row.key, &entry) == FL_OK &&
            !is_by_writing(export, &txn, &entry)) {
            status = write_entry(export, &txn, &entry, out_error);
        }
    }
    fl_selection_end(&selection);
    fl_txn_abort(&txn);
    return status;
}

/* What the format wants beside what is due. */
static enum fl_status write_more(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_endpoint_codec *codec = export->codec;
    enum fl_status status = FL_OK;
    struct fl_key key;
    struct fl_txn txn;
    *out_done = codec->write_more == NULL;
    if (*out_done) {
        return FL_OK;
    }
    fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
    for (size_t i = 0;
         status == FL_OK && !*out_done && !is_enough(export, i, MORE_PER_TXN); i++) {
        struct fl_entry entry;
        *out_done = !codec->write_more(export->writer, &key);
        if (!*out_done && fl_object_get(&txn, key, &entry) == FL_OK &&
            entry.origin != export->peer.origin) {
            status = write_entry(export, &txn, &entry, out_error);
        }
    }
    fl_txn_abort(&txn);
    return status;
}

enum fl_status fl_export_write_some(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    const bool is_base = export->peer.format == FL_PEER_V8MSG;
    enum fl_status status = FL_OK;
    *out_done = export->is_greeting;
    switch (export->is_greeting ? FL_EXPORT_DONE : export->phase) {
    case FL_EXPORT_ROWS:
        *out_done = !is_base || !export->all;
        status = *out_done ? FL_OK : write_overlay(export, out_done, out_error);
        break;
    case FL_EXPORT_ALL:
        if (export->all) {
            status =
                fl_walk_some(&export->walk, &export->share, visit_any, export, out_error);
        }
        *out_done = !export->all || export->walk.done;
        break;
    case FL_EXPORT_REGISTERED:
        *out_done = !is_base;
        status = is_base ? write_registered(export, out_done, out_error) : FL_OK;
        break;
    case FL_EXPORT_OVERLAY:
        *out_done = !is_base || export->all;
        status = *out_done ? FL_OK : write_overlay(export, out_done, out_error);
        break;
    case FL_EXPORT_MORE:
        status = write_more(export, out_done, out_error);
        break;
    case FL_EXPORT_ROUTING:
    case FL_EXPORT_CLOSING:
    case FL_EXPORT_READING_BACK:
    case FL_EXPORT_KEEPING:
    case FL_EXPORT_NUMBERING:
    case FL_EXPORT_PUBLISHING:
    case FL_EXPORT_DONE:
        break;
    }
    return status;
}

/*
 * Those alone that it has written, as they are now: a row may have come behind where it
 * was, or be of a later state.
 */
bool fl_export_number_carried(struct fl_endpoint_export *export, struct fl_txn *txn)
{
    for (size_t i = 0;
         i < FL_EXPORT_NUMBERED_PER_TXN && export->numbered < export->carried.size; i++) {
        const uint8_t *carried = export->carried.data + export->numbered;
        const struct fl_key key = fl_key_decode(carried);
        export->numbered += CARRIED_BYTES;
        struct fl_registered row;
        /* Packages are cumulative: the first that carried it counts. */
        if (fl_registered_get(txn, export->peer.number, key, &row) == FL_OK &&
            row.kind == FL_REGISTERED && row.number == 0 &&
            lsn_of(txn, key) == fl_load_u64(carried + FL_KEY_BYTES)) {
            fl_registered_number(
                txn, &row, export->report.message_number, (struct fl_uuid){0});
        }
    }
    return export->numbered < export->carried.size;
}
