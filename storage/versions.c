/*
 * A version's content is found from the nearest one above it that stands by itself: an
 * entry of the journal or a row without a base. Bases rise, so no row can lead in a
 * circle; a walk from the newest needs each only once.
 */

#include "storage/versions.h"

#include <string.h>

#include "journal_rows.h"
#include "proto/system.h"
#include "versions_rows.h"

/* Rows that need each other: twice the run, for those moved out of order. */
enum { DEPTH_MAX = 8 * FL_VERSION_RUN_MAX };

uint64_t fl_history_keep_ms(const struct fl_history_policy *policy, uint32_t type)
{
    if (fl_system_is(type)) {
        return 0;
    }
    for (size_t i = 0; i < policy->type_count; i++) {
        if (policy->types[i].type == type) {
            return policy->types[i].keep_ms;
        }
    }
    return policy->keep_ms;
}

void fl_version_walk_begin(
    struct fl_version_walk *walk,
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t lsn_below)
{
    uint64_t lsn = 0;

    *walk = (struct fl_version_walk){
        .txn = txn,
        .key = key,
        .lsn_below = lsn_below != 0 ? lsn_below : UINT64_MAX,
        .lsn_last = UINT64_MAX};
    fl_buffer_init(&walk->content, FL_RECORD_BYTES_MAX);
    fl_buffer_init(&walk->other, FL_RECORD_BYTES_MAX);
    if (fl_object_lsn(txn, key, &lsn) == FL_OK) {
        walk->lsn_next = lsn;
    }
}

void fl_version_walk_end(struct fl_version_walk *walk)
{
    fl_buffer_deinit(&walk->content);
    fl_buffer_deinit(&walk->other);
    fl_buffer_deinit(&walk->whole);
    fl_decompressor_free(walk->decompressor);
    *walk = (struct fl_version_walk){.txn = NULL};
}

/* `content` is the record of `lsn` from now on. */
static enum fl_status hold(
    struct fl_version_walk *walk,
    uint64_t lsn,
    struct fl_bytes record)
{
    enum fl_status status;

    fl_buffer_clear(&walk->content);
    fl_buffer_put(&walk->content, record);
    status = fl_buffer_status(&walk->content);
    walk->lsn_content = status == FL_OK ? lsn : 0;
    return status;
}

/* The record of a row, when `content` is that of its base. */
static enum fl_status unpack(
    struct fl_version_walk *walk,
    const struct fl_version_row *row)
{
    struct fl_bytes base = {.data = NULL, .size = 0};
    struct fl_buffer swapped;
    enum fl_status status = FL_OK;

    if (walk->decompressor == NULL) {
        status = fl_decompressor_new(&walk->decompressor);
    }
    if (row->base != 0) {
        base = fl_buffer_view(&walk->content);
    }
    fl_buffer_clear(&walk->other);
    if (status == FL_OK && row->size > 0) {
        status = fl_decompress_against(
            walk->decompressor, base, row->packed, row->size, &walk->other);
    }
    if (status == FL_MALFORMED) {
        struct fl_table_key key = fl_versions_lsn_key(row->entry.lsn);

        return fl_table_malformed(
            walk->txn, FL_TABLE_VERSIONS, fl_table_key_view(&key),
            "the version does not unpack");
    }
    if (status != FL_OK) {
        return status;
    }
    swapped = walk->content;
    walk->content = walk->other;
    walk->other = swapped;
    walk->lsn_content = row->entry.lsn;
    return FL_OK;
}

/*
 * Goes up until something stands by itself, and down again. `content` becomes `lsn`'s. A
 * base that is not there any more: FL_NOT_FOUND, as if the version had gone with it.
 */
static enum fl_status find_content(struct fl_version_walk *walk, uint64_t lsn)
{
    uint64_t above[DEPTH_MAX];
    struct fl_version_row row = {.base = 0};
    struct fl_entry entry;
    size_t count = 0;
    enum fl_status status = FL_OK;

    for (uint64_t at = lsn; status == FL_OK && at != walk->lsn_content; at = row.base) {
        status = fl_journal_look(walk->txn, at, &walk->whole, &entry);
        if (status == FL_OK) {
            status = hold(walk, at, entry.record);
            break;
        }
        status =
            status == FL_NOT_FOUND ? fl_version_row_get(walk->txn, at, &row) : status;
        if (status == FL_OK && count == DEPTH_MAX) {
            status = FL_MALFORMED;
        }
        if (status == FL_OK) {
            above[count++] = at;
        }
        if (status != FL_OK || row.base == 0) {
            break;
        }
    }
    while (status == FL_OK && count > 0) {
        status = fl_version_row_get(walk->txn, above[--count], &row);
        status = status == FL_OK ? unpack(walk, &row) : status;
    }
    return status;
}

static enum fl_status read_at(
    struct fl_version_walk *walk,
    uint64_t lsn,
    struct fl_version *out_version)
{
    struct fl_version_row row;
    struct fl_entry entry;
    enum fl_status status = fl_journal_look(walk->txn, lsn, &walk->whole, &entry);
    bool is_packed = status == FL_NOT_FOUND;

    if (is_packed) {
        status = fl_version_row_get(walk->txn, lsn, &row);
        entry = row.entry;
    }
    if (status == FL_OK && !fl_key_equal(entry.key, walk->key)) {
        status = FL_NOT_FOUND;
    }
    if (status == FL_OK && !is_packed) {
        status = hold(walk, lsn, entry.record);
    } else if (status == FL_OK) {
        status = find_content(walk, lsn);
    }
    if (status != FL_OK) {
        return status;
    }
    entry.record = fl_buffer_view(&walk->content);
    *out_version = (struct fl_version){
        .entry = entry,
        .is_packed = is_packed,
        .is_forgotten = is_packed && row.is_forgotten,
    };
    walk->lsn_next = entry.previous;
    walk->lsn_last = lsn;
    return FL_OK;
}

/* Where an earlier life of the object ended, below what was given last. */
static enum fl_status earlier_life(struct fl_version_walk *walk, uint64_t *out_lsn)
{
    struct fl_table_key below =
        fl_versions_object_key(FL_VERSIONS_FORGOTTEN, walk->key, walk->lsn_last);
    void *cursor = fl_txn_cursor(walk->txn, FL_TABLE_VERSIONS);
    struct fl_bytes key;
    struct fl_bytes row;
    enum fl_status status;

    if (cursor == NULL) {
        return fl_txn_status(walk->txn);
    }
    status = fl_txn_checked(
        walk->txn, fl_txn_engine(walk->txn)->cursor_before(
                       cursor, fl_table_key_view(&below), &key, &row));
    if (status == FL_OK && (key.size != below.size ||
                            memcmp(key.data, below.bytes, 1 + FL_KEY_BYTES) != 0)) {
        status = FL_NOT_FOUND;
    }
    if (status == FL_OK) {
        *out_lsn = fl_load_u64(key.data + 1 + FL_KEY_BYTES);
    }
    fl_txn_cursor_end(walk->txn, cursor);
    return status;
}

enum fl_status fl_version_walk_next(
    struct fl_version_walk *walk,
    struct fl_version *out_version)
{
    /* What is newer than asked for is passed over; lsns fall with each turn. */
    for (;;) {
        uint64_t lsn = walk->lsn_next;
        enum fl_status status = FL_NOT_FOUND;

        if (!fl_txn_can_read(walk->txn)) {
            return fl_txn_status(walk->txn);
        }
        if (lsn != 0) {
            status = read_at(walk, lsn, out_version);
        }
        if (status == FL_OK && lsn < walk->lsn_below) {
            return FL_OK;
        }
        if (status == FL_NOT_FOUND) {
            status = earlier_life(walk, &lsn);
            walk->lsn_last = lsn;
            walk->lsn_next = lsn;
        }
        if (status != FL_OK) {
            return status;
        }
    }
}

enum fl_status fl_version_walk_to(
    struct fl_version_walk *walk,
    uint64_t lsn,
    struct fl_version *out_version)
{
    if (!fl_txn_can_read(walk->txn)) {
        return fl_txn_status(walk->txn);
    }
    return read_at(walk, lsn, out_version);
}

struct fl_versions_usage fl_versions_usage(struct fl_txn *txn)
{
    struct fl_versions_usage usage = {.count = 0};
    struct fl_bytes value;

    if (fl_table_get(
            txn, FL_TABLE_STORE, fl_bytes_of_text(FL_VERSIONS_USAGE_KEY), &value) ==
            FL_OK &&
        value.size == 16) {
        usage.count = fl_load_u64(value.data);
        usage.bytes = fl_load_u64(value.data + 8);
    }
    return usage;
}
