/*
 * Rows that come are found among those that stand here, as a slow search would find them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above. */
#include <cmocka.h>

#include "conversion/row_match.h"
#include "proto/limits.h"

enum { GOODS = 1, AMOUNT = 2, ROWS_MAX = 40, ROUNDS = 2000 };

static struct fl_value goods(uint32_t number)
{
    return (struct fl_value){
        .kind = FL_VALUE_REF,
        .type = 1,
        .uuid = {{(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}}};
}

static struct fl_section section_of(size_t count, struct fl_arena *arena)
{
    struct fl_row *const rows = fl_arena_array(arena, count, sizeof(*rows));

    for (size_t i = 0; i < count; i++) {
        struct fl_field *const field = fl_arena_alloc(arena, sizeof(*field));

        rows[i] = (struct fl_row){.field_count = 1, .fields = field};
        field->number = GOODS;
    }
    return (struct fl_section){.number = 1, .row_count = count, .rows = rows};
}

/* The row in the same place, or else the first that was not found yet. */
static const struct fl_row *found_slowly(
    const struct fl_section *section,
    bool *used,
    size_t place,
    const struct fl_value *value)
{
    for (size_t i = 0; i <= section->row_count; i++) {
        const size_t at = i == 0 ? place : i - 1;

        if (at < section->row_count && !used[at] &&
            fl_value_equal(&section->rows[at].fields[0].value, value)) {
            used[at] = true;
            return &section->rows[at];
        }
    }
    return NULL;
}

static void test_rows_are_found_as_a_slow_search_finds_them(void **state)
{
    struct fl_arena arena;
    uint32_t seed = 1;

    (void)state;
    fl_arena_init(&arena, 16 << 20);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct fl_row_match match = {.used = NULL};
        bool used[ROWS_MAX] = {false};
        const size_t count = round % ROWS_MAX;
        struct fl_section section = section_of(count, &arena);

        for (size_t i = 0; i < count; i++) {
            seed = seed * 1103515245 + 12345;
            section.rows[i].fields[0].value = goods(seed >> 16 & 7);
        }
        assert_int_equal(fl_row_match_begin(&match, &section, &arena), FL_OK);
        for (size_t place = 0; place < ROWS_MAX; place++) {
            seed = seed * 1103515245 + 12345;
            const struct fl_value value = goods(seed >> 16 & 7);
            const struct fl_row *row = NULL;

            assert_int_equal(
                fl_row_match_find(&match, place, GOODS, &value, &arena, &row), FL_OK);
            assert_ptr_equal(row, found_slowly(&section, used, place, &value));
        }
        fl_arena_reset(&arena);
    }
    fl_arena_deinit(&arena);
}

/* The largest table in the other order: whoever looked through it each time would not
 * end. */
static void test_a_large_table_is_found_in_any_order(void **state)
{
    struct fl_row_match match = {.used = NULL};
    struct fl_arena arena;

    (void)state;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    struct fl_section section = section_of(FL_ROWS_MAX, &arena);

    for (uint32_t i = 0; i < FL_ROWS_MAX; i++) {
        section.rows[i].fields[0].value = goods(i);
    }
    assert_int_equal(fl_row_match_begin(&match, &section, &arena), FL_OK);
    for (size_t i = FL_ROWS_MAX; i > 0; i--) {
        const struct fl_row *row = NULL;

        assert_int_equal(
            fl_row_match_find(
                &match, FL_ROWS_MAX - i, GOODS, &section.rows[i - 1].fields[0].value,
                &arena, &row),
            FL_OK);
        assert_ptr_equal(row, &section.rows[i - 1]);
    }
    fl_arena_deinit(&arena);
}

/* Tables of one section may recognise its rows by different attributes. */
static void test_another_attribute_finds_what_is_left(void **state)
{
    struct fl_row_match match = {.used = NULL};
    struct fl_arena arena;
    const struct fl_row *row = NULL;
    const struct fl_value amount = {.kind = FL_VALUE_BOOLEAN, .boolean = true};
    const struct fl_value first = goods(1);

    (void)state;
    fl_arena_init(&arena, 1 << 20);
    struct fl_section section = section_of(3, &arena);

    for (size_t i = 0; i < 3; i++) {
        section.rows[i].fields[0].value = goods(1);
    }
    section.rows[2].fields[0] = (struct fl_field){.number = AMOUNT, .value = amount};
    assert_int_equal(fl_row_match_begin(&match, &section, &arena), FL_OK);
    assert_int_equal(fl_row_match_find(&match, 9, GOODS, &first, &arena, &row), FL_OK);
    assert_ptr_equal(row, &section.rows[0]);
    assert_int_equal(fl_row_match_find(&match, 9, AMOUNT, &amount, &arena, &row), FL_OK);
    assert_ptr_equal(row, &section.rows[2]);
    assert_int_equal(fl_row_match_find(&match, 9, GOODS, &first, &arena, &row), FL_OK);
    assert_ptr_equal(row, &section.rows[1]);
    assert_int_equal(fl_row_match_find(&match, 9, GOODS, &first, &arena, &row), FL_OK);
    assert_null(row);
    assert_int_equal(fl_row_match_find(&match, 1, GOODS, NULL, &arena, &row), FL_OK);
    assert_null(row);
    fl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_found_as_a_slow_search_finds_them),
        cmocka_unit_test(test_a_large_table_is_found_in_any_order),
        cmocka_unit_test(test_another_attribute_finds_what_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
