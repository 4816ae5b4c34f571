#include "mirror_settings.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/json_text.h"
#include "storage/settings.h"

static const char SETTINGS_PREFIX[] = "mirror/";
static const char STATE_PREFIX[] = "mirror-state/";

static struct fl_bytes key_of(
    const char *prefix,
    const char *code,
    char out_text[FL_SETTING_NAME_BYTES_MAX + 1])
{
    snprintf(
        out_text, FL_SETTING_NAME_BYTES_MAX + 1, "%s%.*s", prefix,
        FL_MIRROR_CODE_BYTES_MAX, code);
    return fl_bytes_of_text(out_text);
}

static json_t *get(struct fl_txn *txn, const char *prefix, const char *code)
{
    char key[FL_SETTING_NAME_BYTES_MAX + 1];
    struct fl_bytes value;
    json_error_t reason;
    return fl_settings_get(txn, key_of(prefix, code, key), &value) == FL_OK
               ? fl_json_load(value, &reason)
               : NULL;
}

static void put(
    struct fl_txn *txn,
    const char *prefix,
    const char *code,
    json_t *take_json)
{
    char key[FL_SETTING_NAME_BYTES_MAX + 1];
    char *text = json_dumps(take_json, JSON_COMPACT | JSON_SORT_KEYS);
    if (text != NULL) {
        fl_settings_put(txn, key_of(prefix, code, key), fl_bytes_of_text(text));
    }
    free(text);
    json_decref(take_json);
}

static void take_text(const json_t *json, const char *name, char *out_text, size_t size)
{
    const char *text = json_string_value(json_object_get(json, name));
    snprintf(out_text, size, "%s", text == NULL ? "" : text);
}

static uint64_t number_of(const json_t *json, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(json, name));
}

enum fl_status fl_mirror_settings_get(
    struct fl_txn *txn,
    const char *code,
    struct fl_mirror_settings *out_settings)
{
    json_t *json =
        strlen(code) > FL_MIRROR_CODE_BYTES_MAX ? NULL : get(txn, SETTINGS_PREFIX, code);
    if (json == NULL) {
        return FL_NOT_FOUND;
    }
    *out_settings = (struct fl_mirror_settings){
        .is_latin = json_is_true(json_object_get(json, "latin")),
        .is_partitioned = json_is_true(json_object_get(json, "partitioned")),
        .poll_ms = number_of(json, "poll_ms"),
        .batch_objects = number_of(json, "batch")};
    memcpy(out_settings->code, code, strlen(code) + 1);
    take_text(json, "url", out_settings->url, sizeof out_settings->url);
    take_text(
        json, "password_file", out_settings->password_file,
        sizeof out_settings->password_file);
    json_decref(json);
    return FL_OK;
}

void fl_mirror_settings_put(struct fl_txn *txn, const struct fl_mirror_settings *settings)
{
    json_t *json = json_pack(
        "{s:s, s:s, s:b, s:b, s:I, s:I}", "url", settings->url, "password_file",
        settings->password_file, "latin", settings->is_latin, "partitioned",
        settings->is_partitioned, "poll_ms", (json_int_t)settings->poll_ms, "batch",
        (json_int_t)settings->batch_objects);
    put(txn, SETTINGS_PREFIX, settings->code, json);
}

void fl_mirror_settings_remove(struct fl_txn *txn, const char *code)
{
    char key[FL_SETTING_NAME_BYTES_MAX + 1];
    fl_settings_remove(txn, key_of(SETTINGS_PREFIX, code, key));
    fl_settings_remove(txn, key_of(STATE_PREFIX, code, key));
}

enum fl_status fl_mirror_settings_next(
    struct fl_txn *txn,
    const char *after,
    struct fl_mirror_settings *out_settings)
{
    struct fl_setting_name name = {.size = 0};
    struct fl_bytes value;
    char key[FL_SETTING_NAME_BYTES_MAX + 1];
    if (after != NULL) {
        struct fl_bytes from = key_of(SETTINGS_PREFIX, after, key);
        memcpy(name.bytes, from.data, from.size);
        name.size = from.size;
    }
    if (fl_settings_next(
            txn, fl_bytes_of_text(SETTINGS_PREFIX), after == NULL ? NULL : &name, &name,
            &value) != FL_OK) {
        return FL_NOT_FOUND;
    }
    memcpy(key, name.bytes, name.size);
    key[name.size] = '\0';
    return fl_mirror_settings_get(txn, key + strlen(SETTINGS_PREFIX), out_settings);
}

void fl_mirror_state_get(
    struct fl_txn *txn,
    const char *code,
    struct fl_mirror_state *out_state)
{
    json_t *json = get(txn, STATE_PREFIX, code);
    *out_state = (struct fl_mirror_state){
        .condition = (enum fl_mirror_condition)number_of(json, "condition"),
        .since_ms = (int64_t)number_of(json, "since_ms"),
        .progress = {
            .lsn = number_of(json, "lsn"),
            .head = number_of(json, "head"),
            .written_ms = (int64_t)number_of(json, "written_ms")}};
    take_text(json, "words", out_state->words, sizeof out_state->words);
    json_decref(json);
}

void fl_mirror_state_put(
    struct fl_txn *txn,
    const char *code,
    const struct fl_mirror_state *state)
{
    json_t *json = json_pack(
        "{s:i, s:I, s:I, s:I, s:I, s:s}", "condition", (int)state->condition, "since_ms",
        (json_int_t)state->since_ms, "lsn", (json_int_t)state->progress.lsn, "head",
        (json_int_t)state->progress.head, "written_ms",
        (json_int_t)state->progress.written_ms, "words", state->words);
    put(txn, STATE_PREFIX, code, json);
}

const char *fl_mirror_condition_name(enum fl_mirror_condition condition)
{
    static const char *const NAMES[] = {"new", "ok", "filling", "trouble"};
    return condition < sizeof NAMES / sizeof NAMES[0] ? NAMES[condition] : "trouble";
}
