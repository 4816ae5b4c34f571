/*
 * streams: 1 | stream u32 | lsn u64 | key of the object 20 -> offset u32 | flags u8
 *
 * The offset is that of the lsn from the first of its source transaction. Flag 1: the
 * object was written earlier; 2, with 1: it concerns those only that may not keep it.
 *
 * 5 | stream u32 | key of the object 20 -> lsn u64 of its last row with flag 1 and not 2
 */

#include "storage/streams.h"

#include <string.h>

#include "storage/journal.h"
#include "stream_kinds.h"
#include "table.h"

enum {
    PREFIX_BYTES = 1 + 4,
    KEY_BYTES = PREFIX_BYTES + 8 + FL_KEY_BYTES,
    VALUE_BYTES = 4 + 1,
    TOLD = 1,
    TAKES = 2,
    SWEEP_SCAN_MAX = 1024,
    SWEEP_ROWS_MAX = 256,
};

static struct fl_table_key stream_prefix(uint8_t kind, uint32_t stream)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u8(&key, kind);
    fl_table_key_put_u32(&key, stream);
    return key;
}

static struct fl_table_key row_key(uint32_t stream, uint64_t lsn, struct fl_key object)
{
    struct fl_table_key key = stream_prefix(FL_STREAM_KIND_ROW, stream);
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(object, bytes);
    fl_table_key_put_u64(&key, lsn);
    fl_table_key_put(&key, bytes, sizeof bytes);
    return key;
}

static struct fl_table_key told_key(uint32_t stream, struct fl_key object)
{
    struct fl_table_key key = stream_prefix(FL_STREAM_KIND_TOLD, stream);
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(object, bytes);
    fl_table_key_put(&key, bytes, sizeof bytes);
    return key;
}

uint32_t fl_streams_number(struct fl_txn *txn)
{
    return (uint32_t)fl_table_sequence(txn, "last/stream");
}

uint64_t fl_streams_told(struct fl_txn *txn, uint32_t stream, struct fl_key object)
{
    struct fl_table_key key = told_key(stream, object);
    struct fl_bytes value;

    if (fl_table_get(txn, FL_TABLE_STREAMS, fl_table_key_view(&key), &value) != FL_OK) {
        return 0;
    }
    struct fl_reader reader = fl_reader_of(value);
    uint64_t lsn = fl_reader_u64(&reader);

    return fl_reader_done(&reader) ? lsn : 0;
}

static void put_told(struct fl_txn *txn, uint32_t stream, const struct fl_stream_row *row)
{
    struct fl_table_key key = told_key(stream, row->key);
    struct fl_buffer buffer;

    if (fl_streams_told(txn, stream, row->key) < row->lsn) {
        fl_buffer_init(&buffer, 8);
        fl_buffer_put_u64(&buffer, row->lsn);
        fl_table_put_encoded(txn, FL_TABLE_STREAMS, fl_table_key_view(&key), &buffer);
    }
}

void fl_streams_put(struct fl_txn *txn, uint32_t stream, const struct fl_stream_row *row)
{
    struct fl_table_key key = row_key(stream, row->lsn, row->key);
    struct fl_buffer buffer;
    unsigned flags = (row->told ? TOLD : 0u) | (row->takes ? TAKES : 0u);

    FL_ASSERT(row->told || !row->takes);
    if (!fl_txn_can_write(txn)) {
        return;
    }
    fl_buffer_init(&buffer, VALUE_BYTES);
    fl_buffer_put_u32(&buffer, (uint32_t)(row->lsn - row->lsn_first));
    fl_buffer_put_u8(&buffer, (uint8_t)flags);
    fl_table_put_encoded(txn, FL_TABLE_STREAMS, fl_table_key_view(&key), &buffer);
    if (row->told && !row->takes) {
        put_told(txn, stream, row);
    }
}

void fl_streams_remove(
    struct fl_txn *txn,
    uint32_t stream,
    uint64_t lsn,
    struct fl_key key)
{
    struct fl_table_key row = row_key(stream, lsn, key);

    fl_table_remove(txn, FL_TABLE_STREAMS, fl_table_key_view(&row));
}

static bool clear(struct fl_txn *txn, struct fl_table_key prefix, size_t rows_max)
{
    struct fl_bytes first = {.size = 0};

    for (size_t i = 0; i < rows_max; i++) {
        struct fl_table_key key;
        struct fl_bytes value;
        enum fl_status status = fl_table_above(
            txn, FL_TABLE_STREAMS, fl_table_key_view(&prefix), first, &key, &value);

        if (status != FL_OK && status != FL_MALFORMED) {
            return true;
        }
        fl_table_remove(txn, FL_TABLE_STREAMS, fl_table_key_view(&key));
    }
    return false;
}

bool fl_streams_clear(struct fl_txn *txn, uint32_t stream, size_t rows_max)
{
    return clear(txn, stream_prefix(FL_STREAM_KIND_ROW, stream), rows_max) &&
           clear(txn, stream_prefix(FL_STREAM_KIND_TOLD, stream), rows_max);
}

void fl_stream_scan_begin(
    struct fl_stream_scan *scan,
    struct fl_txn *txn,
    uint32_t stream,
    uint64_t lsn_from)
{
    *scan = (struct fl_stream_scan){.txn = txn, .stream = stream, .lsn_next = lsn_from};
    fl_buffer_init(&scan->whole, VALUE_BYTES);
    scan->cursor = fl_txn_cursor(txn, FL_TABLE_STREAMS);
}

static enum fl_status scan_row(
    struct fl_stream_scan *scan,
    struct fl_bytes *out_key,
    struct fl_bytes *out_row)
{
    const struct fl_engine *engine = fl_txn_engine(scan->txn);
    struct fl_table_key from = row_key(scan->stream, scan->lsn_next, scan->key_last);

    /* A write in the same transaction may move what a cursor stands on. */
    if (scan->started && scan->txn->mode == FL_TXN_READ) {
        return engine->cursor_next(scan->cursor, out_key, out_row);
    }
    enum fl_status status =
        engine->cursor_seek(scan->cursor, fl_table_key_view(&from), out_key, out_row);

    if (status == FL_OK && scan->started &&
        fl_bytes_equal(*out_key, fl_table_key_view(&from))) {
        status = engine->cursor_next(scan->cursor, out_key, out_row);
    }
    return status;
}

static enum fl_status decode(
    struct fl_stream_scan *scan,
    struct fl_bytes key,
    struct fl_bytes row,
    struct fl_stream_row *out_row)
{
    struct fl_bytes value;
    enum fl_status status =
        fl_table_open_row(scan->txn, FL_TABLE_STREAMS, key, row, &scan->whole, &value);

    if (status != FL_OK) {
        return status;
    }
    struct fl_reader reader = fl_reader_of(value);
    uint32_t offset = fl_reader_u32(&reader);
    uint8_t flags = fl_reader_u8(&reader);
    uint64_t lsn = scan->lsn_next;

    if (!fl_reader_done(&reader) || offset >= lsn || flags > (TOLD | TAKES) ||
        flags == TAKES) {
        return fl_table_malformed(
            scan->txn, FL_TABLE_STREAMS, key, "not a row of a stream");
    }
    *out_row = (struct fl_stream_row){
        .lsn = lsn,
        .lsn_first = lsn - offset,
        .told = (flags & TOLD) != 0,
        .takes = (flags & TAKES) != 0,
        .key = scan->key_last};
    return FL_OK;
}

enum fl_status fl_stream_scan_next(
    struct fl_stream_scan *scan,
    struct fl_stream_row *out_row)
{
    struct fl_table_key prefix = stream_prefix(FL_STREAM_KIND_ROW, scan->stream);
    struct fl_bytes key;
    struct fl_bytes row;

    if (!fl_txn_can_read(scan->txn)) {
        return fl_txn_status(scan->txn);
    }
    enum fl_status status = fl_txn_checked(scan->txn, scan_row(scan, &key, &row));

    if (status != FL_OK) {
        return status;
    }
    if (key.size < PREFIX_BYTES || memcmp(key.data, prefix.bytes, PREFIX_BYTES) != 0) {
        return FL_NOT_FOUND;
    }
    /* A damaged tree may lead in a circle. */
    if (key.size != KEY_BYTES || fl_load_u64(key.data + PREFIX_BYTES) < scan->lsn_next) {
        fl_txn_failed(
            scan->txn, fl_table_malformed(
                           scan->txn, FL_TABLE_STREAMS, key,
                           "not a row of a stream, or not in order"));
        return FL_MALFORMED;
    }
    scan->started = true;
    scan->lsn_next = fl_load_u64(key.data + PREFIX_BYTES);
    scan->key_last = fl_key_decode(key.data + PREFIX_BYTES + 8);
    return decode(scan, key, row, out_row);
}

void fl_stream_scan_end(struct fl_stream_scan *scan)
{
    if (scan->txn) {
        fl_txn_cursor_end(scan->txn, scan->cursor);
    }
    fl_buffer_deinit(&scan->whole);
    *scan = (struct fl_stream_scan){.txn = NULL};
}

/* -- sweeping -- */

struct batch {
    struct fl_stream_row dead[SWEEP_ROWS_MAX];
    size_t count;
    uint64_t lsn;
    bool done;
};

/*
 * A row stands for nothing once its object was forgotten; once a later row tells of the
 * same; and, where nobody accounts for members, once the object was written again.
 */
static bool is_dead(
    struct fl_txn *txn,
    const struct fl_streams_sweep *sweep,
    const struct fl_stream_row *row)
{
    uint64_t lsn = 0;
    enum fl_status status = fl_object_lsn(txn, row->key, &lsn);

    if (status == FL_NOT_FOUND) {
        return row->lsn <= sweep->purged;
    }
    if (status != FL_OK) {
        return false;
    }
    if (row->told) {
        return !row->takes && fl_streams_told(txn, sweep->stream, row->key) > row->lsn;
    }
    return !sweep->has_members && lsn > row->lsn;
}

static void find_dead(
    struct fl_txn *txn,
    const struct fl_streams_sweep *sweep,
    struct batch *batch)
{
    struct fl_stream_scan scan;
    struct fl_stream_row row;

    fl_stream_scan_begin(&scan, txn, sweep->stream, batch->lsn + 1);
    for (size_t i = 0; i < SWEEP_SCAN_MAX && batch->count < SWEEP_ROWS_MAX; i++) {
        enum fl_status status = fl_stream_scan_next(&scan, &row);

        if (status == FL_NOT_FOUND || (status == FL_OK && row.lsn > sweep->horizon)) {
            batch->done = true;
            break;
        }
        if (status != FL_OK && status != FL_MALFORMED) {
            break;
        }
        batch->lsn = scan.lsn_next;
        if (status == FL_OK && is_dead(txn, sweep, &row)) {
            batch->dead[batch->count++] = row;
        }
    }
    /* Rows at one lsn are many: the next call begins with the rest of them. */
    if (!batch->done && batch->count == SWEEP_ROWS_MAX) {
        batch->lsn--;
    }
    fl_stream_scan_end(&scan);
}

static void remove_row(
    struct fl_txn *txn,
    uint32_t stream,
    const struct fl_stream_row *row)
{
    struct fl_table_key told = told_key(stream, row->key);

    if (row->told && fl_streams_told(txn, stream, row->key) <= row->lsn) {
        fl_table_remove(txn, FL_TABLE_STREAMS, fl_table_key_view(&told));
    }
    fl_streams_remove(txn, stream, row->lsn, row->key);
}

bool fl_streams_sweep(
    struct fl_store *store,
    const struct fl_streams_sweep *sweep,
    uint64_t *lsn,
    enum fl_status *out_status)
{
    struct batch batch = {.lsn = *lsn};
    struct fl_txn txn;

    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    find_dead(&txn, sweep, &batch);
    for (size_t i = 0; i < batch.count; i++) {
        remove_row(&txn, sweep->stream, &batch.dead[i]);
    }
    if (batch.count == 0) {
        /* Nothing to write: no commit to wait for. */
        fl_txn_abort(&txn);
    } else {
        (void)fl_txn_commit(&txn);
    }
    *out_status = fl_txn_status(&txn);
    *lsn = batch.lsn;
    return batch.done || *out_status != FL_OK;
}
