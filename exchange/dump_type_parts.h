/*
 * What dump_type.h is made of: what dump_type.c gives to files beside it, and has done
 * there.
 */

#ifndef EXCHANGE_DUMP_TYPE_PARTS_H
#define EXCHANGE_DUMP_TYPE_PARTS_H

#include "dump_type.h"

/* An attribute of the type at hand that packages have no place for; `name` is copied. */
void fl_dump_types_beside(
    struct fl_dump_types *types,
    const char *name,
    enum fl_role role,
    const struct fl_metadata_type *type);

enum { FL_DUMP_CHARTS_MAX = 64 };

/* Of accounts: what a register has to know of them. */
struct fl_dump_charts {
    size_t count;
    const struct fl_metadata *charts[FL_DUMP_CHARTS_MAX];
};

struct fl_dump_charts *fl_dump_types_charts(struct fl_dump_types *types);

/* dump_accounting.c: the fields of a register whose entries have two sides. */
void fl_dump_accounting_add(
    struct fl_dump_types *types,
    const struct fl_metadata *metadata);

/* dump_predefined.c: an item behind the one that it is in. */
void fl_dump_predefined_add(
    struct fl_configuration_builder *builder,
    const struct fl_metadata *metadata);

#endif
