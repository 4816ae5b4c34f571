/*
 * How a message was made: which entries of its range it took and the size of its chunks,
 * written down with its number. So it can be
 * made again byte for byte when a line was cut in the middle of it, although objects of
 * it have changed since. The journal has their entries until the peer confirms them.
 */

#ifndef NODE_TAKEN_H
#define NODE_TAKEN_H

#include "proto/bytes.h"

struct fl_taken {
    struct fl_buffer bytes;
    uint64_t lsn_end; /* everything up to it is written down */
    uint64_t lsn_run; /* the run that is open begins behind it */
    uint64_t lsn_last;
};

void fl_taken_init(struct fl_taken *taken);
void fl_taken_deinit(struct fl_taken *taken);

/* Of a message that carries what lies above `lsn_from`. */
void fl_taken_begin(struct fl_taken *taken, uint64_t lsn_from, size_t chunk_bytes);
/* In the order of their lsns. */
void fl_taken_add(struct fl_taken *taken, uint64_t lsn);
/* Until the next begin. Empty: it is too much to be kept. */
struct fl_bytes fl_taken_end(struct fl_taken *taken);

struct fl_taken_reader {
    struct fl_reader reader;
    size_t chunk_bytes; /* 0: nothing is known of the message */
    uint64_t lsn;
    uint64_t left; /* of the run */
};

struct fl_taken_reader fl_taken_read(struct fl_bytes taken, uint64_t lsn_from);
/* False at the end. */
bool fl_taken_next(struct fl_taken_reader *reader, uint64_t *out_lsn);

#endif
