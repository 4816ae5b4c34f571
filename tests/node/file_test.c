#include "file.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

struct place {
    char directory[64];
    char path[2][80];
};

static void place_make(struct place *place)
{
    strcpy(place->directory, "file_test.XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    for (int i = 0; i < 2; i++) {
        snprintf(
            place->path[i], sizeof(place->path[i]), "%s/%d.txt", place->directory, i);
    }
}

static void place_remove(struct place *place)
{
    (void)unlink(place->path[0]);
    (void)unlink(place->path[1]);
    assert_int_equal(rmdir(place->directory), 0); /* and nothing is left in it */
}

static void must_hold(const char *path, const char *text)
{
    struct fl_buffer buffer;
    struct fl_error error;

    fl_buffer_init(&buffer, 1024);
    assert_int_equal(fl_file_read(path, 1024, &buffer, &error), FL_OK);
    assert_true(fl_bytes_equal(fl_buffer_view(&buffer), fl_bytes_of_text(text)));
    fl_buffer_deinit(&buffer);
}

static void test_two_are_written_in_one_directory_at_once(void **state)
{
    static const char *const halves[2][2] = {{"on", "e"}, {"tw", "o"}};
    struct place place;
    struct fl_file files[2];
    struct fl_error error;

    (void)state;
    place_make(&place);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fl_file_begin(&files[i], place.path[i], 0600, &error), FL_OK);
    }
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 2; i++) {
            const struct fl_bytes bytes = fl_bytes_of_text(halves[i][half]);

            assert_int_equal(fl_file_write(&files[i], bytes, &error), FL_OK);
        }
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fl_file_publish(&files[i], &error), FL_OK);
    }
    must_hold(place.path[0], "one");
    must_hold(place.path[1], "two");
    place_remove(&place);
}

static void test_what_is_abandoned_leaves_the_old(void **state)
{
    struct place place;
    struct fl_file file;
    struct fl_error error;

    (void)state;
    place_make(&place);
    assert_int_equal(
        fl_file_replace(place.path[0], 0600, fl_bytes_of_text("old"), &error), FL_OK);
    assert_int_equal(fl_file_begin(&file, place.path[0], 0600, &error), FL_OK);
    assert_int_equal(fl_file_write(&file, fl_bytes_of_text("half"), &error), FL_OK);
    must_hold(place.path[0], "old");
    fl_file_abandon(&file);
    must_hold(place.path[0], "old");
    assert_int_equal(
        fl_file_replace(place.path[0], 0600, fl_bytes_of_text("new"), &error), FL_OK);
    must_hold(place.path[0], "new");
    place_remove(&place);
}

static void test_a_place_that_is_not_there_is_named(void **state)
{
    struct fl_error error;

    (void)state;
    assert_int_equal(
        fl_file_replace("no such directory/file", 0600, fl_bytes_of_text("x"), &error),
        FL_IO);
    assert_non_null(strstr(error.text, "no such directory/file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_are_written_in_one_directory_at_once),
        cmocka_unit_test(test_what_is_abandoned_leaves_the_old),
        cmocka_unit_test(test_a_place_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
