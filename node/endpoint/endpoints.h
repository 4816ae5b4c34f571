/*
 * All endpoints of a node at work, in the loop of its daemon or of one command.
 */

#ifndef NODE_ENDPOINTS_H
#define NODE_ENDPOINTS_H

#include "endpoint_poll.h"

struct fl_endpoints;

struct fl_endpoints *fl_endpoints_new(struct fl_node *node); /* NULL: no memory */
void fl_endpoints_free(struct fl_endpoints *endpoints);      /* takes NULL */

/* A step of each that is due. True: the store was changed. */
bool fl_endpoints_serve(struct fl_endpoints *endpoints, uint64_t now_ms);
/* When to serve them again at the latest. */
uint64_t fl_endpoints_due_ms(const struct fl_endpoints *endpoints, uint64_t now_ms);

/* The same behind a fresh look at what endpoints there are. */
struct fl_endpoint_poll *fl_endpoints_read_one(
    struct fl_endpoints *endpoints,
    uint32_t peer);
/* Of a peer; NULL: it has no endpoint. Until the next call of fl_endpoints_serve(). */
struct fl_endpoint_poll *fl_endpoints_find(struct fl_endpoints *endpoints, uint32_t peer);

#endif
