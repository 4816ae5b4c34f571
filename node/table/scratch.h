/*
 * Room on the disk for the length of one command: a file without a name in the node's
 * directory, which ends with its last descriptor, however the process ends. So that what
 * grows with the data does not grow the heap.
 */

#ifndef NODE_SCRATCH_H
#define NODE_SCRATCH_H

#include "proto/object.h"

/* `*out_descriptor` is the caller's, to close. FL_IO. */
enum fl_status fl_scratch_open(
    const char *directory,
    int *out_descriptor,
    struct fl_error *out_error);

/*
 * `size` zeroed bytes that the disk holds; NULL without room there. They end with the
 * unmap, which takes NULL.
 */
void *fl_scratch_map(const char *directory, size_t size);
void fl_scratch_unmap(void *bytes, size_t size);

/* Encoded objects in the order that they were put: written once, then read once. */
struct fl_spool;

struct fl_spool_item {
    struct fl_key key;
    uint64_t lsn; /* of what was here before; 0: nothing was */
    struct fl_bytes record;
};

enum fl_status fl_spool_open(
    const char *directory,
    struct fl_spool **out_spool,
    struct fl_error *out_error);
void fl_spool_close(struct fl_spool *spool);

/* FL_IO: the disk is full, or fails. */
enum fl_status fl_spool_put(
    struct fl_spool *spool,
    const struct fl_spool_item *item,
    struct fl_error *out_error);
/* From putting to getting. */
enum fl_status fl_spool_rewind(struct fl_spool *spool, struct fl_error *out_error);
/* FL_NOT_FOUND: that was the last. The record lives until the next call. */
enum fl_status fl_spool_next(
    struct fl_spool *spool,
    struct fl_spool_item *out_item,
    struct fl_error *out_error);

#endif
