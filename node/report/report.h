/*
 * A report: rows that a mirror's database has answered, and the vector of the branches
 * whose data are in them, read in the same transaction.
 */

#ifndef NODE_REPORT_REPORT_H
#define NODE_REPORT_REPORT_H

#include "mirror/sql.h"
#include "proto/arena.h"

enum { FL_REPORT_ROWS_MAX = 1000000 };

struct fl_report_request {
    const char *url;
    const char *password_file;
    const char *sql;      /* report_template.h */
    const char *from;     /* "2026-01-01 00:00:00" */
    const char *to;       /* not in it any more */
    const char *last_day; /* of the period: "2026-01-31" */
    const char *ends;     /* when that day is over on this machine, UTC, as `to` */
    const atomic_bool *cancel;
};

struct fl_report_branch {
    const char *code;
    const char *name;
    const char *role; /* "self", "child", ...; "" known by its days alone */
    const char *position;
    const char *stated; /* its state is whole as of then, UTC; "" never */
    const char *day;    /* the last that it has closed; "" none */
    const char *closed; /* when, UTC */
    bool is_missing;    /* not all of the period is in the rows */
};

struct fl_report {
    struct fl_arena arena; /* of everything here */
    size_t column_count;
    const char *columns[FL_SQL_COLUMNS_MAX];
    bool is_number[FL_SQL_COLUMNS_MAX];
    size_t row_count;
    const char **cells; /* row by row; NULL: null */
    size_t branch_count;
    struct fl_report_branch *branches;
    const char *lsn;     /* up to which the mirror has the journal */
    const char *head;    /* of the journal */
    const char *written; /* when the mirror was written last, UTC */
    bool is_cut;         /* there are more than FL_REPORT_ROWS_MAX */
};

/*
 * Blocks: for a thread of its own, or a program without a loop. FL_NOT_FOUND: a table or
 * column of the template is not in the mirror. The caller's (fl_report_free).
 */
enum fl_status fl_report_run(
    const struct fl_report_request *request,
    struct fl_report **out_report,
    struct fl_error *out_error);
void fl_report_free(struct fl_report *report); /* takes NULL */

/*
 * The question itself instead of its answer, with the names of that mirror and the
 * moments written out: sqlite3 and psql take it as it stands. Blocks; fails as
 * fl_report_run().
 */
enum fl_status fl_report_question(
    const struct fl_report_request *request,
    struct fl_buffer *out_text,
    struct fl_error *out_error);

/* How many branches are missing. */
size_t fl_report_missing(const struct fl_report *report);
/* The mirror has not all of the journal: what changed again may be missing of anybody. */
bool fl_report_is_behind(const struct fl_report *report);

#endif
