/* The plain text of a message: entries one after another. */

#include <string.h>

#include "proto/message.h"
#include "wire.h"

static struct fl_message_entry sample_entry(uint8_t flags, struct fl_bytes record)
{
    struct fl_message_entry entry = {
        .flags = flags,
        .key = {.type = 0x01020304, .id = wire_uuid(0x10)},
        .record = record,
    };

    if (flags & FL_MESSAGE_ENTRY_FOREIGN) {
        entry.origin = wire_uuid(0x40);
    }
    return entry;
}

static void put(struct fl_buffer *buffer, uint8_t flags, struct fl_bytes record)
{
    const struct fl_message_entry entry = sample_entry(flags, record);

    fl_message_put_entry(buffer, &entry);
}

static void test_the_layout_never_changes(void **state)
{
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, 1000);
    put(&buffer, FL_MESSAGE_ENTRY_FIRST, BYTES("record"));
    put(&buffer, FL_MESSAGE_ENTRY_DELETED | FL_MESSAGE_ENTRY_FOREIGN, BYTES(""));
    wire_assert_hex(
        fl_buffer_view(&buffer),
        "1b 08 01020304 101112131415161718191a1b1c1d1e1f 7265636f7264"
        "25 05 01020304 101112131415161718191a1b1c1d1e1f"
        "404142434445464748494a4b4c4d4e4f");
    fl_buffer_deinit(&buffer);
}

static void test_entries_go_there_and_back(void **state)
{
    static uint8_t record[20000];
    struct fl_message_entry entry;
    struct fl_buffer buffer;

    (void)state;
    wire_fill(record, sizeof(record), 0);
    fl_buffer_init(&buffer, 4 << 20);
    for (uint8_t flags = 0; flags < 16; flags++) {
        put(&buffer, flags, (struct fl_bytes){record, (size_t)flags * 1111});
    }
    struct fl_reader reader = fl_reader_of(fl_buffer_view(&buffer));

    for (uint8_t flags = 0; flags < 16; flags++) {
        const struct fl_message_entry expected =
            sample_entry(flags, (struct fl_bytes){record, (size_t)flags * 1111});

        assert_int_equal(fl_message_next_entry(&reader, &entry), FL_OK);
        assert_int_equal(entry.flags, flags);
        assert_true(fl_key_equal(entry.key, expected.key));
        assert_true(fl_uuid_equal(entry.origin, expected.origin));
        assert_true(fl_bytes_equal(entry.record, expected.record));
    }
    assert_int_equal(fl_message_next_entry(&reader, &entry), FL_NOT_FOUND);
    assert_int_equal(fl_message_next_entry(&reader, &entry), FL_NOT_FOUND);
    fl_buffer_deinit(&buffer);
}

static void test_what_no_writer_makes_is_refused(void **state)
{
#define KEY                                                                              \
    "\0\0\0\x01"                                                                         \
    "0123456789abcdef"
    static const struct fl_bytes wrong[] = {
        {(const uint8_t *)"\0", 1},                   /* size 0 */
        {(const uint8_t *)"\x14\0" KEY, 21},          /* key one byte short */
        {(const uint8_t *)"\x16\0" KEY, 22},          /* larger than what is there */
        {(const uint8_t *)"\x15\x10" KEY, 22},        /* unknown flag */
        {(const uint8_t *)"\x15\x80" KEY, 22},        /* unknown flag */
        {(const uint8_t *)"\x15\x04" KEY, 22},        /* no room for the origin */
        {(const uint8_t *)"\x95\0\0" KEY, 23},        /* size not of the shortest form */
        {(const uint8_t *)"\x15\0\0\0\0\0" KEY, 26},  /* type 0 */
        {(const uint8_t *)"\xff\xff\xff\xff\x7f", 5}, /* beyond any bound */
        {(const uint8_t *)"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
        {(const uint8_t *)"\xff", 1}, /* a size that does not end */
    };
#undef KEY
    struct fl_message_entry entry;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint8_t *const copy = wire_copy(wrong[i]);
        struct fl_reader reader = fl_reader_of((struct fl_bytes){copy, wrong[i].size});

        entry.flags = 0x55;
        assert_int_equal(fl_message_next_entry(&reader, &entry), FL_MALFORMED);
        assert_int_equal(entry.flags, 0x55); /* an out_ is written on success only */
        free(copy);
    }
}

/* Which is what a reader meets whose last chunk is not there. */
static void test_every_truncation_is_refused(void **state)
{
    struct fl_message_entry entry;
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, 1000);
    put(&buffer, FL_MESSAGE_ENTRY_FOREIGN, BYTES("the record of an object"));
    for (size_t size = 1; size < buffer.size; size++) {
        uint8_t *const copy = wire_copy((struct fl_bytes){buffer.data, size});
        struct fl_reader reader = fl_reader_of((struct fl_bytes){copy, size});

        assert_int_equal(fl_message_next_entry(&reader, &entry), FL_MALFORMED);
        free(copy);
    }
    fl_buffer_deinit(&buffer);
}

static void test_a_record_above_its_bound_is_refused(void **state)
{
    uint8_t *const record = calloc(1, FL_RECORD_BYTES_MAX + 1);
    struct fl_message_entry entry;
    struct fl_buffer buffer;

    (void)state;
    assert_non_null(record);
    for (size_t extra = 0; extra <= 1; extra++) {
        fl_buffer_init(&buffer, FL_TXN_BYTES_MAX);
        put(&buffer, 0, (struct fl_bytes){record, FL_RECORD_BYTES_MAX + extra});
        struct fl_reader reader = fl_reader_of(fl_buffer_view(&buffer));

        assert_int_equal(
            fl_message_next_entry(&reader, &entry), extra == 0 ? FL_OK : FL_MALFORMED);
        fl_buffer_deinit(&buffer);
    }
    free(record);
}

static void test_the_overhead_is_what_is_promised(void **state)
{
    uint8_t *const record = calloc(1, FL_RECORD_BYTES_MAX);
    struct fl_buffer buffer;

    (void)state;
    assert_non_null(record);
    fl_buffer_init(&buffer, FL_TXN_BYTES_MAX);
    put(&buffer, 15, (struct fl_bytes){record, FL_RECORD_BYTES_MAX});
    assert_true(buffer.size <= FL_RECORD_BYTES_MAX + FL_MESSAGE_ENTRY_OVERHEAD_MAX);
    fl_buffer_deinit(&buffer);
    free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_layout_never_changes),
        cmocka_unit_test(test_entries_go_there_and_back),
        cmocka_unit_test(test_what_no_writer_makes_is_refused),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_a_record_above_its_bound_is_refused),
        cmocka_unit_test(test_the_overhead_is_what_is_promised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
