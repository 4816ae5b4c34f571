/*
 * Is all well? What a person at a node wants to know first, on one screen: who is late
 * and why, what waits for a decision, whether this node works at all; and what to do.
 */

#ifndef NODE_SERVICE_HEALTH_H
#define NODE_SERVICE_HEALTH_H

#include "command/command.h"

/* The exit statuses of `filial status --check`, beside those of every command. */
enum fl_health {
    FL_HEALTH_WELL = 0,
    FL_HEALTH_ATTENTION = 3, /* somebody is late, or waits for a decision */
    FL_HEALTH_BROKEN = 4,    /* this node synchronises with nobody, or soon will not */
};

enum { FL_HEALTH_SHOWN_MAX = 15 }; /* of those who are late: it is one screen */

/*
 * Show it. A peer is late when it was not heard of for `late_ms`. Reads peers in short
 * transactions, so that it may be asked at a centre of thousands.
 */
enum fl_status fl_health_show(
    struct fl_call *call,
    uint64_t late_ms,
    enum fl_health *out_health,
    struct fl_error *out_error);

#endif
