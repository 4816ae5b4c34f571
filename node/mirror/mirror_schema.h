/*
 * What of a configuration lies in which table and column of the mirror: a table for each
 * type of objects, one for each of its sections, none for enumerations (their values are
 * words). A name, once given, stays: filial_schema in the database remembers it.
 *
 *     filial_schema   object, attribute ("" the table itself), table_name, column_name,
 * type
 */

#ifndef NODE_MIRROR_SCHEMA_H
#define NODE_MIRROR_SCHEMA_H

#include "mirror_names.h"
#include "proto/configuration.h"
#include "sql.h"

enum fl_mirror_part {
    FL_MIRROR_ID = 1,     /* "_id" */
    FL_MIRROR_LINE,       /* "_line", from 1 */
    FL_MIRROR_BRANCH,     /* "_branch": the code of the node that wrote it */
    FL_MIRROR_LSN,        /* "_lsn": of this node's journal */
    FL_MIRROR_TIME,       /* "_time": when it came into the mirror, UTC */
    FL_MIRROR_VALUE,      /* of an attribute */
    FL_MIRROR_VALUE_TYPE, /* of a composite one: which type, "Catalog.Склады" */
};

struct fl_mirror_field {
    enum fl_mirror_part part;
    const struct fl_attribute *attribute;
};

struct fl_mirror_table {
    struct fl_sql_table sql;
    char *object; /* "Document.X", "Document.X.Товары" */
    const struct fl_type *type;
    const struct fl_section_type *section; /* NULL: the objects themselves */
    struct fl_mirror_field *fields;        /* as sql.columns */
};

struct fl_mirror_schema_options {
    bool is_latin;
    bool is_partitioned;
};

struct fl_mirror_schema {
    struct fl_configuration *configuration; /* its own */
    struct fl_mirror_schema_options options;
    enum fl_sql_dialect dialect;
    struct fl_mirror_table *tables;
    size_t count;
    size_t *firsts; /* by number of type: its first table; SIZE_MAX: none */
    uint64_t *seen; /* types and branches whose partitions are there, as hashes */
    size_t seen_count;
    size_t seen_capacity;
};

/* What the store's own tables need in the database; fine when they are there. */
enum fl_status fl_mirror_schema_prepare(struct fl_sql *sql, struct fl_error *out_error);

/*
 * The tables of `take_configuration` (taken on success and on failure), with what is
 * missing in the database made there, in the caller's transaction. `*out_changes` counts
 * tables and columns that were made.
 */
enum fl_status fl_mirror_schema_open(
    struct fl_sql *sql,
    const struct fl_mirror_schema_options *options,
    struct fl_configuration *take_configuration,
    struct fl_mirror_schema **out_schema,
    size_t *out_changes,
    struct fl_error *out_error);
/* `sql` may be NULL when nothing was put. Takes NULL. */
void fl_mirror_schema_close(struct fl_mirror_schema *schema, struct fl_sql *sql);

/* The first of the type's tables, and how many; NULL: it has none. */
struct fl_mirror_table *fl_mirror_schema_tables(
    const struct fl_mirror_schema *schema,
    uint32_t type,
    size_t *out_count);
/* The column of an attribute; NULL: none. */
const struct fl_sql_column *fl_mirror_table_column(
    const struct fl_mirror_table *table,
    const struct fl_attribute *attribute,
    enum fl_mirror_part part);

#endif
