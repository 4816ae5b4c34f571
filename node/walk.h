/*
 * Going through all objects of the store in read transactions that stay short: after
 * some hundreds of objects the walk begins a new one behind the last key.
 */

#ifndef NODE_WALK_H
#define NODE_WALK_H

#include "proto/object.h"
#include "share.h"
#include "storage/journal.h"

/*
 * Called with each live object that is not deleted; the record lives until it returns.
 * Anything but FL_OK ends the walk with that status; `*out_stop` ends it well.
 */
typedef enum fl_status (*fl_walk_visit)(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error);

/* Where a walk stands that goes on in shares; zero but for store and type at first. */
struct fl_walk {
    struct fl_store *store;
    uint32_t type; /* 0: all */
    struct fl_key last;
    bool started;
    bool done;
};

/* A part of it in one transaction, which `share` (NULL: none) may cut: `walk->done` when
   it was the last. */
enum fl_status fl_walk_some(
    struct fl_walk *walk,
    const struct fl_share *share,
    fl_walk_visit visit,
    void *context,
    struct fl_error *out_error);

/* Objects of `type`, or of all types when it is 0, in the order of their keys. */
enum fl_status fl_walk_objects(
    struct fl_store *store,
    uint32_t type,
    fl_walk_visit visit,
    void *context,
    struct fl_error *out_error);

#endif
