#include "exchange/zip_archive.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512, MANY = 1 << 30, END_BYTES = 22 };

static char directory[64];

static const char *path_of(const char *name)
{
    static char paths[4][PATH_BYTES];
    static size_t next;
    char *path = paths[next++ % 4];

    snprintf(path, PATH_BYTES, "%s/%s", directory, name);
    return path;
}

static void put_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *name, const char *text)
{
    char bytes[256] = "";
    FILE *file = fopen(path_of(name), "rb");

    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof(bytes) - 1, file), strlen(text));
    assert_string_equal(bytes, text);
    (void)fclose(file);
}

static int begin(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/filial-zip-XXXXXX");
    return mkdtemp(directory) == NULL || mkdir(path_of("in"), 0700) != 0 ||
           mkdir(path_of("in/deep"), 0700) != 0 || mkdir(path_of("out"), 0700) != 0;
}

static int end(void **state)
{
    char command[PATH_BYTES];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", directory);
    return system(command);
}

static void test_files_and_folders_come_out_as_they_went_in(void **state)
{
    static const char *const NAMES[] = {"import0_1.xml", "deep/1.jpg"};

    (void)state;
    put_file("in/import0_1.xml", "<a/>");
    put_file("in/deep/1.jpg", "picture");
    assert_int_equal(fl_zip_pack(path_of("zip"), path_of("in"), NAMES, 2, NULL), FL_OK);
    assert_int_equal(fl_zip_unpack(path_of("zip"), path_of("out"), MANY, NULL), FL_OK);
    assert_file("out/import0_1.xml", "<a/>");
    assert_file("out/deep/1.jpg", "picture");
}

static void test_a_name_that_leads_out_is_refused(void **state)
{
    static const char *const NAMES[] = {"../secret"};
    struct fl_error error = {.text = ""};

    (void)state;
    put_file("secret", "others'");
    assert_int_equal(fl_zip_pack(path_of("zip"), path_of("in"), NAMES, 1, NULL), FL_OK);
    put_file("secret", "ours");
    assert_int_equal(
        fl_zip_unpack(path_of("zip"), path_of("out"), MANY, &error), FL_REFUSED);
    assert_string_not_equal(error.text, "");
    assert_file("secret", "ours");
}

static void test_a_bomb_is_refused(void **state)
{
    static const char *const NAMES[] = {"zeros"};
    struct fl_error error = {.text = ""};

    (void)state;
    put_file("in/zeros", "");
    assert_int_equal(truncate(path_of("in/zeros"), (off_t)80 << 20), 0);
    assert_int_equal(fl_zip_pack(path_of("zip"), path_of("in"), NAMES, 1, NULL), FL_OK);
    assert_int_equal(
        fl_zip_unpack(path_of("zip"), path_of("out"), MANY, &error), FL_REFUSED);
    assert_non_null(strstr(error.text, "250"));
}

static void test_more_than_is_allowed_is_refused(void **state)
{
    static const char *const NAMES[] = {"a", "b"};

    (void)state;
    put_file("in/a", "12345");
    put_file("in/b", "12345");
    assert_int_equal(fl_zip_pack(path_of("zip"), path_of("in"), NAMES, 2, NULL), FL_OK);
    assert_int_equal(fl_zip_unpack(path_of("zip"), path_of("out"), 9, NULL), FL_LIMIT);
    assert_int_equal(fl_zip_unpack(path_of("zip"), path_of("out"), 10, NULL), FL_OK);
}

static void test_what_is_cut_or_no_archive_is_malformed(void **state)
{
    static const char *const NAMES[] = {"a"};
    struct stat found;

    (void)state;
    put_file("in/a", "12345");
    assert_int_equal(fl_zip_pack(path_of("zip"), path_of("in"), NAMES, 1, NULL), FL_OK);
    assert_int_equal(stat(path_of("zip"), &found), 0);
    for (off_t size = found.st_size - END_BYTES; size >= 0; size -= 7) {
        assert_int_equal(truncate(path_of("zip"), size), 0);
        assert_int_equal(
            fl_zip_unpack(path_of("zip"), path_of("out"), MANY, NULL), FL_MALFORMED);
    }
    put_file("zip", "no archive");
    assert_int_equal(
        fl_zip_unpack(path_of("zip"), path_of("out"), MANY, NULL), FL_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_files_and_folders_come_out_as_they_went_in, begin, end),
        cmocka_unit_test_setup_teardown(
            test_a_name_that_leads_out_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_a_bomb_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_more_than_is_allowed_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_what_is_cut_or_no_archive_is_malformed, begin, end),
    };

    return cmocka_run_group_tests_name("zip_archive", tests, NULL, NULL);
}
