/*
 * The same work with its nth allocation failing, for each n until it passes: it says
 * FL_NO_MEMORY, gives nothing and leaks nothing. The linker leads fl_alloc and its like
 * here.
 */

#include <string.h>

#include "proto/limits.h"
#include "proto/record.h"
#include "sample.h"

void *__real_fl_alloc(size_t size);
void *__real_fl_alloc_zeroed(size_t count, size_t size);
void *__real_fl_realloc(void *memory, size_t size);
void *__wrap_fl_alloc(size_t size);
void *__wrap_fl_alloc_zeroed(size_t count, size_t size);
void *__wrap_fl_realloc(void *memory, size_t size);

/* Until the one that fails; 0: none does. */
static size_t allocations_left;

static bool fails_now(void)
{
    return allocations_left > 0 && --allocations_left == 0;
}

void *__wrap_fl_alloc(size_t size)
{
    return fails_now() ? NULL : __real_fl_alloc(size);
}

void *__wrap_fl_alloc_zeroed(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_fl_alloc_zeroed(count, size);
}

void *__wrap_fl_realloc(void *memory, size_t size)
{
    return fails_now() ? NULL : __real_fl_realloc(memory, size);
}

static enum fl_status build(struct fl_configuration **out_configuration)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_error error = {.status = FL_OK};
    enum fl_status status = fl_configuration_builder_new("Пример", "1.0.1", &builder);

    if (status == FL_OK) {
        sample_fill(builder);
        status = fl_configuration_builder_finish(builder, out_configuration, &error);
        assert_int_equal(error.status, status);
    }
    return status;
}

static void test_a_configuration_is_built_whole_or_not(void **state)
{
    enum fl_status status = FL_NO_MEMORY;

    (void)state;
    for (size_t n = 1; status != FL_OK; n++) {
        struct fl_configuration *configuration = NULL;

        allocations_left = n;
        status = build(&configuration);
        assert_true(status == FL_OK || status == FL_NO_MEMORY);
        assert_int_equal(status == FL_OK, configuration != NULL);
        allocations_left = 0;
        fl_configuration_free(configuration);
        assert_in_range(n, 1, 1000);
    }
}

static void test_a_configuration_is_decoded_whole_or_not(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    enum fl_status status = FL_NO_MEMORY;
    struct fl_buffer buffer;

    (void)state;
    fl_buffer_init(&buffer, FL_CONFIGURATION_BYTES_MAX);
    assert_int_equal(fl_configuration_encode(configuration, &buffer), FL_OK);
    for (size_t n = 1; status != FL_OK; n++) {
        struct fl_configuration *decoded = NULL;
        struct fl_error error = {.status = FL_OK};

        allocations_left = n;
        status = fl_configuration_decode(fl_buffer_view(&buffer), &decoded, &error);
        allocations_left = 0;
        assert_int_equal(error.status, status);
        assert_true(status == FL_OK || status == FL_NO_MEMORY);
        assert_int_equal(status == FL_OK, decoded != NULL);
        fl_configuration_free(decoded);
        assert_in_range(n, 1, 10000);
    }
    fl_buffer_deinit(&buffer);
    fl_configuration_free(configuration);
}

static void test_a_record_is_made_and_read_whole_or_not(void **state)
{
    struct fl_field fields[200] = {{0}};
    struct fl_row rows[200];
    struct fl_section section = {1, 200, rows};
    const struct fl_object object = {
        .field_count = 200,
        .fields = fields,
        .section_count = 1,
        .sections = &section,
    };
    enum fl_status status = FL_NO_MEMORY;

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        fields[i].number = (uint32_t)i + 1;
        rows[i] = (struct fl_row){200, fields};
    }
    for (size_t n = 1; status != FL_OK; n++) {
        struct fl_object decoded = {0};
        struct fl_buffer buffer;
        struct fl_arena arena;

        fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
        fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
        allocations_left = n;
        status = fl_record_encode(&object, &buffer);
        if (status == FL_OK) {
            status = fl_record_decode(
                object.key, false, fl_buffer_view(&buffer), &arena, &decoded);
        }
        allocations_left = 0;
        assert_true(status == FL_OK || status == FL_NO_MEMORY);
        assert_int_equal(decoded.field_count, status == FL_OK ? 200 : 0);
        fl_arena_deinit(&arena);
        fl_buffer_deinit(&buffer);
        assert_in_range(n, 1, 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_configuration_is_built_whole_or_not),
        cmocka_unit_test(test_a_configuration_is_decoded_whole_or_not),
        cmocka_unit_test(test_a_record_is_made_and_read_whole_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
