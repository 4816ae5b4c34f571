#include "proto/bytes.h"

#include <string.h>

#include "unit.h"

static void test_views_are_compared_by_their_bytes(void **state)
{
    (void)state;
    assert_true(fl_bytes_equal(BYTES("ab"), fl_bytes_of_text("ab")));
    assert_false(fl_bytes_equal(BYTES("ab"), BYTES("ab\0")));
    assert_true(fl_bytes_equal((struct fl_bytes){0}, BYTES("")));
    assert_true(fl_bytes_begin_with(BYTES("abc"), "ab"));
    assert_true(fl_bytes_begin_with((struct fl_bytes){0}, ""));
    assert_false(fl_bytes_begin_with(BYTES("ab"), "abc"));
    assert_int_equal(fl_bytes_compare(BYTES("a"), BYTES("ab")), -1);
    assert_int_equal(fl_bytes_compare(BYTES("\xFF"), BYTES("a")), 1);
    assert_int_equal(fl_bytes_compare(BYTES(""), (struct fl_bytes){0}), 0);
}

static void test_text_is_utf8_without_nul(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool valid;
    } cases[] = {
        {"", 0, true},
        {"plain text, longer than one word", 32, true},
        {"1234567\0", 8, false},
        {"\0", 1, false},
        {"Контрагенты и Номенклатура", 50, true},
        {"\xC3\xA9", 2, true},
        {"\xC0\x80", 2, false},         /* overlong NUL */
        {"\xC1\xBF", 2, false},         /* overlong */
        {"\xC3", 1, false},             /* cut */
        {"\xE2\x82\xAC", 3, true},      /* the euro sign */
        {"\xE0\x9F\xBF", 3, false},     /* overlong */
        {"\xED\x9F\xBF", 3, true},      /* before the surrogates */
        {"\xED\xA0\x80", 3, false},     /* a surrogate */
        {"\xE2\x82", 2, false},         /* cut */
        {"\xF0\x9F\x98\x80", 4, true},  /* beyond the basic plane */
        {"\xF0\x8F\xBF\xBF", 4, false}, /* overlong */
        {"\xF4\x8F\xBF\xBF", 4, true},  /* the last character */
        {"\xF4\x90\x80\x80", 4, false}, /* beyond it */
        {"\xF5\x80\x80\x80", 4, false},
        {"\x80", 1, false},
        {"\xFF", 1, false},
        {"aaaaaaa\xFF", 8, false},
        {"aaaaaaaa\xD0", 9, false},
        {"\xD0\x9A\xD0\xBE\xD0\xBD\xD1\x82", 8, true},
        {"\xD0\x9A\xD0\xBE\xD0\xBD\xD1\x41", 8, false}, /* its half is gone */
        {"\xD0\x9A\xE0\xBE\xD0\xBD\xD1\x82", 8, false}, /* cut in the middle */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        /* An exact allocation, so that the sanitizer sees a read past the end. */
        uint8_t *copy = fl_alloc(cases[i].size);

        memcpy(copy, cases[i].bytes, cases[i].size);
        assert_int_equal(
            fl_bytes_are_utf8((struct fl_bytes){copy, cases[i].size}), cases[i].valid);
        fl_free(copy);
    }
}

static void test_characters_are_counted_whatever_bytes_they_take(void **state)
{
    (void)state;
    assert_int_equal(fl_bytes_utf8_length((struct fl_bytes){NULL, 0}), 0);
    assert_int_equal(fl_bytes_utf8_length(fl_bytes_of_text("БП-1")), 4);
    assert_true(fl_bytes_equal(
        fl_bytes_utf8_first(fl_bytes_of_text("БП-1"), 2), fl_bytes_of_text("БП")));
    assert_int_equal(fl_bytes_utf8_first(fl_bytes_of_text("БП"), 0).size, 0);
    assert_int_equal(fl_bytes_utf8_first(fl_bytes_of_text("БП"), 9).size, 4);
    assert_int_equal(
        fl_bytes_utf8_length(fl_bytes_of_text("\xE2\x82\xAC\xF0\x9F\x98\x80")), 2);
}

static void test_words_are_cut_between_letters(void **state)
{
    static const char BROKEN[] = "\x80\x80\x80\x80\x80\x80";

    (void)state;
    assert_int_equal(fl_bytes_cut(fl_bytes_of_text("БП"), 4).size, 4);
    assert_int_equal(fl_bytes_cut(fl_bytes_of_text("БП"), 3).size, 2);
    assert_int_equal(fl_bytes_cut(fl_bytes_of_text("БП"), 1).size, 0);
    assert_int_equal(fl_bytes_cut(fl_bytes_of_text("БП"), 0).size, 0);
    assert_int_equal(fl_bytes_cut(fl_bytes_of_text("a\xF0\x9F\x98\x80z"), 4).size, 1);
    assert_int_equal(fl_bytes_cut(fl_bytes_of_text("a\xF0\x9F\x98\x80z"), 5).size, 5);
    assert_int_equal(fl_bytes_cut(fl_bytes_of_text("\xFF\xFE words"), 6).size, 6);
    assert_int_equal(fl_bytes_cut(fl_bytes_of_text(BROKEN), 5).size, 5);
}

static void test_bytes_are_two_digits_each(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x0A, 0x9F, 0xFF};
    char text[2 * sizeof bytes + 1];

    (void)state;
    fl_bytes_hex((struct fl_bytes){bytes, sizeof bytes}, text);
    assert_string_equal(text, "000a9fff");
    fl_bytes_hex((struct fl_bytes){0}, text);
    assert_string_equal(text, "");
}

static void test_a_buffer_gives_back_what_was_put(void **state)
{
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, 1 << 20);
    fl_buffer_put_u8(&buffer, 0x01);
    fl_buffer_put_u16(&buffer, 0x0203);
    fl_buffer_put_u32(&buffer, 0x04050607);
    fl_buffer_put_u64(&buffer, UINT64_C(0x08090A0B0C0D0E0F));
    fl_buffer_put_varint(&buffer, 300);
    fl_buffer_put_sized(&buffer, BYTES("abc"));
    fl_buffer_put_text(&buffer, "de");
    assert_true(fl_bytes_equal(
        fl_buffer_view(&buffer),
        BYTES("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\xAC\x02\x03"
              "abcde")));

    struct fl_reader reader = fl_reader_of(fl_buffer_view(&buffer));
    char text[2];

    assert_int_equal(fl_reader_u8(&reader), 0x01);
    assert_int_equal(fl_reader_u16(&reader), 0x0203);
    assert_int_equal(fl_reader_u32(&reader), 0x04050607);
    assert_true(fl_reader_u64(&reader) == UINT64_C(0x08090A0B0C0D0E0F));
    assert_int_equal(fl_reader_varint(&reader), 300);
    assert_true(fl_bytes_equal(fl_reader_sized(&reader), BYTES("abc")));
    assert_int_equal(fl_reader_left(&reader), 2);
    fl_reader_copy(&reader, text, sizeof(text));
    assert_memory_equal(text, "de", 2);
    assert_true(fl_reader_done(&reader));
    fl_buffer_deinit(&buffer);
}

static void test_a_full_buffer_keeps_its_first_failure(void **state)
{
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, 4);
    fl_buffer_put_text(&buffer, "abcd");
    assert_int_equal(fl_buffer_status(&buffer), FL_OK);
    fl_buffer_put_u8(&buffer, 'e');
    fl_buffer_put_text(&buffer, "");
    assert_int_equal(fl_buffer_status(&buffer), FL_LIMIT);
    assert_null(fl_buffer_reserve(&buffer, 0));
    assert_true(fl_bytes_equal(fl_buffer_view(&buffer), BYTES("abcd")));
    fl_buffer_clear(&buffer);
    fl_buffer_put_text(&buffer, "fgh");
    assert_int_equal(fl_buffer_status(&buffer), FL_OK);
    assert_true(fl_bytes_equal(fl_buffer_view(&buffer), BYTES("fgh")));
    assert_null(fl_buffer_reserve(&buffer, SIZE_MAX));
    fl_buffer_deinit(&buffer);
    fl_buffer_deinit(NULL);
}

static void test_reserved_room_is_added_as_far_as_it_was_filled(void **state)
{
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, 1000);
    uint8_t *room = fl_buffer_reserve(&buffer, 1000);

    assert_non_null(room);
    memcpy(room, "xyz", 3);
    fl_buffer_added(&buffer, 3);
    assert_true(fl_bytes_equal(fl_buffer_view(&buffer), BYTES("xyz")));
    fl_buffer_clear(&buffer);
    assert_non_null(fl_buffer_reserve(&buffer, 0));
    fl_buffer_deinit(&buffer);
}

static void test_a_reader_stops_at_the_end(void **state)
{
    struct fl_reader reader = fl_reader_of(BYTES("\x01\x02\x03"));
    uint8_t copy[4] = {9, 9, 9, 9};

    (void)state;
    assert_int_equal(fl_reader_u32(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(fl_reader_u8(&reader), 0);
    assert_int_equal(fl_reader_left(&reader), 0);
    fl_reader_copy(&reader, copy, sizeof(copy));
    assert_memory_equal(copy, "\0\0\0\0", 4);
    assert_null(fl_reader_take(&reader, 0).data);
    assert_false(fl_reader_done(&reader));

    struct fl_reader empty = fl_reader_of((struct fl_bytes){0});

    assert_true(fl_reader_done(&empty));
    assert_int_equal(fl_reader_varint(&empty), 0);
    assert_false(fl_reader_done(&empty));
}

static void test_a_varint_has_only_its_shortest_form(void **state)
{
    static const uint64_t values[] = {0,     1,          127,       128,       16383,
                                      16384, UINT32_MAX, INT64_MAX, UINT64_MAX};
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, 64);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        fl_buffer_clear(&buffer);
        fl_buffer_put_varint(&buffer, values[i]);
        struct fl_reader reader = fl_reader_of(fl_buffer_view(&buffer));

        assert_true(fl_reader_varint(&reader) == values[i]);
        assert_true(fl_reader_done(&reader));
        /* Each shorter piece is no varint. */
        reader = fl_reader_of((struct fl_bytes){buffer.data, buffer.size - 1});
        (void)fl_reader_varint(&reader);
        assert_true(reader.failed);
    }
    fl_buffer_deinit(&buffer);

    const struct fl_bytes wrong[] = {
        BYTES("\x80\x00"),
        BYTES("\xFF\x80\x00"),
        BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"),
        BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct fl_reader reader = fl_reader_of(wrong[i]);

        assert_int_equal(fl_reader_varint(&reader), 0);
        assert_true(reader.failed);
    }
}

static void test_a_length_beyond_the_end_is_a_failure(void **state)
{
    struct fl_reader reader =
        fl_reader_of(BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"
                           "abc"));

    (void)state;
    assert_null(fl_reader_sized(&reader).data);
    assert_true(reader.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_are_compared_by_their_bytes),
        cmocka_unit_test(test_text_is_utf8_without_nul),
        cmocka_unit_test(test_characters_are_counted_whatever_bytes_they_take),
        cmocka_unit_test(test_words_are_cut_between_letters),
        cmocka_unit_test(test_bytes_are_two_digits_each),
        cmocka_unit_test(test_a_buffer_gives_back_what_was_put),
        cmocka_unit_test(test_a_full_buffer_keeps_its_first_failure),
        cmocka_unit_test(test_reserved_room_is_added_as_far_as_it_was_filled),
        cmocka_unit_test(test_a_reader_stops_at_the_end),
        cmocka_unit_test(test_a_varint_has_only_its_shortest_form),
        cmocka_unit_test(test_a_length_beyond_the_end_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
