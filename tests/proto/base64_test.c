#include "proto/base64.h"

#include <string.h>

#include "wire.h"

/* RFC 4648, section 10, and the two digits that the other alphabet has otherwise. */
static const struct {
    const char *bytes;
    const char *text;
} samples[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xFF", "+/8="},
};

static void test_the_samples_of_the_rfc(void **state)
{
    struct fl_arena arena;

    (void)state;
    fl_arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct fl_bytes bytes = fl_bytes_of_text(samples[i].bytes);
        struct fl_bytes back;
        char *const text = fl_base64_text(bytes);

        assert_non_null(text);
        assert_string_equal(text, samples[i].text);
        assert_int_equal(strlen(text), fl_base64_length(bytes.size));
        fl_free(text);
        assert_int_equal(
            fl_base64_parse(fl_bytes_of_text(samples[i].text), NULL, &arena, &back),
            FL_OK);
        assert_true(fl_bytes_equal(back, bytes));
    }
    fl_arena_deinit(&arena);
}

static void test_what_is_no_base64_is_refused(void **state)
{
    static const char *const texts[] = {
        "Z",        "Zg",   "Zg=",   "Zg===",  "=Zg=",
        "Zg==Zg==", "Z-8=", "Zm 9v", "Zm9v\n", "\xD0\x96==",
    };
    struct fl_arena arena;
    struct fl_bytes back;

    (void)state;
    fl_arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(
            fl_base64_parse(fl_bytes_of_text(texts[i]), NULL, &arena, &back),
            FL_MALFORMED);
    }
    fl_arena_deinit(&arena);
}

static void test_lines_are_joined_where_asked(void **state)
{
    struct fl_arena arena;
    struct fl_bytes back;

    (void)state;
    fl_arena_init(&arena, 4096);
    assert_int_equal(
        fl_base64_parse(BYTES("\r\n\tZm9v\r\nYg =\n=\r\n"), " \t\r\n", &arena, &back),
        FL_OK);
    assert_true(fl_bytes_equal(back, BYTES("foob")));
    fl_arena_deinit(&arena);
}

static void test_no_room_is_said(void **state)
{
    static uint8_t zeros[6000];
    struct fl_arena arena;
    struct fl_bytes back;
    char *const text = fl_base64_text((struct fl_bytes){zeros, sizeof(zeros)});

    (void)state;
    assert_non_null(text);
    fl_arena_init(&arena, 4096);
    assert_int_equal(
        fl_base64_parse(fl_bytes_of_text(text), NULL, &arena, &back), FL_LIMIT);
    fl_arena_deinit(&arena);
    fl_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_samples_of_the_rfc),
        cmocka_unit_test(test_what_is_no_base64_is_refused),
        cmocka_unit_test(test_lines_are_joined_where_asked),
        cmocka_unit_test(test_no_room_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
