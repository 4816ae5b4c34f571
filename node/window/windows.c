/*
 * All occurrences of weeks around the moment are laid out as spans; the state can change
 * only where one begins or ends.
 */

#include "windows.h"

#include <stdlib.h>
#include <string.h>

#include "occurrences.h"
#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/system.h"
#include "storage/journal.h"

enum { SPANS_MAX = 2 * FL_OCCURRENCES_MAX };

static const int64_t DAY_MS = INT64_C(86400000);
static const int64_t AHEAD_DAYS = 35;
static const int64_t FAR_DAYS = 3700;
static const int64_t HOUR_MS = INT64_C(3600000);

/* ---- kept: rules are counted once a day, not for each node that asks ---- */

struct laid_window {
    bool is_understood;
    size_t count;
    struct fl_occurrence *items;
};

struct fl_windows_laid {
    int64_t at_ms; /* laid out for this moment; 0: not yet */
    struct laid_window windows[];
};

static int64_t back_ms(const struct fl_window *window)
{
    return (int64_t)window->catch_up_s * 1000 + 2 * DAY_MS;
}

static void forget_laid(const struct fl_windows *windows)
{
    for (size_t i = 0; i < windows->calendar.window_count; i++) {
        fl_free(windows->laid->windows[i].items);
        windows->laid->windows[i] = (struct laid_window){.count = 0};
    }
    windows->laid->at_ms = 0;
}

/* False: there was no memory. */
static bool lay_window(
    const struct fl_window *window,
    int64_t at_ms,
    struct fl_occurrence *room,
    struct laid_window *out_laid)
{
    out_laid->is_understood = fl_window_check(window, NULL) == FL_OK;
    out_laid->count = fl_window_occurrences(
        window, at_ms - back_ms(window) - DAY_MS, at_ms + (AHEAD_DAYS + 1) * DAY_MS, room,
        FL_OCCURRENCES_MAX);
    out_laid->items = fl_alloc((out_laid->count + 1) * sizeof *room);
    if (out_laid->items == NULL) {
        return false;
    }
    if (out_laid->count > 0) {
        memcpy(out_laid->items, room, out_laid->count * sizeof *room);
    }
    return true;
}

/* False: nothing is kept that reaches from this moment as far as is looked. */
static bool lay(
    const struct fl_windows *windows,
    int64_t now_ms,
    struct fl_occurrence *room)
{
    struct fl_windows_laid *laid = windows->laid;

    if (laid == NULL) {
        return false;
    }
    if (laid->at_ms > 0 && now_ms > laid->at_ms - DAY_MS &&
        now_ms < laid->at_ms + DAY_MS) {
        return true;
    }
    forget_laid(windows);
    for (size_t i = 0; i < windows->calendar.window_count; i++) {
        if (!lay_window(&windows->calendar.windows[i], now_ms, room, &laid->windows[i])) {
            forget_laid(windows);
            return false;
        }
    }
    laid->at_ms = now_ms;
    return true;
}

enum fl_status fl_windows_load(
    struct fl_txn *txn,
    struct fl_windows *out_windows,
    struct fl_error *out_error)
{
    struct fl_windows windows = {.revision = 0};
    struct fl_system_record record;
    struct fl_entry entry;
    enum fl_status status =
        fl_object_get(txn, (struct fl_key){.type = FL_SYSTEM_CALENDAR}, &entry);

    if (status == FL_NOT_FOUND || (status == FL_OK && entry.flags != 0)) {
        *out_windows = windows;
        return FL_OK;
    }
    fl_arena_init(&windows.arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (status == FL_OK) {
        status = fl_system_open(entry.record, &record);
    }
    if (status == FL_OK) {
        status = fl_calendar_decode(record.body, &windows.arena, &windows.calendar);
    }
    if (status != FL_OK) {
        fl_arena_deinit(&windows.arena);
        return fl_error_set(
            out_error, status,
            "the calendar of windows is damaged: run \"filial store check\"");
    }
    windows.laid = fl_alloc_zeroed(
        1, sizeof *windows.laid +
               windows.calendar.window_count * sizeof windows.laid->windows[0]);
    windows.revision = record.revision;
    windows.issuer = record.issuer;
    *out_windows = windows;
    return FL_OK;
}

void fl_windows_free(struct fl_windows *windows)
{
    if (windows->laid != NULL) {
        forget_laid(windows);
        fl_free(windows->laid);
    }
    if (windows->revision > 0) {
        fl_arena_deinit(&windows->arena);
    }
    *windows = (struct fl_windows){.revision = 0};
}

/* ---- who asks ---- */

struct fl_windows_asker fl_windows_asker_of(
    const struct fl_peer *peer,
    int64_t last_round_ms)
{
    struct fl_windows_asker asker = {
        .code = peer->code,
        .node = peer->node,
        .last_round_ms = last_round_ms,
        .named_only = peer->format != FL_PEER_NATIVE};
    uint8_t hash[FL_HASH_BYTES_MIN];

    if (asker.named_only) { /* a base of 1C has no identity of its own here */
        fl_hash(fl_bytes_of_text(peer->code), hash, sizeof hash);
        memcpy(asker.node.bytes, hash, sizeof asker.node.bytes);
    }
    return asker;
}

bool fl_windows_concern(
    const struct fl_calendar *calendar,
    const struct fl_window *window,
    const struct fl_windows_asker *asker)
{
    return !(asker->named_only && strcmp(window->group, "all") == 0) &&
           fl_calendar_is_member(calendar, window->group, asker->code);
}

/* ---- spans ---- */

struct span {
    int64_t begin_ms; /* for this node */
    int64_t end_ms;
    int64_t made_up_ms; /* until then it may be made up */
    const struct fl_window *window;
};

struct spans {
    size_t count;
    bool governed;
    struct span items[SPANS_MAX];
};

/* The fixed place of a node in the spread of a window. */
static int64_t place_ms(const struct fl_window *window, struct fl_uuid node)
{
    uint8_t hash[FL_HASH_BYTES_MIN];
    uint64_t spread_ms = (uint64_t)window->spread_s * 1000;

    if (spread_ms >= (uint64_t)window->duration_s * 1000) {
        spread_ms = (uint64_t)window->duration_s * 500;
    }
    fl_hash((struct fl_bytes){node.bytes, sizeof node.bytes}, hash, sizeof hash);
    return spread_ms == 0 ? 0 : (int64_t)(fl_load_u64(hash + 8) % spread_ms);
}

static void lay_out(
    const struct fl_windows *windows,
    const struct fl_windows_asker *asker,
    int64_t now_ms,
    struct fl_occurrence *occurrences,
    struct spans *out_spans)
{
    const struct fl_windows_laid *laid = windows->laid;
    bool is_laid = lay(windows, now_ms, occurrences);

    out_spans->count = 0;
    out_spans->governed = false;
    for (size_t i = 0; i < windows->calendar.window_count; i++) {
        const struct fl_window *window = &windows->calendar.windows[i];

        if (!fl_windows_concern(&windows->calendar, window, asker)) {
            continue;
        }
        out_spans->governed = true;
        int64_t from_ms = now_ms - back_ms(window);
        int64_t to_ms = now_ms + AHEAD_DAYS * DAY_MS;
        int64_t place = place_ms(window, asker->node);
        const struct fl_occurrence *found =
            is_laid ? laid->windows[i].items : occurrences;
        size_t count = is_laid
                           ? laid->windows[i].count
                           : fl_window_occurrences(
                                 window, from_ms, to_ms, occurrences, FL_OCCURRENCES_MAX);

        for (size_t j = 0; j < count && out_spans->count < SPANS_MAX; j++) {
            if (found[j].end_ms <= from_ms || found[j].begin_ms >= to_ms) {
                continue;
            }
            out_spans->items[out_spans->count++] = (struct span){
                .begin_ms = found[j].begin_ms + place,
                .end_ms = found[j].end_ms,
                .made_up_ms = found[j].end_ms + (int64_t)window->catch_up_s * 1000,
                .window = window};
        }
    }
}

/*
 * One that this machine cannot understand, for want of its time zone, does not shut the
 * node in for ever.
 */
static bool has_windows(
    const struct fl_windows *windows,
    const struct fl_windows_asker *asker)
{
    for (size_t i = 0; i < windows->calendar.window_count; i++) {
        const struct fl_window *window = &windows->calendar.windows[i];

        if (window->blackout || !fl_windows_concern(&windows->calendar, window, asker)) {
            continue;
        }
        if (windows->laid != NULL && windows->laid->at_ms > 0
                ? windows->laid->windows[i].is_understood
                : fl_window_check(window, NULL) == FL_OK) {
            return true;
        }
    }
    return false;
}

static const struct span *blackout_at(const struct spans *spans, int64_t ms)
{
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->items[i];

        if (span->window->blackout && span->begin_ms <= ms && ms < span->end_ms) {
            return span;
        }
    }
    return NULL;
}

static bool is_better(const struct span *span, const struct span *than)
{
    if (than == NULL || span->window->priority != than->window->priority) {
        return than == NULL || span->window->priority > than->window->priority;
    }
    return span->end_ms > than->end_ms;
}

/* The window that is open at a moment; NULL: none. */
static const struct span *window_at(
    const struct spans *spans,
    int64_t ms,
    int64_t last_round_ms,
    bool *out_catching_up)
{
    const struct span *open = NULL;
    const struct span *missed = NULL;

    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->items[i];

        if (span->window->blackout || ms < span->begin_ms || ms >= span->made_up_ms) {
            continue;
        }
        if (ms < span->end_ms) {
            open = is_better(span, open) ? span : open;
        } else if (last_round_ms < span->begin_ms) {
            missed = is_better(span, missed) ? span : missed;
        }
    }
    *out_catching_up = open == NULL && missed != NULL;
    return open != NULL ? open : missed;
}

/* The nearest moment behind `ms` at which anything begins or ends; INT64_MAX: none. */
static int64_t next_edge(const struct spans *spans, int64_t ms)
{
    int64_t next_ms = INT64_MAX;

    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->items[i];
        const int64_t edges[] = {span->begin_ms, span->end_ms, span->made_up_ms};

        for (size_t j = 0; j < sizeof edges / sizeof edges[0]; j++) {
            if (edges[j] > ms && edges[j] < next_ms) {
                next_ms = edges[j];
            }
        }
    }
    return next_ms;
}

static void look_closed(
    const struct spans *spans,
    bool free_otherwise,
    int64_t now_ms,
    struct fl_windows_state *state)
{
    for (int64_t ms = next_edge(spans, now_ms); ms != INT64_MAX;
         ms = next_edge(spans, ms)) {
        bool catching_up = false;
        const struct span *open = window_at(spans, ms, INT64_MAX, &catching_up);

        if (blackout_at(spans, ms) == NULL && (open != NULL || free_otherwise)) {
            state->opens_ms = ms;
            state->window = open != NULL ? open->window->name : NULL;
            return;
        }
    }
}

/* For rules that come seldom: the first window of the next ten years. */
static void look_far(
    const struct fl_windows *windows,
    const struct fl_windows_asker *asker,
    int64_t now_ms,
    struct fl_occurrence *occurrences,
    struct fl_windows_state *state)
{
    for (size_t i = 0; i < windows->calendar.window_count; i++) {
        const struct fl_window *window = &windows->calendar.windows[i];
        int64_t place = place_ms(window, asker->node);

        if (window->blackout || !fl_windows_concern(&windows->calendar, window, asker) ||
            fl_window_occurrences(
                window, now_ms + AHEAD_DAYS * DAY_MS, now_ms + FAR_DAYS * DAY_MS,
                occurrences, FL_OCCURRENCES_MAX) == 0) {
            continue;
        }
        if (state->opens_ms == 0 || occurrences[0].begin_ms + place < state->opens_ms) {
            state->opens_ms = occurrences[0].begin_ms + place;
            state->window = window->name;
        }
    }
}

/* Until the first edge at which it is not open any more. */
static int64_t closes_ms(
    const struct spans *spans,
    bool free_otherwise,
    int64_t last_round_ms,
    int64_t now_ms)
{
    int64_t ms = next_edge(spans, now_ms);

    while (ms != INT64_MAX) {
        bool catching_up = false;

        if (blackout_at(spans, ms) != NULL ||
            (window_at(spans, ms, last_round_ms, &catching_up) == NULL &&
             !free_otherwise)) {
            return ms;
        }
        ms = next_edge(spans, ms);
    }
    return now_ms + AHEAD_DAYS * DAY_MS;
}

/* When the last one that has ended began, but for those that a blackout covered. */
static int64_t last_begin_ms(const struct spans *spans, int64_t now_ms)
{
    const struct span *last = NULL;

    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->items[i];
        const struct span *blackout = blackout_at(spans, span->begin_ms);

        if (!span->window->blackout && span->end_ms <= now_ms &&
            (blackout == NULL || blackout->end_ms < span->end_ms) &&
            (last == NULL || span->end_ms > last->end_ms)) {
            last = span;
        }
    }
    return last != NULL ? last->begin_ms : 0;
}

static struct fl_windows_state look(
    const struct spans *spans,
    const struct fl_windows *windows,
    const struct fl_windows_asker *asker,
    int64_t now_ms,
    struct fl_occurrence *occurrences)
{
    struct fl_windows_state state = {
        .governed = spans->governed, .last_begin_ms = last_begin_ms(spans, now_ms)};
    bool free_otherwise = !has_windows(windows, asker);
    const struct span *open =
        window_at(spans, now_ms, asker->last_round_ms, &state.catching_up);

    state.blackout = blackout_at(spans, now_ms) != NULL;
    state.open = !state.blackout && (open != NULL || free_otherwise);
    state.until_ms = next_edge(spans, now_ms);
    if (state.until_ms > now_ms + HOUR_MS) {
        state.until_ms = now_ms + HOUR_MS;
    }
    if (!state.open) {
        state.catching_up = false;
        look_closed(spans, free_otherwise, now_ms, &state);
        if (state.opens_ms == 0) {
            look_far(windows, asker, now_ms, occurrences, &state);
        }
        /* What came by mistake must not shut a node in until somebody travels there. */
        state.open = state.opens_ms == 0;
        state.closes_ms = state.open ? now_ms + AHEAD_DAYS * DAY_MS : 0;
        return state;
    }
    state.closes_ms = closes_ms(spans, free_otherwise, asker->last_round_ms, now_ms);
    if (open != NULL) {
        state.window = open->window->name;
        state.begin_ms = open->begin_ms;
        state.bytes_per_second = open->window->bytes_per_second;
    }
    return state;
}

struct fl_windows_state fl_windows_look(
    const struct fl_windows *windows,
    const struct fl_windows_asker *asker,
    int64_t now_ms)
{
    struct fl_windows_state state = {.open = true, .until_ms = now_ms + HOUR_MS};
    struct fl_occurrence *occurrences = NULL;
    struct spans *spans = NULL;

    if (windows->calendar.window_count == 0) {
        return state;
    }
    occurrences = fl_alloc(FL_OCCURRENCES_MAX * sizeof *occurrences);
    spans = fl_alloc(sizeof *spans);
    if (occurrences != NULL && spans != NULL) {
        lay_out(windows, asker, now_ms, occurrences, spans);
        state = look(spans, windows, asker, now_ms, occurrences);
    } else {
        /* No memory to know: closed, and asked again soon. */
        state = (struct fl_windows_state){.governed = true, .until_ms = now_ms + 1000};
    }
    fl_free(occurrences);
    fl_free(spans);
    return state;
}

bool fl_windows_is_late(const struct fl_windows_state *state, int64_t last_round_ms)
{
    return state->last_begin_ms > 0 && last_round_ms < state->last_begin_ms;
}
