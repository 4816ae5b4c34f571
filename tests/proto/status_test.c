#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/status.h"
#include "unit.h"

static void test_a_failure_is_written_in_one_line(void **state)
{
    struct fl_error error = {.status = FL_OK};

    (void)state;
    assert_int_equal(fl_error_set(&error, FL_BUSY, "%s has it", "another"), FL_BUSY);
    assert_int_equal(error.status, FL_BUSY);
    assert_string_equal(error.text, "another has it");
    assert_int_equal(fl_error_set(NULL, FL_FULL, "nobody reads %d", 1), FL_FULL);
}

static void test_the_old_text_may_be_an_argument(void **state)
{
    struct fl_error error = {.status = FL_OK};

    (void)state;
    (void)fl_error_set(&error, FL_IO, "no disk");
    (void)fl_error_set(&error, FL_IO, "cannot open: %s", error.text);
    assert_string_equal(error.text, "cannot open: no disk");
}

static void test_a_prefix_says_where(void **state)
{
    struct fl_error error = {.status = FL_OK};

    (void)state;
    (void)fl_error_set(&error, FL_MALFORMED, "no digits");
    fl_error_prefix(&error, "line %d", 7);
    assert_string_equal(error.text, "line 7: no digits");
    assert_int_equal(error.status, FL_MALFORMED);
    fl_error_prefix(NULL, "nobody");
}

static void test_what_is_no_character_is_a_question_mark(void **state)
{
    struct fl_error error = {.status = FL_OK};

    (void)state;
    (void)fl_error_set(
        &error, FL_MALFORMED, "%.3s: %s", "\xD0\xB6\xD0\xB6",
        "\xCF\xF0 \xE2\x82\xAC \xC0\x80");
    assert_string_equal(error.text, "\xD0\xB6?: ?? \xE2\x82\xAC ??");
    fl_error_prefix(&error, "%.1s", "\xD0\xB6");
    assert_string_equal(error.text, "?: \xD0\xB6?: ?? \xE2\x82\xAC ??");
}

/* Two bytes a character: with a prefix of odd length one of them does not fit whole. */
static void test_long_words_are_cut_between_characters(void **state)
{
    struct fl_error error = {.status = FL_OK};
    char name[2 * FL_ERROR_TEXT_BYTES_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(name) - 1; i += 2) {
        memcpy(name + i, "\xD0\xB6", 2);
    }
    name[sizeof(name) - 1] = '\0';
    for (int width = 0; width < 2; width++) {
        (void)fl_error_set(&error, FL_IO, "%*s%s", width, "", name);
        assert_in_range(
            strlen(error.text), sizeof(error.text) - 2, sizeof(error.text) - 1);
        assert_true(fl_bytes_are_utf8(fl_bytes_of_text(error.text)));
        fl_error_prefix(&error, "x");
        assert_in_range(
            strlen(error.text), sizeof(error.text) - 2, sizeof(error.text) - 1);
        assert_true(fl_bytes_are_utf8(fl_bytes_of_text(error.text)));
    }
}

static void test_every_status_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(fl_status_name(FL_OK), "ok");
    assert_string_equal(fl_status_name(FL_NOT_FOUND), "not_found");
    assert_string_equal(fl_status_name(FL_IO), "io");
    assert_string_equal(fl_status_name((enum fl_status)99), "unknown");
}

static void test_a_failed_assertion_ends_the_process(void **state)
{
    int status = 0;
    const pid_t child = fork();

    (void)state;
    if (child == 0) {
        (void)close(STDERR_FILENO);
        (void)signal(SIGABRT, SIG_DFL);
        FL_ASSERT(child != 0);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failure_is_written_in_one_line),
        cmocka_unit_test(test_the_old_text_may_be_an_argument),
        cmocka_unit_test(test_a_prefix_says_where),
        cmocka_unit_test(test_what_is_no_character_is_a_question_mark),
        cmocka_unit_test(test_long_words_are_cut_between_characters),
        cmocka_unit_test(test_every_status_has_a_name),
        cmocka_unit_test(test_a_failed_assertion_ends_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
