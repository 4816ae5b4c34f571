/*
 * An object of a dump as a type of the configuration: its attributes in the order of
 * packages (formats of v8msg, A.6 and A.8), standard ones first, those only that this
 * object has.
 */

#ifndef EXCHANGE_DUMP_TYPE_H
#define EXCHANGE_DUMP_TYPE_H

#include "metadata_file.h"

struct fl_dump_types;

/* `builder` is borrowed. */
enum fl_status fl_dump_types_new(
    struct fl_configuration_builder *builder,
    struct fl_dump_types **out_types);
void fl_dump_types_free(struct fl_dump_types *types);

/* Before any type is added: an object that the dump lists, and whether its file is there.
 */
enum fl_status fl_dump_types_list(
    struct fl_dump_types *types,
    enum fl_kind kind,
    const char *name,
    bool is_there);

/* Is it asked for the first time, "Catalog" "X"? */
bool fl_dump_types_is_new(
    struct fl_dump_types *types,
    const char *kind,
    const char *name);

/*
 * Before any type is added: a set of types with a name, "DefinedType.X" or
 * "Characteristic.X". Both must live as long as `types`.
 */
enum fl_status fl_dump_types_set(
    struct fl_dump_types *types,
    const char *name,
    const struct fl_metadata_type *type);

/* Before any type is added: a common attribute. It must live as long as `types`. */
void fl_dump_types_common(
    struct fl_dump_types *types,
    const struct fl_metadata *attribute);

/* Before any type is added: a chart of accounts. It must live as long as `types`. */
void fl_dump_types_chart(struct fl_dump_types *types, const struct fl_metadata *chart);

/* FL_LIMIT: an attribute with more types than there may be. */
enum fl_status fl_dump_types_add(
    struct fl_dump_types *types,
    enum fl_kind kind,
    const struct fl_metadata *metadata,
    struct fl_error *out_error);

#endif
