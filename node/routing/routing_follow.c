/*
 * Following the journal: what it has behind `routed_lsn` is read, some hundreds of
 * entries at once, and then written into the streams, in one transaction that moves
 * `routed_lsn` with them. What was changed again before it was routed is routed once, in
 * its last state. But whoever brought an entry has the object, whatever became of it
 * here, and has to be told when it is not to have it any more.
 */

#include <string.h>

#include "change/change.h"
#include "proto/system.h"
#include "routes.h"
#include "routing_parts.h"

enum {
    ENTRIES_MAX = 512,
    READ_BYTES_MAX = 4 << 20,
    SCRATCH_KEEP_BYTES = 8 << 20,
    ROOM_BYTES = 16 << 20, /* left in a transaction for one more step */
    ROOM_KEYS = 24 * 1024,
};

/* An entry that was read: where its object belongs and what others see in it. */
struct step {
    struct fl_key key;
    uint64_t lsn;
    uint64_t lsn_first;
    bool open;        /* everybody gets it */
    bool dead;        /* it says only who has the object */
    uint32_t brought; /* the stream of who brought it; 0: of nobody */
    bool keep;        /* deleted: whoever had it is told, and it stays where it was */
    struct fl_members members; /* in the memory of the batch */
    uint64_t hash;             /* 0: nobody looks at it */
};

struct follow {
    struct fl_node *node;
    struct fl_routing *routing;
    struct fl_txn txn;
    struct fl_arena memory; /* of the batch */
    struct step steps[ENTRIES_MAX];
    size_t count;
    uint64_t lsn_read;
    bool at_end;
    bool wrote;
    struct fl_routing_teller teller;
    struct fl_routes routes;
    uint32_t *origins; /* peers that are origins themselves, by number of origin */
    size_t origin_count;
};

/* -- who brought it -- */

static enum fl_status put_origin(
    struct follow *follow,
    uint32_t origin,
    uint32_t peer_number)
{
    if (origin >= follow->origin_count) {
        size_t count = (size_t)origin + 16;
        uint32_t *peers = fl_realloc(follow->origins, count * sizeof *peers);
        if (peers == NULL) {
            return FL_NO_MEMORY;
        }
        memset(
            peers + follow->origin_count, 0,
            (count - follow->origin_count) * sizeof *peers);
        follow->origins = peers;
        follow->origin_count = count;
    }
    follow->origins[origin] = peer_number;
    return FL_OK;
}

static enum fl_status load_brought(struct follow *follow)
{
    struct fl_peer peer = {.number = 0};
    enum fl_status status = FL_OK;
    while (status == FL_OK && fl_peers_next(&follow->txn, peer.number, &peer) == FL_OK) {
        if (peer.origin != FL_ORIGIN_HERE &&
            memcmp(peer.plan, follow->routing->plan, sizeof peer.plan) == 0) {
            status = put_origin(follow, peer.origin, peer.number);
        }
    }
    return status == FL_OK ? fl_routes_load(&follow->txn, &follow->routes) : status;
}

static uint32_t brought_to(const struct follow *follow, const struct fl_entry *entry)
{
    uint32_t number = fl_routes_peer(&follow->routes, entry->origin, entry->lsn);
    if (number == 0 && entry->origin < follow->origin_count) {
        number = follow->origins[entry->origin];
    }
    const struct fl_routed_peer *peer =
        number == 0 ? NULL : fl_routing_state_peer(&follow->routing->state, number);
    return peer == NULL ? 0 : peer->now;
}

/* -- reading -- */

static enum fl_status keep_members(struct follow *follow, struct fl_members *members)
{
    struct fl_bytes streams = {
        (const uint8_t *)members->streams, members->stream_count * sizeof(uint32_t)};
    struct fl_bytes references = {
        (const uint8_t *)members->references,
        members->reference_count * sizeof(struct fl_key)};
    uint32_t *numbers =
        fl_arena_array(&follow->memory, members->stream_count + 1, sizeof *numbers);
    struct fl_key *keys =
        fl_arena_array(&follow->memory, members->reference_count + 1, sizeof *keys);
    if (numbers == NULL || keys == NULL) {
        return FL_NO_MEMORY;
    }
    if (streams.size > 0) {
        memcpy(numbers, streams.data, streams.size);
    }
    if (references.size > 0) {
        memcpy(keys, references.data, references.size);
    }
    members->streams = numbers;
    members->references = keys;
    return FL_OK;
}

static enum fl_status read_entry(struct follow *follow, const struct fl_entry *entry)
{
    struct fl_routing *routing = follow->routing;
    struct step *step = &follow->steps[follow->count];
    uint32_t type = entry->key.type;
    *step = (struct step){
        .key = entry->key,
        .lsn = entry->lsn,
        .lsn_first = entry->lsn_first,
        .dead = !entry->live,
        .brought = brought_to(follow, entry)};
    step->open = type > routing->type_count || !routing->filtered[type];
    step->keep = (entry->flags & FL_ENTRY_DELETED) != 0;
    enum fl_status status = FL_OK;
    if (step->dead) {
        follow->count += !step->open && step->brought > 0;
        return FL_OK;
    }
    if (routing->scratch.bytes_used > SCRATCH_KEEP_BYTES) {
        fl_arena_reset(&routing->scratch);
    }
    if (type <= routing->type_count && routing->looked_at[type].count > 0) {
        step->hash = fl_routing_hash(routing, entry);
    }
    if (!step->open && !step->keep) {
        status = fl_routing_place(routing, &follow->txn, entry, &step->members);
    }
    if (status == FL_OK) {
        status = keep_members(follow, &step->members);
    }
    follow->count++;
    return status;
}

static bool is_ours_alone(const struct fl_entry *entry)
{
    return entry->key.type == FL_SYSTEM_ROUTING;
}

static enum fl_status read_some(struct follow *follow, struct fl_error *out_error)
{
    struct fl_journal_scan scan;
    struct fl_entry entry;
    size_t bytes = 0;
    enum fl_status status = FL_OK;
    follow->count = 0;
    fl_arena_reset(&follow->memory);
    fl_journal_scan_begin(&scan, &follow->txn, follow->lsn_read + 1);
    while (status == FL_OK && follow->count < ENTRIES_MAX && bytes < READ_BYTES_MAX) {
        status = fl_journal_scan_next(&scan, &entry);
        if (status == FL_NOT_FOUND) {
            follow->at_end = true;
            break;
        }
        if (status == FL_MALFORMED) {
            status = fl_error_set(
                out_error, status,
                "journal entry %llu cannot be read: run \"filial store check\"",
                (unsigned long long)entry.lsn);
        }
        if (status == FL_OK) {
            follow->lsn_read = entry.lsn;
            bytes += entry.record.size;
            if (!is_ours_alone(&entry)) {
                status = read_entry(follow, &entry);
            }
        }
    }
    fl_journal_scan_end(&scan);
    return status == FL_NOT_FOUND ? FL_OK : status;
}

/* -- writing -- */

static void put_row(struct follow *follow, uint32_t stream, const struct step *step)
{
    fl_streams_put(
        &follow->txn, stream,
        &(struct fl_stream_row){
            .lsn = step->lsn, .lsn_first = step->lsn_first, .key = step->key});
}

/* Whoever brought it has it: it counts as a member until the next entry decides. */
static enum fl_status add_brought(
    struct follow *follow,
    const struct step *step,
    struct fl_members *members)
{
    if (step->brought == 0 || fl_routing_is_in(members, step->brought)) {
        return FL_OK;
    }
    size_t count = members->stream_count;
    uint32_t *streams = fl_arena_array(&follow->memory, count + 1, sizeof *streams);
    if (streams == NULL) {
        return FL_NO_MEMORY;
    }
    for (; count > 0 && members->streams[count - 1] > step->brought; count--) {
        streams[count] = members->streams[count - 1];
    }
    streams[count] = step->brought;
    if (count > 0) {
        memcpy(streams, members->streams, count * sizeof *streams);
    }
    members->streams = streams;
    members->stream_count++;
    return FL_OK;
}

/*
 * A row at the new lsn for whoever has it or had it; those at the old one go, so that a
 * stream has one row of an object.
 */
static enum fl_status write_placed(struct follow *follow, const struct step *step)
{
    uint32_t plan = follow->routing->state.common;
    struct fl_members before = {.stream_count = 0};
    enum fl_status found =
        fl_members_get(&follow->txn, plan, step->key, &follow->memory, &before);
    enum fl_status status = add_brought(follow, step, &before);
    if (status != FL_OK) {
        return status;
    }
    if (step->dead) {
        fl_members_put(&follow->txn, plan, step->key, &before);
        return FL_OK;
    }
    if (step->keep && found == FL_NOT_FOUND) {
        /* Nobody is known to have it; a deletion harms nobody who has not. Whoever
         * brought it is not told by a stream of what it is no member of. */
        put_row(follow, plan, step);
        return FL_OK;
    }
    struct fl_members now = step->keep ? before : step->members;
    for (size_t i = 0; i < now.stream_count; i++) {
        put_row(follow, now.streams[i], step);
    }
    for (size_t i = 0; i < before.stream_count; i++) {
        if (!fl_routing_is_in(&now, before.streams[i])) {
            put_row(follow, before.streams[i], step);
        }
        if (before.lsn != step->lsn) {
            fl_streams_remove(&follow->txn, before.streams[i], before.lsn, step->key);
        }
    }
    now.lsn = step->lsn;
    fl_members_put(&follow->txn, plan, step->key, &now);
    return FL_OK;
}

static enum fl_status write_step(struct follow *follow, const struct step *step)
{
    follow->wrote = true;
    if (step->open) {
        put_row(follow, follow->routing->state.common, step);
        return FL_OK;
    }
    return write_placed(follow, step);
}

/* -- what depends on it -- */

static void tell_difference(
    struct follow *follow,
    const struct fl_entry *entry,
    const struct fl_members *from,
    const struct fl_members *to)
{
    for (size_t i = 0; i < from->stream_count; i++) {
        if (!fl_routing_is_in(to, from->streams[i])) {
            fl_routing_tell(&follow->teller, &follow->txn, from->streams[i], entry->key);
        }
    }
}

static enum fl_status place_again(struct follow *follow, struct fl_key key)
{
    struct fl_routing *routing = follow->routing;
    uint32_t plan = routing->state.common;
    struct fl_members before = {.stream_count = 0};
    struct fl_members now;
    struct fl_entry entry;
    fl_arena_reset(&routing->scratch);
    if (key.type > routing->type_count ||
        fl_object_get(&follow->txn, key, &entry) != FL_OK ||
        (entry.flags & FL_ENTRY_DELETED) != 0) {
        return fl_txn_status(&follow->txn);
    }
    struct fl_stream_row row = {
        .lsn = entry.lsn, .lsn_first = entry.lsn_first, .key = key};
    size_t bytes = entry.record.size;
    enum fl_status status = fl_routing_place(routing, &follow->txn, &entry, &now);
    if (status != FL_OK) {
        return status;
    }
    now.lsn = fl_members_get(&follow->txn, plan, key, &routing->scratch, &before) == FL_OK
                  ? before.lsn
                  : entry.lsn;
    for (size_t i = 0; i < now.stream_count; i++) {
        if (!fl_routing_is_in(&before, now.streams[i])) {
            fl_streams_put(&follow->txn, now.streams[i], &row);
        }
    }
    tell_difference(follow, &entry, &before, &now);
    tell_difference(follow, &entry, &now, &before);
    fl_members_put(&follow->txn, plan, key, &now);
    follow->wrote = true;
    fl_routing_told(&follow->teller, bytes);
    return fl_txn_status(&follow->txn);
}

static enum fl_status commit(struct follow *follow, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (follow->wrote) {
        fl_routing_state_put(
            &follow->txn, follow->routing->plan, &follow->routing->state);
        status = fl_change_commit(&follow->txn, out_error);
    } else {
        fl_txn_abort(&follow->txn);
    }
    follow->wrote = false;
    follow->teller.lsn = 0;
    return status;
}

/* Room for one more object, in another transaction if need be. */
static enum fl_status make_room(struct follow *follow, struct fl_error *out_error)
{
    if (fl_txn_has_room(&follow->txn, ROOM_BYTES, ROOM_KEYS)) {
        return FL_OK;
    }
    enum fl_status status = commit(follow, out_error);
    if (status == FL_OK) {
        fl_txn_begin(&follow->txn, follow->node->store, FL_TXN_KEEP);
    }
    return status;
}

/*
 * What others look at has changed: they are placed again before `routed_lsn` passes the
 * change, so that a crash in between only repeats some of it.
 */
static enum fl_status place_dependents(
    struct follow *follow,
    const struct step *step,
    struct fl_error *out_error)
{
    uint32_t plan = follow->routing->state.common;
    struct fl_key key;
    struct fl_key *after = NULL;
    enum fl_status status = FL_OK;
    uint64_t known =
        step->hash == 0 ? 0 : fl_members_looked_at(&follow->txn, plan, step->key);
    if (known == step->hash) {
        return FL_OK;
    }
    if (fl_members_next_dependent(&follow->txn, plan, step->key, NULL, &key) != FL_OK) {
        if (known != 0) {
            fl_members_put_looked_at(&follow->txn, plan, step->key, step->hash);
        }
        return FL_OK;
    }
    follow->routing->state.routed_lsn = step->lsn - 1;
    while (status == FL_OK && fl_members_next_dependent(
                                  &follow->txn, plan, step->key, after, &key) == FL_OK) {
        after = &key;
        status = place_again(follow, key);
        if (status == FL_OK) {
            status = make_room(follow, out_error);
        }
    }
    if (status == FL_OK) {
        fl_members_put_looked_at(&follow->txn, plan, step->key, step->hash);
    }
    return status;
}

/* -- all of it -- */

static enum fl_status follow_some(struct follow *follow, struct fl_error *out_error)
{
    enum fl_status status = read_some(follow, out_error);
    for (size_t i = 0; i < follow->count && status == FL_OK; i++) {
        status = write_step(follow, &follow->steps[i]);
        if (status == FL_OK) {
            status = place_dependents(follow, &follow->steps[i], out_error);
        }
        if (status == FL_OK) {
            follow->routing->state.routed_lsn = follow->steps[i].lsn;
            status = make_room(follow, out_error);
        }
    }
    if (status == FL_OK) {
        follow->routing->state.routed_lsn = follow->lsn_read;
    }
    return status;
}

enum fl_status fl_routing_follow(
    struct fl_node *node,
    struct fl_routing *routing,
    unsigned *most,
    struct fl_error *out_error)
{
    struct fl_txn peek;
    fl_txn_begin(&peek, node->store, FL_TXN_READ);
    uint64_t head = fl_journal_head(&peek);
    fl_txn_abort(&peek);
    if (head <= routing->state.routed_lsn) {
        return FL_OK;
    }
    struct follow *follow = fl_alloc_zeroed(1, sizeof *follow);
    if (follow == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    follow->node = node;
    follow->routing = routing;
    follow->teller = (struct fl_routing_teller){.node = node, .routing = routing};
    follow->lsn_read = routing->state.routed_lsn;
    fl_arena_init(&follow->memory, 64 << 20);
    enum fl_status status = FL_OK;
    fl_txn_begin(&follow->txn, node->store, FL_TXN_KEEP);
    status = load_brought(follow);
    while (status == FL_OK && !follow->at_end && *most > 0) {
        status = follow_some(follow, out_error);
        (*most)--;
    }
    bool at_end = follow->at_end;
    if (status == FL_OK) {
        follow->wrote = true; /* routed_lsn, if nothing else */
        status = commit(follow, out_error);
    }
    fl_txn_abort(&follow->txn);
    fl_arena_deinit(&follow->memory);
    fl_free(follow->origins);
    fl_routes_deinit(&follow->routes);
    fl_free(follow);
    return status == FL_OK && !at_end ? FL_BUSY : status;
}
