/*
 * Who gets what, where a plan has filters: objects are routed into streams once, in the
 * order of the journal and before anything is selected, and peers with the same lists
 * share a stream (storage/streams.h, replication/router.h).
 *
 * A change of a filter or of a peer's lists routes what it concerns anew: what a peer
 * gets or loses by that is told it at a new lsn of the journal, so that it is sent,
 * confirmed and sent again as any change is. An object that others refer to, of which a
 * filter looks at an attribute that has changed, routes those anew in the same way.
 *
 * A plan that had a filter once is routed from then on. A peer without lists, and the
 * parent, read the journal as ever.
 */

#ifndef NODE_ROUTING_H
#define NODE_ROUTING_H

#include "node.h"
#include "replication/filter.h"
#include "storage/journal.h"
#include "storage/members.h"

struct fl_routings; /* of all plans of a node; made when first asked for */

/* Settings, configuration or lists have changed: everything is read anew. */
void fl_routings_forget(struct fl_node *node);

/* How a peer reads what is for it. */
struct fl_subscription {
    bool routed;     /* by streams; otherwise the journal, and `own` */
    uint32_t common; /* what everybody gets; the number of the plan; 0: no routing */
    uint32_t shared; /* of all with the same lists */
    uint32_t own;    /* what it alone is told; 0: nothing ever */
    uint64_t since;  /* what all were told up to here, it never had to be told */
};

/* How much may be done at once; a transaction is some hundreds of objects. */
enum { FL_ROUTING_ALL = 0, FL_ROUTING_SOME = 16 };

/*
 * Route everything up to the head of the journal, and say how the peer reads. May write,
 * in transactions of its own: none may be open. FL_OK without routing costs nothing.
 * FL_BUSY: `most` transactions were not enough, call again.
 */
enum fl_status fl_routing_catch_up(
    struct fl_node *node,
    const struct fl_peer *peer,
    unsigned most,
    struct fl_subscription *out_subscription,
    struct fl_error *out_error);

/* Only read what the filters and lists say, for questions; as above. */
enum fl_status fl_routing_prepare(
    struct fl_node *node,
    const struct fl_peer *peer,
    unsigned most,
    struct fl_error *out_error);

/* Go on with whatever FL_BUSY has left. FL_OK: nothing is left. */
enum fl_status fl_routing_go_on(
    struct fl_node *node,
    unsigned most,
    struct fl_error *out_error);

/*
 * Remove rows that stand for nothing any more, up to `horizon`, in one small transaction;
 * beside those of what was written again, those of what the sweeper has forgotten.
 * `*place` is where it stands; zeroed memory begins. True: it is through.
 */
struct fl_routing_sweep {
    size_t plan;
    size_t stream; /* 0: the common one; behind the last: who is in which */
    uint64_t lsn;
    uint64_t head;   /* of the journal when the common one was begun */
    uint64_t purged; /* then, too */
    struct fl_members_sweep members;
};

bool fl_routing_sweep(
    struct fl_node *node,
    uint64_t horizon,
    struct fl_routing_sweep *place);

/* Does the peer read streams, as far as is known without reading anything? */
bool fl_routing_routes(const struct fl_node *node, const struct fl_peer *peer);
/* Has it ever? Then what takes an object from it may still be on its way. */
bool fl_routing_has_routed(const struct fl_node *node, const struct fl_peer *peer);

/* Does the type have a filter that holds for peers with lists? */
bool fl_routing_has_filter(
    const struct fl_node *node,
    const struct fl_node_plan *plan,
    uint32_t type);

/* Is it so as objects are routed now? */
bool fl_routing_is_filtered(
    const struct fl_node *node,
    const struct fl_peer *peer,
    uint32_t type);

/* Is the object the peer's, as routed? What has no filter always is. */
enum fl_status fl_routing_admits(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_subscription *subscription,
    struct fl_key key,
    bool *out_admits);

/*
 * A version of an object that need not be in the store, judged by the filter of its type
 * and the lists that the peer has now. For many questions catch up first. `overlay` may
 * give what is not in the store yet; NULL, or its NULL: look there.
 */
struct fl_routing_question {
    const struct fl_peer *peer;
    struct fl_key key;
    struct fl_bytes record;
    const struct fl_object *(
        *overlay)(void *context, struct fl_key key, struct fl_arena *arena);
    void *context;
    fl_filter_tell tell; /* each comparison; may be NULL */
    void *tell_context;
};

bool fl_routing_judge(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_routing_question *question);

/*
 * Is the peer told behind `lsn` of an object that was written earlier, as `entry`? Then
 * it is registered for the peer, whatever its origin.
 */
bool fl_routing_is_told(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_entry *entry,
    uint64_t lsn);

/* Has the peer never been given the object, as routed? Then it did not change ours. */
bool fl_routing_is_unknown(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_entry *entry);

/* Is the peer limited by lists at all? */
bool fl_routing_limits(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer);

#endif
