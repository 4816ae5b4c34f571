#include "json_text.h"

#include <string.h>

enum { DEPTH_MAX = 8, DIGITS_MAX = 18 };

/* What is open, from the outside in; `key` waits for its value when that is an object. */
struct level {
    json_t *container;
    struct fl_bytes key;
};

struct text {
    const uint8_t *at;
    const uint8_t *end;
    size_t depth;
    struct level levels[DEPTH_MAX];
};

static void skip_blanks(struct text *text)
{
    while (text->at < text->end && (*text->at == ' ' || *text->at == '\t' ||
                                    *text->at == '\n' || *text->at == '\r')) {
        text->at++;
    }
}

static bool take(struct text *text, uint8_t byte)
{
    skip_blanks(text);
    if (text->at == text->end || *text->at != byte) {
        return false;
    }
    text->at++;
    return true;
}

/* Between quotes, the first of which is taken. */
static bool take_string(struct text *text, struct fl_bytes *out_string)
{
    const uint8_t *begin = text->at;

    while (text->at < text->end && *text->at != '"') {
        if (*text->at < ' ' || *text->at == '\\') {
            return false;
        }
        text->at++;
    }
    if (text->at == text->end) {
        return false;
    }
    *out_string = (struct fl_bytes){begin, (size_t)(text->at - begin)};
    text->at++;
    return true;
}

static bool take_word(struct text *text, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(text->end - text->at) < size || memcmp(text->at, word, size) != 0) {
        return false;
    }
    text->at += size;
    return true;
}

static json_t *take_integer(struct text *text)
{
    bool is_negative = take_word(text, "-");
    const uint8_t *begin = text->at;
    json_int_t number = 0;

    while (text->at < text->end && *text->at >= '0' && *text->at <= '9' &&
           text->at - begin < DIGITS_MAX) {
        number = number * 10 + (*text->at++ - '0');
    }
    bool is_whole = text->at > begin && (*begin != '0' || text->at - begin == 1);
    bool goes_on = text->at < text->end && *text->at != ',' && *text->at != '}' &&
                   *text->at != ']' && *text->at > ' ';

    return is_whole && !goes_on ? json_integer(is_negative ? -number : number) : NULL;
}

static json_t *take_scalar(struct text *text)
{
    struct fl_bytes string;

    if (take_word(text, "\"")) {
        return take_string(text, &string)
                   ? json_stringn_nocheck((const char *)string.data, string.size)
                   : NULL;
    }
    if (take_word(text, "true")) {
        return json_true();
    }
    if (take_word(text, "false")) {
        return json_false();
    }
    return take_word(text, "null") ? json_null() : take_integer(text);
}

/* Into what is open. Takes `value` in any case. */
static bool put(struct text *text, json_t *value)
{
    struct level *level = &text->levels[text->depth - 1];
    const char *key = (const char *)level->key.data;

    if (json_is_array(level->container)) {
        return json_array_append_new(level->container, value) == 0;
    }
    if (json_object_getn(level->container, key, level->key.size)) {
        json_decref(value);
        return false;
    }
    return json_object_setn_new_nocheck(level->container, key, level->key.size, value) ==
           0;
}

static bool open(struct text *text, json_t *container)
{
    if (!container || text->depth == DEPTH_MAX) {
        json_decref(container);
        return false;
    }
    text->levels[text->depth++] = (struct level){.container = container};
    return true;
}

/* The key and the colon, when an object is open. */
static bool take_key(struct text *text)
{
    struct level *level = &text->levels[text->depth - 1];

    return json_is_array(level->container) ||
           (take(text, '"') && take_string(text, &level->key) && take(text, ':'));
}

/*
 * Behind a value, or behind an opening bracket with `first`: close what ends here, and
 * stand before the next value or at the end. False: something else is there.
 */
static bool go_on(struct text *text, bool first, json_t **out_whole)
{
    while (text->depth > 0) {
        json_t *container = text->levels[text->depth - 1].container;

        if (!take(text, json_is_array(container) ? ']' : '}')) {
            return (first || take(text, ',')) && take_key(text);
        }
        first = false;
        text->depth--;
        if (text->depth == 0) {
            *out_whole = container;
        } else if (!put(text, container)) {
            return false;
        }
    }
    return true;
}

static json_t *load(struct fl_bytes bytes)
{
    struct text text = {.at = bytes.data, .end = bytes.data + bytes.size};
    json_t *whole = NULL;
    bool good = take(&text, '{') && open(&text, json_object()) &&
                go_on(&text, /* first= */ true, &whole);

    while (good && !whole) {
        if (take(&text, '{')) {
            good = open(&text, json_object()) && go_on(&text, /* first= */ true, &whole);
        } else if (take(&text, '[')) {
            good = open(&text, json_array()) && go_on(&text, /* first= */ true, &whole);
        } else {
            json_t *scalar = take_scalar(&text);

            good =
                scalar && put(&text, scalar) && go_on(&text, /* first= */ false, &whole);
        }
    }
    skip_blanks(&text);
    if (good && text.at == text.end) {
        return whole;
    }
    json_decref(whole);
    while (text.depth > 0) {
        json_decref(text.levels[--text.depth].container);
    }
    return NULL;
}

json_t *fl_json_load(struct fl_bytes text, json_error_t *out_reason)
{
    json_t *whole = text.size > 0 && fl_bytes_are_utf8(text) ? load(text) : NULL;

    return whole ? whole
                 : json_loadb(
                       (const char *)text.data, text.size, JSON_REJECT_DUPLICATES,
                       out_reason);
}
