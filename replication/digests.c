#include "replication/digests.h"

#include <string.h>

#include "proto/hash.h"

struct fl_digests {
    struct fl_digest buckets[FL_BUCKETS];
};

struct fl_digests *fl_digests_new(void)
{
    return fl_alloc_zeroed(1, sizeof(struct fl_digests));
}

void fl_digests_free(struct fl_digests *digests)
{
    fl_free(digests);
}

uint16_t fl_digests_bucket(struct fl_key key)
{
    uint8_t bytes[FL_KEY_BYTES];
    uint8_t hash[FL_HASH_BYTES];

    fl_key_encode(key, bytes);
    fl_hash((struct fl_bytes){bytes, sizeof(bytes)}, hash, sizeof(hash));
    return (uint16_t)(hash[0] << 8 | hash[1]);
}

void fl_digests_hash(
    struct fl_key key,
    struct fl_bytes record,
    uint8_t out_hash[FL_DIGEST_BYTES])
{
    uint8_t head[FL_KEY_BYTES + 1];
    uint8_t hash[FL_HASH_BYTES];
    struct fl_hasher hasher;

    fl_key_encode(key, head);
    head[FL_KEY_BYTES] = 0; /* flags: what is deleted has no hash */
    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, (struct fl_bytes){head, sizeof(head)});
    fl_hasher_add(&hasher, record);
    fl_hasher_finish(&hasher, hash);
    memcpy(out_hash, hash, FL_DIGEST_BYTES);
}

/* Modulo 2^128, of numbers with their high bytes first. */
static void add(uint8_t sum[FL_DIGEST_BYTES], const uint8_t addend[FL_DIGEST_BYTES])
{
    uint64_t low = fl_load_u64(sum + 8) + fl_load_u64(addend + 8);
    uint64_t carry = low < fl_load_u64(addend + 8);

    fl_store_u64(sum, fl_load_u64(sum) + fl_load_u64(addend) + carry);
    fl_store_u64(sum + 8, low);
}

void fl_digests_add(
    struct fl_digests *digests,
    uint16_t bucket,
    const uint8_t hash[FL_DIGEST_BYTES])
{
    struct fl_digest *digest = &digests->buckets[bucket];

    digest->count++;
    add(digest->sum, hash);
}

struct extent {
    uint32_t first;
    uint32_t count;
};

static struct extent extent_of(struct fl_range range)
{
    unsigned below = 4u * (FL_RANGE_LEVEL_LAST - range.level);

    FL_ASSERT(range.level <= FL_RANGE_LEVEL_LAST);
    FL_ASSERT((uint32_t)range.prefix >> 4 * range.level == 0);
    return (struct extent){(uint32_t)range.prefix << below, UINT32_C(1) << below};
}

struct fl_digest fl_digests_sum(const struct fl_digests *digests, struct fl_range range)
{
    struct extent extent = extent_of(range);
    struct fl_digest sum = {.count = 0};

    for (uint32_t i = 0; i < extent.count; i++) {
        const struct fl_digest *digest = &digests->buckets[extent.first + i];

        sum.count += digest->count;
        add(sum.sum, digest->sum);
    }
    return sum;
}

bool fl_digests_equal(const struct fl_digest *a, const struct fl_digest *b)
{
    return a->count == b->count && memcmp(a->sum, b->sum, sizeof(a->sum)) == 0;
}

struct fl_range fl_digests_part(struct fl_range range, unsigned part)
{
    FL_ASSERT(range.level < FL_RANGE_LEVEL_LAST && part < FL_RANGE_PARTS);
    return (struct fl_range){
        .level = (uint8_t)(range.level + 1),
        .prefix = (uint16_t)((unsigned)range.prefix << 4 | part),
    };
}

void fl_buckets_add(struct fl_buckets *buckets, struct fl_range range)
{
    struct extent extent = extent_of(range);

    for (uint32_t i = extent.first; i < extent.first + extent.count; i++) {
        buckets->bits[i / 8] |= (uint8_t)(1u << i % 8);
    }
}

bool fl_buckets_have(const struct fl_buckets *buckets, uint16_t bucket)
{
    return ((unsigned)buckets->bits[bucket / 8] >> bucket % 8 & 1u) != 0;
}
