/*
 * A report that is asked for, as a thread makes it: from words to rows or a file. All of
 * it are copies, since the call that asked may be given up while the database works.
 */

#ifndef NODE_REPORT_REPORT_JOB_H
#define NODE_REPORT_REPORT_JOB_H

#include "mirror/mirror_settings.h"
#include "proto/day.h"
#include "report_write.h"

enum {
    FL_REPORT_TITLE_BYTES = 256,
    FL_REPORT_PATH_BYTES = 4096,
    FL_REPORT_MOMENT_BYTES = 20,
};

struct fl_report_wanted {
    struct fl_mirror_settings mirror;
    struct fl_buffer sql; /* the job's from its begin on */
    char title[FL_REPORT_TITLE_BYTES];
    char format[8]; /* "table", "csv", "xlsx", "html" */
    char path[FL_REPORT_PATH_BYTES];
    char first_day[FL_DAY_TEXT_BYTES]; /* "": from the beginning */
    char last_day[FL_DAY_TEXT_BYTES];
    char from[FL_REPORT_MOMENT_BYTES];
    char to[FL_REPORT_MOMENT_BYTES];
    char ends[FL_REPORT_MOMENT_BYTES]; /* UTC */
    bool has_vector;
};

struct fl_report_job;

/* NULL: no memory. */
struct fl_report_job *fl_report_job_new(void);
/* What it is to make: to be filled before it begins. */
struct fl_report_wanted *fl_report_job_wanted(struct fl_report_job *job);
struct fl_report_heading fl_report_job_heading(const struct fl_report_job *job);

/* Makes it here and now. */
void fl_report_job_run(struct fl_report_job *job);
/* In a thread of its own. FL_NO_MEMORY: there is none, and nothing has begun. */
enum fl_status fl_report_job_begin(struct fl_report_job *job, struct fl_error *out_error);
/* False: it works still. */
bool fl_report_job_is_done(const struct fl_report_job *job);

/* Of one that is done: `*out_report` lives as long as the job. */
enum fl_status fl_report_job_end(
    const struct fl_report_job *job,
    const struct fl_report **out_report,
    struct fl_error *out_error);

/* Nobody waits for a thread: one that works still breaks off and ends by itself. NULL. */
void fl_report_job_free(struct fl_report_job *job);

#endif
