/*
 * Routing of the plans of a node: read once, compared with what the settings and lists
 * say now, changed if they differ, and followed along the journal.
 */

#include "routing.h"

#include <limits.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "log.h"
#include "peer_lists.h"
#include "proto/system.h"
#include "routing_parts.h"

enum {
    ARENA_BYTES_MAX = 256 << 20,
    SCRATCH_BYTES_MAX = 3 * FL_OBJECT_ARENA_BYTES_MAX,
};

/* -- memory -- */

static void free_filters(struct fl_routing *routing)
{
    for (size_t i = 0; routing->filters != NULL && i <= routing->type_count; i++) {
        fl_filter_free(routing->filters[i]);
    }
    fl_router_free(routing->router);
    fl_free(routing->filters);
    fl_free(routing->filtered);
    fl_free(routing->filtered_now);
    for (size_t i = 0; routing->looked_at != NULL && i <= routing->type_count; i++) {
        fl_free(routing->looked_at[i].attributes);
    }
    fl_free(routing->looked_at);
    routing->filters = NULL;
    routing->filtered = NULL;
    routing->filtered_now = NULL;
    routing->looked_at = NULL;
    routing->router = NULL;
}

static void free_routing(struct fl_routing *routing)
{
    if (routing != NULL) {
        free_filters(routing);
        fl_arena_deinit(&routing->arena);
        fl_arena_deinit(&routing->scratch);
        fl_free(routing);
    }
}

void fl_routings_forget(struct fl_node *node)
{
    struct fl_routings *routings = node->routings;
    node->routings = NULL;
    if (routings != NULL) {
        for (size_t i = 0; i < routings->count; i++) {
            free_routing(routings->items[i]);
        }
        fl_free(routings->items);
        fl_free(routings);
    }
}

struct fl_routing *fl_routing_find(
    const struct fl_node *node,
    const uint8_t plan[FL_PEER_PLAN_BYTES])
{
    for (size_t i = 0; node->routings != NULL && i < node->routings->count; i++) {
        struct fl_routing *routing = node->routings->items[i];
        if (memcmp(routing->plan, plan, FL_PEER_PLAN_BYTES) == 0) {
            return routing;
        }
    }
    return NULL;
}

static enum fl_status keep(struct fl_node *node, struct fl_routing *routing)
{
    if (node->routings == NULL) {
        node->routings = fl_alloc_zeroed(1, sizeof *node->routings);
    }
    if (node->routings == NULL) {
        return FL_NO_MEMORY;
    }
    struct fl_routings *routings = node->routings;
    struct fl_routing **items =
        fl_realloc(routings->items, (routings->count + 1) * sizeof *items);
    if (items == NULL) {
        return FL_NO_MEMORY;
    }
    routings->items = items;
    items[routings->count++] = routing;
    return FL_OK;
}

/* -- filters and router -- */

static enum fl_status add_looked_at(struct fl_looked_at *looked_at, uint32_t attribute)
{
    for (size_t i = 0; i < looked_at->count; i++) {
        if (looked_at->attributes[i] == attribute) {
            return FL_OK;
        }
    }
    size_t at = looked_at->count;
    uint32_t *attributes =
        fl_realloc(looked_at->attributes, (at + 1) * sizeof *attributes);
    if (attributes == NULL) {
        return FL_NO_MEMORY;
    }
    /* Ascending, as fields of a record stand. */
    for (; at > 0 && attributes[at - 1] > attribute; at--) {
        attributes[at] = attributes[at - 1];
    }
    attributes[at] = attribute;
    looked_at->attributes = attributes;
    looked_at->count++;
    return FL_OK;
}

static enum fl_status look_at(struct fl_routing *routing, const struct fl_filter *filter)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; fl_filter_reference(filter, i) != NULL; i++) {
        for (uint32_t type = 1; type <= routing->type_count && status == FL_OK; type++) {
            uint32_t attribute = fl_filter_reference_attribute(filter, i, type);
            if (attribute > 0) {
                status = add_looked_at(&routing->looked_at[type], attribute);
            }
        }
    }
    return status;
}

/* A filter that cannot be read, under this configuration, admits nothing. */
static enum fl_status add_filter(
    const struct fl_node *node,
    struct fl_routing *routing,
    const struct fl_routed_filter *source)
{
    struct fl_error error;
    const struct fl_type *type = fl_configuration_type(node->configuration, source->type);
    if (type == NULL) {
        return FL_OK;
    }
    routing->filtered[source->type] = 1;
    enum fl_status status = fl_filter_new(
        &(struct fl_filter_source){
            .configuration = node->configuration,
            .type = type,
            .text = source->text,
            .find = fl_attribute_by_name},
        &routing->filters[source->type], &error);
    if (status == FL_MALFORMED) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_FILTER_BROKEN, "type=%s.%s error=%s",
            fl_kind_name(type->kind), type->name, fl_log_value(error.text).text);
        return FL_OK;
    }
    return status == FL_OK ? look_at(routing, routing->filters[source->type]) : status;
}

static enum fl_status make_filters(
    const struct fl_node *node,
    struct fl_routing *routing,
    const struct fl_routed_filter *filters,
    size_t count)
{
    routing->type_count = (uint32_t)node->configuration->type_count;
    size_t places = (size_t)routing->type_count + 1;
    routing->filters = fl_alloc_zeroed(places, sizeof(*routing->filters));
    routing->filtered = fl_alloc_zeroed(places, 1);
    routing->filtered_now = fl_alloc_zeroed(places, 1);
    routing->looked_at = fl_alloc_zeroed(places, sizeof *routing->looked_at);
    if (routing->filters == NULL || routing->filtered == NULL ||
        routing->filtered_now == NULL || routing->looked_at == NULL) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < routing->state.now_count; i++) {
        if (routing->state.now[i].type <= routing->type_count) {
            routing->filtered_now[routing->state.now[i].type] = 1;
        }
    }
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < count && status == FL_OK; i++) {
        status = add_filter(node, routing, &filters[i]);
    }
    return status;
}

static bool has_reader(const struct fl_routing_state *state, uint32_t stream)
{
    for (size_t i = 0; i < state->peer_count; i++) {
        if (state->peers[i].next == stream) {
            return true;
        }
    }
    return false;
}

static enum fl_status make_router(const struct fl_node *node, struct fl_routing *routing)
{
    struct fl_routing_state *state = &routing->state;
    enum fl_status status = FL_OK;
    routing->streams = fl_arena_array(
        &routing->arena, state->stream_count + 1, sizeof *routing->streams);
    if (routing->streams == NULL) {
        return FL_NO_MEMORY;
    }
    routing->stream_count = 0;
    for (size_t i = 0; i < state->stream_count && status == FL_OK; i++) {
        struct fl_router_stream *stream = &routing->streams[routing->stream_count];
        if (has_reader(state, state->streams[i].number)) {
            stream->number = state->streams[i].number;
            status = fl_peer_lists_decode(
                node->configuration, state->streams[i].lists, &routing->arena,
                &stream->lists);
            routing->stream_count++;
        }
    }
    routing->router_filters = (struct fl_router_filters){
        (const struct fl_filter *const *)routing->filters, routing->type_count};
    return status == FL_OK ? fl_router_new(
                                 &routing->router_filters, routing->streams,
                                 routing->stream_count, &routing->router)
                           : status;
}

/* -- what is wanted -- */

struct wanted {
    size_t filter_count;
    struct fl_routed_filter *filters;
    size_t peer_count;
    struct wanted_peer {
        uint32_t number;
        bool limited;
        bool started;
        struct fl_bytes lists;
    } * peers;
    bool any_limited;
};

static enum fl_status want_filters(
    const struct fl_node *node,
    const struct fl_node_plan *plan,
    struct fl_arena *arena,
    struct wanted *wanted)
{
    const struct fl_configuration *configuration = node->configuration;
    wanted->filters =
        fl_arena_array(arena, configuration->type_count + 1, sizeof *wanted->filters);
    if (wanted->filters == NULL) {
        return FL_NO_MEMORY;
    }
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < configuration->type_count && status == FL_OK; i++) {
        uint32_t type = configuration->types[i].number;
        const char *text = fl_plan_rule_of(plan, type)->filter;
        if (text[0] != '\0' && configuration->types[i].kind != FL_KIND_ENUM) {
            struct fl_routed_filter *filter = &wanted->filters[wanted->filter_count++];
            filter->type = type;
            status = fl_arena_copy(arena, fl_bytes_of_text(text), &filter->text);
        }
    }
    return status;
}

static enum fl_status want_peer(
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_arena *arena,
    struct wanted_peer *wanted)
{
    struct fl_bytes lists;
    *wanted = (struct wanted_peer){
        .number = peer->number,
        /* It may have what it was sent, and what it brought itself. */
        .started = peer->number_sent > 0 || peer->confirmed_lsn > 0 ||
                   peer->begin_lsn > 0 || peer->number_received > 0};
    enum fl_status status = fl_peer_lists_get(txn, peer->plan, peer->code, &lists);
    if (status == FL_OK) {
        wanted->limited = true;
        status = fl_arena_copy(arena, lists, &wanted->lists);
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

static bool is_below(const struct fl_peer *peer, const struct fl_node_plan *plan)
{
    return memcmp(peer->plan, plan->hash, sizeof peer->plan) == 0 &&
           peer->role != FL_PEER_PARENT && peer->state != FL_PEER_REVOKED;
}

static enum fl_status want_peers(
    struct fl_txn *txn,
    const struct fl_node_plan *plan,
    struct fl_arena *arena,
    struct wanted *wanted)
{
    struct fl_peer peer = {.number = 0};
    size_t count = 0;
    enum fl_status status = FL_OK;
    while (fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        count++;
    }
    wanted->peers = fl_arena_array(arena, count + 1, sizeof *wanted->peers);
    if (wanted->peers == NULL) {
        return FL_NO_MEMORY;
    }
    peer.number = 0;
    while (status == FL_OK && fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        if (is_below(&peer, plan)) {
            status = want_peer(txn, &peer, arena, &wanted->peers[wanted->peer_count]);
            wanted->any_limited |= wanted->peers[wanted->peer_count].limited;
            wanted->peer_count++;
        }
    }
    return status == FL_OK ? fl_txn_status(txn) : status;
}

/* -- from what is to what is wanted -- */

static bool same_filters(
    const struct fl_routing_state *state,
    const struct wanted *wanted)
{
    bool same = state->now_count == wanted->filter_count;
    for (size_t i = 0; same && i < state->now_count; i++) {
        same = state->now[i].type == wanted->filters[i].type &&
               fl_bytes_equal(state->now[i].text, wanted->filters[i].text);
    }
    return same;
}

/* The stream of these lists; a new one is made. 0: the transaction has failed. */
static uint32_t stream_of_lists(
    struct fl_txn *txn,
    struct fl_routing *routing,
    struct fl_bytes lists)
{
    struct fl_routing_state *state = &routing->state;
    for (size_t i = 0; i < state->stream_count; i++) {
        if (fl_bytes_equal(state->streams[i].lists, lists)) {
            return state->streams[i].number;
        }
    }
    struct fl_routed_stream *stream = &state->streams[state->stream_count];
    *stream = (struct fl_routed_stream){.number = fl_streams_number(txn), .lists = lists};
    if (stream->number > 0) {
        state->stream_count++;
        fl_routing_state_put_stream(txn, routing->plan, stream);
    }
    return stream->number;
}

/* One peer; true: something is to be changed, beside rows that are written already. */
static bool move_peer(
    struct fl_txn *txn,
    struct fl_routing *routing,
    const struct wanted_peer *wanted,
    uint64_t head)
{
    struct fl_routing_state *state = &routing->state;
    struct fl_routed_peer *peer = fl_routing_state_peer(state, wanted->number);
    uint32_t stream = wanted->limited ? stream_of_lists(txn, routing, wanted->lists) : 0;
    if (peer == NULL && stream == 0) {
        return false;
    }
    if (peer == NULL) {
        peer = &state->peers[state->peer_count++];
        *peer = (struct fl_routed_peer){
            .number = wanted->number, .since = head, .had_nothing = !wanted->started};
        for (; peer > state->peers && peer[-1].number > peer->number; peer--) {
            struct fl_routed_peer moved = peer[-1];
            peer[-1] = *peer;
            *peer = moved;
        }
    } else if (peer->now == stream) {
        return false;
    }
    peer->next = stream;
    peer->own = peer->own > 0 ? peer->own : fl_streams_number(txn);
    const struct fl_routed_stream *known = fl_routing_state_stream(state, stream);
    if (peer->had_nothing && known != NULL && known->built) {
        peer->now = stream;
        peer->had_nothing = false;
    }
    fl_routing_state_put_peer(txn, routing->plan, peer);
    return peer->now != peer->next;
}

/* Room for one more of each than is wanted: arrays that grow in place. */
static enum fl_status make_room(struct fl_routing *routing, const struct wanted *wanted)
{
    struct fl_routing_state *state = &routing->state;
    struct fl_routed_peer *peers = fl_arena_array(
        &routing->arena, state->peer_count + wanted->peer_count + 1, sizeof *peers);
    struct fl_routed_stream *streams = fl_arena_array(
        &routing->arena, state->stream_count + wanted->peer_count + 1, sizeof *streams);
    if (peers == NULL || streams == NULL) {
        return FL_NO_MEMORY;
    }
    if (state->peer_count > 0) {
        memcpy(peers, state->peers, state->peer_count * sizeof *peers);
    }
    if (state->stream_count > 0) {
        memcpy(streams, state->streams, state->stream_count * sizeof *streams);
    }
    state->peers = peers;
    state->streams = streams;
    return FL_OK;
}

static enum fl_status begin_change(
    struct fl_node *node,
    struct fl_routing *routing,
    const struct wanted *wanted,
    struct fl_error *out_error)
{
    struct fl_routing_state *state = &routing->state;
    struct fl_txn txn;
    enum fl_status status = make_room(routing, wanted);
    if (status != FL_OK) {
        return status;
    }
    bool changing =
        !same_filters(state, wanted) ||
        (state->configuration != node->configuration_number && wanted->filter_count > 0);
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    uint64_t head = fl_journal_head(&txn);
    if (state->common == 0) {
        state->common = fl_streams_number(&txn);
        state->fresh = true;
        state->routed_lsn = head;
        changing = true;
    }
    for (size_t i = 0; i < wanted->peer_count; i++) {
        changing |= move_peer(&txn, routing, &wanted->peers[i], head);
    }
    if (!same_filters(state, wanted) ||
        state->configuration != node->configuration_number) {
        state->filters_lsn = head;
    }
    state->next = wanted->filters;
    state->next_count = wanted->filter_count;
    state->configuration = node->configuration_number;
    state->changing = changing;
    state->started = false;
    state->cursor = (struct fl_key){0};
    memset(&routing->move, 0, sizeof routing->move);
    if (!changing && fl_txn_status(&txn) == FL_OK && txn.keys == 0) {
        fl_txn_abort(&txn);
        return FL_OK;
    }
    fl_routing_state_put(&txn, routing->plan, state);
    return fl_change_commit(&txn, out_error);
}

/* Read the filters of what is, or of what the change on its way makes. */
static enum fl_status make_ready(struct fl_node *node, struct fl_routing *routing)
{
    const struct fl_routing_state *state = &routing->state;
    free_filters(routing);
    enum fl_status status = make_filters(
        node, routing, state->changing ? state->next : state->now,
        state->changing ? state->next_count : state->now_count);
    return status == FL_OK ? make_router(node, routing) : status;
}

static enum fl_status carry_through(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error)
{
    const struct fl_routing_state *state = &routing->state;
    if (!state->changing) {
        return FL_OK;
    }
    enum fl_status status = fl_routing_change(node, routing, most, out_error);
    if (status == FL_OK) {
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_FILTER_ROUTED, "filters=%llu streams=%llu",
            (unsigned long long)state->now_count,
            (unsigned long long)state->stream_count);
    }
    return status;
}

static enum fl_status read_wanted(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    struct fl_routing *routing,
    struct wanted *wanted)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = want_filters(node, plan, &routing->arena, wanted);
    if (status == FL_OK) {
        status = want_peers(&txn, plan, &routing->arena, wanted);
    }
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status load(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    struct fl_routing *routing)
{
    struct wanted wanted = {0};
    struct fl_txn txn;
    memcpy(routing->plan, plan->hash, sizeof routing->plan);
    fl_arena_init(&routing->arena, ARENA_BYTES_MAX);
    fl_arena_init(&routing->scratch, SCRATCH_BYTES_MAX);
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status =
        fl_routing_state_load(&txn, plan->hash, &routing->arena, &routing->state);
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        status = read_wanted(node, plan, routing, &wanted);
    }
    routing->has_filters = wanted.filter_count > 0;
    routing->active =
        routing->state.common > 0 || (wanted.filter_count > 0 && wanted.any_limited);
    return status == FL_OK && routing->active ? make_ready(node, routing) : status;
}

/*
 * From what is in the store to what is wanted: a change that was cut is carried through;
 * what was written so far belongs where it did before another one begins.
 */
static enum fl_status settle(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error)
{
    struct wanted wanted = {0};
    if (!routing->active || routing->settled) {
        return FL_OK;
    }
    enum fl_status status = carry_through(node, routing, most, out_error);
    if (status == FL_OK && routing->state.common > 0) {
        status = fl_routing_follow(node, routing, most, out_error);
    }
    if (status == FL_OK) {
        status = read_wanted(
            node, fl_plans_find(&node->plans, routing->plan), routing, &wanted);
    }
    if (status == FL_OK) {
        status = begin_change(node, routing, &wanted, out_error);
    }
    if (status == FL_OK) {
        status = make_ready(node, routing);
    }
    if (status == FL_OK) {
        status = carry_through(node, routing, most, out_error);
    }
    routing->settled = status == FL_OK;
    return status;
}

static enum fl_status failure(
    const struct fl_node_plan *plan,
    enum fl_status status,
    const struct fl_error *error,
    struct fl_error *out_error)
{
    if (status == FL_OK || status == FL_BUSY) {
        return status;
    }
    if (error->status != FL_OK && out_error != NULL) {
        *out_error = *error;
        return status;
    }
    return fl_error_set(
        out_error, status, "filters of the plan \"%s\" cannot be applied", plan->name);
}

/* In memory, whether settled or not. */
static enum fl_status routing_of(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    struct fl_routing **out_routing)
{
    *out_routing = fl_routing_find(node, plan->hash);
    if (*out_routing != NULL) {
        return FL_OK;
    }
    struct fl_routing *routing = fl_alloc_zeroed(1, sizeof *routing);
    enum fl_status status = FL_NO_MEMORY;
    if (routing != NULL) {
        status = load(node, plan, routing);
    }
    if (status == FL_OK) {
        status = keep(node, routing);
    }
    if (status != FL_OK) {
        free_routing(routing);
        return status;
    }
    *out_routing = routing;
    return FL_OK;
}

static enum fl_status settled_routing_of(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    unsigned *most,
    struct fl_routing **out_routing,
    struct fl_error *out_error)
{
    struct fl_error error = {.status = FL_OK};
    enum fl_status status = routing_of(node, plan, out_routing);
    if (status == FL_OK) {
        status = settle(node, *out_routing, most, &error);
    }
    if (status != FL_OK && status != FL_BUSY) {
        /* What memory has may not be what the store has. */
        fl_routings_forget(node);
    }
    return failure(plan, status, &error, out_error);
}

/* -- for others -- */

/* A peer that came after the routing was read, and has lists. */
static bool is_news(
    struct fl_node *node,
    const struct fl_routing *routing,
    const struct fl_peer *peer)
{
    if (!routing->has_filters && !routing->active) {
        return false;
    }
    if (fl_routing_state_peer(&routing->state, peer->number) != NULL) {
        return false;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool limited = fl_routing_limits(node, &txn, peer);
    fl_txn_abort(&txn);
    return limited;
}

static enum fl_status prepare(
    struct fl_node *node,
    const struct fl_peer *peer,
    unsigned *most,
    struct fl_routing **out_routing,
    struct fl_error *out_error)
{
    const struct fl_node_plan *plan = fl_node_plan_of(node, peer);
    *out_routing = NULL;
    if (peer->role == FL_PEER_PARENT) {
        return FL_OK;
    }
    *most = *most == FL_ROUTING_ALL ? UINT_MAX : *most;
    enum fl_status status = settled_routing_of(node, plan, most, out_routing, out_error);
    if (status == FL_OK && is_news(node, *out_routing, peer)) {
        fl_routings_forget(node);
        status = settled_routing_of(node, plan, most, out_routing, out_error);
    }
    return status;
}

enum fl_status fl_routing_prepare(
    struct fl_node *node,
    const struct fl_peer *peer,
    unsigned most,
    struct fl_error *out_error)
{
    struct fl_routing *routing;
    return prepare(node, peer, &most, &routing, out_error);
}

/* What was not written is not routed, whatever memory has come to think. */
static enum fl_status follow(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error)
{
    enum fl_status status = fl_routing_follow(node, routing, most, out_error);
    if (status != FL_OK && status != FL_BUSY) {
        fl_routings_forget(node);
    }
    return status;
}

enum fl_status fl_routing_catch_up(
    struct fl_node *node,
    const struct fl_peer *peer,
    unsigned most,
    struct fl_subscription *out_subscription,
    struct fl_error *out_error)
{
    struct fl_routing *routing = NULL;
    *out_subscription = (struct fl_subscription){.routed = false};
    enum fl_status status = prepare(node, peer, &most, &routing, out_error);
    if (status != FL_OK || routing == NULL || !routing->active) {
        return status;
    }
    const struct fl_routed_peer *routed =
        fl_routing_state_peer(&routing->state, peer->number);
    out_subscription->common = routing->state.common;
    if (routed != NULL) {
        out_subscription->routed = routed->now > 0;
        out_subscription->shared = routed->now;
        out_subscription->own = routed->own;
        out_subscription->since = routed->since;
        status = follow(node, routing, &most, out_error);
    }
    return status;
}

enum fl_status fl_routing_go_on(
    struct fl_node *node,
    unsigned most,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; node->routings != NULL && i < node->routings->count &&
                       status == FL_OK && most > 0;
         i++) {
        struct fl_routing *routing = node->routings->items[i];
        status = settle(node, routing, &most, out_error);
        if (status == FL_OK && routing->active) {
            status = fl_routing_follow(node, routing, &most, out_error);
        }
    }
    if (status != FL_OK && status != FL_BUSY) {
        fl_routings_forget(node);
    }
    return status;
}

bool fl_routing_is_filtered(
    const struct fl_node *node,
    const struct fl_peer *peer,
    uint32_t type)
{
    const struct fl_routing *routing = fl_routing_find(node, peer->plan);
    return routing != NULL && routing->active && type <= routing->type_count &&
           routing->filtered[type];
}

enum fl_status fl_routing_admits(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_subscription *subscription,
    struct fl_key key,
    bool *out_admits)
{
    if (!subscription->routed || !fl_routing_is_filtered(node, peer, key.type)) {
        *out_admits = true;
        return FL_OK;
    }
    return fl_members_has(
        txn, subscription->common, key, subscription->shared, out_admits);
}
