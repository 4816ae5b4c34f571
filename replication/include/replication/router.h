/*
 * Which streams an object belongs to. Peers with the same lists share a stream, so that
 * an object is judged once for all of them; and streams are found by the values in their
 * lists, so that an object of one branch costs the same beside a thousand others.
 *
 * Pure: filters and lists are given, streams are numbers.
 */

#ifndef REPLICATION_ROUTER_H
#define REPLICATION_ROUTER_H

#include "replication/filter.h"

struct fl_router;

/* `filters` by number of type, `filters[0]` unused; NULL: everybody gets the type. */
struct fl_router_filters {
    const struct fl_filter *const *items;
    size_t type_count;
};

struct fl_router_stream {
    uint32_t number; /* above 0 */
    struct fl_filter_lists lists;
};

/* All that is given is borrowed and outlives the router. */
enum fl_status fl_router_new(
    const struct fl_router_filters *filters,
    const struct fl_router_stream *streams,
    size_t stream_count,
    struct fl_router **out_router);
void fl_router_free(struct fl_router *router);

/* NULL: everybody gets objects of the type. */
const struct fl_filter *fl_router_filter(const struct fl_router *router, uint32_t type);

/*
 * The streams of an object of a type that has a filter, ascending; valid until the next
 * call.
 */
const uint32_t *fl_router_route(
    struct fl_router *router,
    const struct fl_filter_subject *subject,
    size_t *out_count);

#endif
