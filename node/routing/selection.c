/*
 * Merging by lsn. A row only says that there is something about an object; what, is
 * decided by the object as it is now: a member of the peer's stream goes as it is, once,
 * at the row of its newest version, and one that is none is withdrawn.
 */

#include "selection.h"

#include <string.h>

#include "plan/registrations.h"
#include "proto/record.h"

enum { JOURNAL = -1, COMMON = 0, SHARED, OWN, RECORDED = FL_SELECTION_STREAMS };

/* -- what an object is for the peer -- */

/* As if it were not there; a record set keeps its filter. */
static enum fl_status withdraw(struct fl_selection *selection, struct fl_entry *entry)
{
    const struct fl_configuration *configuration = selection->node->configuration;
    const struct fl_type *type = fl_configuration_type(configuration, entry->key.type);
    bool gone = (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0;
    struct fl_object object;
    fl_buffer_clear(&selection->record);
    if (type != NULL && fl_kind_is_register(type->kind)) {
        fl_arena_reset(&selection->arena);
        enum fl_status status =
            fl_record_decode(entry->key, gone, entry->record, &selection->arena, &object);
        if (status != FL_OK) {
            return status;
        }
        fl_registrations_delete(configuration, &object);
        status = fl_record_encode(&object, &selection->record);
        if (status != FL_OK) {
            return status;
        }
    }
    entry->flags = FL_ENTRY_WITHDRAWN;
    entry->origin = FL_ORIGIN_HERE;
    entry->record = fl_buffer_view(&selection->record);
    return FL_OK;
}

enum fl_status fl_selection_present(
    struct fl_selection *selection,
    struct fl_key key,
    struct fl_entry *out_entry)
{
    bool admits = true;
    enum fl_status status = fl_routing_admits(
        selection->node, selection->txn, selection->peer, &selection->subscription, key,
        &admits);
    if (status == FL_OK) {
        status = fl_object_get(selection->txn, key, out_entry);
    }
    if (status == FL_OK && (out_entry->flags & FL_ENTRY_WITHDRAWN) != 0 &&
        selection->peer->role != FL_PEER_CHILD) {
        return FL_NOT_FOUND;
    }
    return status == FL_OK && !admits ? withdraw(selection, out_entry) : status;
}

/* -- streams -- */

static void advance(struct fl_selection_stream *stream)
{
    stream->status = fl_stream_scan_next(&stream->scan, &stream->row);
}

static void open_stream(
    struct fl_selection *selection,
    int which,
    uint32_t number,
    uint64_t lsn_from)
{
    struct fl_selection_stream *stream = &selection->streams[which];
    stream->status = FL_NOT_FOUND;
    if (number > 0) {
        stream->open = true;
        fl_stream_scan_begin(&stream->scan, selection->txn, number, lsn_from);
        advance(stream);
    }
}

/* A row that says nothing to this peer, without looking at the object. */
static bool is_past(
    const struct fl_selection *selection,
    int which,
    const struct fl_stream_row *row)
{
    return which == COMMON && row->told && row->lsn <= selection->subscription.since;
}

/*
 * Resolve a row; false: there is nothing to tell. An object that was written again has a
 * row at that lsn, unless it had left the stream before.
 */
static enum fl_status resolve(
    struct fl_selection *selection,
    int which,
    const struct fl_stream_row *row,
    bool *out_tells,
    struct fl_selected *out_selected)
{
    struct fl_entry *entry = &out_selected->entry;
    uint64_t lsn = 0;
    bool member = true;
    *out_tells = false;
    enum fl_status status = fl_routing_admits(
        selection->node, selection->txn, selection->peer, &selection->subscription,
        row->key, &member);
    if (status == FL_OK) {
        status = fl_object_lsn(selection->txn, row->key, &lsn);
    }
    if (status != FL_OK) {
        return status == FL_NOT_FOUND ? FL_OK : status;
    }
    /* What was written behind the row has a row of its own there. */
    bool is_newest = row->told ? lsn < row->lsn : lsn == row->lsn;
    if (member && !is_newest) {
        return FL_OK;
    }
    status = fl_object_get(selection->txn, row->key, entry);
    if (status != FL_OK) {
        return status;
    }
    if (which == COMMON &&
        fl_routing_is_filtered(selection->node, selection->peer, row->key.type)) {
        bool deleted = (entry->flags & FL_ENTRY_DELETED) != 0;
        /* Of the time before there was a filter; a deletion all may know. */
        if ((!row->told && (!deleted || !is_newest)) || (row->takes && member)) {
            return FL_OK;
        }
        member = member || !row->told;
    }
    if (!member && which == OWN && !row->told && is_newest &&
        (entry->flags & FL_ENTRY_DELETED) != 0) {
        member = true; /* whoever had it may know how it ended */
    }
    if (!member) {
        status = withdraw(selection, entry);
    }
    entry->lsn = row->lsn;
    entry->lsn_first = row->lsn_first;
    out_selected->told = row->told || !member;
    out_selected->again = row->told && member && lsn >= selection->lsn_from;
    out_selected->lsn_written = lsn;
    *out_tells = true;
    return status;
}

static enum fl_status next_of_streams(
    struct fl_selection *selection,
    int which,
    bool *out_tells,
    struct fl_selected *out_selected)
{
    struct fl_selection_stream *stream = &selection->streams[which];
    struct fl_stream_row row = stream->row;
    enum fl_status status = stream->status;
    out_selected->entry.lsn = row.lsn;
    *out_tells = false;
    if (status == FL_OK && !is_past(selection, which, &row)) {
        status = resolve(selection, which, &row, out_tells, out_selected);
        if (status != FL_OK) {
            out_selected->entry.lsn = row.lsn;
        }
    }
    advance(stream);
    return status;
}

/* -- what was registered before it was written last -- */

static void advance_recorded(struct fl_selection *selection, uint64_t lsn_from)
{
    selection->recorded_status = fl_auto_recorded_next(
        selection->txn, fl_node_plan_of(selection->node, selection->peer)->hash, lsn_from,
        &selection->recorded);
}

/* What is not the peer's by now, streams withdraw. */
static enum fl_status next_recorded(
    struct fl_selection *selection,
    bool *out_tells,
    struct fl_selected *out_selected)
{
    const struct fl_auto_recorded recorded = selection->recorded;
    struct fl_entry entry = {.lsn = recorded.lsn};
    bool admits = true;
    enum fl_status status = fl_routing_admits(
        selection->node, selection->txn, selection->peer, &selection->subscription,
        recorded.key, &admits);
    if (status == FL_OK && admits) {
        status = fl_object_get(selection->txn, recorded.key, &entry);
    }
    *out_tells =
        status == FL_OK && admits && fl_selection_passes(selection->peer, &entry);
    *out_selected = (struct fl_selected){
        .entry = entry,
        .lsn_written = recorded.lsn,
        .lsn_since = entry.lsn,
        .origin_written = recorded.origin};
    out_selected->entry.lsn = recorded.lsn;
    out_selected->entry.lsn_first = recorded.lsn_first;
    advance_recorded(selection, recorded.lsn + 1);
    return status == FL_NOT_FOUND ? FL_OK : status;
}

/* -- all -- */

static void advance_journal(struct fl_selection *selection)
{
    do {
        selection->journal_status =
            fl_journal_scan_next(&selection->journal, &selection->entry);
    } while (selection->journal_status == FL_OK &&
             !fl_selection_passes(selection->peer, &selection->entry));
    selection->journal_ahead = true;
}

/* Which source is ahead of the others; JOURNAL: the journal, or none. */
static int first_of(const struct fl_selection *selection)
{
    uint64_t lsn = UINT64_MAX;
    int first = JOURNAL;
    if (selection->by_journal && selection->journal_status != FL_NOT_FOUND) {
        lsn = selection->entry.lsn;
    }
    for (int i = 0; i < FL_SELECTION_STREAMS; i++) {
        const struct fl_selection_stream *stream = &selection->streams[i];
        if (stream->open && stream->status != FL_NOT_FOUND && stream->row.lsn < lsn) {
            lsn = stream->row.lsn;
            first = i;
        }
    }
    if (selection->recorded_status == FL_OK && selection->recorded.lsn < lsn) {
        first = RECORDED;
    }
    return first;
}

void fl_selection_begin(
    struct fl_selection *selection,
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_subscription *subscription,
    uint64_t lsn_from)
{
    *selection = (struct fl_selection){
        .node = node,
        .txn = txn,
        .peer = peer,
        .subscription = *subscription,
        .lsn_from = lsn_from,
        .by_journal = !subscription->routed,
        .journal_status = FL_NOT_FOUND};
    fl_arena_init(&selection->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&selection->record, FL_RECORD_BYTES_MAX);
    if (selection->by_journal) {
        fl_journal_scan_begin(&selection->journal, txn, lsn_from);
    } else {
        open_stream(selection, COMMON, subscription->common, lsn_from);
        open_stream(selection, SHARED, subscription->shared, lsn_from);
    }
    open_stream(selection, OWN, subscription->own, lsn_from);
    advance_recorded(selection, lsn_from);
}

enum fl_status fl_selection_next(
    struct fl_selection *selection,
    struct fl_selected *out_selected)
{
    if (selection->recorded_status == FL_MALFORMED) {
        out_selected->entry.lsn = selection->recorded.lsn;
        return FL_MALFORMED;
    }
    if (selection->by_journal && !selection->journal_ahead) {
        advance_journal(selection);
    }
    for (;;) {
        int which = first_of(selection);
        bool tells = false;
        if (which == JOURNAL) {
            break;
        }
        *out_selected = (struct fl_selected){.told = false};
        enum fl_status status =
            which == RECORDED ? next_recorded(selection, &tells, out_selected)
                              : next_of_streams(selection, which, &tells, out_selected);
        if (status != FL_OK || tells) {
            return status;
        }
    }
    /* Borrowed: what is ahead is read at the next call. */
    selection->journal_ahead = false;
    *out_selected = (struct fl_selected){
        .entry = selection->entry, .lsn_written = selection->entry.lsn};
    return selection->journal_status;
}

void fl_selection_end(struct fl_selection *selection)
{
    for (int i = 0; i < FL_SELECTION_STREAMS; i++) {
        if (selection->streams[i].open) {
            fl_stream_scan_end(&selection->streams[i].scan);
        }
    }
    if (selection->by_journal) {
        fl_journal_scan_end(&selection->journal);
    }
    fl_buffer_deinit(&selection->record);
    fl_arena_deinit(&selection->arena);
}
