#include <string.h>

#include "carry/carry.h"
#include "daemon/daemon_parts.h"

enum fl_status fl_carry_close_lines(struct fl_daemon *daemon, struct fl_error *out_error)
{
    const uint64_t now_ms = fl_daemon_now_ms();
    enum fl_status status =
        fl_replicator_flush(daemon->replicator, /* all= */ true, now_ms, out_error);

    if (status == FL_OK) {
        fl_daemon_close_lines(daemon, now_ms);
    }
    return status;
}

enum fl_status fl_carry_open_lines(struct fl_daemon *daemon, struct fl_error *out_error)
{
    enum fl_status status = fl_daemon_open_lines(daemon, out_error);

    if (status != FL_OK) {
        /* The turn ends with another try, and the process when that fails too. */
        memset(&daemon->facts, 0, sizeof(daemon->facts));
        daemon->stop = true;
    }
    return status;
}
