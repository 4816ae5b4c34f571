#include "site/site_task.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exchange/zip_archive.h"
#include "node.h"
#include "site/site_picture.h"
#include "site/site_told.h"

enum { SESSIONS_MAX = 3 };

struct fl_site_thread {
    pthread_t thread;
    atomic_bool cancel;
    atomic_bool done;
    struct fl_site_task *task;
    enum fl_site_step step;
    enum fl_status status;
    struct fl_error error;
};

static void pause_seconds(unsigned seconds)
{
    const struct timespec pause = {.tv_sec = (time_t)seconds};
    (void)nanosleep(&pause, NULL);
}

/* --- sending files --- */

static enum fl_status send_one(
    const struct fl_site_task *task,
    struct fl_site_link *link,
    const char *name,
    uint64_t file_limit,
    struct fl_error *out_error)
{
    char *path = fl_node_path(task->directory, name);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_site_link_send(link, path, name, file_limit, out_error);
    fl_free(path);
    return status;
}

static size_t names_of(
    const struct fl_site_task *task,
    enum fl_site_file_kind kind,
    const char *out_names[FL_SITE_FILES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < task->out->file_count; i++) {
        if (task->out->files[i].kind == kind) {
            out_names[count++] = task->out->files[i].name;
        }
    }
    return count;
}

/* --- pictures --- */

struct sending {
    const struct fl_site_task *task;
    struct fl_site_link *link;
    uint64_t file_limit;
};

static enum fl_status send_picture(
    void *context,
    const char *name,
    struct fl_error *out_error)
{
    const struct sending *sending = context;
    return send_one(sending->task, sending->link, name, sending->file_limit, out_error);
}

static enum fl_status send_pictures(
    const struct fl_site_task *task,
    struct fl_site_link *link,
    uint64_t file_limit,
    struct fl_error *out_error)
{
    struct sending sending = {.task = task, .link = link, .file_limit = file_limit};
    return fl_site_pictures_each(task->directory, send_picture, &sending, out_error);
}

/* What goes into one archive: texts behind each other, then pointers to them. */
struct packing {
    struct fl_buffer texts;
    size_t count;
};

static enum fl_status add_name(
    void *context,
    const char *name,
    struct fl_error *out_error)
{
    struct packing *packing = context;
    fl_buffer_put_memory(&packing->texts, name, strlen(name) + 1);
    packing->count++;
    return fl_buffer_status(&packing->texts) == FL_OK && packing->count < FL_ZIP_FILES_MAX
               ? FL_OK
               : fl_error_set(
                     out_error, FL_LIMIT,
                     "more than %d pictures in one archive: let the site say zip=no",
                     FL_ZIP_FILES_MAX);
}

static enum fl_status pack(
    const struct fl_site_task *task,
    const char *path,
    const struct packing *packing,
    struct fl_error *out_error)
{
    const char **names = fl_alloc((packing->count + 1) * sizeof *names);
    if (names == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    const char *at = (const char *)packing->texts.data;
    for (size_t i = 0; i < packing->count; i++) {
        names[i] = at;
        at += strlen(at) + 1;
    }
    const enum fl_status status =
        fl_zip_pack(path, task->directory, names, packing->count, out_error);
    fl_free(names);
    return status;
}

/* All in one archive; the import is then asked for by the names inside. */
static enum fl_status send_packed(
    const struct fl_site_task *task,
    struct fl_site_link *link,
    const char *const *names,
    size_t count,
    bool with_pictures,
    uint64_t file_limit,
    struct fl_error *out_error)
{
    static const char NAME[] = "v8_filial.zip";
    struct packing packing = {.count = 0};
    char *path = fl_node_path(task->directory, NAME);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory") : FL_OK;
    fl_buffer_init(&packing.texts, (size_t)FL_ZIP_FILES_MAX * FL_SITE_PICTURE_NAME_BYTES);
    for (size_t i = 0; i < count && status == FL_OK; i++) {
        status = add_name(&packing, names[i], out_error);
    }
    if (status == FL_OK && with_pictures) {
        status = fl_site_pictures_each(task->directory, add_name, &packing, out_error);
    }
    if (status == FL_OK) {
        status = pack(task, path, &packing, out_error);
    }
    if (status == FL_OK) {
        status = fl_site_link_send(link, path, NAME, file_limit, out_error);
        (void)unlink(path);
    }
    fl_buffer_deinit(&packing.texts);
    fl_free(path);
    return status;
}

static enum fl_status send_once(
    struct fl_site_task *task,
    const struct fl_site_access *access,
    enum fl_site_file_kind kind,
    struct fl_error *out_error)
{
    const char *names[FL_SITE_FILES_MAX];
    const size_t count = names_of(task, kind, names);
    const char *type = kind == FL_SITE_FILE_SALE ? "sale" : "catalog";
    struct fl_site_terms terms;
    struct fl_site_link *link = NULL;
    enum fl_status status = fl_site_link_open(access, &link, out_error);
    if (status == FL_OK) {
        status = fl_site_link_begin(
            link, type, kind == FL_SITE_FILE_SALE && task->in_3_1 ? "3.1" : NULL, &terms,
            out_error);
    }
    const bool imports = kind != FL_SITE_FILE_SALE || task->in_3_1;
    const bool packs = status == FL_OK && terms.zip;
    if (packs) {
        status = send_packed(
            task, link, names, count, kind == FL_SITE_FILE_CATALOG, terms.file_limit,
            out_error);
    }
    for (size_t i = 0; i < count && status == FL_OK && !packs; i++) {
        status = send_one(task, link, names[i], terms.file_limit, out_error);
    }
    if (status == FL_OK && !packs && kind == FL_SITE_FILE_CATALOG) {
        status = send_pictures(task, link, terms.file_limit, out_error);
    }
    if (!imports && status == FL_OK) { /* orders are imported as they come */
        snprintf(task->said, sizeof task->said, "%s", fl_site_link_said(link));
    }
    for (size_t i = 0; i < count && status == FL_OK && imports; i++) {
        status = fl_site_link_import(link, names[i], out_error);
    }
    if (status == FL_OK && kind == FL_SITE_FILE_CATALOG && terms.has_time) {
        char mode[64];
        snprintf(mode, sizeof mode, "deactivate&timestamp=%s", terms.timestamp);
        /* Bitrix' own steps; others do not know them, and nothing depends on them. */
        if (task->full) {
            (void)fl_site_link_say(link, mode, NULL);
        }
        (void)fl_site_link_say(link, "complete", NULL);
    }
    fl_site_link_close(link);
    return status;
}

/* How much of a piece arrived is not known when the line breaks: the session anew. */
static enum fl_status send_files(
    struct fl_site_task *task,
    const struct fl_site_access *access,
    enum fl_site_file_kind kind,
    struct fl_error *out_error)
{
    const char *names[FL_SITE_FILES_MAX];
    enum fl_status status = FL_OK;
    if (names_of(task, kind, names) == 0 || access->url[0] == '\0') {
        return FL_OK;
    }
    for (unsigned i = 0; i < SESSIONS_MAX; i++) {
        status = send_once(task, access, kind, out_error);
        if (status != FL_IO || i + 1 == SESSIONS_MAX || atomic_load(access->cancel)) {
            break;
        }
        pause_seconds(1u << i);
    }
    return status;
}

/* --- the two steps --- */

static enum fl_status ask_for_orders(
    struct fl_site_task *task,
    struct fl_error *out_error)
{
    struct fl_site_terms terms;
    enum fl_status status = fl_site_link_open(&task->access, &task->sale, out_error);
    if (status == FL_OK) {
        status = fl_site_link_begin(task->sale, "sale", NULL, &terms, out_error);
    }
    if (status == FL_OK) {
        status = fl_site_link_query(task->sale, task->query_path, out_error);
    }
    task->queried = status == FL_OK;
    return status;
}

static enum fl_status exchange(struct fl_site_task *task, struct fl_error *out_error)
{
    enum fl_status status = fl_site_told_sync(task->directory, out_error);
    if (status == FL_OK) {
        status = send_files(task, &task->access, FL_SITE_FILE_CATALOG, out_error);
    }
    if (status == FL_OK) {
        status = send_files(task, &task->intranet, FL_SITE_FILE_COMPANY, out_error);
    }
    return status == FL_OK ? ask_for_orders(task, out_error) : status;
}

static enum fl_status finish(struct fl_site_task *task, struct fl_error *out_error)
{
    enum fl_status status =
        task->queried ? fl_site_link_say(task->sale, "success", out_error) : FL_OK;
    return status == FL_OK ? send_files(task, &task->access, FL_SITE_FILE_SALE, out_error)
                           : status;
}

static void *work(void *context)
{
    struct fl_site_thread *thread = context;
    thread->status = thread->step == FL_SITE_STEP_EXCHANGE
                         ? exchange(thread->task, &thread->error)
                         : finish(thread->task, &thread->error);
    atomic_store(&thread->done, true);
    return NULL;
}

enum fl_status fl_site_thread_start(
    struct fl_site_task *task,
    enum fl_site_step step,
    struct fl_site_thread **out_thread,
    struct fl_error *out_error)
{
    struct fl_site_thread *thread = fl_alloc_zeroed(1, sizeof *thread);
    if (thread == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    thread->task = task;
    thread->step = step;
    task->access.cancel = &thread->cancel;
    task->intranet.cancel = &thread->cancel;
    if (pthread_create(&thread->thread, NULL, work, thread) != 0) {
        fl_free(thread);
        return fl_error_set(out_error, FL_NO_MEMORY, "no thread can be started");
    }
    *out_thread = thread;
    return FL_OK;
}

bool fl_site_thread_done(
    const struct fl_site_thread *thread,
    enum fl_status *out_status,
    struct fl_error *out_error)
{
    if (!atomic_load(&thread->done)) {
        return false;
    }
    *out_status = thread->status;
    *out_error = thread->error;
    return true;
}

void fl_site_thread_end(struct fl_site_thread *thread)
{
    if (thread != NULL) {
        atomic_store(&thread->cancel, true);
        (void)pthread_join(thread->thread, NULL);
        fl_free(thread);
    }
}
