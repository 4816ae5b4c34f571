/*
 * What commands share that read and write messages in files.
 */

#ifndef NODE_COMMAND_IMAGE_H
#define NODE_COMMAND_IMAGE_H

#include "command.h"
#include "replicator/replicator.h"

/* A replicator of its own, that sends nothing. */
enum fl_status fl_command_image_replicator(
    struct fl_call *call,
    struct fl_replicator **out_replicator,
    struct fl_error *out_error);

struct fl_link *fl_command_image_link(struct fl_replicator *replicator, uint32_t peer);

/* The whole file, until it is unmapped. */
enum fl_status fl_command_image_map(
    const char *path,
    struct fl_bytes *out_bytes,
    struct fl_error *out_error);
void fl_command_image_unmap(struct fl_bytes bytes);

#endif
