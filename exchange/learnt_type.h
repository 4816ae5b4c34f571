/*
 * What packages tell about one object type: its elements in their order, and what their
 * values have in common.
 */

#ifndef EXCHANGE_LEARNT_TYPE_H
#define EXCHANGE_LEARNT_TYPE_H

#include "proto/arena.h"
#include "proto/configuration.h"

struct fl_learnt_field {
    struct fl_learnt_field *next;
    const char *name;
    bool has_rows; /* a section */
    bool has_xml;  /* elements that are no rows: a description of types */
    bool is_typed; /* with xsi:type or xsi:nil somewhere */
    bool has_fraction;
    bool in_folder; /* stood in a folder, in an item */
    bool in_item;
    bool not_boolean; /* a value without xsi:type was none */
    bool not_date;
    bool not_uuid;
    bool not_number;
    bool has_value;
    struct fl_learnt_field *columns; /* of a section */
};

struct fl_learnt_type {
    struct fl_learnt_type *next;
    struct fl_learnt_type *next_in_bucket;
    enum fl_kind kind;
    const char *name;
    bool has_folders;
    bool is_built; /* in the place of one that a base had */
    struct fl_learnt_field *fields;
    struct fl_learnt_field *filter; /* of record sets; of its order nothing follows */
};

/*
 * The field of this name in `*fields`, made behind `previous` (NULL: at the beginning)
 * when there is none. NULL without room.
 */
struct fl_learnt_field *fl_learnt_field_get(
    struct fl_arena *arena,
    struct fl_learnt_field **fields,
    struct fl_learnt_field *previous,
    const char *name);

/* One more value without a type of its own; `is_long`: `text` is only its beginning. */
void fl_learnt_field_value(
    struct fl_learnt_field *field,
    struct fl_bytes text,
    bool is_long);

/* The type with its attributes, sections and what they may hold. */
void fl_learnt_type_build(
    const struct fl_learnt_type *type,
    struct fl_configuration_builder *builder);

#endif
