#include "endpoint_job.h"

#include <pthread.h>
#include <string.h>

struct fl_job {
    pthread_t thread;
    atomic_bool cancel;
    atomic_bool done; /* `result` is the loop's from then on */
    struct fl_job_wanted wanted;
    struct fl_job_result result;
};

static bool is_known(const struct fl_place_file *a, const struct fl_place_file *b)
{
    return a->size == b->size && a->changed_ms == b->changed_ms &&
           strcmp(a->name, b->name) == 0;
}

static void fetch(struct fl_job *job)
{
    const struct fl_job_wanted *wanted = &job->wanted;
    struct fl_job_result *result = &job->result;
    result->status = fl_place_newest(
        &wanted->place, wanted->mask, wanted->name, &result->file, &result->has_ours,
        &result->error);
    if (result->status != FL_OK) {
        return;
    }
    result->is_known = is_known(&result->file, &wanted->known);
    if (!result->is_known) {
        result->status =
            fl_place_get(&wanted->place, &result->file, wanted->path, &result->error);
    }
}

static void publish(struct fl_job *job)
{
    const struct fl_job_wanted *wanted = &job->wanted;
    job->result.status =
        fl_place_put(&wanted->place, wanted->path, wanted->name, &job->result.error);
    if (job->result.status == FL_OK && wanted->replaces[0] != '\0') {
        fl_place_remove(&wanted->place, wanted->replaces);
    }
}

static void *work(void *context)
{
    struct fl_job *job = context;
    if (job->wanted.kind == FL_JOB_FETCH) {
        fetch(job);
    } else {
        publish(job);
    }
    atomic_store(&job->done, true);
    return NULL;
}

enum fl_status fl_job_start(
    const struct fl_job_wanted *wanted,
    struct fl_job **out_job,
    struct fl_error *out_error)
{
    struct fl_job *job = fl_alloc_zeroed(1, sizeof *job);
    if (job == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    job->wanted = *wanted;
    job->wanted.place.cancel = &job->cancel;
    if (pthread_create(&job->thread, NULL, work, job) != 0) {
        fl_free(job);
        return fl_error_set(out_error, FL_NO_MEMORY, "no thread can be started");
    }
    *out_job = job;
    return FL_OK;
}

const struct fl_job_result *fl_job_result(const struct fl_job *job)
{
    return atomic_load(&job->done) ? &job->result : NULL;
}

void fl_job_end(struct fl_job *job)
{
    if (job == NULL) {
        return;
    }
    atomic_store(&job->cancel, true);
    (void)pthread_join(job->thread, NULL);
    fl_free(job);
}
