#include "exchange/sheet_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

enum { ROWS_MAX = 1048576, TEXT_BYTES_MAX = 32767, DIGITS_MAX = 15 };

struct fl_sheet_writer {
    FILE *file; /* CSV */
    lxw_workbook *workbook;
    lxw_worksheet *sheet;
    lxw_format *date;
    lxw_row_t row;
    char text[TEXT_BYTES_MAX + 1];
};

enum fl_status fl_sheet_writer_open(
    const char *format,
    const char *path,
    struct fl_sheet_writer **out_writer,
    struct fl_error *out_error)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    struct fl_sheet_writer *writer = fl_alloc_zeroed(1, sizeof(*writer));
    enum fl_status status = FL_OK;

    if (!writer) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (strcmp(format, "csv") == 0) {
        writer->file = fopen(path, "wb");
        status = writer->file && fputs("\xEF\xBB\xBF", writer->file) >= 0
                     ? FL_OK
                     : fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    } else if (strcmp(format, "xlsx") == 0) {
        writer->workbook = workbook_new_opt(path, &options);
        writer->sheet =
            writer->workbook ? workbook_add_worksheet(writer->workbook, NULL) : NULL;
        writer->date = writer->sheet ? workbook_add_format(writer->workbook) : NULL;
        if (writer->date) {
            format_set_num_format(writer->date, "dd.mm.yyyy hh:mm:ss");
        } else {
            status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
    } else {
        status = fl_error_set(
            out_error, FL_UNSUPPORTED, "tables are written as csv or xlsx, not as %s",
            format);
    }
    if (status != FL_OK) {
        (void)fl_sheet_writer_end(writer, NULL);
        return status;
    }
    *out_writer = writer;
    return FL_OK;
}

/* Quotes where they are needed, doubled inside. */
static void put_csv(FILE *file, struct fl_bytes text)
{
    bool quoted = false;

    for (size_t i = 0; i < text.size; i++) {
        quoted |= text.data[i] != '\0' && strchr(";\"\r\n", text.data[i]) != NULL;
    }
    quoted |= text.size > 0 && (text.data[0] == ' ' || text.data[text.size - 1] == ' ');
    if (!quoted) {
        (void)fwrite(text.data ? text.data : (const uint8_t *)"", 1, text.size, file);
        return;
    }
    (void)fputc('"', file);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"') {
            (void)fputc('"', file);
        }
        (void)fputc(text.data[i], file);
    }
    (void)fputc('"', file);
}

static bool fits_double(struct fl_bytes text)
{
    size_t digits = 0;

    for (size_t i = 0; i < text.size; i++) {
        digits += text.data[i] >= '0' && text.data[i] <= '9' ? 1 : 0;
    }
    return digits <= DIGITS_MAX;
}

static bool put_date(struct fl_sheet_writer *writer, lxw_col_t column)
{
    lxw_datetime moment = {.year = 0};

    if (sscanf(
            writer->text, "%4d-%2d-%2dT%2d:%2d:%lf", &moment.year, &moment.month,
            &moment.day, &moment.hour, &moment.min, &moment.sec) != 6 ||
        moment.year < 1900) {
        return false;
    }
    return worksheet_write_datetime(
               writer->sheet, writer->row, column, &moment, writer->date) == LXW_NO_ERROR;
}

static void put_xlsx(
    struct fl_sheet_writer *writer,
    lxw_col_t column,
    const struct fl_sheet_cell *cell)
{
    const struct fl_bytes cut = fl_bytes_utf8_beginning(cell->text, TEXT_BYTES_MAX);

    if (cut.size == 0) {
        return;
    }
    memcpy(writer->text, cut.data, cut.size);
    writer->text[cut.size] = '\0';
    if (cell->kind == FL_SHEET_NUMBER && fits_double(cut)) {
        (void)worksheet_write_number(
            writer->sheet, writer->row, column, strtod(writer->text, NULL), NULL);
    } else if (cell->kind != FL_SHEET_DATE || !put_date(writer, column)) {
        (void)worksheet_write_string(
            writer->sheet, writer->row, column, writer->text, NULL);
    }
}

enum fl_status fl_sheet_writer_put(
    struct fl_sheet_writer *writer,
    const struct fl_sheet_cell *cells,
    size_t count,
    struct fl_error *out_error)
{
    if (!writer->file && writer->row >= ROWS_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "a sheet of XLSX has at most %d rows; give --format csv",
            ROWS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        if (!writer->file) {
            put_xlsx(writer, (lxw_col_t)i, &cells[i]);
            continue;
        }
        if (i > 0) {
            (void)fputc(';', writer->file);
        }
        put_csv(writer->file, cells[i].text);
    }
    writer->row++;
    if (writer->file && fputs("\r\n", writer->file) < 0) {
        return fl_error_set(out_error, FL_IO, "%s", strerror(errno));
    }
    return FL_OK;
}

enum fl_status fl_sheet_writer_end(
    struct fl_sheet_writer *writer,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;

    if (!writer) {
        return FL_OK;
    }
    if (writer->file) {
        const bool failed = ferror(writer->file) != 0;

        if (fclose(writer->file) != 0 || failed) {
            status = fl_error_set(out_error, FL_IO, "%s", strerror(errno));
        }
    }
    if (writer->workbook) {
        const lxw_error answer = workbook_close(writer->workbook);

        if (answer != LXW_NO_ERROR) {
            status = fl_error_set(out_error, FL_IO, "%s", lxw_strerror(answer));
        }
    }
    fl_free(writer);
    return status;
}
