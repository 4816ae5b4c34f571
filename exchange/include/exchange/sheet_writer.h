/*
 * Rows into a CSV file (UTF-8 with a mark, semicolons, CR LF: as Excel opens it in
 * Russia) or an XLSX workbook of one sheet. Memory does not grow with the table.
 */

#ifndef EXCHANGE_SHEET_WRITER_H
#define EXCHANGE_SHEET_WRITER_H

#include "proto/bytes.h"

enum fl_sheet_kind {
    FL_SHEET_TEXT = 0,
    FL_SHEET_NUMBER, /* digits with a point; written as text beyond 15 digits */
    FL_SHEET_DATE,   /* ISO 8601 with the time */
};

struct fl_sheet_cell {
    enum fl_sheet_kind kind;
    struct fl_bytes text;
};

struct fl_sheet_writer;

/* `format` is "csv" or "xlsx", else FL_UNSUPPORTED. `path` is written over. */
enum fl_status fl_sheet_writer_open(
    const char *format,
    const char *path,
    struct fl_sheet_writer **out_writer,
    struct fl_error *out_error);
/* FL_LIMIT: more rows than a sheet of XLSX can have (1,048,576). */
enum fl_status fl_sheet_writer_put(
    struct fl_sheet_writer *writer,
    const struct fl_sheet_cell *cells,
    size_t count,
    struct fl_error *out_error);
/* Everything is in the file; the writer is gone, on failure too. Takes NULL. */
enum fl_status fl_sheet_writer_end(
    struct fl_sheet_writer *writer,
    struct fl_error *out_error);

#endif
