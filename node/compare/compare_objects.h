/*
 * What this node has under the keys that a comparison asks for, and sending it again.
 */

#ifndef NODE_COMPARE_OBJECTS_H
#define NODE_COMPARE_OBJECTS_H

#include "compare_scan.h"

/* Registered for this peer, and not confirmed by it. The entry is the live one. */
bool fl_compare_is_on_way(
    const struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_entry *entry);

enum fl_status fl_compare_read(
    struct fl_link *link,
    const struct fl_key *keys,
    size_t count,
    struct fl_state *out_states);

/*
 * For this peer alone. `*out_number`: how many are on their way now; what was so before
 * is not registered again, so that repeating does no harm.
 */
enum fl_status fl_compare_register(
    struct fl_link *link,
    const struct fl_key *keys,
    size_t count,
    uint64_t *out_number);

#endif
