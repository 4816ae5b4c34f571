/*
 * What the parts of the daemon share: daemon.c opens and turns, daemon_lines.c has the
 * connections, daemon_rounds.c says when rounds begin, daemon_tidy.c does what can wait.
 */

#ifndef NODE_DAEMON_PARTS_H
#define NODE_DAEMON_PARTS_H

#include "control/control.h"
#include "daemon.h"
#include "endpoint/endpoints.h"
#include "enrolment/enrolment_server.h"
#include "http/http.h"
#include "mirror/mirrors.h"
#include "plan/plan_turns.h"
#include "replicator/line.h"
#include "replicator/zap.h"
#include "routing/routing.h"
#include "storage/sweeper.h"

/* What sessions name when they greet: another one needs new sessions. */
struct fl_daemon_facts {
    struct fl_uuid installation;
    struct fl_uuid incarnation;
    uint64_t key_id; /* of the new signing key, when keys change: greet anew */
    uint8_t plan[FL_PEER_PLAN_BYTES];
    uint8_t configuration[FL_CONFIGURATION_HASH_BYTES];
    uint8_t ranks[FL_HASH_BYTES]; /* who is there, and what we are to each other */
};

enum {
    FL_DAEMON_CALLED_MAX = 16
}; /* that are waited for; a node has a parent for each plan */

struct fl_daemon {
    struct fl_node *node;
    struct fl_transport_context *context;
    struct fl_zap *zap;
    struct fl_transport *listener; /* NULL: this node has no children */
    struct fl_enrolment_server *enrolment;
    struct fl_control *control;
    struct fl_endpoints *endpoints;
    struct fl_mirrors *mirrors;
    struct fl_http *http; /* NULL: http_endpoint is empty */
    struct fl_replicator *replicator;
    struct fl_daemon_facts facts;
    uint64_t revision; /* of the node, when peers were read last */
    struct fl_line **lines;
    size_t line_count;
    struct fl_line **called; /* of them: those that we call */
    size_t called_count;
    bool children_ended; /* a connection of a child has, and its line is to go down */
    bool stirred;        /* a line is to be closed, or has something that waits */
    int signals;
    bool stop;
    uint64_t alive_due_ms; /* to tell the watchdog; UINT64_MAX: there is none */
    uint64_t alive_every_ms;
    bool waits_for_line;  /* an outbox could not be emptied */
    uint64_t rate_due_ms; /* when one that waits for its rate may go on */
    uint64_t gathered_ms; /* when the first of the messages came that wait for a commit;
                             0: none does */
    uint64_t rounds_due_ms;
    uint64_t closing_due_ms; /* when to ask whether a day is to be closed */
    uint64_t rounds_ended;   /* with all peers, since the start */
    struct fl_sweep sweep;
    struct fl_routing_sweep routing_sweep;
    struct fl_plan_turns_tidy turns_tidy;
    uint64_t busy_ms; /* when there was something to do last */
    bool wrote;       /* a local writer, in this turn */
    uint64_t sweep_due_ms;
    uint64_t tend_due_ms;
    uint64_t refused_told;
    uint64_t dropped_told;
};

/* -- daemon_lines.c -- */

/* A replicator for the node as it is, with a line for each peer. */
enum fl_status fl_daemon_open_lines(struct fl_daemon *daemon, struct fl_error *out_error);
void fl_daemon_close_lines(struct fl_daemon *daemon, uint64_t now_ms);
/* After something was written: peers may have come, changed or lost their rights. */
enum fl_status fl_daemon_reload_lines(
    struct fl_daemon *daemon,
    struct fl_error *out_error);
/* True: frames came, and more may be there. */
bool fl_daemon_serve_lines(struct fl_daemon *daemon, uint64_t now_ms);
/* When to serve them again at the latest. */
uint64_t fl_daemon_lines_due_ms(const struct fl_daemon *daemon, uint64_t now_ms);

/* -- daemon_rounds.c -- */

void fl_daemon_serve_rounds(struct fl_daemon *daemon, uint64_t now_ms);

/* -- daemon_tidy.c -- */

/* Sweep, tend, sum up what was refused: a little of it. */
void fl_daemon_tidy(struct fl_daemon *daemon, uint64_t now_ms);
uint64_t fl_daemon_tidy_due_ms(const struct fl_daemon *daemon);

/* -- daemon_closing.c -- */

void fl_daemon_serve_closing(struct fl_daemon *daemon, uint64_t now_ms);

/* -- daemon.c -- */

uint64_t fl_daemon_now_ms(void); /* monotonic */

#endif
