/* A node's statement that its keys are others, and the frames that carry it. */

#include "proto/rotation.h"

#include <string.h>

#include "proto/frame.h"
#include "wire.h"

static struct fl_signing_key *key_of(uint8_t byte)
{
    uint8_t seed[FL_SIGNING_SEED_BYTES];
    struct fl_signing_key *key = NULL;

    wire_fill(seed, sizeof(seed), byte);
    assert_int_equal(fl_crypto_start(), FL_OK);
    assert_int_equal(fl_signing_key_new(seed, &key), FL_OK);
    return key;
}

static struct fl_rotation sample(void)
{
    struct fl_signing_key *old_key = key_of(0x10);
    struct fl_signing_key *new_key = key_of(0x20);
    struct fl_rotation rotation;

    wire_fill(rotation.new_transport, sizeof(rotation.new_transport), 0x50);
    fl_rotation_sign(&rotation, wire_uuid(1), wire_uuid(2), old_key, new_key);
    fl_signing_key_free(old_key);
    fl_signing_key_free(new_key);
    return rotation;
}

static void test_a_statement_holds_for_its_node_alone(void **state)
{
    struct fl_rotation rotation = sample();
    struct fl_rotation other = rotation;

    (void)state;
    assert_int_equal(fl_rotation_verify(&rotation, wire_uuid(1), wire_uuid(2)), FL_OK);
    assert_int_equal(
        fl_rotation_verify(&rotation, wire_uuid(1), wire_uuid(3)), FL_UNTRUSTED);
    assert_int_equal(
        fl_rotation_verify(&rotation, wire_uuid(3), wire_uuid(2)), FL_UNTRUSTED);
    other.new_transport[0] ^= 1;
    assert_int_equal(
        fl_rotation_verify(&other, wire_uuid(1), wire_uuid(2)), FL_UNTRUSTED);
    other = rotation;
    other.new_signature[0] ^= 1; /* a key of somebody else */
    assert_int_equal(
        fl_rotation_verify(&other, wire_uuid(1), wire_uuid(2)), FL_UNTRUSTED);
    other = rotation;
    other.old_signature[0] ^= 1;
    assert_int_equal(
        fl_rotation_verify(&other, wire_uuid(1), wire_uuid(2)), FL_UNTRUSTED);
}

static void test_a_statement_comes_back_and_nothing_else_is_one(void **state)
{
    struct fl_rotation rotation = sample();
    struct fl_rotation again;
    uint8_t bytes[FL_ROTATION_BYTES + 1] = {0};

    (void)state;
    fl_rotation_encode(&rotation, bytes);
    assert_int_equal(
        fl_rotation_decode((struct fl_bytes){bytes, FL_ROTATION_BYTES}, &again), FL_OK);
    assert_memory_equal(&again, &rotation, sizeof(again));
    assert_memory_equal(bytes, rotation.old_signing, FL_PUBLIC_KEY_BYTES);
    assert_memory_equal(bytes + 64, rotation.new_transport, FL_PUBLIC_KEY_BYTES);
    assert_memory_equal(bytes + 160, rotation.new_signature, FL_SIGNATURE_BYTES);
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        if (size != FL_ROTATION_BYTES) {
            assert_int_equal(
                fl_rotation_decode((struct fl_bytes){bytes, size}, &again), FL_MALFORMED);
        }
    }
    memset(bytes + 64, 0, FL_PUBLIC_KEY_BYTES);
    assert_int_equal(
        fl_rotation_decode((struct fl_bytes){bytes, FL_ROTATION_BYTES}, &again),
        FL_MALFORMED);
}

static void assert_frame(const struct fl_frame *frame, const char *head, size_t size)
{
    struct fl_frame again;
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, 1 << 20);
    fl_frame_encode(frame, &buffer);
    assert_int_equal(buffer.size, size);
    wire_assert_hex((struct fl_bytes){buffer.data, 4}, head);
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &again), FL_OK);
    assert_int_equal(again.kind, frame->kind);
    assert_memory_equal(again.rotation, frame->rotation, sizeof(again.rotation));
    assert_true(again.key_id == frame->key_id);
    for (size_t cut = 0; cut < buffer.size; cut++) {
        assert_int_equal(
            fl_frame_decode((struct fl_bytes){buffer.data, cut}, &again), FL_MALFORMED);
    }
    fl_buffer_put_u8(&buffer, 0);
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &again), FL_MALFORMED);
    fl_buffer_deinit(&buffer);
}

static void test_frames_carry_it(void **state)
{
    struct fl_frame keys = {.kind = FL_FRAME_KEYS, .nonce = 1};
    struct fl_frame taken = {.kind = FL_FRAME_KEYS_TAKEN, .key_id = 0x0102030405060708};

    (void)state;
    wire_fill(keys.rotation, sizeof(keys.rotation), 0x33);
    assert_frame(&keys, "464c 01 24", 44 + 224);
    assert_frame(&taken, "464c 01 25", 44 + 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_statement_holds_for_its_node_alone),
        cmocka_unit_test(test_a_statement_comes_back_and_nothing_else_is_one),
        cmocka_unit_test(test_frames_carry_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
