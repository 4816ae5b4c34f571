/*
 * A set of objects, in memory: 24 bytes each. It is put in order as it grows, so that no
 * call of a large one takes long.
 */

#ifndef NODE_SITE_KEYS_H
#define NODE_SITE_KEYS_H

#include "storage/journal.h"

struct fl_site_key {
    uint32_t type;
    struct fl_uuid id;
    bool deleted;
};

enum { FL_SITE_KEYS_RUNS_MAX = 32 };

struct fl_site_keys {
    struct fl_site_key *items;
    size_t count;
    size_t capacity;
    size_t sorted;                      /* so many stand in runs, each in order */
    size_t runs[FL_SITE_KEYS_RUNS_MAX]; /* where all but the first begin */
    size_t run_count;
    bool groups; /* of goods: their groups changed */
};

/* False without memory, which is that of the different ones. */
bool fl_site_keys_add(
    struct fl_site_keys *keys,
    uint32_t type,
    struct fl_uuid id,
    bool deleted);
/* In order, each once; it is deleted when it ever was. False without memory. */
bool fl_site_keys_sort(struct fl_site_keys *keys);
/* Of a sorted set. */
bool fl_site_keys_have(const struct fl_site_keys *keys, uint32_t type, struct fl_uuid id);
void fl_site_keys_deinit(struct fl_site_keys *keys);

/* The first object of a type that is not deleted; false: none. */
bool fl_site_keys_first(
    struct fl_site_keys *keys,
    struct fl_txn *txn,
    const struct fl_type *type);

#endif
