/*
 * What can wait: files that nobody asks for any more, dead entries of the journal,
 * readers that died, sums of what strangers tried. None of it while anybody waits for
 * something else.
 */

#include <inttypes.h>

#include "daemon_parts.h"
#include "log.h"
#include "recovery/horizon.h"
#include "version/version_policy.h"

enum {
    QUIET_MS = 2000, /* nothing came for so long: then there is time */
    SWEEP_EVERY_MS = 10000,
    LOOKED_PER_PAUSE = 100000, /* entries */
    PAUSES_MAX = 60,
    SWEEP_PAUSE_MS = 20, /* between two transactions of a sweep */
    TEND_EVERY_MS = 60000,
};

static bool is_quiet(const struct fl_daemon *daemon, uint64_t now_ms)
{
    if (now_ms < daemon->busy_ms + QUIET_MS) {
        return false;
    }
    for (size_t i = 0; i < daemon->line_count; i++) {
        if (fl_link_state(daemon->lines[i]->link) == FL_SESSION_ROUND) {
            return false;
        }
    }
    return true;
}

/* A long journal in which next to nothing was found is not looked through so soon. */
static uint64_t pause_ms(const struct fl_sweep *sweep)
{
    bool found = sweep->removed > sweep->looked / 100;
    uint64_t times = found ? 1 : 1 + sweep->looked / LOOKED_PER_PAUSE;

    return SWEEP_EVERY_MS * (times < PAUSES_MAX ? times : PAUSES_MAX);
}

static void sweep(struct fl_daemon *daemon, uint64_t now_ms)
{
    struct fl_error error = {0};
    struct fl_horizon horizon = fl_horizon_look(daemon->replicator, fl_node_now_ms());
    enum fl_status status = FL_OK;

    daemon->sweep.tombstones_to = horizon.tombstones_to;
    if (!daemon->sweep.done) {
        struct fl_version_types types;
        struct fl_history_policy history = fl_version_policy(daemon->node, &types);

        daemon->sweep.history = &history;
        status = fl_sweep(daemon->node->store, horizon.dead_to, &daemon->sweep, &error);
        daemon->sweep.history = NULL;
    }
    if (status == FL_OK &&
        (!daemon->sweep.done ||
         !fl_routing_sweep(daemon->node, horizon.dead_to, &daemon->routing_sweep) ||
         !fl_plan_turns_tidy(daemon->node, &daemon->turns_tidy))) {
        daemon->sweep_due_ms = now_ms + SWEEP_PAUSE_MS;
        return;
    }
    if (daemon->sweep.removed + daemon->sweep.versions_removed > 0) {
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_STORE_SWEPT,
            "entries=%" PRIu64 " deletions=%" PRIu64 " versions=%" PRIu64,
            daemon->sweep.removed, daemon->sweep.tombstones,
            daemon->sweep.versions_removed);
    }
    if (status != FL_OK) {
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_STORE_FAILED, "error=%s",
            fl_log_value(error.text).text);
    }
    daemon->sweep_due_ms = now_ms + pause_ms(&daemon->sweep);
    daemon->sweep = (struct fl_sweep){.seen = daemon->sweep.seen};
    daemon->routing_sweep = (struct fl_routing_sweep){0};
    daemon->turns_tidy = (struct fl_plan_turns_tidy){0};
}

static void tend(struct fl_daemon *daemon)
{
    uint64_t refused = fl_zap_refused(daemon->zap);
    uint64_t dropped = daemon->listener ? fl_transport_dropped(daemon->listener) : 0;

    (void)fl_store_tend(daemon->node->store);
    fl_replicator_end_keys(daemon->replicator);
    if (refused != daemon->refused_told) {
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_ZAP_REFUSED, "count=%" PRIu64,
            refused - daemon->refused_told);
        daemon->refused_told = refused;
    }
    if (dropped != daemon->dropped_told) {
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_FRAME_DROPPED, "count=%" PRIu64 " reason=transport",
            dropped - daemon->dropped_told);
        daemon->dropped_told = dropped;
    }
}

void fl_daemon_tidy(struct fl_daemon *daemon, uint64_t now_ms)
{
    (void)fl_leavings_shorten(&daemon->node->leavings);
    if (now_ms >= daemon->tend_due_ms) {
        daemon->tend_due_ms = now_ms + TEND_EVERY_MS;
        tend(daemon);
    }
    if (now_ms < daemon->sweep_due_ms) {
        return;
    }
    if (is_quiet(daemon, now_ms)) {
        sweep(daemon, now_ms);
    } else {
        daemon->sweep_due_ms = now_ms + QUIET_MS;
    }
}

uint64_t fl_daemon_tidy_due_ms(const struct fl_daemon *daemon)
{
    const uint64_t due_ms = daemon->sweep_due_ms < daemon->tend_due_ms
                                ? daemon->sweep_due_ms
                                : daemon->tend_due_ms;
    return daemon->node->leavings.count > 0 ? 0 : due_ms;
}
