/*
 * When a synchronisation may begin and when the next one does. Pure: the caller has the
 * clock. Starts lie on a grid of the interval, moved by an offset of each node, so that
 * branches that were switched on together do not come together.
 *
 * When the clock jumps: forwards, what was missed is due at once, and once; backwards,
 * the last start counts as now, so that a node never waits longer than its interval.
 */

#ifndef NODE_SCHEDULE_H
#define NODE_SCHEDULE_H

#include "proto/uuid.h"
#include "settings.h"

/* `minute` of the local day, 0 to 1439. A change to summer time moves it, no more. */
bool fl_schedule_window_open(struct fl_settings_window window, uint32_t minute);
/* Whole minutes until it opens; 0: it is open. */
uint32_t fl_schedule_window_wait(struct fl_settings_window window, uint32_t minute);

/* The fixed place of a node in an interval, below it. */
uint64_t fl_schedule_offset_ms(struct fl_uuid node, uint64_t interval_ms);

/*
 * The next start, in the time of `now_ms` (Unix time): a past one is due. `last_ms` is
 * when the last one began; 0: none yet, and then it is within 5 s of now.
 */
uint64_t fl_schedule_next_ms(
    uint64_t interval_ms,
    uint64_t offset_ms,
    uint64_t last_ms,
    uint64_t now_ms);

#endif
