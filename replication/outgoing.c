/*
 * Our stream: what is registered for the peer, as numbered messages, each on the base of
 * the one before it. Several are in flight; each goes out behind the one before it, its
 * header right ahead of its chunks, and those as the peer gives credit: a header that is
 * there early is lost with the line. Only what is confirmed is forgotten, and what is
 * confirmed was presented or signed by the peer, never assumed.
 */

#include "machine.h"

#include <string.h>

static void mark(struct fl_outgoing *outgoing, uint64_t number, uint64_t lsn)
{
    if (outgoing->mark_count == FL_MACHINE_MARKS) {
        memmove(
            outgoing->marks, outgoing->marks + 1,
            (FL_MACHINE_MARKS - 1) * sizeof(outgoing->marks[0]));
        outgoing->mark_count--;
    }
    outgoing->marks[outgoing->mark_count].number = number;
    outgoing->marks[outgoing->mark_count].lsn = lsn;
    outgoing->mark_count++;
}

bool fl_outgoing_lsn_of(
    const struct fl_session *session,
    uint64_t number,
    uint64_t *out_lsn)
{
    const struct fl_outgoing *outgoing = &session->outgoing;

    for (size_t i = outgoing->mark_count; i > 0; i--) {
        if (outgoing->marks[i - 1].number == number) {
            *out_lsn = outgoing->marks[i - 1].lsn;
            return true;
        }
    }
    return false;
}

static void record_confirmed(struct fl_session *session, struct fl_uuid incarnation)
{
    const struct fl_outgoing *outgoing = &session->outgoing;
    struct fl_session_action *action =
        fl_machine_act(session, FL_SESSION_RECORD_CONFIRMED);

    action->position = outgoing->confirmed;
    action->position.incarnation = incarnation;
    action->number = outgoing->confirmed.number;
    action->lsn = outgoing->confirmed_lsn;
    action->confirmed = outgoing->shown;
}

void fl_outgoing_begin(
    struct fl_session *session,
    const struct fl_session_position *base,
    uint64_t lsn)
{
    struct fl_outgoing *outgoing = &session->outgoing;
    uint64_t before = outgoing->confirmed.number;
    struct fl_session_position shown = outgoing->shown;

    FL_ASSERT(!outgoing->building);
    FL_ASSERT(outgoing->flight_count == 0);
    *outgoing = (struct fl_outgoing){
        .confirmed = *base,
        .confirmed_lsn = lsn,
        .shown = shown,
        .scan_lsn = lsn,
    };
    outgoing->confirmed.incarnation = session->own.incarnation;
    mark(outgoing, base->number, lsn);
    if (base->number < before) {
        fl_machine_report(session, FL_SESSION_POSITION_BACK, base->number);
        fl_machine_tell(
            session, "goes back from message % to message %", before, base->number);
    }
    record_confirmed(session, session->greeting.position.incarnation);
}

void fl_outgoing_abandon(struct fl_session *session)
{
    struct fl_outgoing *outgoing = &session->outgoing;

    if (outgoing->flight_count > 0) {
        struct fl_session_action *action = fl_machine_act(session, FL_SESSION_FORGET);

        action->number = outgoing->flight[0].message.number;
        action->number_last = outgoing->flight[outgoing->flight_count - 1].message.number;
        outgoing->flight_count = 0;
    }
}

bool fl_outgoing_is_done(const struct fl_session *session)
{
    const struct fl_outgoing *outgoing = &session->outgoing;

    return outgoing->exhausted && !outgoing->building && outgoing->flight_count == 0;
}

static bool is_sent(const struct fl_outgoing_message *each)
{
    return each->head_sent && each->chunk_next == each->message.chunk_count;
}

/* The first in flight of which not all is sent. */
static size_t find_unsent(const struct fl_outgoing *outgoing)
{
    size_t i = 0;

    while (i < outgoing->flight_count && is_sent(&outgoing->flight[i])) {
        i++;
    }
    return i;
}

/* The last byte of credit admits a whole chunk: a chunk larger than it would never go. */
static bool may_go(const struct fl_outgoing *outgoing, size_t i)
{
    return i < outgoing->flight_count &&
           (!outgoing->flight[i].head_sent ||
            outgoing->credit_used < outgoing->credit_granted);
}

bool fl_outgoing_is_ready(const struct fl_session *session)
{
    const struct fl_outgoing *outgoing = &session->outgoing;

    return session->state == FL_SESSION_ROUND && may_go(outgoing, find_unsent(outgoing));
}

static void send_head(struct fl_session *session, struct fl_outgoing_message *each)
{
    struct fl_session_action *action =
        fl_machine_act_frame(session, FL_SESSION_SEND_MESSAGE, FL_SESSION_MESSAGE);

    action->number = each->message.number;
    action->frame.message = each->message;
    action->frame.acknowledged = each->acknowledged;
    each->head_sent = true;
}

static void send_chunk(struct fl_session *session, struct fl_outgoing_message *each)
{
    struct fl_session_action *action =
        fl_machine_act_frame(session, FL_SESSION_SEND_CHUNK, FL_SESSION_CHUNK);

    action->number = each->message.number;
    action->index = each->chunk_next;
    action->frame.chunk_number = action->number;
    action->frame.chunk_index = action->index;
    session->outgoing.credit_used +=
        fl_machine_cost(&each->message, each->chunk_next, each->chunk_next + 1);
    each->chunk_next++;
}

static void send_some(struct fl_session *session)
{
    struct fl_outgoing *outgoing = &session->outgoing;

    for (int budget = FL_SESSION_CHUNKS_PER_STEP; budget > 0; budget--) {
        size_t i = find_unsent(outgoing);

        if (!may_go(outgoing, i)) {
            return;
        }
        if (outgoing->flight[i].head_sent) {
            send_chunk(session, &outgoing->flight[i]);
        } else {
            send_head(session, &outgoing->flight[i]);
        }
    }
}

static struct fl_session_position tail(const struct fl_session *session)
{
    const struct fl_outgoing *outgoing = &session->outgoing;
    struct fl_session_position position = outgoing->confirmed;

    if (outgoing->flight_count > 0) {
        const struct fl_session_message *last =
            &outgoing->flight[outgoing->flight_count - 1].message;

        position.number = last->number;
        position.hash = last->hash;
    }
    return position;
}

static void ask_to_build(struct fl_session *session)
{
    struct fl_outgoing *outgoing = &session->outgoing;
    struct fl_session_action *action = fl_machine_act(session, FL_SESSION_BUILD);

    action->position = tail(session);
    action->lsn = outgoing->scan_lsn;
    action->staged = outgoing->resume;
    outgoing->building = true;
    outgoing->changed = false;
}

/* What was built waits for credit: another message would only take memory meanwhile. */
static bool is_held_up(const struct fl_outgoing *outgoing)
{
    return find_unsent(outgoing) < outgoing->flight_count &&
           outgoing->credit_used >= outgoing->credit_granted;
}

void fl_outgoing_advance(struct fl_session *session)
{
    struct fl_outgoing *outgoing = &session->outgoing;

    if (session->state != FL_SESSION_ROUND) {
        return;
    }
    send_some(session);
    if (!session->own_done && !outgoing->building && !outgoing->exhausted &&
        outgoing->flight_count < session->options.limits.messages_in_flight &&
        !is_held_up(outgoing)) {
        ask_to_build(session);
    }
}

/* The chunks of the message that the peer has already, when this is that message. */
static uint32_t chunks_held(
    struct fl_session *session,
    const struct fl_session_message *message)
{
    struct fl_session_staged held = session->outgoing.resume;

    session->outgoing.resume = (struct fl_session_staged){.number = 0};
    if (held.number != message->number || held.chunks > message->chunk_count ||
        !fl_machine_hash_equal(&held.hash, &message->hash)) {
        return 0;
    }
    fl_machine_report(session, FL_SESSION_RESUMED, message->number)->index = held.chunks;
    fl_machine_tell(
        session, "resumes message % behind % chunks", message->number, held.chunks);
    return held.chunks;
}

static void put_in_flight(
    struct fl_session *session,
    const struct fl_session_built *built)
{
    struct fl_outgoing *outgoing = &session->outgoing;
    const struct fl_session_message *message = &built->message;
    struct fl_session_position base = tail(session);

    FL_ASSERT(outgoing->flight_count < FL_MESSAGES_IN_FLIGHT_MAX);
    FL_ASSERT(message->number > base.number);
    FL_ASSERT(message->base_number == base.number);
    FL_ASSERT(fl_machine_hash_equal(&message->base_hash, &base.hash));
    FL_ASSERT(message->chunk_count <= FL_CHUNKS_MAX);
    struct fl_outgoing_message *each = &outgoing->flight[outgoing->flight_count];

    each->message = *message;
    each->lsn_to = built->lsn_to;
    each->acknowledged = session->incoming.position.number;
    each->head_sent = false;
    each->chunk_next = chunks_held(session, message);
    outgoing->flight_count++;
}

void fl_outgoing_on_built(
    struct fl_session *session,
    const struct fl_session_built *built)
{
    struct fl_outgoing *outgoing = &session->outgoing;
    uint64_t number = built->message.number;
    bool asked_to_resume = outgoing->resume.number > 0;

    FL_ASSERT(outgoing->building);
    outgoing->building = false;
    if (session->state != FL_SESSION_ROUND) { /* its session is over */
        struct fl_session_action *action = fl_machine_act(session, FL_SESSION_FORGET);

        action->number = number;
        action->number_last = number;
        return;
    }
    fl_round_announce(session, /* done= */ false);
    put_in_flight(session, built);
    mark(outgoing, number, built->lsn_to);
    outgoing->scan_lsn = built->lsn_to;
    /* A message that is resumed ended the series of its own time, not of ours. */
    outgoing->exhausted =
        built->message.series_end && !outgoing->changed && !asked_to_resume;
    fl_machine_tell(
        session, "sends message % in % chunks", number, built->message.chunk_count);
}

void fl_outgoing_on_nothing(struct fl_session *session, uint64_t lsn)
{
    struct fl_outgoing *outgoing = &session->outgoing;

    FL_ASSERT(outgoing->building);
    outgoing->building = false;
    if (session->state == FL_SESSION_ROUND) {
        outgoing->exhausted = !outgoing->changed;
        if (lsn > outgoing->scan_lsn) {
            outgoing->scan_lsn = lsn;
        }
    }
}

/* How many messages in flight a confirmation covers: it speaks for all before it too. */
static size_t covered(
    const struct fl_outgoing *outgoing,
    const struct fl_session_position *confirmed)
{
    for (size_t i = 0; i < outgoing->flight_count; i++) {
        const struct fl_session_message *message = &outgoing->flight[i].message;

        if (message->number == confirmed->number &&
            fl_machine_hash_equal(&message->hash, &confirmed->hash)) {
            return i + 1;
        }
    }
    return 0;
}

void fl_outgoing_on_confirm(
    struct fl_session *session,
    const struct fl_session_position *confirmed)
{
    struct fl_outgoing *outgoing = &session->outgoing;
    size_t count = covered(outgoing, confirmed);

    if (count == 0 || !fl_uuid_equal(confirmed->incarnation, session->own.incarnation)) {
        session->counters.stale_confirmations++;
        fl_machine_report(session, FL_SESSION_STALE_CONFIRMATION, confirmed->number);
        return;
    }
    struct fl_session_action *action = fl_machine_act(session, FL_SESSION_FORGET);

    action->number = outgoing->flight[0].message.number;
    action->number_last = confirmed->number;
    outgoing->confirmed = *confirmed;
    outgoing->confirmed_lsn = outgoing->flight[count - 1].lsn_to;
    outgoing->shown = *confirmed;
    outgoing->shown.life = session->peer_life;
    outgoing->flight_count -= count;
    memmove(
        outgoing->flight, outgoing->flight + count,
        outgoing->flight_count * sizeof(outgoing->flight[0]));
    session->counters.messages_sent += count;
    session->round_sent += count;
    fl_machine_tell(session, "message % is confirmed", confirmed->number, 0);
    record_confirmed(session, session->own.incarnation);
}
