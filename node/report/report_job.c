#include "report_job.h"

#include <pthread.h>
#include <string.h>

#include "file.h"
#include "report_template.h"

enum state { WORKS = 0, DONE, GIVEN_UP };

typedef enum fl_status work_of(struct fl_report_job *job, struct fl_error *out_error);

struct fl_report_job {
    struct fl_report_wanted wanted;
    atomic_bool cancel;
    atomic_int state; /* of the thread; the second of the two who end it frees the job */
    bool has_thread;
    work_of *work; /* of the thread */
    struct fl_report *report;
    struct fl_report_texts texts;
    struct fl_buffer question;
    enum fl_status status;
    struct fl_error error;
};

struct fl_report_job *fl_report_job_new(void)
{
    struct fl_report_job *job = fl_alloc_zeroed(1, sizeof *job);
    if (job != NULL) {
        fl_buffer_init(&job->wanted.sql, FL_REPORT_TEMPLATE_BYTES_MAX);
        fl_buffer_init(&job->question, 2 * FL_REPORT_TEMPLATE_BYTES_MAX);
    }
    return job;
}

struct fl_report_wanted *fl_report_job_wanted(struct fl_report_job *job)
{
    return &job->wanted;
}

const struct fl_report *fl_report_job_report(const struct fl_report_job *job)
{
    return job->report;
}

const struct fl_report_texts *fl_report_job_texts(const struct fl_report_job *job)
{
    return &job->texts;
}

const char *fl_report_job_question(struct fl_report_job *job)
{
    return fl_sql_text(&job->question);
}

/* -- the three parts -- */

static enum fl_status ask(struct fl_report_job *job, struct fl_error *out_error)
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
    return wanted->is_question ? fl_report_question(&request, &job->question, out_error)
                               : fl_report_run(&request, &job->report, out_error);
}

static enum fl_status say(struct fl_report_job *job, struct fl_error *out_error)
{
    const struct fl_report_heading heading = {
        job->wanted.title, job->wanted.first_day, job->wanted.last_day};
    return fl_report_texts_init(&job->texts, job->report, &heading) == FL_OK
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static enum fl_status write_page(
    const struct fl_report_job *job,
    struct fl_error *out_error)
{
    struct fl_buffer page;
    fl_buffer_init(&page, FL_REPORT_PAGE_BYTES_MAX);
    fl_report_write_page(job->report, &job->texts, job->wanted.has_vector, &page);
    enum fl_status status = fl_buffer_status(&page);
    status =
        status == FL_OK
            ? fl_file_replace(job->wanted.path, 0644, fl_buffer_view(&page), out_error)
            : fl_error_set(out_error, status, "the page is too large");
    fl_buffer_deinit(&page);
    return status;
}

static enum fl_status write(struct fl_report_job *job, struct fl_error *out_error)
{
    const struct fl_report_wanted *wanted = &job->wanted;
    return strcmp(wanted->format, "html") == 0
               ? write_page(job, out_error)
               : fl_report_write_sheet(
                     job->report, &job->texts, wanted->has_vector, wanted->format,
                     wanted->path, out_error);
}

enum fl_status fl_report_job_run(struct fl_report_job *job, struct fl_error *out_error)
{
    enum fl_status status = ask(job, out_error);
    if (status != FL_OK || job->wanted.is_question) {
        return status;
    }
    status = say(job, out_error);
    return status == FL_OK && job->wanted.path[0] != '\0' ? write(job, out_error)
                                                          : status;
}

/* -- threads -- */

static void free_job(struct fl_report_job *job)
{
    fl_report_texts_deinit(&job->texts);
    fl_report_free(job->report);
    fl_buffer_deinit(&job->wanted.sql);
    fl_buffer_deinit(&job->question);
    fl_free(job);
}

static void *run(void *context)
{
    struct fl_report_job *job = context;
    job->status = job->work(job, &job->error);
    if (atomic_exchange(&job->state, DONE) == GIVEN_UP) {
        free_job(job);
    }
    return NULL;
}

static enum fl_status begin(
    struct fl_report_job *job,
    work_of *work,
    struct fl_error *out_error)
{
    pthread_t thread;
    job->work = work;
    atomic_store(&job->state, WORKS);
    job->has_thread = pthread_create(&thread, NULL, run, job) == 0;
    if (!job->has_thread) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    (void)pthread_detach(thread);
    return FL_OK;
}

enum fl_status fl_report_job_begin(struct fl_report_job *job, struct fl_error *out_error)
{
    return begin(job, ask, out_error);
}

enum fl_status fl_report_job_step(
    struct fl_report_job *job,
    bool *out_done,
    struct fl_error *out_error)
{
    if (atomic_load(&job->state) != DONE) {
        return FL_OK;
    }
    if (job->status != FL_OK) {
        return fl_error_set(out_error, job->status, "%s", job->error.text);
    }
    if (job->wanted.is_question) {
        *out_done = true;
        return FL_OK;
    }
    enum fl_status status = job->work == ask ? say(job, out_error) : FL_OK;
    if (status == FL_OK && job->work == ask && job->wanted.path[0] != '\0') {
        return begin(job, write, out_error);
    }
    *out_done = status == FL_OK;
    return status;
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
