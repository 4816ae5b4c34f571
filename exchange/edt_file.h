/*
 * One file of a 1C:EDT project (*.mdo), read into the same as a file of a dump: children
 * in camelCase, defaults left out, types without prefix. Source: v8msg, D.2.
 */

#ifndef EXCHANGE_EDT_FILE_H
#define EXCHANGE_EDT_FILE_H

#include "metadata_file.h"

/*
 * As fl_metadata_read(). Children of a configuration come into `items`, of a plan its
 * content does.
 */
enum fl_status fl_edt_read(
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error);

#endif
