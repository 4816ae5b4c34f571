/*
 * A node in the world: it holds chunks, keeps the bytes of messages in flight, and does
 * LOOKUP, BUILD, APPLY, STAGE, PEER_RENEWED and RENEW_INCARNATION as jobs of one worker,
 * each one transaction. It may crash between a commit and its answer.
 *
 * Here the machine is watched too: a chunk is only sent of bytes that are kept, a message
 * is only applied when all of it is here and when it rests on what was applied last, and
 * what is held for a peer is bounded.
 */

#include "work.h"

#include <string.h>

static struct fl_line *line_of(struct fl_world *world, int node, int peer)
{
    return &world->nodes[node].lines[peer];
}

/* -- frames -- */

static void send_frame(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_frame *frame,
    const struct fl_memory_message *message)
{
    bool up = node > 0 && world->setup.parents[node] == peer;
    struct fl_edge *edge = &world->edges[up ? node : peer];
    const struct fl_weather *weather = &world->weather;

    if (!edge->connected || fl_world_chance(world, weather->loss)) {
        return;
    }
    for (int copies = fl_world_chance(world, weather->repetition) ? 2 : 1; copies > 0;
         copies--) {
        uint64_t due = world->now_ms + 1 + fl_world_below(world, weather->delay_ms);

        if (world->packet_count == FL_WORLD_PACKETS_MAX) {
            return;
        }
        if (!weather->reorder) {
            due = due > edge->last_due_ms[up] ? due : edge->last_due_ms[up];
            edge->last_due_ms[up] = due;
        }
        world->packets[world->packet_count++] = (struct fl_packet){
            .due_ms = due,
            .order = world->order++,
            .from = node,
            .to = peer,
            .epoch = edge->epoch,
            .frame = *frame,
            .message = message,
        };
    }
}

static const struct fl_memory_message *kept(struct fl_line *line, uint64_t number)
{
    for (int i = 0; i < FL_WORLD_HELD_MAX; i++) {
        if (line->kept[i] && line->kept[i]->head.number == number) {
            return line->kept[i];
        }
    }
    return NULL;
}

static void keep(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_memory_message *message)
{
    struct fl_line *line = line_of(world, node, peer);
    int count = 0;
    int place = -1;

    for (int i = 0; i < FL_WORLD_HELD_MAX; i++) {
        count += line->kept[i] != NULL;
        place = line->kept[i] ? place : i;
    }
    if (place < 0 || count > FL_MESSAGES_IN_FLIGHT_MAX) {
        fl_world_fail(
            world, "bytes of too many messages are kept", node, (uint64_t)count);
        return;
    }
    line->kept[place] = message;
}

static void forget(struct fl_line *line, uint64_t first, uint64_t last)
{
    for (int i = 0; i < FL_WORLD_HELD_MAX; i++) {
        if (line->kept[i] && line->kept[i]->head.number >= first &&
            line->kept[i]->head.number <= last) {
            line->kept[i] = NULL;
        }
    }
}

static void send_message(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_action *action)
{
    const struct fl_memory_message *message =
        kept(line_of(world, node, peer), action->number);

    if (!message) {
        fl_world_fail(world, "a message is sent that is not kept", node, action->number);
        return;
    }
    send_frame(world, node, peer, &action->frame, message);
}

/* -- what is held of the peer's messages -- */

static struct fl_held *held_of(struct fl_line *line, uint64_t number)
{
    for (int i = 0; i < FL_WORLD_HELD_MAX; i++) {
        if (line->held[i].message && line->held[i].message->head.number == number) {
            return &line->held[i];
        }
    }
    return NULL;
}

static void keep_header(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_memory_message *message)
{
    struct fl_line *line = line_of(world, node, peer);
    const struct fl_memory_peer *state = &world->nodes[node].memory.peers[peer];
    struct fl_held *held = held_of(line, message->head.number);

    for (int i = 0; i < FL_WORLD_HELD_MAX && !held; i++) {
        held = line->held[i].message ? NULL : &line->held[i];
    }
    if (!held) {
        fl_world_fail(world, "too many messages are held", node, message->head.number);
        return;
    }
    *held = (struct fl_held){.message = message, .header = true};
    if (state->staged.number == message->head.number &&
        memcmp(&state->staged.hash, &message->head.hash, sizeof(message->head.hash)) ==
            0) {
        held->chunks = state->staged.chunks;
    }
}

static void hold(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_action *action)
{
    struct fl_held *held = held_of(line_of(world, node, peer), action->number);

    if (!held || !held->header || action->index > held->chunks) {
        fl_world_fail(world, "a chunk is held behind a gap", node, action->number);
        return;
    }
    held->chunks = action->index + 1 > held->chunks ? action->index + 1 : held->chunks;
}

static void drop(struct fl_world *world, int node, int peer, uint64_t number)
{
    struct fl_held *held = held_of(line_of(world, node, peer), number);
    struct fl_memory_peer *state = &world->nodes[node].memory.peers[peer];

    if (held) {
        held->message = NULL;
    }
    if (state->staged.number == number) {
        state->staged.number = 0;
    }
}

/* -- actions -- */

static void put_job(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_action *action)
{
    struct fl_node_model *model = &world->nodes[node];
    uint64_t due = world->now_ms + fl_world_below(world, world->weather.job_ms + 1);

    if (model->job_count == FL_WORLD_JOBS_MAX) {
        fl_world_fail(world, "too many requests", node, 0);
        return;
    }
    if (model->job_count > 0 && due < model->jobs[model->job_count - 1].due_ms) {
        due = model->jobs[model->job_count - 1].due_ms;
    }
    model->jobs[model->job_count++] = (struct fl_job){
        .peer = peer,
        .action = *action,
        .due_ms = due,
    };
}

static void commit_confirmations(struct fl_world *world, int node)
{
    struct fl_node_model *model = &world->nodes[node];

    for (int peer = 0; peer < world->setup.node_count; peer++) {
        struct fl_line *line = &model->lines[peer];

        if (line->confirm_waits) {
            line->confirm_waits = false;
            fl_memory_confirm(
                &model->memory, peer, &line->confirm, world->setup.remembered);
        }
    }
}

/* A child starts nothing outside its window. */
static void check_window(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_frame *frame)
{
    bool starts = frame->kind == FL_SESSION_SYNC || frame->kind == FL_SESSION_MESSAGE ||
                  frame->kind == FL_SESSION_CHUNK;

    if (starts && node > 0 && world->setup.parents[node] == peer &&
        !line_of(world, node, peer)->window_open) {
        fl_world_fail(
            world, "something started outside its window", node, (uint64_t)frame->kind);
    }
}

static void do_action(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_action *action,
    const struct fl_packet *packet)
{
    struct fl_line *line = line_of(world, node, peer);
    int edge = node > 0 && world->setup.parents[node] == peer ? node : peer;

    switch (action->kind) {
    case FL_SESSION_SEND:
    case FL_SESSION_SEND_CONFIRM:
        check_window(world, node, peer, &action->frame);
        send_frame(world, node, peer, &action->frame, NULL);
        return;
    case FL_SESSION_SEND_MESSAGE:
    case FL_SESSION_SEND_CHUNK:
        check_window(world, node, peer, &action->frame);
        send_message(world, node, peer, action);
        return;
    case FL_SESSION_LOOKUP:
    case FL_SESSION_BUILD:
    case FL_SESSION_STAGE:
    case FL_SESSION_APPLY:
    case FL_SESSION_RENEW_INCARNATION:
    case FL_SESSION_PEER_RENEWED:
        put_job(world, node, peer, action);
        return;
    case FL_SESSION_FORGET:
        forget(line, action->number, action->number_last);
        return;
    case FL_SESSION_KEEP:
        keep_header(world, node, peer, packet->message);
        return;
    case FL_SESSION_HOLD:
        hold(world, node, peer, action);
        return;
    case FL_SESSION_DROP:
        drop(world, node, peer, action->number);
        return;
    case FL_SESSION_RECORD_CONFIRMED:
        line->confirm_waits = true;
        line->confirm = *action;
        return;
    case FL_SESSION_ROUND_DONE:
        world->rounds++;
        commit_confirmations(world, node);
        return;
    case FL_SESSION_CLOSE:
        world->closes++;
        fl_world_cut(world, edge);
        return;
    case FL_SESSION_REPORT:
        world->reports[action->report]++;
        return;
    }
}

static void step(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_event *event,
    const struct fl_packet *packet)
{
    struct fl_line *line = line_of(world, node, peer);
    struct fl_session_actions actions;
    struct fl_session_event timed = *event;

    timed.now_ms = world->now_ms;
    fl_session_step(line->session, &timed, &actions);
    for (size_t i = 0; i < actions.count && line->session; i++) {
        do_action(world, node, peer, &actions.items[i], packet);
    }
}

void fl_world_step_session(
    struct fl_world *world,
    int node,
    int peer,
    const struct fl_session_event *event)
{
    step(world, node, peer, event, NULL);
}

static uint64_t fold(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15) ^ hash >> 29;
}

void fl_work_deliver(struct fl_world *world, const struct fl_packet *packet)
{
    struct fl_session_event event = {
        .kind = FL_SESSION_FRAME,
        .frame = &packet->frame,
    };

    world->trace_hash = fold(world->trace_hash, world->now_ms << 8 | packet->frame.kind);
    world->trace_hash = fold(world->trace_hash, packet->frame.nonce);
    world->trace_hash = fold(
        world->trace_hash, packet->frame.message.number + packet->frame.chunk_index +
                               packet->frame.confirmed.number);
    step(world, packet->to, packet->from, &event, packet);
}

/* -- jobs -- */

static void do_lookup(struct fl_world *world, int node, const struct fl_job *job)
{
    struct fl_session_event event = {.kind = FL_SESSION_POSITION_FOUND};

    fl_memory_lookup(&world->nodes[node].memory, job->peer, &job->action, &event);
    fl_world_step_session(world, node, job->peer, &event);
}

static void check_end(
    struct fl_world *world,
    int node,
    const struct fl_memory_message *message)
{
    const struct fl_memory *memory = &world->nodes[node].memory;

    if (message->lsn_to < memory->head &&
        memory->journal[message->lsn_to + 1].lsn_first <= message->lsn_to) {
        fl_world_fail(world, "a source transaction is split", node, message->head.number);
    }
}

static void do_build(struct fl_world *world, int node, const struct fl_job *job)
{
    struct fl_memory *memory = &world->nodes[node].memory;
    struct fl_session_event event = {.kind = FL_SESSION_NOTHING_TO_SEND};
    struct fl_memory_message *message =
        fl_memory_build(memory, job->peer, &job->action, world->setup.items_target);

    if (!message) {
        event.lsn = memory->head;
        fl_world_step_session(world, node, job->peer, &event);
        return;
    }
    FL_ASSERT(world->message_count < FL_WORLD_MESSAGES_MAX);
    world->messages[world->message_count++] = message;
    check_end(world, node, message);
    keep(world, node, job->peer, message);
    if (fl_world_chance(world, world->weather.crash)) {
        fl_world_crash(world, node, 10 + fl_world_below(world, 100));
        return; /* the number is durable, the message was never sent */
    }
    event.kind = FL_SESSION_BUILT;
    event.built.message = message->head;
    event.built.lsn_from = message->lsn_from;
    event.built.lsn_to = message->lsn_to;
    fl_world_step_session(world, node, job->peer, &event);
}

static void tell_the_others(struct fl_world *world, int node, int peer)
{
    for (int other = 0; other < world->setup.node_count; other++) {
        if (other != peer) {
            fl_world_tell(world, node, other, FL_SESSION_CHANGED);
        }
    }
}

static void refuse(struct fl_world *world, int node, const struct fl_job *job)
{
    struct fl_session_event event = {
        .kind = FL_SESSION_APPLY_REFUSED,
        .number = job->action.number,
        .text = "the disk is full",
    };
    struct fl_line *line = line_of(world, node, job->peer);

    line->refused = true;
    fl_world_step_session(world, node, job->peer, &event);
}

static void check_whole(struct fl_world *world, int node, const struct fl_held *held)
{
    if (!held->header || held->chunks < held->message->head.chunk_count) {
        fl_world_fail(
            world, "a message is applied in part", node, held->message->head.number);
    }
}

static void do_apply(struct fl_world *world, int node, const struct fl_job *job)
{
    struct fl_node_model *model = &world->nodes[node];
    struct fl_line *line = line_of(world, node, job->peer);
    struct fl_held *held = held_of(line, job->action.number);
    struct fl_session_event event = {
        .kind = FL_SESSION_APPLIED,
        .number = job->action.number,
    };
    bool from_parent = node > 0 && world->setup.parents[node] == job->peer;

    if (!held) {
        fl_world_fail(world, "a message is applied that is not here", node, event.number);
        return;
    }
    check_whole(world, node, held);
    if (!fl_memory_continues(&model->memory, job->peer, held->message)) {
        if (!line->refused) {
            fl_world_fail(world, "a message is applied behind a gap", node, event.number);
        }
        refuse(world, node, job);
        return;
    }
    line->refused = false;
    if (world->now_ms < model->full_until_ms) {
        refuse(world, node, job);
        return;
    }
    const char *wrong = fl_memory_apply(
        &model->memory, job->peer, from_parent, world->setup.rule, held->message,
        &job->action);

    FL_ASSERT(!wrong);
    held->message = NULL;
    world->applied++;
    if (fl_world_chance(world, world->weather.crash)) {
        fl_world_crash(world, node, 10 + fl_world_below(world, 100));
        return; /* committed, not confirmed */
    }
    fl_world_step_session(world, node, job->peer, &event);
    tell_the_others(world, node, job->peer);
}

static void do_stage(struct fl_world *world, int node, const struct fl_job *job)
{
    struct fl_node_model *model = &world->nodes[node];
    struct fl_memory_peer *state = &model->memory.peers[job->peer];
    struct fl_held *held = held_of(line_of(world, node, job->peer), job->action.number);
    struct fl_session_event event = {
        .kind = FL_SESSION_STAGED,
        .number = job->action.number,
    };

    if (held && world->now_ms >= model->full_until_ms) {
        state->staged = (struct fl_session_staged){
            .incarnation = held->message->incarnation,
            .number = held->message->head.number,
            .hash = held->message->head.hash,
            .chunks = job->action.staged.chunks,
        };
        event.chunks = job->action.staged.chunks;
    }
    fl_world_step_session(world, node, job->peer, &event);
}

static void do_renew(struct fl_world *world, int node)
{
    struct fl_session_event event = {.kind = FL_SESSION_RENEWED};
    uint64_t random = fl_world_draw(world) | 1u;

    memcpy(event.incarnation.bytes, &random, sizeof(random));
    fl_memory_renew(&world->nodes[node].memory, event.incarnation);
    for (int peer = 0; peer < world->setup.node_count; peer++) {
        if (line_of(world, node, peer)->session) {
            fl_world_step_session(world, node, peer, &event);
        }
    }
}

static void do_job(struct fl_world *world, int node, const struct fl_job *job)
{
    commit_confirmations(world, node);
    switch (job->action.kind) {
    case FL_SESSION_LOOKUP:
        do_lookup(world, node, job);
        return;
    case FL_SESSION_BUILD:
        do_build(world, node, job);
        return;
    case FL_SESSION_APPLY:
        do_apply(world, node, job);
        return;
    case FL_SESSION_STAGE:
        do_stage(world, node, job);
        return;
    case FL_SESSION_PEER_RENEWED:
        fl_memory_register(
            &world->nodes[node].memory, job->peer, job->action.position.incarnation);
        fl_world_tell(world, node, job->peer, FL_SESSION_PEER_REGISTERED);
        return;
    case FL_SESSION_RENEW_INCARNATION:
        do_renew(world, node);
        return;
    case FL_SESSION_SEND:
    case FL_SESSION_SEND_MESSAGE:
    case FL_SESSION_SEND_CHUNK:
    case FL_SESSION_SEND_CONFIRM:
    case FL_SESSION_FORGET:
    case FL_SESSION_KEEP:
    case FL_SESSION_HOLD:
    case FL_SESSION_DROP:
    case FL_SESSION_RECORD_CONFIRMED:
    case FL_SESSION_ROUND_DONE:
    case FL_SESSION_CLOSE:
    case FL_SESSION_REPORT:
        break;
    }
    fl_world_fail(world, "not a request", node, (uint64_t)job->action.kind);
}

void fl_work_advance(struct fl_world *world, int node)
{
    struct fl_node_model *model = &world->nodes[node];

    while (model->job_count > 0 && model->jobs[0].due_ms <= world->now_ms &&
           !world->failure[0]) {
        struct fl_job job = model->jobs[0];

        model->job_count--;
        memmove(
            model->jobs, model->jobs + 1,
            (size_t)model->job_count * sizeof(model->jobs[0]));
        do_job(world, node, &job);
    }
}
