/* What commands about one endpoint begin with. */

#ifndef NODE_COMMAND_ENDPOINT_H
#define NODE_COMMAND_ENDPOINT_H

#include "command/command.h"
#include "endpoint_settings.h"

/* The endpoint that the first argument of `call` names; FL_NOT_FOUND in words. */
enum fl_status fl_command_endpoint_find(
    struct fl_call *call,
    struct fl_peer *out_peer,
    struct fl_endpoint_settings *out_settings,
    struct fl_endpoint_state *out_state,
    struct fl_error *out_error);

/* The columns of a list; what else one endpoint has; all of it, with what is going on. */
void fl_command_endpoint_show_state(
    struct fl_output *output,
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings,
    const struct fl_endpoint_state *state);
void fl_command_endpoint_show_rest(
    struct fl_output *output,
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings,
    const struct fl_endpoint_state *state);
void fl_command_endpoint_show_whole(
    struct fl_call *call,
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings,
    const struct fl_endpoint_state *state);

#endif
