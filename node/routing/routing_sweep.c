/*
 * The streams of a plan follow its live data. The common stream is swept of what was
 * written again, whenever anything was. All others, and who is in which, are read only
 * when something was forgotten, or told, that the last time did not know: that costs what
 * there is.
 */

#include <string.h>

#include "proto/system.h"
#include "routing_parts.h"
#include "storage/sweeper.h"

struct facts {
    uint64_t to;     /* rows above it may be needed */
    uint64_t purged; /* deletions up to it may be forgotten */
    uint64_t told;   /* when something was told last */
    uint64_t head;
};

static struct facts look(
    const struct fl_node *node,
    const struct fl_routing *routing,
    uint64_t horizon)
{
    struct facts facts = {.to = routing->state.routed_lsn};
    struct fl_key mark = {.type = FL_SYSTEM_ROUTING};
    struct fl_txn txn;

    if (horizon < facts.to) {
        facts.to = horizon;
    }
    memcpy(mark.id.bytes, routing->plan, sizeof mark.id.bytes);
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    facts.purged = fl_sweep_purged_lsn(&txn);
    facts.head = fl_journal_head(&txn);
    if (fl_object_lsn(&txn, mark, &facts.told) != FL_OK) {
        facts.told = 0;
    }
    fl_txn_abort(&txn);
    if (facts.purged > facts.to) {
        facts.purged = facts.to;
    }
    return facts;
}

static bool has_news(const struct fl_routing *routing, const struct facts *facts)
{
    return facts->purged != routing->swept.purged ||
           (facts->told > routing->swept.told && facts->to > routing->swept.to);
}

static bool common_has_news(const struct fl_routing *routing, const struct facts *facts)
{
    return facts->head != routing->swept.head || facts->to != routing->swept.common_to ||
           facts->purged != routing->swept.common_purged;
}

/* By index: the common one, the shared ones, those of one peer. 0: no more. */
static uint32_t stream_at(const struct fl_routing_state *state, size_t index)
{
    if (index == 0) {
        return state->common;
    }
    index--;
    if (index < state->stream_count) {
        return state->streams[index].number;
    }
    index -= state->stream_count;
    return index < state->peer_count ? state->peers[index].own : 0;
}

static size_t stream_count(const struct fl_routing_state *state)
{
    return 1 + state->stream_count + state->peer_count;
}

static void next_stream(struct fl_routing_sweep *place)
{
    place->stream++;
    place->lsn = 0;
}

static void next_plan(struct fl_routing_sweep *place)
{
    *place = (struct fl_routing_sweep){.plan = place->plan + 1};
}

/* The common one is through. What was written meanwhile is for the next time. */
static void note_common(
    struct fl_routing *routing,
    const struct facts *facts,
    const struct fl_routing_sweep *place)
{
    routing->swept.head = place->head;
    routing->swept.common_to = facts->to;
    routing->swept.common_purged = place->purged;
}

/* A little more of one plan. True: it is through, or the store has failed. */
static bool sweep_some(
    struct fl_node *node,
    struct fl_routing *routing,
    const struct facts *facts,
    struct fl_routing_sweep *place)
{
    const struct fl_routing_state *state = &routing->state;
    enum fl_status status = FL_OK;
    if (place->stream == 0 && place->lsn == 0) {
        place->head = facts->head;
        place->purged = facts->purged;
        if (!common_has_news(routing, facts)) {
            next_stream(place);
        }
    }
    if (place->stream > 0 && !has_news(routing, facts)) {
        return true;
    }
    if (place->stream < stream_count(state)) {
        const struct fl_streams_sweep sweep = {
            .stream = stream_at(state, place->stream),
            .has_members = place->stream > 0,
            .horizon = facts->to,
            .purged = facts->purged};
        if (sweep.stream == 0 ||
            fl_streams_sweep(node->store, &sweep, &place->lsn, &status)) {
            if (place->stream == 0 && status == FL_OK) {
                note_common(routing, facts, place);
            }
            next_stream(place);
        }
        return status != FL_OK;
    }
    if (!fl_members_sweep(
            node->store, state->common, facts->purged, &place->members, &status)) {
        return false;
    }
    if (status == FL_OK) {
        routing->swept.purged = facts->purged;
        routing->swept.told = facts->to < facts->told ? facts->to : facts->told;
        routing->swept.to = facts->to;
    }
    return true;
}

bool fl_routing_sweep(
    struct fl_node *node,
    uint64_t horizon,
    struct fl_routing_sweep *place)
{
    const struct fl_routings *routings = node->routings;
    while (routings != NULL && place->plan < routings->count) {
        struct fl_routing *routing = routings->items[place->plan];
        /* While it changes, rows are where the change has come to. */
        if (routing->active && routing->state.common > 0 && !routing->state.changing) {
            struct facts facts = look(node, routing, horizon);
            if (!sweep_some(node, routing, &facts, place)) {
                return false;
            }
        }
        next_plan(place);
    }
    return true;
}
