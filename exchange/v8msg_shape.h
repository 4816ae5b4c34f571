/*
 * Which attribute an element is. Names of elements are interned by the parser, so after a
 * name was seen once in a place, a pointer decides; elements mostly come in the order of
 * the configuration, so mostly the first one looked at is right.
 */

#ifndef EXCHANGE_V8MSG_SHAPE_H
#define EXCHANGE_V8MSG_SHAPE_H

#include "v8msg.h"

struct fl_v8msg_names {
    const struct fl_attribute *attributes;
    size_t count;
    const char **interned;  /* for each; NULL until seen */
    struct fl_value *empty; /* for each: its empty value */
    size_t expected;        /* the one after the last found */
};

struct fl_v8msg_section_shape {
    const struct fl_section_type *type;
    const char *interned;
    struct fl_v8msg_names names;
};

struct fl_v8msg_shape {
    const char *interned; /* name of the item's element */
    const struct fl_type *type;
    struct fl_v8msg_names names;
    struct fl_v8msg_section_shape *sections;
};

struct fl_v8msg_shapes;

enum fl_status fl_v8msg_shapes_new(
    const struct fl_configuration *configuration,
    struct fl_v8msg_shapes **out_shapes);
void fl_v8msg_shapes_free(struct fl_v8msg_shapes *shapes);

/*
 * The type of an item by its element's name, "CatalogObject.X". FL_NOT_FOUND: the
 * configuration has no such type; FL_UNSUPPORTED: no kind of item is called so.
 */
enum fl_status fl_v8msg_shapes_find(
    struct fl_v8msg_shapes *shapes,
    const char *interned,
    struct fl_v8msg_shape **out_shape);

/* NULL: no such attribute there. */
const struct fl_attribute *fl_v8msg_names_find(
    struct fl_v8msg_names *names,
    const char *interned);
/* Is `value` the empty one of an attribute that was found here? */
bool fl_v8msg_names_is_empty(
    const struct fl_v8msg_names *names,
    const struct fl_attribute *attribute,
    const struct fl_value *value);
/* NULL: no such section. */
struct fl_v8msg_section_shape *fl_v8msg_shape_section(
    struct fl_v8msg_shape *shape,
    const char *interned);

#endif
