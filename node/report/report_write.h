/*
 * A report as a file: a table of CSV or XLSX, a page of HTML that asks nothing of the
 * internet.
 */

#ifndef NODE_REPORT_REPORT_WRITE_H
#define NODE_REPORT_REPORT_WRITE_H

#include "report_texts.h"

enum { FL_REPORT_PAGE_BYTES_MAX = 256 << 20 };

/* "csv" or "xlsx" at `path`: the rows, and behind an empty one the vector. */
enum fl_status fl_report_write_sheet(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    bool has_vector,
    const char *format,
    const char *path,
    struct fl_error *out_error);

/* report_page.c */
void fl_report_write_page(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    bool has_vector,
    struct fl_buffer *out_page);

/* report_chart.c: sums of the last column of numbers by each column of texts, as bars. */
void fl_report_write_charts(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    struct fl_buffer *out_page);

#endif
