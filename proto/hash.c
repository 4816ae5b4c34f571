#include "proto/hash.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(
    sizeof(crypto_generichash_state) <= FL_HASHER_STATE_BYTES,
    "the state fits the public struct");

void fl_hash(struct fl_bytes bytes, uint8_t *out_hash, size_t size)
{
    FL_ASSERT(size >= FL_HASH_BYTES_MIN && size <= FL_HASH_BYTES);
    int failed = crypto_generichash(out_hash, size, bytes.data, bytes.size, NULL, 0);

    FL_ASSERT(failed == 0);
}

static crypto_generichash_state *state_of(struct fl_hasher *hasher)
{
    return (crypto_generichash_state *)(void *)hasher->state;
}

void fl_hasher_init(struct fl_hasher *hasher)
{
    int failed = crypto_generichash_init(state_of(hasher), NULL, 0, FL_HASH_BYTES);

    FL_ASSERT(failed == 0);
}

void fl_hasher_add(struct fl_hasher *hasher, struct fl_bytes bytes)
{
    int failed = crypto_generichash_update(state_of(hasher), bytes.data, bytes.size);

    FL_ASSERT(failed == 0);
}

void fl_hasher_finish(struct fl_hasher *hasher, uint8_t out_hash[FL_HASH_BYTES])
{
    int failed = crypto_generichash_final(state_of(hasher), out_hash, FL_HASH_BYTES);

    FL_ASSERT(failed == 0);
}

/*
 * Three parts without copying them together: the tag of the key, with the table in it, is
 * the SipHash key of the value's.
 */
uint64_t fl_tag(uint8_t table, struct fl_bytes key, struct fl_bytes value)
{
    uint8_t sip_key[crypto_shorthash_KEYBYTES] = "filial store 01";
    uint8_t tag[crypto_shorthash_BYTES];

    sip_key[15] = table;
    (void)crypto_shorthash(tag, key.data, key.size, sip_key);
    memcpy(sip_key, tag, sizeof(tag));
    (void)crypto_shorthash(tag, value.data, value.size, sip_key);
    return fl_load_u64(tag);
}
