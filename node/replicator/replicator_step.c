/*
 * A session's steps: what the machine asks for is done on the store and the line, and its
 * answers are stepped in turn. RENEWED goes to the sessions of all peers.
 */

#include <inttypes.h>
#include <string.h>

#include "link.h"
#include "log.h"
#include "random.h"
#include "storage/messages.h"
#include "storage/registered.h"
#include "storage/sweeper.h"

enum {
    RENEW_RETRY_MS = 1000,
    AGAIN_CALLS_MAX =
        8, /* so much is registered anew at once; the rest when asked again */
};

void fl_link_put_confirmed(struct fl_link *link, struct fl_txn *txn)
{
    fl_link_put_peer(link, txn);
    link->confirmed_waits = false;
}

static void lookup(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    const struct fl_peer *peer = &link->peer;
    const struct fl_session_position *position = &action->position;
    struct fl_peer_stream stream = {peer->number, position->incarnation};
    bool recorded = fl_uuid_equal(peer->confirmed_incarnation, position->incarnation);
    /* Also of one that was put back to before it ever heard of us. */
    bool has_confirmed = fl_uuid_equal(
        peer->confirmed_incarnation, link->replicator->node->identity->incarnation);
    struct fl_sent_message message;
    struct fl_txn txn;

    out_event->kind = FL_SESSION_POSITION_FOUND;
    out_event->number = has_confirmed ? peer->confirmed_number : 0;
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    out_event->denied = !fl_link_has_applied(link, &txn, &action->confirmed);
    if (position->number == 0) {
        out_event->lsn =
            fl_link_scan_lsn(link, 0, position->incarnation, peer->begin_lsn);
    } else if (
        fl_messages_find(
            &txn, stream, position->number, position->hash.bytes, &message) == FL_OK) {
        out_event->lsn = fl_link_scan_lsn(
            link, position->number, position->incarnation, message.lsn_to);
    } else if (
        fl_messages_last(&txn, stream, &message) == FL_OK &&
        position->number < message.number &&
        fl_messages_get(&txn, stream, position->number, &message) == FL_NOT_FOUND &&
        fl_link_has_sent(link, &txn, position)) {
        out_event->kind = FL_SESSION_POSITION_FORGOTTEN;
    } else {
        out_event->kind = FL_SESSION_POSITION_UNKNOWN;
        out_event->lsn = recorded ? peer->confirmed_lsn : 0;
    }
    fl_txn_abort(&txn);
}

static void tell_all(
    struct fl_replicator *replicator,
    const struct fl_session_event *event)
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        fl_link_step(replicator->links[i], event);
    }
}

/* Sessions wait for it, however often it takes: with a full disk it is tried again. */
static void renew(struct fl_link *link, uint64_t now_ms)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_session_event event = {
        .kind = FL_SESSION_RENEWED,
        .now_ms = now_ms,
        .incarnation = fl_random_uuid(),
    };
    struct fl_txn txn;

    replicator->renew_waits = NULL;
    fl_txn_begin(&txn, replicator->node->store, FL_TXN_KEEP);
    fl_store_renew_incarnation(&txn, event.incarnation);
    if (fl_txn_commit(&txn) != FL_OK) {
        /* Where the store is dead the flush finds it and ends the process. */
        replicator->renew_waits = link;
        replicator->renew_at_ms = now_ms + RENEW_RETRY_MS;
        return;
    }
    fl_log(FL_LOG_WARN, FL_LOG_EVENT_STORE_RESTORED, "peer=%s", link->peer.code);
    fl_replicator_live(replicator);
    tell_all(replicator, &event);
}

void fl_replicator_renew_again(struct fl_replicator *replicator, uint64_t now_ms)
{
    if (replicator->renew_waits && now_ms >= replicator->renew_at_ms) {
        renew(replicator->renew_waits, now_ms);
    }
}

/* What it got beside its position, before it is recorded. False: something is left. */
static bool register_again(struct fl_link *link)
{
    bool more = true;

    for (int i = 0; i < AGAIN_CALLS_MAX && more; i++) {
        struct fl_txn txn;

        fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
        more = fl_registered_again(&txn, link->peer.number);
        if (fl_txn_commit(&txn) != FL_OK) {
            return false;
        }
    }
    return !more;
}

/*
 * The peer speaks under another incarnation: for the first time, or because it was
 * restored. What it may have lost is registered for it again.
 */
static void register_peer(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    bool first = fl_uuid_is_zero(link->peer.incarnation);
    struct fl_peer before = link->peer;
    struct fl_seen seen_before = link->seen;
    struct fl_txn txn;

    out_event->kind = FL_SESSION_PEER_REFUSED;
    out_event->reason = FL_SESSION_HELD;
    out_event->text = fl_link_renewed_reason(link, action->position.incarnation);
    if (out_event->text) {
        return;
    }
    if (!first && !register_again(link)) {
        out_event->reason = FL_SESSION_PEER_NOT_ACCEPTED;
        out_event->text = "what it may have lost is not registered yet";
        return;
    }
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
    fl_link_history_turn(link, &txn, action->position.incarnation);
    link->peer.incarnation = action->position.incarnation;
    link->peer.resend_below = first ? 0 : fl_journal_head(&txn);
    link->peer.begin_lsn = first ? link->peer.begin_lsn : 0;
    link->peer.confirmed_lsn = link->peer.begin_lsn;
    link->peer.confirmed_number = 0;
    /* One that comes from elsewhere may have what this node does not have yet. */
    link->peer.is_behind =
        !first && (link->peer.is_behind || fl_sweep_purged_lsn(&txn) > 0);
    link->seen.confirmed = (struct fl_session_position){.number = 0};
    fl_link_scan_forget(link, &txn);
    fl_link_live(link, &txn);
    fl_link_put_peer(link, &txn);
    if (fl_txn_commit(&txn) == FL_OK) {
        out_event->kind = FL_SESSION_PEER_REGISTERED;
        if (!first) {
            fl_log(
                FL_LOG_WARN, FL_LOG_EVENT_STORE_RESTORED, "peer=%s restored=peer",
                link->peer.code);
        }
        return;
    }
    /* It is asked again when there is room: what was not written did not happen. */
    link->peer = before;
    link->seen = seen_before;
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    fl_link_history_load(link, &txn);
    fl_txn_abort(&txn);
    out_event->reason = FL_SESSION_PEER_NOT_ACCEPTED;
    out_event->text = "the store could not record it";
}

/* What `filial node explain` tells of, beside the log. */
static void remember(struct fl_link *link, const struct fl_session_action *action)
{
    switch (action->report) {
    case FL_SESSION_FORKED:
        (void)fl_link_note(
            link, FL_HISTORY_FORKED, action->number, link->peer.incarnation, NULL);
        return;
    case FL_SESSION_RESTORED:
        (void)fl_link_note(link, FL_HISTORY_WE_RESTORED, 0, link->peer.incarnation, NULL);
        return;
    case FL_SESSION_REFUSED_BY_PEER:
        link->ended = action->reason;
        (void)fl_link_note(
            link, FL_HISTORY_REFUSED_BY_PEER, 0, link->peer.incarnation, action->text);
        return;
    case FL_SESSION_REFUSED_BY_US:
        link->ended = action->reason;
        return;
    case FL_SESSION_GREETED:
        link->ended = FL_SESSION_REASON_NONE;
        return;
    case FL_SESSION_MANY_INCARNATIONS:
    case FL_SESSION_RETURNED:
    case FL_SESSION_POSITION_BACK:
    case FL_SESSION_STALLED:
    case FL_SESSION_FOREIGN:
    case FL_SESSION_STALE_CONFIRMATION:
    case FL_SESSION_GAP:
    case FL_SESSION_REPEATED:
    case FL_SESSION_RESUMED:
        return;
    }
}

static void report(const struct fl_link *link, const struct fl_session_action *action)
{
    enum fl_log_level level = FL_LOG_INFO;

    switch (action->report) {
    case FL_SESSION_FORKED:
    case FL_SESSION_MANY_INCARNATIONS:
        level = FL_LOG_ERROR;
        break;
    case FL_SESSION_RESTORED:
    case FL_SESSION_RETURNED:
    case FL_SESSION_POSITION_BACK:
    case FL_SESSION_REFUSED_BY_PEER:
    case FL_SESSION_REFUSED_BY_US:
    case FL_SESSION_STALLED:
        level = FL_LOG_WARN;
        break;
    case FL_SESSION_FOREIGN:
    case FL_SESSION_STALE_CONFIRMATION:
    case FL_SESSION_GAP:
        level = FL_LOG_DEBUG;
        break;
    case FL_SESSION_GREETED:
    case FL_SESSION_REPEATED:
    case FL_SESSION_RESUMED:
        break;
    }
    if (action->reason == FL_SESSION_WINDOW) {
        level = FL_LOG_INFO; /* as it is set, and no trouble */
    }
    fl_log(
        level, FL_LOG_EVENT_SYNC_REPORT,
        "peer=%s report=%s number=%" PRIu64 " reason=%s text=%s", link->peer.code,
        fl_session_report_name(action->report), action->number,
        fl_session_reason_name(action->reason),
        fl_log_value(action->text ? action->text : "").text);
}

/* False: it could not be kept whole, and `out_event` says so; it comes again. */
static bool make_ready(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_incoming *incoming = fl_link_incoming(link, action->number);

    if (incoming) {
        fl_link_gather(link, incoming);
    }
    if (!incoming || fl_buffer_status(&incoming->head) != FL_OK ||
        fl_buffer_status(&incoming->chunks) != FL_OK ||
        incoming->held < incoming->open.header.chunk_count) {
        out_event->kind = FL_SESSION_APPLY_REFUSED;
        out_event->number = action->number;
        out_event->text = "no memory for it, or what was staged of it is damaged";
        return false;
    }
    FL_ASSERT(replicator->ready_count < FL_READY_MAX);
    replicator->ready[replicator->ready_count++] = (struct fl_ready){
        .link = link,
        .number = action->number,
        .judge_lsn = action->lsn,
        .acknowledged = action->acknowledged,
        .life = action->life};
    replicator->ready_bytes += incoming->open.header.plain_bytes;
    return true;
}

static void forget(struct fl_link *link, uint64_t first, uint64_t last)
{
    for (size_t i = 0; link->outgoing && i < FL_LINK_SLOTS; i++) {
        if (link->outgoing[i].number >= first && link->outgoing[i].number <= last &&
            link->outgoing[i].number > 0) {
            fl_outgoing_clear(&link->outgoing[i]);
        }
    }
}

static void round_done(struct fl_link *link, const struct fl_session_action *action)
{
    struct fl_replicator *replicator = link->replicator;

    bool empty = action->sent == 0 && action->received == 0;

    fl_log(
        empty ? FL_LOG_DEBUG : FL_LOG_INFO, FL_LOG_EVENT_SYNC_DONE,
        "peer=%s sent=%" PRIu64 " received=%" PRIu64, link->peer.code, action->sent,
        action->received);
    link->had_round = true;
    fl_link_note_round(link);
    fl_link_free_slots(link);
    replicator->output.round_done(replicator->output.context, link);
}

/* An answer, when the action asks for one. */
static bool do_action(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    struct fl_replicator *replicator = link->replicator;

    switch (action->kind) {
    case FL_SESSION_SEND:
    case FL_SESSION_SEND_MESSAGE:
    case FL_SESSION_SEND_CHUNK:
    case FL_SESSION_SEND_CONFIRM:
        fl_link_send(link, action);
        return false;
    case FL_SESSION_LOOKUP:
        lookup(link, action, out_event);
        return true;
    case FL_SESSION_BUILD:
        fl_link_build(link, action, out_event);
        return true;
    case FL_SESSION_FORGET:
        forget(link, action->number, action->number_last);
        return false;
    case FL_SESSION_KEEP:
        fl_link_keep(link, action->number);
        return false;
    case FL_SESSION_HOLD:
        fl_link_hold(link, action->number, action->index);
        return false;
    case FL_SESSION_DROP:
        fl_link_drop(link, action->number);
        return false;
    case FL_SESSION_STAGE:
        fl_link_stage(link, action, out_event);
        return true;
    case FL_SESSION_APPLY:
        return !make_ready(link, action, out_event);
    case FL_SESSION_RECORD_CONFIRMED:
        link->peer.confirmed_number = action->number;
        link->peer.confirmed_incarnation = action->position.incarnation;
        link->peer.confirmed_lsn = action->lsn;
        link->seen.confirmed = action->confirmed;
        link->peer.last_confirmed_ms = fl_node_now_ms();
        link->confirmed_waits = true;
        link->overlay_confirmed = link->has_overlay;
        fl_link_note_waiting(link);
        return false;
    case FL_SESSION_RENEW_INCARNATION:
        renew(link, link->now_ms);
        return false;
    case FL_SESSION_PEER_RENEWED:
        register_peer(link, action, out_event);
        return true;
    case FL_SESSION_ROUND_DONE:
        round_done(link, action);
        return false;
    case FL_SESSION_CLOSE:
        replicator->output.close(
            replicator->output.context, link,
            action->text && action->text[0] ? action->text
                                            : fl_session_reason_name(action->reason));
        return false;
    case FL_SESSION_REPORT:
        report(link, action);
        remember(link, action);
        return false;
    }
    return false;
}

static void step_once(struct fl_link *link, const struct fl_session_event *event)
{
    struct fl_link_room *room = link->room;

    fl_session_step(link->session, event, &room->actions);
    for (size_t i = 0; i < room->actions.count; i++) {
        struct fl_session_event answer = {.now_ms = link->now_ms};

        if (do_action(link, &room->actions.items[i], &answer)) {
            FL_ASSERT(room->event_count < FL_LINK_EVENTS_MAX);
            room->events[room->event_count++] = answer;
        }
    }
}

/* An action may make the session of another link step, which has a room of its own then.
 */
static struct fl_link_room *take_room(struct fl_replicator *replicator)
{
    FL_ASSERT(replicator->steps_deep < FL_STEPS_DEEP_MAX);
    struct fl_link_room *room = &replicator->rooms[replicator->steps_deep++];

    room->event_count = 0;
    return room;
}

static void give_room(struct fl_link *link)
{
    struct fl_replicator *replicator = link->replicator;

    FL_ASSERT(link->room == &replicator->rooms[replicator->steps_deep - 1]);
    replicator->steps_deep--;
    link->room = NULL;
}

void fl_link_step(struct fl_link *link, const struct fl_session_event *event)
{
    if (link->room) {
        FL_ASSERT(link->room->event_count < FL_LINK_EVENTS_MAX);
        link->room->events[link->room->event_count++] = *event;
        return;
    }
    link->room = take_room(link->replicator);
    link->now_ms = event->now_ms;
    step_once(link, event);
    while (link->room->event_count > 0) {
        struct fl_link_room *room = link->room;
        struct fl_session_event next = room->events[0];

        room->event_count--;
        memmove(
            room->events, room->events + 1, room->event_count * sizeof(room->events[0]));
        step_once(link, &next);
    }
    give_room(link);
    fl_link_touch(link);
}

void fl_link_tell(struct fl_link *link, enum fl_session_event_kind kind, uint64_t now_ms)
{
    fl_link_step(link, &(struct fl_session_event){.kind = kind, .now_ms = now_ms});
}
