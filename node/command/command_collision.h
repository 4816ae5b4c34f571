/* What the commands of collisions share. */

#ifndef NODE_COMMAND_COLLISION_H
#define NODE_COMMAND_COLLISION_H

#include "command_table.h"

/* The id that the first argument names; fails by usage. */
enum fl_status fl_collision_argument(
    struct fl_call *call,
    uint64_t *out_id,
    struct fl_error *out_error);

enum fl_status fl_collision_unknown(const char *id, struct fl_error *out_error);

#endif
