/*
 * CSV by libcsv. Bytes are parsed as they are, since quotes, delimiters and line ends
 * are ASCII in all encodings taken here; each cell is decoded when it is whole. libcsv
 * is fed line by line, so that the line of a row is known, and that a row is one: a line
 * ends with \n, \r\n or, as libcsv has it too, with \r alone.
 *
 * A quote that nobody closed would take the rows behind it into its cell. It shows where
 * the cell goes over the end of a line: at a quote that neither is doubled nor ends the
 * cell, or at the end of the file. Within one line libcsv bears such quotes, as 1C does.
 */

#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sheet_format.h"

enum { BLOCK_BYTES = 64 << 10 };

/* A quoted cell that goes over the end of a line. */
struct open_cell {
    uint64_t line; /* of its quote; 0: there is none */
    size_t index;
    bool goes_on; /* into the bytes that come */
    bool quoted;  /* the last of them was a quote: doubled, or the end of the cell */
};

struct reader {
    struct fl_sheet_source *source;
    FILE *file;
    struct csv_parser parser;
    bool parser_made;
    enum fl_encoding encoding;
    bool encoding_given;
    uint8_t block[BLOCK_BYTES];
    size_t size;
    size_t used;
    const uint8_t
        *newline;   /* the next \n of the block, or its end; NULL: not looked for */
    bool returned;  /* \r was the last byte: a \n that comes belongs to it */
    uint64_t line;  /* of the next byte */
    uint64_t begin; /* of the row that is being read */
    bool row_ended;
    bool at_end;
    struct open_cell open;
    struct fl_sheet_cells *cells; /* during next */
    enum fl_status status;
};

static void take_cell(void *bytes, size_t size, void *context)
{
    struct reader *reader = context;
    struct fl_sheet_cells *cells = reader->cells;
    const struct fl_bytes cell = {bytes, bytes ? size : 0};

    if (reader->status != FL_OK) {
        return;
    }
    enum fl_status status = fl_encoding_decode(reader->encoding, cell, &cells->text);

    if (status == FL_MALFORMED) {
        reader->source->fault =
            memchr(cell.data, 0, cell.size)
                ? N_("a byte 0 in it: that is no text")
                : N_("letters that are not of the encoding of the file");
        status = FL_OK;
    }
    if (fl_encoding_is_strange(reader->encoding, cell)) {
        reader->source->fault = N_("letters of UTF-8 in a file of another encoding");
    }
    reader->status = status == FL_OK ? fl_sheet_cells_end(cells) : status;
}

static void take_row(int end, void *context)
{
    struct reader *reader = context;

    (void)end;
    reader->row_ended = true;
}

static enum fl_status fill(struct reader *reader, struct fl_error *out_error)
{
    reader->size = fread(reader->block, 1, BLOCK_BYTES, reader->file);
    reader->used = 0;
    reader->newline = NULL;
    if (ferror(reader->file)) {
        return fl_error_set(
            out_error, FL_IO, "%s: %s", reader->source->options.path, strerror(errno));
    }
    return FL_OK;
}

/* The delimiter that the first line has most of, outside quotes. */
static char guess_delimiter(struct fl_bytes beginning)
{
    static const char candidates[] = ";\t,|";
    size_t counts[sizeof(candidates)] = {0};
    size_t best = 0;
    bool quoted = false;

    for (size_t i = 0; i < beginning.size; i++) {
        const char letter = (char)beginning.data[i];
        const char *found = letter == '\0' ? NULL : strchr(candidates, letter);

        if (letter == '"') {
            quoted = !quoted;
        } else if ((letter == '\n' || letter == '\r') && !quoted) {
            break;
        } else if (found && !quoted) {
            counts[found - candidates]++;
        }
    }
    for (size_t i = 1; i + 1 < sizeof(candidates); i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return candidates[best];
}

static enum fl_status look(struct reader *reader, struct fl_error *out_error)
{
    const struct fl_sheet_options *options = &reader->source->options;
    struct fl_bytes beginning = {reader->block, reader->size};
    char delimiter = options->delimiter;

    if (options->encoding &&
        !fl_encoding_find(fl_bytes_of_text(options->encoding), &reader->encoding)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no encoding: give UTF-8, windows-1251 or cp866",
            options->encoding);
    }
    if (beginning.size >= 2 && (memcmp(beginning.data, "PK", 2) == 0 ||
                                memcmp(beginning.data, "\xD0\xCF", 2) == 0)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s is a workbook, no text: give --format xlsx or --format xls",
            options->path);
    }
    if (beginning.size >= 2 && (memcmp(beginning.data, "\xFF\xFE", 2) == 0 ||
                                memcmp(beginning.data, "\xFE\xFF", 2) == 0)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s is text in UTF-16 (\"Unicode text\" of Excel): save it as CSV UTF-8",
            options->path);
    }
    if (beginning.size >= 3 && memcmp(beginning.data, "\xEF\xBB\xBF", 3) == 0) {
        reader->used = 3;
        reader->encoding = FL_ENCODING_UTF8;
    } else if (!options->encoding) {
        reader->encoding = fl_encoding_guess(beginning);
    }
    if (delimiter == 0) {
        delimiter = guess_delimiter(beginning);
    }
    csv_set_delim(&reader->parser, (unsigned char)delimiter);
    snprintf(
        reader->source->description, FL_SHEET_DESCRIPTION_BYTES,
        delimiter == '\t' ? "%s, tab" : "%s, \"%c\"", fl_encoding_name(reader->encoding),
        delimiter);
    return FL_OK;
}

static void csv_close(void *context)
{
    struct reader *reader = context;

    if (!reader) {
        return;
    }
    if (reader->parser_made) {
        csv_free(&reader->parser);
    }
    if (reader->file) {
        (void)fclose(reader->file);
    }
    fl_free(reader);
}

static enum fl_status csv_open(
    struct fl_sheet_source *source,
    void **out_reader,
    struct fl_error *out_error)
{
    struct reader *reader = fl_alloc_zeroed(1, sizeof(*reader));

    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    reader->source = source;
    reader->line = 1;
    reader->file = fopen(source->options.path, "rb");
    reader->parser_made =
        csv_init(&reader->parser, CSV_APPEND_NULL | CSV_EMPTY_IS_NULL) == 0;
    enum fl_status status = FL_OK;

    if (!reader->file) {
        status = fl_error_set(
            out_error, errno == ENOENT ? FL_NOT_FOUND : FL_IO, "%s: %s",
            source->options.path, strerror(errno));
    } else if (!reader->parser_made) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK) {
        status = fill(reader, out_error);
    }
    if (status == FL_OK) {
        status = look(reader, out_error);
    }
    if (status != FL_OK) {
        csv_close(reader);
        return status;
    }
    *out_reader = reader;
    return FL_OK;
}

/* Is the quote before `letter` the end of its cell, or half of a doubled one? */
static bool may_follow_a_quote(struct reader *reader, uint8_t letter)
{
    return letter == '"' || letter == ' ' || letter == '\t' || letter == '\r' ||
           letter == '\n' || letter == csv_get_delim(&reader->parser);
}

/* False: a quote in what the open cell takes of these bytes belongs to another one. */
static bool follow_open_cell(struct reader *reader, struct fl_bytes bytes)
{
    struct open_cell *open = &reader->open;

    for (size_t i = 0; i < bytes.size && open->goes_on; i++) {
        const uint8_t letter = bytes.data[i];

        if (open->quoted && !may_follow_a_quote(reader, letter)) {
            return false;
        }
        open->goes_on = !open->quoted || letter == '"';
        open->quoted = !open->quoted && letter == '"';
    }
    return true;
}

/* At the end of a line. */
static void note_open_cell(struct reader *reader)
{
    struct open_cell *open = &reader->open;

    if (!reader->parser.quoted) {
        *open = (struct open_cell){.line = 0};
    } else if (open->line == 0 || open->index != reader->cells->count) {
        open->line = reader->line;
        open->index = reader->cells->count;
    }
    open->goes_on = open->line != 0;
}

/* Of the next line with its end, or of what is left of it in the block. */
static size_t line_size(struct reader *reader, bool *out_ends)
{
    const uint8_t *start = reader->block + reader->used;
    const uint8_t *end = reader->block + reader->size;

    if (!reader->newline || reader->newline < start) {
        const uint8_t *found = memchr(start, '\n', (size_t)(end - start));

        reader->newline = found ? found : end;
    }
    const bool has_newline = reader->newline < end;
    const size_t size = (size_t)(reader->newline - start) + has_newline;
    const uint8_t *returned = memchr(start, '\r', size);

    *out_ends = has_newline || returned;
    if (!returned || (has_newline && returned + 1 == reader->newline)) {
        return size;
    }
    return (size_t)(returned - start) + 1;
}

static void feed(struct reader *reader)
{
    const uint8_t *start = reader->block + reader->used;
    const bool is_rest = reader->returned && *start == '\n';
    bool ends = false;
    const size_t size = line_size(reader, &ends);

    if (!follow_open_cell(reader, (struct fl_bytes){start, size})) {
        reader->status = FL_MALFORMED;
        return;
    }
    if (csv_parse(&reader->parser, start, size, take_cell, take_row, reader) != size &&
        reader->status == FL_OK) {
        reader->status = FL_NO_MEMORY;
    }
    if (ends) {
        note_open_cell(reader);
        reader->line += is_rest ? 0 : 1;
    }
    reader->returned = start[size - 1] == '\r';
    reader->used += size;
}

/* The last row may end without a line's end, but not within quotes. */
static void finish(struct reader *reader)
{
    reader->at_end = true;
    (void)csv_set_opts(
        &reader->parser,
        (unsigned char)(csv_get_opts(&reader->parser) | CSV_STRICT | CSV_STRICT_FINI));
    if (csv_fini(&reader->parser, take_cell, take_row, reader) != 0 &&
        reader->status == FL_OK) {
        reader->status = FL_MALFORMED;
    }
}

static enum fl_status failed(const struct reader *reader, struct fl_error *out_error)
{
    const char *path = reader->source->options.path;

    if (reader->status == FL_LIMIT) {
        return fl_error_set(
            out_error, FL_LIMIT,
            "%s, line %llu: a row of more than %d cells or %d MiB; is a quote missing?",
            path, (unsigned long long)reader->begin, (int)FL_SHEET_CELLS_MAX,
            (int)FL_SHEET_ROW_BYTES_MAX >> 20);
    }
    if (reader->status == FL_MALFORMED) {
        const bool is_open =
            reader->open.line != 0 && reader->open.index == reader->cells->count;

        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s, line %llu: a quote opens a cell here and nothing closes it in its "
            "place, so the rows behind it would be lost; close it, or double quotes "
            "within the text",
            path, (unsigned long long)(is_open ? reader->open.line : reader->line));
    }
    return fl_error_set(out_error, reader->status, "not enough memory");
}

/* Nothing but blanks and ends of lines came since the last row. */
static bool has_not_begun(const struct reader *reader)
{
    return reader->cells->count == 0 && reader->parser.entry_pos == 0 &&
           !reader->parser.quoted;
}

static enum fl_status csv_next(
    void *context,
    struct fl_sheet_cells *cells,
    uint64_t *out_line,
    struct fl_error *out_error)
{
    struct reader *reader = context;
    size_t row_bytes = 0;

    reader->cells = cells;
    reader->row_ended = false;
    reader->status = FL_OK;
    reader->begin = reader->line;
    while (!reader->row_ended && !reader->at_end) {
        if (reader->used == reader->size) {
            enum fl_status status = fill(reader, out_error);

            if (status != FL_OK) {
                return status;
            }
        }
        if (reader->size == 0) {
            finish(reader);
        } else {
            const size_t before = reader->used;

            feed(reader);
            row_bytes += reader->used - before;
            /* libcsv skips empty lines: the row begins where something was. */
            if (!reader->row_ended && has_not_begun(reader)) {
                row_bytes = 0;
                reader->begin = reader->line;
            }
        }
        if (row_bytes > FL_SHEET_ROW_BYTES_MAX && reader->status == FL_OK) {
            reader->status = FL_LIMIT;
        }
        if (reader->status != FL_OK) {
            return failed(reader, out_error);
        }
    }
    *out_line = reader->row_ended ? reader->begin : 0;
    return FL_OK;
}

const struct fl_sheet_format fl_sheet_csv =
    {.name = "csv", .open = csv_open, .next = csv_next, .close = csv_close};
