/*
 * One call is one small transaction: deleting needs free pages, so a full map is emptied
 * by little steps. An entry that does not match its tag is left where it is: it may be
 * the live one of an object, which its key would not tell.
 */

#include "storage/sweeper.h"

#include "proto/system.h"

#include "arrivals_rows.h"
#include "journal_rows.h"
#include "store_state.h"
#include "versions_rows.h"

struct dead {
    uint64_t lsn;
    struct fl_key key;
    size_t parts_size; /* 0: whole */
    bool tombstone;    /* live: its object is forgotten with it */
};

static const char purged_key[] = "purged";

/* Rows that a version needs beside its own parts, and of arrivals looked at in one go. */
enum { VERSION_KEYS = 4, ARRIVALS_AT_ONCE = 256 };

struct batch {
    struct dead entries[FL_SWEEP_KEYS_MAX];
    size_t count;
    size_t keys; /* with parts */
    size_t keys_max;
    const struct fl_history_policy *history; /* NULL: nothing is kept */
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

/*
 * A deletion that nobody has to be told of. That of a record set stays, for its record
 * says of what; so does what settings were. The last entry keeps the lsns rising.
 */
static bool may_be_forgotten(
    const struct fl_entry *entry,
    const struct fl_sweep *sweep,
    uint64_t head)
{
    return entry->live && entry->flags == FL_ENTRY_DELETED && entry->record.size == 0 &&
           !fl_system_is(entry->key.type) && entry->lsn <= sweep->tombstones_to &&
           entry->lsn < head;
}

/* Between two calls the horizon may move; what is sure is the lowest of all. */
static void note_present(struct fl_sweep *sweep, uint64_t head, uint64_t horizon)
{
    struct fl_sweep_seen *present = &sweep->present;

    if (!present->whole) {
        *present = (struct fl_sweep_seen){true, head, horizon, sweep->tombstones_to};
    }
    present->horizon = horizon < present->horizon ? horizon : present->horizon;
    present->tombstones_to = sweep->tombstones_to < present->tombstones_to
                                 ? sweep->tombstones_to
                                 : present->tombstones_to;
}

static bool is_as_seen(const struct fl_sweep *sweep)
{
    const struct fl_sweep_seen *seen = &sweep->seen;
    const struct fl_sweep_seen *present = &sweep->present;

    return seen->whole && seen->head == present->head &&
           seen->horizon == present->horizon &&
           seen->tombstones_to == present->tombstones_to;
}

static void collect(
    struct fl_txn *txn,
    uint64_t horizon,
    struct fl_sweep *sweep,
    struct batch *batch)
{
    struct fl_journal_scan scan;
    uint64_t head = fl_journal_head(txn);
    size_t bytes = 0;

    note_present(sweep, head, horizon);
    if (sweep->lsn_next == 0 && is_as_seen(sweep)) {
        sweep->journal_done = true;
        return;
    }
    fl_journal_scan_begin(&scan, txn, sweep->lsn_next);
    for (size_t i = 0; i < FL_SWEEP_SCAN_MAX && bytes < FL_SWEEP_BYTES_MAX; i++) {
        struct fl_entry entry;
        struct dead *dead = &batch->entries[batch->count];
        enum fl_status status = fl_journal_scan_next(&scan, &entry);
        size_t keys;

        if (status == FL_NOT_FOUND || (status == FL_OK && entry.lsn > horizon)) {
            sweep->journal_done = true;
            sweep->seen = sweep->present;
            break;
        }
        if (status != FL_OK && status != FL_MALFORMED) {
            break;
        }
        sweep->looked++;
        bytes += status == FL_OK ? entry.record.size : 0;
        bool tombstone = status == FL_OK && may_be_forgotten(&entry, sweep, head);

        if (tombstone || (status == FL_OK && !entry.live)) {
            keys = keys_of(&entry, &dead->parts_size) + tombstone;
            keys += batch->history != NULL ? keys + VERSION_KEYS : 0;
            if (batch->count > 0 && batch->keys + keys > batch->keys_max) {
                break;
            }
            dead->lsn = entry.lsn;
            dead->key = entry.key;
            dead->tombstone = tombstone;
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

static size_t remove_dead(struct fl_txn *txn, const struct batch *batch)
{
    uint8_t bytes[8];
    size_t tombstones = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const struct dead *dead = &batch->entries[i];

        if (batch->history != NULL) {
            fl_versions_take(txn, batch->history, dead->lsn, dead->tombstone);
        }
        fl_journal_remove(txn, dead->lsn, dead->parts_size);
        if (dead->tombstone) {
            fl_journal_remove_object(txn, dead->key);
            fl_store_u64(bytes, dead->lsn);
            tombstones++;
        }
    }
    if (tombstones > 0) {
        fl_table_put(
            txn, FL_TABLE_STORE, fl_bytes_of_text(purged_key),
            (struct fl_bytes){.data = bytes, .size = sizeof bytes});
    }
    return tombstones;
}

uint64_t fl_sweep_purged_lsn(struct fl_txn *txn)
{
    struct fl_bytes key = fl_bytes_of_text(purged_key);
    struct fl_bytes value;
    enum fl_status status = fl_table_get(txn, FL_TABLE_STORE, key, &value);

    if (status == FL_OK && value.size == 8) {
        return fl_load_u64(value.data);
    }
    /* What cannot be read may be anything; a comparison too many does no harm. */
    return status == FL_NOT_FOUND ? 0 : UINT64_MAX;
}

/* History gives way before the store refuses what comes in. */
static struct fl_history_policy policy_now(
    struct fl_txn *txn,
    const struct fl_history_policy *history)
{
    struct fl_history_policy policy = *history;
    uint32_t percent = txn->store->options.intake_percent;

    if (fl_txn_map_is_above(txn, percent - percent / 10)) {
        policy.bytes_max = 0;
    }
    return policy;
}

/* One step of what comes next. Gives how many rows it changed. */
static size_t step(
    struct fl_txn *txn,
    uint64_t horizon,
    struct batch *batch,
    struct fl_sweep *sweep)
{
    size_t changed = 0;

    if (!sweep->journal_done) {
        collect(txn, horizon, sweep, batch);
        sweep->tombstones += remove_dead(txn, batch);
        sweep->removed += batch->count;
        sweep->done = sweep->journal_done && sweep->history == NULL;
        return batch->count;
    }
    if (!sweep->versions.done) {
        struct fl_history_policy policy = policy_now(txn, sweep->history);

        changed = fl_versions_expire(
            txn, &policy, batch->keys_max / VERSION_KEYS + 1, &sweep->versions);
        sweep->versions_removed += changed;
        /* Only what went can have left anything behind. */
        sweep->done =
            sweep->versions.done && sweep->removed + sweep->versions_removed == 0;
        return changed;
    }
    return fl_arrivals_tidy(txn, &sweep->arrivals_lsn, ARRIVALS_AT_ONCE, &sweep->done);
}

static enum fl_status sweep_some(
    struct fl_store *store,
    uint64_t horizon,
    struct batch *batch,
    struct fl_sweep *sweep,
    struct fl_error *out_error)
{
    struct fl_sweep next = *sweep;
    size_t changed;
    struct fl_txn txn;

    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    changed = step(&txn, horizon, batch, &next);
    if (changed == 0) {
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
    const struct fl_history_policy *history = sweep->history;
    enum fl_status status;

    if (sweep->done) {
        return FL_OK;
    }
    /* In a full map a single delete still finds its pages where many do not; and where a
     * version finds none, there is no history. */
    do {
        struct batch batch = {.count = 0, .keys_max = keys_max, .history = history};

        status = sweep_some(store, horizon, &batch, sweep, out_error);
        keys_max /= 16;
        if (keys_max == 0 && history != NULL) {
            history = NULL;
            keys_max = 1;
        }
    } while (status == FL_FULL && !fl_store_is_dead(store) && keys_max > 0);
    return status;
}
