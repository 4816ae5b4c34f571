#include "proto/hash.h"

#include <string.h>

#include "wire.h"

static void test_the_hash_is_blake2b(void **state)
{
    uint8_t hash[FL_HASH_BYTES];

    (void)state;
    fl_hash(BYTES(""), hash, 32);
    wire_assert_hex(
        (struct fl_bytes){hash, 32},
        "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    fl_hash(BYTES("abc"), hash, 32);
    wire_assert_hex(
        (struct fl_bytes){hash, 32},
        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    fl_hash(BYTES("abc"), hash, 16);
    wire_assert_hex((struct fl_bytes){hash, 16}, "cf4ab791c62b8d2b2109c90275287816");
}

static void test_pieces_hash_as_the_whole(void **state)
{
    uint8_t bytes[300];
    uint8_t whole[FL_HASH_BYTES];
    uint8_t pieces[FL_HASH_BYTES];

    (void)state;
    wire_fill(bytes, sizeof(bytes), 7);
    fl_hash((struct fl_bytes){bytes, sizeof(bytes)}, whole, sizeof(whole));
    for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
        struct fl_hasher hasher;

        fl_hasher_init(&hasher);
        fl_hasher_add(&hasher, (struct fl_bytes){bytes, cut});
        fl_hasher_add(&hasher, (struct fl_bytes){bytes + cut, sizeof(bytes) - cut});
        fl_hasher_finish(&hasher, pieces);
        assert_memory_equal(pieces, whole, sizeof(whole));
    }
}

static void test_a_copied_hasher_goes_its_own_way(void **state)
{
    struct fl_hasher hasher;
    uint8_t first[FL_HASH_BYTES];
    uint8_t second[FL_HASH_BYTES];

    (void)state;
    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, BYTES("ab"));
    struct fl_hasher copy = hasher;

    fl_hasher_add(&hasher, BYTES("x"));
    fl_hasher_add(&copy, BYTES("c"));
    fl_hasher_finish(&hasher, first);
    fl_hasher_finish(&copy, second);
    assert_memory_not_equal(first, second, sizeof(first));
    fl_hash(BYTES("abc"), first, sizeof(first));
    assert_memory_equal(first, second, sizeof(first));
}

/* SipHash-2-4 as its paper has it, to compare with. */
static uint64_t rotated(uint64_t word, int bits)
{
    return (word << bits) | (word >> (64 - bits));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotated(v[1], 13) ^ v[0];
    v[0] = rotated(v[0], 32);
    v[2] += v[3];
    v[3] = rotated(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotated(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotated(v[1], 17) ^ v[2];
    v[2] = rotated(v[2], 32);
}

static uint64_t load_little(const uint8_t *memory, size_t size)
{
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)memory[i] << (8 * i);
    }
    return word;
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

static void siphash(const uint8_t key[16], struct fl_bytes bytes, uint8_t out_hash[8])
{
    const uint64_t k0 = load_little(key, 8);
    const uint64_t k1 = load_little(key + 8, 8);
    uint64_t v[4] = {
        k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
        k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};
    const size_t whole = bytes.size / 8 * 8;

    for (size_t i = 0; i < whole; i += 8) {
        sip_word(v, load_little(bytes.data + i, 8));
    }
    sip_word(
        v,
        load_little(bytes.data + whole, bytes.size - whole) | (uint64_t)bytes.size << 56);
    v[2] ^= 0xFF;
    for (int i = 0; i < 4; i++) {
        sip_round(v);
    }
    const uint64_t hash = v[0] ^ v[1] ^ v[2] ^ v[3];

    for (size_t i = 0; i < 8; i++) {
        out_hash[i] = (uint8_t)(hash >> (8 * i));
    }
}

static void test_the_tag_is_two_siphashes(void **state)
{
    uint8_t key[20];
    uint8_t value[100];

    (void)state;
    wire_fill(key, sizeof(key), 1);
    wire_fill(value, sizeof(value), 50);
    for (size_t size = 0; size <= sizeof(value); size++) {
        uint8_t sip_key[17] = "filial store 01";
        uint8_t hash[8];

        sip_key[15] = 3;
        siphash(sip_key, (struct fl_bytes){key, sizeof(key)}, hash);
        memcpy(sip_key, hash, sizeof(hash));
        siphash(sip_key, (struct fl_bytes){value, size}, hash);
        assert_true(
            fl_tag(
                3, (struct fl_bytes){key, sizeof(key)}, (struct fl_bytes){value, size}) ==
            fl_load_u64(hash));
    }
}

/* A store that was written by an earlier program must still read. */
static void test_the_tag_never_changes(void **state)
{
    (void)state;
    assert_true(fl_tag(1, BYTES("key"), BYTES("value")) == UINT64_C(0xc558c2d5bc23342e));
    assert_true(fl_tag(0, BYTES(""), BYTES("")) == UINT64_C(0x53a3cd0af825ed3e));
}

static void test_the_tag_knows_its_place(void **state)
{
    const uint64_t tag = fl_tag(1, BYTES("key"), BYTES("value"));

    (void)state;
    assert_true(fl_tag(2, BYTES("key"), BYTES("value")) != tag);
    assert_true(fl_tag(1, BYTES("kez"), BYTES("value")) != tag);
    assert_true(fl_tag(1, BYTES("keyv"), BYTES("alue")) != tag);
    assert_true(fl_tag(1, BYTES("ke"), BYTES("yvalue")) != tag);
    assert_true(fl_tag(1, BYTES("key"), BYTES("value\0")) != tag);
}

static void test_every_flipped_bit_changes_the_tag(void **state)
{
    const struct fl_bytes key = BYTES("a key of twenty byte");
    uint8_t value[600];

    (void)state;
    wire_fill(value, sizeof(value), 0);
    const struct fl_bytes bytes = {value, sizeof(value)};
    const uint64_t tag = fl_tag(1, key, bytes);

    for (size_t bit = 0; bit < sizeof(value) * 8; bit++) {
        value[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(fl_tag(1, key, bytes) != tag);
        value[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_hash_is_blake2b),
        cmocka_unit_test(test_pieces_hash_as_the_whole),
        cmocka_unit_test(test_a_copied_hasher_goes_its_own_way),
        cmocka_unit_test(test_the_tag_is_two_siphashes),
        cmocka_unit_test(test_the_tag_never_changes),
        cmocka_unit_test(test_the_tag_knows_its_place),
        cmocka_unit_test(test_every_flipped_bit_changes_the_tag),
    };

    return cmocka_run_group_tests(tests, wire_setup, NULL);
}
