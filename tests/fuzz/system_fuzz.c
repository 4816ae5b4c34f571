/*
 * Any bytes are either no envelope of a setting or one; and its body either no settings
 * of a plan, or their one form.
 */

#include "proto/plan_settings.h"
#include "proto/system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_settings(struct fl_bytes bytes)
{
    struct fl_plan_settings settings;
    struct fl_arena arena;
    struct fl_buffer again;

    fl_arena_init(&arena, 16 << 20);
    fl_buffer_init(&again, FL_PLAN_SETTINGS_BYTES_MAX);
    if (fl_plan_settings_decode(bytes, &arena, &settings) == FL_OK) {
        fl_plan_settings_encode(&settings, &again);
        FL_ASSERT(fl_bytes_equal(fl_buffer_view(&again), bytes));
        for (size_t i = 0; i < settings.rule_count; i++) {
            FL_ASSERT(
                fl_plan_settings_rule(&settings, settings.rules[i].type) ==
                &settings.rules[i]);
        }
    }
    fl_buffer_deinit(&again);
    fl_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_bytes bytes = {data, size};
    struct fl_system_record record;

    read_settings(bytes);
    if (fl_system_open(bytes, &record) == FL_OK) {
        read_settings(record.body);
    }
    return 0;
}
