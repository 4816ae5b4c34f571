/*
 * The bench of bench.h.
 */

#include "bench.h"

#include <string.h>

struct fl_uuid bench_uuid(uint8_t byte)
{
    struct fl_uuid made = {{0}};

    made.bytes[0] = byte;
    return made;
}

struct fl_session_options bench_options_of(enum fl_session_role role)
{
    bool child = role == FL_SESSION_CHILD;
    struct fl_session_options options = {
        .role = role,
        .peer_node = bench_uuid(child ? NODE_PARENT : NODE_CHILD),
        .peer_incarnation = bench_uuid(child ? INCARNATION_PARENT : INCARNATION_CHILD),
        .limits =
            {
                .messages_in_flight = 2,
                .credit_bytes = 1000,
                .hello_retry_ms = 100,
                .progress_timeout_ms = 5000,
            },
        .seed = 42,
    };

    options.own.node = bench_uuid(child ? NODE_CHILD : NODE_PARENT);
    options.own.incarnation = bench_uuid(child ? INCARNATION_CHILD : INCARNATION_PARENT);
    return options;
}

void bench_begin(struct bench *bench, const struct fl_session_options *options)
{
    memset(bench, 0, sizeof(*bench));
    assert_int_equal(fl_session_new(options, &bench->session), FL_OK);
}

void bench_end(struct bench *bench)
{
    fl_session_free(bench->session);
}

void bench_step(struct bench *bench, struct fl_session_event event)
{
    event.now_ms = bench->now_ms;
    fl_session_step(bench->session, &event, &bench->actions);
}

void bench_tell(struct bench *bench, enum fl_session_event_kind kind)
{
    bench_step(bench, (struct fl_session_event){.kind = kind});
}

const struct fl_session_action *bench_find(
    const struct bench *bench,
    enum fl_session_action_kind kind)
{
    for (size_t i = 0; i < bench->actions.count; i++) {
        if (bench->actions.items[i].kind == kind) {
            return &bench->actions.items[i];
        }
    }
    return NULL;
}

const struct fl_session_frame *bench_sent(
    const struct bench *bench,
    enum fl_session_frame_kind kind)
{
    for (size_t i = 0; i < bench->actions.count; i++) {
        const struct fl_session_action *action = &bench->actions.items[i];

        if (action->frame.kind == kind) {
            return &action->frame;
        }
    }
    return NULL;
}

const struct fl_session_action *bench_reported(
    const struct bench *bench,
    enum fl_session_report report)
{
    for (size_t i = 0; i < bench->actions.count; i++) {
        const struct fl_session_action *action = &bench->actions.items[i];

        if (action->kind == FL_SESSION_REPORT && action->report == report) {
            return action;
        }
    }
    return NULL;
}

struct fl_session_frame bench_from_peer(
    const struct bench *bench,
    const struct fl_session_options *options,
    enum fl_session_frame_kind kind)
{
    struct fl_session_frame frame = {
        .kind = kind,
        .nonce = bench->nonce,
        .sender_incarnation = options->peer_incarnation,
        .receiver_incarnation = options->own.incarnation,
    };

    frame.greeting.who = options->own;
    frame.greeting.who.node = options->peer_node;
    frame.greeting.who.incarnation = options->peer_incarnation;
    frame.greeting.credit = 1000;
    return frame;
}

void bench_receive(struct bench *bench, const struct fl_session_frame *frame)
{
    bench_step(
        bench, (struct fl_session_event){.kind = FL_SESSION_FRAME, .frame = frame});
}

void bench_found(struct bench *bench, uint64_t lsn, uint64_t confirmed)
{
    bench_step(
        bench, (struct fl_session_event){
                   .kind = FL_SESSION_POSITION_FOUND, .lsn = lsn, .number = confirmed});
}

void bench_greet(struct bench *bench, const struct fl_session_options *options)
{
    bench_tell(bench, FL_SESSION_CONNECTED);
    if (options->role == FL_SESSION_CHILD) {
        bench->nonce = bench_sent(bench, FL_SESSION_HELLO)->nonce;
    } else {
        bench->nonce = 77;
    }
    struct fl_session_frame frame = bench_from_peer(
        bench, options,
        options->role == FL_SESSION_CHILD ? FL_SESSION_WELCOME : FL_SESSION_HELLO);

    bench_receive(bench, &frame);
    assert_non_null(bench_find(bench, FL_SESSION_LOOKUP));
    bench_found(bench, 0, 0);
    assert_int_equal(fl_session_state(bench->session), FL_SESSION_IDLE);
}

struct fl_session_message bench_message_of(uint64_t number, uint64_t base)
{
    struct fl_session_message message = {
        .number = number,
        .base_number = base,
        .chunk_count = 2,
        .wire_bytes = 200,
    };

    message.hash.bytes[0] = (uint8_t)number;
    message.base_hash.bytes[0] = (uint8_t)base;
    return message;
}

void bench_receive_message(
    struct bench *bench,
    const struct fl_session_options *options,
    struct fl_session_message message)
{
    struct fl_session_frame frame = bench_from_peer(bench, options, FL_SESSION_MESSAGE);

    frame.message = message;
    bench_receive(bench, &frame);
}

void bench_receive_chunk(
    struct bench *bench,
    const struct fl_session_options *options,
    uint64_t number,
    uint32_t index)
{
    struct fl_session_frame frame = bench_from_peer(bench, options, FL_SESSION_CHUNK);

    frame.chunk_number = number;
    frame.chunk_index = index;
    bench_receive(bench, &frame);
}

void bench_applied(struct bench *bench, uint64_t number)
{
    bench_step(
        bench, (struct fl_session_event){.kind = FL_SESSION_APPLIED, .number = number});
}
