/* What commands about one endpoint begin with. */

#ifndef NODE_COMMAND_ENDPOINT_H
#define NODE_COMMAND_ENDPOINT_H

#include "command.h"
#include "endpoint_settings.h"

/* The endpoint that the first argument of `call` names; FL_NOT_FOUND in words. */
enum fl_status fl_command_endpoint_find(
    struct fl_call *call,
    struct fl_peer *out_peer,
    struct fl_endpoint_settings *out_settings,
    struct fl_endpoint_state *out_state,
    struct fl_error *out_error);

#endif
