#include "mail.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "exchange/encoding.h"
#include "proto/base64.h"

enum {
    LINE_BYTES = 8192, /* a longer one comes in pieces */
    HEADER_BYTES_MAX = 256 << 10,
    BOUNDARY_BYTES = 72, /* 70 and what a NUL and a doubt need */
    BOUNDARIES_MAX = 8,  /* of multiparts in each other */
    PARTS_MAX = 1000,
    GROUP_BYTES = 4,
    WORD_BYTES_MAX = 45, /* before they become an encoded word of no more than 75 */
};

/* --- encoded words --- */

static int digit_of(char letter)
{
    const char *digits = "0123456789ABCDEF";
    const char *at =
        letter == '\0' ? NULL : strchr(digits, toupper((unsigned char)letter));
    return at == NULL ? -1 : (int)(at - digits);
}

/* Of quoted-printable and of its kin in headers and in parameters. */
static void put_quoted(struct fl_bytes text, char sign, bool lines, struct fl_buffer *out)
{
    for (size_t i = 0; i < text.size; i++) {
        const char letter = (char)text.data[i];
        const int high = i + 2 < text.size ? digit_of((char)text.data[i + 1]) : -1;
        const int low = i + 2 < text.size ? digit_of((char)text.data[i + 2]) : -1;
        if (letter == sign && high >= 0 && low >= 0) {
            fl_buffer_put_u8(out, (uint8_t)(high << 4 | low));
            i += 2;
        } else {
            fl_buffer_put_u8(out, letter == '_' && !lines ? ' ' : (uint8_t)letter);
        }
    }
}

/* Of an unknown encoding, or not of the one that it names: as it is when it is UTF-8. */
static void put_decoded(
    struct fl_bytes charset,
    struct fl_bytes bytes,
    struct fl_buffer *out)
{
    enum fl_encoding encoding = FL_ENCODING_UTF8;
    (void)fl_encoding_find(charset, &encoding);
    if (fl_encoding_decode(encoding, bytes, out) != FL_OK && fl_bytes_are_utf8(bytes)) {
        fl_buffer_put(out, bytes);
    }
}

static void put_base64(struct fl_bytes text, struct fl_buffer *out)
{
    struct fl_arena arena;
    struct fl_bytes bytes = {0};
    fl_arena_init(&arena, HEADER_BYTES_MAX);
    if (fl_base64_parse(text, " \t\r\n", &arena, &bytes) == FL_OK) {
        fl_buffer_put(out, bytes);
    }
    fl_arena_deinit(&arena);
}

/* The bytes of =?charset?B?...?= at the beginning of `text`; 0: there is none. */
static size_t put_word(struct fl_bytes text, struct fl_buffer *out)
{
    const char *at = (const char *)text.data;
    const char *charset = at + 2;
    if (!fl_bytes_begin_with(text, "=?")) {
        return 0;
    }
    const char *kind = memchr(charset, '?', text.size - 2);
    size_t before = kind == NULL ? 0 : (size_t)(kind - at);
    if (kind == NULL || text.size < before + 4 || kind[2] != '?') {
        return 0;
    }
    const char *words = kind + 3;
    const char *end = words;
    const char *behind = at + text.size;
    while (end + 1 < behind && !(end[0] == '?' && end[1] == '=')) {
        end++;
    }
    if (end + 1 >= behind) {
        return 0;
    }
    struct fl_buffer bytes;
    struct fl_bytes inside = {(const uint8_t *)words, (size_t)(end - words)};
    fl_buffer_init(&bytes, HEADER_BYTES_MAX);
    if (toupper((unsigned char)kind[1]) == 'B') {
        put_base64(inside, &bytes);
    } else {
        put_quoted(inside, '=', /* lines= */ false, &bytes);
    }
    /* A language may stand behind the charset: =?UTF-8*ru?B?...?= */
    size_t size = strcspn(charset, "*?");
    put_decoded(
        (struct fl_bytes){(const uint8_t *)charset, size}, fl_buffer_view(&bytes), out);
    fl_buffer_deinit(&bytes);
    return (size_t)(end + 2 - at);
}

static bool is_blank(uint8_t letter)
{
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/* Blanks between two encoded words are no part of the text. */
static void put_words(struct fl_bytes text, struct fl_buffer *out)
{
    bool was_word = false;
    for (size_t i = 0; i < text.size;) {
        size_t blanks = 0;
        while (i + blanks < text.size && is_blank(text.data[i + blanks])) {
            blanks++;
        }
        struct fl_bytes rest = {text.data + i + blanks, text.size - i - blanks};
        struct fl_buffer word;
        fl_buffer_init(&word, HEADER_BYTES_MAX);
        size_t size = put_word(rest, &word);
        if (blanks > 0 && !(was_word && size > 0)) {
            fl_buffer_put_u8(out, ' ');
        }
        fl_buffer_put(out, fl_buffer_view(&word));
        fl_buffer_deinit(&word);
        was_word = size > 0;
        if (size == 0 && rest.size > 0) {
            fl_buffer_put_u8(out, rest.data[0]);
            size = 1;
        }
        i += blanks + size;
    }
}

void fl_mail_encode(const char *text, struct fl_buffer *out_field)
{
    const struct fl_bytes bytes = fl_bytes_of_text(text);
    if (fl_encoding_is_ascii(bytes)) {
        fl_buffer_put(out_field, bytes);
        return;
    }
    for (size_t at = 0; at < bytes.size;) {
        struct fl_bytes part = fl_bytes_utf8_beginning(
            (struct fl_bytes){bytes.data + at, bytes.size - at}, WORD_BYTES_MAX);
        char word[WORD_BYTES_MAX * 2];
        if (part.size == 0) {
            return; /* no UTF-8: names of ours are */
        }
        fl_base64_format(part, word);
        fl_buffer_put_text(out_field, at == 0 ? "=?UTF-8?B?" : " =?UTF-8?B?");
        fl_buffer_put_text(out_field, word);
        fl_buffer_put_text(out_field, "?=");
        at += part.size;
    }
}

/* --- fields --- */

/* With its folds; empty: it is not there. */
static struct fl_bytes find_field(struct fl_bytes header, const char *name)
{
    const size_t size = strlen(name);
    for (size_t at = 0; at < header.size;) {
        const char *line = (const char *)header.data + at;
        size_t end = at;
        do { /* up to a line that does not begin with a blank */
            const uint8_t *newline = memchr(header.data + end, '\n', header.size - end);
            end = newline == NULL ? header.size : (size_t)(newline - header.data) + 1;
        } while (end < header.size &&
                 (header.data[end] == ' ' || header.data[end] == '\t'));
        if (end - at > size && strncasecmp(line, name, size) == 0 && line[size] == ':') {
            return fl_bytes_trimmed(
                (struct fl_bytes){header.data + at + size + 1, end - at - size - 1});
        }
        at = end;
    }
    return (struct fl_bytes){0};
}

static void take_text(const struct fl_buffer *text, char out_text[FL_MAIL_NAME_BYTES])
{
    const struct fl_bytes cut = fl_bytes_utf8_beginning(
        fl_bytes_trimmed(fl_buffer_view(text)), FL_MAIL_NAME_BYTES - 1);
    memset(out_text, 0, FL_MAIL_NAME_BYTES);
    if (cut.size > 0) {
        memcpy(out_text, cut.data, cut.size);
    }
}

void fl_mail_field(
    struct fl_bytes header,
    const char *name,
    char out_text[FL_MAIL_NAME_BYTES])
{
    struct fl_buffer text;
    fl_buffer_init(&text, HEADER_BYTES_MAX);
    put_words(find_field(header, name), &text);
    take_text(&text, out_text);
    fl_buffer_deinit(&text);
}

/*
 * A parameter of a field, as it stands there: name="..." or name=..., its quotes taken
 * off.
 */
static bool find_parameter(
    struct fl_bytes field,
    const char *name,
    struct fl_buffer *out_value)
{
    const size_t size = strlen(name);
    const char *text = (const char *)field.data;
    size_t at = 0;
    bool quoted = false;
    for (; at < field.size; at++) {
        quoted = quoted != (text[at] == '"');
        if (text[at] != ';' || quoted) {
            continue;
        }
        size_t from = at + 1;
        while (from < field.size && is_blank(field.data[from])) {
            from++;
        }
        if (field.size - from > size && strncasecmp(text + from, name, size) == 0 &&
            text[from + size] == '=') {
            at = from + size + 1;
            break;
        }
    }
    if (at >= field.size) {
        return false;
    }
    quoted = text[at] == '"';
    for (at += quoted; at < field.size; at++) {
        if (quoted ? text[at] == '"' : text[at] == ';' || is_blank(field.data[at])) {
            break;
        }
        if (quoted && text[at] == '\\' && at + 1 < field.size) {
            at++;
        }
        fl_buffer_put_u8(out_value, field.data[at]);
    }
    return true;
}

/* filename*=UTF-8'ru'%D0%91..., also in pieces filename*0*=, filename*1=. */
static bool put_extended(
    struct fl_bytes field,
    const char *name,
    struct fl_buffer *out_name)
{
    struct fl_buffer value;
    char whole[32];
    fl_buffer_init(&value, HEADER_BYTES_MAX);
    snprintf(whole, sizeof whole, "%s*", name);
    bool found = find_parameter(field, whole, &value);
    bool encoded = found;
    for (int i = 0; !found || i > 0; i++) {
        snprintf(whole, sizeof whole, "%s*%d*", name, i);
        bool is_encoded = find_parameter(field, whole, &value);
        snprintf(whole, sizeof whole, "%s*%d", name, i);
        if (i > BOUNDARIES_MAX ||
            (!is_encoded && !find_parameter(field, whole, &value))) {
            break;
        }
        encoded = encoded || is_encoded;
        found = true;
    }
    struct fl_bytes text = fl_buffer_view(&value);
    struct fl_bytes charset = {0};
    const uint8_t *first =
        memchr(text.data == NULL ? (const uint8_t *)"" : text.data, '\'', text.size);
    const uint8_t *second =
        first == NULL
            ? NULL
            : memchr(first + 1, '\'', text.size - (size_t)(first + 1 - text.data));
    if (encoded && second != NULL) {
        charset = (struct fl_bytes){text.data, (size_t)(first - text.data)};
        text.size -= (size_t)(second + 1 - text.data);
        text.data = second + 1;
    }
    struct fl_buffer bytes;
    fl_buffer_init(&bytes, HEADER_BYTES_MAX);
    put_quoted(text, '%', /* lines= */ true, &bytes);
    if (found) {
        put_decoded(charset, fl_buffer_view(&bytes), out_name);
    }
    fl_buffer_deinit(&bytes);
    fl_buffer_deinit(&value);
    return found;
}

/* The name of an attached file, from where mail programs put it; "": it has none. */
static void take_name(struct fl_bytes header, char out_name[FL_MAIL_NAME_BYTES])
{
    static const char *const PLACES[][2] = {
        {"Content-Disposition", "filename"}, {"Content-Type", "name"}};
    struct fl_buffer name;
    fl_buffer_init(&name, HEADER_BYTES_MAX);
    for (size_t i = 0; i < 2 && name.size == 0; i++) {
        struct fl_bytes field = find_field(header, PLACES[i][0]);
        struct fl_buffer raw;
        fl_buffer_init(&raw, HEADER_BYTES_MAX);
        if (!put_extended(field, PLACES[i][1], &name) &&
            find_parameter(field, PLACES[i][1], &raw)) {
            put_words(fl_buffer_view(&raw), &name);
        }
        fl_buffer_deinit(&raw);
    }
    take_text(&name, out_name);
    fl_buffer_deinit(&name);
}

/* --- parts --- */

enum transfer { TRANSFER_PLAIN, TRANSFER_BASE64, TRANSFER_QUOTED };

struct reading {
    FILE *mail;
    FILE *target;
    struct fl_error *out_error;
    char line[LINE_BYTES];
    size_t size;       /* of the line, with its end */
    bool is_beginning; /* of a line, not the rest of a long one */
    bool was_whole;    /* the line before ended */
    char boundaries[BOUNDARIES_MAX][BOUNDARY_BYTES];
    size_t depth;
    struct fl_buffer header;
    enum transfer transfer;
    uint8_t kept[GROUP_BYTES]; /* letters of Base64, whose groups lines may cut */
    size_t kept_count;
    bool padded;
    struct fl_arena arena; /* of what they say */
};

/* False: the mail is at its end. */
static bool read_line(struct reading *reading)
{
    size_t size = 0;
    int letter = 0;
    while (size < LINE_BYTES && (letter = getc(reading->mail)) != EOF) {
        reading->line[size++] = (char)letter;
        if (letter == '\n') {
            break;
        }
    }
    reading->is_beginning = reading->was_whole;
    reading->was_whole = size > 0 && reading->line[size - 1] == '\n';
    reading->size = size;
    return size > 0;
}

static size_t bare_size(const struct reading *reading)
{
    size_t size = reading->size;
    while (size > 0 && is_blank((uint8_t)reading->line[size - 1])) {
        size--;
    }
    return size;
}

/* Is the line the boundary of a part, or of one around it? Goes out to that one. */
static bool is_boundary(struct reading *reading, bool *out_is_last)
{
    const size_t size = bare_size(reading);
    if (!reading->is_beginning || size < 2 || memcmp(reading->line, "--", 2) != 0) {
        return false;
    }
    for (size_t i = reading->depth; i-- > 0;) {
        const char *boundary = reading->boundaries[i];
        const size_t length = strlen(boundary);
        const bool last =
            size == length + 4 && memcmp(reading->line + length + 2, "--", 2) == 0;
        if ((size == length + 2 || last) &&
            memcmp(reading->line + 2, boundary, length) == 0) {
            reading->depth = last ? i : i + 1;
            *out_is_last = last;
            return true;
        }
    }
    return false;
}

/* Up to the empty line behind it. */
static enum fl_status read_header(struct reading *reading)
{
    fl_buffer_clear(&reading->header);
    while (read_line(reading) && !(reading->is_beginning && bare_size(reading) == 0)) {
        fl_buffer_put_memory(&reading->header, reading->line, reading->size);
    }
    return fl_buffer_status(&reading->header) == FL_OK
               ? FL_OK
               : fl_error_set(
                     reading->out_error, FL_LIMIT,
                     "the mail has a header without an end");
}

static enum fl_status enter_multipart(struct reading *reading)
{
    struct fl_buffer value;
    struct fl_bytes type = find_field(fl_buffer_view(&reading->header), "Content-Type");
    enum fl_status status = FL_OK;
    fl_buffer_init(&value, HEADER_BYTES_MAX);
    if (type.size >= 10 && strncasecmp((const char *)type.data, "multipart/", 10) == 0 &&
        find_parameter(type, "boundary", &value)) {
        if (value.size == 0 || value.size >= BOUNDARY_BYTES ||
            reading->depth == BOUNDARIES_MAX) {
            status = fl_error_set(
                reading->out_error, FL_MALFORMED,
                "the mail is made of parts in a way that no program of mail makes it");
        } else {
            char *boundary = reading->boundaries[reading->depth++];
            memset(boundary, 0, BOUNDARY_BYTES);
            memcpy(boundary, value.data, value.size);
        }
    }
    fl_buffer_deinit(&value);
    return status;
}

static enum fl_status put_bytes(struct reading *reading, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, reading->target) == size
               ? FL_OK
               : fl_error_set(
                     reading->out_error, FL_IO, "the attached file: %s", strerror(errno));
}

static enum fl_status put_letters(
    struct reading *reading,
    const uint8_t *letters,
    size_t size)
{
    struct fl_bytes bytes;
    fl_arena_reset(&reading->arena);
    enum fl_status status = fl_base64_parse(
        (struct fl_bytes){letters, size}, /* ignored= */ NULL, &reading->arena, &bytes);
    if (status == FL_OK) {
        return put_bytes(reading, bytes.data, bytes.size);
    }
    return fl_error_set(
        reading->out_error, status,
        status == FL_MALFORMED ? "the file in the mail is no Base64"
                               : "not enough memory");
}

/* Whole groups of four; nothing comes behind a padded one. */
static enum fl_status put_base64_line(struct reading *reading)
{
    uint8_t letters[GROUP_BYTES + LINE_BYTES];
    size_t size = reading->kept_count;
    memcpy(letters, reading->kept, size);
    for (size_t i = 0; i < reading->size; i++) {
        if (!is_blank((uint8_t)reading->line[i])) {
            letters[size++] = (uint8_t)reading->line[i];
        }
    }
    const size_t whole = size / GROUP_BYTES * GROUP_BYTES;
    const bool is_padded = whole > 0 && letters[whole - 1] == '=';
    if ((reading->padded && size > 0) || (is_padded && size > whole)) {
        return fl_error_set(
            reading->out_error, FL_MALFORMED, "the file in the mail is no Base64");
    }
    reading->padded = reading->padded || is_padded;
    reading->kept_count = size - whole;
    memcpy(reading->kept, letters + whole, reading->kept_count);
    return whole == 0 ? FL_OK : put_letters(reading, letters, whole);
}

/* Some programs leave the padding out. */
static enum fl_status end_base64(struct reading *reading)
{
    const size_t count = reading->kept_count;
    if (count == 0) {
        return FL_OK;
    }
    if (count == 1) {
        return fl_error_set(
            reading->out_error, FL_MALFORMED, "the file in the mail is cut short");
    }
    memset(reading->kept + count, '=', GROUP_BYTES - count);
    return put_letters(reading, reading->kept, GROUP_BYTES);
}

static enum fl_status put_quoted_line(struct reading *reading)
{
    struct fl_buffer text;
    size_t size = bare_size(reading);
    const bool ends = reading->was_whole;
    const bool soft = ends && size > 0 && reading->line[size - 1] == '=';
    fl_buffer_init(&text, 2 * LINE_BYTES);
    put_quoted(
        (struct fl_bytes){
            (const uint8_t *)reading->line, ends ? size - soft : reading->size},
        '=', /* lines= */ true, &text);
    if (ends && !soft) {
        fl_buffer_put_text(&text, "\r\n");
    }
    enum fl_status status = put_bytes(reading, text.data, text.size);
    fl_buffer_deinit(&text);
    return status;
}

static enum fl_status put_line(struct reading *reading)
{
    switch (reading->transfer) {
    case TRANSFER_BASE64:
        return put_base64_line(reading);
    case TRANSFER_QUOTED:
        return put_quoted_line(reading);
    case TRANSFER_PLAIN:
        return put_bytes(reading, reading->line, reading->size);
    }
    return FL_OK;
}

/* Up to the boundary behind it, or to the end of the mail. */
static enum fl_status read_file(struct reading *reading)
{
    char how[FL_MAIL_NAME_BYTES];
    bool is_last = false;
    enum fl_status status = FL_OK;
    fl_mail_field(fl_buffer_view(&reading->header), "Content-Transfer-Encoding", how);
    reading->transfer = strcasecmp(how, "base64") == 0             ? TRANSFER_BASE64
                        : strcasecmp(how, "quoted-printable") == 0 ? TRANSFER_QUOTED
                                                                   : TRANSFER_PLAIN;
    bool ended = false;
    while (status == FL_OK && read_line(reading)) {
        ended = is_boundary(reading, &is_last);
        if (ended) {
            break;
        }
        status = put_line(reading);
    }
    if (status == FL_OK && !ended && reading->depth > 0) {
        return fl_error_set(reading->out_error, FL_MALFORMED, "the mail is cut short");
    }
    return status == FL_OK && reading->transfer == TRANSFER_BASE64 ? end_base64(reading)
                                                                   : status;
}

/* False: there is no other part. */
static bool skip_to_part(struct reading *reading)
{
    bool is_last = false;
    while (read_line(reading)) {
        if (is_boundary(reading, &is_last) && !is_last) {
            return true;
        }
    }
    return false;
}

enum fl_status fl_mail_attachment(
    FILE *mail,
    bool (*wants)(void *context, const char *name),
    void *context,
    FILE *target,
    struct fl_error *out_error)
{
    struct reading reading = {
        .mail = mail, .target = target, .out_error = out_error, .was_whole = true};
    char name[FL_MAIL_NAME_BYTES];
    fl_buffer_init(&reading.header, HEADER_BYTES_MAX);
    fl_arena_init(&reading.arena, 4 * (size_t)LINE_BYTES);
    enum fl_status status = read_header(&reading);
    for (size_t i = 0; status == FL_OK; i++) {
        take_name(fl_buffer_view(&reading.header), name);
        if (name[0] != '\0' && wants(context, name)) {
            status = read_file(&reading);
            break;
        }
        status = enter_multipart(&reading);
        if (status == FL_OK && (i == PARTS_MAX || !skip_to_part(&reading))) {
            status = fl_error_set(
                out_error, FL_NOT_FOUND, "no file of this name is attached to the mail");
        }
        if (status == FL_OK) {
            status = read_header(&reading);
        }
    }
    fl_arena_deinit(&reading.arena);
    fl_buffer_deinit(&reading.header);
    return status;
}
