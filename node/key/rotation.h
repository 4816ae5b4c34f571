/*
 * A node changes its keys. In DIR/keys meanwhile: signing-next.key and transport-next.key
 * are the pair that is to follow, `rotation` the statement that peers are shown
 * (proto/rotation.h). When every peer has noted it, or an operator says so, the pair
 * takes its place; `switching` is there while it does, and a start goes on with it.
 */

#ifndef NODE_KEY_ROTATION_H
#define NODE_KEY_ROTATION_H

#include "node.h"

/* A new pair and its statement. FL_REFUSED: a rotation has not ended yet. */
enum fl_status fl_key_rotation_begin(struct fl_node *node, struct fl_error *out_error);

/* Peers that have not noted it yet; those that are revoked are not waited for. */
size_t fl_key_rotation_waits(struct fl_node *node);

/*
 * The new pair is the node's own from here on. Every transport that was opened with the
 * old keys, and every session, is to be opened anew by the caller. FL_REFUSED: none is
 * pending.
 */
enum fl_status fl_key_rotation_switch(struct fl_node *node, struct fl_error *out_error);

/* Give the new pair up; peers that noted it accept the old one on. FL_REFUSED: none. */
enum fl_status fl_key_rotation_cancel(struct fl_node *node, struct fl_error *out_error);

/* Before the keys are loaded: a switch that was cut goes on. */
enum fl_status fl_key_rotation_recover(const char *directory, struct fl_error *out_error);
/* With keys and store: reads node->rotation, ends a switch that was cut. */
enum fl_status fl_key_rotation_open(struct fl_node *node, struct fl_error *out_error);

/* Did this node sign with that key earlier, or does it now? */
bool fl_key_rotation_is_own(
    const struct fl_node *node,
    struct fl_key key,
    struct fl_bytes record);

/*
 * Take a peer's statement: its new keys count from here on, the present ones too for the
 * overlap of node.conf. Written into `*peer`, which the caller keeps. FL_UNTRUSTED: not
 * signed by a key of that peer. FL_NOT_FOUND: taken before, nothing to do.
 */
enum fl_status fl_key_rotation_take(
    const struct fl_node *node,
    const struct fl_rotation *rotation,
    struct fl_peer *peer);

/* The former keys of a peer count no more. */
void fl_key_rotation_end(struct fl_peer *peer);

#endif
