/* Excel 97 workbooks by FreeXL, which holds the sheet in memory. */

#include <freexl.h>
#include <stdio.h>
#include <string.h>

#include "sheet_format.h"

struct reader {
    struct fl_sheet_source *source;
    const void *handle;
    bool from_1904;
    uint32_t rows;
    uint16_t columns;
    uint32_t row; /* the next one, from 0 */
};

static void xls_close(void *context)
{
    struct reader *reader = context;

    if (!reader) {
        return;
    }
    if (reader->handle) {
        (void)freexl_close(reader->handle);
    }
    fl_free(reader);
}

static enum fl_status select_sheet(struct reader *reader, struct fl_error *out_error)
{
    const char *wanted = reader->source->options.sheet;
    uint32_t count = 0;

    (void)freexl_get_info(reader->handle, FREEXL_BIFF_SHEET_COUNT, &count);
    for (uint32_t i = 0; i < count && i < UINT16_MAX; i++) {
        const char *name = NULL;

        if (freexl_get_worksheet_name(reader->handle, (uint16_t)i, &name) != FREEXL_OK ||
            !name || (wanted && strcmp(wanted, name) != 0)) {
            continue;
        }
        if (freexl_select_active_worksheet(reader->handle, (uint16_t)i) != FREEXL_OK ||
            freexl_worksheet_dimensions(
                reader->handle, &reader->rows, &reader->columns) != FREEXL_OK) {
            break;
        }
        snprintf(
            reader->source->description, FL_SHEET_DESCRIPTION_BYTES, "XLS, \"%.100s\"",
            name);
        return FL_OK;
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND, "%s has no sheet \"%s\" that can be read",
        reader->source->options.path, wanted ? wanted : "1");
}

static enum fl_status xls_open(
    struct fl_sheet_source *source,
    void **out_reader,
    struct fl_error *out_error)
{
    struct reader *reader = fl_alloc_zeroed(1, sizeof(*reader));
    uint32_t mode = 0;
    uint32_t password = 0;

    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    reader->source = source;
    const int answer = freexl_open(source->options.path, &reader->handle);

    if (answer != FREEXL_OK) {
        reader->handle = NULL;
        xls_close(reader);
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s is no workbook of Excel 97 (.xls), or damaged (FreeXL %d); for a newer "
            "one give --format xlsx",
            source->options.path, answer);
    }
    (void)freexl_get_info(reader->handle, FREEXL_BIFF_PASSWORD, &password);
    (void)freexl_get_info(reader->handle, FREEXL_BIFF_DATEMODE, &mode);
    reader->from_1904 = mode == FREEXL_BIFF_DATEMODE_1904;
    enum fl_status status = FL_UNSUPPORTED;

    if (password == FREEXL_BIFF_OBFUSCATED) {
        (void)fl_error_set(
            out_error, status, "%s has a password; save it without one",
            source->options.path);
    } else {
        status = select_sheet(reader, out_error);
    }
    if (status != FL_OK) {
        xls_close(reader);
        return status;
    }
    *out_reader = reader;
    return FL_OK;
}

static enum fl_status put_cell(
    struct fl_sheet_cells *cells,
    const struct FreeXL_CellValue_str *cell)
{
    switch (cell->type) {
    case FREEXL_CELL_INT:
        return fl_sheet_put_number(cells, cell->value.int_value);
    case FREEXL_CELL_DOUBLE:
        return fl_sheet_put_number(cells, cell->value.double_value);
    case FREEXL_CELL_TEXT:
    case FREEXL_CELL_SST_TEXT:
    case FREEXL_CELL_DATE:
    case FREEXL_CELL_DATETIME:
    case FREEXL_CELL_TIME:
        return fl_sheet_cells_put(
            cells,
            fl_bytes_of_text(cell->value.text_value ? cell->value.text_value : ""));
    default:
        return fl_sheet_cells_put(cells, (struct fl_bytes){NULL, 0});
    }
}

static enum fl_status xls_next(
    void *context,
    struct fl_sheet_cells *cells,
    uint64_t *out_line,
    struct fl_error *out_error)
{
    struct reader *reader = context;
    enum fl_status status = FL_OK;

    if (reader->row >= reader->rows) {
        *out_line = 0;
        return FL_OK;
    }
    for (uint16_t i = 0; i < reader->columns && i < FL_SHEET_CELLS_MAX && status == FL_OK;
         i++) {
        FreeXL_CellValue cell = {.type = FREEXL_CELL_NULL};

        if (freexl_get_cell_value(reader->handle, reader->row, i, &cell) != FREEXL_OK) {
            cell.type = FREEXL_CELL_NULL;
        }
        status = put_cell(cells, &cell);
    }
    reader->row++;
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "row %u is larger than a row may be", reader->row);
    }
    *out_line = reader->row;
    return FL_OK;
}

const struct fl_sheet_format fl_sheet_xls = {
    .name = "xls",
    .apart = true,
    .open = xls_open,
    .next = xls_next,
    .close = xls_close};
