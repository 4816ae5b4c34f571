/*
 * A copy is the engine's own, compact, of one moment. It counts as made when it was
 * opened and every value in it was read: a copy that nobody read is a hope.
 */

#include "storage/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_state.h"

static const char *const files[] = {"data.mdb", "lock.mdb", "node.lock"};
enum { FILES_COUNT = 3, FILE_DATA = 0 };

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "no memory to copy the store");
}

static enum fl_status sync_path(const char *path, struct fl_error *out_error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    enum fl_status status = FL_OK;

    if (file < 0 || fsync(file) != 0) {
        status = fl_error_set(
            out_error, FL_IO, "cannot bring %s to the disk: %s", path, strerror(errno));
    }
    if (file >= 0) {
        (void)close(file);
    }
    return status;
}

/* Nothing may have it open: closing a descriptor here takes away LMDB's locks. */
static enum fl_status sync_copy(const char *directory, struct fl_error *out_error)
{
    char *data = fl_directory_join(directory, files[FILE_DATA]);
    enum fl_status status = FL_NO_MEMORY;

    if (data == NULL) {
        return no_memory(out_error);
    }
    status = sync_path(data, out_error);
    if (status == FL_OK) {
        status = sync_path(directory, out_error);
    }
    fl_free(data);
    return status;
}

/* Only the files that we know; `from` on, so that the data may stay. */
static void remove_files(const char *directory, int from)
{
    for (int i = from; i < FILES_COUNT; i++) {
        char *path = fl_directory_join(directory, files[i]);

        if (path != NULL) {
            (void)unlink(path);
        }
        fl_free(path);
    }
}

static void remove_copy(const char *directory)
{
    remove_files(directory, FILE_DATA);
    (void)rmdir(directory);
}

static enum fl_status check_copy(
    const struct fl_store *store,
    const char *directory,
    const struct fl_check_options *check,
    struct fl_check_report *out_report,
    struct fl_error *out_error)
{
    struct fl_store_options options = fl_store_options(directory);
    struct fl_check_report report = {.values = 0};
    struct fl_store *copy = NULL;
    enum fl_status status;

    options.engine = store->engine;
    options.map_bytes = store->options.map_bytes;
    options.ballast_bytes = 0;
    options.allow_any_file_system = true; /* it is only read here */
    status = fl_store_open(&options, &copy, out_error);
    if (status == FL_OK) {
        status = fl_store_check(copy, check, &report, out_error);
    }
    fl_store_close(copy);
    if (status == FL_OK && report.problems > 0) {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "the copy has %llu damaged values, so the store has them too: run a check of "
            "the store",
            (unsigned long long)report.problems);
    }
    if (status == FL_OK && out_report != NULL) {
        *out_report = report;
    }
    return status;
}

/* A checked copy in a directory of its own; nothing of it is left after a failure. */
static enum fl_status make_copy(
    struct fl_store *store,
    const char *directory,
    const struct fl_check_options *check,
    struct fl_check_report *out_report,
    struct fl_error *out_error)
{
    enum fl_status status;

    remove_copy(directory); /* of an attempt that was cut */
    if (mkdir(directory, 0700) != 0) {
        return fl_error_set(
            out_error, FL_IO, "cannot make directory %s: %s", directory, strerror(errno));
    }
    status = store->engine->copy(store->database, directory, out_error);
    if (status == FL_OK) {
        status = sync_copy(directory, out_error);
    }
    if (status == FL_OK) {
        status = check_copy(store, directory, check, out_report, out_error);
    }
    if (status == FL_OK) {
        remove_files(directory, FILE_DATA + 1);
    } else {
        remove_copy(directory);
    }
    return status;
}

/* The directory that `path` lies in, to be freed; NULL without memory. */
static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash != NULL && slash > path ? (size_t)(slash - path) : 1;
    char *parent = fl_alloc(size + 1);

    if (parent != NULL) {
        memcpy(parent, slash != NULL ? path : ".", size);
        parent[size] = '\0';
    }
    return parent;
}

static enum fl_status publish(
    const char *copy,
    const char *target,
    struct fl_error *out_error)
{
    char *parent = parent_of(target);
    enum fl_status status = FL_OK;

    if (parent == NULL) {
        return no_memory(out_error);
    }
    if (rename(copy, target) != 0) {
        status = fl_error_set(
            out_error, FL_IO, "cannot rename %s to %s: %s", copy, target,
            strerror(errno));
    } else {
        status = sync_path(parent, out_error);
    }
    fl_free(parent);
    return status;
}

static enum fl_status check_target(
    const struct fl_store *store,
    const char *target,
    struct fl_error *out_error)
{
    struct stat there;
    size_t size = strlen(target);

    if (!store->engine->on_disk) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED, "a store in memory cannot be copied");
    }
    if (size == 0 || target[size - 1] == '/') {
        return fl_error_set(
            out_error, FL_REFUSED,
            "name the directory of the copy without a slash at "
            "its end");
    }
    if (lstat(target, &there) == 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s is there already; choose a directory that does not exist yet", target);
    }
    return FL_OK;
}

enum fl_status fl_store_backup(
    struct fl_store *store,
    const char *target,
    const struct fl_check_options *options,
    struct fl_check_report *out_report,
    struct fl_error *out_error)
{
    size_t size = strlen(target) + sizeof ".part";
    enum fl_status status = check_target(store, target, out_error);
    char *copy;

    if (status != FL_OK) {
        return status;
    }
    copy = fl_alloc(size);
    if (copy == NULL) {
        return no_memory(out_error);
    }
    (void)snprintf(copy, size, "%s.part", target);
    status = make_copy(store, copy, options, out_report, out_error);
    if (status == FL_OK) {
        status = publish(copy, target, out_error);
    }
    fl_free(copy);
    return status;
}

/*
 * Put the copy in place of the data. The old file keeps a second name until the new one
 * was opened; at every moment data.mdb is one of the two, whole.
 */
static enum fl_status swap_data(
    const char *directory,
    const char *copy,
    struct fl_error *out_error)
{
    char *data = fl_directory_join(directory, "data.mdb");
    char *old = fl_directory_join(directory, "data.mdb.old");
    char *new = fl_directory_join(copy, "data.mdb");
    enum fl_status status = FL_OK;

    if (data == NULL || old == NULL || new == NULL) {
        status = no_memory(out_error);
    } else {
        (void)unlink(old);
        if (link(data, old) != 0 || rename(new, data) != 0) {
            status = fl_error_set(
                out_error, FL_IO, "cannot put %s in place of %s: %s", new, data,
                strerror(errno));
        } else {
            status = sync_path(directory, out_error);
        }
    }
    fl_free(new);
    fl_free(old);
    fl_free(data);
    return status;
}

enum fl_status fl_store_compact(
    const struct fl_store_options *options,
    struct fl_error *out_error)
{
    struct fl_store *store = NULL;
    char *copy = NULL;
    enum fl_status status = fl_store_open(options, &store, out_error);

    if (status != FL_OK) {
        return status;
    }
    if (!store->engine->on_disk) {
        status = fl_error_set(
            out_error, FL_UNSUPPORTED, "a store in memory cannot be made smaller");
        goto end;
    }
    copy = fl_directory_join(options->directory, "compact.part");
    if (copy == NULL) {
        status = no_memory(out_error);
        goto end;
    }
    status = make_copy(store, copy, NULL, NULL, out_error);
    if (status != FL_OK) {
        goto end;
    }
    /* The directory stays locked: nobody writes between the copy and the swap. */
    store->engine->close(store->database);
    store->database = NULL;
    status = swap_data(options->directory, copy, out_error);
    remove_copy(copy);
end:
    fl_free(copy);
    fl_store_close(store);
    return status;
}
