/*
 * A sheet of an XLSX workbook, streamed. The XML parser gives the rows of a block at
 * once; until they are asked for they wait in a buffer, shared texts as their numbers:
 *
 *   row = line varint | count varint | cells; cell = column varint | kind u8 | text sized
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workbook.h"

enum {
    WAITING_BYTES_MAX = 16 << 20,
    VALUE_BYTES_MAX = 1 << 20,
    NAMES_BYTES = 400,
    ROW_MAX = 1 << 28,
};

enum kind { KIND_NUMBER = 0, KIND_SHARED, KIND_TEXT, KIND_BOOLEAN, KIND_DATE };

struct reader {
    struct fl_workbook workbook;
    struct fl_xml_reader *xml;
    bool done;
    struct fl_buffer waiting;
    size_t taken;
    struct fl_buffer row; /* cells of the row that is being read */
    uint64_t row_number;
    size_t row_cells;
    uint64_t column; /* from 0, of the cell that is being read */
    enum kind kind;
    bool in_value;
    struct fl_buffer value;
};

/* "BC12": 54, from 0; `fallback` without letters. */
static uint64_t column_of(struct fl_bytes reference, uint64_t fallback)
{
    uint64_t column = 0;
    size_t i = 0;

    while (i < reference.size && i < 4 && reference.data[i] >= 'A' &&
           reference.data[i] <= 'Z') {
        column = column * 26 + (uint64_t)(reference.data[i] - 'A') + 1;
        i++;
    }
    return i == 0 ? fallback : column - 1;
}

static enum kind kind_of(const struct reader *reader, const struct fl_xml_element *cell)
{
    static const struct {
        const char *name;
        enum kind kind;
    } kinds[] = {{"s", KIND_SHARED}, {"inlineStr", KIND_TEXT}, {"str", KIND_TEXT},
                 {"e", KIND_TEXT},   {"b", KIND_BOOLEAN},      {"d", KIND_TEXT}};
    const struct fl_bytes type = fl_workbook_attribute(cell, "t");
    const struct fl_bytes style = fl_workbook_attribute(cell, "s");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (fl_bytes_equal(type, fl_bytes_of_text(kinds[i].name))) {
            return kinds[i].kind;
        }
    }
    return fl_workbook_is_date(
               &reader->workbook, (size_t)fl_workbook_number(style, UINT32_MAX))
               ? KIND_DATE
               : KIND_NUMBER;
}

static enum fl_status start(void *context, const struct fl_xml_element *element)
{
    struct reader *reader = context;

    if (strcmp(element->name, "row") == 0) {
        const uint64_t next = reader->row_number + 1;

        reader->row_number =
            fl_workbook_number(fl_workbook_attribute(element, "r"), next);
        reader->row_number = reader->row_number > ROW_MAX ? next : reader->row_number;
        reader->row_cells = 0;
        reader->column = UINT64_MAX;
        fl_buffer_clear(&reader->row);
    } else if (strcmp(element->name, "c") == 0) {
        const struct fl_bytes place = fl_workbook_attribute(element, "r");

        reader->column = column_of(place, reader->column + 1);
        reader->kind = kind_of(reader, element);
        fl_buffer_clear(&reader->value);
    }
    reader->in_value = strcmp(element->name, "v") == 0 || strcmp(element->name, "t") == 0;
    return FL_OK;
}

static enum fl_status text(void *context, struct fl_bytes bytes)
{
    struct reader *reader = context;

    if (reader->in_value) {
        fl_buffer_put(&reader->value, bytes);
    }
    if (fl_buffer_status(&reader->value) == FL_LIMIT) {
        return fl_xml_reader_fail(
            reader->xml, FL_LIMIT, "row %llu: a cell of more than %d MiB",
            (unsigned long long)reader->row_number, (int)VALUE_BYTES_MAX >> 20);
    }
    return fl_buffer_status(&reader->value);
}

static enum fl_status end(void *context, const struct fl_xml_element *element)
{
    struct reader *reader = context;

    reader->in_value = false;
    if (strcmp(element->name, "c") == 0 && reader->value.size > 0 &&
        reader->column < FL_SHEET_CELLS_MAX) {
        fl_buffer_put_varint(&reader->row, reader->column);
        fl_buffer_put_u8(&reader->row, (uint8_t)reader->kind);
        fl_buffer_put_sized(&reader->row, fl_buffer_view(&reader->value));
        reader->row_cells++;
    } else if (strcmp(element->name, "row") == 0 && reader->row_cells > 0) {
        fl_buffer_put_varint(&reader->waiting, reader->row_number);
        fl_buffer_put_varint(&reader->waiting, reader->row_cells);
        fl_buffer_put(&reader->waiting, fl_buffer_view(&reader->row));
    }
    if (fl_buffer_status(&reader->row) != FL_OK ||
        fl_buffer_status(&reader->waiting) != FL_OK) {
        return fl_xml_reader_fail(
            reader->xml, FL_LIMIT, "row %llu is larger than a row may be",
            (unsigned long long)reader->row_number);
    }
    return FL_OK;
}

static const struct fl_workbook_sheet *find_sheet(
    struct reader *reader,
    const char *name,
    struct fl_error *out_error)
{
    const struct fl_workbook *workbook = &reader->workbook;
    char names[NAMES_BYTES] = "";

    for (size_t i = 0; i < workbook->sheet_count; i++) {
        const struct fl_workbook_sheet *sheet = &workbook->sheets[i];
        const size_t used = strlen(names);

        if (sheet->target[0] != '\0' && (!name || strcmp(name, sheet->name) == 0)) {
            return sheet;
        }
        if (used + strlen(sheet->name) + 3 < sizeof(names)) {
            snprintf(
                names + used, sizeof(names) - used, "%s%s", used > 0 ? ", " : "",
                sheet->name);
        }
    }
    (void)fl_error_set(
        out_error, FL_NOT_FOUND, "%s has no sheet \"%s\"; its sheets: %s", workbook->path,
        name ? name : "1", names);
    return NULL;
}

static void xlsx_close(void *context)
{
    struct reader *reader = context;

    if (!reader) {
        return;
    }
    fl_xml_reader_close(reader->xml);
    fl_workbook_deinit(&reader->workbook);
    fl_buffer_deinit(&reader->waiting);
    fl_buffer_deinit(&reader->row);
    fl_buffer_deinit(&reader->value);
    fl_free(reader);
}

static enum fl_status xlsx_open(
    struct fl_sheet_source *source,
    void **out_reader,
    struct fl_error *out_error)
{
    struct reader *reader = fl_alloc_zeroed(1, sizeof(*reader));

    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_buffer_init(&reader->waiting, WAITING_BYTES_MAX);
    fl_buffer_init(&reader->row, FL_SHEET_ROW_BYTES_MAX);
    fl_buffer_init(&reader->value, VALUE_BYTES_MAX);
    const struct fl_xml_handler handler = {
        .start = start, .text = text, .end = end, .context = reader};
    const struct fl_workbook_sheet *sheet = NULL;
    enum fl_status status =
        fl_workbook_init(&reader->workbook, source->options.path, out_error);

    if (status == FL_OK) {
        sheet = find_sheet(reader, source->options.sheet, out_error);
        status = sheet ? FL_OK : FL_NOT_FOUND;
    }
    if (status == FL_OK) {
        status = fl_workbook_open(
            &reader->workbook, sheet->target, &handler, &reader->xml, out_error);
        if (status == FL_NOT_FOUND) {
            status = fl_error_set(
                out_error, FL_MALFORMED, "%s: the sheet \"%s\" is not in the archive",
                source->options.path, sheet->name);
        }
    }
    if (status != FL_OK) {
        xlsx_close(reader);
        return status;
    }
    snprintf(
        source->description, sizeof(source->description), "XLSX, \"%.100s\"",
        sheet->name);
    *out_reader = reader;
    return FL_OK;
}

static enum fl_status put_cell(
    struct reader *reader,
    struct fl_sheet_cells *cells,
    enum kind kind,
    struct fl_bytes value)
{
    char number[64];
    struct fl_bytes shared;

    switch (kind) {
    case KIND_SHARED:
        return fl_workbook_text(
                   &reader->workbook, (size_t)fl_workbook_number(value, UINT32_MAX),
                   &shared)
                   ? fl_sheet_cells_put(cells, shared)
                   : FL_MALFORMED;
    case KIND_BOOLEAN:
        return fl_sheet_cells_put(
            cells, fl_bytes_of_text(value.data[0] == '1' ? "true" : "false"));
    case KIND_NUMBER:
    case KIND_DATE:
        break;
    case KIND_TEXT:
        return fl_sheet_cells_put(cells, value);
    }
    if (value.size >= sizeof(number)) {
        return FL_MALFORMED;
    }
    memcpy(number, value.data, value.size);
    number[value.size] = '\0';
    char *stop = NULL;
    const double parsed = strtod(number, &stop);

    if (*stop != '\0') {
        return fl_sheet_cells_put(cells, value);
    }
    return kind == KIND_DATE
               ? fl_sheet_put_serial(cells, parsed, reader->workbook.from_1904)
               : fl_sheet_put_number(cells, parsed);
}

static enum fl_status take_row(
    struct reader *reader,
    struct fl_sheet_cells *cells,
    uint64_t *out_line,
    struct fl_error *out_error)
{
    struct fl_bytes left = fl_buffer_view(&reader->waiting);

    left.data += reader->taken;
    left.size -= reader->taken;
    struct fl_reader bytes = fl_reader_of(left);
    const uint64_t line = fl_reader_varint(&bytes);
    const uint64_t count = fl_reader_varint(&bytes);
    enum fl_status status = FL_OK;

    for (uint64_t i = 0; i < count && status == FL_OK; i++) {
        const uint64_t column = fl_reader_varint(&bytes);
        const enum kind kind = (enum kind)fl_reader_u8(&bytes);
        const struct fl_bytes value = fl_reader_sized(&bytes);

        while (status == FL_OK && cells->count < column) {
            status = fl_sheet_cells_put(cells, (struct fl_bytes){NULL, 0});
        }
        /* A cell that stands before its neighbour is out of place: the first counts. */
        if (status == FL_OK && cells->count == column) {
            status = put_cell(reader, cells, kind, value);
        }
    }
    FL_ASSERT(!bytes.failed);
    reader->taken = reader->waiting.size - fl_reader_left(&bytes);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status,
            "%s, row %llu: a value that cannot be read, or more of it than a row may "
            "hold",
            reader->workbook.path, (unsigned long long)line);
    }
    *out_line = line;
    return FL_OK;
}

static enum fl_status xlsx_next(
    void *context,
    struct fl_sheet_cells *cells,
    uint64_t *out_line,
    struct fl_error *out_error)
{
    struct reader *reader = context;

    while (reader->taken == reader->waiting.size && !reader->done) {
        fl_buffer_clear(&reader->waiting);
        reader->taken = 0;
        enum fl_status status = fl_xml_reader_feed(reader->xml, &reader->done, out_error);

        if (status != FL_OK) {
            if (out_error) {
                fl_error_prefix(out_error, "%s", reader->workbook.path);
            }
            return status;
        }
    }
    if (reader->taken == reader->waiting.size) {
        *out_line = 0;
        return FL_OK;
    }
    return take_row(reader, cells, out_line, out_error);
}

const struct fl_sheet_format fl_sheet_xlsx =
    {.name = "xlsx", .open = xlsx_open, .next = xlsx_next, .close = xlsx_close};
