/*
 * One call is one small transaction: deleting needs free pages, so a full map is emptied
 * by little steps. An entry that does not match its tag is left where it is: it may be
 * the live one of an object, which its key would not tell.
 */

#include "storage/sweeper.h"

#include "journal_rows.h"
#include "table.h"

struct dead {
    uint64_t lsn;
    size_t parts_size; /* 0: whole */
};

struct batch {
    struct dead entries[FL_SWEEP_KEYS_MAX];
    size_t count;
    size_t keys; /* with parts */
    size_t keys_max;
};

static size_t keys_of(const struct fl_entry *entry, size_t *out_parts_size)
{
    size_t size = entry->record.size;

    if (size <= FL_STORE_PART_BYTES_MAX) {
        *out_parts_size = 0;
        return 1;
    }
    *out_parts_size = size;
    return 1 + (size + FL_STORE_PART_BYTES_MAX - 1) / FL_STORE_PART_BYTES_MAX;
}

static void collect(
    struct fl_txn *txn,
    uint64_t horizon,
    struct fl_sweep *sweep,
    struct batch *batch)
{
    struct fl_journal_scan scan;

    fl_journal_scan_begin(&scan, txn, sweep->lsn_next);
    for (size_t seen = 0; seen < FL_SWEEP_SCAN_MAX; seen++) {
        struct fl_entry entry;
        struct dead *dead = &batch->entries[batch->count];
        enum fl_status status = fl_journal_scan_next(&scan, &entry);
        size_t keys;

        if (status == FL_NOT_FOUND || (status == FL_OK && entry.lsn > horizon)) {
            sweep->done = true;
            break;
        }
        if (status != FL_OK && status != FL_MALFORMED) {
            break;
        }
        if (status == FL_OK && !entry.live) {
            keys = keys_of(&entry, &dead->parts_size);
            if (batch->count > 0 && batch->keys + keys > batch->keys_max) {
                break;
            }
            dead->lsn = entry.lsn;
            batch->keys += keys;
            batch->count++;
        }
        sweep->lsn_next = entry.lsn + 1;
        if (batch->keys >= batch->keys_max) {
            break;
        }
    }
    fl_journal_scan_end(&scan);
}

static void remove_dead(struct fl_txn *txn, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        fl_journal_remove(txn, batch->entries[i].lsn, batch->entries[i].parts_size);
    }
}

static enum fl_status sweep_some(
    struct fl_store *store,
    uint64_t horizon,
    size_t keys_max,
    struct fl_sweep *sweep,
    struct fl_error *out_error)
{
    struct fl_sweep next = *sweep;
    struct batch batch = {.count = 0, .keys_max = keys_max};
    struct fl_txn txn;

    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    collect(&txn, horizon, &next, &batch);
    remove_dead(&txn, &batch);
    if (batch.count == 0) {
        /* Nothing to write: no commit to wait for. */
        fl_txn_abort(&txn);
    } else {
        (void)fl_txn_commit(&txn);
    }
    if (fl_txn_status(&txn) != FL_OK) {
        if (out_error != NULL) {
            *out_error = *fl_txn_error(&txn);
        }
        return fl_txn_status(&txn);
    }
    next.removed += batch.count;
    *sweep = next;
    return FL_OK;
}

enum fl_status fl_sweep(
    struct fl_store *store,
    uint64_t horizon,
    struct fl_sweep *sweep,
    struct fl_error *out_error)
{
    size_t keys_max = FL_SWEEP_KEYS_MAX;
    enum fl_status status;

    /* In a full map a single delete still finds its pages where many do not. */
    do {
        status = sweep_some(store, horizon, keys_max, sweep, out_error);
        keys_max /= 16;
    } while (status == FL_FULL && !fl_store_is_dead(store) && keys_max > 0);
    return status;
}
