/*
 * Tables and bank statements at the command line: what `import` and `export` do when
 * --format names one.
 */

#ifndef NODE_SHEET_COMMAND_H
#define NODE_SHEET_COMMAND_H

#include "command/command.h"

/* Is `format` a table's or a statement's, so that these are to be called? */
bool fl_sheet_command_knows(const char *format);

enum fl_status fl_sheet_command_import(struct fl_call *call, struct fl_error *out_error);
enum fl_status fl_sheet_command_export(struct fl_call *call, struct fl_error *out_error);

/* suggestion.c: a first mapping of the file, as text. */
enum fl_status fl_suggestion_show(
    struct fl_call *call,
    const char *format,
    const char *path,
    struct fl_error *out_error);

/* sheet_export.c: objects of --type as CSV or XLSX, into the file that is the argument.
 */
enum fl_status fl_sheet_export(
    struct fl_call *call,
    const char *format,
    struct fl_error *out_error);

#endif
