#include "endpoint_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "change/json_text.h"
#include "endpoint_terms.h"
#include "storage/settings.h"

static const char SETTINGS_PREFIX[] = "endpoint/";
static const char STATE_PREFIX[] = "endpoint-state/";

/* One table says how both structures are written: nothing else knows the names. */
enum field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_TIME, FIELD_FLAG };

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    size_t size; /* of a text */
};

#define TEXT(type, member)                                                               \
    {                                                                                    \
#member, FIELD_TEXT, offsetof(struct type, member),                              \
            sizeof(((struct type *)0)->member)                                           \
    }
#define NUMBER(type, member)                                                             \
    {                                                                                    \
#member, FIELD_NUMBER, offsetof(struct type, member), 0                          \
    }
#define TIME(type, member)                                                               \
    {                                                                                    \
#member, FIELD_TIME, offsetof(struct type, member), 0                            \
    }
#define FLAG(type, member)                                                               \
    {                                                                                    \
#member, FIELD_FLAG, offsetof(struct type, member), 0                            \
    }

static const struct field SETTINGS[] = {
    TEXT(fl_endpoint_settings, directory),
    TEXT(fl_endpoint_settings, ftp),
    TEXT(fl_endpoint_settings, mail),
    TEXT(fl_endpoint_settings, smtp),
    TEXT(fl_endpoint_settings, mail_address),
    TEXT(fl_endpoint_settings, password_file),
    TEXT(fl_endpoint_settings, ca_file),
    TEXT(fl_endpoint_settings, incoming),
    TEXT(fl_endpoint_settings, outgoing),
    TEXT(fl_endpoint_settings, mapping),
    TEXT(fl_endpoint_settings, base_plan),
    TEXT(fl_endpoint_settings, our_code),
    TEXT(fl_endpoint_settings, base_code),
    TEXT(fl_endpoint_settings, prefix),
    TEXT(fl_endpoint_settings, versions),
    FLAG(fl_endpoint_settings, english),
    TEXT(fl_endpoint_settings, url),
    TEXT(fl_endpoint_settings, user),
    TEXT(fl_endpoint_settings, intranet),
    FLAG(fl_endpoint_settings, serves),
    FLAG(fl_endpoint_settings, zip),
    NUMBER(fl_endpoint_settings, poll_ms),
    NUMBER(fl_endpoint_settings, archive_files),
    NUMBER(fl_endpoint_settings, archive_bytes),
};

static const struct field STATE[] = {
    TEXT(fl_endpoint_state, reason),
    TEXT(fl_endpoint_state, words),
    TEXT(fl_endpoint_state, notes),
    TIME(fl_endpoint_state, since_ms),
    NUMBER(fl_endpoint_state, failures),
    TEXT(fl_endpoint_state, judged.name),
    NUMBER(fl_endpoint_state, judged.size),
    TIME(fl_endpoint_state, judged.changed_ms),
    NUMBER(fl_endpoint_state, configuration),
    NUMBER(fl_endpoint_state, in_number),
    TIME(fl_endpoint_state, in_ms),
    NUMBER(fl_endpoint_state, in_objects),
    NUMBER(fl_endpoint_state, in_applied),
    NUMBER(fl_endpoint_state, in_collisions),
    NUMBER(fl_endpoint_state, in_quarantined),
    NUMBER(fl_endpoint_state, out_number),
    TIME(fl_endpoint_state, out_ms),
    NUMBER(fl_endpoint_state, out_objects),
    NUMBER(fl_endpoint_state, out_bytes),
    NUMBER(fl_endpoint_state, out_received),
    NUMBER(fl_endpoint_state, out_published),
    FLAG(fl_endpoint_state, owes),
};

static void put_field(json_t *json, const struct field *field, const void *base)
{
    const char *at = (const char *)base + field->offset;
    json_t *value = NULL;
    switch (field->kind) {
    case FIELD_TEXT:
        value = json_string(at);
        break;
    case FIELD_NUMBER:
        value = json_integer((json_int_t) * (const uint64_t *)(const void *)at);
        break;
    case FIELD_TIME:
        value = json_integer((json_int_t) * (const int64_t *)(const void *)at);
        break;
    case FIELD_FLAG:
        value = json_boolean(*(const bool *)at);
        break;
    }
    (void)json_object_set_new(json, field->name, value);
}

static void get_field(const json_t *json, const struct field *field, void *base)
{
    char *at = (char *)base + field->offset;
    const json_t *value = json_object_get(json, field->name);
    switch (field->kind) {
    case FIELD_TEXT:
        snprintf(
            at, field->size, "%s", json_is_string(value) ? json_string_value(value) : "");
        break;
    case FIELD_NUMBER:
        *(uint64_t *)(void *)at = (uint64_t)json_integer_value(value);
        break;
    case FIELD_TIME:
        *(int64_t *)(void *)at = (int64_t)json_integer_value(value);
        break;
    case FIELD_FLAG:
        *(bool *)at = json_is_true(value);
        break;
    }
}

static json_t *to_json(const struct field *fields, size_t count, const void *base)
{
    json_t *json = json_object();
    for (size_t i = 0; i < count; i++) {
        put_field(json, &fields[i], base);
    }
    return json;
}

static void from_json(
    const json_t *json,
    const struct field *fields,
    size_t count,
    void *base)
{
    for (size_t i = 0; i < count; i++) {
        get_field(json, &fields[i], base);
    }
}

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static struct fl_bytes key_of(
    const char *prefix,
    uint32_t peer,
    char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    /* Of fixed width, so that they follow each other by number. */
    int size =
        snprintf(out_text, FL_SETTING_NAME_BYTES_MAX, "%s%010" PRIu32, prefix, peer);
    return (struct fl_bytes){(const uint8_t *)out_text, (size_t)size};
}

static void put(struct fl_txn *txn, const char *prefix, uint32_t peer, json_t *take_json)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    char *text = json_dumps(take_json, JSON_COMPACT | JSON_SORT_KEYS);
    if (text != NULL) {
        fl_settings_put(txn, key_of(prefix, peer, key), fl_bytes_of_text(text));
    }
    free(text);
    json_decref(take_json);
}

static json_t *get(struct fl_txn *txn, const char *prefix, uint32_t peer)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    json_error_t reason;
    return fl_settings_get(txn, key_of(prefix, peer, key), &value) == FL_OK
               ? fl_json_load(value, &reason)
               : NULL;
}

static enum fl_status read_settings(
    json_t *take_json,
    struct fl_endpoint_settings *out_settings)
{
    *out_settings = (struct fl_endpoint_settings){.format = NULL};
    from_json(take_json, SETTINGS, COUNT(SETTINGS), out_settings);
    const char *format = json_string_value(json_object_get(take_json, "format"));
    out_settings->format = fl_endpoint_format_find(format == NULL ? "" : format);
    json_decref(take_json);
    return out_settings->format == NULL ? FL_NOT_FOUND : FL_OK;
}

enum fl_status fl_endpoint_settings_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_endpoint_settings *out_settings)
{
    json_t *json = get(txn, SETTINGS_PREFIX, peer);
    return json == NULL ? FL_NOT_FOUND : read_settings(json, out_settings);
}

void fl_endpoint_settings_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_settings *settings)
{
    json_t *json = to_json(SETTINGS, COUNT(SETTINGS), settings);
    (void)json_object_set_new(json, "format", json_string(settings->format->name));
    put(txn, SETTINGS_PREFIX, peer, json);
}

enum fl_status fl_endpoint_settings_next(
    struct fl_txn *txn,
    uint32_t after,
    uint32_t *out_peer,
    struct fl_endpoint_settings *out_settings)
{
    struct fl_setting_name name = {.size = 0};
    struct fl_bytes value;
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes from = key_of(SETTINGS_PREFIX, after, key);
    memcpy(name.bytes, from.data, from.size);
    name.size = from.size;
    while (fl_settings_next(
               txn, fl_bytes_of_text(SETTINGS_PREFIX), &name, &name, &value) == FL_OK) {
        char digits[FL_SETTING_NAME_BYTES_MAX + 1] = "";
        memcpy(digits, name.bytes, name.size);
        *out_peer = (uint32_t)strtoul(digits + strlen(SETTINGS_PREFIX), NULL, 10);
        if (fl_endpoint_settings_get(txn, *out_peer, out_settings) == FL_OK) {
            return FL_OK;
        }
    }
    return FL_NOT_FOUND;
}

void fl_endpoint_settings_remove(struct fl_txn *txn, uint32_t peer)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    fl_settings_remove(txn, key_of(SETTINGS_PREFIX, peer, key));
    fl_settings_remove(txn, key_of(STATE_PREFIX, peer, key));
    fl_endpoint_terms_remove(txn, peer);
}

void fl_endpoint_state_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_endpoint_state *out_state)
{
    json_t *json = get(txn, STATE_PREFIX, peer);
    *out_state = (struct fl_endpoint_state){.condition = FL_ENDPOINT_NEW};
    from_json(json, STATE, COUNT(STATE), out_state);
    out_state->condition = (enum fl_endpoint_condition)json_integer_value(
        json_object_get(json, "condition"));
    out_state->verdict =
        (enum fl_endpoint_verdict)json_integer_value(json_object_get(json, "verdict"));
    json_decref(json);
}

void fl_endpoint_state_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_state *state)
{
    json_t *json = to_json(STATE, COUNT(STATE), state);
    (void)json_object_set_new(json, "condition", json_integer(state->condition));
    (void)json_object_set_new(json, "verdict", json_integer(state->verdict));
    put(txn, STATE_PREFIX, peer, json);
}

void fl_endpoint_state_note(struct fl_endpoint_state *state, struct fl_bytes words)
{
    const size_t used = strlen(state->notes);
    const struct fl_bytes part =
        fl_bytes_utf8_beginning(words, sizeof state->notes - 1 - used);
    if (part.size > 0) {
        memcpy(state->notes + used, part.data, part.size);
        state->notes[used + part.size] = '\0';
    }
}

const char *fl_endpoint_condition_name(enum fl_endpoint_condition condition)
{
    static const char *const NAMES[] = {"new", "ok", "waiting", "trouble"};
    return condition < sizeof NAMES / sizeof NAMES[0] ? NAMES[condition] : "trouble";
}

char *fl_endpoint_own_path(const struct fl_node *node, uint32_t peer, const char *name)
{
    char part[FL_PLACE_NAME_BYTES + 64];
    snprintf(
        part, sizeof part, "endpoints/%" PRIu32 "%s%s", peer, name == NULL ? "" : "/",
        name == NULL ? "" : name);
    return fl_node_path(node->directory, part);
}

enum fl_status fl_endpoint_own_make(
    const struct fl_node *node,
    uint32_t peer,
    const char *name,
    struct fl_error *out_error)
{
    char *path = fl_endpoint_own_path(node, peer, name);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    char *at = path + strlen(node->directory) + 1;
    enum fl_status status = FL_OK;
    do {
        at += strcspn(at, "/");
        const char end = *at;
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
        }
        *at = end;
        at += end != '\0';
    } while (*at != '\0' && status == FL_OK);
    fl_free(path);
    return status;
}
