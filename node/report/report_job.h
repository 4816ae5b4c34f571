/*
 * A report that is asked for, or the question of it, as threads make it while a daemon
 * goes on: one asks the database, and one writes a file. Between them the texts are made,
 * in the thread that knows the reader's language. All of it are copies, since the call
 * that asked may be given up while the database works.
 */

#ifndef NODE_REPORT_REPORT_JOB_H
#define NODE_REPORT_REPORT_JOB_H

#include "mirror/mirror_settings.h"
#include "proto/day.h"
#include "report_write.h"

enum { FL_REPORT_PATH_BYTES = 4096, FL_REPORT_MOMENT_BYTES = 20 };

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
    bool is_question; /* it is shown how the mirror is asked, and no more */
};

struct fl_report_job;

/* NULL: no memory. */
struct fl_report_job *fl_report_job_new(void);
/* What it is to make: to be filled before it begins. */
struct fl_report_wanted *fl_report_job_wanted(struct fl_report_job *job);

/* Makes it here and now. */
enum fl_status fl_report_job_run(struct fl_report_job *job, struct fl_error *out_error);

/* In threads. FL_NO_MEMORY: there is none, and nothing has begun. */
enum fl_status fl_report_job_begin(struct fl_report_job *job, struct fl_error *out_error);
/* Never waits. `*out_done`: it is made. */
enum fl_status fl_report_job_step(
    struct fl_report_job *job,
    bool *out_done,
    struct fl_error *out_error);

/* Of one that is made; they live as long as the job. A question is all that it has. */
const char *fl_report_job_question(struct fl_report_job *job);
const struct fl_report *fl_report_job_report(const struct fl_report_job *job);
const struct fl_report_texts *fl_report_job_texts(const struct fl_report_job *job);

/* Nobody waits for a thread: one that works still breaks off and ends by itself. NULL. */
void fl_report_job_free(struct fl_report_job *job);

#endif
