/*
 * Where an object is referred to: counted by types, in shares.
 */

#ifndef NODE_DUPLICATE_USES_H
#define NODE_DUPLICATE_USES_H

#include "node.h"

struct fl_duplicate_use {
    uint32_t type; /* of the objects that refer to it */
    uint64_t objects;
    uint64_t references;
};

struct fl_duplicate_uses;

/* NULL: no memory. The caller's. */
struct fl_duplicate_uses *fl_duplicate_uses_new(struct fl_node *node, struct fl_key of);
void fl_duplicate_uses_free(struct fl_duplicate_uses *uses); /* takes NULL */

enum fl_status fl_duplicate_uses_step(
    struct fl_duplicate_uses *uses,
    bool *out_done,
    struct fl_error *out_error);

/* By type. They live as long as `uses`. */
const struct fl_duplicate_use *fl_duplicate_uses_list(
    const struct fl_duplicate_uses *uses,
    size_t *out_count);

#endif
