/*
 * All peers with how much waits for each: peers that read the journal share one scan of
 * it, the others are counted by their streams. With thousands of peers far behind an
 * exact answer takes minutes, so counting has a bound; above it a number is an upper
 * bound.
 */

#ifndef NODE_WAITING_LIST_H
#define NODE_WAITING_LIST_H

#include "node.h"
#include "routing/routes.h"

enum { FL_WAITING_EXACTLY = 0 };

struct fl_waiting {
    struct fl_peer peer;
    uint64_t scanned_lsn; /* nothing is registered for it up to here */
    uint64_t first_lsn;   /* of what waits, or a little before; 0: nothing does */
    uint64_t count;
    bool is_estimate; /* counting was cut: at most so many */
    bool routed;      /* counted by its streams */
    bool has_overlay; /* something is registered, or taken back, beside the position */
};

struct fl_waiting_list {
    struct fl_waiting *items; /* in the order of their numbers */
    size_t count;
    size_t capacity;
    uint64_t head; /* of the journal, when they were read */
    struct fl_routes routes;
};

/*
 * Zero `list` before; end it with fl_waiting_list_deinit() also after a failure.
 * `questions`: of how many pairs of an entry and a peer it may be asked whether the one
 * waits for the other; FL_WAITING_EXACTLY: of all, whatever it takes.
 */
enum fl_status fl_waiting_list_read(
    struct fl_waiting_list *list,
    struct fl_node *node,
    uint64_t questions,
    struct fl_error *out_error);
/* The same for one peer, exactly. */
enum fl_status fl_waiting_list_read_one(
    struct fl_waiting_list *list,
    struct fl_node *node,
    const struct fl_peer *peer,
    struct fl_error *out_error);
void fl_waiting_list_deinit(struct fl_waiting_list *list);

#endif
