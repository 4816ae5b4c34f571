/*
 * arrivals: lsn u64 -> at i64 (ms) | kind u8 | by sized; and of what came from a peer
 * behind it: peer u32 | message u64 | incarnation uuid | hash 32 | key id 8 | code sized.
 *
 * A row is needed while an entry or a version lies in its range; the last one always, for
 * it is what the next is compared with.
 */

#include "arrivals_rows.h"

#include <string.h>

#include "fields.h"
#include "proto/uuid.h"
#include "store_state.h"
#include "versions_rows.h"

enum { LSN_BYTES = 8, ROW_BYTES_MAX = 2048 };

static const struct fl_bytes all_rows = {.data = NULL, .size = 0};

void fl_arrivals_keep(struct fl_store *store, int64_t (*now_ms)(void))
{
    FL_ASSERT(!store->writing);
    store->now_ms = now_ms;
}

void fl_arrivals_by(struct fl_store *store, enum fl_arrival_kind kind, const char *by)
{
    struct fl_bytes name =
        fl_bytes_utf8_beginning(fl_bytes_of_text(by), sizeof store->by - 1);

    store->by_kind = kind;
    memcpy(store->by, name.data, name.size);
    store->by[name.size] = '\0';
    if (!store->arrival_is_set) {
        store->arrival_noted = false;
    }
}

void fl_arrivals_set(struct fl_txn *txn, const struct fl_arrival *arrival)
{
    struct fl_store *store = txn->store;

    if (store->now_ms == NULL || !fl_txn_can_write(txn)) {
        return;
    }
    store->arrival = *arrival;
    if (store->arrival.at_ms == 0) {
        store->arrival.at_ms = store->now_ms();
    }
    store->arrival_is_set = true;
    store->arrival_noted = false;
}

static bool has_peer(enum fl_arrival_kind kind)
{
    return kind == FL_ARRIVAL_MESSAGE || kind == FL_ARRIVAL_IMAGE ||
           kind == FL_ARRIVAL_PACKAGE || kind == FL_ARRIVAL_QUARANTINE;
}

void fl_arrival_encode(const struct fl_arrival *arrival, struct fl_buffer *buffer)
{
    fl_fields_put_i64(buffer, arrival->at_ms);
    fl_buffer_put_u8(buffer, (uint8_t)arrival->kind);
    fl_fields_put_text(buffer, arrival->by);
    if (has_peer(arrival->kind)) {
        fl_buffer_put_u32(buffer, arrival->peer);
        fl_buffer_put_u64(buffer, arrival->number);
        fl_uuid_put(buffer, arrival->incarnation);
        fl_buffer_put_memory(buffer, arrival->hash, sizeof arrival->hash);
        fl_buffer_put_memory(buffer, arrival->key_id, sizeof arrival->key_id);
        fl_fields_put_text(buffer, arrival->peer_code);
    }
}

static void arrival_put(struct fl_txn *txn, const struct fl_arrival *arrival)
{
    struct fl_table_key key = {.size = 0};
    struct fl_buffer buffer;

    fl_table_key_put_u64(&key, arrival->lsn);
    fl_buffer_init(&buffer, ROW_BYTES_MAX);
    fl_arrival_encode(arrival, &buffer);
    fl_table_put_encoded(txn, FL_TABLE_ARRIVALS, fl_table_key_view(&key), &buffer);
}

enum fl_status fl_arrival_decode(struct fl_bytes value, struct fl_arrival *out_arrival)
{
    struct fl_reader reader = fl_reader_of(value);

    memset(out_arrival, 0, sizeof *out_arrival);
    out_arrival->at_ms = fl_fields_i64(&reader);
    out_arrival->kind =
        (enum fl_arrival_kind)fl_fields_choice(&reader, FL_ARRIVAL_ENGINE);
    fl_fields_text(&reader, out_arrival->by, FL_NAME_BYTES_MAX);
    if (has_peer(out_arrival->kind)) {
        out_arrival->peer = fl_reader_u32(&reader);
        out_arrival->number = fl_reader_u64(&reader);
        out_arrival->incarnation = fl_uuid_take(&reader);
        fl_reader_copy(&reader, out_arrival->hash, sizeof out_arrival->hash);
        fl_reader_copy(&reader, out_arrival->key_id, sizeof out_arrival->key_id);
        fl_fields_text(&reader, out_arrival->peer_code, FL_CODE_BYTES_MAX);
    }
    return fl_reader_done(&reader) ? FL_OK : FL_MALFORMED;
}

/* The row of the last key below `below`; of all when that is empty. */
static enum fl_status row_before(
    struct fl_txn *txn,
    struct fl_bytes below,
    struct fl_arrival *out_arrival)
{
    void *cursor = fl_txn_cursor(txn, FL_TABLE_ARRIVALS);
    struct fl_table_key key = {.size = 0};
    struct fl_bytes found;
    struct fl_bytes row;
    struct fl_bytes value;
    enum fl_status status;

    if (cursor == NULL) {
        return fl_txn_status(txn);
    }
    status = fl_txn_checked(
        txn, fl_txn_engine(txn)->cursor_before(cursor, below, &found, &row));
    if (status == FL_OK && found.size != LSN_BYTES) {
        status = fl_table_malformed(txn, FL_TABLE_ARRIVALS, found, "not an lsn");
    }
    if (status == FL_OK) {
        fl_table_key_put(&key, found.data, found.size);
        status = fl_table_open_row(
            txn, FL_TABLE_ARRIVALS, fl_table_key_view(&key), row, &txn->whole, &value);
    }
    if (status == FL_OK && fl_arrival_decode(value, out_arrival) != FL_OK) {
        status = fl_table_malformed(
            txn, FL_TABLE_ARRIVALS, fl_table_key_view(&key), "not how changes came");
    }
    if (status == FL_OK) {
        out_arrival->lsn = fl_load_u64(key.bytes);
    }
    fl_txn_cursor_end(txn, cursor);
    return status;
}

static bool is_same(const struct fl_arrival *last, const struct fl_arrival *now)
{
    int64_t later_ms = now->at_ms - last->at_ms;

    return last->kind == now->kind && strcmp(last->by, now->by) == 0 &&
           (now->kind == FL_ARRIVAL_UNKNOWN ||
            (later_ms >= 0 && later_ms < FL_ARRIVAL_TOGETHER_MS)) &&
           last->peer == now->peer && last->number == now->number &&
           fl_uuid_equal(last->incarnation, now->incarnation) &&
           memcmp(last->hash, now->hash, sizeof now->hash) == 0;
}

/* What is not said otherwise. */
static struct fl_arrival written_here(const struct fl_store *store)
{
    struct fl_arrival arrival = {.kind = FL_ARRIVAL_UNKNOWN};

    if (store->now_ms != NULL) {
        arrival.kind = store->by_kind != 0 ? store->by_kind : FL_ARRIVAL_HERE;
        arrival.at_ms = store->now_ms();
        memcpy(arrival.by, store->by, sizeof arrival.by);
    }
    return arrival;
}

void fl_arrivals_note(struct fl_txn *txn, uint64_t lsn)
{
    struct fl_store *store = txn->store;
    struct fl_arrival last;
    enum fl_status status;

    if (store->arrival_noted) {
        return;
    }
    if (!store->arrival_is_set) {
        store->arrival = written_here(store);
    }
    store->arrival.lsn = lsn;
    store->arrival_noted = true;
    status = row_before(txn, all_rows, &last);
    if (status == FL_OK && is_same(&last, &store->arrival)) {
        return;
    }
    /* A row that does not read is as good as another one: this one says how it is. */
    if (status == FL_OK || status == FL_MALFORMED ||
        (status == FL_NOT_FOUND && store->arrival.kind != FL_ARRIVAL_UNKNOWN)) {
        arrival_put(txn, &store->arrival);
    }
}

enum fl_status fl_arrivals_get(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_arrival *out_arrival)
{
    uint8_t bytes[LSN_BYTES];

    if (!fl_txn_can_read(txn)) {
        return fl_txn_status(txn);
    }
    fl_store_u64(bytes, lsn + 1);
    return row_before(
        txn, (struct fl_bytes){.data = bytes, .size = sizeof bytes}, out_arrival);
}

/* Does anything of the journal or the versions lie in [from, to)? */
static bool is_needed(struct fl_txn *txn, uint64_t from, uint64_t to)
{
    struct fl_journal_scan scan;
    struct fl_entry entry = {.lsn = UINT64_MAX};
    enum fl_status status;
    uint64_t version = 0;

    fl_journal_scan_begin(&scan, txn, from);
    status = fl_journal_scan_next(&scan, &entry);
    fl_journal_scan_end(&scan);
    if ((status != FL_OK && status != FL_NOT_FOUND) ||
        (status == FL_OK && entry.lsn < to)) {
        return true;
    }
    status = fl_versions_seek(txn, from, &version);
    return status == FL_OK ? version < to : status != FL_NOT_FOUND;
}

size_t fl_arrivals_tidy(
    struct fl_txn *txn,
    uint64_t *lsn,
    size_t count_max,
    bool *out_done)
{
    struct fl_table_key key = {.size = 0};
    struct fl_table_key next = {.size = 0};
    struct fl_bytes value;
    size_t removed = 0;
    enum fl_status status;

    fl_table_key_put_u64(&key, *lsn);
    status = fl_table_above(
        txn, FL_TABLE_ARRIVALS, all_rows, fl_table_key_view(&key), &key, &value);
    for (size_t i = 0; i < count_max && status == FL_OK; i++) {
        status = fl_table_above(
            txn, FL_TABLE_ARRIVALS, all_rows, fl_table_key_view(&key), &next, &value);
        if (status == FL_OK && (next.size != LSN_BYTES || key.size != LSN_BYTES)) {
            status = FL_MALFORMED; /* no row of ours: what is behind it stays */
        }
        if (status != FL_OK) {
            break;
        }
        if (!is_needed(txn, fl_load_u64(key.bytes), fl_load_u64(next.bytes))) {
            fl_table_remove(txn, FL_TABLE_ARRIVALS, fl_table_key_view(&key));
            removed++;
        }
        *lsn = fl_load_u64(key.bytes);
        key = next;
    }
    *out_done = status != FL_OK;
    return removed;
}
