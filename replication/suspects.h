/*
 * Ranges whose digests differ: which are to be divided further, which hold so few objects
 * that these are listed. The bound is that of all ranges there are.
 */

#ifndef REPLICATION_SUSPECTS_H
#define REPLICATION_SUSPECTS_H

#include "replication/digests.h"

enum {
    FL_SUSPECTS_RANGES = 69905,  /* of all levels: 1 + 16 + 256 + 4096 + 65536 */
    FL_SUSPECTS_DIVIDED = 4369,  /* without the last level */
    FL_SUSPECTS_OBJECTS = 32768, /* in one list, as the digests count them */
};

/* Zeroed memory is one without any. Ranges by their index, level by level. */
struct fl_suspects {
    uint8_t to_divide[FL_SUSPECTS_DIVIDED / 8 + 1];
    uint8_t to_list[FL_SUSPECTS_RANGES / 8 + 1];
    uint32_t sizes[FL_SUSPECTS_RANGES]; /* of those to be listed: objects at whoever has
                                           more */
    uint32_t next_divided;
    uint32_t next_listed;
};

/* One range, as it is here and as it is there: nothing, or it is to be looked into. */
void fl_suspects_compare(
    struct fl_suspects *suspects,
    struct fl_range range,
    const struct fl_digest *ours,
    const struct fl_digest *theirs);

/* The next ranges to be divided, at most `most`; how many. Parts come behind the whole.
 */
size_t fl_suspects_divide(
    struct fl_suspects *suspects,
    struct fl_range *out_ranges,
    size_t most);

/* The next ranges to be listed together, at most `most`, and the objects in them. */
size_t fl_suspects_list(
    struct fl_suspects *suspects,
    struct fl_range *out_ranges,
    size_t most,
    uint64_t *out_objects);

#endif
