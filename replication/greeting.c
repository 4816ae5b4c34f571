/*
 * Two nodes find out who they are and where they stand. The child says hello, the parent
 * welcomes; both present their position in the other's stream, and each looks for what
 * the other presents in its own chain:
 *
 *   found       serve from there;
 *   forgotten   older than what is remembered: serve everything, on the base presented;
 *   unknown     not ours, so we were restored: a new incarnation;
 *   found, but below what it confirmed once: the peer was restored and is told so;
 *   of an earlier incarnation of ours: the new stream begins where that one was found,
 *               or at what was confirmed, or at the beginning of the journal.
 *
 * A greeting waits until the node has answered what an earlier session asked, so that
 * the position presented is final. An incarnation of the peer that the node has not
 * registered is registered first: nothing may be judged before that.
 */

#include "machine.h"

#include <string.h>

static void wait_for_ever(struct fl_session *session)
{
    session->due_ms = UINT64_MAX;
}

static void give_up_session(struct fl_session *session)
{
    fl_outgoing_abandon(session);
    fl_incoming_abandon(session);
    wait_for_ever(session);
}

void fl_greeting_restart(struct fl_session *session)
{
    give_up_session(session);
    if (session->state != FL_SESSION_SETTLING) {
        fl_machine_move(session, FL_SESSION_SETTLING);
    }
}

void fl_greeting_offline(struct fl_session *session)
{
    give_up_session(session);
    session->greeting_waits = false;
    if (session->state != FL_SESSION_OFFLINE) {
        fl_machine_move(session, FL_SESSION_OFFLINE);
    }
}

void fl_greeting_close(
    struct fl_session *session,
    enum fl_session_reason reason,
    const char *text)
{
    give_up_session(session);
    session->greeting_waits = false;
    struct fl_session_action *action = fl_machine_act(session, FL_SESSION_CLOSE);

    action->reason = reason;
    action->text = text;
    if (session->state != FL_SESSION_CLOSED) {
        fl_machine_move(session, FL_SESSION_CLOSED);
    }
}

static void put_reason(
    struct fl_session_frame *frame,
    enum fl_session_reason reason,
    const char *text)
{
    size_t size = text ? strlen(text) : 0;

    if (size > sizeof(frame->reason_text) - 1) {
        size = sizeof(frame->reason_text) - 1;
    }
    frame->reason = reason;
    if (size > 0) {
        memcpy(frame->reason_text, text, size);
    }
}

void fl_greeting_refuse(
    struct fl_session *session,
    enum fl_session_reason reason,
    const char *text)
{
    put_reason(fl_machine_send(session, FL_SESSION_REFUSE), reason, text);
    struct fl_session_action *report =
        fl_machine_report(session, FL_SESSION_REFUSED_BY_US, 0);

    report->reason = reason;
    report->text = text;
    fl_trace_tell_text(
        &session->options.trace, "refuses", text ? text : fl_session_reason_name(reason));
    fl_greeting_close(session, reason, text);
}

void fl_greeting_again(struct fl_session *session)
{
    if (session->options.role == FL_SESSION_PARENT) {
        put_reason(
            fl_machine_send(session, FL_SESSION_REFUSE), FL_SESSION_UNKNOWN_SESSION,
            "greet again");
    }
    fl_greeting_restart(session);
}

/* -- saying -- */

/*
 * What we hold of the stream of `incarnation`; nothing yet: of the one applied last, in
 * which a peer that renewed its incarnation may find a place to begin.
 */
static void fill_greeting(
    struct fl_session *session,
    struct fl_uuid incarnation,
    struct fl_session_greeting *greeting)
{
    const struct fl_incoming *incoming = &session->incoming;
    struct fl_session_position position = fl_incoming_position(session, incarnation);

    if (position.number == 0 && incoming->position_count > 0) {
        position = incoming->positions[incoming->position_count - 1];
    }
    greeting->who = session->own;
    greeting->position = position;
    greeting->credit = incoming->window;
    greeting->life = session->options.life;
    greeting->confirmed = session->outgoing.shown;
    if (incoming->staged.number > 0 &&
        fl_uuid_equal(incoming->staged.incarnation, incarnation)) {
        greeting->staged = incoming->staged;
    }
    session->presented = position;
}

static uint64_t retry_after_ms(struct fl_session *session)
{
    uint32_t shift = session->hellos < FL_MACHINE_BACKOFF_SHIFT_MAX
                         ? session->hellos
                         : FL_MACHINE_BACKOFF_SHIFT_MAX;
    uint64_t whole = session->options.limits.hello_retry_ms << shift;

    return whole / 2 +
           fl_machine_draw(session) % (whole + 1); /* half to one and a half */
}

static void say_hello(struct fl_session *session)
{
    session->peer_incarnation = session->registered_incarnation;
    struct fl_session_frame *frame = fl_machine_send(session, FL_SESSION_HELLO);

    fill_greeting(session, session->registered_incarnation, &frame->greeting);
    fl_machine_tell(
        session, "says hello, has % of the peer's messages",
        frame->greeting.position.number, 0);
    session->due_ms = session->now_ms + retry_after_ms(session);
    session->hellos++;
}

static void say_welcome(struct fl_session *session)
{
    struct fl_session_frame *frame = fl_machine_send(session, FL_SESSION_WELCOME);

    fill_greeting(session, session->peer_incarnation, &frame->greeting);
    fl_machine_tell(
        session, "welcomes, has % of the peer's messages",
        frame->greeting.position.number, 0);
}

/* -- looking at what the peer said -- */

static void become_idle(
    struct fl_session *session,
    const struct fl_session_position *base,
    uint64_t lsn)
{
    const struct fl_session_greeting *greeting = &session->greeting;

    session->peer_life = greeting->life;
    if (session->found) { /* the peer has it, in its present life */
        session->outgoing.shown = greeting->position;
        session->outgoing.shown.life = greeting->life;
    }
    fl_incoming_begin(session, session->peer_incarnation);
    fl_outgoing_begin(session, base, lsn);
    session->outgoing.credit_granted = greeting->credit;
    if (fl_uuid_equal(greeting->staged.incarnation, session->own.incarnation) &&
        greeting->staged.number > base->number) {
        session->outgoing.resume = greeting->staged;
    }
    session->hellos = 0;
    wait_for_ever(session);
    fl_machine_move(session, FL_SESSION_IDLE);
    fl_machine_report(session, FL_SESSION_GREETED, 0);
    if (session->options.role == FL_SESSION_PARENT) {
        say_welcome(session);
    }
    fl_round_on_greeted(session);
}

/* What was confirmed by an incarnation that we had before is void already. */
static void seek(struct fl_session *session)
{
    struct fl_session_action *action = fl_machine_act(session, FL_SESSION_LOOKUP);

    action->position = session->greeting.position;
    if (fl_uuid_equal(session->greeted, session->own.incarnation)) {
        action->confirmed = session->greeting.confirmed;
    }
    session->looking = true;
    fl_machine_move(session, FL_SESSION_SEEKING);
}

/*
 * Hello was said to an earlier incarnation of the parent, and we have a place in the
 * stream of this one: the parent must hear it.
 */
static bool presented_another(const struct fl_session *session)
{
    return session->options.role == FL_SESSION_CHILD &&
           !fl_uuid_equal(session->presented.incarnation, session->peer_incarnation) &&
           fl_incoming_position(session, session->peer_incarnation).number > 0;
}

static void meet(struct fl_session *session)
{
    session->peer_incarnation = session->greeting.who.incarnation;
    if (fl_uuid_equal(session->peer_incarnation, session->registered_incarnation)) {
        seek(session);
        return;
    }
    if (fl_incoming_knows(session, session->peer_incarnation)) {
        fl_machine_report(session, FL_SESSION_RETURNED, 0);
        fl_machine_tell(session, "meets an incarnation that was replaced", 0, 0);
    }
    fl_machine_act(session, FL_SESSION_PEER_RENEWED)->position.incarnation =
        session->peer_incarnation;
    session->meeting = true;
    fl_machine_move(session, FL_SESSION_MEETING);
}

void fl_greeting_on_registered(struct fl_session *session)
{
    session->meeting = false;
    session->registered_incarnation = session->peer_incarnation;
    session->outgoing.shown = (struct fl_session_position){.number = 0};
    if (session->state != FL_SESSION_MEETING) {
        return;
    }
    fl_machine_tell(session, "has registered the peer's incarnation", 0, 0);
    if (presented_another(session)) {
        fl_greeting_restart(session);
    } else {
        seek(session);
    }
}

void fl_greeting_on_peer_refused(
    struct fl_session *session,
    enum fl_session_reason reason,
    const char *text)
{
    session->meeting = false;
    if (session->state == FL_SESSION_MEETING) {
        fl_greeting_refuse(
            session, reason ? reason : FL_SESSION_PEER_NOT_ACCEPTED,
            text ? text : "this incarnation is not admitted here");
    }
}

static void renew(struct fl_session *session, uint64_t number, uint64_t lsn)
{
    fl_machine_report(session, FL_SESSION_RESTORED, number);
    fl_machine_act(session, FL_SESSION_RENEW_INCARNATION);
    session->renewing = true;
    session->renew_lsn = lsn;
    fl_machine_move(session, FL_SESSION_RENEWING);
}

/*
 * The peer once confirmed more than it presents. It may not see that by itself: the chain
 * that we hold is whole. Only under a new incarnation do others know what to give back.
 */
static void tell_rolled_back(struct fl_session *session, uint64_t confirmed)
{
    fl_machine_tell(
        session, "the peer confirmed message % and has % now: it was restored", confirmed,
        session->greeting.position.number);
    fl_machine_report(
        session, FL_SESSION_POSITION_BACK, session->greeting.position.number);
    put_reason(
        fl_machine_send(session, FL_SESSION_REFUSE), FL_SESSION_ROLLED_BACK,
        "you hold less than you have confirmed");
    fl_greeting_restart(session);
}

void fl_greeting_on_rolled_back(struct fl_session *session)
{
    fl_machine_tell(session, "hears that it was restored", 0, 0);
    fl_machine_report(session, FL_SESSION_RESTORED, 0);
    fl_machine_act(session, FL_SESSION_RENEW_INCARNATION);
    session->renewing = true;
    fl_greeting_restart(session);
}

void fl_greeting_on_position(
    struct fl_session *session,
    const struct fl_session_event *event)
{
    struct fl_session_position base = session->greeting.position;

    session->looking = false;
    if (session->state != FL_SESSION_SEEKING) {
        return;
    }
    bool ours = fl_uuid_equal(base.incarnation, session->own.incarnation);

    session->found = event->kind != FL_SESSION_POSITION_UNKNOWN;
    if (!session->found && ours) {
        fl_machine_tell(
            session, "does not know its message %: it was restored", base.number, 0);
        renew(session, base.number, event->lsn);
        return;
    }
    if (!ours) {
        base = (struct fl_session_position){.number = 0};
    }
    if (session->found && event->number > base.number) {
        tell_rolled_back(session, event->number);
        return;
    }
    if (event->denied) {
        uint64_t number = session->greeting.confirmed.number;

        fl_machine_tell(
            session, "has confirmed message % and does not know it: it was restored",
            number, 0);
        renew(session, number, event->lsn);
        return;
    }
    become_idle(
        session, &base, event->kind == FL_SESSION_POSITION_FORGOTTEN ? 0 : event->lsn);
}

void fl_greeting_on_renewed(struct fl_session *session, struct fl_uuid incarnation)
{
    bool asked = session->renewing;

    session->renewing = false;
    if (fl_uuid_equal(incarnation, session->own.incarnation)) {
        return;
    }
    session->own.incarnation = incarnation;
    session->outgoing.confirmed = (struct fl_session_position){.number = 0};
    fl_machine_tell(session, "has a new incarnation", 0, 0);
    if (session->state == FL_SESSION_OFFLINE || session->state == FL_SESSION_CLOSED) {
        return;
    }
    if (asked && session->state == FL_SESSION_RENEWING &&
        session->options.role == FL_SESSION_PARENT) {
        become_idle(
            session, &(struct fl_session_position){.number = 0}, session->renew_lsn);
    } else if (fl_machine_is_live(session)) {
        fl_greeting_again(session);
    } else if (!session->greeting_waits) {
        fl_greeting_restart(session);
    }
}

/* -- hearing -- */

static bool ranks_fit(enum fl_session_rank a, enum fl_session_rank b)
{
    return a == FL_SESSION_EQUAL   ? b == FL_SESSION_EQUAL
           : a == FL_SESSION_ABOVE ? b == FL_SESSION_BELOW
                                   : b == FL_SESSION_ABOVE;
}

static enum fl_session_reason disagreement(
    const struct fl_session *session,
    const struct fl_session_identity *peer)
{
    const struct fl_session_identity *own = &session->own;

    if (!fl_uuid_equal(peer->installation, own->installation)) {
        return FL_SESSION_OTHER_INSTALLATION;
    }
    if (memcmp(peer->plan, own->plan, sizeof(own->plan)) != 0) {
        return FL_SESSION_OTHER_PLAN;
    }
    if (!fl_uuid_equal(peer->node, session->options.peer_node)) {
        return FL_SESSION_OTHER_NODE;
    }
    if (!ranks_fit(own->rank, peer->rank)) {
        return FL_SESSION_OTHER_RANK;
    }
    return FL_SESSION_REASON_NONE;
}

static const char *disagreement_text(enum fl_session_reason reason)
{
    if (reason == FL_SESSION_OTHER_INSTALLATION) {
        return "the nodes belong to different installations";
    }
    if (reason == FL_SESSION_OTHER_PLAN) {
        return "the nodes speak of different exchange plans";
    }
    if (reason == FL_SESSION_OTHER_RANK) {
        return "both nodes hold themselves for the parent, or for the child";
    }
    if (reason == FL_SESSION_OTHER_NODE) {
        return "this connection belongs to another node";
    }
    return "the configurations differ: load the same one on both sides";
}

static bool is_agreed(
    struct fl_session *session,
    const struct fl_session_identity *peer,
    uint64_t nonce)
{
    enum fl_session_reason reason = disagreement(session, peer);

    if (reason == FL_SESSION_REASON_NONE) {
        return true;
    }
    session->nonce = nonce;
    session->peer_incarnation = peer->incarnation;
    fl_greeting_refuse(session, reason, disagreement_text(reason));
    return false;
}

/* Of the same process of the peer, but said before what we have heard already. */
static bool is_older(uint64_t nonce, uint64_t than)
{
    return nonce >> FL_MACHINE_NONCE_COUNTER_BITS ==
               than >> FL_MACHINE_NONCE_COUNTER_BITS &&
           nonce < than;
}

static bool is_being_answered(const struct fl_session *session, uint64_t nonce)
{
    if (session->greeting_waits) {
        return nonce == session->greeting_nonce;
    }
    return nonce == session->nonce && (session->state == FL_SESSION_MEETING ||
                                       session->state == FL_SESSION_SEEKING ||
                                       session->state == FL_SESSION_RENEWING);
}

void fl_greeting_on_hello(
    struct fl_session *session,
    const struct fl_session_frame *frame)
{
    uint64_t newest = session->greeting_waits ? session->greeting_nonce : session->nonce;

    if (session->options.role != FL_SESSION_PARENT) {
        session->counters.unexpected++;
        return;
    }
    if (is_older(frame->nonce, newest)) {
        session->counters.foreign++;
        return;
    }
    if (is_being_answered(session, frame->nonce)) {
        return;
    }
    if (frame->nonce == session->nonce && fl_machine_is_live(session) &&
        fl_uuid_equal(frame->greeting.who.incarnation, session->peer_incarnation)) {
        say_welcome(session); /* the first one was lost */
        return;
    }
    if (!is_agreed(session, &frame->greeting.who, frame->nonce)) {
        return;
    }
    session->greeting = frame->greeting;
    session->greeted = frame->receiver_incarnation;
    session->greeting_nonce = frame->nonce;
    fl_greeting_restart(session);
    session->greeting_waits = true;
}

void fl_greeting_on_welcome(
    struct fl_session *session,
    const struct fl_session_frame *frame)
{
    if (session->options.role != FL_SESSION_CHILD ||
        session->state != FL_SESSION_GREETING ||
        !fl_uuid_equal(frame->receiver_incarnation, session->own.incarnation)) {
        session->counters.unexpected++;
        return;
    }
    if (!is_agreed(session, &frame->greeting.who, session->nonce)) {
        return;
    }
    session->greeting = frame->greeting;
    session->greeted = frame->receiver_incarnation;
    wait_for_ever(session);
    meet(session);
}

/* -- waiting -- */

static bool is_settled(const struct fl_session *session)
{
    return !session->looking && !session->meeting && !session->renewing &&
           !session->outgoing.building && fl_incoming_is_settled(session);
}

void fl_greeting_settle(struct fl_session *session)
{
    if (session->state != FL_SESSION_SETTLING || !is_settled(session)) {
        return;
    }
    if (session->options.role == FL_SESSION_CHILD) {
        session->nonce++;
        fl_machine_move(session, FL_SESSION_GREETING);
        say_hello(session);
    } else if (session->greeting_waits) {
        session->greeting_waits = false;
        session->nonce = session->greeting_nonce;
        meet(session);
    } else {
        fl_machine_move(session, FL_SESSION_GREETING);
    }
}

void fl_greeting_on_due(struct fl_session *session)
{
    if (session->state == FL_SESSION_GREETING) {
        if (session->hellos >= FL_MACHINE_HELLOS_MAX) {
            fl_greeting_close(session, FL_SESSION_SILENT, "the peer does not answer");
        } else {
            say_hello(session);
        }
        return;
    }
    if (!is_settled(session)) { /* it is we who are slow */
        session->due_ms = session->now_ms + session->options.limits.progress_timeout_ms;
        return;
    }
    fl_machine_tell(session, "hears nothing for too long", 0, 0);
    fl_machine_report(session, FL_SESSION_STALLED, 0);
    fl_greeting_again(session);
}
