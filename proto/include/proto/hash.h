/*
 * BLAKE2b for identity of content, and a short tag against bit rot.
 */

#ifndef PROTO_HASH_H
#define PROTO_HASH_H

#include "proto/bytes.h"

enum { FL_HASH_BYTES = 32, FL_HASH_BYTES_MIN = 16, FL_HASHER_STATE_BYTES = 384 };

/* BLAKE2b with a digest of `size` bytes, 16 to 32. */
void fl_hash(struct fl_bytes bytes, uint8_t *out_hash, size_t size);

/* BLAKE2b-256 of what is added, by value; nothing to free. */
struct fl_hasher {
    _Alignas(64) uint8_t state[FL_HASHER_STATE_BYTES];
};

void fl_hasher_init(struct fl_hasher *hasher);
void fl_hasher_add(struct fl_hasher *hasher, struct fl_bytes bytes);
void fl_hasher_finish(struct fl_hasher *hasher, uint8_t out_hash[FL_HASH_BYTES]);

/*
 * SipHash-2-4 under a key that is no secret, over table, key and value of a store's
 * entry: finds rot and misplaced bytes, protects from nobody.
 */
uint64_t fl_tag(uint8_t table, struct fl_bytes key, struct fl_bytes value);

#endif
