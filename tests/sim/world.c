/*
 * Nodes and network of world.h. What a node does with an action is in work.c.
 */

#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work.h"

uint64_t fl_world_draw(struct fl_world *world)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return world->random * UINT64_C(2685821657736338717);
}

uint32_t fl_world_below(struct fl_world *world, uint32_t bound)
{
    return (uint32_t)((fl_world_draw(world) >> 32) % bound);
}

bool fl_world_chance(struct fl_world *world, uint32_t per_mille)
{
    return per_mille > 0 && fl_world_below(world, 1000) < per_mille;
}

void fl_world_fail(struct fl_world *world, const char *what, int node, uint64_t number)
{
    if (!world->failure[0]) {
        (void)snprintf(
            world->failure, sizeof(world->failure), "%s: node %d, %llu, at %llu ms", what,
            node, (unsigned long long)number, (unsigned long long)world->now_ms);
    }
}

/* -- processes -- */

struct teller {
    struct fl_world *world;
    int node, peer;
};

static struct teller tellers[FL_MEMORY_NODES_MAX][FL_MEMORY_NODES_MAX];

static void tell(void *context, const char *line)
{
    const struct teller *teller = context;

    teller->world->setup.tell(
        teller->world->setup.context, teller->node, teller->peer, line);
}

static void fill_options(
    struct fl_world *world,
    int node,
    int peer,
    struct fl_session_options *options)
{
    const struct fl_memory *memory = &world->nodes[node].memory;
    const struct fl_memory_peer *state = &memory->peers[peer];

    options->role = world->setup.parents[node] == peer && node > 0 ? FL_SESSION_CHILD
                                                                   : FL_SESSION_PARENT;
    options->own.installation.bytes[0] = 1;
    options->own.node.bytes[0] = (uint8_t)(node + 1);
    options->own.incarnation = memory->incarnation;
    options->peer_node.bytes[0] = (uint8_t)(peer + 1);
    options->peer_incarnation = state->registered;
    options->position_count = state->position_count;
    memcpy(options->positions, state->positions, sizeof(options->positions));
    options->staged = state->staged;
    options->life = memory->life;
    options->confirmed = state->shown;
    options->limits = world->setup.limits;
    options->seed = fl_world_draw(world);
    if (world->setup.tell) {
        tellers[node][peer] = (struct teller){world, node, peer};
        options->trace = (struct fl_trace){tell, &tellers[node][peer]};
    }
}

static bool are_neighbours(const struct fl_world *world, int a, int b)
{
    return a != b && ((a > 0 && world->setup.parents[a] == b) ||
                      (b > 0 && world->setup.parents[b] == a));
}

void fl_world_start(struct fl_world *world, int node)
{
    struct fl_node_model *model = &world->nodes[node];

    model->up = true;
    fl_memory_open(&model->memory, world->setup.tells_no_lives ? 0 : ++world->lives);
    for (int peer = 0; peer < world->setup.node_count; peer++) {
        struct fl_session_options options = {.role = FL_SESSION_PARENT};

        if (!are_neighbours(world, node, peer)) {
            continue;
        }
        fill_options(world, node, peer, &options);
        FL_ASSERT(fl_session_new(&options, &model->lines[peer].session) == FL_OK);
    }
}

void fl_world_crash(struct fl_world *world, int node, uint64_t down_ms)
{
    struct fl_node_model *model = &world->nodes[node];

    model->up = false;
    model->up_at_ms = world->now_ms + down_ms;
    model->job_count = 0;
    for (int peer = 0; peer < world->setup.node_count; peer++) {
        fl_session_free(model->lines[peer].session);
        memset(&model->lines[peer], 0, sizeof(model->lines[peer]));
        if (are_neighbours(world, node, peer)) {
            fl_world_cut(
                world, node > 0 && world->setup.parents[node] == peer ? node : peer);
        }
    }
}

void fl_world_restore(
    struct fl_world *world,
    int node,
    const struct fl_memory *backup,
    bool by_command)
{
    struct fl_memory *memory = &world->nodes[node].memory;

    FL_ASSERT(!world->nodes[node].up);
    fl_memory_copy(memory, backup);
    if (by_command) {
        struct fl_uuid incarnation = {{0}};
        uint64_t random = fl_world_draw(world) | 1u;

        memcpy(incarnation.bytes, &random, sizeof(random));
        fl_memory_renew(memory, incarnation);
    }
}

struct fl_world *fl_world_new(const struct fl_world_setup *setup)
{
    struct fl_world *world = calloc(1, sizeof(*world));

    FL_ASSERT(world);
    world->setup = *setup;
    world->weather = (struct fl_weather){.delay_ms = 1, .job_ms = 1};
    world->random = setup->seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    world->value_count = 1;
    for (int i = 0; i < 5; i++) {
        (void)fl_world_draw(world);
    }
    for (int node = 0; node < setup->node_count; node++) {
        struct fl_uuid incarnation = {{0}};
        uint64_t random = fl_world_draw(world) | 1u;

        memcpy(incarnation.bytes, &random, sizeof(random));
        fl_memory_init(&world->nodes[node].memory, setup->node_count, incarnation);
        for (int peer = 0; peer < setup->node_count; peer++) {
            if (are_neighbours(world, node, peer)) {
                world->nodes[node].memory.registrations.neighbours |= UINT64_C(1) << peer;
            }
        }
        fl_world_start(world, node);
    }
    return world;
}

void fl_world_free(struct fl_world *world)
{
    for (int node = 0; node < FL_MEMORY_NODES_MAX; node++) {
        for (int peer = 0; peer < FL_MEMORY_NODES_MAX; peer++) {
            fl_session_free(world->nodes[node].lines[peer].session);
        }
    }
    for (int i = 0; i < world->message_count; i++) {
        fl_memory_message_free(world->messages[i]);
    }
    free(world);
}

void fl_world_tell(
    struct fl_world *world,
    int node,
    int peer,
    enum fl_session_event_kind kind)
{
    struct fl_session_event event = {.kind = kind};
    struct fl_line *line = &world->nodes[node].lines[peer];

    if (line->session) {
        if (kind == FL_SESSION_SYNC_WANTED || kind == FL_SESSION_WINDOW_CLOSED) {
            line->window_open = kind == FL_SESSION_SYNC_WANTED;
        }
        fl_world_step_session(world, node, peer, &event);
    }
}

void fl_world_write(struct fl_world *world, int node, uint32_t count, const uint8_t *keys)
{
    struct fl_memory *memory = &world->nodes[node].memory;
    struct fl_memory_item items[FL_MEMORY_KEYS];

    if (world->value_count + count > FL_WORLD_VALUES_MAX) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t before = fl_memory_value(memory, keys[i]);
        bool deleted = before > 0 && !world->values[before].deleted &&
                       fl_world_chance(world, world->weather.deletion);

        world->values[world->value_count] =
            (struct fl_value_model){.parent = before, .key = keys[i], .deleted = deleted};
        items[i] = (struct fl_memory_item){
            .value = world->value_count++,
            .key = keys[i],
            .deleted = deleted,
        };
    }
    if (fl_memory_write(memory, count, items)) {
        for (int peer = 0; peer < world->setup.node_count; peer++) {
            fl_world_tell(world, node, peer, FL_SESSION_CHANGED);
        }
    }
}

/* -- connections -- */

void fl_world_connect(struct fl_world *world, int edge)
{
    int parent = world->setup.parents[edge];
    struct fl_edge *state = &world->edges[edge];
    struct fl_line *above = &world->nodes[parent].lines[edge];
    struct fl_line *below = &world->nodes[edge].lines[parent];

    if (state->connected || !world->nodes[parent].up || !world->nodes[edge].up) {
        return;
    }
    state->connected = true;
    state->epoch++;
    if (!above->connected) {
        above->connected = true;
        fl_world_tell(world, parent, edge, FL_SESSION_CONNECTED);
    }
    below->connected = true;
    fl_world_tell(world, edge, parent, FL_SESSION_CONNECTED);
}

static void lose(struct fl_world *world, int node, int peer)
{
    struct fl_line *line = &world->nodes[node].lines[peer];

    if (line->connected && !fl_world_chance(world, world->weather.half_open)) {
        line->connected = false;
        fl_world_tell(world, node, peer, FL_SESSION_DISCONNECTED);
    }
}

void fl_world_cut(struct fl_world *world, int edge)
{
    int parent = world->setup.parents[edge];
    struct fl_edge *state = &world->edges[edge];
    int kept = 0;

    if (!state->connected) {
        return;
    }
    state->connected = false;
    state->connect_at_ms = world->now_ms + 5 + fl_world_below(world, 60);
    for (int i = 0; i < world->packet_count; i++) {
        const struct fl_packet *packet = &world->packets[i];
        int other = packet->from == parent ? packet->to : packet->from;
        bool ours = (packet->from == parent || packet->to == parent) && other == edge;

        /* In the worst weather a frame of an old connection may arrive in a new one. */
        if (!ours || (world->weather.reorder && fl_world_chance(world, 300))) {
            world->packets[kept++] = *packet;
        }
    }
    world->packet_count = kept;
    lose(world, parent, edge);
    lose(world, edge, parent);
}

/* -- what is due -- */

static int next_packet(const struct fl_world *world)
{
    int best = -1;

    for (int i = 0; i < world->packet_count; i++) {
        const struct fl_packet *packet = &world->packets[i];

        if (packet->due_ms <= world->now_ms &&
            (best < 0 || packet->due_ms < world->packets[best].due_ms ||
             (packet->due_ms == world->packets[best].due_ms &&
              packet->order < world->packets[best].order))) {
            best = i;
        }
    }
    return best;
}

static void deliver(struct fl_world *world)
{
    for (int i = next_packet(world); i >= 0; i = next_packet(world)) {
        struct fl_packet packet = world->packets[i];
        int edge = packet.from > 0 && world->setup.parents[packet.from] == packet.to
                       ? packet.from
                       : packet.to;

        world->packets[i] = world->packets[--world->packet_count];
        if (world->edges[edge].connected && world->nodes[packet.to].up) {
            world->frames++;
            fl_work_deliver(world, &packet);
        }
        if (world->failure[0]) {
            return;
        }
    }
}

static void connect_due(struct fl_world *world)
{
    for (int edge = 1; edge < world->setup.node_count; edge++) {
        if (!world->edges[edge].connected && !world->edges[edge].parted &&
            world->now_ms >= world->edges[edge].connect_at_ms) {
            fl_world_connect(world, edge);
        }
    }
}

static void tick_due(struct fl_world *world)
{
    for (int node = 0; node < world->setup.node_count; node++) {
        for (int peer = 0; peer < world->setup.node_count; peer++) {
            struct fl_line *line = &world->nodes[node].lines[peer];

            for (int guard = 0;
                 line->session && fl_session_due_ms(line->session) <= world->now_ms;
                 guard++) {
                if (guard > 1000) {
                    fl_world_fail(world, "a session is due for ever", node, 0);
                    return;
                }
                fl_world_tell(world, node, peer, FL_SESSION_TICK);
            }
        }
    }
}

void fl_world_advance(struct fl_world *world)
{
    for (int node = 0; node < world->setup.node_count; node++) {
        if (!world->nodes[node].up && world->now_ms >= world->nodes[node].up_at_ms) {
            fl_world_start(world, node);
        }
    }
    connect_due(world);
    deliver(world);
    for (int node = 0; node < world->setup.node_count; node++) {
        fl_work_advance(world, node);
    }
    tick_due(world);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t fl_world_due_ms(const struct fl_world *world)
{
    uint64_t due = UINT64_MAX;

    for (int i = 0; i < world->packet_count; i++) {
        due = earlier(due, world->packets[i].due_ms);
    }
    for (int node = 0; node < world->setup.node_count; node++) {
        const struct fl_node_model *model = &world->nodes[node];

        if (!model->up) {
            due = earlier(due, model->up_at_ms);
        }
        if (model->job_count > 0) {
            due = earlier(due, model->jobs[0].due_ms);
        }
        if (node > 0 && !world->edges[node].connected && !world->edges[node].parted) {
            due = earlier(due, world->edges[node].connect_at_ms);
        }
        for (int peer = 0; peer < world->setup.node_count; peer++) {
            if (model->lines[peer].session) {
                due = earlier(due, fl_session_due_ms(model->lines[peer].session));
            }
        }
    }
    return due;
}

void fl_world_run(struct fl_world *world, uint64_t until_ms)
{
    while (!world->failure[0]) {
        uint64_t due = fl_world_due_ms(world);

        if (due > until_ms) {
            break;
        }
        world->now_ms = due > world->now_ms ? due : world->now_ms;
        fl_world_advance(world);
    }
    if (until_ms != UINT64_MAX && world->now_ms < until_ms) {
        world->now_ms = until_ms;
    }
}

bool fl_world_is_idle(const struct fl_world *world)
{
    if (world->packet_count > 0) {
        return false;
    }
    for (int node = 0; node < world->setup.node_count; node++) {
        if (!world->nodes[node].up || world->nodes[node].job_count > 0 ||
            (node > 0 && !world->edges[node].connected)) {
            return false;
        }
        for (int peer = 0; peer < world->setup.node_count; peer++) {
            const struct fl_session *session = world->nodes[node].lines[peer].session;

            if (session && fl_session_state(session) != FL_SESSION_IDLE) {
                return false;
            }
        }
    }
    return true;
}
