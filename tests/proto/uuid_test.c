#include "proto/uuid.h"

#include <string.h>

#include "unit.h"

static void test_bytes_stand_in_the_order_of_1c(void **state)
{
    static const uint8_t expected[] = {0x8A, 0x74, 0x00, 0x25, 0x90, 0xA6, 0xA5, 0xA7,
                                       0x11, 0xE9, 0x22, 0xD0, 0x32, 0x8B, 0xAE, 0xCD};
    struct fl_uuid uuid;

    (void)state;
    assert_int_equal(
        fl_uuid_parse(BYTES("328BAECD-22d0-11e9-8a74-002590a6a5a7"), &uuid), FL_OK);
    assert_memory_equal(uuid.bytes, expected, sizeof(expected));
    assert_string_equal(fl_uuid_text(uuid).text, "328baecd-22d0-11e9-8a74-002590a6a5a7");
}

static void test_other_texts_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "328baecd-22d0-11e9-8a74-002590a6a5a",
        "328baecd-22d0-11e9-8a74-002590a6a5a77",
        "328baecd-22d0-11e9-8a74-002590a6a5ag",
        "328baecd-22d0-11e9-8a74+002590a6a5a7",
        "328baecd22d0-11e9-8a74-002590a6a5a7-",
        "{28baecd-22d0-11e9-8a74-002590a6a5a}",
        " 28baecd-22d0-11e9-8a74-002590a6a5a7",
    };
    struct fl_uuid uuid;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(fl_uuid_parse(fl_bytes_of_text(texts[i]), &uuid), FL_MALFORMED);
    }
}

static void test_every_byte_goes_there_and_back(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        struct fl_uuid uuid;
        struct fl_uuid back;

        for (size_t i = 0; i < FL_UUID_BYTES; i++) {
            uuid.bytes[i] = (uint8_t)(value + i * 17);
        }
        assert_int_equal(
            fl_uuid_parse(fl_bytes_of_text(fl_uuid_text(uuid).text), &back), FL_OK);
        assert_true(fl_uuid_equal(uuid, back));
    }
}

static void test_a_random_uuid_is_of_version_4(void **state)
{
    uint8_t random[FL_UUID_BYTES];

    (void)state;
    memset(random, 0xFF, sizeof(random));
    assert_string_equal(
        fl_uuid_text(fl_uuid_of_random(random)).text,
        "ffffffff-ffff-4fff-bfff-ffffffffffff");
    memset(random, 0, sizeof(random));
    assert_string_equal(
        fl_uuid_text(fl_uuid_of_random(random)).text,
        "00000000-0000-4000-8000-000000000000");
}

static void test_time_based_uuids_of_a_machine_sort_by_time(void **state)
{
    struct fl_uuid earlier;
    struct fl_uuid later;

    (void)state;
    assert_int_equal(
        fl_uuid_parse(BYTES("ffffffff-22d0-11e9-8a74-002590a6a5a7"), &earlier), FL_OK);
    assert_int_equal(
        fl_uuid_parse(BYTES("00000000-22d1-11e9-8a74-002590a6a5a7"), &later), FL_OK);
    assert_true(fl_uuid_compare(earlier, later) < 0);
    assert_false(fl_uuid_is_zero(earlier));
    assert_true(fl_uuid_is_zero((struct fl_uuid){{0}}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_stand_in_the_order_of_1c),
        cmocka_unit_test(test_other_texts_are_refused),
        cmocka_unit_test(test_every_byte_goes_there_and_back),
        cmocka_unit_test(test_a_random_uuid_is_of_version_4),
        cmocka_unit_test(test_time_based_uuids_of_a_machine_sort_by_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
