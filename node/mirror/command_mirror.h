/*
 * `filial endpoint ...` where the endpoint is a mirror: what command_endpoint.c hands on.
 */

#ifndef NODE_COMMAND_MIRROR_H
#define NODE_COMMAND_MIRROR_H

#include "command/command.h"

/* Is there a mirror of this code? */
bool fl_mirror_is_one(struct fl_call *call, const char *code);

/* --format sql */
enum fl_status fl_mirror_add(struct fl_call *call, struct fl_error *out_error);
/* Rows of the list that is open. */
void fl_mirror_list(struct fl_call *call);
enum fl_status fl_mirror_show(struct fl_call *call, struct fl_error *out_error);
enum fl_status fl_mirror_change(struct fl_call *call, struct fl_error *out_error);
enum fl_status fl_mirror_remove(struct fl_call *call, struct fl_error *out_error);
/* Until it has all of the journal. */
enum fl_status fl_mirror_poll(struct fl_call *call, struct fl_error *out_error);

#endif
