/*
 * LMDB as the engine of a store. MDB_NOTLS and no other flag: what a commit answered is
 * on the disk. One environment in one process, opened once (the caller holds the
 * directory's lock); all tables are opened in one transaction at the start; no DUPSORT,
 * no nested transactions, no cursor across a commit.
 */

#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

/* LMDB's own tables, of free pages and of names, have handles 0 and 1. */
enum { FREE_LIST = 0, HANDLE_FIRST = 2 };

/* How the file grows ahead of small commits, grow_ahead(). */
enum { AHEAD_BYTES = 1 << 20, AHEAD_LEAST_BYTES = 128 << 10, SMALL_COMMIT_PAGES = 64 };

struct database {
    MDB_env *environment;
    MDB_dbi tables[FL_TABLE_COUNT_];
    uint64_t file_bytes; /* at least; 0: not looked at yet */
    uint64_t page_last;  /* after the commit before */
};

struct handle {
    struct database *database;
    MDB_txn *txn;
    int code;          /* of the last failure */
    MDB_cursor *place; /* table_replace()'s own; NULL: none yet */
    enum fl_table at;  /* the table that `place` is of */
};

struct cursor {
    struct handle *handle;
    MDB_cursor *cursor;
};

static enum fl_status status_of(int code)
{
    switch (code) {
    case 0:
        return FL_OK;
    case MDB_NOTFOUND:
        return FL_NOT_FOUND;
    case MDB_MAP_FULL:
        return FL_FULL;
    case MDB_TXN_FULL:
        return FL_LIMIT;
    case ENOMEM:
        return FL_NO_MEMORY;
    case MDB_READERS_FULL:
        return FL_BUSY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_INVALID:
        return FL_MALFORMED;
    case MDB_VERSION_MISMATCH:
        return FL_UNSUPPORTED;
    default:
        return FL_IO;
    }
}

static enum fl_status answer(struct handle *handle, int code)
{
    if (code != 0 && code != MDB_NOTFOUND) {
        handle->code = code;
    }
    return status_of(code);
}

static MDB_val val_of(struct fl_bytes bytes)
{
    /* LMDB does not write through a key; its type cannot say so. */
    union {
        const uint8_t *view;
        void *given;
    } data = {.view = bytes.data};

    return (MDB_val){.mv_size = bytes.size, .mv_data = data.given};
}

static struct fl_bytes bytes_of(MDB_val val)
{
    return (struct fl_bytes){.data = val.mv_data, .size = val.mv_size};
}

static void database_close(void *opened)
{
    struct database *database = opened;

    if (database != NULL) {
        mdb_env_close(database->environment);
        fl_free(database);
    }
}

static bool has_table(const struct database *database, enum fl_table table)
{
    return database->tables[table] >= HANDLE_FIRST;
}

static int open_tables(struct database *database, bool create, bool *out_complete)
{
    bool complete = true;
    MDB_txn *txn;
    int code = mdb_txn_begin(database->environment, NULL, create ? 0 : MDB_RDONLY, &txn);

    if (code != 0) {
        return code;
    }
    for (int i = 0; i < FL_TABLE_COUNT_; i++) {
        if (fl_table_name((enum fl_table)i) == NULL) {
            continue;
        }
        code = mdb_dbi_open(
            txn, fl_table_name((enum fl_table)i), create ? MDB_CREATE : 0,
            &database->tables[i]);
        if (code == MDB_NOTFOUND) {
            complete = false;
        } else if (code != 0) {
            mdb_txn_abort(txn);
            return code;
        }
    }
    *out_complete = complete;
    return mdb_txn_commit(txn);
}

static int open_environment(
    struct database *database,
    const struct fl_engine_options *options)
{
    int code = mdb_env_create(&database->environment);

    if (code == 0) {
        code = mdb_env_set_mapsize(database->environment, (size_t)options->map_bytes);
    }
    if (code == 0) {
        code = mdb_env_set_maxdbs(database->environment, FL_TABLE_COUNT_);
    }
    if (code == 0) {
        code = mdb_env_open(database->environment, options->directory, MDB_NOTLS, 0600);
    }
    return code;
}

static enum fl_status database_open(
    const struct fl_engine *engine,
    const struct fl_engine_options *options,
    void **out_database,
    bool *out_complete,
    struct fl_error *out_error)
{
    struct database *database = fl_alloc_zeroed(1, sizeof *database);
    int code;

    (void)engine;
    if (database == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory to open the store");
    }
    code = open_environment(database, options);
    if (code == 0) {
        code = open_tables(database, /* create= */ false, out_complete);
    }
    if (code == 0) {
        *out_database = database;
        return FL_OK;
    }
    /* An environment that was created but not opened is to be closed as well. */
    database_close(database);
    if (code == MDB_INVALID || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s/data.mdb is not a store, or its first pages are damaged (%s); restore it "
            "from a backup",
            options->directory, mdb_strerror(code));
    }
    return fl_error_set(
        out_error, status_of(code), "cannot open the store in %s: %s", options->directory,
        mdb_strerror(code));
}

static enum fl_status database_make(void *opened)
{
    bool complete;

    return status_of(open_tables(opened, /* create= */ true, &complete));
}

static enum fl_status txn_begin(void *opened, bool write, void **out_handle)
{
    struct database *database = opened;
    struct handle *handle = fl_alloc_zeroed(1, sizeof *handle);
    int code;

    if (handle == NULL) {
        return FL_NO_MEMORY;
    }
    handle->database = database;
    code =
        mdb_txn_begin(database->environment, NULL, write ? 0 : MDB_RDONLY, &handle->txn);
    if (code != 0) {
        fl_free(handle);
        return status_of(code);
    }
    *out_handle = handle;
    return FL_OK;
}

/*
 * A commit that makes the file longer waits for the file system's own journal too, which
 * costs as much as its flush. So the file grows by zeros before small commits need it; a
 * large one writes more than this could save. Without room on the disk nothing is lost:
 * the pages are asked for again when they are needed.
 */
static void grow_ahead(struct database *database)
{
    static const uint8_t zeros[AHEAD_BYTES];
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int descriptor;

    if (mdb_env_info(database->environment, &info) != 0 ||
        mdb_env_stat(database->environment, &stat) != 0) {
        return;
    }
    const uint64_t grown = info.me_last_pgno - database->page_last;
    const uint64_t used = (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize;

    database->page_last = info.me_last_pgno;
    if (grown > SMALL_COMMIT_PAGES || used + AHEAD_LEAST_BYTES <= database->file_bytes ||
        mdb_env_get_fd(database->environment, &descriptor) != 0 ||
        fstat(descriptor, &file) != 0) {
        return;
    }
    database->file_bytes = (uint64_t)file.st_size;
    if (used + AHEAD_LEAST_BYTES > database->file_bytes &&
        database->file_bytes + AHEAD_BYTES <= info.me_mapsize) {
        ssize_t written = pwrite(descriptor, zeros, sizeof zeros, file.st_size);

        database->file_bytes += AHEAD_BYTES;
        (void)written;
    }
}

static void place_close(struct handle *handle)
{
    if (handle->place != NULL) {
        mdb_cursor_close(handle->place);
        handle->place = NULL;
    }
}

static enum fl_status txn_commit(void *begun)
{
    struct handle *handle = begun;
    int code;

    place_close(handle);
    code = mdb_txn_commit(handle->txn);

    if (code == 0) {
        grow_ahead(handle->database);
    }
    fl_free(handle);
    /* No page was found for the free list: LMDB aborted before it wrote anything. */
    return status_of(code);
}

static void txn_abort(void *begun)
{
    struct handle *handle = begun;

    place_close(handle);
    mdb_txn_abort(handle->txn);
    fl_free(handle);
}

static const char *txn_words(void *begun)
{
    const struct handle *handle = begun;

    return mdb_strerror(handle->code);
}

static enum fl_status table_get(
    void *begun,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes *out_value)
{
    struct handle *handle = begun;
    MDB_val key_val = val_of(key);
    MDB_val value;
    int code = MDB_NOTFOUND;

    if (has_table(handle->database, table)) {
        code = mdb_get(handle->txn, handle->database->tables[table], &key_val, &value);
    }
    if (code == 0) {
        *out_value = bytes_of(value);
    }
    return answer(handle, code);
}

static enum fl_status table_reserve(
    void *begun,
    enum fl_table table,
    struct fl_bytes key,
    size_t size,
    bool append,
    uint8_t **out_value)
{
    struct handle *handle = begun;
    MDB_val key_val = val_of(key);
    MDB_val value = {.mv_size = size, .mv_data = NULL};
    unsigned flags = MDB_RESERVE | (append ? (unsigned)MDB_APPEND : 0u);
    int code =
        mdb_put(handle->txn, handle->database->tables[table], &key_val, &value, flags);

    if (code == 0) {
        *out_value = value.mv_data;
    }
    return answer(handle, code);
}

static int place_open(struct handle *handle, enum fl_table table)
{
    if (handle->place != NULL && handle->at == table) {
        return 0;
    }
    place_close(handle);
    handle->at = table;
    return mdb_cursor_open(handle->txn, handle->database->tables[table], &handle->place);
}

/* One cursor for looking and writing: the tree is gone down once, not twice. */
static enum fl_status table_replace(
    void *begun,
    enum fl_table table,
    struct fl_bytes key,
    size_t size,
    uint8_t *old,
    bool *out_had,
    uint8_t **out_value)
{
    struct handle *handle = begun;
    MDB_val key_val = val_of(key);
    MDB_val value;
    int code = place_open(handle, table);
    bool had = false;

    if (code == 0) {
        code = mdb_cursor_get(handle->place, &key_val, &value, MDB_SET);
    }
    if (code == 0 && value.mv_size == size) {
        memcpy(old, value.mv_data, size);
        had = true;
    }
    if (code == 0 || code == MDB_NOTFOUND) {
        value = (MDB_val){.mv_size = size, .mv_data = NULL};
        code = mdb_cursor_put(handle->place, &key_val, &value, MDB_RESERVE);
    }
    if (code == 0) {
        *out_had = had;
        *out_value = value.mv_data;
    }
    return answer(handle, code);
}

static enum fl_status table_remove(void *begun, enum fl_table table, struct fl_bytes key)
{
    struct handle *handle = begun;
    MDB_val key_val = val_of(key);

    return answer(
        handle, mdb_del(handle->txn, handle->database->tables[table], &key_val, NULL));
}

static enum fl_status table_entries(void *begun, enum fl_table table, uint64_t *out_count)
{
    struct handle *handle = begun;
    MDB_stat stat;

    if (!has_table(handle->database, table)) {
        *out_count = 0;
        return FL_OK;
    }
    int code = mdb_stat(handle->txn, handle->database->tables[table], &stat);

    if (code == 0) {
        *out_count = stat.ms_entries;
    }
    return answer(handle, code);
}

static enum fl_status cursor_open(void *begun, enum fl_table table, void **out_cursor)
{
    struct handle *handle = begun;
    struct cursor *cursor = fl_alloc_zeroed(1, sizeof *cursor);
    int code;

    if (cursor == NULL) {
        return FL_NO_MEMORY;
    }
    cursor->handle = handle;
    code = mdb_cursor_open(handle->txn, handle->database->tables[table], &cursor->cursor);
    if (code != 0) {
        fl_free(cursor);
        return answer(handle, code);
    }
    *out_cursor = cursor;
    return FL_OK;
}

static void cursor_close(void *opened)
{
    struct cursor *cursor = opened;

    if (cursor != NULL) {
        mdb_cursor_close(cursor->cursor);
        fl_free(cursor);
    }
}

static enum fl_status cursor_found(
    struct cursor *cursor,
    int code,
    MDB_val key,
    MDB_val value,
    struct fl_bytes *out_key,
    struct fl_bytes *out_value)
{
    if (code == 0) {
        *out_key = bytes_of(key);
        *out_value = bytes_of(value);
    }
    return answer(cursor->handle, code);
}

static enum fl_status cursor_seek(
    void *opened,
    struct fl_bytes key,
    struct fl_bytes *out_key,
    struct fl_bytes *out_value)
{
    struct cursor *cursor = opened;
    MDB_val key_val = val_of(key);
    MDB_val value;
    int code = mdb_cursor_get(
        cursor->cursor, &key_val, &value, key.size == 0 ? MDB_FIRST : MDB_SET_RANGE);

    return cursor_found(cursor, code, key_val, value, out_key, out_value);
}

static enum fl_status cursor_next(
    void *opened,
    struct fl_bytes *out_key,
    struct fl_bytes *out_value)
{
    struct cursor *cursor = opened;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_get(cursor->cursor, &key, &value, MDB_NEXT);

    return cursor_found(cursor, code, key, value, out_key, out_value);
}

static enum fl_status cursor_before(
    void *opened,
    struct fl_bytes key,
    struct fl_bytes *out_key,
    struct fl_bytes *out_value)
{
    struct cursor *cursor = opened;
    MDB_val key_val = val_of(key);
    MDB_val value;
    int code = MDB_NOTFOUND;

    if (key.size > 0) {
        code = mdb_cursor_get(cursor->cursor, &key_val, &value, MDB_SET_RANGE);
    }
    if (code == 0) {
        code = mdb_cursor_get(cursor->cursor, &key_val, &value, MDB_PREV);
    } else if (code == MDB_NOTFOUND) {
        code = mdb_cursor_get(cursor->cursor, &key_val, &value, MDB_LAST);
    }
    return cursor_found(cursor, code, key_val, value, out_key, out_value);
}

/* A row of the free list is a count and that many page numbers. */
static int count_pages(MDB_txn *txn, uint64_t *out_pages)
{
    uint64_t pages = 0;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_open(txn, FREE_LIST, &cursor);

    if (code != 0) {
        return code;
    }
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        size_t count;

        memcpy(&count, value.mv_data, sizeof count);
        pages += count;
    }
    mdb_cursor_close(cursor);
    *out_pages = pages;
    return code == MDB_NOTFOUND ? 0 : code;
}

/* A write transaction may not look into the free list, so a reader does. */
static int free_pages(const struct database *database, uint64_t *out_pages)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(database->environment, NULL, MDB_RDONLY, &txn);

    if (code == 0) {
        code = count_pages(txn, out_pages);
        mdb_txn_abort(txn);
    }
    return code;
}

struct oldest {
    uint64_t last;
    uint64_t lag;
};

/* A line of mdb_reader_list() is "pid thread txnid", with "-" for an idle reader. */
static int reader_seen(const char *line, void *context)
{
    struct oldest *oldest = context;
    unsigned long long txn;

    if (sscanf(line, "%*s %*s %llu", &txn) == 1 && txn < oldest->last &&
        oldest->last - txn > oldest->lag) {
        oldest->lag = oldest->last - txn;
    }
    return 0;
}

static enum fl_status txn_usage(
    void *begun,
    bool exact,
    struct fl_engine_usage *out_usage)
{
    struct handle *handle = begun;
    struct oldest oldest = {0, 0};
    MDB_envinfo info;
    MDB_stat stat;
    uint64_t pages = 0;
    int code = mdb_env_info(handle->database->environment, &info);

    if (code == 0) {
        code = mdb_env_stat(handle->database->environment, &stat);
    }
    if (code == 0 && exact) {
        code = free_pages(handle->database, &pages);
        oldest.last = info.me_last_txnid;
        (void)mdb_reader_list(handle->database->environment, reader_seen, &oldest);
    }
    if (code != 0) {
        return answer(handle, code);
    }
    *out_usage = (struct fl_engine_usage){
        .map_bytes = info.me_mapsize,
        .used_bytes = (info.me_last_pgno + 1 - pages) * stat.ms_psize,
        .free_pages_bytes = pages * stat.ms_psize,
        .file_bytes = (info.me_last_pgno + 1) * stat.ms_psize,
        .oldest_reader_lag = oldest.lag,
    };
    return FL_OK;
}

static void database_tend(void *opened)
{
    const struct database *database = opened;
    int dead;

    (void)mdb_reader_check(database->environment, &dead);
}

static enum fl_status database_copy(
    void *opened,
    const char *directory,
    struct fl_error *out_error)
{
    const struct database *database = opened;
    int code = mdb_env_copy2(database->environment, directory, MDB_CP_COMPACT);

    if (code == 0) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, code == ENOSPC ? FL_FULL : status_of(code),
        "cannot copy the store to %s: %s", directory, mdb_strerror(code));
}

const struct fl_engine *fl_lmdb_engine(void)
{
    static const struct fl_engine engine = {
        .name = "lmdb",
        .on_disk = true,
        .open = database_open,
        .close = database_close,
        .make = database_make,
        .begin = txn_begin,
        .commit = txn_commit,
        .abort = txn_abort,
        .words = txn_words,
        .get = table_get,
        .reserve = table_reserve,
        .replace = table_replace,
        .remove = table_remove,
        .entries = table_entries,
        .cursor_open = cursor_open,
        .cursor_close = cursor_close,
        .cursor_seek = cursor_seek,
        .cursor_next = cursor_next,
        .cursor_before = cursor_before,
        .usage = txn_usage,
        .tend = database_tend,
        .copy = database_copy,
    };

    return &engine;
}
