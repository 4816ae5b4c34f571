/*
 * Transactions: quotas at their begin, bounds while they grow, the first failure kept,
 * and what a failed commit means. A commit that failed for want of pages kept nothing and
 * the store goes on; after any other the outcome is unknown and the store is dead.
 */

#include "store_state.h"

#include <string.h>

/* Below this, a transaction that must be possible gets the ballast's room. */
static const uint64_t ballast_drop_bytes = UINT64_C(16) << 20;

/* Below this a write that failed has failed for want of room. */
static const uint64_t disk_full_bytes = UINT64_C(1) << 20;

struct fl_error *fl_txn_words(struct fl_txn *txn)
{
    return txn->failure == FL_OK ? &txn->error : NULL;
}

void fl_txn_failed(struct fl_txn *txn, enum fl_status status)
{
    FL_ASSERT(status != FL_OK);
    if (txn->failure == FL_OK) {
        txn->failure = status;
    }
}

const struct fl_engine *fl_txn_engine(const struct fl_txn *txn)
{
    return txn->store->engine;
}

bool fl_txn_can_read(const struct fl_txn *txn)
{
    FL_ASSERT(txn->open);
    return txn->failure == FL_OK;
}

bool fl_txn_can_write(const struct fl_txn *txn)
{
    FL_ASSERT(txn->open);
    FL_ASSERT(txn->mode != FL_TXN_READ);
    return txn->failure == FL_OK;
}

enum fl_status fl_txn_status(const struct fl_txn *txn)
{
    return txn->failure;
}

const struct fl_error *fl_txn_error(const struct fl_txn *txn)
{
    return &txn->error;
}

void fl_txn_fail(struct fl_txn *txn, const struct fl_error *error)
{
    FL_ASSERT(error->status != FL_OK);
    if (txn->failure == FL_OK) {
        txn->error = *error;
        txn->failure = error->status;
    }
}

bool fl_txn_has_room(const struct fl_txn *txn, uint64_t bytes, uint64_t keys)
{
    return bytes <= FL_STORE_TXN_BYTES_MAX - txn->bytes &&
           keys <= FL_STORE_TXN_KEYS_MAX - txn->keys;
}

enum fl_status fl_store_disk_failure(struct fl_store *store, struct fl_error *out_error)
{
    if (store->directory == NULL ||
        fl_directory_free_bytes(store->directory) >= disk_full_bytes) {
        return fl_error_set(
            out_error, FL_IO,
            "the disk refused a write of the store; whether the last change was kept is "
            "unknown: restart, and look into the system's log");
    }
    return fl_error_set(
        out_error, FL_FULL, "the disk of %s is full; free some space, then restart",
        fl_directory_path(store->directory));
}

enum fl_status fl_txn_checked(struct fl_txn *txn, enum fl_status status)
{
    if (status == FL_OK || status == FL_NOT_FOUND) {
        return status;
    }
    if (status == FL_FULL) {
        (void)fl_error_set(
            fl_txn_words(txn), status,
            "the store's map is full; sweep it, or give it a larger map");
    } else if (status == FL_NO_MEMORY) {
        (void)fl_error_set(fl_txn_words(txn), status, "no memory to use the store");
    } else {
        (void)fl_error_set(
            fl_txn_words(txn), status, "the store failed: %s",
            txn->handle != NULL ? fl_txn_engine(txn)->words(txn->handle) : "");
    }
    fl_txn_failed(txn, status);
    return status;
}

void *fl_txn_cursor(struct fl_txn *txn, enum fl_table table)
{
    void *cursor = NULL;

    if (fl_txn_can_read(txn) &&
        fl_txn_checked(
            txn, fl_txn_engine(txn)->cursor_open(txn->handle, table, &cursor)) == FL_OK) {
        txn->cursors++;
    }
    return cursor;
}

void fl_txn_cursor_end(struct fl_txn *txn, void *cursor)
{
    if (cursor != NULL) {
        FL_ASSERT(txn->cursors > 0);
        fl_txn_engine(txn)->cursor_close(cursor);
        txn->cursors--;
    }
}

static uint64_t percent_of(uint64_t bytes, uint32_t percent)
{
    return bytes / 100 * percent;
}

/* The free pages are counted only when the file alone would be too large. */
bool fl_txn_map_is_above(struct fl_txn *txn, uint32_t percent)
{
    const struct fl_engine *engine = fl_txn_engine(txn);
    struct fl_engine_usage usage;

    for (int exact = 0; exact <= 1; exact++) {
        enum fl_status status =
            fl_txn_checked(txn, engine->usage(txn->handle, exact == 1, &usage));

        if (status != FL_OK || usage.used_bytes <= percent_of(usage.map_bytes, percent)) {
            return false;
        }
    }
    return true;
}

static void check_quota(struct fl_txn *txn, uint32_t percent, uint64_t disk_floor_bytes)
{
    const struct fl_directory *directory = txn->store->directory;

    if (fl_txn_map_is_above(txn, percent)) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_FULL,
                     "the store is filled above %u %%; sweep its history, or give it a "
                     "larger map",
                     (unsigned)percent));
    } else if (
        directory != NULL && disk_floor_bytes > 0 &&
        fl_directory_free_bytes(directory) < disk_floor_bytes) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_FULL,
                     "less than %llu MiB are free on the disk of %s; free some space",
                     (unsigned long long)(disk_floor_bytes >> 20),
                     fl_directory_path(directory)));
    }
}

static void check_quotas(struct fl_txn *txn)
{
    const struct fl_store_options *options = &txn->store->options;

    switch (txn->mode) {
    case FL_TXN_READ:
        break;
    case FL_TXN_WRITE:
        check_quota(txn, options->local_percent, options->local_disk_bytes);
        break;
    case FL_TXN_INTAKE:
        check_quota(txn, options->intake_percent, options->intake_disk_bytes);
        break;
    case FL_TXN_KEEP:
        if (txn->store->directory != NULL &&
            fl_directory_free_bytes(txn->store->directory) < ballast_drop_bytes) {
            fl_directory_drop_ballast(txn->store->directory);
        }
        break;
    }
}

void fl_txn_begin(struct fl_txn *txn, struct fl_store *store, enum fl_txn_mode mode)
{
    bool write = mode != FL_TXN_READ;

    memset(txn, 0, sizeof *txn);
    txn->store = store;
    txn->mode = mode;
    txn->open = true;
    FL_ASSERT(!write || !store->writing);
    if (fl_store_is_dead(store)) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_IO,
                     "an earlier change of the store failed on the disk; restart to use "
                     "it again"));
        return;
    }
    if (fl_txn_checked(txn, store->engine->begin(store->database, write, &txn->handle)) !=
        FL_OK) {
        return;
    }
    if (write) {
        store->writing = true;
        store->arrival_is_set = false;
        store->arrival_noted = false;
        check_quotas(txn);
    }
}

/* The handle is gone by now. */
static void end(struct fl_txn *txn)
{
    if (txn->mode != FL_TXN_READ && txn->handle != NULL) {
        txn->store->writing = false;
    }
    txn->handle = NULL;
    txn->open = false;
    fl_buffer_deinit(&txn->whole);
}

void fl_txn_abort(struct fl_txn *txn)
{
    if (!txn->open) {
        return;
    }
    FL_ASSERT(txn->cursors == 0);
    if (txn->handle != NULL) {
        fl_txn_engine(txn)->abort(txn->handle);
    }
    end(txn);
}

static void commit_failed(struct fl_txn *txn, enum fl_status status)
{
    struct fl_store *store = txn->store;

    if (status == FL_FULL || status == FL_LIMIT) {
        (void)fl_error_set(
            fl_txn_words(txn), status,
            "the store's map is full; sweep it, or give it a larger map");
    } else {
        atomic_store(&store->dead, true);
        status = fl_store_disk_failure(store, fl_txn_words(txn));
    }
    fl_txn_failed(txn, status);
}

enum fl_status fl_txn_commit(struct fl_txn *txn)
{
    enum fl_status status;

    if (!txn->open || txn->failure != FL_OK || txn->mode == FL_TXN_READ) {
        fl_txn_abort(txn);
        return txn->failure;
    }
    if (txn->identity_changed) {
        fl_identity_write(txn, &txn->identity);
        if (txn->failure != FL_OK) {
            fl_txn_abort(txn);
            return txn->failure;
        }
    }
    FL_ASSERT(txn->cursors == 0);
    status = fl_txn_engine(txn)->commit(txn->handle);
    if (status != FL_OK) {
        commit_failed(txn, status);
    } else if (txn->identity_changed) {
        txn->store->identity = txn->identity;
    }
    end(txn);
    return txn->failure;
}

static struct fl_identity *change_identity(struct fl_txn *txn)
{
    if (!txn->identity_changed) {
        txn->identity = txn->store->identity;
        txn->identity_changed = true;
    }
    return &txn->identity;
}

void fl_store_renew_incarnation(struct fl_txn *txn, struct fl_uuid incarnation)
{
    FL_ASSERT(!fl_uuid_is_zero(incarnation));
    if (fl_txn_can_write(txn)) {
        change_identity(txn)->incarnation = incarnation;
    }
}

void fl_store_put_installation(struct fl_txn *txn, struct fl_uuid installation)
{
    if (fl_txn_can_write(txn)) {
        change_identity(txn)->installation = installation;
    }
}

void fl_store_put_machine(struct fl_txn *txn, struct fl_uuid machine)
{
    if (fl_txn_can_write(txn)) {
        change_identity(txn)->machine = machine;
    }
}
