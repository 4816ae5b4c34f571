#include "walk.h"

enum { OBJECTS_PER_TXN = 512 };

static enum fl_status visit_entry(
    struct fl_walk *walk,
    fl_walk_visit visit,
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    struct fl_error *out_error)
{
    if (walk->type != 0 && entry->key.type != walk->type) {
        walk->done = true;
        return FL_OK;
    }
    if (walk->started && fl_key_equal(entry->key, walk->last)) {
        return FL_OK;
    }
    walk->last = entry->key;
    walk->started = true;
    if (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) {
        return FL_OK;
    }
    return visit(context, txn, entry, &walk->done, out_error);
}

enum fl_status fl_walk_some(
    struct fl_walk *walk,
    const struct fl_share *share,
    fl_walk_visit visit,
    void *context,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_object_walk objects = {0};
    struct fl_key from = {.type = walk->type};
    fl_txn_begin(&txn, walk->store, FL_TXN_READ);
    fl_object_walk_begin(&objects, &txn, walk->started ? walk->last : from);
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < OBJECTS_PER_TXN && status == FL_OK && !walk->done; i++) {
        struct fl_entry entry;
        status = fl_object_walk_next(&objects, &entry);
        if (status == FL_NOT_FOUND) {
            walk->done = true;
            status = FL_OK;
        } else if (status != FL_OK) {
            if (out_error != NULL) {
                *out_error = *fl_txn_error(&txn);
            }
        } else {
            status = visit_entry(walk, visit, context, &txn, &entry, out_error);
        }
        if (share != NULL && fl_share_is_over(share)) {
            break;
        }
    }
    fl_object_walk_end(&objects);
    fl_txn_abort(&txn);
    return status;
}

enum fl_status fl_walk_objects(
    struct fl_store *store,
    uint32_t type,
    fl_walk_visit visit,
    void *context,
    struct fl_error *out_error)
{
    struct fl_walk walk = {.store = store, .type = type};
    enum fl_status status = FL_OK;
    while (status == FL_OK && !walk.done) {
        status = fl_walk_some(&walk, /* share= */ NULL, visit, context, out_error);
    }
    return status;
}
