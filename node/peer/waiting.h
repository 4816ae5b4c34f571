/*
 * How much waits for a peer: what is registered for it by its position and not confirmed.
 */

#ifndef NODE_WAITING_H
#define NODE_WAITING_H

#include "routing/routes.h"
#include "routing/selection.h"

/* Counts to `most` and no further. */
enum fl_status fl_waiting_count(
    struct fl_node *node,
    const struct fl_routes *routes,
    const struct fl_peer *peer,
    uint64_t most,
    uint64_t *out_count,
    struct fl_error *out_error);

#endif
