/*
 * A round: both sides send what is registered for the other until nothing is left and
 * everything is confirmed. The child numbers rounds and begins them with SYNC, which says
 * too when it has nothing itself; with nothing on either side a round is SYNC and DONE.
 * A parent that has something new asks for a round with SYNC of round 0.
 */

#include "machine.h"

static void touch(struct fl_session *session)
{
    session->due_ms = session->now_ms + session->options.limits.progress_timeout_ms;
}

static void begin(struct fl_session *session, uint64_t round, bool peer_done)
{
    session->round = round;
    session->round_told = false;
    session->own_done = false;
    session->peer_done = peer_done;
    session->nudged = false;
    session->round_sent = 0;
    session->round_received = 0;
    session->outgoing.exhausted = false;
    if (session->state != FL_SESSION_ROUND) {
        fl_machine_move(session, FL_SESSION_ROUND);
    }
    fl_machine_tell(session, "begins round %", round, 0);
    touch(session);
}

/* Something is there to be sent and no round is going on. */
static void want_round(struct fl_session *session)
{
    if (session->options.role == FL_SESSION_CHILD) {
        if (session->window_open) {
            begin(session, session->round + 1, /* peer_done= */ false);
        }
    } else if (!session->nudged) {
        session->nudged = true;
        fl_machine_send(session, FL_SESSION_SYNC)->round = 0;
        fl_machine_tell(session, "asks for a round", 0, 0);
    }
}

void fl_round_on_wanted(struct fl_session *session)
{
    session->window_open = true;
    session->outgoing.exhausted = false;
    if (session->state == FL_SESSION_IDLE) {
        want_round(session);
    }
}

void fl_round_on_window_closed(struct fl_session *session)
{
    session->window_open = false;
    if (session->state == FL_SESSION_ROUND) {
        fl_greeting_refuse(session, FL_SESSION_WINDOW, "the window is closed");
    }
}

void fl_round_on_changed(struct fl_session *session)
{
    session->outgoing.exhausted = false;
    session->outgoing.changed = true;
    if (session->state == FL_SESSION_IDLE) {
        want_round(session);
    }
}

void fl_round_on_greeted(struct fl_session *session)
{
    session->round = 0;
    session->nudged = false;
    if (session->options.role == FL_SESSION_CHILD) {
        want_round(session);
    }
}

static void child_on_sync(struct fl_session *session)
{
    if (session->state == FL_SESSION_IDLE) {
        want_round(session);
    } else if (session->own_done) {
        session->outgoing.exhausted = false; /* another round after this one */
    }
}

void fl_round_on_sync(struct fl_session *session, const struct fl_session_frame *frame)
{
    if (session->options.role == FL_SESSION_CHILD) {
        child_on_sync(session);
    } else if (frame->round > session->round) {
        begin(session, frame->round, frame->done);
    } else if (
        frame->round == session->round && session->own_done &&
        session->state == FL_SESSION_IDLE) {
        fl_machine_send(session, FL_SESSION_DONE)->round = session->round;
    }
}

void fl_round_on_done(struct fl_session *session, const struct fl_session_frame *frame)
{
    if (session->state == FL_SESSION_ROUND && frame->round == session->round) {
        session->peer_done = true;
    }
}

void fl_round_announce(struct fl_session *session, bool done)
{
    if (session->options.role != FL_SESSION_CHILD || session->round_told) {
        return;
    }
    struct fl_session_frame *frame = fl_machine_send(session, FL_SESSION_SYNC);

    frame->round = session->round;
    frame->done = done;
    session->round_told = true;
}

static void say_done(struct fl_session *session)
{
    session->own_done = true;
    if (session->options.role == FL_SESSION_CHILD && !session->round_told) {
        fl_machine_tell(session, "has nothing to send", 0, 0);
        fl_round_announce(session, /* done= */ true);
        return;
    }
    fl_machine_tell(session, "has nothing more to send", 0, 0);
    fl_machine_send(session, FL_SESSION_DONE)->round = session->round;
}

static void finish(struct fl_session *session)
{
    struct fl_session_action *action = fl_machine_act(session, FL_SESSION_ROUND_DONE);

    action->sent = session->round_sent;
    action->received = session->round_received;
    session->counters.rounds++;
    session->due_ms = UINT64_MAX;
    fl_machine_move(session, FL_SESSION_IDLE);
    fl_machine_tell(
        session, "ends the round: % sent, % received", action->sent, action->received);
    if (!session->outgoing.exhausted) {
        want_round(session);
    }
}

void fl_round_advance(struct fl_session *session)
{
    if (session->state != FL_SESSION_ROUND) {
        return;
    }
    fl_outgoing_advance(session);
    if (!session->own_done && fl_outgoing_is_done(session)) {
        say_done(session);
    }
    if (session->own_done && session->peer_done) {
        finish(session);
        fl_outgoing_advance(session); /* the next round may have begun */
    }
}
