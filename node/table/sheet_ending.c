#include "table/sheet_ending.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

enum { LOOK_EVERY_MS = 5 };

enum state { WORKS = 0, DONE, GIVEN_UP };

struct fl_sheet_ending {
    struct fl_sheet_writer *writer;
    struct fl_file file;
    bool has_thread;
    atomic_int state; /* the second of the two who end it frees it */
    enum fl_status status;
    struct fl_error error;
};

struct fl_sheet_ending *fl_sheet_ending_new(
    struct fl_sheet_writer *take_writer,
    struct fl_file *take_file)
{
    struct fl_sheet_ending *ending = fl_alloc_zeroed(1, sizeof *ending);
    if (ending != NULL) {
        ending->writer = take_writer;
        ending->file = *take_file;
        *take_file = (struct fl_file){.path = NULL};
    }
    return ending;
}

/* To the disk, under its temporary name. */
static enum fl_status pack(struct fl_sheet_ending *ending, struct fl_error *out_error)
{
    enum fl_status status = fl_sheet_writer_end(ending->writer, out_error);
    ending->writer = NULL;
    return status == FL_OK ? fl_file_sync(&ending->file, out_error) : status;
}

enum fl_status fl_sheet_ending_run(
    struct fl_sheet_ending *ending,
    struct fl_error *out_error)
{
    enum fl_status status = pack(ending, out_error);
    return status == FL_OK ? fl_file_publish(&ending->file, out_error) : status;
}

static void free_ending(struct fl_sheet_ending *ending)
{
    (void)fl_sheet_writer_end(ending->writer, NULL);
    fl_file_abandon(&ending->file);
    fl_free(ending);
}

static void *work(void *context)
{
    struct fl_sheet_ending *ending = context;
    ending->status = pack(ending, &ending->error);
    if (atomic_exchange(&ending->state, DONE) == GIVEN_UP) {
        free_ending(ending);
    }
    return NULL;
}

enum fl_status fl_sheet_ending_begin(
    struct fl_sheet_ending *ending,
    struct fl_error *out_error)
{
    pthread_t thread;
    ending->has_thread = pthread_create(&thread, NULL, work, ending) == 0;
    if (!ending->has_thread) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no thread can be started");
    }
    (void)pthread_detach(thread);
    return FL_OK;
}

enum fl_status fl_sheet_ending_step(
    struct fl_sheet_ending *ending,
    bool *out_done,
    struct fl_error *out_error)
{
    if (atomic_load(&ending->state) != DONE) {
        (void)poll(NULL, 0, LOOK_EVERY_MS);
        return FL_OK;
    }
    if (ending->status != FL_OK) {
        return fl_error_set(out_error, ending->status, "%s", ending->error.text);
    }
    enum fl_status status = fl_file_publish(&ending->file, out_error);
    *out_done = status == FL_OK;
    return status;
}

void fl_sheet_ending_free(struct fl_sheet_ending *ending)
{
    if (ending != NULL &&
        (!ending->has_thread || atomic_exchange(&ending->state, GIVEN_UP) == DONE)) {
        free_ending(ending);
    }
}
