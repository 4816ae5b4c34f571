/*
 * Do two nodes have the same objects? Two pure machines over one live session: the asker
 * finds what differs and says what is to be done about it, the answerer helps it. Each
 * is told what happened and answers what to do; PROTOCOL.md has the rules, README.md the
 * states.
 *
 * DIGEST and LIST take long: the node does them in slices beside its other work. READ
 * and REGISTER are done, and answered, before the node looks at another frame: the
 * verdict on what differs rests on that.
 */

#ifndef REPLICATION_COMPARISON_H
#define REPLICATION_COMPARISON_H

#include "replication/collision.h"
#include "replication/digests.h"
#include "replication/trace.h"

enum {
    FL_COMPARISON_LIST_MAX = 65536, /* entries of a list */
    FL_COMPARISON_ACTIONS_MAX = 8,
};

/* -- what both are told, and ask for -- */

enum fl_comparison_line {
    FL_COMPARISON_AWAY = 0, /* no session */
    FL_COMPARISON_IN_ROUND,
    FL_COMPARISON_FREE,
};

enum fl_comparison_event_kind {
    FL_COMPARISON_TICK = 1,    /* time has passed, or the line is another */
    FL_COMPARISON_HEARD,       /* event.said: a request at the answerer, else an answer */
    FL_COMPARISON_DIGESTED,    /* event.digests, to be lent until FORGET */
    FL_COMPARISON_LISTED,      /* event.entries, to be lent until the next LIST */
    FL_COMPARISON_READ_DONE,   /* event.states, rules: as many as keys were asked for */
    FL_COMPARISON_REGISTERED,  /* event.number */
    FL_COMPARISON_UNAVAILABLE, /* instead of any of these: event.reason */
};

struct fl_comparison_event {
    enum fl_comparison_event_kind kind;
    uint64_t now_ms;              /* in every event */
    enum fl_comparison_line line; /* in every event */
    const struct fl_compare *said;
    const struct fl_digests *digests;
    const struct fl_compare_entry *entries; /* in the order of their keys */
    const struct fl_state *states;
    const enum fl_collision_rule *rules; /* of the keys' types; not looked at by an
                                            answerer */
    uint64_t number;
    uint64_t total;
    enum fl_compare_reason reason;
    /* With HEARD, while DIGEST or LIST goes on: objects read, and of how many. */
    uint64_t read;
    uint64_t read_total;
};

enum fl_comparison_action_kind {
    FL_COMPARISON_SEND = 1, /* action.say */
    FL_COMPARISON_DIGEST,   /* action.type: make digests of all objects. DIGESTED */
    FL_COMPARISON_LIST,     /* action.buckets: list what is in them. LISTED */
    FL_COMPARISON_READ,     /* action.keys: the states of these. READ_DONE */
    FL_COMPARISON_REGISTER, /* action.keys: for the peer, by hand. REGISTERED */
    FL_COMPARISON_DELETE,   /* action.keys: a deletion of each. REGISTERED */
    FL_COMPARISON_FOUND,    /* action.differences */
    FL_COMPARISON_FORGET,   /* digests and lists are not needed */
    FL_COMPARISON_DONE,     /* the asker's result is final */
    FL_COMPARISON_FAIL,     /* action.failure, and reason when it was refused */
};

enum fl_comparison_failure {
    FL_COMPARISON_REFUSED = 1, /* by the peer: reason */
    FL_COMPARISON_NO_STORE,    /* by our own node: reason */
    FL_COMPARISON_SILENT,      /* no answer */
    FL_COMPARISON_LOST,        /* no connection */
    FL_COMPARISON_NONSENSE,    /* an answer that fits no request */
};

enum fl_difference_kind {
    FL_DIFFERENCE_CONTENT = 1,
    FL_DIFFERENCE_ONLY_HERE,
    FL_DIFFERENCE_ONLY_THERE,
    FL_DIFFERENCE_DELETED_HERE,  /* and there it is still */
    FL_DIFFERENCE_DELETED_THERE, /* and here it is still */
    FL_DIFFERENCE_DAMAGED_HERE,  /* ours cannot be read */
    FL_DIFFERENCE_DAMAGED_THERE,
    FL_DIFFERENCE_KINDS,
};

enum fl_difference_keep { FL_KEEP_NEITHER = 0, FL_KEEP_OURS, FL_KEEP_THEIRS };

/* A version that came from the other side is older than another one over there. */
enum fl_difference_newer { FL_NEWER_UNKNOWN = 0, FL_NEWER_OURS, FL_NEWER_THEIRS };

struct fl_difference {
    struct fl_key key;
    enum fl_difference_kind kind;
    enum fl_difference_newer newer;
    enum fl_difference_keep keep; /* whose version a repair registers */
    uint64_t lsn_here;            /* each in the journal of its own node; 0: none */
    uint64_t lsn_there;
};

struct fl_comparison_action {
    enum fl_comparison_action_kind kind;
    uint32_t type;
    /* Borrowed from the machine until its next step. */
    const struct fl_compare *say;
    const struct fl_buckets *buckets;
    const struct fl_key *keys;
    const struct fl_difference *differences;
    size_t count;
    enum fl_comparison_failure failure;
    enum fl_compare_reason reason;
};

struct fl_comparison_actions {
    size_t count;
    struct fl_comparison_action items[FL_COMPARISON_ACTIONS_MAX];
};

/* -- the verdict -- */

enum fl_verdict_kind {
    FL_VERDICT_EQUAL = 1,
    FL_VERDICT_ON_WAY,      /* differs, and one side has sent or is to send it */
    FL_VERDICT_QUARANTINED, /* differs, and is in quarantine on one side */
    FL_VERDICT_DIFFERS,
};

struct fl_verdict {
    enum fl_verdict_kind kind;
    struct fl_difference difference; /* without its key */
};

struct fl_verdict fl_comparison_judge(
    const struct fl_state *ours,
    const struct fl_state *theirs,
    enum fl_collision_rule rule,
    bool peer_is_parent);

/* -- the asker -- */

struct fl_comparison;

struct fl_comparison_options {
    uint64_t id; /* random */
    uint32_t type;
    bool repair; /* register what differs */
    /* Instead: what this node knows nothing of, and the peer has unchanged, was deleted
     * here so long ago that nothing tells of it; it is deleted anew. */
    bool reconcile;
    /* Only what the peer had from this node: its own may never have been taken here. */
    bool reconcile_echo_only;
    bool peer_is_parent;
    uint64_t retry_ms;    /* a request is asked again after */
    uint64_t patience_ms; /* without an answer or a connection: it fails */
    struct fl_trace trace;
};

struct fl_comparison_result {
    uint64_t objects_here;
    uint64_t objects_there;
    uint64_t requests; /* without those repeated */
    uint64_t checked;  /* objects whose states were looked at */
    uint64_t on_way;
    uint64_t quarantined;
    uint64_t differences;
    uint64_t by_kind[FL_DIFFERENCE_KINDS];
    uint64_t registered_here;
    uint64_t registered_there;
};

/* NULL: no memory. The first step may be any, TICK. */
struct fl_comparison *fl_comparison_new(const struct fl_comparison_options *options);
void fl_comparison_free(struct fl_comparison *comparison); /* takes NULL */

void fl_comparison_step(
    struct fl_comparison *comparison,
    const struct fl_comparison_event *event,
    struct fl_comparison_actions *out_actions);
/* When TICK is due at the latest; UINT64_MAX: none, as long as the line is as it was. */
uint64_t fl_comparison_due_ms(const struct fl_comparison *comparison);
bool fl_comparison_is_over(const struct fl_comparison *comparison);
const struct fl_comparison_result *fl_comparison_result(
    const struct fl_comparison *comparison);

/* -- the answerer -- */

struct fl_answerer;

struct fl_answerer_options {
    uint64_t idle_ms; /* after so long without a request it forgets */
    struct fl_trace trace;
};

struct fl_answerer *fl_answerer_new(const struct fl_answerer_options *options);
void fl_answerer_free(struct fl_answerer *answerer); /* takes NULL */
void fl_answerer_step(
    struct fl_answerer *answerer,
    const struct fl_comparison_event *event,
    struct fl_comparison_actions *out_actions);
uint64_t fl_answerer_due_ms(const struct fl_answerer *answerer);

#endif
