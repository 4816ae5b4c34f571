/*
 * Comparing the objects of this node with those of a peer, over its live session: the
 * machines of replication/comparison.h with store and line. What takes long is done in
 * slices by fl_replicator_tick().
 */

#ifndef NODE_COMPARE_H
#define NODE_COMPARE_H

#include "compare_found.h"
#include "replicator/replicator.h"

struct fl_compare_wanted {
    uint32_t type; /* 0: all of the plan */
    bool repair;
    bool reconcile; /* delete what is not known here any more (horizon.h) */
};

struct fl_compare_report {
    bool over;
    bool reconcile;                     /* as wanted */
    enum fl_comparison_failure failure; /* 0: none */
    enum fl_compare_reason reason;      /* of it */
    const struct fl_comparison_result *result;
    const struct fl_compare_found *found;
    uint64_t read; /* objects, of the pass that goes on */
    uint64_t total;
    uint64_t wire_bytes; /* both ways */
};

/*
 * FL_BUSY: this peer is compared with already; one that nobody has looked at for a while
 * is given up. FL_NO_MEMORY.
 */
enum fl_status fl_compare_begin(
    struct fl_link *link,
    const struct fl_compare_wanted *wanted,
    uint64_t now_ms,
    struct fl_error *out_error);

/* The one begun last; what it points to lives until the next step. False: none was. */
bool fl_compare_look(
    struct fl_link *link,
    uint64_t now_ms,
    struct fl_compare_report *out_report);

/* -- for the replicator -- */

/* A COMPARE frame's body, its session checked already. */
void fl_compare_take(
    struct fl_link *link,
    const struct fl_compare *said,
    size_t frame_bytes,
    uint64_t now_ms);
void fl_compare_tick(struct fl_link *link, uint64_t now_ms);
uint64_t fl_compare_due_ms(const struct fl_link *link);
void fl_compare_free(struct fl_link *link);

#endif
