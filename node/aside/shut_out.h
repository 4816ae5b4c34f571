/*
 * A peer that an operator suspended or revoked hears so over the connection that it has,
 * and need not find out by silence. Connections that it makes later are refused.
 */

#ifndef NODE_ASIDE_SHUT_OUT_H
#define NODE_ASIDE_SHUT_OUT_H

#include "proto/bytes.h"
#include "replicator/replicator.h"
#include "storage/peers.h"

/* The peer is in that state now, and was active; its connection ends, that of a child
   that has not greeted with the answer to its hello. */
void fl_link_shut_out(struct fl_link *link, enum fl_peer_state state);

/* A hello of a peer that is shut out is answered so. Other frames are only dropped. */
void fl_link_answer_shut_out(struct fl_link *link, struct fl_bytes frame);

/* Why the other end let go of this node, to be translated; NULL: it did not. */
const char *fl_link_shut_out_words(const struct fl_link *link);

#endif
