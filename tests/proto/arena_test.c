#include "proto/arena.h"

#include <stdalign.h>
#include <string.h>

#include "unit.h"

static uint8_t sample_bytes[50000] = {1, 2, 3};

static void test_memory_is_zeroed_and_aligned(void **state)
{
    struct fl_arena arena;

    (void)state;
    fl_arena_init(&arena, 1 << 20);
    for (size_t size = 0; size < 300; size++) {
        uint8_t *memory = fl_arena_alloc(&arena, size);

        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(memory[i], 0);
        }
        memset(memory, 0xA5, size);
    }
    fl_arena_deinit(&arena);
}

static void test_beyond_its_bound_an_arena_stays_usable(void **state)
{
    struct fl_arena arena;
    struct fl_bytes copy;

    (void)state;
    fl_arena_init(&arena, 100);
    assert_non_null(fl_arena_alloc(&arena, 48));
    assert_null(fl_arena_alloc(&arena, 53));
    assert_int_equal(fl_arena_failure(&arena, 53), FL_LIMIT);
    assert_int_equal(fl_arena_failure(&arena, 1), FL_LIMIT);
    assert_non_null(fl_arena_alloc(&arena, 0));
    assert_int_equal(fl_arena_failure(&arena, 1), FL_NO_MEMORY);
    fl_arena_reset(&arena);
    assert_non_null(fl_arena_alloc(&arena, 48));
    assert_int_equal(
        fl_arena_copy(&arena, (struct fl_bytes){sample_bytes, 53}, &copy), FL_LIMIT);
    assert_null(fl_arena_alloc(&arena, SIZE_MAX));
    assert_null(fl_arena_array(&arena, SIZE_MAX / 2, 4));
    assert_non_null(fl_arena_alloc(&arena, 52));
    assert_null(fl_arena_alloc(&arena, 1));
    fl_arena_reset(&arena);
    assert_non_null(fl_arena_alloc(&arena, 100));
    fl_arena_deinit(&arena);
    fl_arena_deinit(NULL);
}

static void test_copies_live_as_long_as_the_arena(void **state)
{
    struct fl_arena arena;
    struct fl_bytes copies[100];

    (void)state;
    fl_arena_init(&arena, 8 << 20);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(
            fl_arena_copy(&arena, (struct fl_bytes){sample_bytes, i * 500}, &copies[i]),
            FL_OK);
    }
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(copies[i].size, i * 500);
        assert_memory_equal(copies[i].data, sample_bytes, i * 500);
    }
    assert_string_equal(fl_arena_text(&arena, BYTES("text")), "text");
    assert_string_equal(fl_arena_text(&arena, (struct fl_bytes){0}), "");
    fl_arena_deinit(&arena);
}

static void test_a_reset_arena_gives_zeroed_memory_again(void **state)
{
    struct fl_arena arena;

    (void)state;
    fl_arena_init(&arena, 64 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size < (4U << 20); size *= 3) {
            uint8_t *memory = fl_arena_alloc(&arena, size);

            assert_non_null(memory);
            assert_int_equal(memory[0] | memory[size - 1], 0);
            memset(memory, 0x5A, size);
        }
        fl_arena_reset(&arena);
        assert_int_equal(arena.bytes_used, 0);
    }
    fl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_beyond_its_bound_an_arena_stays_usable),
        cmocka_unit_test(test_copies_live_as_long_as_the_arena),
        cmocka_unit_test(test_a_reset_arena_gives_zeroed_memory_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
