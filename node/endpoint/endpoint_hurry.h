/*
 * All endpoints and mirrors of a node, asked for a round at once, whatever their windows
 * say, as one thing to wait for. In the daemon only.
 */

#ifndef NODE_ENDPOINT_HURRY_H
#define NODE_ENDPOINT_HURRY_H

#include "command/output.h"
#include "node.h"

struct fl_endpoint_hurry;

/* Asks all of them. NULL: no memory. Where we are the site, the other begins. */
struct fl_endpoint_hurry *fl_endpoint_hurry_begin(struct fl_node *node);
void fl_endpoint_hurry_end(struct fl_endpoint_hurry *hurry); /* takes NULL */
bool fl_endpoint_hurry_is_empty(const struct fl_endpoint_hurry *hurry);

/* Has each of them ended a round that began no earlier? What was removed has. */
bool fl_endpoint_hurry_is_done(
    const struct fl_endpoint_hurry *hurry,
    struct fl_node *node);

/* Is one of them at work, rather than waiting for somebody who may not be there? */
bool fl_endpoint_hurry_works(const struct fl_endpoint_hurry *hurry, struct fl_node *node);

/* A list "endpoints": how each stands. False: one of them has not done it. */
bool fl_endpoint_hurry_show(
    const struct fl_endpoint_hurry *hurry,
    struct fl_node *node,
    struct fl_output *output);

#endif
