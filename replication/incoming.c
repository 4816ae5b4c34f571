/*
 * The peer's stream: a message is taken when its base is what came before it, its chunks
 * in their order; it is applied when it is whole, and confirmed when it is applied. What
 * is not whole when the session ends is staged, so that the next one goes on there.
 *
 * Bounds: at most FL_MESSAGES_IN_FLIGHT_MAX messages wait, and what the node holds for
 * them in memory never exceeds the credit that was given by more than one chunk. A long
 * message is staged piece by piece, which gives its credit back.
 */

#include "machine.h"

#include <string.h>

/* -- positions -- */

static struct fl_session_position *find_position(
    struct fl_incoming *incoming,
    struct fl_uuid incarnation)
{
    for (size_t i = 0; i < incoming->position_count; i++) {
        if (fl_uuid_equal(incoming->positions[i].incarnation, incarnation)) {
            return &incoming->positions[i];
        }
    }
    return NULL;
}

struct fl_session_position fl_incoming_position(
    const struct fl_session *session,
    struct fl_uuid incarnation)
{
    const struct fl_incoming *incoming = &session->incoming;

    for (size_t i = 0; i < incoming->position_count; i++) {
        if (fl_uuid_equal(incoming->positions[i].incarnation, incarnation)) {
            return incoming->positions[i];
        }
    }
    return (struct fl_session_position){.incarnation = incarnation};
}

bool fl_incoming_knows(const struct fl_session *session, struct fl_uuid incarnation)
{
    return fl_incoming_position(session, incarnation).number > 0;
}

/* The newest position goes to the end; beyond the bound the oldest falls out. */
static void put_position(
    struct fl_session *session,
    const struct fl_session_position *position)
{
    struct fl_incoming *incoming = &session->incoming;
    struct fl_session_position *old = find_position(incoming, position->incarnation);
    size_t gone = old ? (size_t)(old - incoming->positions) : 0;

    if (!old && incoming->position_count < FL_POSITIONS_MAX) {
        incoming->positions[incoming->position_count++] = *position;
        return;
    }
    if (!old) {
        fl_machine_report(
            session, FL_SESSION_MANY_INCARNATIONS, incoming->position_count);
    }
    memmove(
        incoming->positions + gone, incoming->positions + gone + 1,
        (incoming->position_count - gone - 1) * sizeof(incoming->positions[0]));
    incoming->positions[incoming->position_count - 1] = *position;
}

/* -- begin and end -- */

/* Held and staged alike, whatever its hash: the node knows it by its number. */
static void drop(struct fl_session *session, uint64_t number)
{
    fl_machine_act(session, FL_SESSION_DROP)->number = number;
    if (session->incoming.staged.number == number) {
        session->incoming.staged = (struct fl_session_staged){.number = 0};
    }
}

static void drop_staged(struct fl_session *session)
{
    if (session->incoming.staged.number > 0) {
        drop(session, session->incoming.staged.number);
    }
}

void fl_incoming_begin(struct fl_session *session, struct fl_uuid incarnation)
{
    struct fl_incoming *incoming = &session->incoming;

    FL_ASSERT(incoming->queue_count == 0);
    incoming->position = fl_incoming_position(session, incarnation);
    if (!fl_uuid_equal(incoming->staged.incarnation, incarnation) ||
        incoming->staged.number <= incoming->position.number) {
        drop_staged(session);
    }
    incoming->credit_received = 0;
    incoming->credit_released = 0;
    incoming->credit_granted = incoming->window;
    incoming->granted_ms = session->now_ms;
}

static size_t applying_count(const struct fl_incoming *incoming)
{
    size_t count = 0;

    while (count < incoming->queue_count && incoming->queue[count].applying) {
        count++;
    }
    return count;
}

bool fl_incoming_is_settled(const struct fl_session *session)
{
    return applying_count(&session->incoming) == 0 &&
           session->incoming.staging.number == 0;
}

static void stage(struct fl_session *session, const struct fl_incoming_message *each)
{
    struct fl_incoming *incoming = &session->incoming;

    FL_ASSERT(incoming->staging.number == 0);
    incoming->staged_ms = session->now_ms;
    incoming->staging = (struct fl_session_staged){
        .incarnation = incoming->position.incarnation,
        .number = each->message.number,
        .hash = each->message.hash,
        .chunks = each->chunk_next,
    };
    struct fl_session_action *action = fl_machine_act(session, FL_SESSION_STAGE);

    action->number = each->message.number;
    action->staged = incoming->staging;
}

static bool is_staged(
    const struct fl_session_staged *staged,
    const struct fl_session_message *message)
{
    return staged->number == message->number &&
           fl_machine_hash_equal(&staged->hash, &message->hash);
}

static const struct fl_incoming_message *find_queued(
    const struct fl_incoming *incoming,
    const struct fl_session_staged *staged)
{
    for (size_t i = 0; i < incoming->queue_count; i++) {
        if (is_staged(staged, &incoming->queue[i].message)) {
            return &incoming->queue[i];
        }
    }
    return NULL;
}

/* It is durable as far as it came, or is just being written. */
static bool is_kept(
    const struct fl_incoming *incoming,
    const struct fl_incoming_message *each)
{
    if (incoming->staging.number == each->message.number) {
        return true;
    }
    return each->held_bytes == 0 && is_staged(&incoming->staged, &each->message);
}

/*
 * Only the first message behind those being applied can be resumed: the others rest on
 * it.
 */
void fl_incoming_abandon(struct fl_session *session)
{
    struct fl_incoming *incoming = &session->incoming;
    size_t first = applying_count(incoming);

    for (size_t i = first; i < incoming->queue_count; i++) {
        const struct fl_incoming_message *each = &incoming->queue[i];

        if (i == first && is_kept(incoming, each)) {
            continue;
        }
        if (i == first && each->held_bytes > 0 && incoming->staging.number == 0) {
            stage(session, each);
        } else {
            drop(session, each->message.number);
        }
    }
    incoming->queue_count = first;
}

/* -- credit -- */

/* The pace of grants is the pace of the line. */
static void resize_window(struct fl_session *session)
{
    const struct fl_session_limits *limits = &session->options.limits;
    struct fl_incoming *incoming = &session->incoming;
    uint64_t between_ms = session->now_ms - incoming->granted_ms;
    uint64_t least = limits->credit_first_bytes / FL_MACHINE_WINDOW_PART_MIN;

    if (limits->credit_first_bytes == 0) {
        return;
    }
    least = least > FL_MACHINE_CREDIT_BYTES_MIN ? least
                                                : (uint64_t)FL_MACHINE_CREDIT_BYTES_MIN;
    if (between_ms < FL_MACHINE_GRANT_MS_MIN) {
        incoming->window *= 2;
    } else if (between_ms > FL_MACHINE_GRANT_MS_MAX) {
        incoming->window /= 2;
    }
    if (incoming->window > limits->credit_bytes) {
        incoming->window = limits->credit_bytes;
    } else if (incoming->window < least) {
        incoming->window = least;
    }
}

/* What was granted is never taken back: a window that shrinks waits for it to be used. */
static void release(struct fl_session *session, uint64_t bytes, bool always_tell)
{
    struct fl_incoming *incoming = &session->incoming;

    incoming->credit_released += bytes;
    if (!fl_machine_is_live(session)) {
        return;
    }
    uint64_t grant = incoming->credit_released + incoming->window;

    if (grant >= incoming->credit_granted + incoming->window / FL_MACHINE_CREDIT_PART) {
        incoming->credit_granted = grant;
        resize_window(session);
        incoming->granted_ms = session->now_ms;
        fl_machine_send(session, FL_SESSION_CREDIT)->credit = grant;
    } else if (always_tell) {
        fl_machine_send(session, FL_SESSION_CREDIT)->credit = incoming->credit_granted;
    }
}

/* -- messages -- */

static void fork_found(struct fl_session *session, uint64_t number)
{
    fl_machine_report(session, FL_SESSION_FORKED, number);
    fl_machine_tell(session, "message % came with two hashes", number, 0);
    fl_greeting_refuse(
        session, FL_SESSION_FORK, "a message number came with two contents");
}

static void confirm(struct fl_session *session)
{
    struct fl_session_action *action =
        fl_machine_act_frame(session, FL_SESSION_SEND_CONFIRM, FL_SESSION_CONFIRM);

    action->position = session->incoming.position;
    action->frame.confirmed = action->position;
}

static void repeat_found(struct fl_session *session, uint64_t number)
{
    session->counters.repeats++;
    fl_machine_report(session, FL_SESSION_REPEATED, number);
    fl_machine_tell(session, "message % came again, confirms it again", number, 0);
    confirm(session);
}

static const struct fl_session_message *queued(
    const struct fl_incoming *incoming,
    uint64_t number)
{
    for (size_t i = 0; i < incoming->queue_count; i++) {
        if (incoming->queue[i].message.number == number) {
            return &incoming->queue[i].message;
        }
    }
    return NULL;
}

/* What is known already is answered here. False: the message is new. */
static bool is_known(struct fl_session *session, const struct fl_session_message *message)
{
    const struct fl_incoming *incoming = &session->incoming;
    const struct fl_session_message *other = queued(incoming, message->number);

    if (message->number < incoming->position.number) {
        repeat_found(session, message->number);
        return true;
    }
    if (message->number == incoming->position.number) {
        if (fl_machine_hash_equal(&message->hash, &incoming->position.hash)) {
            repeat_found(session, message->number);
        } else {
            fork_found(session, message->number);
        }
        return true;
    }
    if (other && !fl_machine_hash_equal(&message->hash, &other->hash)) {
        fork_found(session, message->number);
        return true;
    }
    return other != NULL;
}

static bool continues(
    const struct fl_incoming *incoming,
    const struct fl_session_message *message)
{
    if (incoming->queue_count == 0) {
        return message->base_number == incoming->position.number &&
               fl_machine_hash_equal(&message->base_hash, &incoming->position.hash);
    }
    const struct fl_session_message *last =
        &incoming->queue[incoming->queue_count - 1].message;

    return message->base_number == last->number &&
           fl_machine_hash_equal(&message->base_hash, &last->hash);
}

static void apply_whole(struct fl_session *session)
{
    struct fl_incoming *incoming = &session->incoming;

    for (size_t i = applying_count(incoming); i < incoming->queue_count; i++) {
        struct fl_incoming_message *each = &incoming->queue[i];

        if (each->chunk_next < each->message.chunk_count) {
            return;
        }
        struct fl_session_action *action = fl_machine_act(session, FL_SESSION_APPLY);

        action->number = each->message.number;
        action->lsn = each->judge_lsn;
        action->acknowledged = each->acknowledged;
        action->life = session->peer_life;
        each->applying = true;
    }
}

static void take(
    struct fl_session *session,
    const struct fl_session_message *message,
    uint64_t acknowledged,
    uint64_t judge_lsn)
{
    struct fl_incoming *incoming = &session->incoming;
    struct fl_incoming_message *each = &incoming->queue[incoming->queue_count++];

    *each = (struct fl_incoming_message){
        .message = *message, .judge_lsn = judge_lsn, .acknowledged = acknowledged};
    incoming->staged_ms = session->now_ms;
    if (is_staged(&incoming->staged, message) &&
        incoming->staged.chunks <= message->chunk_count) {
        each->chunk_next = incoming->staged.chunks;
        fl_machine_report(session, FL_SESSION_RESUMED, message->number)->index =
            each->chunk_next;
        fl_machine_tell(
            session, "has % chunks of message % already", each->chunk_next,
            message->number);
    } else if (!find_queued(incoming, &incoming->staged)) {
        drop_staged(session); /* the sender went another way */
    }
    fl_machine_act(session, FL_SESSION_KEEP)->number = message->number;
    apply_whole(session);
}

void fl_incoming_on_message(
    struct fl_session *session,
    const struct fl_session_frame *frame)
{
    struct fl_incoming *incoming = &session->incoming;
    const struct fl_session_message *message = &frame->message;
    uint64_t judge_lsn = 0;

    if (message->number == 0 || message->chunk_count > FL_CHUNKS_MAX) {
        session->counters.unexpected++;
        return;
    }
    if (is_known(session, message)) {
        return;
    }
    if (!continues(incoming, message)) {
        session->counters.gaps++;
        fl_machine_report(session, FL_SESSION_GAP, message->number);
        fl_machine_tell(
            session, "message % has no base here, drops it", message->number, 0);
        return;
    }
    if (incoming->queue_count == FL_MESSAGES_IN_FLIGHT_MAX ||
        !fl_outgoing_lsn_of(session, frame->acknowledged, &judge_lsn)) {
        session->counters.unexpected++;
        fl_greeting_again(session);
        return;
    }
    take(session, message, frame->acknowledged, judge_lsn);
}

/* -- chunks -- */

static struct fl_incoming_message *incomplete(struct fl_incoming *incoming)
{
    for (size_t i = 0; i < incoming->queue_count; i++) {
        struct fl_incoming_message *each = &incoming->queue[i];

        if (each->chunk_next < each->message.chunk_count) {
            return each;
        }
    }
    return NULL;
}

/* Half of the window would stop the sender soon, and what is not staged is lost with us.
 */
static void stage_when_due(
    struct fl_session *session,
    const struct fl_incoming_message *each)
{
    const struct fl_incoming *incoming = &session->incoming;
    uint64_t after_ms = session->options.limits.stage_after_ms;
    bool late = after_ms > 0 && session->now_ms - incoming->staged_ms >= after_ms;

    if (incoming->staging.number == 0 && each->held_bytes > 0 &&
        (late || each->held_bytes >= incoming->window / 2)) {
        stage(session, each);
    }
}

void fl_incoming_on_chunk(
    struct fl_session *session,
    const struct fl_session_frame *frame)
{
    struct fl_incoming *incoming = &session->incoming;
    struct fl_incoming_message *each = incomplete(incoming);

    if (!each || each->message.number != frame->chunk_number ||
        each->chunk_next != frame->chunk_index ||
        incoming->credit_received >= incoming->credit_granted) {
        session->counters.unexpected++; /* a repetition, or behind one that was lost */
        return;
    }
    struct fl_session_action *action = fl_machine_act(session, FL_SESSION_HOLD);

    action->number = frame->chunk_number;
    action->index = frame->chunk_index;
    uint64_t cost =
        fl_machine_cost(&each->message, frame->chunk_index, frame->chunk_index + 1);

    each->chunk_next++;
    each->held_bytes += cost;
    incoming->credit_received += cost;
    if (each->chunk_next == each->message.chunk_count) {
        apply_whole(session);
    } else {
        stage_when_due(session, each);
    }
}

/* Without room on the disk what is in memory stays, as long as its session does. */
static void staging_failed(
    struct fl_session *session,
    const struct fl_session_staged *staging)
{
    struct fl_incoming *incoming = &session->incoming;

    fl_machine_tell(session, "could not stage message %", staging->number, 0);
    if (!find_queued(incoming, staging)) {
        drop(session, staging->number);
    }
}

void fl_incoming_on_staged(struct fl_session *session, uint64_t number, uint32_t chunks)
{
    struct fl_incoming *incoming = &session->incoming;
    struct fl_session_staged staging = incoming->staging;
    struct fl_incoming_message *each = incomplete(incoming);

    FL_ASSERT(staging.number == number);
    FL_ASSERT(chunks <= staging.chunks);
    incoming->staging = (struct fl_session_staged){.number = 0};
    if (chunks == 0) {
        staging_failed(session, &staging);
        return;
    }
    staging.chunks = chunks;
    if (fl_uuid_equal(staging.incarnation, incoming->position.incarnation) &&
        number <= incoming->position.number) {
        return; /* became whole, and was applied, meanwhile */
    }
    fl_machine_tell(session, "staged % chunks of message %", chunks, number);
    uint32_t before = 0;

    if (each && is_staged(&incoming->staged, &each->message)) {
        before = incoming->staged.chunks;
    }
    incoming->staged = staging;
    if (each && is_staged(&staging, &each->message) && chunks > before) {
        uint64_t bytes = fl_machine_cost(&each->message, before, chunks);

        each->held_bytes -= bytes;
        release(session, bytes, /* always_tell= */ true);
        if (fl_machine_is_live(session) &&
            incoming->credit_received >= incoming->credit_granted) {
            stage_when_due(session, each); /* nothing more would come */
        }
    }
}

/* -- answers of the node -- */

static struct fl_incoming_message take_first(struct fl_session *session, uint64_t number)
{
    struct fl_incoming *incoming = &session->incoming;
    struct fl_incoming_message first = incoming->queue[0];

    FL_ASSERT(incoming->queue_count > 0 && first.applying);
    FL_ASSERT(first.message.number == number);
    incoming->queue_count--;
    memmove(
        incoming->queue, incoming->queue + 1,
        incoming->queue_count * sizeof(incoming->queue[0]));
    return first;
}

void fl_incoming_on_applied(struct fl_session *session, uint64_t number)
{
    struct fl_incoming *incoming = &session->incoming;
    struct fl_incoming_message first = take_first(session, number);

    incoming->position.number = number;
    incoming->position.hash = first.message.hash;
    incoming->position.life = session->peer_life;
    put_position(session, &incoming->position);
    if (is_staged(&incoming->staged, &first.message)) {
        incoming->staged = (struct fl_session_staged){.number = 0};
    }
    session->counters.messages_received++;
    session->round_received++;
    if (fl_machine_is_live(session)) {
        fl_machine_tell(session, "message % is applied, confirms it", number, 0);
        confirm(session);
    } else {
        fl_machine_tell(session, "message % is applied", number, 0);
    }
    release(session, first.held_bytes, /* always_tell= */ false);
}

void fl_incoming_on_apply_refused(
    struct fl_session *session,
    uint64_t number,
    const char *text)
{
    struct fl_incoming_message first = take_first(session, number);

    drop(session, first.message.number);
    fl_machine_tell(session, "message % cannot be applied", number, 0);
    if (fl_machine_is_live(session)) {
        fl_greeting_refuse(session, FL_SESSION_CANNOT_APPLY, text);
    }
}
