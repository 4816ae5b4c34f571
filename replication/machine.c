/*
 * What the parts of a session share: actions, frames, moves between states, chance.
 */

#include "machine.h"

#include <string.h>

struct fl_session_action *fl_machine_act(
    struct fl_session *session,
    enum fl_session_action_kind kind)
{
    struct fl_session_actions *actions = session->actions;

    FL_ASSERT(actions->count < FL_SESSION_ACTIONS_MAX);
    struct fl_session_action *action = &actions->items[actions->count++];

    memset(action, 0, sizeof(*action));
    action->kind = kind;
    return action;
}

struct fl_session_action *fl_machine_act_frame(
    struct fl_session *session,
    enum fl_session_action_kind kind,
    enum fl_session_frame_kind frame_kind)
{
    struct fl_session_action *action = fl_machine_act(session, kind);

    action->frame.kind = frame_kind;
    action->frame.nonce = session->nonce;
    action->frame.sender_incarnation = session->own.incarnation;
    action->frame.receiver_incarnation = session->peer_incarnation;
    return action;
}

struct fl_session_frame *fl_machine_send(
    struct fl_session *session,
    enum fl_session_frame_kind kind)
{
    return &fl_machine_act_frame(session, FL_SESSION_SEND, kind)->frame;
}

struct fl_session_action *fl_machine_report(
    struct fl_session *session,
    enum fl_session_report report,
    uint64_t number)
{
    struct fl_session_action *action = fl_machine_act(session, FL_SESSION_REPORT);

    action->report = report;
    action->number = number;
    return action;
}

/* Which state may follow which; README.md tells when. */
static bool may_move(enum fl_session_state from, enum fl_session_state to)
{
    static const unsigned allowed[] = {
        [FL_SESSION_OFFLINE] = 1u << FL_SESSION_SETTLING,
        [FL_SESSION_SETTLING] = 1u << FL_SESSION_GREETING | 1u << FL_SESSION_MEETING |
                                1u << FL_SESSION_SEEKING | 1u << FL_SESSION_IDLE,
        [FL_SESSION_GREETING] =
            1u << FL_SESSION_MEETING | 1u << FL_SESSION_SEEKING | 1u << FL_SESSION_IDLE,
        [FL_SESSION_MEETING] = 1u << FL_SESSION_SEEKING | 1u << FL_SESSION_IDLE,
        [FL_SESSION_SEEKING] = 1u << FL_SESSION_RENEWING | 1u << FL_SESSION_IDLE,
        [FL_SESSION_RENEWING] = 1u << FL_SESSION_IDLE,
        [FL_SESSION_IDLE] = 1u << FL_SESSION_ROUND,
        [FL_SESSION_ROUND] = 1u << FL_SESSION_IDLE,
        [FL_SESSION_CLOSED] = 0,
    };
    /* A connection may go, a session may be given up, at any time. */
    const unsigned always =
        1u << FL_SESSION_OFFLINE | 1u << FL_SESSION_SETTLING | 1u << FL_SESSION_CLOSED;

    return from != to && ((allowed[from] | always) >> to & 1u);
}

void fl_machine_move(struct fl_session *session, enum fl_session_state state)
{
    FL_ASSERT(may_move(session->state, state));
    session->state = state;
}

bool fl_machine_is_live(const struct fl_session *session)
{
    return session->state == FL_SESSION_IDLE || session->state == FL_SESSION_ROUND;
}

void fl_machine_tell(
    const struct fl_session *session,
    const char *sentence,
    uint64_t first,
    uint64_t second)
{
    fl_trace_tell(&session->options.trace, sentence, first, second);
}

uint64_t fl_machine_draw(struct fl_session *session) /* xorshift64* */
{
    session->random ^= session->random << 13;
    session->random ^= session->random >> 7;
    session->random ^= session->random << 17;
    return session->random * 2685821657736338717u;
}

bool fl_machine_hash_equal(
    const struct fl_session_hash *a,
    const struct fl_session_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static uint64_t cost_below(const struct fl_session_message *message, uint32_t index)
{
    uint64_t each = message->wire_bytes / message->chunk_count;
    uint64_t rest = message->wire_bytes % message->chunk_count;

    return each * index + (index < rest ? index : rest);
}

uint64_t fl_machine_cost(
    const struct fl_session_message *message,
    uint32_t from,
    uint32_t to)
{
    FL_ASSERT(from <= to && to <= message->chunk_count);
    if (message->chunk_count == 0) {
        return 0;
    }
    return cost_below(message, to) - cost_below(message, from);
}
