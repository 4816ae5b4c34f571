/*
 * A day that is over is closed, where this node was told to do it by itself.
 */

#include "daemon_parts.h"
#include "log.h"
#include "report/closing.h"

enum { CLOSING_EVERY_MS = 30000 };

void fl_daemon_serve_closing(struct fl_daemon *daemon, uint64_t now_ms)
{
    struct fl_error error = {.text = ""};
    char zone[FL_DAY_ZONE_BYTES_MAX + 1];
    char text[FL_DAY_TEXT_BYTES];
    uint32_t day = 0;

    if (now_ms < daemon->closing_due_ms || daemon->node->home != FL_HOME_OURS) {
        return;
    }
    daemon->closing_due_ms = now_ms + CLOSING_EVERY_MS;
    if (fl_closing_due(daemon->node, fl_node_now_ms(), &day, zone) != FL_OK) {
        return;
    }
    enum fl_status status =
        fl_closing_close(daemon->node, day, zone, fl_node_now_ms(), &error);

    fl_day_text(day, text);
    fl_log(
        status == FL_OK ? FL_LOG_INFO : FL_LOG_ERROR, FL_LOG_EVENT_DAY_CLOSED,
        "day=%s error=%s", text, fl_log_value(error.text).text);
    fl_replicator_changed(daemon->replicator, now_ms);
}
