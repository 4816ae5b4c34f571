/*
 * Objects of one type by the values of some attributes: 32 bytes a place, few of them in
 * memory, many in a file of the node's directory that the system keeps there as it can.
 * Equal hashes of 64 bits are looked at again by whoever changes what is found.
 */

#ifndef NODE_LOOKUP_H
#define NODE_LOOKUP_H

#include "proto/object.h"
#include "walk.h"

enum {
    FL_LOOKUP_ATTRIBUTES_MAX = 8,
    FL_LOOKUP_OBJECTS_MAX = 1 << 26,
};

struct fl_lookup_item {
    uint64_t hash; /* 0: free */
    struct fl_uuid id;
    uint32_t line;  /* of the table that gave this key; 0: none did */
    bool ambiguous; /* several objects have these values */
};

struct fl_lookup {
    const char *directory; /* borrowed: where the file lies */
    struct fl_lookup_item *items;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* An empty one. `directory` outlives it. */
void fl_lookup_init(struct fl_lookup *lookup, const char *directory);
void fl_lookup_deinit(struct fl_lookup *lookup);

/*
 * Adding every object of `type` here by the values of `attributes` (a NULL among them is
 * the identity): in shares, or at once.
 */
struct fl_lookup_building {
    struct fl_lookup *lookup;
    const struct fl_attribute *attributes[FL_LOOKUP_ATTRIBUTES_MAX];
    size_t attribute_count;
    struct fl_arena arena;
    struct fl_walk walk; /* done: all are there */
};

/* `lookup` outlives it. Ends with the end, which takes a zeroed one too. */
void fl_lookup_building_begin(
    struct fl_lookup_building *building,
    struct fl_lookup *lookup,
    struct fl_store *store,
    const struct fl_type *type,
    const struct fl_attribute *const *attributes,
    size_t attribute_count);
enum fl_status fl_lookup_building_step(
    struct fl_lookup_building *building,
    const struct fl_share *share,
    struct fl_error *out_error);
void fl_lookup_building_end(struct fl_lookup_building *building);

enum fl_status fl_lookup_build(
    struct fl_lookup *lookup,
    struct fl_store *store,
    const struct fl_type *type,
    const struct fl_attribute *const *attributes,
    size_t attribute_count,
    struct fl_error *out_error);

/* Never 0. `values[i]` of an identity is a ref. */
uint64_t fl_lookup_hash(const struct fl_value *values, size_t count);

/* NULL: nothing has this hash. Until the next add. */
struct fl_lookup_item *fl_lookup_find(const struct fl_lookup *lookup, uint64_t hash);
/* NULL without room on the disk, or beyond the bound. The hash must not be there yet. */
struct fl_lookup_item *fl_lookup_add(
    struct fl_lookup *lookup,
    uint64_t hash,
    struct fl_uuid id);

#endif
