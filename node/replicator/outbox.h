/*
 * Frames that the line would not take at once, in their order, bounded.
 */

#ifndef NODE_OUTBOX_H
#define NODE_OUTBOX_H

#include "proto/bytes.h"

enum { FL_OUTBOX_FRAMES_MAX = 512, FL_OUTBOX_BYTES_MAX = 32 << 20 };

struct fl_outbox_frame;

struct fl_outbox {
    struct fl_outbox_frame *first;
    struct fl_outbox_frame *last;
    size_t count;
    size_t bytes;
};

/* A copy at the end. FL_FULL: the bound is reached; FL_NO_MEMORY. */
enum fl_status fl_outbox_put(
    struct fl_outbox *outbox,
    struct fl_bytes head,
    struct fl_bytes body);
/* The oldest, until it is dropped; of size 0 when there is none. */
struct fl_bytes fl_outbox_first(const struct fl_outbox *outbox);
void fl_outbox_drop(struct fl_outbox *outbox);
void fl_outbox_clear(struct fl_outbox *outbox);

#endif
