/*
 * What an open store is, for the files of this folder that are the store: opening, its
 * transactions, its copies.
 */

#ifndef STORAGE_STORE_STATE_H
#define STORAGE_STORE_STATE_H

#include <stdatomic.h>

#include "directory.h"
#include "table.h"

struct fl_store {
    struct fl_store_options options; /* without the pointers of the caller but `engine` */
    const struct fl_engine *engine;
    struct fl_directory *directory; /* NULL: the engine has no disk */
    void *database;
    struct fl_identity identity;
    bool writing;
    atomic_bool dead;
};

enum { FL_IDENTITY_BYTES_MAX = 256 };

/* The row that says who the store is. */
void fl_identity_write(struct fl_txn *txn, const struct fl_identity *identity);

/* Why the last commit or write failed on a full disk: FL_FULL, else FL_IO. */
enum fl_status fl_store_disk_failure(struct fl_store *store, struct fl_error *out_error);

#endif
