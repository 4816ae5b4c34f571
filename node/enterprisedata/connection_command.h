/* «Настройки подключения» of 1C: an endpoint as a file, and from one. */

#ifndef NODE_CONNECTION_COMMAND_H
#define NODE_CONNECTION_COMMAND_H

#include "command/command_table.h"
#include "endpoint/endpoint_settings.h"

/* What a file of a base says of it and of where files are exchanged. */
struct fl_connection_taken {
    char code[FL_CODE_BYTES_MAX + 1]; /* of the base; "": not said */
    char name[FL_NAME_BYTES_MAX + 1];
};

/*
 * The file of `--settings` into `io_settings`; nothing when it is not given. A password
 * in it is not taken. FL_MALFORMED, FL_REFUSED: the file, in words.
 */
enum fl_status fl_connection_take(
    struct fl_call *call,
    struct fl_endpoint_settings *io_settings,
    struct fl_connection_taken *out_taken,
    struct fl_error *out_error);

#endif
