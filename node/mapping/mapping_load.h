/* A mapping from a file, plain or in an archive. */

#ifndef NODE_MAPPING_LOAD_H
#define NODE_MAPPING_LOAD_H

#include "exchange/conversion.h"

/*
 * With remarks on what `configuration`, which outlives it, has not. The caller frees it.
 * FL_IO, FL_NOT_FOUND: the file; FL_MALFORMED: it is no mapping, in words with file and
 * line; FL_REFUSED: it is of another format than `format`, which may be NULL: any.
 */
enum fl_status fl_mapping_load(
    const char *path,
    const struct fl_configuration *configuration,
    const char *format,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error);

#endif
