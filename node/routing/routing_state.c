/*
 * What routing must remember, in settings; PLAN is the plan's hash in hexadecimal.
 *
 *   "routing/PLAN"        common u32 | routed lsn u64 | filters lsn u64 | configuration
 * u16 | flags u8 (1 fresh, 2 changing, 4 started) | cursor 20 | filters now | filters
 * next; filters are a count varint, and type u32 and text sized of each
 *   "routing/PLAN/pPEER"  now u32 | next u32 | own u32 | since u64 | had nothing u8
 *   "routing/PLAN/sNUM"   built u8 | lists
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "routing_parts.h"
#include "storage/settings.h"

enum {
    FRESH = 1,
    CHANGING = 2,
    STARTED = 4,
    PLAN_NAME_BYTES = 8 + 2 * FL_PEER_PLAN_BYTES,
    STATE_BYTES_MAX = 4 << 20,
};

struct name {
    char text[FL_SETTING_NAME_BYTES_MAX + 1];
};

static struct name plan_name(const uint8_t plan[FL_PEER_PLAN_BYTES])
{
    struct name name = {.text = "routing/"};
    fl_bytes_hex((struct fl_bytes){plan, FL_PEER_PLAN_BYTES}, name.text + 8);
    return name;
}

static struct name part_name(
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    char kind,
    uint32_t number)
{
    struct name name = plan_name(plan);
    snprintf(
        name.text + PLAN_NAME_BYTES, sizeof name.text - PLAN_NAME_BYTES, "/%c%08" PRIx32,
        kind, number);
    return name;
}

/* -- writing -- */

static void put(struct fl_txn *txn, const struct name *name, struct fl_buffer *buffer)
{
    if (fl_buffer_status(buffer) == FL_OK) {
        fl_settings_put(txn, fl_bytes_of_text(name->text), fl_buffer_view(buffer));
    } else {
        struct fl_error error;
        (void)fl_error_set(
            &error, fl_buffer_status(buffer), "the filters are larger than may be kept");
        fl_txn_fail(txn, &error);
    }
    fl_buffer_deinit(buffer);
}

static void put_filters(
    struct fl_buffer *buffer,
    const struct fl_routed_filter *filters,
    size_t count)
{
    fl_buffer_put_varint(buffer, count);
    for (size_t i = 0; i < count; i++) {
        fl_buffer_put_u32(buffer, filters[i].type);
        fl_buffer_put_sized(buffer, filters[i].text);
    }
}

void fl_routing_state_put(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const struct fl_routing_state *state)
{
    struct name name = plan_name(plan);
    struct fl_buffer buffer;
    uint8_t key[FL_KEY_BYTES];
    unsigned flags = (state->fresh ? FRESH : 0u) | (state->changing ? CHANGING : 0u) |
                     (state->started ? STARTED : 0u);
    fl_key_encode(state->cursor, key);
    fl_buffer_init(&buffer, STATE_BYTES_MAX);
    fl_buffer_put_u32(&buffer, state->common);
    fl_buffer_put_u64(&buffer, state->routed_lsn);
    fl_buffer_put_u64(&buffer, state->filters_lsn);
    fl_buffer_put_u16(&buffer, state->configuration);
    fl_buffer_put_u8(&buffer, (uint8_t)flags);
    fl_buffer_put_memory(&buffer, key, sizeof key);
    put_filters(&buffer, state->now, state->now_count);
    put_filters(&buffer, state->next, state->next_count);
    put(txn, &name, &buffer);
}

void fl_routing_state_put_peer(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const struct fl_routed_peer *peer)
{
    struct name name = part_name(plan, 'p', peer->number);
    struct fl_buffer buffer;
    fl_buffer_init(&buffer, 32);
    fl_buffer_put_u32(&buffer, peer->now);
    fl_buffer_put_u32(&buffer, peer->next);
    fl_buffer_put_u32(&buffer, peer->own);
    fl_buffer_put_u64(&buffer, peer->since);
    fl_buffer_put_u8(&buffer, peer->had_nothing ? 1 : 0);
    put(txn, &name, &buffer);
}

void fl_routing_state_put_stream(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    const struct fl_routed_stream *stream)
{
    struct name name = part_name(plan, 's', stream->number);
    struct fl_buffer buffer;
    fl_buffer_init(&buffer, STATE_BYTES_MAX);
    fl_buffer_put_u8(&buffer, stream->built ? 1 : 0);
    fl_buffer_put(&buffer, stream->lists);
    put(txn, &name, &buffer);
}

void fl_routing_state_remove_stream(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint32_t stream)
{
    struct name name = part_name(plan, 's', stream);
    fl_settings_remove(txn, fl_bytes_of_text(name.text));
}

/* -- reading -- */

static enum fl_status read_filters(
    struct fl_reader *reader,
    struct fl_arena *arena,
    struct fl_routed_filter **out_filters,
    size_t *out_count)
{
    uint64_t count = fl_reader_varint(reader);
    if (reader->failed || count > fl_reader_left(reader)) {
        return FL_MALFORMED;
    }
    struct fl_routed_filter *filters =
        fl_arena_array(arena, (size_t)count + 1, sizeof *filters);
    enum fl_status status = filters != NULL ? FL_OK : FL_NO_MEMORY;
    for (uint64_t i = 0; i < count && status == FL_OK; i++) {
        filters[i].type = fl_reader_u32(reader);
        status = fl_arena_copy(arena, fl_reader_sized(reader), &filters[i].text);
    }
    *out_filters = filters;
    *out_count = (size_t)count;
    return status;
}

static enum fl_status read_plan(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_arena *arena,
    struct fl_routing_state *state)
{
    struct name name = plan_name(plan);
    struct fl_bytes value;
    uint8_t key[FL_KEY_BYTES];
    enum fl_status status = fl_settings_get(txn, fl_bytes_of_text(name.text), &value);
    if (status != FL_OK) {
        return status == FL_NOT_FOUND ? FL_OK : status;
    }
    struct fl_reader reader = fl_reader_of(value);
    state->common = fl_reader_u32(&reader);
    state->routed_lsn = fl_reader_u64(&reader);
    state->filters_lsn = fl_reader_u64(&reader);
    state->configuration = fl_reader_u16(&reader);
    unsigned flags = fl_reader_u8(&reader);
    state->fresh = (flags & FRESH) != 0;
    state->changing = (flags & CHANGING) != 0;
    state->started = (flags & STARTED) != 0;
    fl_reader_copy(&reader, key, sizeof key);
    state->cursor = fl_key_decode(key);
    status = read_filters(&reader, arena, &state->now, &state->now_count);
    if (status == FL_OK) {
        status = read_filters(&reader, arena, &state->next, &state->next_count);
    }
    return status == FL_OK && !fl_reader_done(&reader) ? FL_MALFORMED : status;
}

/* Settings "routing/PLAN/KIND...", each given to `take`; twice: to count them first. */
typedef enum fl_status (*take_part)(
    struct fl_routing_state *state,
    struct fl_arena *arena,
    uint32_t number,
    struct fl_bytes value,
    bool count_only);

static enum fl_status take_peer(
    struct fl_routing_state *state,
    struct fl_arena *arena,
    uint32_t number,
    struct fl_bytes value,
    bool count_only)
{
    (void)arena;
    if (count_only) {
        state->peer_count++;
        return FL_OK;
    }
    struct fl_reader reader = fl_reader_of(value);
    struct fl_routed_peer *peer = &state->peers[state->peer_count++];
    peer->number = number;
    peer->now = fl_reader_u32(&reader);
    peer->next = fl_reader_u32(&reader);
    peer->own = fl_reader_u32(&reader);
    peer->since = fl_reader_u64(&reader);
    peer->had_nothing = fl_reader_u8(&reader) != 0;
    return fl_reader_done(&reader) ? FL_OK : FL_MALFORMED;
}

static enum fl_status take_stream(
    struct fl_routing_state *state,
    struct fl_arena *arena,
    uint32_t number,
    struct fl_bytes value,
    bool count_only)
{
    if (count_only) {
        state->stream_count++;
        return FL_OK;
    }
    struct fl_reader reader = fl_reader_of(value);
    struct fl_routed_stream *stream = &state->streams[state->stream_count++];
    stream->number = number;
    stream->built = fl_reader_u8(&reader) != 0;
    return reader.failed ? FL_MALFORMED
                         : fl_arena_copy(
                               arena, fl_reader_take(&reader, fl_reader_left(&reader)),
                               &stream->lists);
}

static enum fl_status read_parts(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    char kind,
    take_part take,
    struct fl_routing_state *state,
    struct fl_arena *arena,
    bool count_only)
{
    struct name prefix = part_name(plan, kind, 0);
    struct fl_setting_name found;
    struct fl_setting_name *after = NULL;
    struct fl_bytes value;
    enum fl_status status = FL_OK;
    prefix.text[PLAN_NAME_BYTES + 2] = '\0';
    while (status == FL_OK &&
           fl_settings_next(txn, fl_bytes_of_text(prefix.text), after, &found, &value) ==
               FL_OK) {
        char text[FL_SETTING_NAME_BYTES_MAX + 1] = {0};
        uint32_t number = 0;
        after = &found;
        memcpy(text, found.bytes, found.size);
        if (sscanf(text + PLAN_NAME_BYTES + 2, "%8" SCNx32, &number) != 1) {
            return FL_MALFORMED;
        }
        status = take(state, arena, number, value, count_only);
    }
    return status == FL_OK ? fl_txn_status(txn) : status;
}

enum fl_status fl_routing_state_load(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_arena *arena,
    struct fl_routing_state *out_state)
{
    struct fl_routing_state state = {0};
    enum fl_status status = read_plan(txn, plan, arena, &state);
    if (status == FL_OK) {
        status = read_parts(txn, plan, 'p', take_peer, &state, arena, true);
    }
    if (status == FL_OK) {
        status = read_parts(txn, plan, 's', take_stream, &state, arena, true);
    }
    if (status != FL_OK) {
        return status;
    }
    state.peers = fl_arena_array(arena, state.peer_count + 1, sizeof *state.peers);
    state.streams = fl_arena_array(arena, state.stream_count + 1, sizeof *state.streams);
    if (state.peers == NULL || state.streams == NULL) {
        return FL_NO_MEMORY;
    }
    state.peer_count = 0;
    state.stream_count = 0;
    status = read_parts(txn, plan, 'p', take_peer, &state, arena, false);
    if (status == FL_OK) {
        status = read_parts(txn, plan, 's', take_stream, &state, arena, false);
    }
    if (status == FL_OK) {
        *out_state = state;
    }
    return status;
}

/* -- finding -- */

struct fl_routed_stream *fl_routing_state_stream(
    const struct fl_routing_state *state,
    uint32_t number)
{
    for (size_t low = 0, high = state->stream_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (state->streams[middle].number == number) {
            return &state->streams[middle];
        }
        if (state->streams[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

struct fl_routed_peer *fl_routing_state_peer(
    const struct fl_routing_state *state,
    uint32_t number)
{
    for (size_t low = 0, high = state->peer_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (state->peers[middle].number == number) {
            return &state->peers[middle];
        }
        if (state->peers[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}
