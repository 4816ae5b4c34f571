/*
 * A set of objects, in memory: 24 bytes each.
 */

#ifndef NODE_SITE_KEYS_H
#define NODE_SITE_KEYS_H

#include "storage/journal.h"

struct fl_site_key {
    uint32_t type;
    struct fl_uuid id;
    bool deleted;
};

struct fl_site_keys {
    struct fl_site_key *items;
    size_t count;
    size_t capacity;
    bool groups; /* of goods: their groups changed */
};

/* False without memory, which is that of the different ones. */
bool fl_site_keys_add(
    struct fl_site_keys *keys,
    uint32_t type,
    struct fl_uuid id,
    bool deleted);
/* In order, each once; it is deleted when it ever was. */
void fl_site_keys_sort(struct fl_site_keys *keys);
/* Of a sorted set. */
bool fl_site_keys_have(const struct fl_site_keys *keys, uint32_t type, struct fl_uuid id);
void fl_site_keys_deinit(struct fl_site_keys *keys);

/* The first object of a type that is not deleted; false: none. */
bool fl_site_keys_first(
    struct fl_site_keys *keys,
    struct fl_txn *txn,
    const struct fl_type *type);

#endif
