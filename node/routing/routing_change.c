/*
 * A change of filters or lists: all objects of the types concerned are walked in the
 * order of their keys, each transaction moving the cursor with what it wrote. An object
 * that comes to a stream gets its row there, for whoever reads the stream from an earlier
 * place, and those who have passed that place are told at a new lsn; so are those who
 * lose it. A peer that moves to another stream is told alone what differs for it.
 */

#include <string.h>

#include "change/change.h"
#include "proto/system.h"
#include "routing_parts.h"

enum {
    OBJECTS_PER_TXN = 1000,
    ROWS_PER_TXN = 4096,
    ROOM_BYTES = 16 << 20,
    ROOM_KEYS = 24 * 1024,
};

struct change {
    struct fl_node *node;
    struct fl_routing *routing;
    struct fl_txn txn;
    struct fl_routing_teller teller;
    struct fl_routed_peer *const *movers;
    size_t mover_count;
    bool done;
};

/* -- whom an object concerns -- */

static bool was_filtered(const struct change *change, uint32_t type)
{
    const struct fl_routing *routing = change->routing;
    return type <= routing->type_count && routing->filtered_now[type];
}

static bool is_filtered(const struct change *change, uint32_t type)
{
    const struct fl_routing *routing = change->routing;
    return type <= routing->type_count && routing->filtered[type];
}

static bool sees(const struct fl_members *members, bool filtered, uint32_t stream)
{
    return stream == 0 || !filtered || fl_routing_is_in(members, stream);
}

static void tell_movers(
    struct change *change,
    const struct fl_entry *entry,
    const struct fl_members *before,
    const struct fl_members *now)
{
    bool was = was_filtered(change, entry->key.type);
    bool is = is_filtered(change, entry->key.type);
    for (size_t i = 0; i < change->mover_count; i++) {
        const struct fl_routed_peer *peer = change->movers[i];
        if (sees(before, was, peer->now) != sees(now, is, peer->next)) {
            fl_routing_tell(&change->teller, &change->txn, peer->own, entry->key);
        }
    }
}

static void tell_streams(
    struct change *change,
    const struct fl_entry *entry,
    const struct fl_members *from,
    const struct fl_members *to)
{
    for (size_t i = 0; i < from->stream_count; i++) {
        const struct fl_routed_stream *stream =
            fl_routing_state_stream(&change->routing->state, from->streams[i]);
        if (!fl_routing_is_in(to, from->streams[i]) && stream != NULL &&
            stream->staying) {
            fl_routing_tell(&change->teller, &change->txn, from->streams[i], entry->key);
        }
    }
}

/* -- an object -- */

static void put_row(
    struct change *change,
    uint32_t stream,
    const struct fl_stream_row *row)
{
    fl_streams_put(&change->txn, stream, row);
}

/* Of a type that everybody gets from now on. */
static void open_object(
    struct change *change,
    const struct fl_entry *entry,
    const struct fl_stream_row *row,
    const struct fl_members *before)
{
    uint32_t plan = change->routing->state.common;
    put_row(change, plan, row);
    if (was_filtered(change, entry->key.type)) {
        fl_routing_tell(&change->teller, &change->txn, plan, entry->key);
        fl_members_remove(&change->txn, plan, entry->key);
    }
    tell_movers(change, entry, before, before);
}

static enum fl_status place_object(
    struct change *change,
    const struct fl_entry *entry,
    const struct fl_stream_row *row,
    const struct fl_members *before)
{
    struct fl_routing *routing = change->routing;
    uint32_t plan = routing->state.common;
    struct fl_members now;
    enum fl_status status = fl_routing_place(routing, &change->txn, entry, &now);
    if (status != FL_OK) {
        return status;
    }
    for (size_t i = 0; i < now.stream_count; i++) {
        if (!fl_routing_is_in(before, now.streams[i])) {
            put_row(change, now.streams[i], row);
        }
    }
    if (!was_filtered(change, entry->key.type) && !routing->state.fresh) {
        /* Everybody had it: those that may not keep it are told so. */
        fl_streams_remove(&change->txn, plan, row->lsn, row->key);
        fl_routing_take(&change->teller, &change->txn, plan, entry->key);
    }
    tell_streams(change, entry, before, &now);
    tell_streams(change, entry, &now, before);
    tell_movers(change, entry, before, &now);
    /* What has not been followed yet still has its rows where it was. */
    now.lsn = before->lsn > 0 ? before->lsn : entry->lsn;
    fl_members_put(&change->txn, plan, entry->key, &now);
    return FL_OK;
}

/* All had what was deleted in front of the filter; nothing else says that they do. */
static void close_deleted(struct change *change, const struct fl_entry *entry)
{
    struct fl_routing *routing = change->routing;
    const struct fl_routing_state *state = &routing->state;
    struct fl_members all = {.lsn = entry->lsn};
    uint32_t *streams =
        fl_arena_array(&routing->scratch, state->stream_count + 1, sizeof *streams);
    if (streams == NULL) {
        return; /* what it would tell of is found by a comparison */
    }
    for (size_t i = 0; i < state->stream_count; i++) {
        if (state->streams[i].staying) {
            streams[all.stream_count++] = state->streams[i].number;
        }
    }
    all.streams = streams;
    fl_members_put(&change->txn, state->common, entry->key, &all);
}

/* A tombstone stays with those who know it; of one that is open everybody may know. */
static void pass_deleted(
    struct change *change,
    const struct fl_entry *entry,
    const struct fl_stream_row *row,
    const struct fl_members *before)
{
    bool fresh = change->routing->state.fresh;
    bool was = was_filtered(change, entry->key.type);
    bool opened = was && !is_filtered(change, entry->key.type);
    if (fresh || opened) {
        put_row(change, change->routing->state.common, row);
    }
    if (opened) {
        fl_members_remove(&change->txn, change->routing->state.common, entry->key);
    } else if (!was && !fresh) {
        close_deleted(change, entry);
    }
    for (size_t i = 0; i < change->mover_count; i++) {
        if (sees(before, was, change->movers[i]->now)) {
            /* It may have read what it leaves, journal or stream, not to its end. */
            put_row(change, change->movers[i]->own, row);
        }
    }
}

static enum fl_status change_object(struct change *change, struct fl_key key)
{
    struct fl_routing *routing = change->routing;
    struct fl_members before = {.stream_count = 0};
    struct fl_entry entry;
    fl_arena_reset(&routing->scratch);
    enum fl_status status = fl_object_get(&change->txn, key, &entry);
    if (status != FL_OK) {
        return FL_OK; /* damaged: the check of the store tells of it */
    }
    struct fl_stream_row row = {
        .lsn = entry.lsn, .lsn_first = entry.lsn_first, .key = key};
    size_t bytes = entry.record.size;
    (void)fl_members_get(
        &change->txn, routing->state.common, key, &routing->scratch, &before);
    if ((entry.flags & FL_ENTRY_DELETED) != 0) {
        pass_deleted(change, &entry, &row, &before);
    } else if (is_filtered(change, key.type)) {
        status = place_object(change, &entry, &row, &before);
    } else {
        open_object(change, &entry, &row, &before);
    }
    fl_routing_told(&change->teller, bytes);
    return status == FL_OK ? fl_txn_status(&change->txn) : status;
}

/* -- the walk -- */

static bool concerns(const struct change *change, uint32_t type)
{
    return type != FL_SYSTEM_ROUTING &&
           (change->routing->state.fresh || was_filtered(change, type) ||
            is_filtered(change, type));
}

/* Keys are gathered first: writing moves what a walk stands on. */
static enum fl_status gather(
    struct change *change,
    struct fl_key *keys,
    size_t *out_count)
{
    struct fl_routing_state *state = &change->routing->state;
    struct fl_object_walk walk;
    struct fl_key key = {0};
    uint64_t lsn;
    enum fl_status status = FL_OK;
    *out_count = 0;
    fl_object_walk_begin(&walk, &change->txn, state->cursor);
    while (status == FL_OK && *out_count < OBJECTS_PER_TXN) {
        status = fl_object_walk_next_lsn(&walk, &key, &lsn);
        if (status != FL_OK || (state->started && fl_key_equal(key, state->cursor))) {
            continue;
        }
        if (concerns(change, key.type)) {
            keys[(*out_count)++] = key;
        } else if (!change->routing->state.fresh) {
            /* The next type begins a walk anew, behind this one. */
            fl_object_walk_end(&walk);
            if (key.type == UINT32_MAX) {
                status = FL_NOT_FOUND;
                break;
            }
            fl_object_walk_begin(
                &walk, &change->txn, (struct fl_key){.type = key.type + 1});
        }
    }
    fl_object_walk_end(&walk);
    change->done = status == FL_NOT_FOUND;
    return status == FL_NOT_FOUND || status == FL_MALFORMED ? FL_OK : status;
}

static enum fl_status change_some(struct change *change, struct fl_error *out_error)
{
    struct fl_routing *routing = change->routing;
    struct fl_key *keys = fl_alloc(OBJECTS_PER_TXN * sizeof *keys);
    size_t count = 0;
    size_t at = 0;
    if (keys == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_txn_begin(&change->txn, change->node->store, FL_TXN_KEEP);
    change->teller.lsn = 0;
    enum fl_status status = gather(change, keys, &count);
    while (status == FL_OK && at < count &&
           fl_txn_has_room(&change->txn, ROOM_BYTES, ROOM_KEYS)) {
        status = change_object(change, keys[at++]);
    }
    if (status == FL_OK && at > 0) {
        routing->state.cursor = keys[at - 1];
        routing->state.started = true;
    }
    change->done = change->done && at == count;
    fl_free(keys);
    if (status != FL_OK) {
        fl_txn_abort(&change->txn);
        return fl_error_set(out_error, status, "an object cannot be routed anew");
    }
    fl_routing_state_put(&change->txn, routing->plan, &routing->state);
    return fl_change_commit(&change->txn, out_error);
}

/* -- the end -- */

static bool is_read(const struct fl_routing_state *state, uint32_t stream)
{
    for (size_t i = 0; i < state->peer_count; i++) {
        if (state->peers[i].next == stream) {
            return true;
        }
    }
    return false;
}

/* What was to be is. */
static enum fl_status finish(struct change *change, struct fl_error *out_error)
{
    struct fl_routing *routing = change->routing;
    struct fl_routing_state *state = &routing->state;
    struct fl_txn *txn = &change->txn;
    fl_txn_begin(txn, change->node->store, FL_TXN_KEEP);
    for (size_t i = 0; i < state->peer_count; i++) {
        struct fl_routed_peer *peer = &state->peers[i];
        if (peer->now != peer->next) {
            peer->now = peer->next;
            peer->had_nothing = false;
            fl_routing_state_put_peer(txn, routing->plan, peer);
        }
    }
    for (size_t i = 0; i < state->stream_count; i++) {
        struct fl_routed_stream *stream = &state->streams[i];
        bool built = is_read(state, stream->number);
        if (stream->built != built) {
            stream->built = built;
            fl_routing_state_put_stream(txn, routing->plan, stream);
        }
    }
    state->now = state->next;
    state->now_count = state->next_count;
    state->changing = false;
    state->started = false;
    state->fresh = false;
    state->cursor = (struct fl_key){0};
    fl_routing_state_put(txn, routing->plan, state);
    memcpy(routing->filtered_now, routing->filtered, routing->type_count + 1);
    return fl_change_commit(txn, out_error);
}

/* Streams that nobody reads any more go, with their rows. */
static enum fl_status drop_streams(struct change *change, struct fl_error *out_error)
{
    struct fl_routing *routing = change->routing;
    struct fl_routing_state *state = &routing->state;
    size_t kept = 0;
    for (size_t i = 0; i < state->stream_count; i++) {
        uint32_t number = state->streams[i].number;
        bool gone = is_read(state, number);
        while (!gone) {
            fl_txn_begin(&change->txn, change->node->store, FL_TXN_KEEP);
            gone = fl_streams_clear(&change->txn, number, ROWS_PER_TXN);
            if (gone) {
                fl_routing_state_remove_stream(&change->txn, routing->plan, number);
            }
            if (fl_txn_commit(&change->txn) != FL_OK) {
                return fl_change_txn_failure(&change->txn, out_error);
            }
        }
        if (is_read(state, number)) {
            state->streams[kept++] = state->streams[i];
        }
    }
    state->stream_count = kept;
    return FL_OK;
}

static size_t find_movers(
    struct fl_routing_state *state,
    struct fl_routed_peer **out_movers)
{
    size_t count = 0;
    for (size_t i = 0; i < state->peer_count; i++) {
        struct fl_routed_peer *peer = &state->peers[i];
        struct fl_routed_stream *stream = fl_routing_state_stream(state, peer->now);
        if (peer->now != peer->next && !peer->had_nothing) {
            out_movers[count++] = peer;
        } else if (peer->now == peer->next && stream != NULL) {
            stream->staying = true;
        }
    }
    return count;
}

enum fl_status fl_routing_change(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error)
{
    struct fl_routing_state *state = &routing->state;
    struct fl_routed_peer **movers =
        fl_alloc_zeroed(state->peer_count + 1, sizeof(*movers));
    struct change change = {
        .node = node,
        .routing = routing,
        .teller = {.node = node, .routing = routing},
        .movers = movers};
    if (movers == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    change.mover_count = find_movers(state, movers);
    enum fl_status status =
        state->started ? FL_OK : fl_routing_move(node, routing, most, out_error);
    while (status == FL_OK && !change.done && *most > 0) {
        status = change_some(&change, out_error);
        (*most)--;
    }
    if (status == FL_OK && !change.done) {
        status = FL_BUSY;
    }
    if (status == FL_OK) {
        status = finish(&change, out_error);
    }
    if (status == FL_OK) {
        status = drop_streams(&change, out_error);
    }
    fl_free(movers);
    return status;
}
