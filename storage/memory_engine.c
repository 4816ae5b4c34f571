/*
 * Tables as sorted arrays of rows that nobody changes once they are made. A snapshot is
 * one array for each table, shared until somebody writes: a write transaction copies a
 * table at its first change, and its commit puts the new snapshot in place. Readers keep
 * theirs. Slow for large tables, simple to be sure of.
 */

#include "storage/memory_engine.h"

#include <string.h>

#include "engine.h"

struct row {
    size_t references;
    size_t key_size;
    size_t value_size;
    uint8_t bytes[]; /* key, then value */
};

struct rows {
    size_t references;
    size_t count;
    size_t capacity;
    uint64_t bytes;
    struct row **rows; /* in the order of keys */
};

struct snapshot {
    size_t references;
    struct rows *tables[FL_TABLE_COUNT_]; /* NULL: no rows */
};

struct memory {
    struct fl_engine engine;
    struct snapshot *durable; /* what the next open finds */
    struct snapshot *current;
    uint64_t map_bytes;
    bool made;
    bool open;
    bool losing; /* nothing becomes durable any more, until the next open */
    uint64_t fault_in;
    enum fl_memory_fault fault;
};

struct handle {
    struct memory *memory;
    struct snapshot *snapshot;
    bool write;
    bool own[FL_TABLE_COUNT_]; /* copied for this transaction */
};

struct cursor {
    struct handle *handle;
    enum fl_table table;
    size_t index; /* of the row that was given last */
};

static void row_drop(struct row *row)
{
    if (--row->references == 0) {
        fl_free(row);
    }
}

static void rows_drop(struct rows *rows)
{
    if (rows == NULL || --rows->references > 0) {
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        row_drop(rows->rows[i]);
    }
    fl_free(rows->rows);
    fl_free(rows);
}

static void snapshot_drop(struct snapshot *snapshot)
{
    if (snapshot == NULL || --snapshot->references > 0) {
        return;
    }
    for (int i = 0; i < FL_TABLE_COUNT_; i++) {
        rows_drop(snapshot->tables[i]);
    }
    fl_free(snapshot);
}

static struct snapshot *snapshot_share(struct snapshot *snapshot)
{
    snapshot->references++;
    return snapshot;
}

static struct snapshot *snapshot_copy(const struct snapshot *snapshot)
{
    struct snapshot *copy = fl_alloc(sizeof *copy);

    if (copy == NULL) {
        return NULL;
    }
    *copy = *snapshot;
    copy->references = 1;
    for (int i = 0; i < FL_TABLE_COUNT_; i++) {
        if (copy->tables[i] != NULL) {
            copy->tables[i]->references++;
        }
    }
    return copy;
}

static struct rows *rows_copy(const struct rows *rows)
{
    size_t count = rows != NULL ? rows->count : 0;
    struct rows *copy = fl_alloc_zeroed(1, sizeof *copy);

    if (copy == NULL) {
        return NULL;
    }
    copy->references = 1;
    copy->capacity = count + count / 2 + 16;
    copy->rows = fl_alloc_zeroed(copy->capacity, sizeof(struct row *));
    if (copy->rows == NULL) {
        fl_free(copy);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        copy->rows[i] = rows->rows[i];
        copy->rows[i]->references++;
    }
    copy->count = count;
    copy->bytes = rows != NULL ? rows->bytes : 0;
    return copy;
}

static struct fl_bytes row_key(const struct row *row)
{
    return (struct fl_bytes){.data = row->bytes, .size = row->key_size};
}

static struct fl_bytes row_value(const struct row *row)
{
    return (struct fl_bytes){
        .data = row->bytes + row->key_size,
        .size = row->value_size,
    };
}

/* Where the first key not below `key` stands, or would. */
static size_t rows_find(const struct rows *rows, struct fl_bytes key)
{
    size_t low = 0;
    size_t high = rows != NULL ? rows->count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (fl_bytes_compare(row_key(rows->rows[middle]), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool rows_have(const struct rows *rows, size_t index, struct fl_bytes key)
{
    return rows != NULL && index < rows->count &&
           fl_bytes_equal(row_key(rows->rows[index]), key);
}

static enum fl_status database_open(
    const struct fl_engine *engine,
    const struct fl_engine_options *options,
    void **out_database,
    bool *out_complete,
    struct fl_error *out_error)
{
    struct memory *memory = engine->context;

    if (memory->open) {
        return fl_error_set(out_error, FL_BUSY, "the store in memory is open already");
    }
    snapshot_drop(memory->current);
    memory->current = snapshot_share(memory->durable);
    memory->map_bytes = options->map_bytes;
    memory->losing = false;
    memory->open = true;
    *out_database = memory;
    *out_complete = memory->made;
    return FL_OK;
}

static void database_close(void *database)
{
    struct memory *memory = database;

    memory->open = false;
}

static enum fl_status database_make(void *database)
{
    struct memory *memory = database;

    memory->made = true;
    return FL_OK;
}

static enum fl_status txn_begin(void *database, bool write, void **out_handle)
{
    struct memory *memory = database;
    struct handle *handle = fl_alloc_zeroed(1, sizeof *handle);

    if (handle == NULL) {
        return FL_NO_MEMORY;
    }
    handle->memory = memory;
    handle->write = write;
    handle->snapshot =
        write ? snapshot_copy(memory->current) : snapshot_share(memory->current);
    if (handle->snapshot == NULL) {
        fl_free(handle);
        return FL_NO_MEMORY;
    }
    *out_handle = handle;
    return FL_OK;
}

static void txn_abort(void *begun)
{
    struct handle *handle = begun;

    snapshot_drop(handle->snapshot);
    fl_free(handle);
}

static void keep(struct memory *memory, struct snapshot *snapshot)
{
    snapshot_drop(memory->current);
    memory->current = snapshot_share(snapshot);
    if (!memory->losing) {
        snapshot_drop(memory->durable);
        memory->durable = snapshot_share(snapshot);
    }
}

static enum fl_memory_fault fault_of_commit(struct memory *memory)
{
    if (memory->fault_in == 0 || --memory->fault_in > 0) {
        return FL_MEMORY_NO_FAULT;
    }
    return memory->fault;
}

static enum fl_status txn_commit(void *begun)
{
    struct handle *handle = begun;
    struct memory *memory = handle->memory;
    enum fl_memory_fault fault = fault_of_commit(memory);

    if (fault == FL_MEMORY_LOSE) {
        memory->losing = true;
    }
    if (fault != FL_MEMORY_FAIL_BEFORE && fault != FL_MEMORY_FULL) {
        keep(memory, handle->snapshot);
    }
    txn_abort(handle);
    if (fault == FL_MEMORY_FULL) {
        return FL_FULL;
    }
    return fault == FL_MEMORY_FAIL_BEFORE || fault == FL_MEMORY_FAIL_AFTER ? FL_IO
                                                                           : FL_OK;
}

static const char *txn_words(void *begun)
{
    (void)begun;
    return "out of memory";
}

static enum fl_status table_get(
    void *begun,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes *out_value)
{
    const struct handle *handle = begun;
    const struct rows *rows = handle->snapshot->tables[table];
    size_t index = rows_find(rows, key);

    if (!rows_have(rows, index, key)) {
        return FL_NOT_FOUND;
    }
    *out_value = row_value(rows->rows[index]);
    return FL_OK;
}

/* The table as this transaction may change it; NULL without memory. */
static struct rows *own_rows(struct handle *handle, enum fl_table table)
{
    struct rows *rows = handle->snapshot->tables[table];
    struct rows *copy;

    if (handle->own[table]) {
        return rows;
    }
    copy = rows_copy(rows);
    if (copy != NULL) {
        rows_drop(rows);
        handle->snapshot->tables[table] = copy;
        handle->own[table] = true;
    }
    return copy;
}

static bool rows_grow(struct rows *rows)
{
    size_t capacity = 2 * rows->capacity;
    struct row **grown;

    if (rows->count < rows->capacity) {
        return true;
    }
    grown = fl_realloc(rows->rows, capacity * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    rows->rows = grown;
    rows->capacity = capacity;
    return true;
}

static void rows_take(struct rows *rows, size_t index)
{
    struct row *row = rows->rows[index];

    rows->bytes -= row->key_size + row->value_size;
    row_drop(row);
    rows->count--;
    memmove(
        rows->rows + index, rows->rows + index + 1,
        (rows->count - index) * sizeof(struct row *));
}

static uint64_t snapshot_bytes(const struct snapshot *snapshot)
{
    uint64_t bytes = 0;

    for (int i = 0; i < FL_TABLE_COUNT_; i++) {
        bytes += snapshot->tables[i] != NULL ? snapshot->tables[i]->bytes : 0;
    }
    return bytes;
}

static struct row *row_new(struct fl_bytes key, size_t value_size)
{
    struct row *row = fl_alloc_zeroed(1, sizeof *row + key.size + value_size);

    if (row != NULL) {
        row->references = 1;
        row->key_size = key.size;
        row->value_size = value_size;
        memcpy(row->bytes, key.data, key.size);
    }
    return row;
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
    struct rows *rows = own_rows(handle, table);
    struct row *row;
    size_t index;

    if (rows == NULL || !rows_grow(rows)) {
        return FL_NO_MEMORY;
    }
    if (snapshot_bytes(handle->snapshot) + key.size + size > handle->memory->map_bytes) {
        return FL_FULL;
    }
    row = row_new(key, size);
    if (row == NULL) {
        return FL_NO_MEMORY;
    }
    index = rows_find(rows, key);
    FL_ASSERT(!append || index == rows->count);
    if (rows_have(rows, index, key)) {
        rows_take(rows, index);
    }
    memmove(
        rows->rows + index + 1, rows->rows + index,
        (rows->count - index) * sizeof(struct row *));
    rows->rows[index] = row;
    rows->count++;
    rows->bytes += key.size + size;
    *out_value = row->bytes + row->key_size;
    return FL_OK;
}

static enum fl_status table_replace(
    void *begun,
    enum fl_table table,
    struct fl_bytes key,
    size_t size,
    uint8_t *old,
    bool *out_had,
    uint8_t **out_value)
{
    struct fl_bytes was;
    bool had = table_get(begun, table, key, &was) == FL_OK && was.size == size;

    if (had) {
        memcpy(old, was.data, size);
    }
    *out_had = had;
    return table_reserve(begun, table, key, size, /* append= */ false, out_value);
}

static enum fl_status table_remove(void *begun, enum fl_table table, struct fl_bytes key)
{
    struct handle *handle = begun;
    struct rows *rows = own_rows(handle, table);
    size_t index;

    if (rows == NULL) {
        return FL_NO_MEMORY;
    }
    index = rows_find(rows, key);
    if (!rows_have(rows, index, key)) {
        return FL_NOT_FOUND;
    }
    rows_take(rows, index);
    return FL_OK;
}

static enum fl_status table_entries(void *begun, enum fl_table table, uint64_t *out_count)
{
    const struct handle *handle = begun;
    const struct rows *rows = handle->snapshot->tables[table];

    *out_count = rows != NULL ? rows->count : 0;
    return FL_OK;
}

static enum fl_status cursor_open(void *begun, enum fl_table table, void **out_cursor)
{
    struct cursor *cursor = fl_alloc_zeroed(1, sizeof *cursor);

    if (cursor == NULL) {
        return FL_NO_MEMORY;
    }
    cursor->handle = begun;
    cursor->table = table;
    *out_cursor = cursor;
    return FL_OK;
}

static void cursor_close(void *cursor)
{
    fl_free(cursor);
}

static enum fl_status cursor_at(
    struct cursor *cursor,
    size_t index,
    struct fl_bytes *out_key,
    struct fl_bytes *out_value)
{
    const struct rows *rows = cursor->handle->snapshot->tables[cursor->table];

    if (rows == NULL || index >= rows->count) {
        return FL_NOT_FOUND;
    }
    cursor->index = index;
    *out_key = row_key(rows->rows[index]);
    *out_value = row_value(rows->rows[index]);
    return FL_OK;
}

static enum fl_status cursor_seek(
    void *opened,
    struct fl_bytes key,
    struct fl_bytes *out_key,
    struct fl_bytes *out_value)
{
    struct cursor *cursor = opened;
    size_t index = rows_find(cursor->handle->snapshot->tables[cursor->table], key);

    return cursor_at(cursor, index, out_key, out_value);
}

static enum fl_status cursor_next(
    void *opened,
    struct fl_bytes *out_key,
    struct fl_bytes *out_value)
{
    struct cursor *cursor = opened;

    return cursor_at(cursor, cursor->index + 1, out_key, out_value);
}

static enum fl_status cursor_before(
    void *opened,
    struct fl_bytes key,
    struct fl_bytes *out_key,
    struct fl_bytes *out_value)
{
    struct cursor *cursor = opened;
    const struct rows *rows = cursor->handle->snapshot->tables[cursor->table];
    size_t index = rows != NULL ? rows->count : 0;

    if (key.size > 0) {
        index = rows_find(rows, key);
    }
    return index == 0 ? FL_NOT_FOUND : cursor_at(cursor, index - 1, out_key, out_value);
}

static enum fl_status txn_usage(
    void *begun,
    bool exact,
    struct fl_engine_usage *out_usage)
{
    const struct handle *handle = begun;
    uint64_t bytes = snapshot_bytes(handle->snapshot);

    (void)exact;
    *out_usage = (struct fl_engine_usage){
        .map_bytes = handle->memory->map_bytes,
        .used_bytes = bytes,
        .file_bytes = bytes,
    };
    return FL_OK;
}

static void database_tend(void *database)
{
    (void)database;
}

static enum fl_status database_copy(
    void *database,
    const char *directory,
    struct fl_error *out_error)
{
    (void)database;
    (void)directory;
    return fl_error_set(out_error, FL_UNSUPPORTED, "a store in memory cannot be copied");
}

static const struct fl_engine memory_engine = {
    .name = "memory",
    .on_disk = false,
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

enum fl_status fl_memory_engine_new(struct fl_engine **out_engine)
{
    struct memory *memory = fl_alloc_zeroed(1, sizeof *memory);
    struct snapshot *empty = fl_alloc_zeroed(1, sizeof *empty);

    if (memory == NULL || empty == NULL) {
        fl_free(memory);
        fl_free(empty);
        return FL_NO_MEMORY;
    }
    empty->references = 1;
    memory->durable = empty;
    memory->engine = memory_engine;
    memory->engine.context = memory;
    *out_engine = &memory->engine;
    return FL_OK;
}

enum fl_status fl_memory_engine_copy(
    const struct fl_engine *engine,
    struct fl_engine **out_engine)
{
    const struct memory *original = engine->context;
    enum fl_status status = fl_memory_engine_new(out_engine);

    if (status == FL_OK) {
        struct memory *memory = (*out_engine)->context;

        snapshot_drop(memory->durable);
        memory->durable = snapshot_share(original->durable);
        memory->made = original->made;
    }
    return status;
}

void fl_memory_engine_free(struct fl_engine *engine)
{
    struct memory *memory;

    if (engine == NULL) {
        return;
    }
    memory = engine->context;
    FL_ASSERT(!memory->open);
    snapshot_drop(memory->current);
    snapshot_drop(memory->durable);
    fl_free(memory);
}

void fl_memory_engine_fault(
    struct fl_engine *engine,
    uint64_t nth,
    enum fl_memory_fault fault)
{
    struct memory *memory = engine->context;

    memory->fault_in = nth;
    memory->fault = fault;
}
