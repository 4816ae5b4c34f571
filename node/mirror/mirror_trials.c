#include "mirror_trials.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "log.h"

enum { TRIALS_MAX = 8, TRIAL_MS_MAX = 60000, STOP_WAIT_MS = 5000, STOP_STEP_MS = 10 };

struct trial {
    uint64_t number;
    uint64_t until_ms; /* 0: not seen by the loop yet */
    char code[FL_MIRROR_CODE_BYTES_MAX + 1];
    char url[FL_SQL_URL_BYTES_MAX + 1];
    char password_file[FL_MIRROR_PATH_BYTES];
    pthread_t thread;
    atomic_bool cancel;
    atomic_bool is_done; /* what follows is there */
    enum fl_status status;
    struct fl_error error;
};

struct fl_mirror_trials {
    struct trial *items[TRIALS_MAX]; /* NULL: free */
    uint64_t number_last;
};

static void *try(void *context)
{
    struct trial *trial = context;
    const struct fl_sql_options options = {
        .url = trial->url,
        .password_file = trial->password_file,
        .cancel = &trial->cancel};
    trial->status = fl_sql_try(&options, &trial->error);
    atomic_store(&trial->is_done, true);
    return NULL;
}

struct fl_mirror_trials *fl_mirror_trials_new(void)
{
    return fl_alloc_zeroed(1, sizeof(struct fl_mirror_trials));
}

void fl_mirror_trials_stop(struct fl_mirror_trials *trials)
{
    for (size_t i = 0; i < TRIALS_MAX; i++) {
        if (trials->items[i] != NULL) {
            atomic_store(&trials->items[i]->cancel, true);
        }
    }
}

static void end(struct trial **at)
{
    (void)pthread_join((*at)->thread, NULL);
    fl_free(*at);
    *at = NULL;
}

void fl_mirror_trials_free(struct fl_mirror_trials *trials)
{
    const struct timespec step = {.tv_nsec = STOP_STEP_MS * 1000000L};
    int steps = STOP_WAIT_MS / STOP_STEP_MS;
    if (trials == NULL) {
        return;
    }
    fl_mirror_trials_stop(trials);
    for (size_t i = 0; i < TRIALS_MAX; i++) {
        struct trial **at = &trials->items[i];
        while (*at != NULL && !atomic_load(&(*at)->is_done) && steps-- > 0) {
            (void)nanosleep(&step, NULL);
        }
        if (*at != NULL && atomic_load(&(*at)->is_done)) {
            end(at);
        } else if (*at != NULL) {
            fl_log(FL_LOG_WARN, FL_LOG_EVENT_MIRROR_LEFT, "mirror=%s", (*at)->code);
            (void)pthread_detach((*at)->thread); /* it ends with the process */
        }
    }
    fl_free(trials);
}

enum fl_status fl_mirror_trials_begin(
    struct fl_mirror_trials *trials,
    const struct fl_mirror_settings *settings,
    uint64_t *out_number,
    struct fl_error *out_error)
{
    size_t at = 0;
    while (at < TRIALS_MAX && trials->items[at] != NULL) {
        at++;
    }
    if (at == TRIALS_MAX) {
        return fl_error_set(
            out_error, FL_BUSY, "other databases are being tried; again in a minute");
    }
    struct trial *trial = fl_alloc_zeroed(1, sizeof *trial);
    if (trial == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    trial->number = ++trials->number_last;
    memcpy(trial->code, settings->code, sizeof trial->code);
    memcpy(trial->url, settings->url, sizeof trial->url);
    memcpy(trial->password_file, settings->password_file, sizeof trial->password_file);
    if (pthread_create(&trial->thread, NULL, try, trial) != 0) {
        fl_free(trial);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    trials->items[at] = trial;
    *out_number = trial->number;
    return FL_OK;
}

enum fl_status fl_mirror_trials_ask(
    struct fl_mirror_trials *trials,
    uint64_t number,
    bool *out_done,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < TRIALS_MAX; i++) {
        struct trial **at = &trials->items[i];
        if (*at == NULL || (*at)->number != number) {
            continue;
        }
        *out_done = atomic_load(&(*at)->is_done);
        if (!*out_done) {
            return FL_OK;
        }
        enum fl_status status = (*at)->status;
        if (status != FL_OK) {
            *out_error = (*at)->error;
        }
        end(at);
        return status;
    }
    return fl_error_set(out_error, FL_BUSY, "the database does not answer");
}

bool fl_mirror_trials_serve(struct fl_mirror_trials *trials, uint64_t now_ms)
{
    bool is_any = false;
    for (size_t i = 0; i < TRIALS_MAX; i++) {
        struct trial **at = &trials->items[i];
        if (*at != NULL && (*at)->until_ms == 0) {
            (*at)->until_ms = now_ms + TRIAL_MS_MAX;
        }
        bool is_late = *at != NULL && now_ms >= (*at)->until_ms;
        if (is_late && atomic_load(&(*at)->is_done)) {
            end(at);
        } else if (is_late) {
            atomic_store(&(*at)->cancel, true);
            (*at)->number = 0; /* nobody's any more */
        }
        is_any = is_any || *at != NULL;
    }
    return is_any;
}
