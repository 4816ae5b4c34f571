#include "proto/plan_settings.h"

#include <string.h>

#include "unit.h"

static struct fl_plan_rule rules[2];

static struct fl_plan_settings sample(void)
{
    rules[0] = fl_plan_rule_default("Catalog.Валюты");
    rules[0].collision = FL_PLAN_CHILD_WINS;
    rules[1] = fl_plan_rule_default("Document.Счет");
    rules[1].auto_record = false;
    rules[1].send = FL_PLAN_SEND_NEVER;
    rules[1].receive = FL_PLAN_RECEIVE_IGNORE;
    rules[1].banned_until = 63000000000;
    rules[1].filter = "Организация in $свои";
    return (struct fl_plan_settings){
        .name = "Филиалы",
        .kind = FL_PLAN_TREE,
        .collision = FL_PLAN_PARENT_WINS,
        .composed = true,
        .rule_count = 2,
        .rules = rules,
    };
}

static enum fl_status decode(struct fl_bytes bytes, struct fl_arena *arena)
{
    struct fl_plan_settings settings;

    return fl_plan_settings_decode(bytes, arena, &settings);
}

static void test_they_come_back_as_they_were(void **state)
{
    struct fl_plan_settings settings = sample();
    struct fl_plan_settings back;
    struct fl_buffer buffer;
    struct fl_buffer again;
    struct fl_arena arena;

    (void)state;
    fl_buffer_init(&buffer, FL_PLAN_SETTINGS_BYTES_MAX);
    fl_buffer_init(&again, FL_PLAN_SETTINGS_BYTES_MAX);
    fl_arena_init(&arena, 1 << 20);
    fl_plan_settings_encode(&settings, &buffer);
    assert_int_equal(
        fl_plan_settings_decode(fl_buffer_view(&buffer), &arena, &back), FL_OK);
    assert_string_equal(back.name, "Филиалы");
    assert_int_equal(back.rule_count, 2);
    assert_string_equal(back.rules[1].filter, "Организация in $свои");
    assert_int_equal(back.rules[1].banned_until, 63000000000);
    assert_false(back.rules[1].auto_record);
    assert_ptr_equal(fl_plan_settings_rule(&back, "Document.Счет"), &back.rules[1]);
    assert_null(fl_plan_settings_rule(&back, "Document.Счета"));
    fl_plan_settings_encode(&back, &again);
    assert_true(fl_bytes_equal(fl_buffer_view(&buffer), fl_buffer_view(&again)));
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&again);
    fl_buffer_deinit(&buffer);
}

static void test_whatever_is_cut_or_longer_is_refused(void **state)
{
    struct fl_plan_settings settings = sample();
    struct fl_buffer buffer;
    struct fl_arena arena;

    (void)state;
    fl_buffer_init(&buffer, FL_PLAN_SETTINGS_BYTES_MAX);
    fl_arena_init(&arena, 1 << 20);
    fl_plan_settings_encode(&settings, &buffer);
    for (size_t size = 0; size < buffer.size; size++) {
        assert_int_equal(
            decode((struct fl_bytes){buffer.data, size}, &arena), FL_MALFORMED);
    }
    fl_buffer_put_u8(&buffer, 0);
    assert_int_equal(decode(fl_buffer_view(&buffer), &arena), FL_MALFORMED);
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&buffer);
}

static void test_a_type_is_named_once_and_in_order(void **state)
{
    struct fl_plan_settings settings = sample();
    struct fl_buffer buffer;
    struct fl_arena arena;

    (void)state;
    fl_buffer_init(&buffer, FL_PLAN_SETTINGS_BYTES_MAX);
    fl_arena_init(&arena, 1 << 20);
    rules[1] = rules[0];
    fl_plan_settings_encode(&settings, &buffer);
    assert_int_equal(decode(fl_buffer_view(&buffer), &arena), FL_MALFORMED);
    rules[1].type = "Catalog.Банки";
    fl_buffer_clear(&buffer);
    fl_plan_settings_encode(&settings, &buffer);
    assert_int_equal(decode(fl_buffer_view(&buffer), &arena), FL_MALFORMED);
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&buffer);
}

static void test_unknown_choices_and_dates_are_refused(void **state)
{
    struct fl_plan_settings settings = sample();
    struct fl_buffer buffer;
    struct fl_arena arena;

    (void)state;
    fl_buffer_init(&buffer, FL_PLAN_SETTINGS_BYTES_MAX);
    fl_arena_init(&arena, 1 << 20);
    settings.collision = FL_PLAN_AS_PLAN;
    fl_plan_settings_encode(&settings, &buffer);
    assert_int_equal(decode(fl_buffer_view(&buffer), &arena), FL_MALFORMED);
    settings = sample();
    settings.banned_until = INT64_MAX;
    fl_buffer_clear(&buffer);
    fl_plan_settings_encode(&settings, &buffer);
    assert_int_equal(decode(fl_buffer_view(&buffer), &arena), FL_MALFORMED);
    settings = sample();
    rules[0].send = FL_PLAN_SEND_NEVER + 1;
    fl_buffer_clear(&buffer);
    fl_plan_settings_encode(&settings, &buffer);
    assert_int_equal(decode(fl_buffer_view(&buffer), &arena), FL_MALFORMED);
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_come_back_as_they_were),
        cmocka_unit_test(test_whatever_is_cut_or_longer_is_refused),
        cmocka_unit_test(test_a_type_is_named_once_and_in_order),
        cmocka_unit_test(test_unknown_choices_and_dates_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
