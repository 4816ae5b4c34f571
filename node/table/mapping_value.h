/*
 * A cell of a table as a value of an attribute.
 */

#ifndef NODE_MAPPING_VALUE_H
#define NODE_MAPPING_VALUE_H

#include "table/lookup.h"
#include "table/mapping.h"

/* Objects that columns with `ref` point to; one for each type and attribute. */
struct fl_mapping_refs {
    struct fl_store *store;
    size_t count;
    size_t read;                        /* of them */
    struct fl_lookup_building building; /* the one behind those, once begun */
    bool is_building;
    struct {
        const struct fl_type *type;
        const struct fl_attribute *by;
        struct fl_lookup lookup;
    } items[FL_MAPPING_COLUMNS_MAX];
};

/*
 * What is here of everything that `mapping` points to, which the step reads in shares:
 * `*out_done` when that is all. `directory` is where large indexes lie; it outlives
 * `refs`.
 */
enum fl_status fl_mapping_refs_begin(
    struct fl_mapping_refs *refs,
    struct fl_store *store,
    const char *directory,
    const struct fl_mapping *mapping,
    struct fl_error *out_error);
enum fl_status fl_mapping_refs_step(
    struct fl_mapping_refs *refs,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error);
/* The same at once. */
enum fl_status fl_mapping_refs_init(
    struct fl_mapping_refs *refs,
    struct fl_store *store,
    const char *directory,
    const struct fl_mapping *mapping,
    struct fl_error *out_error);
void fl_mapping_refs_deinit(struct fl_mapping_refs *refs);

/*
 * `cell` through the conversions of `column`, as a value in `arena`. FL_MALFORMED,
 * FL_NOT_FOUND: it does not fit, the words name column and value; FL_LIMIT, FL_NO_MEMORY.
 */
enum fl_status fl_mapping_value(
    const struct fl_mapping *mapping,
    const struct fl_mapping_column *column,
    const struct fl_mapping_refs *refs,
    const struct fl_configuration *configuration,
    struct fl_bytes cell,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error);

/* Dates as people write them: ISO 8601, 31.01.2026, 31.01.26 10:00, 20260131. */
bool fl_mapping_date(struct fl_bytes text, int64_t *out_seconds);
/* "1 234,50", "1234.5". */
bool fl_mapping_number(struct fl_bytes text, struct fl_decimal *out_number);

#endif
