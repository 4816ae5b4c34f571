/*
 * A package is read once more before anybody sees it.
 */

#ifndef NODE_ENDPOINT_READ_BACK_H
#define NODE_ENDPOINT_READ_BACK_H

#include "endpoint_codec.h"
#include "output.h"

/* FL_MALFORMED: the file at `path` does not read as `count` objects. */
enum fl_status fl_endpoint_read_back(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const char *path,
    uint64_t count,
    struct fl_output *output,
    struct fl_error *out_error);

#endif
