#include "report_job.h"

#include <pthread.h>
#include <string.h>

#include "file.h"
#include "report_template.h"

enum state { WORKS = 0, DONE, GIVEN_UP };

struct fl_report_job {
    struct fl_report_wanted wanted;
    atomic_bool cancel;
    atomic_int state; /* of the thread; the second of the two who end it frees it */
    bool has_thread;
    struct fl_report *report;
    enum fl_status status;
    struct fl_error error;
};

struct fl_report_job *fl_report_job_new(void)
{
    struct fl_report_job *job = fl_alloc_zeroed(1, sizeof *job);
    if (job != NULL) {
        fl_buffer_init(&job->wanted.sql, FL_REPORT_TEMPLATE_BYTES_MAX);
    }
    return job;
}

struct fl_report_wanted *fl_report_job_wanted(struct fl_report_job *job)
{
    return &job->wanted;
}

struct fl_report_heading fl_report_job_heading(const struct fl_report_job *job)
{
    const struct fl_report_wanted *wanted = &job->wanted;
    return (struct fl_report_heading){
        wanted->title, wanted->first_day, wanted->last_day, wanted->has_vector};
}

static enum fl_status write_page(
    const struct fl_report_job *job,
    struct fl_error *out_error)
{
    struct fl_report_heading heading = fl_report_job_heading(job);
    struct fl_buffer page;
    fl_buffer_init(&page, FL_REPORT_PAGE_BYTES_MAX);
    fl_report_write_page(job->report, &heading, &page);
    enum fl_status status = fl_buffer_status(&page);
    status =
        status == FL_OK
            ? fl_file_replace(job->wanted.path, 0644, fl_buffer_view(&page), out_error)
            : fl_error_set(out_error, status, "the page is too large");
    fl_buffer_deinit(&page);
    return status;
}

static enum fl_status make(struct fl_report_job *job, struct fl_error *out_error)
{
    const struct fl_report_wanted *wanted = &job->wanted;
    const struct fl_report_request request = {
        .url = wanted->mirror.url,
        .password_file = wanted->mirror.password_file,
        .sql = (const char *)wanted->sql.data,
        .from = wanted->from,
        .to = wanted->to,
        .last_day = wanted->last_day,
        .ends = wanted->ends,
        .cancel = &job->cancel};
    struct fl_report_heading heading = fl_report_job_heading(job);
    enum fl_status status = fl_report_run(&request, &job->report, out_error);
    if (status != FL_OK || strcmp(wanted->format, "table") == 0) {
        return status;
    }
    return strcmp(wanted->format, "html") == 0
               ? write_page(job, out_error)
               : fl_report_write_sheet(
                     job->report, &heading, wanted->format, wanted->path, out_error);
}

void fl_report_job_run(struct fl_report_job *job)
{
    job->status = make(job, &job->error);
    job->state = DONE;
}

static void free_job(struct fl_report_job *job)
{
    fl_report_free(job->report);
    fl_buffer_deinit(&job->wanted.sql);
    fl_free(job);
}

static void *work(void *context)
{
    struct fl_report_job *job = context;
    job->status = make(job, &job->error);
    if (atomic_exchange(&job->state, DONE) == GIVEN_UP) {
        free_job(job);
    }
    return NULL;
}

enum fl_status fl_report_job_begin(struct fl_report_job *job, struct fl_error *out_error)
{
    pthread_t thread;
    job->has_thread = pthread_create(&thread, NULL, work, job) == 0;
    if (!job->has_thread) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    (void)pthread_detach(thread);
    return FL_OK;
}

bool fl_report_job_is_done(const struct fl_report_job *job)
{
    return atomic_load(&job->state) == DONE;
}

enum fl_status fl_report_job_end(
    const struct fl_report_job *job,
    const struct fl_report **out_report,
    struct fl_error *out_error)
{
    if (job->status != FL_OK) {
        return fl_error_set(out_error, job->status, "%s", job->error.text);
    }
    *out_report = job->report;
    return FL_OK;
}

void fl_report_job_free(struct fl_report_job *job)
{
    if (job == NULL) {
        return;
    }
    atomic_store(&job->cancel, true);
    if (!job->has_thread || atomic_exchange(&job->state, GIVEN_UP) == DONE) {
        free_job(job);
    }
}
