/*
 * Setting "history/PEER": form u8 = 1 | admitted 16 | flags u8 (1 changes held, 2 changes
 * released) | turns u8, each incarnation 16, since i64 (ms) | held u8, each incarnation
 * 16 | events u8, each kind u8, first i64, last i64 (ms), count u32, number u64,
 * incarnation 16, text sized.
 */

#include "history.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/bytes.h"
#include "storage/peers.h"
#include "storage/settings.h"

enum {
    FORM = 1,
    FLAG_HELD = 1,
    FLAG_RELEASED = 2,
    NAME_BYTES = 32,
    VALUE_BYTES_MAX = 64 << 10,
};

static struct fl_bytes name_of(uint32_t peer, char text[NAME_BYTES])
{
    (void)snprintf(text, NAME_BYTES, "history/%08" PRIx32, peer);
    return fl_bytes_of_text(text);
}

/* -- reading -- */

static void read_events(struct fl_reader *reader, struct fl_history *history)
{
    size_t count = fl_reader_u8(reader);

    for (size_t i = 0; i < count && i < FL_HISTORY_EVENTS_MAX; i++) {
        struct fl_history_event *event = &history->events[i];

        event->kind = (enum fl_history_kind)fl_reader_u8(reader);
        event->first_ms = (int64_t)fl_reader_u64(reader);
        event->last_ms = (int64_t)fl_reader_u64(reader);
        event->count = fl_reader_u32(reader);
        event->number = fl_reader_u64(reader);
        event->incarnation = fl_uuid_take(reader);
        struct fl_bytes text = fl_reader_sized(reader);

        if (text.size <= FL_HISTORY_TEXT_BYTES_MAX) {
            memcpy(event->text, text.data, text.size);
        }
        history->event_count++;
    }
}

static bool read_history(struct fl_bytes value, struct fl_history *history)
{
    struct fl_reader reader = fl_reader_of(value);

    if (fl_reader_u8(&reader) != FORM) {
        return false;
    }
    history->admitted = fl_uuid_take(&reader);
    uint8_t flags = fl_reader_u8(&reader);

    history->changes_held = (flags & FLAG_HELD) != 0;
    history->changes_released = (flags & FLAG_RELEASED) != 0;
    size_t count = fl_reader_u8(&reader);

    for (size_t i = 0; i < count && i < FL_HISTORY_TURNS_MAX; i++) {
        history->turns[i].incarnation = fl_uuid_take(&reader);
        history->turns[i].since_ms = (int64_t)fl_reader_u64(&reader);
        history->turn_count++;
    }
    count = fl_reader_u8(&reader);
    for (size_t i = 0; i < count && i < FL_HISTORY_HELD_MAX; i++) {
        history->held[i] = fl_uuid_take(&reader);
        history->held_count++;
    }
    read_events(&reader, history);
    return fl_reader_done(&reader);
}

void fl_history_get(struct fl_txn *txn, uint32_t peer, struct fl_history *out_history)
{
    char name[NAME_BYTES];
    struct fl_bytes value;

    memset(out_history, 0, sizeof(*out_history));
    if (fl_settings_get(txn, name_of(peer, name), &value) == FL_OK &&
        !read_history(value, out_history)) {
        memset(out_history, 0, sizeof(*out_history));
    }
}

/* -- writing -- */

static void put_event(struct fl_buffer *buffer, const struct fl_history_event *event)
{
    fl_buffer_put_u8(buffer, (uint8_t)event->kind);
    fl_buffer_put_u64(buffer, (uint64_t)event->first_ms);
    fl_buffer_put_u64(buffer, (uint64_t)event->last_ms);
    fl_buffer_put_u32(buffer, event->count);
    fl_buffer_put_u64(buffer, event->number);
    fl_uuid_put(buffer, event->incarnation);
    fl_buffer_put_sized(buffer, fl_bytes_of_text(event->text));
}

void fl_history_put(struct fl_txn *txn, uint32_t peer, const struct fl_history *history)
{
    char name[NAME_BYTES];
    struct fl_buffer buffer;
    unsigned flags = (history->changes_held ? FLAG_HELD : 0) |
                     (history->changes_released ? FLAG_RELEASED : 0);

    fl_buffer_init(&buffer, VALUE_BYTES_MAX);
    fl_buffer_put_u8(&buffer, FORM);
    fl_uuid_put(&buffer, history->admitted);
    fl_buffer_put_u8(&buffer, (uint8_t)flags);
    fl_buffer_put_u8(&buffer, (uint8_t)history->turn_count);
    for (size_t i = 0; i < history->turn_count; i++) {
        fl_uuid_put(&buffer, history->turns[i].incarnation);
        fl_buffer_put_u64(&buffer, (uint64_t)history->turns[i].since_ms);
    }
    fl_buffer_put_u8(&buffer, (uint8_t)history->held_count);
    for (size_t i = 0; i < history->held_count; i++) {
        fl_uuid_put(&buffer, history->held[i]);
    }
    fl_buffer_put_u8(&buffer, (uint8_t)history->event_count);
    for (size_t i = 0; i < history->event_count; i++) {
        put_event(&buffer, &history->events[i]);
    }
    if (fl_buffer_status(&buffer) == FL_OK) {
        fl_settings_put(txn, name_of(peer, name), fl_buffer_view(&buffer));
    } else {
        fl_txn_fail(txn, &(struct fl_error){.status = FL_NO_MEMORY, .text = "no memory"});
    }
    fl_buffer_deinit(&buffer);
}

/* -- events -- */

static bool repeats(
    const struct fl_history_event *last,
    const struct fl_history_event *event)
{
    return last->kind == event->kind &&
           fl_uuid_equal(last->incarnation, event->incarnation) &&
           strcmp(last->text, event->text) == 0;
}

void fl_history_add(struct fl_history *history, const struct fl_history_event *event)
{
    if (history->event_count > 0) {
        struct fl_history_event *last = &history->events[history->event_count - 1];

        if (repeats(last, event)) {
            last->last_ms = event->last_ms;
            last->number = event->number;
            last->count++;
            return;
        }
    }
    if (history->event_count == FL_HISTORY_EVENTS_MAX) {
        history->event_count--;
        memmove(
            history->events, history->events + 1,
            history->event_count * sizeof(history->events[0]));
    }
    history->events[history->event_count] = *event;
    history->events[history->event_count++].count = 1;
}

/* -- incarnations -- */

bool fl_history_knows(const struct fl_history *history, struct fl_uuid incarnation)
{
    for (size_t i = 0; i < history->turn_count; i++) {
        if (fl_uuid_equal(history->turns[i].incarnation, incarnation)) {
            return true;
        }
    }
    return false;
}

bool fl_history_holds(const struct fl_history *history, struct fl_uuid incarnation)
{
    for (size_t i = 0; i < history->held_count; i++) {
        if (fl_uuid_equal(history->held[i], incarnation)) {
            return true;
        }
    }
    return false;
}

void fl_history_hold(struct fl_history *history, struct fl_uuid incarnation)
{
    if (fl_history_holds(history, incarnation)) {
        return;
    }
    if (history->held_count == FL_HISTORY_HELD_MAX) {
        history->held_count--;
        memmove(
            history->held, history->held + 1,
            history->held_count * sizeof(history->held[0]));
    }
    history->held[history->held_count++] = incarnation;
}

void fl_history_turn(
    struct fl_history *history,
    struct fl_uuid incarnation,
    int64_t now_ms)
{
    if (history->turn_count == FL_HISTORY_TURNS_MAX) {
        history->turn_count--;
        memmove(
            history->turns, history->turns + 1,
            history->turn_count * sizeof(history->turns[0]));
    }
    history->turns[history->turn_count++] =
        (struct fl_history_turn){.incarnation = incarnation, .since_ms = now_ms};
}

bool fl_history_is_beside(const struct fl_history *history, struct fl_uuid incarnation)
{
    size_t last = history->turn_count;

    for (size_t i = history->turn_count; i > 0 && last == history->turn_count; i--) {
        if (fl_uuid_equal(history->turns[i - 1].incarnation, incarnation)) {
            last = i - 1;
        }
    }
    if (last + 1 >= history->turn_count) {
        return false;
    }
    struct fl_uuid present = history->turns[history->turn_count - 1].incarnation;

    for (size_t i = 0; i < last; i++) {
        if (fl_uuid_equal(history->turns[i].incarnation, present)) {
            return true;
        }
    }
    return false;
}

void fl_history_release(struct fl_history *history)
{
    /* Who speaks now stays; an earlier turn of it must not count as a return again. */
    if (history->held_count > 0 && history->turn_count > 1) {
        history->turns[0] = history->turns[history->turn_count - 1];
        history->turn_count = 1;
    }
    history->held_count = 0;
    history->changes_released = history->changes_held;
    history->changes_held = false;
}

void fl_history_expect_changes(struct fl_txn *txn)
{
    struct fl_history *history = fl_alloc_zeroed(1, sizeof(*history));
    struct fl_peer *peer = fl_alloc_zeroed(1, sizeof(*peer));

    while (history && peer && fl_peers_next(txn, peer->number, peer) == FL_OK) {
        if (peer->format == FL_PEER_NATIVE && peer->role != FL_PEER_PARENT) {
            fl_history_get(txn, peer->number, history);
            history->changes_released = true;
            fl_history_put(txn, peer->number, history);
        }
    }
    fl_free(history);
    fl_free(peer);
}

const char *fl_history_kind_name(enum fl_history_kind kind)
{
    switch (kind) {
    case FL_HISTORY_PEER_RESTORED:
        return "peer_restored";
    case FL_HISTORY_PEER_RETURNED:
        return "peer_returned";
    case FL_HISTORY_WE_RESTORED:
        return "we_restored";
    case FL_HISTORY_HELD_COPY:
        return "held_copy";
    case FL_HISTORY_HELD_CHANGES:
        return "held_changes";
    case FL_HISTORY_PARENT_REFUSED:
        return "parent_refused";
    case FL_HISTORY_REFUSED_BY_PEER:
        return "refused_by_peer";
    case FL_HISTORY_RELEASED:
        return "released";
    case FL_HISTORY_QUARANTINED:
        return "quarantined";
    case FL_HISTORY_STOPPED:
        return "stopped";
    case FL_HISTORY_FORKED:
        return "forked";
    case FL_HISTORY_DROPPED:
        return "dropped";
    }
    return "unknown";
}
