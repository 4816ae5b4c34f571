/*
 * States, reasons and reports as words for logs and JSON.
 */

#include "replication/session.h"

const char *fl_session_state_name(enum fl_session_state state)
{
    switch (state) {
    case FL_SESSION_OFFLINE:
        return "offline";
    case FL_SESSION_SETTLING:
        return "settling";
    case FL_SESSION_GREETING:
        return "greeting";
    case FL_SESSION_MEETING:
        return "meeting";
    case FL_SESSION_SEEKING:
        return "seeking";
    case FL_SESSION_RENEWING:
        return "renewing";
    case FL_SESSION_IDLE:
        return "idle";
    case FL_SESSION_ROUND:
        return "round";
    case FL_SESSION_CLOSED:
        return "closed";
    }
    return "unknown";
}

const char *fl_session_reason_name(enum fl_session_reason reason)
{
    switch (reason) {
    case FL_SESSION_REASON_NONE:
        return "none";
    case FL_SESSION_OTHER_INSTALLATION:
        return "other_installation";
    case FL_SESSION_OTHER_PLAN:
        return "other_plan";
    case FL_SESSION_OTHER_NODE:
        return "other_node";
    case FL_SESSION_FORK:
        return "fork";
    case FL_SESSION_CANNOT_APPLY:
        return "cannot_apply";
    case FL_SESSION_CANNOT_SEND:
        return "cannot_send";
    case FL_SESSION_PEER_NOT_ACCEPTED:
        return "peer_not_accepted";
    case FL_SESSION_ROLLED_BACK:
        return "rolled_back";
    case FL_SESSION_UNKNOWN_SESSION:
        return "unknown_session";
    case FL_SESSION_WINDOW:
        return "window";
    case FL_SESSION_SILENT:
        return "silent";
    case FL_SESSION_OTHER_RANK:
        return "other_rank";
    case FL_SESSION_HELD:
        return "held";
    case FL_SESSION_SUSPENDED:
        return "suspended";
    case FL_SESSION_REVOKED:
        return "revoked";
    }
    return "unknown";
}

const char *fl_session_report_name(enum fl_session_report report)
{
    switch (report) {
    case FL_SESSION_GREETED:
        return "greeted";
    case FL_SESSION_REPEATED:
        return "repeated";
    case FL_SESSION_GAP:
        return "gap";
    case FL_SESSION_RESUMED:
        return "resumed";
    case FL_SESSION_FOREIGN:
        return "foreign";
    case FL_SESSION_FORKED:
        return "forked";
    case FL_SESSION_RESTORED:
        return "restored";
    case FL_SESSION_POSITION_BACK:
        return "position_back";
    case FL_SESSION_RETURNED:
        return "returned";
    case FL_SESSION_MANY_INCARNATIONS:
        return "many_incarnations";
    case FL_SESSION_STALLED:
        return "stalled";
    case FL_SESSION_REFUSED_BY_PEER:
        return "refused_by_peer";
    case FL_SESSION_REFUSED_BY_US:
        return "refused_by_us";
    case FL_SESSION_STALE_CONFIRMATION:
        return "stale_confirmation";
    }
    return "unknown";
}
