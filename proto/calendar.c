/*
 * version u8 = 1 | windows varint | groups varint | windows | groups. A window: name,
 * group, rule, start, zone sized | blackout u8 | duration, spread, catch up u32 | rate
 * u64 | priority u8 | excepts varint, each sized | also varint, each sized. A group: name
 * sized | members varint, each sized.
 */

#include "proto/calendar.h"

#include <string.h>

#include "proto/limits.h"

enum { VERSION = 1 };

struct fl_window *fl_calendar_window(const struct fl_calendar *calendar, const char *name)
{
    for (size_t i = 0; i < calendar->window_count; i++) {
        if (strcmp(calendar->windows[i].name, name) == 0) {
            return &calendar->windows[i];
        }
    }
    return NULL;
}

struct fl_group *fl_calendar_group(const struct fl_calendar *calendar, const char *name)
{
    for (size_t i = 0; i < calendar->group_count; i++) {
        if (strcmp(calendar->groups[i].name, name) == 0) {
            return &calendar->groups[i];
        }
    }
    return NULL;
}

bool fl_calendar_is_member(
    const struct fl_calendar *calendar,
    const char *group,
    const char *code)
{
    if (strcmp(group, "all") == 0) {
        return true;
    }
    const struct fl_group *found = fl_calendar_group(calendar, group);
    size_t low = 0;
    size_t high = found != NULL ? found->member_count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(found->members[middle], code);

        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

/* ---- writing ---- */

static void put_text(struct fl_buffer *buffer, const char *text)
{
    fl_buffer_put_sized(buffer, fl_bytes_of_text(text));
}

static void put_texts(struct fl_buffer *buffer, size_t count, const char *const *texts)
{
    fl_buffer_put_varint(buffer, count);
    for (size_t i = 0; i < count; i++) {
        put_text(buffer, texts[i]);
    }
}

static void encode_window(const struct fl_window *window, struct fl_buffer *buffer)
{
    put_text(buffer, window->name);
    put_text(buffer, window->group);
    put_text(buffer, window->rule);
    put_text(buffer, window->start);
    put_text(buffer, window->zone);
    fl_buffer_put_u8(buffer, window->blackout);
    fl_buffer_put_u32(buffer, window->duration_s);
    fl_buffer_put_u32(buffer, window->spread_s);
    fl_buffer_put_u32(buffer, window->catch_up_s);
    fl_buffer_put_u64(buffer, window->bytes_per_second);
    fl_buffer_put_u8(buffer, window->priority);
    put_texts(buffer, window->except_count, window->excepts);
    put_texts(buffer, window->also_count, window->also);
}

void fl_calendar_encode(const struct fl_calendar *calendar, struct fl_buffer *out_buffer)
{
    fl_buffer_put_u8(out_buffer, VERSION);
    fl_buffer_put_varint(out_buffer, calendar->window_count);
    fl_buffer_put_varint(out_buffer, calendar->group_count);
    for (size_t i = 0; i < calendar->window_count; i++) {
        encode_window(&calendar->windows[i], out_buffer);
    }
    for (size_t i = 0; i < calendar->group_count; i++) {
        const struct fl_group *group = &calendar->groups[i];

        put_text(out_buffer, group->name);
        put_texts(out_buffer, group->member_count, group->members);
    }
}

/* ---- reading ---- */

struct decoding {
    struct fl_reader reader;
    struct fl_arena *arena;
    enum fl_status status;
};

static void fail(struct decoding *decoding, enum fl_status status)
{
    if (decoding->status == FL_OK) {
        decoding->status = status;
    }
}

static const char *take_text(struct decoding *decoding)
{
    struct fl_bytes bytes = fl_reader_sized(&decoding->reader);

    if (decoding->reader.failed || bytes.size > FL_CALENDAR_TEXT_BYTES_MAX ||
        !fl_bytes_are_utf8(bytes)) {
        fail(decoding, FL_MALFORMED);
        return "";
    }
    const char *text = fl_arena_text(decoding->arena, bytes);

    if (text == NULL) {
        fail(decoding, FL_NO_MEMORY);
        return "";
    }
    return text;
}

/* A count of what takes a byte each at least, so that it cannot ask for much. */
static size_t take_count(struct decoding *decoding, size_t count_max)
{
    uint64_t count = fl_reader_varint(&decoding->reader);

    if (decoding->reader.failed || count > count_max ||
        count > fl_reader_left(&decoding->reader)) {
        fail(decoding, FL_MALFORMED);
        return 0;
    }
    return (size_t)count;
}

static void *take_array(struct decoding *decoding, size_t count, size_t size)
{
    void *array = fl_arena_array(decoding->arena, count > 0 ? count : 1, size);

    if (array == NULL) {
        fail(decoding, FL_NO_MEMORY);
    }
    return array;
}

static const char **take_texts(
    struct decoding *decoding,
    size_t count_max,
    size_t *out_count)
{
    size_t count = take_count(decoding, count_max);
    const char **texts = take_array(decoding, count, sizeof *texts);

    for (size_t i = 0; i < count && decoding->status == FL_OK; i++) {
        texts[i] = take_text(decoding);
    }
    *out_count = count;
    return texts;
}

/* Each name once, in order. */
static void must_ascend(struct decoding *decoding, const char *before, const char *name)
{
    if (decoding->status == FL_OK && (name[0] == '\0' || strcmp(before, name) >= 0)) {
        fail(decoding, FL_MALFORMED);
    }
}

static void decode_window(struct decoding *decoding, struct fl_window *window)
{
    window->name = take_text(decoding);
    window->group = take_text(decoding);
    window->rule = take_text(decoding);
    window->start = take_text(decoding);
    window->zone = take_text(decoding);
    uint8_t blackout = fl_reader_u8(&decoding->reader);

    window->blackout = blackout == 1;
    window->duration_s = fl_reader_u32(&decoding->reader);
    window->spread_s = fl_reader_u32(&decoding->reader);
    window->catch_up_s = fl_reader_u32(&decoding->reader);
    window->bytes_per_second = fl_reader_u64(&decoding->reader);
    window->priority = fl_reader_u8(&decoding->reader);
    window->excepts = take_texts(decoding, FL_CALENDAR_DATES_MAX, &window->except_count);
    window->also = take_texts(decoding, FL_CALENDAR_DATES_MAX, &window->also_count);
    if (blackout > 1 || window->duration_s == 0 ||
        window->priority > FL_WINDOW_PRIORITY_MAX) {
        fail(decoding, FL_MALFORMED);
    }
}

static void decode_group(struct decoding *decoding, struct fl_group *group)
{
    group->name = take_text(decoding);
    group->members = take_texts(decoding, FL_CALENDAR_MEMBERS_MAX, &group->member_count);
    for (size_t i = 0; i < group->member_count && decoding->status == FL_OK; i++) {
        must_ascend(decoding, i > 0 ? group->members[i - 1] : "", group->members[i]);
    }
}

enum fl_status fl_calendar_decode(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_calendar *out_calendar)
{
    struct decoding decoding = {.reader = fl_reader_of(bytes), .arena = arena};
    struct fl_calendar calendar = {.window_count = 0};

    if (fl_reader_u8(&decoding.reader) != VERSION) {
        fail(&decoding, FL_MALFORMED);
    }
    calendar.window_count = take_count(&decoding, FL_CALENDAR_WINDOWS_MAX);
    calendar.group_count = take_count(&decoding, FL_CALENDAR_GROUPS_MAX);
    calendar.windows =
        take_array(&decoding, calendar.window_count, sizeof *calendar.windows);
    calendar.groups =
        take_array(&decoding, calendar.group_count, sizeof *calendar.groups);
    for (size_t i = 0; i < calendar.window_count && decoding.status == FL_OK; i++) {
        decode_window(&decoding, &calendar.windows[i]);
        must_ascend(
            &decoding, i > 0 ? calendar.windows[i - 1].name : "",
            calendar.windows[i].name);
    }
    for (size_t i = 0; i < calendar.group_count && decoding.status == FL_OK; i++) {
        decode_group(&decoding, &calendar.groups[i]);
        must_ascend(
            &decoding, i > 0 ? calendar.groups[i - 1].name : "", calendar.groups[i].name);
    }
    if (decoding.status == FL_OK && !fl_reader_done(&decoding.reader)) {
        return FL_MALFORMED;
    }
    if (decoding.status == FL_OK) {
        *out_calendar = calendar;
    }
    return decoding.status;
}
