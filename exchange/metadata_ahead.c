/*
 * A ring of places, each with the memory of one file. Who looks for work takes the next
 * file when its place is free; the consumer takes one too when its file was not begun, so
 * that nothing waits for threads that could not be started. Only the state of a place is
 * shared: what is in it belongs to whoever took it.
 */

#include "metadata_ahead.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum {
    PLACES = 64,
    THREADS_MAX = 8,
    ARENA_BYTES_MAX = 64 << 20,
};

struct place {
    bool is_done;
    struct fl_arena arena;
    struct fl_metadata metadata;
    struct fl_error error;
    enum fl_status status;
};

struct fl_metadata_ahead {
    fl_metadata_read_fn *read;
    const struct fl_metadata_wanted *wanted;
    size_t count;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t begun;    /* files that somebody took */
    size_t consumed; /* files that were handed out; the last one is still in use */
    bool stops;
    size_t thread_count;
    pthread_t threads[THREADS_MAX];
    struct place places[PLACES];
};

/* With the mutex held: the next file, when its place is free. */
static bool can_begin(const struct fl_metadata_ahead *ahead)
{
    return ahead->begun < ahead->count && ahead->begun - ahead->consumed < PLACES - 1;
}

/* With the mutex held, which is let go while the file is read. */
static void read_next(struct fl_metadata_ahead *ahead)
{
    const size_t index = ahead->begun++;
    struct place *const place = &ahead->places[index % PLACES];

    place->is_done = false;
    (void)pthread_mutex_unlock(&ahead->mutex);
    fl_arena_reset(&place->arena);
    place->error.text[0] = '\0';
    place->status = ahead->read(
        ahead->wanted[index].path, ahead->wanted[index].name, &place->arena,
        &place->metadata, &place->error);
    (void)pthread_mutex_lock(&ahead->mutex);
    place->is_done = true;
    (void)pthread_cond_broadcast(&ahead->changed);
}

static void *work(void *context)
{
    struct fl_metadata_ahead *const ahead = context;

    (void)pthread_mutex_lock(&ahead->mutex);
    while (!ahead->stops && ahead->begun < ahead->count) {
        if (can_begin(ahead)) {
            read_next(ahead);
        } else {
            (void)pthread_cond_wait(&ahead->changed, &ahead->mutex);
        }
    }
    (void)pthread_mutex_unlock(&ahead->mutex);
    return NULL;
}

/* Signals are the caller's thread's. */
static void start_threads(struct fl_metadata_ahead *ahead)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t wanted = processors <= 1            ? 0
                          : processors > THREADS_MAX ? THREADS_MAX
                                                     : (size_t)processors;
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    if (ahead->count < PLACES || pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return;
    }
    while (ahead->thread_count < wanted &&
           pthread_create(&ahead->threads[ahead->thread_count], NULL, work, ahead) == 0) {
        ahead->thread_count++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

enum fl_status fl_metadata_ahead_begin(
    fl_metadata_read_fn *read,
    const struct fl_metadata_wanted *wanted,
    size_t count,
    struct fl_metadata_ahead **out_ahead)
{
    struct fl_metadata_ahead *const ahead = fl_alloc_zeroed(1, sizeof(*ahead));

    if (!ahead || pthread_mutex_init(&ahead->mutex, NULL) != 0) {
        fl_free(ahead);
        return FL_NO_MEMORY;
    }
    if (pthread_cond_init(&ahead->changed, NULL) != 0) {
        (void)pthread_mutex_destroy(&ahead->mutex);
        fl_free(ahead);
        return FL_NO_MEMORY;
    }
    ahead->read = read;
    ahead->wanted = wanted;
    ahead->count = count;
    for (size_t i = 0; i < PLACES; i++) {
        fl_arena_init(&ahead->places[i].arena, ARENA_BYTES_MAX);
    }
    start_threads(ahead);
    *out_ahead = ahead;
    return FL_OK;
}

void fl_metadata_ahead_end(struct fl_metadata_ahead *ahead)
{
    if (!ahead) {
        return;
    }
    (void)pthread_mutex_lock(&ahead->mutex);
    ahead->stops = true;
    (void)pthread_cond_broadcast(&ahead->changed);
    (void)pthread_mutex_unlock(&ahead->mutex);
    for (size_t i = 0; i < ahead->thread_count; i++) {
        (void)pthread_join(ahead->threads[i], NULL);
    }
    for (size_t i = 0; i < PLACES; i++) {
        fl_arena_deinit(&ahead->places[i].arena);
    }
    (void)pthread_cond_destroy(&ahead->changed);
    (void)pthread_mutex_destroy(&ahead->mutex);
    fl_free(ahead);
}

enum fl_status fl_metadata_ahead_next(
    struct fl_metadata_ahead *ahead,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error)
{
    const struct place *const place = &ahead->places[ahead->consumed % PLACES];

    (void)pthread_mutex_lock(&ahead->mutex);
    FL_ASSERT(ahead->consumed < ahead->count);
    while (ahead->begun <= ahead->consumed) {
        read_next(ahead);
    }
    while (!place->is_done) {
        (void)pthread_cond_wait(&ahead->changed, &ahead->mutex);
    }
    ahead->consumed++;
    (void)pthread_cond_broadcast(&ahead->changed);
    (void)pthread_mutex_unlock(&ahead->mutex);
    if (place->status == FL_OK) {
        *out_metadata = place->metadata;
    } else if (out_error) {
        *out_error = place->error;
    }
    return place->status;
}
