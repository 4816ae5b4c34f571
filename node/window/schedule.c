#include "schedule.h"

#include "proto/hash.h"

enum { FIRST_SPREAD_MS = 5000 };

bool fl_schedule_window_open(struct fl_settings_window window, uint32_t minute)
{
    FL_ASSERT(minute < FL_MINUTES_OF_DAY);
    if (window.from_minute == window.to_minute) {
        return true;
    }
    if (window.from_minute < window.to_minute) {
        return minute >= window.from_minute && minute < window.to_minute;
    }
    return minute >= window.from_minute || minute < window.to_minute;
}

uint32_t fl_schedule_window_wait(struct fl_settings_window window, uint32_t minute)
{
    if (fl_schedule_window_open(window, minute)) {
        return 0;
    }
    return (window.from_minute + FL_MINUTES_OF_DAY - minute) % FL_MINUTES_OF_DAY;
}

uint64_t fl_schedule_offset_ms(struct fl_uuid node, uint64_t interval_ms)
{
    uint8_t hash[FL_HASH_BYTES_MIN];

    fl_hash((struct fl_bytes){node.bytes, sizeof(node.bytes)}, hash, sizeof(hash));
    return interval_ms == 0 ? 0 : fl_load_u64(hash) % interval_ms;
}

uint64_t fl_schedule_next_ms(
    uint64_t interval_ms,
    uint64_t offset_ms,
    uint64_t last_ms,
    uint64_t now_ms)
{
    if (last_ms == 0) {
        return now_ms + offset_ms % FIRST_SPREAD_MS;
    }
    if (interval_ms == 0) {
        return now_ms;
    }
    const uint64_t from_ms = last_ms < now_ms ? last_ms : now_ms;
    const uint64_t offset_in_grid_ms = offset_ms % interval_ms;
    if (from_ms < offset_in_grid_ms) {
        return offset_in_grid_ms;
    }
    /* The first point of the grid behind the last start. */
    const uint64_t steps = (from_ms - offset_in_grid_ms) / interval_ms + 1;
    return offset_in_grid_ms + steps * interval_ms;
}
