/*
 * version u8 = 1 | name sized | kind u8 | collision u8 | banned until u64 | composed u8 |
 * count varint | rules. A rule: type sized | exchanged u8 | auto record u8 | collision u8
 * | send u8 | receive u8 | banned until u64 | filter sized.
 */

#include "proto/plan_settings.h"

#include <string.h>

#include "proto/datetime.h"
#include "proto/limits.h"

enum { VERSION = 1 };

struct fl_plan_rule fl_plan_rule_default(const char *type)
{
    return (struct fl_plan_rule){
        .type = type,
        .exchanged = true,
        .auto_record = true,
        .send = FL_PLAN_SEND_AS_IS,
        .receive = FL_PLAN_RECEIVE_AUTO,
        .filter = "",
    };
}

struct fl_plan_rule *fl_plan_settings_rule(
    const struct fl_plan_settings *settings,
    const char *type)
{
    size_t low = 0;
    size_t high = settings->rule_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(settings->rules[middle].type, type);

        if (order == 0) {
            return &settings->rules[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static void encode_rule(const struct fl_plan_rule *rule, struct fl_buffer *buffer)
{
    fl_buffer_put_sized(buffer, fl_bytes_of_text(rule->type));
    fl_buffer_put_u8(buffer, rule->exchanged);
    fl_buffer_put_u8(buffer, rule->auto_record);
    fl_buffer_put_u8(buffer, (uint8_t)rule->collision);
    fl_buffer_put_u8(buffer, (uint8_t)rule->send);
    fl_buffer_put_u8(buffer, (uint8_t)rule->receive);
    fl_buffer_put_u64(buffer, (uint64_t)rule->banned_until);
    fl_buffer_put_sized(buffer, fl_bytes_of_text(rule->filter));
}

void fl_plan_settings_encode(
    const struct fl_plan_settings *settings,
    struct fl_buffer *out_buffer)
{
    fl_buffer_put_u8(out_buffer, VERSION);
    fl_buffer_put_sized(out_buffer, fl_bytes_of_text(settings->name));
    fl_buffer_put_u8(out_buffer, (uint8_t)settings->kind);
    fl_buffer_put_u8(out_buffer, (uint8_t)settings->collision);
    fl_buffer_put_u64(out_buffer, (uint64_t)settings->banned_until);
    fl_buffer_put_u8(out_buffer, settings->composed);
    fl_buffer_put_varint(out_buffer, settings->rule_count);
    for (size_t i = 0; i < settings->rule_count; i++) {
        encode_rule(&settings->rules[i], out_buffer);
    }
}

/* 0 .. `last`; whatever else stands there is found by `*sound`. */
static int choice(struct fl_reader *reader, int first, int last, bool *sound)
{
    int value = fl_reader_u8(reader);

    *sound = *sound && value >= first && value <= last;
    return value;
}

static int64_t date(struct fl_reader *reader, bool *sound)
{
    uint64_t value = fl_reader_u64(reader);

    *sound = *sound && value <= (uint64_t)FL_DATETIME_MAX;
    return *sound ? (int64_t)value : 0;
}

static const char *text(
    struct fl_reader *reader,
    struct fl_arena *arena,
    size_t bytes_max,
    bool *sound)
{
    struct fl_bytes bytes = fl_reader_sized(reader);

    if (reader->failed || bytes.size > bytes_max || !fl_bytes_are_utf8(bytes)) {
        *sound = false;
        return "";
    }
    return fl_arena_text(arena, bytes);
}

static enum fl_status decode_rule(
    struct fl_reader *reader,
    struct fl_arena *arena,
    struct fl_plan_rule *out_rule)
{
    bool sound = true;
    struct fl_plan_rule rule = {
        .type = text(reader, arena, FL_NAME_BYTES_MAX, &sound),
        .exchanged = choice(reader, 0, 1, &sound) != 0,
        .auto_record = choice(reader, 0, 1, &sound) != 0,
        .collision = (enum fl_plan_collision)choice(
            reader, FL_PLAN_AS_PLAN, FL_PLAN_BY_HAND, &sound),
        .send = (enum fl_plan_send)choice(
            reader, FL_PLAN_SEND_AS_IS, FL_PLAN_SEND_NEVER, &sound),
        .receive = (enum fl_plan_receive)choice(
            reader, FL_PLAN_RECEIVE_AUTO, FL_PLAN_RECEIVE_RETURN, &sound),
        .banned_until = date(reader, &sound),
        .filter = text(reader, arena, FL_PLAN_FILTER_BYTES_MAX, &sound),
    };

    if (!rule.type || !rule.filter) {
        return FL_NO_MEMORY;
    }
    *out_rule = rule;
    return sound && !reader->failed && rule.type[0] != '\0' ? FL_OK : FL_MALFORMED;
}

static enum fl_status decode_rules(
    struct fl_reader *reader,
    struct fl_arena *arena,
    struct fl_plan_settings *settings)
{
    uint64_t count = fl_reader_varint(reader);

    /* A rule has at least a dozen bytes: what cannot be there asks for no memory. */
    if (reader->failed || count > FL_PLAN_RULES_MAX || count > fl_reader_left(reader)) {
        return FL_MALFORMED;
    }
    settings->rules = fl_arena_array(arena, count + 1, sizeof(*settings->rules));
    if (!settings->rules) {
        return FL_NO_MEMORY;
    }
    for (uint64_t i = 0; i < count; i++) {
        enum fl_status status = decode_rule(reader, arena, &settings->rules[i]);

        if (status != FL_OK) {
            return status;
        }
        if (i > 0 && strcmp(settings->rules[i - 1].type, settings->rules[i].type) >= 0) {
            return FL_MALFORMED;
        }
        settings->rule_count++;
    }
    return FL_OK;
}

enum fl_status fl_plan_settings_decode(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_plan_settings *out_settings)
{
    struct fl_reader reader = fl_reader_of(bytes);
    uint8_t version = fl_reader_u8(&reader);
    bool sound = true;

    if (version > VERSION) {
        return FL_UNSUPPORTED;
    }
    struct fl_plan_settings settings = {
        .name = text(&reader, arena, FL_NAME_BYTES_MAX, &sound),
        .kind = (enum fl_plan_kind)choice(&reader, FL_PLAN_TREE, FL_PLAN_EQUAL, &sound),
        .collision = (enum fl_plan_collision)choice(
            &reader, FL_PLAN_PARENT_WINS, FL_PLAN_BY_HAND, &sound),
        .banned_until = date(&reader, &sound),
        .composed = choice(&reader, 0, 1, &sound) != 0,
    };

    if (!settings.name) {
        return FL_NO_MEMORY;
    }
    if (!sound || version != VERSION || settings.name[0] == '\0') {
        return FL_MALFORMED;
    }
    enum fl_status status = decode_rules(&reader, arena, &settings);

    if (status == FL_OK && !fl_reader_done(&reader)) {
        status = FL_MALFORMED;
    }
    if (status == FL_OK) {
        *out_settings = settings;
    }
    return status;
}

const char *fl_plan_collision_name(enum fl_plan_collision collision)
{
    switch (collision) {
    case FL_PLAN_AS_PLAN:
        return "plan";
    case FL_PLAN_PARENT_WINS:
        return "parent";
    case FL_PLAN_CHILD_WINS:
        return "child";
    case FL_PLAN_BY_HAND:
        return "hand";
    }
    return "unknown";
}

const char *fl_plan_send_name(enum fl_plan_send send)
{
    switch (send) {
    case FL_PLAN_SEND_AS_IS:
        return "as-is";
    case FL_PLAN_SEND_AS_DELETION:
        return "deletion";
    case FL_PLAN_SEND_NEVER:
        return "never";
    }
    return "unknown";
}

const char *fl_plan_receive_name(enum fl_plan_receive receive)
{
    switch (receive) {
    case FL_PLAN_RECEIVE_AUTO:
        return "auto";
    case FL_PLAN_RECEIVE_ACCEPT:
        return "accept";
    case FL_PLAN_RECEIVE_IGNORE:
        return "ignore";
    case FL_PLAN_RECEIVE_RETURN:
        return "return";
    }
    return "unknown";
}

const char *fl_plan_kind_name(enum fl_plan_kind kind)
{
    switch (kind) {
    case FL_PLAN_TREE:
        return "tree";
    case FL_PLAN_EQUAL:
        return "equal";
    }
    return "unknown";
}
