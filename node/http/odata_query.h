/*
 * A query over the objects of one type: filtered, ordered, a page of it. It goes on in
 * slices, so that nobody waits for it: call fl_odata_query_run() until it is done.
 */

#ifndef NODE_ODATA_QUERY_H
#define NODE_ODATA_QUERY_H

#include "http_uri.h"
#include "node.h"
#include "odata_entity.h"

enum {
    FL_ODATA_PAGE_MAX = 1000,      /* entities in an answer, without $top */
    FL_ODATA_TOP_MAX = 10000,      /* with it; $skip and $top together, with $orderby */
    FL_ODATA_SLICE_OBJECTS = 512,  /* looked at in one slice */
    FL_ODATA_PAGE_BYTES = 8 << 20, /* of records, behind which a page ends */
};

struct fl_odata_query;

/*
 * From $filter, $orderby, $top, $skip, $skiptoken, $select, $inlinecount. FL_MALFORMED,
 * FL_UNSUPPORTED, FL_LIMIT in words. `type` is one of the node's configuration; a query
 * that outlives it (a new configuration was loaded) fails with FL_BUSY. The texts of
 * `uri` outlive the query.
 */
enum fl_status fl_odata_query_new(
    struct fl_node *node,
    const struct fl_type *type,
    const struct fl_http_uri *uri,
    bool count_only,
    struct fl_odata_query **out_query,
    struct fl_error *out_error);
void fl_odata_query_free(void *query); /* takes NULL */

enum fl_status fl_odata_query_run(
    struct fl_odata_query *query,
    bool *out_done,
    struct fl_error *out_error);

/* Of a query that is done; the entities are the caller's. */
json_t *fl_odata_query_take(struct fl_odata_query *query);
uint64_t fl_odata_query_count(const struct fl_odata_query *query);
bool fl_odata_query_wants_count(const struct fl_odata_query *query);
/* More follows: name and value of the argument that leads on. False: it was all. */
bool fl_odata_query_next(
    const struct fl_odata_query *query,
    const char **out_argument,
    char out_value[FL_KEY_BYTES * 2 + 1],
    uint64_t *out_top_left);

#endif
