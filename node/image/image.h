/*
 * Everything for a peer as a file (proto/image.h): the messages of its stream, numbered
 * and signed as over the line, which goes on behind them.
 */

#ifndef NODE_IMAGE_H
#define NODE_IMAGE_H

#include "file.h"
#include "proto/image.h"
#include "replicator/replicator.h"

/* -- image_create.c -- */

struct fl_image_writer {
    struct fl_file file;
    struct fl_session_position tail; /* of what is written */
    uint64_t lsn;
    uint64_t lsn_begin;
    uint64_t acknowledged;
    uint64_t messages;
    uint64_t entries;
    uint64_t bytes;
};

/* FL_REFUSED: the peer has never been met, so nothing can be addressed to it. */
enum fl_status fl_image_create_begin(
    struct fl_image_writer *writer,
    struct fl_link *link,
    const char *path,
    struct fl_error *out_error);
/* One message; `*out_done` behind the last, when the file is in its place. */
enum fl_status fl_image_create_step(
    struct fl_image_writer *writer,
    struct fl_link *link,
    bool *out_done,
    struct fl_error *out_error);
void fl_image_create_abandon(struct fl_image_writer *writer);

/* -- image_load.c -- */

struct fl_image_loaded {
    uint64_t messages; /* in the file */
    uint64_t skipped;  /* they had been applied before */
    uint64_t entries;  /* of those that were not */
};

/* `done` of `total` messages are applied. */
typedef void (*fl_image_progress)(void *context, uint64_t done, uint64_t total);

/*
 * Everything is checked before anything is applied; then each message in a transaction
 * of its own, with the position: what was applied is passed over the next time.
 * FL_REFUSED, FL_UNTRUSTED, FL_MALFORMED: nothing has changed, in words.
 */
enum fl_status fl_image_load(
    struct fl_replicator *replicator,
    struct fl_bytes file,
    fl_image_progress progress,
    void *context,
    struct fl_image_loaded *out_loaded,
    struct fl_error *out_error);

#endif
