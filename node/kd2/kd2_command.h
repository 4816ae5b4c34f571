/* Import and export of a file of Конвертация данных 2 by a command, and its mappings. */

#ifndef NODE_KD2_COMMAND_H
#define NODE_KD2_COMMAND_H

#include "command/command_table.h"

/* --mapping or --rules: the file is loaded as it is; else it is an endpoint's message. */
enum fl_status fl_kd2_command_import(struct fl_call *call, struct fl_error *out_error);
/* --to: a message of an endpoint; else everything, for whom it may concern. */
enum fl_status fl_kd2_command_export(struct fl_call *call, struct fl_error *out_error);

extern const struct fl_option fl_kd2_from_rules_options[];

FL_HANDLER(mapping_from_rules);

#endif
