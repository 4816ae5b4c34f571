/* Any file that is given as a calendar: refused, or windows; when they are is found soon.
 */

#include <stdint.h>

#include "proto/limits.h"
#include "window/occurrences.h"
#include "window/window_ics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_window_draft draft = {.node = NULL};
    const struct fl_window_ics_options options = {.group = NULL};
    struct fl_error error;
    size_t count = 0;

    fl_arena_init(&draft.arena, 64 << 20);
    draft.calendar.windows =
        fl_arena_array(&draft.arena, FL_CALENDAR_WINDOWS_MAX, sizeof(struct fl_window));
    draft.calendar.groups =
        fl_arena_array(&draft.arena, FL_CALENDAR_GROUPS_MAX, sizeof(struct fl_group));
    (void)fl_window_ics_read(
        (struct fl_bytes){data, size}, &options, &draft, &count, &error);
    for (size_t i = 0; i < draft.calendar.window_count; i++) {
        static struct fl_occurrence occurrences[FL_OCCURRENCES_MAX];
        const int64_t from_ms = INT64_C(1800000000000);
        const int64_t month_ms = INT64_C(30) * 86400 * 1000;

        if (fl_window_check(&draft.calendar.windows[i], NULL) == FL_OK) {
            (void)fl_window_occurrences(
                &draft.calendar.windows[i], from_ms, from_ms + month_ms, occurrences,
                FL_OCCURRENCES_MAX);
        }
    }
    fl_arena_deinit(&draft.arena);
    return 0;
}
