/*
 * What refers to cards that were merged away: it was entered where the merge was not
 * known yet. The merge, asked for again, turns it.
 */

#ifndef NODE_DUPLICATE_COMMAND_DUPLICATE_LEFT_H
#define NODE_DUPLICATE_COMMAND_DUPLICATE_LEFT_H

#include "command/command.h"

/* `filial duplicate list --left` */
enum fl_status fl_duplicate_left(struct fl_call *call, struct fl_error *out_error);

#endif
