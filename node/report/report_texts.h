/*
 * What a report says in the reader's language. It is made where that language is known,
 * the loop of a daemon for one, so that a thread can write files without asking for it.
 */

#ifndef NODE_REPORT_REPORT_TEXTS_H
#define NODE_REPORT_REPORT_TEXTS_H

#include "report.h"

enum {
    FL_REPORT_TITLE_BYTES = 256,
    FL_REPORT_PERIOD_BYTES = 80,
    FL_REPORT_SHOWN_BYTES = 200,
    FL_REPORT_VECTOR_COLUMNS = 7,
    FL_REPORT_PAGE_ROWS_MAX = 5000, /* of the table of a page: the rest is in CSV */
};

struct fl_report_heading {
    const char *title;
    const char *first_day; /* "2026-01-01"; "": from the beginning */
    const char *last_day;
};

struct fl_report_texts {
    char title[FL_REPORT_TITLE_BYTES];
    char period[FL_REPORT_PERIOD_BYTES];
    struct fl_buffer words; /* sentences, a line each: who is missing, how old it is */
    const char *columns[FL_SQL_COLUMNS_MAX]; /* of a report of somebody's own, as told */
    const char *vector[FL_REPORT_VECTOR_COLUMNS];
    const char *missing;               /* in the last column of the vector */
    const char *whose;                 /* above the vector */
    char shown[FL_REPORT_SHOWN_BYTES]; /* "": a page has all rows */
};

/* FL_NO_MEMORY. What it made ends with deinit; `report` outlives it. */
enum fl_status fl_report_texts_init(
    struct fl_report_texts *texts,
    const struct fl_report *report,
    const struct fl_report_heading *heading);
void fl_report_texts_deinit(struct fl_report_texts *texts); /* of zeroes too */

/* A row of the vector, a value for each of `texts->vector`. */
void fl_report_texts_branch(
    const struct fl_report_texts *texts,
    const struct fl_report_branch *branch,
    const char *out_values[FL_REPORT_VECTOR_COLUMNS]);

#endif
