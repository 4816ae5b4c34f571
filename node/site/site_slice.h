/*
 * Prices and stock by the goods that they are of: the latest records of a register, or
 * what its movements leave. Those of many goods lie in a file of the node's directory,
 * and memory stays the same.
 */

#ifndef NODE_SITE_SLICE_H
#define NODE_SITE_SLICE_H

#include "node.h"
#include "share.h"
#include "site/site_keys.h"
#include "site/site_mapping.h"
#include "site/site_run.h"

enum {
    FL_SITE_AMOUNT_DIGITS = 4, /* behind the point */
    FL_SITE_AMOUNT_UNITS = 10000,
    FL_SITE_RECORDS_MAX = 1 << 16, /* in memory, when the rest may lie in a file */
    FL_SITE_RECORDS_AT_HAND_MAX = 1 << 24,
};

struct fl_site_building;

struct fl_site_slice {
    const struct fl_site_part *part;
    const struct fl_site_keys *only; /* NULL: all goods */
    bool in_order;
    struct fl_site_record *records; /* in the order of goods and other */
    size_t count;
    size_t capacity;
    struct fl_site_runs *runs;         /* NULL: all are in memory */
    size_t next;                       /* behind the product given last, in memory */
    struct fl_site_building *building; /* NULL: it is built, or not begun */
};

/*
 * Of the goods in `only`, which is sorted and outlives the slice; NULL: of all.
 * `in_order`: goods will be asked for in the order of their ids, so that not all need be
 * in memory. Zeroed memory is an empty one; ends with the deinit, on failure too. It can
 * be asked once it is built.
 */
enum fl_status fl_site_slice_begin(
    struct fl_site_slice *slice,
    struct fl_node *node,
    const struct fl_site_part *part,
    const struct fl_site_keys *only,
    bool in_order,
    struct fl_error *out_error);
/* A share of the building; `*out_done`: it is built. */
enum fl_status fl_site_slice_build(
    struct fl_site_slice *slice,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error);
void fl_site_slice_deinit(struct fl_site_slice *slice);

/*
 * The records of one product: `*out_count` of them from `*out_records`, until the next
 * call. FL_IO: the file is not read.
 */
enum fl_status fl_site_slice_find(
    struct fl_site_slice *slice,
    struct fl_uuid goods,
    const struct fl_site_record **out_records,
    size_t *out_count,
    struct fl_error *out_error);

/* The same of the first product, and of the one behind the product given last; a count of
   0: there are no more. */
enum fl_status fl_site_slice_first(
    struct fl_site_slice *slice,
    const struct fl_site_record **out_records,
    size_t *out_count,
    struct fl_error *out_error);
enum fl_status fl_site_slice_next(
    struct fl_site_slice *slice,
    const struct fl_site_record **out_records,
    size_t *out_count,
    struct fl_error *out_error);

/* The dimension of the part beside the goods; NULL: none. */
const struct fl_attribute *fl_site_other(const struct fl_site_part *part);

#endif
