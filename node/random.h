/*
 * New identities.
 */

#ifndef NODE_RANDOM_H
#define NODE_RANDOM_H

#include "proto/uuid.h"

struct fl_uuid fl_random_uuid(void); /* version 4 */

/*
 * Identities of new objects as 1C makes them: version 1, from a random place and the
 * time, so that they lie behind each other in an index. Zeroed memory is a new maker.
 */
struct fl_ref_maker {
    uint8_t place[8]; /* variant, clock sequence, node; zero: not drawn yet */
    uint64_t time;    /* of the last one */
};

/* `unix_ms` may stand still or go back: identities never repeat and always grow. */
struct fl_uuid fl_ref_maker_next(struct fl_ref_maker *maker, int64_t unix_ms);

#endif
