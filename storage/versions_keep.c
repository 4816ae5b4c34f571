/*
 * The sweeper's side of the versions: dead entries come in, packed against the version
 * that replaced them, and go when the policy keeps them no more.
 */

#include <string.h>

#include "journal_rows.h"
#include "storage/sweeper.h"
#include "store_state.h"
#include "versions_rows.h"

enum {
    /* Entries of an object that nobody swept yet are looked through so far for the one
     * that follows; a later one serves as well. */
    NEXT_STEPS_MAX = 32,
    INDEX_BYTES = 8,
};

/* What is known of the version after the one that is taken. */
struct next {
    uint64_t lsn; /* 0: none, or none to pack against */
    int64_t came_ms;
};

static void usage_add(struct fl_txn *txn, int64_t count, int64_t bytes)
{
    struct fl_versions_usage usage = fl_versions_usage(txn);
    uint8_t value[16];

    usage.count += (uint64_t)count;
    usage.bytes += (uint64_t)bytes;
    fl_store_u64(value, usage.count);
    fl_store_u64(value + 8, usage.bytes);
    fl_table_put(
        txn, FL_TABLE_STORE, fl_bytes_of_text(FL_VERSIONS_USAGE_KEY),
        (struct fl_bytes){.data = value, .size = sizeof value});
}

static enum fl_status previous_of(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_buffer *whole,
    uint64_t *out_previous)
{
    struct fl_version_row row;
    struct fl_entry entry;
    enum fl_status status = fl_journal_look(txn, lsn, whole, &entry);

    if (status == FL_OK) {
        *out_previous = entry.previous;
    } else if (status == FL_NOT_FOUND) {
        status = fl_version_row_get(txn, lsn, &row);
        *out_previous = status == FL_OK ? row.entry.previous : 0;
    }
    return status;
}

/* From the live entry down to the one that follows `entry`, or as far as that goes. */
static struct next find_next(
    struct fl_txn *txn,
    const struct fl_entry *entry,
    struct fl_buffer *whole)
{
    struct next next = {.lsn = 0};
    struct fl_arrival arrival;
    uint64_t at = 0;

    if (fl_object_lsn(txn, entry->key, &at) != FL_OK || at <= entry->lsn) {
        return next;
    }
    for (int i = 0; i < NEXT_STEPS_MAX && at > entry->lsn; i++) {
        uint64_t previous = 0;

        next.lsn = at;
        if (previous_of(txn, at, whole, &previous) != FL_OK) {
            break;
        }
        at = previous;
    }
    if (fl_arrivals_get(txn, next.lsn, &arrival) == FL_OK) {
        next.came_ms = arrival.at_ms;
    }
    return next;
}

static bool is_over(
    const struct fl_history_policy *policy,
    uint32_t type,
    int64_t replaced_ms)
{
    uint64_t keep_ms = fl_history_keep_ms(policy, type);

    /* A clock that was set back makes nothing old. */
    return keep_ms == 0 || (policy->now_ms > replaced_ms &&
                            (uint64_t)(policy->now_ms - replaced_ms) >= keep_ms);
}

/* How many older versions in a row would need what is packed now. */
static uint8_t run_of(struct fl_txn *txn, uint64_t previous)
{
    struct fl_version_row row;

    if (previous == 0 || fl_version_row_get(txn, previous, &row) != FL_OK ||
        row.base == 0) {
        return 0;
    }
    return (uint8_t)(row.run < UINT8_MAX ? row.run + 1 : UINT8_MAX);
}

static enum fl_status pack(
    struct fl_txn *txn,
    const struct fl_entry *entry,
    struct fl_version_row *row,
    struct fl_buffer *packed)
{
    struct fl_store *store = txn->store;
    struct fl_version_walk walk;
    struct fl_version base;
    struct fl_bytes against = {.data = NULL, .size = 0};
    enum fl_status status =
        store->compressor == NULL ? fl_compressor_new(&store->compressor) : FL_OK;

    fl_version_walk_begin(&walk, txn, entry->key, 0);
    row->run = run_of(txn, entry->previous);
    if (row->run >= FL_VERSION_RUN_MAX ||
        fl_version_walk_to(&walk, row->base, &base) != FL_OK ||
        base.entry.record.size == 0) {
        row->base = 0;
        row->run = 0;
    } else {
        against = base.entry.record;
    }
    if (status == FL_OK) {
        status = fl_compress_against(store->compressor, against, entry->record, packed);
    }
    fl_version_walk_end(&walk);
    row->packed = fl_buffer_view(packed);
    return status;
}

static void put_row(struct fl_txn *txn, const struct fl_version_row *row)
{
    struct fl_table_key key = fl_versions_lsn_key(row->entry.lsn);
    struct fl_table_key time = fl_versions_time_key(row->replaced_ms, row->entry.lsn);
    struct fl_table_key head =
        fl_versions_object_key(FL_VERSIONS_FORGOTTEN, row->entry.key, row->entry.lsn);
    uint8_t index[INDEX_BYTES];
    struct fl_buffer buffer;
    size_t rows_size = key.size + time.size + sizeof index + 4 * FL_TAG_BYTES;

    fl_buffer_init(&buffer, 2 * FL_RECORD_BYTES_MAX);
    fl_version_row_encode(row, &buffer);
    uint32_t bytes = (uint32_t)(buffer.size + rows_size);

    fl_table_put_encoded(txn, FL_TABLE_VERSIONS, fl_table_key_view(&key), &buffer);
    fl_store_u32(index, row->entry.key.type);
    fl_store_u32(index + 4, bytes);
    fl_table_put(
        txn, FL_TABLE_VERSIONS, fl_table_key_view(&time),
        (struct fl_bytes){.data = index, .size = sizeof index});
    if (row->is_forgotten) {
        fl_table_put(
            txn, FL_TABLE_VERSIONS, fl_table_key_view(&head),
            (struct fl_bytes){.data = NULL, .size = 0});
    }
    usage_add(txn, 1, bytes);
}

void fl_versions_take(
    struct fl_txn *txn,
    const struct fl_history_policy *policy,
    uint64_t lsn,
    bool is_forgotten)
{
    struct fl_buffer own = {.data = NULL}; /* the record, when it lay in parts */
    struct fl_buffer whole = {.data = NULL};
    struct fl_buffer packed;
    struct fl_entry entry;
    struct next next;

    if (fl_journal_look(txn, lsn, &own, &entry) != FL_OK ||
        fl_history_keep_ms(policy, entry.key.type) == 0) {
        fl_buffer_deinit(&own);
        return;
    }
    fl_buffer_init(&packed, 2 * FL_RECORD_BYTES_MAX);
    next = find_next(txn, &entry, &whole);
    struct fl_version_row row = {
        .replaced_ms = next.came_ms != 0 ? next.came_ms : policy->now_ms,
        .entry = entry,
        .is_forgotten = is_forgotten,
        .base = next.lsn,
        .size = (uint32_t)entry.record.size,
    };

    if (!is_over(policy, entry.key.type, row.replaced_ms)) {
        enum fl_status status = FL_OK;

        if (entry.record.size > 0) {
            status = pack(txn, &entry, &row, &packed);
        } else {
            row.base = 0;
        }
        if (status == FL_OK) {
            put_row(txn, &row);
        } else {
            fl_txn_failed(
                txn,
                fl_error_set(fl_txn_words(txn), status, "no memory to keep a version"));
        }
    }
    fl_buffer_deinit(&own);
    fl_buffer_deinit(&whole);
    fl_buffer_deinit(&packed);
}

static void remove_version(
    struct fl_txn *txn,
    const struct fl_table_key *time,
    uint32_t bytes)
{
    uint64_t lsn = fl_load_u64(time->bytes + 9);
    struct fl_table_key key = fl_versions_lsn_key(lsn);
    struct fl_version_row row;

    if (fl_version_row_get(txn, lsn, &row) == FL_OK && row.is_forgotten) {
        struct fl_table_key head =
            fl_versions_object_key(FL_VERSIONS_FORGOTTEN, row.entry.key, lsn);

        fl_table_remove(txn, FL_TABLE_VERSIONS, fl_table_key_view(&head));
    }
    fl_table_remove(txn, FL_TABLE_VERSIONS, fl_table_key_view(&key));
    fl_table_remove(txn, FL_TABLE_VERSIONS, fl_table_key_view(time));
    usage_add(txn, -1, -(int64_t)bytes);
}

size_t fl_versions_expire(
    struct fl_txn *txn,
    const struct fl_history_policy *policy,
    size_t count_max,
    struct fl_versions_place *place)
{
    struct fl_table_key key = fl_versions_time_key(place->replaced_ms, place->lsn);
    const uint8_t kind = FL_VERSIONS_TIME;
    const struct fl_bytes prefix = {.data = &kind, .size = 1};
    size_t removed = 0;
    struct fl_bytes value;

    place->done = false;
    for (size_t looked = 0; removed < count_max; looked++) {
        if (looked == FL_SWEEP_SCAN_MAX) {
            return removed;
        }
        enum fl_status status = fl_table_above(
            txn, FL_TABLE_VERSIONS, prefix, fl_table_key_view(&key), &key, &value);

        if (status != FL_OK || key.size != FL_VERSIONS_TIME_KEY_BYTES ||
            value.size != INDEX_BYTES) {
            place->done = true;
            return removed;
        }
        uint32_t type = fl_load_u32(value.data);
        uint32_t bytes = fl_load_u32(value.data + 4);
        int64_t replaced_ms = (int64_t)fl_load_u64(key.bytes + 1);
        bool is_full = fl_versions_usage(txn).bytes > policy->bytes_max;

        place->replaced_ms = replaced_ms;
        place->lsn = fl_load_u64(key.bytes + 9);
        if (is_full || is_over(policy, type, replaced_ms)) {
            remove_version(txn, &key, bytes);
            removed++;
        } else if (policy->type_count == 0) {
            place->done = true; /* all that follow were replaced later */
            return removed;
        }
    }
    return removed;
}
