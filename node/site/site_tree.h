/*
 * All objects of a part that fit into memory together: groups of goods and departments
 * within each other, stores, types of prices, units, and properties with the values that
 * they may have, one after another.
 */

#ifndef NODE_SITE_TREE_H
#define NODE_SITE_TREE_H

#include "site/site_element.h"
#include "site/site_keys.h"

/*
 * Those that are not marked as deleted, into the section that `writer` has open. A part
 * with a column from ^parent is a tree: children stand in a container of their parent.
 * `only`: of these alone, where they are few among many of their type; NULL: of all.
 */
enum fl_status fl_site_tree_write(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_site_keys *only,
    struct fl_commerceml_writer *writer,
    struct fl_error *out_error);

#endif
