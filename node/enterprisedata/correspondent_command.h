/* Files of EnterpriseData for nobody by name: `filial import`, `filial export`. */

#ifndef NODE_CORRESPONDENT_COMMAND_H
#define NODE_CORRESPONDENT_COMMAND_H

#include "command/command_table.h"

/* By the mapping and the version that the call gives. */
enum fl_status fl_correspondent_command_import(
    struct fl_call *call,
    struct fl_error *out_error);
enum fl_status fl_correspondent_command_export(
    struct fl_call *call,
    struct fl_error *out_error);

#endif
