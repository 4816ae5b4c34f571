/*
 * An object as an item of CommerceML, by a mapping read from left to right.
 */

#ifndef NODE_SITE_ELEMENT_H
#define NODE_SITE_ELEMENT_H

#include "node.h"
#include "site/site_picture.h"
#include "site/site_value.h"

struct fl_site_making {
    struct fl_node *node;
    const struct fl_site_mapping *mapping;
    uint32_t peer;
    bool has_ids;                      /* fl_site_ids_are_there() */
    struct fl_txn *txn;                /* for what is pointed to */
    struct fl_commerceml_tree *tree;   /* in its arena everything is made */
    struct fl_site_pictures *pictures; /* NULL: none is written */
    struct fl_error *picture_error;    /* why one does not go; `status` FL_OK: it does */
};

/* Is the object one of this part: its type, and what `only` says? */
bool fl_site_part_has(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object);

/* Is it marked to be deleted? */
bool fl_site_is_marked(const struct fl_site_part *part, const struct fl_object *object);

/* The columns, constants and sections of a part below `element`. */
void fl_site_fill(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    struct fl_commerceml_element *element);

/* The same of one record of a register, or of an object inside of another's item. */
void fl_site_fill_row(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_object *object,
    const struct fl_row *row,
    struct fl_commerceml_element *element);

/* One more element at "Товары/Товар" below `element`; NULL without memory. */
struct fl_commerceml_element *fl_site_add_line(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    const char *path);

/* Its Ид, with its uuid or as the site calls it. */
struct fl_bytes fl_site_id_text(const struct fl_site_making *making, struct fl_uuid uuid);

/* A child that the schemas would refuse beside another one: it is not written. */
void fl_site_drop(struct fl_commerceml_element *element, const char *name);

/* A unit always has a code of 3 or 4 digits and its Пересчет. */
void fl_site_finish_goods(
    const struct fl_site_making *making,
    struct fl_commerceml_element *element);

#endif
