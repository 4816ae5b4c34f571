#include "service/log_fields.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 15 /* what every reader of JSON keeps exactly */ };

void fl_log_fields_begin(struct fl_log_fields *fields, const char *text)
{
    fields->next = text;
}

static bool is_name(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
           letter == '_';
}

/* Behind a quote, to the closing one or the end of what was cut. */
static const char *take_quoted(const char *at, char *out_value)
{
    while (*at != '\0' && *at != '"') {
        if (*at == '\\' && at[1] != '\0') {
            at++;
        }
        *out_value++ = *at++;
    }
    *out_value = '\0';
    return *at == '"' ? at + 1 : at;
}

static const char *take_plain(const char *at, char *out_value)
{
    const size_t size = strcspn(at, " ");

    memcpy(out_value, at, size);
    out_value[size] = '\0';
    return at + size;
}

bool fl_log_fields_next(struct fl_log_fields *fields)
{
    const char *at = fields->next;

    for (;;) {
        const char *begin = at + strspn(at, " ");

        at = begin;
        while (is_name(*at)) {
            at++;
        }
        if (*at == '=' && at > begin) {
            fields->name =
                (struct fl_bytes){(const uint8_t *)begin, (size_t)(at - begin)};
            at++;
            break;
        }
        if (*at == '\0') {
            return false;
        }
        at += strcspn(at, " ");
    }
    FL_ASSERT(strlen(at) < sizeof(fields->value));
    fields->next =
        *at == '"' ? take_quoted(at + 1, fields->value) : take_plain(at, fields->value);
    return true;
}

/* -- JSON -- */

struct json {
    char *text;
    size_t size;
};

/* Room for the longest name and value was made: six bytes for one at most. */
static void put(struct json *json, const char *text, size_t size)
{
    if (size < FL_LOG_JSON_BYTES_MAX - 8 - json->size) {
        memcpy(json->text + json->size, text, size);
        json->size += size;
    }
}

static void put_text(struct json *json, const char *text)
{
    put(json, "\"", 1);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            put(json, "\\", 1);
        }
        put(json, text, 1);
    }
    put(json, "\"", 1);
}

static bool is_number(const char *text)
{
    const size_t size = strlen(text);

    return size > 0 && size <= DIGITS_MAX && strspn(text, "0123456789") == size &&
           (text[0] != '0' || size == 1);
}

static void put_value(struct json *json, const char *text)
{
    if (is_number(text)) {
        put(json, text, strlen(text));
    } else {
        put_text(json, text);
    }
}

static void put_pair(struct json *json, const char *name, const char *value)
{
    put(json, json->size == 0 ? "{" : ",", 1);
    put_text(json, name);
    put(json, ":", 1);
    put_text(json, value);
}

/* Names of our own that a field must not give a second time. */
static bool is_taken(struct fl_bytes name)
{
    return fl_bytes_equal(name, fl_bytes_of_text("time")) ||
           fl_bytes_equal(name, fl_bytes_of_text("level")) ||
           fl_bytes_equal(name, fl_bytes_of_text("event"));
}

size_t fl_log_json(
    char out_text[FL_LOG_JSON_BYTES_MAX],
    const char *time,
    const char *level,
    const char *event,
    const char *text)
{
    struct json json = {.text = out_text};
    struct fl_log_fields fields;

    put_pair(&json, "time", time);
    put_pair(&json, "level", level);
    put_pair(&json, "event", event);
    fl_log_fields_begin(&fields, text);
    while (fl_log_fields_next(&fields)) {
        if (!is_taken(fields.name)) {
            put(&json, ",\"", 2);
            put(&json, (const char *)fields.name.data, fields.name.size);
            put(&json, "\":", 2);
            put_value(&json, fields.value);
        }
    }
    put(&json, "}\n", 2);
    return json.size;
}
