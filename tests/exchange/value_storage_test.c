/* Binary data in what 1C keeps of values. */

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "exchange/value_storage.h"

enum { BYTES_MAX = 1000 };

static struct fl_bytes bytes_of(const char *data, size_t size)
{
    return (struct fl_bytes){(const uint8_t *)data, size};
}

#define BYTES(literal) bytes_of(literal, sizeof(literal) - 1)

static int setup(void **state)
{
    struct fl_arena *arena = calloc(1, sizeof(*arena));

    assert_non_null(arena);
    fl_arena_init(arena, 1 << 24);
    *state = arena;
    return 0;
}

static int teardown(void **state)
{
    fl_arena_deinit(*state);
    free(*state);
    return 0;
}

static void test_what_is_written_is_read(void **state)
{
    const struct fl_bytes data = BYTES("\xFF\xD8\xFF picture");
    struct fl_bytes stored;
    struct fl_bytes found;

    assert_int_equal(fl_value_storage_write(data, *state, &stored), FL_OK);
    assert_memory_equal(stored.data, "\x01\x01", 2);
    assert_int_equal(stored.data[2], stored.size - 10); /* little-endian, a small one */
    assert_int_equal(stored.data[stored.size - 1], '}');
    assert_int_equal(fl_value_storage_read(stored, BYTES_MAX, *state, &found), FL_OK);
    assert_true(fl_bytes_equal(found, data));
    assert_int_equal(fl_value_storage_read(stored, data.size, *state, &found), FL_OK);
    assert_int_equal(
        fl_value_storage_read(stored, data.size - 1, *state, &found), FL_LIMIT);
}

static void test_binary_parts_and_bare_pictures_are_read(void **state)
{
    struct fl_bytes found;

    assert_int_equal(
        fl_value_storage_read(
            BYTES("\x01\x01\x05\0\0\0\0\0\0\0{1,0}"
                  "\0\0\0\0\x03\0\0\0\0\0\0\0abc"),
            BYTES_MAX, *state, &found),
        FL_OK);
    assert_true(fl_bytes_equal(found, BYTES("abc")));
    /* The platform's own: Undefined. */
    assert_int_equal(
        fl_value_storage_read(
            BYTES("\x01\x01\x08\0\0\0\0\0\0\0\xEF\xBB\xBF{\"U\"}"), BYTES_MAX, *state,
            &found),
        FL_NOT_FOUND);
    assert_int_equal(
        fl_value_storage_read(BYTES("GIF89a..."), BYTES_MAX, *state, &found), FL_OK);
    assert_int_equal(found.size, 9);
    assert_int_equal(fl_value_storage_read(BYTES(""), 1, *state, &found), FL_NOT_FOUND);
}

static void test_what_is_damaged_is_no_picture(void **state)
{
    static const struct {
        const char *data;
        size_t size;
    } DAMAGED[] = {
        {"\x01\x01", 2},
        {"\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff", 10},
        {"\x01\x01\x09\0\0\0\0\0\0\0{#base64:", 19},
        {"\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\xff\0\0\0\0\0\0\0abc", 25},
        {"\x02\x01\x53\x4b\x6f\xf4\x88\x8d\xc1\x4e\xa0\xd5\xeb\xb6\xbd\xa0\xa7\x0d", 18},
        {"\x02\x01\x53\x4b\x6f\xf4\x88\x8d\xc1\x4e\xa0\xd5\xeb\xb6\xbd\xa0\xa7\x0d?", 19},
        {"words", 5},
    };
    struct fl_bytes found;

    for (size_t i = 0; i < sizeof(DAMAGED) / sizeof(DAMAGED[0]); i++) {
        assert_int_equal(
            fl_value_storage_read(
                bytes_of(DAMAGED[i].data, DAMAGED[i].size), BYTES_MAX, *state, &found),
            FL_MALFORMED);
    }
}

static void test_pictures_are_known_by_their_first_bytes(void **state)
{
    (void)state;
    assert_string_equal(fl_picture_extension(BYTES("\xFF\xD8\xFF\xE0")), "jpg");
    assert_string_equal(fl_picture_extension(BYTES("\x89PNG\r\n\x1A\n")), "png");
    assert_string_equal(fl_picture_extension(BYTES("RIFF....WEBPVP8 ")), "webp");
    assert_null(fl_picture_extension(BYTES("RIFF....WAVE")));
    assert_null(fl_picture_extension(BYTES("\x01\x01")));
    assert_null(fl_picture_extension(BYTES("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_written_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_binary_parts_and_bare_pictures_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_what_is_damaged_is_no_picture, setup, teardown),
        cmocka_unit_test(test_pictures_are_known_by_their_first_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
