/*
 * Tables as rows of texts, one row at a time: CSV, XLSX, XLS, DBF and MS Access, each
 * read by a library of its own behind one face.
 *
 * A cell is UTF-8 text. Numbers come as digits with a point, dates as ISO 8601
 * (2026-01-31 or 2026-01-31T10:00:00), booleans as true and false, whatever the file
 * had; of CSV every cell is what it is.
 */

#ifndef EXCHANGE_SHEET_H
#define EXCHANGE_SHEET_H

#include "exchange/encoding.h"

enum {
    FL_SHEET_CELLS_MAX = 1024,
    FL_SHEET_ROW_BYTES_MAX = 4 << 20,
    FL_SHEET_TEXTS_BYTES_MAX = 256 << 20, /* the shared texts of an XLSX file */
};

struct fl_sheet_row {
    uint64_t line; /* where it begins: a line of CSV, else the number of the row */
    size_t cell_count;
    const struct fl_bytes *cells;
    /* NULL, or why the row cannot be taken (in words); the next ones can. */
    const char *fault;
};

struct fl_sheet_options {
    const char *format;   /* "csv", "xlsx", "xls", "dbf", "mdb" */
    const char *path;     /* lives until the sheet is closed */
    const char *sheet;    /* its name or, of "mdb", the table's; NULL: the first */
    const char *encoding; /* NULL: guessed (CSV), or as the file says (DBF) */
    char delimiter;       /* of CSV; 0: guessed */
};

struct fl_sheet;

/* Is it one of the formats above? */
bool fl_sheet_knows(const char *format);

/*
 * FL_NOT_FOUND: no file, or no such sheet (the words list those there are).
 * FL_MALFORMED, FL_REFUSED, FL_LIMIT: not that format, or a trap. The caller ends
 * `*out_sheet` with fl_sheet_close().
 */
enum fl_status fl_sheet_open(
    const struct fl_sheet_options *options,
    struct fl_sheet **out_sheet,
    struct fl_error *out_error);
void fl_sheet_close(struct fl_sheet *sheet); /* takes NULL */

/*
 * The next row that is not empty, or NULL after the last. It lives until the next call.
 * The words of a failure name the row.
 */
enum fl_status fl_sheet_next(
    struct fl_sheet *sheet,
    const struct fl_sheet_row **out_row,
    struct fl_error *out_error);

/* Its first row is the names that the format gives to columns ("dbf", "mdb"). */
bool fl_sheet_has_names(const struct fl_sheet *sheet);

/* In words for a person: "windows-1251, delimiter ;". Lives as long as the sheet. */
const char *fl_sheet_description(const struct fl_sheet *sheet);

#endif
