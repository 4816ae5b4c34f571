/*
 * Digests of the objects that a node has, by buckets of their keys' hashes, so that two
 * nodes find what differs without telling each other all of it. Adding is in any order
 * and at any time; a sum of hashes does not mind.
 */

#ifndef REPLICATION_DIGESTS_H
#define REPLICATION_DIGESTS_H

#include "proto/compare.h"

struct fl_digests; /* FL_BUCKETS of them, 1.3 MB */

/* Of no objects. NULL: no memory. */
struct fl_digests *fl_digests_new(void);
void fl_digests_free(struct fl_digests *digests); /* takes NULL */

/* Which bucket a key belongs to. */
uint16_t fl_digests_bucket(struct fl_key key);

/* The hash of a live object. */
void fl_digests_hash(
    struct fl_key key,
    struct fl_bytes record,
    uint8_t out_hash[FL_DIGEST_BYTES]);

void fl_digests_add(
    struct fl_digests *digests,
    uint16_t bucket,
    const uint8_t hash[FL_DIGEST_BYTES]);

/* Of all buckets in a range. */
struct fl_digest fl_digests_sum(const struct fl_digests *digests, struct fl_range range);

bool fl_digests_equal(const struct fl_digest *a, const struct fl_digest *b);

/* The nth part of a range above the last level. */
struct fl_range fl_digests_part(struct fl_range range, unsigned part);

/* A set of buckets. */
struct fl_buckets {
    uint8_t bits[FL_BUCKETS / 8];
};

void fl_buckets_add(struct fl_buckets *buckets, struct fl_range range);
bool fl_buckets_have(const struct fl_buckets *buckets, uint16_t bucket);

#endif
