/*
 * A pass over all objects for a comparison, in slices: each a read transaction of its own
 * that ends after some hundred objects, and the next goes on behind the last key.
 */

#ifndef NODE_COMPARE_SCAN_H
#define NODE_COMPARE_SCAN_H

#include "replication/comparison.h"
#include "replicator/link.h"
#include "routing/routing.h"

enum fl_compare_pass {
    FL_COMPARE_NO_PASS = 0,
    FL_COMPARE_DIGESTS,
    FL_COMPARE_ENTRIES_OF
};

/* Zeroed memory is one without a pass. */
struct fl_compare_scan {
    enum fl_compare_pass pass;
    uint32_t type;
    struct fl_key next;
    uint64_t read;
    uint64_t total;
    struct fl_digests *digests;
    struct fl_buckets buckets; /* to be listed */
    struct fl_compare_entry *entries;
    size_t entry_count;
    size_t entry_room;
    struct fl_subscription subscription; /* as of this slice */
};

enum fl_status fl_compare_scan_digests(struct fl_compare_scan *scan, uint32_t type);
/* Of the same type. */
void fl_compare_scan_list(struct fl_compare_scan *scan, const struct fl_buckets *buckets);

/*
 * A slice. The pass is over when `pass` is none again. FL_LIMIT: more entries than a list
 * may have.
 */
enum fl_status fl_compare_scan_step(struct fl_compare_scan *scan, struct fl_link *link);

void fl_compare_scan_free(struct fl_compare_scan *scan);

/*
 * Is an object of this key a part of what this peer and we have in common? Types of the
 * plan are, but for those of which a rule keeps anything back.
 */
bool fl_compare_admits(const struct fl_link *link, struct fl_key key);

#endif
