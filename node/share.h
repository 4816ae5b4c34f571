/*
 * Long work in shares of the loop's turns: for how long a step may go on before others
 * have theirs.
 */

#ifndef NODE_SHARE_H
#define NODE_SHARE_H

#include <stdbool.h>
#include <stdint.h>

enum { FL_SHARE_MS = 25 };

struct fl_share {
    uint64_t until_ns; /* monotonic; 0: to the end of the work */
};

/* From now on; 0 for all that there is. */
struct fl_share fl_share_begin(uint32_t share_ms);
bool fl_share_is_over(const struct fl_share *share);

#endif
