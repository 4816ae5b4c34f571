/*
 * A report as people take it: words about who is missing, a table of CSV or XLSX, a page
 * of HTML that asks nothing of the internet.
 */

#ifndef NODE_REPORT_REPORT_WRITE_H
#define NODE_REPORT_REPORT_WRITE_H

#include "report.h"

enum {
    FL_REPORT_WORDS_BYTES_MAX = 1 << 20,
    FL_REPORT_PAGE_BYTES_MAX = 256 << 20,
    FL_REPORT_VECTOR_COLUMNS = 7,
};

struct fl_report_heading {
    const char *title;     /* in the reader's language */
    const char *first_day; /* "2026-01-01"; "": from the beginning */
    const char *last_day;
    bool has_vector;
};

/* "2026-01-01 - 2026-01-31", or up to the last day. */
enum { FL_REPORT_PERIOD_BYTES = 80 };
void fl_report_period(
    const struct fl_report_heading *heading,
    char out_text[FL_REPORT_PERIOD_BYTES]);

/* Sentences, a line each: who is missing in this number, and how old the mirror is. */
void fl_report_words(
    const struct fl_report *report,
    const struct fl_report_heading *heading,
    struct fl_buffer *out_text);

/* A column's name in the reader's language; of a report of somebody's own, as it is. */
const char *fl_report_label(const char *column);

/* The vector as a table, `out_values` one for each of `fl_report_vector_label`. */
const char *fl_report_vector_label(size_t column);
void fl_report_vector_row(
    const struct fl_report_branch *branch,
    const char *out_values[FL_REPORT_VECTOR_COLUMNS]);

/* "csv" or "xlsx" at `path`: the rows, and behind an empty one the vector. */
enum fl_status fl_report_write_sheet(
    const struct fl_report *report,
    const struct fl_report_heading *heading,
    const char *format,
    const char *path,
    struct fl_error *out_error);

/* report_page.c */
void fl_report_write_page(
    const struct fl_report *report,
    const struct fl_report_heading *heading,
    struct fl_buffer *out_page);

/* report_chart.c: sums of the last column of numbers by each column of texts, as bars. */
void fl_report_write_charts(const struct fl_report *report, struct fl_buffer *out_page);

#endif
