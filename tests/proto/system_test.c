#include "proto/system.h"

#include <string.h>

#include "wire.h"

enum { SEALED_BYTES = 1 + 8 + 16 + 1 + 4 + 64 };

static struct fl_system_record sample(void)
{
    return (struct fl_system_record){
        .revision = 3,
        .issuer = wire_uuid(0x30),
        .body = fl_bytes_of_text("body"),
    };
}

static struct fl_key sample_key(void)
{
    return (struct fl_key){.type = FL_SYSTEM_PLAN, .id = wire_uuid(0x20)};
}

static struct fl_buffer sealed(const struct fl_system_record *record)
{
    struct fl_buffer buffer;
    struct fl_signing_key *key = wire_key(1);

    fl_buffer_init(&buffer, 1 << 16);
    fl_system_seal(wire_uuid(0x10), sample_key(), record, key, &buffer);
    assert_int_equal(fl_buffer_status(&buffer), FL_OK);
    fl_signing_key_free(key);
    return buffer;
}

static enum fl_status verify(
    struct fl_bytes bytes,
    struct fl_uuid installation,
    struct fl_key about,
    uint8_t seed)
{
    struct fl_signing_key *key = wire_key(seed);
    enum fl_status status =
        fl_system_verify(installation, about, bytes, fl_signing_key_public(key));

    fl_signing_key_free(key);
    return status;
}

static void test_the_layout_never_changes(void **state)
{
    struct fl_system_record record = sample();
    struct fl_buffer buffer = sealed(&record);

    (void)state;
    assert_int_equal(buffer.size, SEALED_BYTES);
    wire_assert_hex(
        fl_buffer_view(&buffer),
        "01 0000000000000003 303132333435363738393a3b3c3d3e3f"
        "04 626f6479"
        "5bb407a133327617544b16ca633a25a99f44cf133668ff64ef388d073896388c"
        "3b543c7dad87ce33941181e8f9601fc6d64af18e6588c8f41c7d815a43d2210b");
    fl_buffer_deinit(&buffer);
}

static void test_it_comes_back_as_it_was(void **state)
{
    struct fl_system_record record = sample();
    struct fl_system_record back;
    struct fl_buffer buffer = sealed(&record);

    (void)state;
    assert_int_equal(fl_system_open(fl_buffer_view(&buffer), &back), FL_OK);
    assert_int_equal(back.revision, 3);
    assert_true(fl_uuid_equal(back.issuer, record.issuer));
    assert_true(fl_bytes_equal(back.body, record.body));
    fl_buffer_deinit(&buffer);
}

static void test_only_its_issuer_can_have_signed_it(void **state)
{
    struct fl_system_record record = sample();
    struct fl_buffer buffer = sealed(&record);
    struct fl_bytes bytes = fl_buffer_view(&buffer);
    struct fl_key other = sample_key();

    (void)state;
    other.id = wire_uuid(0x21);
    assert_int_equal(verify(bytes, wire_uuid(0x10), sample_key(), 1), FL_OK);
    assert_int_equal(verify(bytes, wire_uuid(0x10), sample_key(), 2), FL_UNTRUSTED);
    assert_int_equal(verify(bytes, wire_uuid(0x11), sample_key(), 1), FL_UNTRUSTED);
    assert_int_equal(verify(bytes, wire_uuid(0x10), other, 1), FL_UNTRUSTED);
    buffer.data[8]++; /* the revision */
    assert_int_equal(verify(bytes, wire_uuid(0x10), sample_key(), 1), FL_UNTRUSTED);
    fl_buffer_deinit(&buffer);
}

static void test_every_other_form_is_refused(void **state)
{
    struct fl_system_record record = sample();
    struct fl_system_record back;
    struct fl_buffer buffer = sealed(&record);

    (void)state;
    for (size_t size = 0; size < buffer.size; size++) {
        assert_int_equal(
            fl_system_open((struct fl_bytes){buffer.data, size}, &back), FL_MALFORMED);
    }
    fl_buffer_put_u8(&buffer, 0);
    assert_int_equal(fl_system_open(fl_buffer_view(&buffer), &back), FL_MALFORMED);
    buffer.data[0] = 2;
    assert_int_equal(fl_system_open(fl_buffer_view(&buffer), &back), FL_UNSUPPORTED);
    fl_buffer_deinit(&buffer);
}

static void test_the_newer_revision_wins_and_two_of_one_are_told_apart(void **state)
{
    struct fl_system_record a = sample();
    struct fl_system_record b = sample();

    (void)state;
    assert_int_equal(fl_system_compare(&a, &b), 0);
    b.revision++;
    assert_true(fl_system_compare(&a, &b) < 0);
    assert_true(fl_system_compare(&b, &a) > 0);
    b.revision = a.revision;
    b.issuer = wire_uuid(0x31);
    assert_true(fl_system_compare(&a, &b) < 0);
    assert_true(fl_system_compare(&b, &a) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_layout_never_changes),
        cmocka_unit_test(test_it_comes_back_as_it_was),
        cmocka_unit_test(test_only_its_issuer_can_have_signed_it),
        cmocka_unit_test(test_every_other_form_is_refused),
        cmocka_unit_test(test_the_newer_revision_wins_and_two_of_one_are_told_apart),
    };

    return cmocka_run_group_tests(tests, wire_setup, NULL);
}
