/* What a parent sends as a calendar of windows; what is read is written as it came. */

#include <stdint.h>
#include <stdlib.h>

#include "proto/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_bytes bytes = {data, size};
    struct fl_calendar calendar;
    struct fl_buffer again;
    struct fl_arena arena;

    fl_arena_init(&arena, 16 << 20);
    if (fl_calendar_decode(bytes, &arena, &calendar) == FL_OK) {
        fl_buffer_init(&again, FL_CALENDAR_BYTES_MAX);
        fl_calendar_encode(&calendar, &again);
        if (fl_buffer_status(&again) != FL_OK ||
            !fl_bytes_equal(fl_buffer_view(&again), bytes)) {
            abort();
        }
        fl_buffer_deinit(&again);
    }
    fl_arena_deinit(&arena);
    return 0;
}
