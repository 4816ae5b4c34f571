#include "proto/value.h"

#include "unit.h"

/* Each differs from all others, by its kind or by what its kind uses. */
static void test_values_are_equal_only_to_themselves(void **state)
{
    const struct fl_uuid uuid = {{1}};
    const struct fl_value values[] = {
        {.kind = FL_VALUE_UNDEFINED},
        {.kind = FL_VALUE_NULL},
        {.kind = FL_VALUE_STRING},
        {.kind = FL_VALUE_STRING, .bytes = BYTES("a")},
        {.kind = FL_VALUE_NUMBER},
        {.kind = FL_VALUE_NUMBER, .number = {.low = 5, .scale = 1}},
        {.kind = FL_VALUE_DATE},
        {.kind = FL_VALUE_DATE, .date = 1},
        {.kind = FL_VALUE_BOOLEAN},
        {.kind = FL_VALUE_BOOLEAN, .boolean = true},
        {.kind = FL_VALUE_REF, .type = 1},
        {.kind = FL_VALUE_REF, .type = 2},
        {.kind = FL_VALUE_REF, .type = 1, .uuid = uuid},
        {.kind = FL_VALUE_ENUM, .type = 1},
        {.kind = FL_VALUE_ENUM, .type = 1, .enum_value = 1},
        {.kind = FL_VALUE_UUID},
        {.kind = FL_VALUE_UUID, .uuid = uuid},
        {.kind = FL_VALUE_BINARY, .bytes = BYTES("a")},
        {.kind = FL_VALUE_STORAGE, .bytes = BYTES("a")},
        {.kind = FL_VALUE_TYPE, .bytes = BYTES("a")},
        {.kind = FL_VALUE_FOREIGN, .bytes = BYTES("a")},
        {.kind = FL_VALUE_FOREIGN, .bytes = BYTES("a"), .foreign_type = BYTES("t")},
    };
    const size_t count = sizeof(values) / sizeof(values[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(fl_value_equal(&values[i], &values[k]), i == k);
        }
    }
}

static void test_what_a_kind_does_not_use_does_not_matter(void **state)
{
    const struct fl_value a = {.kind = FL_VALUE_BOOLEAN, .type = 7, .date = 9};
    const struct fl_value b = {.kind = FL_VALUE_BOOLEAN, .bytes = BYTES("x")};

    (void)state;
    assert_true(fl_value_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_equal_only_to_themselves),
        cmocka_unit_test(test_what_a_kind_does_not_use_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
