#include "report_write.h"

#include "exchange/sheet_writer.h"

static struct fl_sheet_cell text_cell(const char *text)
{
    return (struct fl_sheet_cell){
        FL_SHEET_TEXT, fl_bytes_of_text(text == NULL ? "" : text)};
}

static enum fl_status put_rows(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    struct fl_sheet_writer *writer,
    struct fl_error *out_error)
{
    struct fl_sheet_cell cells[FL_SQL_COLUMNS_MAX];
    for (size_t i = 0; i < report->column_count; i++) {
        cells[i] = text_cell(texts->columns[i]);
    }
    enum fl_status status =
        fl_sheet_writer_put(writer, cells, report->column_count, out_error);
    for (size_t row = 0; row < report->row_count && status == FL_OK; row++) {
        for (size_t i = 0; i < report->column_count; i++) {
            cells[i] = text_cell(report->cells[row * report->column_count + i]);
            cells[i].kind = report->is_number[i] && cells[i].text.size > 0
                                ? FL_SHEET_NUMBER
                                : FL_SHEET_TEXT;
        }
        status = fl_sheet_writer_put(writer, cells, report->column_count, out_error);
    }
    return status;
}

static enum fl_status put_vector(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    struct fl_sheet_writer *writer,
    struct fl_error *out_error)
{
    struct fl_sheet_cell cells[FL_REPORT_VECTOR_COLUMNS];
    const char *values[FL_REPORT_VECTOR_COLUMNS];
    cells[0] = text_cell("");
    enum fl_status status = fl_sheet_writer_put(writer, cells, 1, out_error);
    for (size_t i = 0; i < FL_REPORT_VECTOR_COLUMNS; i++) {
        cells[i] = text_cell(texts->vector[i]);
    }
    if (status == FL_OK) {
        status = fl_sheet_writer_put(writer, cells, FL_REPORT_VECTOR_COLUMNS, out_error);
    }
    for (size_t row = 0; row < report->branch_count && status == FL_OK; row++) {
        fl_report_texts_branch(texts, &report->branches[row], values);
        for (size_t i = 0; i < FL_REPORT_VECTOR_COLUMNS; i++) {
            cells[i] = text_cell(values[i]);
        }
        status = fl_sheet_writer_put(writer, cells, FL_REPORT_VECTOR_COLUMNS, out_error);
    }
    return status;
}

enum fl_status fl_report_write_sheet(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    bool has_vector,
    const char *format,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_sheet_writer *writer = NULL;
    enum fl_status status = fl_sheet_writer_open(format, path, &writer, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = put_rows(report, texts, writer, out_error);
    if (status == FL_OK && has_vector) {
        status = put_vector(report, texts, writer, out_error);
    }
    enum fl_status ended =
        fl_sheet_writer_end(writer, status == FL_OK ? out_error : NULL);
    return status == FL_OK ? ended : status;
}
