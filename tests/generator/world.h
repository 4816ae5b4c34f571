/*
 * A branch's data, of which any object can be made at any time from its type and index:
 * equal seeds make equal bytes. Objects that are common to all branches do not depend on
 * the seed at all, nor refer to any that do, so branches overlap in equal content.
 */

#ifndef GENERATOR_WORLD_H
#define GENERATOR_WORLD_H

#include "proto/object.h"

/* splitmix64 */
struct chance {
    uint64_t state;
};

uint64_t chance_draw(struct chance *chance);
uint32_t chance_below(struct chance *chance, uint32_t bound); /* bound > 0 */

/* How many objects there are of a type; they stand in this order. */
struct pool {
    uint32_t common_folders;
    uint32_t common_items;
    uint32_t own_folders;
    uint32_t own_items;
};

struct world {
    const struct fl_configuration *configuration;
    uint64_t seed;
    uint32_t branch; /* in codes and numbers */
    bool random_uuids;
    struct pool *pools; /* by number of type, less one */
};

uint32_t pool_count(const struct pool *pool);
bool pool_is_common(const struct pool *pool, uint32_t index);
bool pool_is_folder(const struct pool *pool, uint32_t index);
const struct pool *world_pool(const struct world *world, uint32_t type);

struct fl_uuid world_uuid(const struct world *world, uint32_t type, uint32_t index);

/* What the objects at hand are made from. */
struct making {
    const struct world *world;
    const struct fl_type *type;
    uint32_t index;
    bool is_common;
    bool is_folder;
    struct chance chance;
    struct chance described; /* what the description was drawn from */
    struct fl_arena *arena;
};

struct making world_making(
    const struct world *world,
    const struct fl_type *type,
    uint32_t index,
    bool is_common,
    struct fl_arena *arena);

/* A ref to an item (or a folder) of `type`: the empty one when there is none. */
struct fl_value making_ref(
    struct making *making,
    const struct fl_type *type,
    bool to_folder);
/* A value as the attribute's name, role and type suggest. */
struct fl_value making_value(struct making *making, const struct fl_attribute *attribute);
int64_t making_date(uint32_t day, uint32_t second); /* of 2024 and on */

/* objects.c: whole objects, normalised; a failure is a bug and ends the program. */
void make_object(struct making *making, struct fl_object *out_object);
/* The records that `document`, made before, leaves in a register. */
void make_movements(
    struct making *making,
    const struct fl_object *document,
    struct fl_object *out_object);
/* How many different sets an information register can have here. */
uint32_t record_sets_max(const struct world *world, const struct fl_type *type);
/* The set number `making->index` of a register without recorders. */
void make_record_set(struct making *making, struct fl_object *out_object);

#endif
