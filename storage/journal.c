/*
 * The journal and the index of objects. These two tables lay out their rows themselves,
 * since their speed is the store's:
 *
 *   journal   lsn u64 -> tag 8 | origin u32 | offset u32 | configuration u16 | flags u8 |
 *                        key 20 | previous u64 | record
 *   objects   key 20  -> tag 8 | lsn u64
 *
 * `offset` is the lsn minus that of the first entry of the source transaction, so its
 * borders outlive the sweeper. Bit 7 of `flags` says that the record lies in parts, and
 * in its place stands its size, u32. `previous` is the lsn of the entry of the same
 * object that this one replaced. Appending costs one put at the end of the journal and
 * one into objects, which gives back what it replaces.
 */

#include "journal_rows.h"

#include <string.h>

#include "arrivals_rows.h"
#include "auto_record_rows.h"
#include "table.h"

enum {
    LSN_BYTES = 8,
    PREVIOUS_AT = FL_TAG_BYTES + 4 + 4 + 2 + 1 + FL_KEY_BYTES,
    HEAD_BYTES = PREVIOUS_AT + LSN_BYTES,
    OBJECT_BYTES = FL_TAG_BYTES + LSN_BYTES,
    FLAG_IN_PARTS = 1u << 7,
    FLAGS_KNOWN = FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN | FLAG_IN_PARTS,
};

static struct fl_bytes view_of(const uint8_t *data, size_t size)
{
    return (struct fl_bytes){.data = data, .size = size};
}

uint64_t fl_journal_head(struct fl_txn *txn)
{
    struct fl_table_key last;
    enum fl_status status;

    if (txn->lsn_known || !fl_txn_can_read(txn)) {
        return txn->lsn_last;
    }
    status = fl_table_last(txn, FL_TABLE_JOURNAL, view_of(NULL, 0), &last);
    if (status == FL_OK && last.size != LSN_BYTES) {
        status = fl_table_malformed(
            txn, FL_TABLE_JOURNAL, fl_table_key_view(&last), "not an lsn");
        fl_txn_failed(txn, status);
    }
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return 0;
    }
    txn->lsn_last = status == FL_OK ? fl_load_u64(last.bytes) : 0;
    txn->lsn_known = true;
    return txn->lsn_last;
}

void fl_journal_transaction(struct fl_txn *txn)
{
    txn->lsn_first = 0;
    txn->source_bytes = 0;
}

/* What the receiver counts, too: nobody may split a source transaction. */
static bool source_has_room(struct fl_txn *txn, uint64_t lsn, size_t record_size)
{
    if (record_size > FL_RECORD_BYTES_MAX) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_LIMIT,
                     "an object of %zu bytes; the largest is %d MiB", record_size,
                     (int)FL_RECORD_BYTES_MAX >> 20));
        return false;
    }
    if (lsn - txn->lsn_first >= FL_TXN_KEYS_MAX ||
        txn->source_bytes + record_size + HEAD_BYTES > FL_TXN_BYTES_MAX) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_LIMIT,
                     "a transaction may change %d objects and hold %d MiB; divide it",
                     (int)FL_TXN_KEYS_MAX, (int)FL_TXN_BYTES_MAX >> 20));
        return false;
    }
    return true;
}

/* Fill a row but for its tag; `record` goes behind the head, whole or as its size. */
static void entry_encode(
    const struct fl_entry *entry,
    uint32_t offset,
    uint64_t previous,
    bool in_parts,
    uint8_t *row)
{
    fl_store_u32(row + 8, entry->origin);
    fl_store_u32(row + 12, offset);
    row[16] = (uint8_t)(entry->configuration >> 8);
    row[17] = (uint8_t)entry->configuration;
    row[18] = (uint8_t)(entry->flags | (in_parts ? FLAG_IN_PARTS : 0u));
    fl_key_encode(entry->key, row + 19);
    fl_store_u64(row + PREVIOUS_AT, previous);
    if (in_parts) {
        fl_store_u32(row + HEAD_BYTES, (uint32_t)entry->record.size);
    } else if (entry->record.size > 0) {
        memcpy(row + HEAD_BYTES, entry->record.data, entry->record.size);
    }
}

static void append_row(
    struct fl_txn *txn,
    const struct fl_entry *entry,
    uint64_t lsn,
    uint64_t previous)
{
    bool in_parts = entry->record.size > FL_STORE_PART_BYTES_MAX;
    size_t size = HEAD_BYTES + (in_parts ? 4 : entry->record.size);
    uint8_t key[LSN_BYTES];
    uint8_t *row;

    fl_store_u64(key, lsn);
    if (in_parts) {
        fl_table_put_parts(
            txn, FL_TABLE_JOURNAL, view_of(key, sizeof key), entry->record);
    }
    row = fl_table_reserve(
        txn, FL_TABLE_JOURNAL, view_of(key, sizeof key), size, /* append= */ true);
    if (row != NULL) {
        entry_encode(entry, (uint32_t)(lsn - txn->lsn_first), previous, in_parts, row);
        fl_table_seal(FL_TABLE_JOURNAL, view_of(key, sizeof key), row, size);
    }
}

/*
 * `objects` gives this entry from now on. Gives what it gave before: 0 when there was
 * nothing, or nothing that can be read.
 */
static uint64_t point_object(struct fl_txn *txn, struct fl_key key, uint64_t lsn)
{
    uint8_t bytes[FL_KEY_BYTES];
    uint8_t old[OBJECT_BYTES];
    uint64_t previous = 0;
    bool had = false;
    uint8_t *row = NULL;

    fl_key_encode(key, bytes);
    if (!fl_table_charge(txn, sizeof bytes + OBJECT_BYTES) ||
        fl_txn_checked(
            txn, fl_txn_engine(txn)->replace(
                     txn->handle, FL_TABLE_OBJECTS, view_of(bytes, sizeof bytes),
                     OBJECT_BYTES, old, &had, &row)) != FL_OK) {
        return 0;
    }
    if (had &&
        fl_table_tag_holds(
            FL_TABLE_OBJECTS, view_of(bytes, sizeof bytes), view_of(old, sizeof old))) {
        previous = fl_load_u64(old + FL_TAG_BYTES);
    }
    fl_store_u64(row + FL_TAG_BYTES, lsn);
    fl_table_seal(FL_TABLE_OBJECTS, view_of(bytes, sizeof bytes), row, OBJECT_BYTES);
    return previous < lsn ? previous : 0;
}

uint64_t fl_journal_append(struct fl_txn *txn, const struct fl_entry *entry)
{
    uint64_t previous;
    uint64_t lsn;

    FL_ASSERT((entry->flags & ~(FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0);
    if (!fl_txn_can_write(txn)) {
        return 0;
    }
    lsn = fl_journal_head(txn) + 1;
    if (txn->lsn_first == 0) {
        txn->lsn_first = lsn;
    }
    if (fl_txn_status(txn) != FL_OK || !source_has_room(txn, lsn, entry->record.size)) {
        return 0;
    }
    fl_arrivals_note(txn, lsn);
    previous = point_object(txn, entry->key, lsn);
    append_row(txn, entry, lsn, previous);
    fl_auto_record_note(txn, entry->key, lsn, previous);
    if (fl_txn_status(txn) != FL_OK) {
        return 0;
    }
    txn->lsn_last = lsn;
    txn->source_bytes += entry->record.size + HEAD_BYTES;
    return lsn;
}

static enum fl_status entry_decode(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_bytes row,
    struct fl_entry *out_entry,
    bool *out_in_parts)
{
    uint8_t key_bytes[LSN_BYTES];
    struct fl_bytes key = {.data = key_bytes, .size = sizeof key_bytes};
    struct fl_reader reader;
    uint32_t offset;
    uint8_t flags;

    fl_store_u64(key_bytes, lsn);
    if (row.size < HEAD_BYTES || !fl_table_tag_holds(FL_TABLE_JOURNAL, key, row)) {
        return fl_table_malformed(
            txn, FL_TABLE_JOURNAL, key, "the entry does not match its tag");
    }
    reader = fl_reader_of(row);
    (void)fl_reader_take(&reader, FL_TAG_BYTES);
    out_entry->lsn = lsn;
    out_entry->origin = fl_reader_u32(&reader);
    offset = fl_reader_u32(&reader);
    out_entry->configuration = fl_reader_u16(&reader);
    flags = fl_reader_u8(&reader);
    out_entry->key = fl_key_decode(fl_reader_take(&reader, FL_KEY_BYTES).data);
    out_entry->previous = fl_reader_u64(&reader);
    out_entry->record = fl_reader_take(&reader, fl_reader_left(&reader));
    if ((flags & ~FLAGS_KNOWN) != 0 || offset >= lsn || out_entry->previous >= lsn ||
        ((flags & FLAG_IN_PARTS) != 0 && out_entry->record.size != 4)) {
        return fl_table_malformed(
            txn, FL_TABLE_JOURNAL, key, "the entry has flags or an offset of no meaning");
    }
    out_entry->lsn_first = lsn - offset;
    out_entry->flags = (uint8_t)(flags & ~FLAG_IN_PARTS);
    out_entry->live = false;
    *out_in_parts = (flags & FLAG_IN_PARTS) != 0;
    return FL_OK;
}

/* Put the record together when it lies in parts. */
static enum fl_status entry_whole(
    struct fl_txn *txn,
    bool in_parts,
    struct fl_buffer *whole,
    struct fl_entry *entry)
{
    uint8_t key[LSN_BYTES];
    enum fl_status status;

    if (!in_parts) {
        return FL_OK;
    }
    fl_store_u64(key, entry->lsn);
    status = fl_table_get_parts(
        txn, FL_TABLE_JOURNAL, view_of(key, sizeof key), fl_load_u32(entry->record.data),
        whole);
    if (status == FL_OK) {
        entry->record = fl_buffer_view(whole);
    } else {
        entry->record = view_of(NULL, 0);
        status = status == FL_NOT_FOUND ? FL_MALFORMED : status;
    }
    return status;
}

static enum fl_status object_decode(
    struct fl_txn *txn,
    struct fl_bytes key,
    struct fl_bytes row,
    uint64_t *out_lsn)
{
    if (row.size != OBJECT_BYTES || !fl_table_tag_holds(FL_TABLE_OBJECTS, key, row)) {
        return fl_table_malformed(
            txn, FL_TABLE_OBJECTS, key, "the place does not match its tag");
    }
    *out_lsn = fl_load_u64(row.data + FL_TAG_BYTES);
    return FL_OK;
}

enum fl_status fl_object_lsn(struct fl_txn *txn, struct fl_key key, uint64_t *out_lsn)
{
    uint8_t bytes[FL_KEY_BYTES];
    struct fl_bytes row;
    enum fl_status status;

    if (!fl_txn_can_read(txn)) {
        return fl_txn_status(txn);
    }
    fl_key_encode(key, bytes);
    status = fl_txn_checked(
        txn, fl_txn_engine(txn)->get(
                 txn->handle, FL_TABLE_OBJECTS, view_of(bytes, sizeof bytes), &row));
    if (status != FL_OK) {
        return status;
    }
    return object_decode(txn, view_of(bytes, sizeof bytes), row, out_lsn);
}

enum fl_status fl_journal_look(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_buffer *whole,
    struct fl_entry *out_entry)
{
    uint8_t key[LSN_BYTES];
    struct fl_entry entry = {.lsn = 0};
    struct fl_bytes row;
    bool in_parts = false;
    enum fl_status status;

    fl_store_u64(key, lsn);
    status = fl_txn_checked(
        txn, fl_txn_engine(txn)->get(
                 txn->handle, FL_TABLE_JOURNAL, view_of(key, sizeof key), &row));
    if (status == FL_OK) {
        status = entry_decode(txn, lsn, row, &entry, &in_parts);
    }
    if (status == FL_OK) {
        status = entry_whole(txn, in_parts, whole, &entry);
    }
    if (status == FL_OK) {
        *out_entry = entry;
    }
    return status;
}

/* Is this entry what `objects` points to? */
static enum fl_status entry_live(struct fl_txn *txn, struct fl_entry *entry)
{
    uint64_t lsn = 0;
    enum fl_status status = fl_object_lsn(txn, entry->key, &lsn);

    entry->live = status == FL_OK && lsn == entry->lsn;
    return status == FL_NOT_FOUND ? FL_OK : status;
}

enum fl_status fl_journal_get(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_entry *out_entry)
{
    struct fl_entry entry;
    enum fl_status status;

    if (!fl_txn_can_read(txn)) {
        return fl_txn_status(txn);
    }
    status = fl_journal_look(txn, lsn, &txn->whole, &entry);
    if (status == FL_OK) {
        status = entry_live(txn, &entry);
    }
    if (status == FL_OK) {
        *out_entry = entry;
    }
    return status;
}

/* The entry that `objects` gives for `key`; it must be there and be of that object. */
static enum fl_status live_entry(
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t lsn,
    struct fl_buffer *whole,
    struct fl_entry *out_entry)
{
    uint8_t bytes[FL_KEY_BYTES];
    struct fl_entry entry = {.lsn = 0};
    enum fl_status status = fl_journal_look(txn, lsn, whole, &entry);

    if (status == FL_NOT_FOUND || (status == FL_OK && !fl_key_equal(entry.key, key))) {
        fl_key_encode(key, bytes);
        return fl_table_malformed(
            txn, FL_TABLE_OBJECTS, view_of(bytes, sizeof bytes),
            "it points to no entry of its own in the journal");
    }
    if (status == FL_OK) {
        entry.live = true;
        *out_entry = entry;
    }
    return status;
}

enum fl_status fl_object_get(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_entry *out_entry)
{
    uint64_t lsn = 0;
    enum fl_status status = fl_object_lsn(txn, key, &lsn);

    if (status != FL_OK) {
        return status;
    }
    return live_entry(txn, key, lsn, &txn->whole, out_entry);
}

void fl_journal_scan_begin(
    struct fl_journal_scan *scan,
    struct fl_txn *txn,
    uint64_t lsn_from)
{
    *scan = (struct fl_journal_scan){.txn = txn, .lsn_next = lsn_from};
    scan->cursor = fl_txn_cursor(txn, FL_TABLE_JOURNAL);
}

static enum fl_status scan_row(
    struct fl_journal_scan *scan,
    bool seek,
    struct fl_bytes *out_key,
    struct fl_bytes *out_row)
{
    const struct fl_engine *engine = fl_txn_engine(scan->txn);
    uint8_t from[LSN_BYTES];

    if (!seek) {
        return engine->cursor_next(scan->cursor, out_key, out_row);
    }
    fl_store_u64(from, scan->lsn_next);
    return engine->cursor_seek(
        scan->cursor, view_of(from, sizeof from), out_key, out_row);
}

static enum fl_status scan_next(
    struct fl_journal_scan *scan,
    struct fl_entry *entry,
    bool *out_in_parts)
{
    struct fl_bytes key;
    struct fl_bytes row;
    enum fl_status status;
    /* A write in the same transaction may move what a cursor stands on. */
    bool seek = !scan->started || scan->txn->mode != FL_TXN_READ;

    if (!fl_txn_can_read(scan->txn)) {
        return fl_txn_status(scan->txn);
    }
    status = fl_txn_checked(scan->txn, scan_row(scan, seek, &key, &row));
    scan->started = true;
    if (status != FL_OK) {
        return status;
    }
    /* A damaged tree may lead in a circle. */
    if (key.size != LSN_BYTES || fl_load_u64(key.data) < scan->lsn_next) {
        fl_txn_failed(
            scan->txn,
            fl_table_malformed(
                scan->txn, FL_TABLE_JOURNAL, key, "not an lsn, or not in order"));
        return FL_MALFORMED;
    }
    entry->lsn = fl_load_u64(key.data);
    scan->lsn_next = entry->lsn + 1;
    status = entry_decode(scan->txn, entry->lsn, row, entry, out_in_parts);
    return status == FL_OK ? entry_live(scan->txn, entry) : status;
}

enum fl_status fl_journal_scan_next(
    struct fl_journal_scan *scan,
    struct fl_entry *out_entry)
{
    bool in_parts = false;
    enum fl_status status = scan_next(scan, out_entry, &in_parts);

    if (status == FL_OK) {
        status = entry_whole(scan->txn, in_parts, &scan->whole, out_entry);
    }
    return status;
}

enum fl_status fl_journal_scan_next_live(
    struct fl_journal_scan *scan,
    struct fl_entry *out_entry)
{
    bool in_parts = false;
    enum fl_status status;

    do {
        status = scan_next(scan, out_entry, &in_parts);
    } while (status == FL_OK && !out_entry->live);
    if (status == FL_OK) {
        status = entry_whole(scan->txn, in_parts, &scan->whole, out_entry);
    }
    return status;
}

void fl_journal_scan_end(struct fl_journal_scan *scan)
{
    fl_txn_cursor_end(scan->txn, scan->cursor);
    fl_buffer_deinit(&scan->whole);
    *scan = (struct fl_journal_scan){.txn = NULL};
}

void fl_object_walk_begin(
    struct fl_object_walk *walk,
    struct fl_txn *txn,
    struct fl_key from)
{
    *walk = (struct fl_object_walk){.txn = txn, .from = from};
    walk->cursor = fl_txn_cursor(txn, FL_TABLE_OBJECTS);
}

static enum fl_status walk_row(
    struct fl_object_walk *walk,
    struct fl_bytes *out_key,
    struct fl_bytes *out_row)
{
    const struct fl_engine *engine = fl_txn_engine(walk->txn);
    uint8_t from[FL_KEY_BYTES];
    enum fl_status status;

    if (walk->started && walk->txn->mode == FL_TXN_READ) {
        return engine->cursor_next(walk->cursor, out_key, out_row);
    }
    fl_key_encode(walk->from, from);
    status =
        engine->cursor_seek(walk->cursor, view_of(from, sizeof from), out_key, out_row);
    if (status == FL_OK && walk->started &&
        fl_bytes_equal(*out_key, view_of(from, sizeof from))) {
        status = engine->cursor_next(walk->cursor, out_key, out_row);
    }
    return status;
}

/* A damaged tree may lead in a circle. */
static bool is_behind(const struct fl_object_walk *walk, struct fl_bytes key)
{
    uint8_t last[FL_KEY_BYTES];

    fl_key_encode(walk->from, last);
    return !walk->started || fl_bytes_compare(view_of(last, sizeof last), key) < 0;
}

enum fl_status fl_object_walk_next_lsn(
    struct fl_object_walk *walk,
    struct fl_key *out_key,
    uint64_t *out_lsn)
{
    struct fl_bytes key;
    struct fl_bytes row;
    enum fl_status status;

    if (!fl_txn_can_read(walk->txn)) {
        return fl_txn_status(walk->txn);
    }
    status = fl_txn_checked(walk->txn, walk_row(walk, &key, &row));
    if (status != FL_OK) {
        return status;
    }
    if (key.size != FL_KEY_BYTES || !is_behind(walk, key)) {
        fl_txn_failed(
            walk->txn,
            fl_table_malformed(
                walk->txn, FL_TABLE_OBJECTS, key, "not a key, or not in order"));
        return FL_MALFORMED;
    }
    walk->started = true;
    walk->from = fl_key_decode(key.data);
    *out_key = walk->from;
    return object_decode(walk->txn, key, row, out_lsn);
}

enum fl_status fl_object_walk_next(
    struct fl_object_walk *walk,
    struct fl_entry *out_entry)
{
    uint64_t lsn = 0;
    enum fl_status status = fl_object_walk_next_lsn(walk, &out_entry->key, &lsn);

    return status == FL_OK
               ? live_entry(walk->txn, walk->from, lsn, &walk->whole, out_entry)
               : status;
}

void fl_object_walk_end(struct fl_object_walk *walk)
{
    fl_txn_cursor_end(walk->txn, walk->cursor);
    fl_buffer_deinit(&walk->whole);
    *walk = (struct fl_object_walk){.txn = NULL};
}

uint64_t fl_object_count(struct fl_txn *txn)
{
    return fl_table_entries(txn, FL_TABLE_OBJECTS);
}

void fl_journal_remove(struct fl_txn *txn, uint64_t lsn, size_t parts_size)
{
    uint8_t bytes[LSN_BYTES];
    struct fl_bytes key = {.data = bytes, .size = sizeof bytes};

    fl_store_u64(bytes, lsn);
    fl_table_remove_parts(txn, FL_TABLE_JOURNAL, key, parts_size);
    if (fl_table_charge(txn, key.size)) {
        (void)fl_txn_checked(
            txn, fl_txn_engine(txn)->remove(txn->handle, FL_TABLE_JOURNAL, key));
    }
}

void fl_journal_remove_object(struct fl_txn *txn, struct fl_key key)
{
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(key, bytes);
    if (fl_table_charge(txn, sizeof bytes)) {
        (void)fl_txn_checked(
            txn, fl_txn_engine(txn)->remove(
                     txn->handle, FL_TABLE_OBJECTS, view_of(bytes, sizeof bytes)));
    }
}

bool fl_journal_parts_size(struct fl_txn *txn, uint64_t lsn, size_t *out_size)
{
    uint8_t bytes[LSN_BYTES];
    struct fl_bytes key = {.data = bytes, .size = sizeof bytes};
    struct fl_entry entry;
    struct fl_bytes row;
    bool in_parts = false;

    fl_store_u64(bytes, lsn);
    if (!fl_txn_can_read(txn) ||
        fl_txn_checked(
            txn, fl_txn_engine(txn)->get(txn->handle, FL_TABLE_JOURNAL, key, &row)) !=
            FL_OK ||
        entry_decode(txn, lsn, row, &entry, &in_parts) != FL_OK) {
        return false;
    }
    *out_size = in_parts ? fl_load_u32(entry.record.data) : 0;
    return true;
}
