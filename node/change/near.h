/*
 * "Did you mean ...": the names that are closest to one that is not known.
 */

#ifndef NODE_NEAR_H
#define NODE_NEAR_H

#include <stddef.h>

#include "proto/bytes.h"

enum {
    FL_NEAR_NAMES_MAX = 3,
    FL_NEAR_NAME_BYTES_MAX = 128,
    FL_NEAR_TEXT_BYTES_MAX = 500,
};

struct fl_near {
    struct fl_bytes wanted;
    size_t count;
    size_t distances[FL_NEAR_NAMES_MAX];
    char names[FL_NEAR_NAMES_MAX][FL_NEAR_NAME_BYTES_MAX + 1];
};

void fl_near_init(struct fl_near *near, struct fl_bytes wanted);
/* Longer names are passed over. */
void fl_near_offer(struct fl_near *near, struct fl_bytes name);

/* " (did you mean A, B?)" or "" when nothing is near. Lives in `out_text`. */
const char *fl_near_text(
    const struct fl_near *near,
    char out_text[FL_NEAR_TEXT_BYTES_MAX]);

#endif
