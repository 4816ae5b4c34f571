/*
 * Under which addresses other nodes reach this one: the advertised ones of node.conf, or
 * those that a running filiald has bound and written to DIR/endpoint, one a line:
 * replication, then enrolment.
 */

#ifndef NODE_ENROLMENT_PLACE_H
#define NODE_ENROLMENT_PLACE_H

#include "node.h"
#include "proto/enrolment.h"

enum fl_enrolment_place { FL_ENROLMENT_PLACE_SESSIONS, FL_ENROLMENT_PLACE_REQUESTS };

/* FL_NOT_FOUND tells what to set in node.conf, or that filiald does not run. */
enum fl_status fl_enrolment_place_find(
    const struct fl_node *node,
    enum fl_enrolment_place place,
    char out_endpoint[FL_ENROLMENT_ENDPOINT_BYTES_MAX + 1],
    struct fl_error *out_error);

#endif
