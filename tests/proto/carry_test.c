/* A confirmation in a file. */

#include "proto/carry.h"

#include <string.h>

#include "wire.h"

static void test_a_confirmation_has_one_form(void **state)
{
    uint8_t seed[FL_SIGNING_SEED_BYTES] = {5};
    struct fl_signing_key *key = NULL;
    struct fl_confirmation confirmation = {
        .installation = wire_uuid(0x10),
        .confirmer = wire_uuid(0x20),
        .sender = wire_uuid(0x30),
        .position = {.incarnation = wire_uuid(0x40), .number = 0x0102030405060708}};
    struct fl_confirmation again;
    uint8_t bytes[FL_CARRY_CONFIRM_BYTES + 1] = {0};
    uint8_t signature[FL_SIGNATURE_BYTES];

    (void)state;
    wire_fill(confirmation.plan, sizeof(confirmation.plan), 0x60);
    wire_fill(confirmation.position.hash, sizeof(confirmation.position.hash), 0x70);
    assert_int_equal(fl_crypto_start(), FL_OK);
    assert_int_equal(fl_signing_key_new(seed, &key), FL_OK);
    fl_carry_confirm_seal(&confirmation, key, bytes);
    wire_assert_hex(
        (struct fl_bytes){bytes, 128},
        "464c434f4e46310a"
        "101112131415161718191a1b1c1d1e1f"
        "606162636465666768696a6b6c6d6e6f"
        "202122232425262728292a2b2c2d2e2f"
        "303132333435363738393a3b3c3d3e3f"
        "404142434445464748494a4b4c4d4e4f"
        "0102030405060708"
        "707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f");
    assert_int_equal(
        fl_carry_confirm_open(
            (struct fl_bytes){bytes, FL_CARRY_CONFIRM_BYTES}, &again, signature),
        FL_OK);
    assert_true(fl_uuid_equal(again.confirmer, confirmation.confirmer));
    assert_true(again.position.number == confirmation.position.number);
    assert_int_equal(
        fl_confirmation_verify(&again, fl_signing_key_public(key), signature), FL_OK);
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        if (size != FL_CARRY_CONFIRM_BYTES) {
            assert_int_equal(
                fl_carry_confirm_open((struct fl_bytes){bytes, size}, &again, signature),
                FL_MALFORMED);
        }
    }
    memset(bytes + 88, 0, 8); /* number 0 confirms nothing */
    assert_int_equal(
        fl_carry_confirm_open(
            (struct fl_bytes){bytes, FL_CARRY_CONFIRM_BYTES}, &again, signature),
        FL_MALFORMED);
    fl_signing_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_confirmation_has_one_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
