/*
 * What an engine of the store provides: ordered tables of keys and values, and
 * transactions over all of them. README.md says it in words. An engine knows nothing of
 * tags, parts and formats; those are table.h and what lies above it.
 */

#ifndef STORAGE_ENGINE_H
#define STORAGE_ENGINE_H

#include "storage/store.h"

/* Part of the format: a table's number is in its tags and in the keys of its parts. */
enum fl_table {
    FL_TABLE_STORE = 0,
    FL_TABLE_JOURNAL,
    FL_TABLE_OBJECTS,
    FL_TABLE_PARTS,
    FL_TABLE_NODES,
    FL_TABLE_CONFIGURATIONS,
    FL_TABLE_PEERS,
    FL_TABLE_PEER_INDEX,
    FL_TABLE_POSITIONS,
    FL_TABLE_MESSAGES,
    FL_TABLE_STAGED,
    FL_TABLE_COLLISIONS,
    FL_TABLE_QUARANTINE,
    FL_TABLE_QUARANTINE_KEYS,
    FL_TABLE_SETTINGS,
    FL_TABLE_INVITATIONS,
    FL_TABLE_REGISTERED,
    FL_TABLE_STREAMS,
    FL_TABLE_AUDIT = 22, /* numbers between have no table */
    FL_TABLE_ARRIVALS = 24,
    FL_TABLE_VERSIONS,
    FL_TABLE_COUNT_,
};

enum { FL_TABLE_KEY_BYTES_MAX = 64 };

struct fl_engine_options {
    const char *directory; /* NULL for an engine without a disk */
    uint64_t map_bytes;
};

struct fl_engine_usage {
    uint64_t map_bytes;
    uint64_t used_bytes;
    uint64_t free_pages_bytes;
    uint64_t file_bytes;
    uint64_t oldest_reader_lag;
};

struct fl_engine {
    const char *name;
    bool on_disk; /* the directory is to be locked, with ballast in it */
    void *context;

    /* `*out_complete`: every table is there; nothing is found in those that are not. */
    enum fl_status (*open)(
        const struct fl_engine *engine,
        const struct fl_engine_options *options,
        void **out_database,
        bool *out_complete,
        struct fl_error *out_error);
    void (*close)(void *database);
    /* Make the tables that are missing, durably, before any transaction writes. */
    enum fl_status (*make)(void *database);

    /* FL_FULL and FL_LIMIT of anything below: the transaction is to be aborted. */
    enum fl_status (*begin)(void *database, bool write, void **out_handle);
    /*
     * Durable when FL_OK. FL_FULL, FL_LIMIT: nothing was kept, going on is safe. Anything
     * else: outcome unknown. The handle is gone in every case.
     */
    enum fl_status (*commit)(void *handle);
    void (*abort)(void *handle);
    /* The foreign words for the last failure inside this transaction. */
    const char *(*words)(void *handle);

    /* Views end with the transaction and with its next write. */
    enum fl_status (*get)(
        void *handle,
        enum fl_table table,
        struct fl_bytes key,
        struct fl_bytes *out_value);
    /* Room for a value of `size`, to be filled before the next call; replaces an old one.
     * `append`: the key is above all others, which the engine may use. */
    enum fl_status (*reserve)(
        void *handle,
        enum fl_table table,
        struct fl_bytes key,
        size_t size,
        bool append,
        uint8_t **out_value);
    /* The same without `append`; what was there is first copied into `old`, which has
     * room for `size` bytes, unless it was of another size. */
    enum fl_status (*replace)(
        void *handle,
        enum fl_table table,
        struct fl_bytes key,
        size_t size,
        uint8_t *old,
        bool *out_had,
        uint8_t **out_value);
    enum fl_status (*remove)(void *handle, enum fl_table table, struct fl_bytes key);
    enum fl_status (*entries)(void *handle, enum fl_table table, uint64_t *out_count);

    /* A cursor is closed before its transaction ends. FL_NOT_FOUND: past the end. */
    enum fl_status (*cursor_open)(void *handle, enum fl_table table, void **out_cursor);
    void (*cursor_close)(void *cursor);
    /* The first key not below `key`; an empty key: the first of all. */
    enum fl_status (*cursor_seek)(
        void *cursor,
        struct fl_bytes key,
        struct fl_bytes *out_key,
        struct fl_bytes *out_value);
    enum fl_status (
        *cursor_next)(void *cursor, struct fl_bytes *out_key, struct fl_bytes *out_value);
    /* The last key below `key`; an empty key: the last of all. */
    enum fl_status (*cursor_before)(
        void *cursor,
        struct fl_bytes key,
        struct fl_bytes *out_key,
        struct fl_bytes *out_value);

    /* Inside a transaction; `exact` counts free pages, which may take a while. */
    enum fl_status (*usage)(void *handle, bool exact, struct fl_engine_usage *out_usage);
    /* Forget readers whose process died. */
    void (*tend)(void *database);
    /* A compact copy into an empty directory, on the disk when it returns. */
    enum fl_status (
        *copy)(void *database, const char *directory, struct fl_error *out_error);
};

/* The first engine; one for the process, without state. */
const struct fl_engine *fl_lmdb_engine(void);

/* For words: "journal". Never NULL. */
const char *fl_table_name(enum fl_table table);

#endif
