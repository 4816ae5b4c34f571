/*
 * A package is read once more before anybody sees it, in shares as it was written.
 */

#ifndef NODE_ENDPOINT_READ_BACK_H
#define NODE_ENDPOINT_READ_BACK_H

#include "command/output.h"
#include "endpoint_codec.h"
#include "share.h"

struct fl_endpoint_read_back;

/* The file at `path`, which has to read as `count` objects. */
enum fl_status fl_endpoint_read_back_begin(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const char *path,
    uint64_t count,
    struct fl_endpoint_read_back **out_back,
    struct fl_error *out_error);
/* As much as the share has room for. FL_MALFORMED: it does not read as what it is. */
enum fl_status fl_endpoint_read_back_step(
    struct fl_endpoint_read_back *back,
    const struct fl_share *share,
    struct fl_output *output,
    bool *out_done,
    struct fl_error *out_error);
/* Objects that were read. */
uint64_t fl_endpoint_read_back_count(const struct fl_endpoint_read_back *back);
void fl_endpoint_read_back_end(struct fl_endpoint_read_back *back); /* takes NULL */

#endif
