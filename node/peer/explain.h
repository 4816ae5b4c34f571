/*
 * What there is to know about a peer, gathered for a person: who it is, how far both are
 * with each other, what happened, and what is to be done.
 */

#ifndef NODE_EXPLAIN_H
#define NODE_EXPLAIN_H

#include "history.h"
#include "node.h"
#include "storage/positions.h"

enum fl_explain_next {
    FL_EXPLAIN_NOTHING,         /* all is well */
    FL_EXPLAIN_START,           /* filiald does not run */
    FL_EXPLAIN_ADOPT,           /* this store was brought from elsewhere */
    FL_EXPLAIN_RESUME,          /* the peer is suspended */
    FL_EXPLAIN_INVITE,          /* the peer was revoked */
    FL_EXPLAIN_STOP_COPY,       /* it and a copy of it are alive */
    FL_EXPLAIN_LOOK_AT_CHANGES, /* a message of it changes too much */
    FL_EXPLAIN_CONFIRM_THERE,   /* the parent was restored, and nobody said so */
    FL_EXPLAIN_CONFIRM_HERE,    /* this node was restored, and nobody said so */
    FL_EXPLAIN_DECIDE_THERE,    /* the peer holds this node */
    FL_EXPLAIN_QUARANTINE,      /* something of it was put aside */
    FL_EXPLAIN_FORKED,
    FL_EXPLAIN_LET_IN,  /* the parent does not let this node in */
    FL_EXPLAIN_CONNECT, /* it was not heard of for long, and is not connected */
    FL_EXPLAIN_COUNT,
};

struct fl_explanation {
    struct fl_peer peer;
    struct fl_history history;
    struct fl_stored_position positions[FL_POSITIONS_MAX];
    size_t position_count;
    uint64_t waiting;
    uint64_t quarantined;
    int64_t connected_ms; /* 0: it is not */
    bool shut_out;        /* it refuses this node, since it was connected last */
    const char *trouble;  /* why not, to be translated; NULL: nothing is known */
    bool needs[FL_EXPLAIN_COUNT];
};

/* FL_NOT_FOUND: there is no peer of this code. Too large for the stack. */
enum fl_status fl_explain(
    struct fl_node *node,
    const char *code,
    struct fl_explanation *out_explanation,
    struct fl_error *out_error);

/* The incarnation of a parent that was refused last, zero when that is settled. */
struct fl_uuid fl_explain_refused(const struct fl_explanation *explanation);

#endif
