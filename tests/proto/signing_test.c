#include "proto/signing.h"

#include <string.h>

#include "wire.h"

static const enum fl_domain domains[] = {
    FL_DOMAIN_MESSAGE,
    FL_DOMAIN_CONFIRMATION,
    FL_DOMAIN_ENROLMENT,
    FL_DOMAIN_SELF_TEST,
};

enum { DOMAIN_COUNT = sizeof(domains) / sizeof(domains[0]) };

/* RFC 8032, 7.1, test 1. */
static void test_the_public_key_is_derived_from_the_seed(void **state)
{
    static const uint8_t seed[FL_SIGNING_SEED_BYTES] = {
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
        0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
        0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
    struct fl_signing_key *key = NULL;
    uint8_t id[FL_KEY_ID_BYTES];

    (void)state;
    assert_int_equal(fl_signing_key_new(seed, &key), FL_OK);
    wire_assert_hex(
        (struct fl_bytes){fl_signing_key_public(key), FL_PUBLIC_KEY_BYTES},
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    fl_key_id(fl_signing_key_public(key), id);
    wire_assert_hex((struct fl_bytes){id, sizeof(id)}, "7849ac3049680be1");
    fl_signing_key_free(key);
}

static void test_signatures_never_change(void **state)
{
    static const char *const expected[DOMAIN_COUNT] = {
        "d6f6feb53d68a97c3a352b4e457b30fc2c9ef160b1c3cf1d850ec11357770d9e"
        "fa39e0159e3394f2da1cbabb8d37ba7bb49f3ada6caa859d7a82827919c69501",
        "b0f7d2eef1880fdbd5a3d8a4359d3856aab96894f4db5a115107c0b3fdfbb11d"
        "830a778551708368296e8d080586f98f9c0e8647ea80435ff75a7b7d0cbef70f",
        "b1247cfe7a2ca5f03a2d6be4172843101c1e974b05f23cfb6681d380fb2d3356"
        "00cc849483b003bc746204bc33c2a8bbadc3edba01458b462a61d436711d2705",
        "2a94c4d9fdf12c247f53965caee3d13f8131327da3e457babee2611d859c8213"
        "aa44ca01299100ebe08d6c272084f70eedd27ed92a9c9f3bc5e7fe78d2e71002",
    };
    struct fl_signing_key *const key = wire_key(1);

    (void)state;
    for (size_t i = 0; i < DOMAIN_COUNT; i++) {
        uint8_t signature[FL_SIGNATURE_BYTES];

        fl_sign(key, domains[i], BYTES("Заказ 17"), signature);
        wire_assert_hex((struct fl_bytes){signature, sizeof(signature)}, expected[i]);
    }
    fl_signing_key_free(key);
}

static void test_a_signature_holds_in_its_domain_only(void **state)
{
    struct fl_signing_key *const key = wire_key(1);
    uint8_t signature[FL_SIGNATURE_BYTES];

    (void)state;
    for (size_t i = 0; i < DOMAIN_COUNT; i++) {
        fl_sign(key, domains[i], BYTES("bytes"), signature);
        for (size_t k = 0; k < DOMAIN_COUNT; k++) {
            assert_int_equal(
                fl_verify(
                    fl_signing_key_public(key), domains[k], BYTES("bytes"), signature),
                i == k ? FL_OK : FL_UNTRUSTED);
        }
    }
    fl_signing_key_free(key);
}

static void test_another_key_or_other_bytes_are_refused(void **state)
{
    struct fl_signing_key *const key = wire_key(1);
    struct fl_signing_key *const other = wire_key(2);
    uint8_t signature[FL_SIGNATURE_BYTES];

    (void)state;
    fl_sign(key, FL_DOMAIN_MESSAGE, BYTES("bytes"), signature);
    assert_int_equal(
        fl_verify(
            fl_signing_key_public(other), FL_DOMAIN_MESSAGE, BYTES("bytes"), signature),
        FL_UNTRUSTED);
    assert_int_equal(
        fl_verify(
            fl_signing_key_public(key), FL_DOMAIN_MESSAGE, BYTES("byte"), signature),
        FL_UNTRUSTED);
    assert_int_equal(
        fl_verify(
            fl_signing_key_public(key), FL_DOMAIN_MESSAGE, BYTES("bytes\0"), signature),
        FL_UNTRUSTED);
    fl_signing_key_free(other);
    fl_signing_key_free(key);
}

static void test_every_flipped_bit_of_a_signature_is_refused(void **state)
{
    struct fl_signing_key *const key = wire_key(1);
    uint8_t signature[FL_SIGNATURE_BYTES];

    (void)state;
    fl_sign(key, FL_DOMAIN_MESSAGE, BYTES("bytes"), signature);
    for (size_t bit = 0; bit < sizeof(signature) * 8; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(
            fl_verify(
                fl_signing_key_public(key), FL_DOMAIN_MESSAGE, BYTES("bytes"), signature),
            FL_UNTRUSTED);
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    fl_signing_key_free(key);
}

/* Points of small order verify what nobody signed, where they are let in. */
static void test_a_degenerate_public_key_is_refused(void **state)
{
    uint8_t public_key[FL_PUBLIC_KEY_BYTES] = {1};
    uint8_t signature[FL_SIGNATURE_BYTES] = {1};

    (void)state;
    assert_int_equal(
        fl_verify(public_key, FL_DOMAIN_MESSAGE, BYTES("bytes"), signature),
        FL_UNTRUSTED);
    memset(public_key, 0, sizeof(public_key));
    assert_int_equal(
        fl_verify(public_key, FL_DOMAIN_MESSAGE, BYTES("bytes"), signature),
        FL_UNTRUSTED);
}

static void test_transport_keys_are_fresh(void **state)
{
    uint8_t public_keys[2][FL_PUBLIC_KEY_BYTES];
    uint8_t secret_keys[2][FL_SECRET_KEY_BYTES];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fl_transport_keys_new(public_keys[i], secret_keys[i]);
        assert_memory_not_equal(public_keys[i], secret_keys[i], FL_PUBLIC_KEY_BYTES);
    }
    assert_memory_not_equal(public_keys[0], public_keys[1], FL_PUBLIC_KEY_BYTES);
    assert_memory_not_equal(secret_keys[0], secret_keys[1], FL_SECRET_KEY_BYTES);
}

static void test_secrets_are_compared_and_wiped(void **state)
{
    uint8_t first[32];
    uint8_t second[32];
    static const uint8_t zeros[32] = {0};

    (void)state;
    fl_random(first, sizeof(first));
    fl_random(second, sizeof(second));
    assert_false(fl_secret_equal(first, second, sizeof(first)));
    memcpy(second, first, sizeof(first));
    assert_true(fl_secret_equal(first, second, sizeof(first)));
    second[31] ^= 0x80;
    assert_false(fl_secret_equal(first, second, sizeof(first)));
    fl_wipe(first, sizeof(first));
    assert_memory_equal(first, zeros, sizeof(first));
}

static void test_no_key_is_freed_without_harm(void **state)
{
    (void)state;
    fl_signing_key_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_public_key_is_derived_from_the_seed),
        cmocka_unit_test(test_signatures_never_change),
        cmocka_unit_test(test_a_signature_holds_in_its_domain_only),
        cmocka_unit_test(test_another_key_or_other_bytes_are_refused),
        cmocka_unit_test(test_every_flipped_bit_of_a_signature_is_refused),
        cmocka_unit_test(test_a_degenerate_public_key_is_refused),
        cmocka_unit_test(test_transport_keys_are_fresh),
        cmocka_unit_test(test_secrets_are_compared_and_wiped),
        cmocka_unit_test(test_no_key_is_freed_without_harm),
    };

    return cmocka_run_group_tests(tests, wire_setup, NULL);
}
