/*
 * Comparisons that an operator asks for: by peer, since links may go while he waits.
 */

#include "daemon_parts.h"

struct fl_link *fl_daemon_link(const struct fl_daemon *daemon, uint32_t peer)
{
    for (size_t i = 0; i < daemon->line_count; i++) {
        if (fl_link_peer(daemon->lines[i]->link)->number == peer) {
            return daemon->lines[i]->link;
        }
    }
    return NULL;
}

enum fl_status fl_daemon_compare_begin(
    struct fl_daemon *daemon,
    const struct fl_peer *peer,
    const struct fl_compare_wanted *wanted,
    struct fl_error *out_error)
{
    struct fl_link *link = fl_daemon_link(daemon, peer->number);
    enum fl_session_state state = link ? fl_link_state(link) : FL_SESSION_OFFLINE;

    if (state != FL_SESSION_IDLE && state != FL_SESSION_ROUND) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s is not connected now; `filial node list` shows when it was", peer->code);
    }
    return fl_compare_begin(link, wanted, fl_daemon_now_ms(), out_error);
}

bool fl_daemon_compare_look(
    struct fl_daemon *daemon,
    const struct fl_peer *peer,
    struct fl_compare_report *out_report)
{
    struct fl_link *link = fl_daemon_link(daemon, peer->number);

    return link && fl_compare_look(link, fl_daemon_now_ms(), out_report);
}
