/* What a characteristic may hold, as it is written. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "exchange/kd2_kinds.h"

enum { TYPES = 300 };

static void test_all_types_are_written_however_many_they_are(void **state)
{
    const struct fl_kd2_making making = {.dialect = FL_KD2_D1};
    struct fl_kd2_types *types = NULL;
    struct fl_error error = {.text = ""};
    struct fl_buffer description;
    struct fl_arena arena;

    (void)state;
    fl_buffer_init(&description, 1 << 20);
    fl_arena_init(&arena, 1 << 20);
    for (int i = 0; i < TYPES; i++) {
        fl_buffer_put_text(&description, "<Type>xs:string</Type>");
    }
    if (fl_kd2_kinds_write(
            &making, fl_buffer_view(&description), &arena, &types, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(types->count, TYPES);
    assert_true(fl_bytes_equal(types->names[TYPES - 1], fl_bytes_of_text("Строка")));
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&description);
}

/* Whoever has written the package chose the prefixes. */
static void test_prefixes_of_types_do_not_matter(void **state)
{
    const struct fl_kd2_making making = {.dialect = FL_KD2_D1, .english = true};
    struct fl_kd2_types *types = NULL;
    struct fl_error error = {.text = ""};
    struct fl_arena arena;

    (void)state;
    fl_arena_init(&arena, 1 << 20);
    if (fl_kd2_kinds_write(
            &making,
            fl_bytes_of_text(
                "<Type xmlns:xsd='http://www.w3.org/2001/XMLSchema'>xsd:decimal</Type>"
                "<Type>boolean</Type>"),
            &arena, &types, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(types->count, 2);
    assert_true(fl_bytes_equal(types->names[0], fl_bytes_of_text("Number")));
    assert_true(fl_bytes_equal(types->names[1], fl_bytes_of_text("Boolean")));
    fl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_types_are_written_however_many_they_are),
        cmocka_unit_test(test_prefixes_of_types_do_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
