#include "exchange/statement.h"

#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES_MAX = 4 * FL_STATEMENT_BYTES_MAX, NOTE_BYTES = 240 };

#define N_(text)   (text) /* for the translators */
#define FIRST_LINE "1CClientBankExchange"

struct parsing {
    struct fl_statement *statement;
    struct fl_bytes left;
    uint64_t line;
    struct fl_statement_part part; /* that is being read */
    bool ended;
    bool may_go_on; /* the last field is a text that the next line may continue */
    size_t field_count;
    struct fl_error *out_error;
};

static enum fl_status fail(
    const struct parsing *parsing,
    enum fl_status status,
    const char *words)
{
    (void)fl_error_set(parsing->out_error, status, "%s", fl_error_words(words));
    if (parsing->out_error) {
        fl_error_prefix(
            parsing->out_error, "line %llu", (unsigned long long)parsing->line);
    }
    return status;
}

static void note(struct parsing *parsing, const char *words)
{
    struct fl_statement *statement = parsing->statement;
    char text[NOTE_BYTES];

    if (statement->note_count == FL_STATEMENT_NOTES_MAX) {
        return;
    }
    snprintf(
        text, sizeof(text), "%llu: %s", (unsigned long long)parsing->line,
        fl_error_words(words));
    const struct fl_bytes cut =
        fl_bytes_utf8_beginning(fl_bytes_of_text(text), NOTE_BYTES);
    const char *kept = fl_arena_text(&statement->arena, cut);

    if (kept) {
        statement->notes[statement->note_count++] = kept;
    }
}

static struct fl_bytes trimmed(struct fl_bytes text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && strchr(" \t\r", text.data[text.size - 1]) &&
           text.data[text.size - 1] != '\0') {
        text.size--;
    }
    return text;
}

static struct fl_bytes next_line(struct fl_bytes *left)
{
    const uint8_t *newline = memchr(left->data, '\n', left->size);
    struct fl_bytes line = {
        left->data, newline ? (size_t)(newline - left->data) : left->size};

    left->data += line.size + (newline ? 1 : 0);
    left->size -= line.size + (newline ? 1 : 0);
    return trimmed(line);
}

/* The encoding of most lines; others are decoded by themselves. */
static enum fl_encoding encoding_of(struct fl_bytes file)
{
    size_t utf8 = 0;
    size_t other = 0;
    struct fl_bytes left = file;

    while (left.size > 0) {
        const struct fl_bytes line = next_line(&left);

        if (!fl_encoding_is_ascii(line)) {
            utf8 += fl_bytes_are_utf8(line) ? 1 : 0;
            other += fl_bytes_are_utf8(line) ? 0 : 1;
        }
    }
    if (utf8 >= other) {
        return FL_ENCODING_UTF8;
    }
    const enum fl_encoding guess = fl_encoding_guess(file);

    return guess == FL_ENCODING_UTF8 ? FL_ENCODING_1251 : guess;
}

static enum fl_status decode(
    struct parsing *parsing,
    struct fl_bytes line,
    struct fl_bytes *out_text)
{
    enum fl_encoding encoding = parsing->statement->encoding;
    struct fl_buffer text;

    if (!fl_encoding_is_ascii(line)) {
        const bool is_utf8 = fl_bytes_are_utf8(line);

        if (is_utf8 != (encoding == FL_ENCODING_UTF8)) {
            note(
                parsing,
                N_("this line is in another encoding than the file; it was taken"));
            encoding = is_utf8 ? FL_ENCODING_UTF8 : FL_ENCODING_1251;
        }
    }
    fl_buffer_init(&text, FL_STATEMENT_BYTES_MAX);
    enum fl_status status = fl_encoding_decode(encoding, line, &text);

    if (status == FL_OK) {
        status =
            fl_arena_copy(&parsing->statement->arena, fl_buffer_view(&text), out_text);
    }
    fl_buffer_deinit(&text);
    return status == FL_MALFORMED
               ? fail(parsing, status, "bytes that are no text in any encoding of banks")
               : status;
}

static enum fl_status close_part(struct parsing *parsing)
{
    struct fl_statement *statement = parsing->statement;

    parsing->part.field_count = parsing->field_count - parsing->part.field_first;
    fl_buffer_put_memory(&statement->parts_memory, &parsing->part, sizeof(parsing->part));
    statement->part_count++;
    parsing->may_go_on = false;
    return fl_buffer_status(&statement->parts_memory) == FL_OK
               ? FL_OK
               : fail(parsing, FL_LIMIT, "more documents than a statement may have");
}

static enum fl_status open_part(
    struct parsing *parsing,
    enum fl_statement_section section,
    struct fl_bytes kind)
{
    if (parsing->part.section == FL_STATEMENT_HEADER &&
        parsing->statement->part_count == 0) {
        enum fl_status status = close_part(parsing);

        if (status != FL_OK) {
            return status;
        }
    } else if (parsing->part.section != 0) {
        return fail(
            parsing, FL_MALFORMED,
            "a section begins before the one above it has ended; the file is damaged: "
            "ask the bank for it again");
    }
    parsing->part = (struct fl_statement_part){
        .section = section,
        .line = parsing->line,
        .kind = kind,
        .field_first = parsing->field_count};
    return FL_OK;
}

static enum fl_status end_part(struct parsing *parsing, enum fl_statement_section section)
{
    if (parsing->part.section != section) {
        return fail(
            parsing, FL_MALFORMED,
            "a section ends that has not begun; the file is damaged: ask the bank for it "
            "again");
    }
    enum fl_status status = close_part(parsing);

    parsing->part = (struct fl_statement_part){.section = 0};
    return status;
}

static enum fl_status add_field(
    struct parsing *parsing,
    struct fl_bytes key,
    struct fl_bytes value)
{
    struct fl_buffer *memory = &parsing->statement->fields_memory;
    const struct fl_statement_field field = {key, value};

    if (parsing->part.section == 0) {
        note(parsing, N_("outside of any section; passed over"));
        return FL_OK;
    }
    if (parsing->field_count - parsing->part.field_first >= FL_STATEMENT_FIELDS_MAX) {
        return fail(parsing, FL_LIMIT, "more keys than a section may have");
    }
    fl_buffer_put_memory(memory, &field, sizeof(field));
    parsing->field_count++;
    parsing->may_go_on =
        key.size >= strlen("НазначениеПлатежа") &&
        memcmp(key.data, "НазначениеПлатежа", strlen("НазначениеПлатежа")) == 0;
    return fl_buffer_status(memory) == FL_OK
               ? FL_OK
               : fail(parsing, FL_LIMIT, "a statement larger than one may be");
}

/* Some banks break a long purpose into lines. */
static enum fl_status go_on(struct parsing *parsing, struct fl_bytes line)
{
    struct fl_statement_field *fields =
        (struct fl_statement_field *)(void *)parsing->statement->fields_memory.data;

    if (!parsing->may_go_on) {
        note(parsing, N_("neither Key=Value nor a section; passed over"));
        return FL_OK;
    }
    struct fl_bytes *value = &fields[parsing->field_count - 1].value;
    uint8_t *joined =
        fl_arena_alloc(&parsing->statement->arena, value->size + line.size + 1);

    if (!joined) {
        return fail(parsing, FL_LIMIT, "a statement larger than one may be");
    }
    memcpy(joined, value->data, value->size);
    joined[value->size] = ' ';
    memcpy(joined + value->size + 1, line.data, line.size);
    *value = (struct fl_bytes){joined, value->size + line.size + 1};
    return FL_OK;
}

static enum fl_status take_line(struct parsing *parsing, struct fl_bytes raw)
{
    struct fl_bytes line;
    enum fl_status status = decode(parsing, raw, &line);

    if (status != FL_OK || line.size == 0) {
        return status;
    }
    const uint8_t *equal = memchr(line.data, '=', line.size);
    struct fl_bytes key = line;
    struct fl_bytes value = {line.data + line.size, 0};

    if (equal) {
        key.size = (size_t)(equal - line.data);
        value = (struct fl_bytes){equal + 1, line.size - key.size - 1};
    }
    key = trimmed(key);
    value = trimmed(value);
    if (fl_bytes_equal(key, fl_bytes_of_text("СекцияДокумент"))) {
        return open_part(parsing, FL_STATEMENT_DOCUMENT, value);
    }
    if (fl_bytes_equal(key, fl_bytes_of_text("СекцияРасчСчет"))) {
        return open_part(parsing, FL_STATEMENT_ACCOUNT, value);
    }
    if (fl_bytes_equal(line, fl_bytes_of_text("КонецДокумента"))) {
        return end_part(parsing, FL_STATEMENT_DOCUMENT);
    }
    if (fl_bytes_equal(line, fl_bytes_of_text("КонецРасчСчет"))) {
        return end_part(parsing, FL_STATEMENT_ACCOUNT);
    }
    if (fl_bytes_equal(line, fl_bytes_of_text("КонецФайла"))) {
        parsing->ended = true;
        return FL_OK;
    }
    return equal ? add_field(parsing, key, value) : go_on(parsing, line);
}

static enum fl_status finish(struct parsing *parsing)
{
    struct fl_statement *statement = parsing->statement;
    enum fl_status status = FL_OK;

    if (!parsing->ended || (parsing->part.section != 0 && statement->part_count > 0)) {
        return fail(
            parsing, FL_MALFORMED,
            "the file is not whole: КонецФайла is missing; ask the bank for it again");
    }
    if (statement->part_count == 0) {
        status = close_part(parsing);
    }
    statement->fields = (const void *)statement->fields_memory.data;
    statement->parts = (const void *)statement->parts_memory.data;
    return status;
}

static void check_header(struct parsing *parsing)
{
    const struct fl_statement *statement = parsing->statement;
    const struct fl_bytes version =
        fl_statement_get(statement, &statement->parts[0], "ВерсияФормата");
    const struct fl_bytes said =
        fl_statement_get(statement, &statement->parts[0], "Кодировка");
    enum fl_encoding encoding = statement->encoding;

    parsing->line = 1;
    if (!fl_bytes_equal(version, fl_bytes_of_text("1.01")) &&
        !fl_bytes_equal(version, fl_bytes_of_text("1.02")) &&
        !fl_bytes_equal(version, fl_bytes_of_text("1.03"))) {
        note(
            parsing, N_("a version of the format other than 1.01 to 1.03; read as 1.03"));
    }
    if (fl_encoding_find(said, &encoding) && encoding != statement->encoding) {
        note(
            parsing,
            N_("the file is in another encoding than its header says; it was taken"));
    }
}

enum fl_status fl_statement_init(
    struct fl_statement *statement,
    struct fl_bytes file,
    struct fl_error *out_error)
{
    struct parsing parsing = {
        .statement = statement,
        .left = file,
        .part = {.section = FL_STATEMENT_HEADER, .line = 1},
        .out_error = out_error};

    memset(statement, 0, sizeof(*statement));
    fl_arena_init(&statement->arena, ARENA_BYTES_MAX);
    fl_buffer_init(&statement->fields_memory, ARENA_BYTES_MAX);
    fl_buffer_init(
        &statement->parts_memory,
        FL_STATEMENT_DOCUMENTS_MAX * sizeof(struct fl_statement_part));
    if (parsing.left.size >= 3 && memcmp(parsing.left.data, "\xEF\xBB\xBF", 3) == 0) {
        parsing.left.data += 3;
        parsing.left.size -= 3;
    }
    statement->encoding = encoding_of(parsing.left);
    parsing.line = 1;
    const struct fl_bytes first = next_line(&parsing.left);

    if (!fl_bytes_equal(first, fl_bytes_of_text(FIRST_LINE))) {
        return fail(
            &parsing, FL_MALFORMED,
            "this is no statement: its first line has to be 1CClientBankExchange");
    }
    enum fl_status status = FL_OK;

    while (status == FL_OK && parsing.left.size > 0 && !parsing.ended) {
        parsing.line++;
        status = take_line(&parsing, next_line(&parsing.left));
    }
    if (status == FL_OK) {
        status = finish(&parsing);
    } else if (status != FL_MALFORMED && status != FL_LIMIT) {
        (void)fl_error_set(out_error, status, "not enough memory");
    }
    if (status == FL_OK) {
        check_header(&parsing);
    }
    return status;
}

void fl_statement_deinit(struct fl_statement *statement)
{
    fl_arena_deinit(&statement->arena);
    fl_buffer_deinit(&statement->fields_memory);
    fl_buffer_deinit(&statement->parts_memory);
}

struct fl_bytes fl_statement_get(
    const struct fl_statement *statement,
    const struct fl_statement_part *part,
    const char *key)
{
    const struct fl_bytes wanted = fl_bytes_of_text(key);

    for (size_t i = 0; i < part->field_count; i++) {
        const struct fl_statement_field *field =
            &statement->fields[part->field_first + i];

        if (fl_bytes_equal(field->key, wanted)) {
            return field->value;
        }
    }
    return (struct fl_bytes){(const uint8_t *)"", 0};
}
