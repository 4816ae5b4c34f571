/*
 * The door of the machine: one event in, actions out. An event is taken by the part that
 * it belongs to; then what waited for it goes on, so that no part calls itself.
 */

#include "machine.h"

static bool limits_hold(const struct fl_session_limits *limits)
{
    return limits->messages_in_flight >= 1 &&
           limits->messages_in_flight <= FL_MESSAGES_IN_FLIGHT_MAX &&
           limits->credit_bytes >= FL_MACHINE_CREDIT_BYTES_MIN &&
           limits->credit_bytes <= UINT32_MAX &&
           limits->credit_first_bytes <= limits->credit_bytes &&
           (limits->credit_first_bytes == 0 ||
            limits->credit_first_bytes >= FL_MACHINE_CREDIT_BYTES_MIN) &&
           limits->stage_after_ms <= UINT32_MAX && limits->hello_retry_ms >= 1 &&
           limits->hello_retry_ms <= UINT32_MAX && limits->progress_timeout_ms >= 1 &&
           limits->progress_timeout_ms <= UINT32_MAX;
}

enum fl_status fl_session_new(
    const struct fl_session_options *options,
    struct fl_session **out_session)
{
    if (!limits_hold(&options->limits) || options->position_count > FL_POSITIONS_MAX ||
        (options->role != FL_SESSION_CHILD && options->role != FL_SESSION_PARENT)) {
        return FL_MALFORMED;
    }
    struct fl_session *session = fl_alloc_zeroed(1, sizeof(*session));

    if (!session) {
        return FL_NO_MEMORY;
    }
    session->options = *options;
    session->own = options->own;
    session->registered_incarnation = options->peer_incarnation;
    session->random = options->seed | 1u;
    session->due_ms = UINT64_MAX;
    session->incoming.position_count = options->position_count;
    for (size_t i = 0; i < options->position_count; i++) {
        session->incoming.positions[i] = options->positions[i];
    }
    session->outgoing.shown = options->confirmed;
    session->incoming.staged = options->staged;
    session->incoming.window = options->limits.credit_first_bytes > 0
                                   ? options->limits.credit_first_bytes
                                   : options->limits.credit_bytes;
    if (options->role == FL_SESSION_CHILD) {
        /* The upper half is the process's, the lower one counts its sessions. */
        session->nonce = fl_machine_draw(session) >> FL_MACHINE_NONCE_COUNTER_BITS
                                                         << FL_MACHINE_NONCE_COUNTER_BITS;
    }
    *out_session = session;
    return FL_OK;
}

void fl_session_free(struct fl_session *session)
{
    fl_free(session);
}

/* -- frames -- */

static void on_refuse(struct fl_session *session, const struct fl_session_frame *frame)
{
    if (frame->reason == FL_SESSION_UNKNOWN_SESSION) {
        if (fl_machine_is_live(session)) {
            fl_machine_tell(session, "is not known to the peer any more", 0, 0);
            fl_greeting_restart(session);
        }
        return;
    }
    if (session->state == FL_SESSION_CLOSED || session->state == FL_SESSION_SETTLING) {
        return;
    }
    if (frame->reason == FL_SESSION_ROLLED_BACK) {
        if (fl_uuid_equal(frame->receiver_incarnation, session->own.incarnation) &&
            !session->renewing) {
            fl_greeting_on_rolled_back(session);
        }
        return;
    }
    struct fl_session_action *report =
        fl_machine_report(session, FL_SESSION_REFUSED_BY_PEER, 0);

    report->reason = frame->reason;
    report->text = frame->reason_text;
    fl_trace_tell_text(&session->options.trace, "is refused", frame->reason_text);
    fl_greeting_close(session, frame->reason, frame->reason_text);
}

/* A frame of a session that we do not know: the child is told, once. */
static void on_foreign(struct fl_session *session, const struct fl_session_frame *frame)
{
    bool waits = session->state == FL_SESSION_GREETING || fl_machine_is_live(session);

    session->counters.foreign++;
    if (session->options.role != FL_SESSION_PARENT || !waits ||
        frame->kind == FL_SESSION_REFUSE || frame->nonce == session->nonce_refused) {
        return;
    }
    session->nonce_refused = frame->nonce;
    struct fl_session_frame *answer = fl_machine_send(session, FL_SESSION_REFUSE);

    answer->nonce = frame->nonce;
    answer->receiver_incarnation = frame->sender_incarnation;
    answer->reason = FL_SESSION_UNKNOWN_SESSION;
    fl_machine_report(session, FL_SESSION_FOREIGN, 0);
}

static bool is_of_this_session(
    const struct fl_session *session,
    const struct fl_session_frame *frame)
{
    return fl_machine_is_live(session) &&
           fl_uuid_equal(frame->sender_incarnation, session->peer_incarnation) &&
           fl_uuid_equal(frame->receiver_incarnation, session->own.incarnation);
}

static void on_live_frame(
    struct fl_session *session,
    const struct fl_session_frame *frame)
{
    if (session->state == FL_SESSION_ROUND) {
        session->due_ms = session->now_ms + session->options.limits.progress_timeout_ms;
    }
    switch (frame->kind) {
    case FL_SESSION_SYNC:
        fl_round_on_sync(session, frame);
        return;
    case FL_SESSION_DONE:
        fl_round_on_done(session, frame);
        return;
    case FL_SESSION_MESSAGE:
        fl_incoming_on_message(session, frame);
        return;
    case FL_SESSION_CHUNK:
        fl_incoming_on_chunk(session, frame);
        return;
    case FL_SESSION_CONFIRM:
        fl_outgoing_on_confirm(session, &frame->confirmed);
        return;
    case FL_SESSION_CREDIT:
        if (frame->credit > session->outgoing.credit_granted) {
            session->outgoing.credit_granted = frame->credit;
        }
        return;
    case FL_SESSION_HELLO:
    case FL_SESSION_WELCOME:
    case FL_SESSION_REFUSE:
        break;
    }
    session->counters.unexpected++;
}

static void on_frame(struct fl_session *session, const struct fl_session_frame *frame)
{
    if (!session->connected) {
        session->counters.unexpected++;
    } else if (frame->kind == FL_SESSION_HELLO) {
        fl_greeting_on_hello(session, frame);
    } else if (frame->nonce != session->nonce) {
        on_foreign(session, frame);
    } else if (frame->kind == FL_SESSION_REFUSE) {
        on_refuse(session, frame);
    } else if (frame->kind == FL_SESSION_WELCOME) {
        fl_greeting_on_welcome(session, frame);
    } else if (is_of_this_session(session, frame)) {
        on_live_frame(session, frame);
    } else {
        on_foreign(session, frame);
    }
}

/* -- events -- */

static void on_connected(struct fl_session *session)
{
    session->connected = true;
    session->hellos = 0;
    fl_machine_tell(session, "is connected", 0, 0);
    fl_greeting_restart(session);
}

static void on_disconnected(struct fl_session *session)
{
    session->connected = false;
    fl_machine_tell(session, "is disconnected", 0, 0);
    fl_greeting_offline(session);
}

static void on_tick(struct fl_session *session)
{
    if (session->now_ms >= session->due_ms) {
        fl_greeting_on_due(session);
    }
}

static void on_build_failed(struct fl_session *session, const char *text)
{
    fl_outgoing_on_nothing(session, 0);
    if (fl_machine_is_live(session)) {
        fl_greeting_refuse(session, FL_SESSION_CANNOT_SEND, text);
    }
}

static void on_event(struct fl_session *session, const struct fl_session_event *event)
{
    switch (event->kind) {
    case FL_SESSION_CONNECTED:
        on_connected(session);
        return;
    case FL_SESSION_DISCONNECTED:
        on_disconnected(session);
        return;
    case FL_SESSION_TICK:
        on_tick(session);
        return;
    case FL_SESSION_SYNC_WANTED:
        fl_round_on_wanted(session);
        return;
    case FL_SESSION_WINDOW_CLOSED:
        fl_round_on_window_closed(session);
        return;
    case FL_SESSION_CHANGED:
        fl_round_on_changed(session);
        return;
    case FL_SESSION_FRAME:
        on_frame(session, event->frame);
        return;
    case FL_SESSION_POSITION_FOUND:
    case FL_SESSION_POSITION_FORGOTTEN:
    case FL_SESSION_POSITION_UNKNOWN:
        fl_greeting_on_position(session, event);
        return;
    case FL_SESSION_BUILT:
        fl_outgoing_on_built(session, &event->built);
        return;
    case FL_SESSION_NOTHING_TO_SEND:
        fl_outgoing_on_nothing(session, event->lsn);
        return;
    case FL_SESSION_BUILD_FAILED:
        on_build_failed(session, event->text);
        return;
    case FL_SESSION_APPLIED:
        fl_incoming_on_applied(session, event->number);
        return;
    case FL_SESSION_APPLY_REFUSED:
        fl_incoming_on_apply_refused(session, event->number, event->text);
        return;
    case FL_SESSION_STAGED:
        fl_incoming_on_staged(session, event->number, event->chunks);
        return;
    case FL_SESSION_PEER_REGISTERED:
        fl_greeting_on_registered(session);
        return;
    case FL_SESSION_PEER_REFUSED:
        fl_greeting_on_peer_refused(session, event->reason, event->text);
        return;
    case FL_SESSION_RENEWED:
        fl_greeting_on_renewed(session, event->incarnation);
        return;
    }
}

void fl_session_step(
    struct fl_session *session,
    const struct fl_session_event *event,
    struct fl_session_actions *out_actions)
{
    out_actions->count = 0;
    session->actions = out_actions;
    session->now_ms = event->now_ms;
    on_event(session, event);
    fl_greeting_settle(session);
    fl_round_advance(session);
    session->actions = NULL;
}

/* -- looking in -- */

uint64_t fl_session_due_ms(const struct fl_session *session)
{
    return fl_outgoing_is_ready(session) ? session->now_ms : session->due_ms;
}

bool fl_session_head(const struct fl_session *session, struct fl_session_head *out_head)
{
    if (!fl_machine_is_live(session)) {
        return false;
    }
    *out_head = (struct fl_session_head){
        .nonce = session->nonce,
        .own_incarnation = session->own.incarnation,
        .peer_incarnation = session->peer_incarnation,
    };
    return true;
}

enum fl_session_state fl_session_state(const struct fl_session *session)
{
    return session->state;
}

bool fl_session_is_window_open(const struct fl_session *session)
{
    return session->window_open;
}

struct fl_session_position fl_session_received(const struct fl_session *session)
{
    return session->incoming.position;
}

struct fl_session_position fl_session_confirmed(const struct fl_session *session)
{
    return session->outgoing.confirmed;
}

const struct fl_session_counters *fl_session_counters(const struct fl_session *session)
{
    return &session->counters;
}
