/*
 * Prices and stock that are too many for memory: sorted runs in a file without a name,
 * merged as they are asked for.
 */

#ifndef NODE_SITE_RUN_H
#define NODE_SITE_RUN_H

#include "node.h"
#include "proto/object.h"

struct fl_site_record {
    struct fl_uuid goods;
    struct fl_uuid other; /* type of price, or store: the other dimension */
    struct fl_uuid set;   /* key of the record set that it is in */
    int64_t period;
    int64_t amount; /* of a balance, in FL_SITE_AMOUNT_UNITS */
    uint32_t row;
};

/* By goods, other and period, for qsort(). */
int fl_site_record_compare(const void *left, const void *right);

struct fl_site_runs;

/*
 * A run of sorted records more; the first makes `*io_runs`, which the caller ends, in the
 * directory of `node`. FL_IO, FL_LIMIT.
 */
enum fl_status fl_site_runs_put(
    struct fl_site_runs **io_runs,
    struct fl_node *node,
    const struct fl_site_record *records,
    size_t count,
    struct fl_error *out_error);
/* Takes NULL. The room on the disk goes with the leavings of the node. */
void fl_site_runs_free(struct fl_site_runs *runs);

/* From putting to collecting; and to the first record again. */
enum fl_status fl_site_runs_begin(struct fl_site_runs *runs, struct fl_error *out_error);
/* Whose records come next; false: there are no more. */
bool fl_site_runs_next(const struct fl_site_runs *runs, struct fl_uuid *out_goods);
/*
 * The records of one product, in order, at most `capacity`. Goods are asked for in the
 * order of their ids: asked for what it has passed by, it begins anew.
 */
enum fl_status fl_site_runs_collect(
    struct fl_site_runs *runs,
    struct fl_uuid goods,
    struct fl_site_record *out_records,
    size_t capacity,
    size_t *out_count,
    struct fl_error *out_error);

#endif
