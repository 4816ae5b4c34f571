/*
 * What an open store is, for the files of this folder that are the store: opening, its
 * transactions, its copies.
 */

#ifndef STORAGE_STORE_STATE_H
#define STORAGE_STORE_STATE_H

#include <stdatomic.h>

#include "directory.h"
#include "proto/compression.h"
#include "storage/arrivals.h"
#include "table.h"

struct fl_store {
    struct fl_store_options options; /* without the pointers of the caller but `engine` */
    const struct fl_engine *engine;
    struct fl_directory *directory; /* NULL: the engine has no disk */
    void *database;
    struct fl_identity identity;
    bool writing;
    atomic_bool dead;

    /* How changes come (arrivals.h): the store's, and of the write transaction. */
    int64_t (*now_ms)(void);      /* NULL: no history is kept */
    enum fl_arrival_kind by_kind; /* 0: written here */
    char by[FL_NAME_BYTES_MAX + 1];
    struct fl_arrival arrival;
    bool arrival_is_set; /* else it is written here */
    bool arrival_noted;  /* there is a row that says so */

    struct fl_compressor *compressor; /* of versions; NULL: not needed yet */
};

enum { FL_IDENTITY_BYTES_MAX = 256 };

/* The row that says who the store is. */
void fl_identity_write(struct fl_txn *txn, const struct fl_identity *identity);

/* Why the last commit or write failed on a full disk: FL_FULL, else FL_IO. */
enum fl_status fl_store_disk_failure(struct fl_store *store, struct fl_error *out_error);

#endif
