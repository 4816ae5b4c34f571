/* The record that a parent was restored, and the frame that shows it. */

#include "proto/frame.h"

#include <string.h>

#include "wire.h"

static struct fl_frame sample_frame(void)
{
    struct fl_frame frame = {
        .kind = FL_FRAME_RESTORED,
        .nonce = 0x0102030405060708,
        .sender_incarnation = wire_uuid(0xa0),
        .receiver_incarnation = wire_uuid(0xb0),
    };

    wire_fill(frame.signature, sizeof(frame.signature), 0x80);
    return frame;
}

static void test_the_layout_never_changes(void **state)
{
    const struct fl_frame frame = sample_frame();
    struct fl_frame again;
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, 1 << 20);
    fl_frame_encode(&frame, &buffer);
    wire_assert_hex(
        fl_buffer_view(&buffer),
        "464c 01 10 0102030405060708"
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &again), FL_OK);
    assert_int_equal(again.kind, FL_FRAME_RESTORED);
    assert_memory_equal(again.signature, frame.signature, sizeof(frame.signature));
    for (size_t size = 0; size < buffer.size; size++) {
        assert_int_equal(
            fl_frame_decode((struct fl_bytes){buffer.data, size}, &again), FL_MALFORMED);
    }
    fl_buffer_put_u8(&buffer, 0);
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &again), FL_MALFORMED);
    fl_buffer_deinit(&buffer);
}

static struct fl_restored sample(void)
{
    return (struct fl_restored){
        .installation = wire_uuid(0x10),
        .node = wire_uuid(0x30),
        .incarnation = wire_uuid(0x40),
    };
}

static void test_the_signature_never_changes(void **state)
{
    const struct fl_restored restored = sample();
    struct fl_signing_key *const key = wire_key(1);
    uint8_t signature[FL_SIGNATURE_BYTES];

    (void)state;
    fl_restored_sign(&restored, key, signature);
    wire_assert_hex(
        (struct fl_bytes){signature, sizeof(signature)},
        "55fd98092ee279604940ccc54a6bbf25021f0e209020487d90d697f12515527d"
        "ae27e8339c86bfc3f1247ba9e76c37d8fae4798dde30323ebfcbc99aca060106");
    fl_signing_key_free(key);
}

static void test_a_record_of_anything_else_is_refused(void **state)
{
    struct fl_restored restored = sample();
    struct fl_signing_key *const key = wire_key(1);
    struct fl_signing_key *const other = wire_key(2);
    uint8_t signature[FL_SIGNATURE_BYTES];
    uint8_t *const bytes = (uint8_t *)&restored;

    (void)state;
    fl_restored_sign(&restored, key, signature);
    assert_int_equal(
        fl_restored_verify(&restored, fl_signing_key_public(key), signature), FL_OK);
    assert_int_equal(
        fl_restored_verify(&restored, fl_signing_key_public(other), signature),
        FL_UNTRUSTED);
    for (size_t bit = 0; bit < sizeof(restored) * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(
            fl_restored_verify(&restored, fl_signing_key_public(key), signature),
            FL_UNTRUSTED);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    fl_signing_key_free(key);
    fl_signing_key_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_layout_never_changes),
        cmocka_unit_test(test_the_signature_never_changes),
        cmocka_unit_test(test_a_record_of_anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, wire_setup, NULL);
}
