/*
 * The peers of a node as people see them, with what waits for each.
 */

#ifndef NODE_PEER_LIST_H
#define NODE_PEER_LIST_H

#include "command/output.h"
#include "node.h"

const char *fl_peer_list_role(enum fl_peer_role role); /* "parent" */
bool fl_peer_list_parse_role(const char *text, enum fl_peer_role *out_role);
const char *fl_peer_list_state(enum fl_peer_state state); /* "active" */

/* When anything of it came last, Unix time; 0: never. */
int64_t fl_peer_list_heard_ms(const struct fl_node *node, const struct fl_peer *peer);

/* How many objects are registered for this peer. */
enum fl_status fl_peer_list_waiting(
    struct fl_node *node,
    const struct fl_peer *peer,
    uint64_t *out_count,
    struct fl_error *out_error);

/* A list "nodes" in `output`, a row for each peer. */
enum fl_status fl_peer_list_show(
    struct fl_node *node,
    struct fl_output *output,
    struct fl_error *out_error);

#endif
