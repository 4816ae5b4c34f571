/*
 * What struct fl_node knows of the last change of its own keys.
 */

#ifndef NODE_KEY_ROTATION_STATE_H
#define NODE_KEY_ROTATION_STATE_H

#include "proto/rotation.h"

enum { FL_FORMER_KEYS_MAX = 16 };

struct fl_rotation_state {
    bool has_statement; /* there was a rotation: peers are shown this */
    bool is_pending;    /* the old keys are in use until every peer has noted the new */
    bool switch_due;    /* filiald is to switch at the end of its turn */
    struct fl_rotation statement;
    uint64_t key_id; /* of the new signing key */
    /* Signing keys that were this node's own, the last ones. */
    uint8_t former[FL_FORMER_KEYS_MAX][FL_PUBLIC_KEY_BYTES];
    size_t former_count;
};

#endif
