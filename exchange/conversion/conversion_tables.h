/*
 * Rows of a tree as tabular sections, over the rows that stand here: what the format has
 * not of a row stays with it.
 */

#ifndef EXCHANGE_CONVERSION_TABLES_H
#define EXCHANGE_CONVERSION_TABLES_H

#include "conversion_taking.h"

/*
 * `object` has what stands here, and room for every section of its type. FL_MALFORMED: as
 * of fl_taking_properties(), with the section and the row.
 */
enum fl_status fl_taking_tables(
    struct fl_taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root,
    struct fl_object *object);

#endif
