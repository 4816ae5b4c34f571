/*
 * Files without a name that nobody asks for any more. One of gigabytes takes the disk
 * long to give back: it is cut shorter part by part, between which others work.
 */

#ifndef NODE_LEAVINGS_H
#define NODE_LEAVINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { FL_LEAVINGS_MAX = 64, FL_LEAVINGS_BYTES_AT_ONCE = 32 << 20 };

/* Zeroed memory is one of nothing. */
struct fl_leavings {
    int descriptors[FL_LEAVINGS_MAX];
    size_t count;
};

/* `file` ends here; what is small, or one too many, goes at once. */
void fl_leavings_take(struct fl_leavings *leavings, FILE *file);
/* FL_LEAVINGS_BYTES_AT_ONCE of them; false: nothing is left. */
bool fl_leavings_shorten(struct fl_leavings *leavings);
/* All of them at once. */
void fl_leavings_end(struct fl_leavings *leavings);

#endif
