/*
 * Opening a store and asking it for its use. The order of opening: the directory is ours,
 * the engine has it, the format is one that we know, the identity is read. A store is
 * made in two commits, tables then format and identity; without the second it counts as
 * not there.
 */

#include "store_state.h"

#include <string.h>

static const char format_key[] = "format";
static const char identity_key[] = "identity";

struct fl_store_options fl_store_options(const char *directory)
{
    return (struct fl_store_options){
        .directory = directory,
        .map_bytes = UINT64_C(16) << 30,
        .ballast_bytes = UINT64_C(64) << 20,
        .intake_percent = 85,
        .local_percent = 95,
        .intake_disk_bytes = UINT64_C(256) << 20,
        .local_disk_bytes = UINT64_C(64) << 20,
    };
}

void fl_store_close(struct fl_store *store)
{
    if (store == NULL) {
        return;
    }
    FL_ASSERT(!store->writing);
    if (store->database != NULL) {
        store->engine->close(store->database);
    }
    fl_directory_close(store->directory);
    fl_compressor_free(store->compressor);
    fl_free(store);
}

const struct fl_identity *fl_store_identity(const struct fl_store *store)
{
    return &store->identity;
}

bool fl_store_is_dead(const struct fl_store *store)
{
    return atomic_load(&store->dead);
}

/*
 * identity = installation 16 | node 16 | incarnation 16 | machine 16 | created u64 |
 *            code (varint size, bytes)
 */
void fl_identity_write(struct fl_txn *txn, const struct fl_identity *identity)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_IDENTITY_BYTES_MAX);
    fl_uuid_put(&buffer, identity->installation);
    fl_uuid_put(&buffer, identity->node);
    fl_uuid_put(&buffer, identity->incarnation);
    fl_uuid_put(&buffer, identity->machine);
    fl_buffer_put_u64(&buffer, (uint64_t)identity->created_ms);
    fl_buffer_put_sized(&buffer, fl_bytes_of_text(identity->code));
    if (fl_buffer_status(&buffer) != FL_OK) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), fl_buffer_status(&buffer),
                     "cannot write the identity of the store"));
    } else {
        fl_table_put(
            txn, FL_TABLE_STORE, fl_bytes_of_text(identity_key), fl_buffer_view(&buffer));
    }
    fl_buffer_deinit(&buffer);
}

static enum fl_status identity_read(struct fl_txn *txn, struct fl_identity *out_identity)
{
    struct fl_bytes key = fl_bytes_of_text(identity_key);
    struct fl_identity identity = {.created_ms = 0};
    struct fl_bytes value;
    struct fl_bytes code;
    struct fl_reader reader;
    enum fl_status status = fl_table_get(txn, FL_TABLE_STORE, key, &value);

    if (status != FL_OK) {
        return status;
    }
    reader = fl_reader_of(value);
    identity.installation = fl_uuid_take(&reader);
    identity.node = fl_uuid_take(&reader);
    identity.incarnation = fl_uuid_take(&reader);
    identity.machine = fl_uuid_take(&reader);
    identity.created_ms = (int64_t)fl_reader_u64(&reader);
    code = fl_reader_sized(&reader);
    if (!fl_reader_done(&reader) || code.size > FL_CODE_BYTES_MAX) {
        return fl_table_malformed(txn, FL_TABLE_STORE, key, "not an identity");
    }
    if (code.size > 0) {
        memcpy(identity.code, code.data, code.size);
    }
    *out_identity = identity;
    return FL_OK;
}

/* format = u32, in a row of the form that every format will keep. */
static enum fl_status format_check(struct fl_txn *txn, struct fl_error *out_error)
{
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_STORE, fl_bytes_of_text(format_key), &value);

    if (status == FL_OK && value.size == 4) {
        uint32_t format = fl_load_u32(value.data);

        if (format <= FL_STORE_FORMAT) {
            return FL_OK;
        }
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "the store has format %u and this program knows formats up to %d; use the "
            "newer program that made it",
            (unsigned)format, (int)FL_STORE_FORMAT);
    }
    if (status == FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the store does not tell its format");
    }
    if (status == FL_MALFORMED && out_error != NULL) {
        *out_error = *fl_txn_error(txn);
    }
    return status;
}

static enum fl_status read_state(struct fl_store *store, struct fl_error *out_error)
{
    struct fl_txn txn;
    enum fl_status status;

    fl_txn_begin(&txn, store, FL_TXN_READ);
    status = format_check(&txn, out_error);
    if (status == FL_OK) {
        status = identity_read(&txn, &store->identity);
        if (status == FL_NOT_FOUND) {
            status = fl_table_malformed(
                &txn, FL_TABLE_STORE, fl_bytes_of_text(identity_key), "it is missing");
        }
        if (status != FL_OK && out_error != NULL) {
            *out_error = *fl_txn_error(&txn);
        }
    } else if (status == FL_NOT_FOUND) {
        (void)fl_error_set(
            out_error, FL_NOT_FOUND, "there is no store in %s", store->options.directory);
    } else if (fl_txn_status(&txn) != FL_OK && out_error != NULL) {
        *out_error = *fl_txn_error(&txn);
    }
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status write_state(
    struct fl_store *store,
    const struct fl_identity *identity,
    struct fl_error *out_error)
{
    uint8_t format[4];
    struct fl_txn txn;
    enum fl_status status;

    fl_store_u32(format, FL_STORE_FORMAT);
    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    fl_table_put(
        &txn, FL_TABLE_STORE, fl_bytes_of_text(format_key),
        (struct fl_bytes){.data = format, .size = sizeof format});
    fl_identity_write(&txn, identity);
    status = fl_txn_commit(&txn);
    if (status == FL_OK) {
        store->identity = *identity;
    } else if (out_error != NULL) {
        *out_error = *fl_txn_error(&txn);
    }
    return status;
}

static enum fl_status open_directory(
    struct fl_store *store,
    bool create,
    struct fl_error *out_error)
{
    struct fl_directory_options options = {
        .path = store->options.directory,
        .create = create,
        .allow_any_file_system = store->options.allow_any_file_system,
    };

    if (!store->engine->on_disk) {
        return FL_OK;
    }
    return fl_directory_open(&options, &store->directory, out_error);
}

static enum fl_status open_engine(
    struct fl_store *store,
    bool *out_complete,
    struct fl_error *out_error)
{
    struct fl_engine_options options = {
        .directory = store->options.directory,
        .map_bytes = store->options.map_bytes,
    };

    return store->engine->open(
        store->engine, &options, &store->database, out_complete, out_error);
}

static enum fl_status create_state(
    struct fl_store *store,
    const struct fl_identity *identity,
    struct fl_error *out_error)
{
    enum fl_status status = store->engine->make(store->database);

    if (status != FL_OK) {
        return fl_store_disk_failure(store, out_error);
    }
    return write_state(store, identity, out_error);
}

static enum fl_status open_state(
    struct fl_store *store,
    const struct fl_identity *create,
    bool complete,
    struct fl_error *out_error)
{
    enum fl_status status = read_state(store, out_error);

    if (create != NULL && status == FL_NOT_FOUND) {
        return create_state(store, create, out_error);
    }
    if (create != NULL && status == FL_OK) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "there is a store of node %s in %s already; open it, or choose another "
            "directory",
            store->identity.code, store->options.directory);
    }
    if (status == FL_OK && !complete) {
        /* Of our own format no table can be missing. */
        return fl_error_set(
            out_error, FL_MALFORMED,
            "tables are missing in the store in %s; restore it from a backup",
            store->options.directory);
    }
    return status;
}

enum fl_status fl_store_open(
    const struct fl_store_options *options,
    struct fl_store **out_store,
    struct fl_error *out_error)
{
    bool complete = false;
    struct fl_store *store = fl_alloc_zeroed(1, sizeof *store);
    enum fl_status status;

    if (store == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory to open the store");
    }
    atomic_init(&store->dead, false);
    store->options = *options;
    if (options->directory == NULL) {
        store->options.directory = "memory";
    }
    store->engine = options->engine != NULL ? options->engine : fl_lmdb_engine();
    status = open_directory(store, options->create != NULL, out_error);
    if (status == FL_OK) {
        status = open_engine(store, &complete, out_error);
    }
    if (status == FL_OK) {
        status = open_state(store, options->create, complete, out_error);
    }
    store->options.create = NULL;
    store->options.directory = NULL;
    if (status != FL_OK) {
        fl_store_close(store);
        return status;
    }
    if (store->directory != NULL) {
        /* What a swap of files left (backup.c): the new one has opened. */
        fl_directory_remove(store->directory, "data.mdb.old");
    }
    (void)fl_store_tend(store);
    *out_store = store;
    return FL_OK;
}

enum fl_status fl_store_tend(struct fl_store *store)
{
    if (fl_store_is_dead(store)) {
        return FL_IO;
    }
    store->engine->tend(store->database);
    if (store->directory != NULL) {
        fl_directory_make_ballast(
            store->directory, store->options.ballast_bytes,
            store->options.intake_disk_bytes);
    }
    return FL_OK;
}

enum fl_status fl_store_usage(
    struct fl_store *store,
    struct fl_store_usage *out_usage,
    struct fl_error *out_error)
{
    struct fl_store_usage usage = {.disk_free_bytes = UINT64_MAX};
    struct fl_engine_usage engine = {.map_bytes = 0};
    struct fl_txn txn;
    enum fl_status status;

    fl_txn_begin(&txn, store, FL_TXN_READ);
    if (fl_txn_can_read(&txn)) {
        (void)fl_txn_checked(
            &txn, store->engine->usage(txn.handle, /* exact= */ true, &engine));
    }
    usage.journal_entries = fl_table_entries(&txn, FL_TABLE_JOURNAL);
    usage.objects = fl_table_entries(&txn, FL_TABLE_OBJECTS);
    status = fl_txn_commit(&txn);
    if (status != FL_OK) {
        if (out_error != NULL) {
            *out_error = *fl_txn_error(&txn);
        }
        return status;
    }
    usage.map_bytes = engine.map_bytes;
    usage.used_bytes = engine.used_bytes;
    usage.free_pages_bytes = engine.free_pages_bytes;
    usage.file_bytes = engine.file_bytes;
    usage.oldest_reader_lag = engine.oldest_reader_lag;
    /* Every object has one live entry. */
    usage.dead_entries = usage.journal_entries - usage.objects;
    if (store->directory != NULL) {
        usage.disk_free_bytes = fl_directory_free_bytes(store->directory);
        usage.ballast_bytes = fl_directory_ballast_bytes(store->directory);
    }
    *out_usage = usage;
    return FL_OK;
}
