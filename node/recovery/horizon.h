/*
 * Which child has been away so long that nothing waits for it any more. Its node is
 * marked, dead entries and old deletions go without it, and when it comes back what it
 * still has is compared with what is here: what was deleted here meanwhile is deleted
 * there, unless it was changed there. The clock only says when to give up waiting; who
 * has to be reconciled is known by lsns.
 */

#ifndef NODE_HORIZON_H
#define NODE_HORIZON_H

#include "replicator/link.h"

/* What a sweep may remove: all peers that are waited for have it. */
struct fl_horizon {
    uint64_t dead_to;       /* entries that were replaced, up to this lsn */
    uint64_t tombstones_to; /* deletions; 0: none */
};

/*
 * Looks at the clock and at all peers; whoever is given up or back is marked and told of
 * before this returns. A store that fails lets nothing be removed.
 */
struct fl_horizon fl_horizon_look(struct fl_replicator *replicator, int64_t clock_ms);

/* Compares with those who came back; for fl_replicator_tick(). */
void fl_horizon_tick(struct fl_link *link, uint64_t now_ms);
uint64_t fl_horizon_due_ms(const struct fl_link *link);

/*
 * Deletions of what the peer has and this node knows nothing of; `*out_number`: how many.
 * What is here for others alone is registered for a child, which gives it up by that.
 */
enum fl_status fl_horizon_delete(
    struct fl_link *link,
    const struct fl_key *keys,
    size_t count,
    uint64_t *out_number);

#endif
