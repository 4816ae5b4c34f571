#include "odata_token.h"

#include <string.h>

#include "language.h"

enum { SHOWN_BYTES_MAX = 60 };

enum fl_status fl_odata_token_refuse(
    const struct fl_odata_reader *reader,
    size_t at,
    const char *words,
    struct fl_error *out_error)
{
    struct fl_bytes rest = {reader->text.data + at, reader->text.size - at};
    rest = fl_bytes_utf8_beginning(rest, SHOWN_BYTES_MAX);
    return fl_error_set(
        out_error, FL_MALFORMED, "%s, at \"%.*s\" (byte %zu)", fl_error_words(words),
        (int)rest.size, rest.size == 0 ? "" : (const char *)rest.data, at + 1);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Letters of any language are bytes above 0x7F. */
static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte == '$' || byte == '@' || byte >= 0x80;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Behind the opening quote; '' is one quote. */
static enum fl_status read_quoted(
    struct fl_odata_reader *reader,
    size_t at,
    struct fl_bytes *out_text,
    struct fl_error *out_error)
{
    const uint8_t *data = reader->text.data;
    size_t begin = reader->next;
    size_t end = begin;
    size_t doubled = 0;
    while (
        end < reader->text.size &&
        (data[end] != '\'' || (end + 1 < reader->text.size && data[end + 1] == '\''))) {
        doubled += data[end] == '\'';
        end += data[end] == '\'' ? 2 : 1;
    }
    if (end >= reader->text.size) {
        return fl_odata_token_refuse(
            reader, at, N_("a text must end with a quote"), out_error);
    }
    reader->next = end + 1;
    *out_text = (struct fl_bytes){data + begin, end - begin};
    if (doubled == 0) {
        return FL_OK;
    }
    if (reader->arena == NULL) {
        return fl_odata_token_refuse(reader, at, N_("no text belongs here"), out_error);
    }
    uint8_t *copy = fl_arena_alloc(reader->arena, end - begin + 1);
    size_t size = 0;
    if (copy == NULL) {
        return fl_error_set(out_error, FL_LIMIT, "the expression is too large");
    }
    for (size_t i = begin; i < end; i++) {
        copy[size++] = data[i];
        i += data[i] == '\'';
    }
    *out_text = (struct fl_bytes){copy, size};
    return FL_OK;
}

static bool equals(struct fl_bytes text, const char *word)
{
    return fl_bytes_equal(text, fl_bytes_of_text(word));
}

/* guid'...', datetime'...' */
static enum fl_status typed_literal(
    const struct fl_odata_reader *reader,
    struct fl_bytes type,
    struct fl_bytes text,
    struct fl_odata_token *token,
    struct fl_error *out_error)
{
    token->kind = FL_ODATA_TOKEN_LITERAL;
    if (equals(type, "guid")) {
        token->value = (struct fl_odata_value){.kind = FL_ODATA_GUID};
        return fl_uuid_parse(text, &token->value.uuid) == FL_OK
                   ? FL_OK
                   : fl_odata_token_refuse(
                         reader, token->at,
                         N_("a guid is guid'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'"),
                         out_error);
    }
    if (equals(type, "datetime")) {
        token->value = (struct fl_odata_value){.kind = FL_ODATA_DATE};
        return fl_datetime_parse(text, &token->value.date) == FL_OK
                   ? FL_OK
                   : fl_odata_token_refuse(
                         reader, token->at, N_("a date is datetime'2026-01-31T00:00:00'"),
                         out_error);
    }
    return fl_odata_token_refuse(
        reader, token->at, N_("only guid'...' and datetime'...' have a type before them"),
        out_error);
}

static enum fl_status read_word(
    struct fl_odata_reader *reader,
    struct fl_odata_token *token,
    struct fl_error *out_error)
{
    const struct fl_bytes all = reader->text;
    struct fl_bytes quoted;
    while (reader->next < all.size &&
           (is_letter(all.data[reader->next]) || is_digit(all.data[reader->next]) ||
            all.data[reader->next] == '.')) {
        reader->next++;
    }
    token->kind = FL_ODATA_TOKEN_WORD;
    token->text = (struct fl_bytes){all.data + token->at, reader->next - token->at};
    if (reader->next < all.size && all.data[reader->next] == '\'') {
        reader->next++;
        enum fl_status status = read_quoted(reader, token->at, &quoted, out_error);
        return status == FL_OK
                   ? typed_literal(reader, token->text, quoted, token, out_error)
                   : status;
    }
    if (equals(token->text, "true") || equals(token->text, "false")) {
        token->kind = FL_ODATA_TOKEN_LITERAL;
        token->value = (struct fl_odata_value){
            .kind = FL_ODATA_BOOLEAN, .boolean = equals(token->text, "true")};
    } else if (equals(token->text, "null")) {
        token->kind = FL_ODATA_TOKEN_LITERAL;
        token->value = (struct fl_odata_value){.kind = FL_ODATA_NULL};
    }
    return FL_OK;
}

static enum fl_status read_number(
    struct fl_odata_reader *reader,
    struct fl_odata_token *token,
    struct fl_error *out_error)
{
    const struct fl_bytes all = reader->text;
    reader->next++; /* a sign, or a digit */
    while (reader->next < all.size &&
           (is_digit(all.data[reader->next]) || all.data[reader->next] == '.')) {
        reader->next++;
    }
    token->text = (struct fl_bytes){all.data + token->at, reader->next - token->at};
    /* OData's marks of a type: 10L, 10.5d, 10.5m, 10.5f */
    if (reader->next < all.size &&
        memchr("LldDmMfF", all.data[reader->next], 8) != NULL) {
        reader->next++;
    }
    token->kind = FL_ODATA_TOKEN_LITERAL;
    token->value = (struct fl_odata_value){.kind = FL_ODATA_NUMBER};
    return fl_decimal_parse(token->text, &token->value.number) == FL_OK
               ? FL_OK
               : fl_odata_token_refuse(
                     reader, token->at, N_("a number is 12 or -12.50"), out_error);
}

enum fl_status fl_odata_token_next(
    struct fl_odata_reader *reader,
    struct fl_odata_token *out_token,
    struct fl_error *out_error)
{
    static const struct {
        char byte;
        enum fl_odata_token_kind kind;
    } marks[] = {
        {'(', FL_ODATA_TOKEN_OPEN},
        {')', FL_ODATA_TOKEN_CLOSE},
        {',', FL_ODATA_TOKEN_COMMA},
        {'=', FL_ODATA_TOKEN_EQUALS},
        {'/', FL_ODATA_TOKEN_SLASH}};
    const struct fl_bytes all = reader->text;
    while (reader->next < all.size && is_blank(all.data[reader->next])) {
        reader->next++;
    }
    *out_token = (struct fl_odata_token){.at = reader->next};
    if (reader->next == all.size) {
        out_token->kind = FL_ODATA_TOKEN_END;
        return FL_OK;
    }
    uint8_t byte = all.data[reader->next];
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (byte == (uint8_t)marks[i].byte) {
            reader->next++;
            out_token->kind = marks[i].kind;
            return FL_OK;
        }
    }
    if (byte == '\'') {
        reader->next++;
        out_token->kind = FL_ODATA_TOKEN_LITERAL;
        out_token->value = (struct fl_odata_value){.kind = FL_ODATA_STRING};
        return read_quoted(reader, out_token->at, &out_token->value.text, out_error);
    }
    if (is_letter(byte)) {
        return read_word(reader, out_token, out_error);
    }
    if (is_digit(byte) || byte == '-' || byte == '+') {
        return read_number(reader, out_token, out_error);
    }
    return fl_odata_token_refuse(
        reader, out_token->at, N_("this character means nothing here"), out_error);
}
