#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_BEGINNING ".filial-" /* and the process, and a number */
#define TEMPORARY_END       ".part"

static char *join(const char *directory, size_t directory_size, const char *name)
{
    size_t name_size = strlen(name);
    char *path = fl_alloc(directory_size + name_size + 1);
    if (path != NULL) {
        memcpy(path, directory, directory_size);
        memcpy(path + directory_size, name, name_size + 1);
    }
    return path;
}

/* With the slash; 0 for a bare name. */
static size_t directory_size_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

enum fl_status fl_file_begin(
    struct fl_file *file,
    const char *path,
    unsigned mode,
    struct fl_error *out_error)
{
    static atomic_uint count; /* several at once may stand in one directory */
    char name[64];
    *file = (struct fl_file){.descriptor = -1};
    snprintf(
        name, sizeof name, TEMPORARY_BEGINNING "%ld-%u" TEMPORARY_END, (long)getpid(),
        atomic_fetch_add(&count, 1));
    file->path = join(path, strlen(path), "");
    file->temporary = join(path, directory_size_of(path), name);
    if (file->path == NULL || file->temporary == NULL) {
        fl_file_abandon(file);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    unlink(file->temporary); /* of a process of this number that died */
    file->descriptor =
        open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (file->descriptor < 0) {
        int reason = errno;
        fl_file_abandon(file);
        return fl_error_set(
            out_error, FL_IO, "%s cannot be written: %s", path, strerror(reason));
    }
    return FL_OK;
}

/* In the system's words of the moment. */
static enum fl_status not_written(const struct fl_file *file, struct fl_error *out_error)
{
    enum fl_status status = errno == ENOSPC || errno == EDQUOT ? FL_FULL : FL_IO;
    return fl_error_set(
        out_error, status, "%s cannot be written: %s", file->path, strerror(errno));
}

enum fl_status fl_file_write(
    struct fl_file *file,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    file->is_synced = false;
    while (bytes.size > 0) {
        ssize_t size = write(file->descriptor, bytes.data, bytes.size);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return not_written(file, out_error);
        }
        bytes.data += size;
        bytes.size -= (size_t)size;
    }
    return FL_OK;
}

enum fl_status fl_file_sync(struct fl_file *file, struct fl_error *out_error)
{
    if (fsync(file->descriptor) != 0) {
        return not_written(file, out_error);
    }
    file->is_synced = true;
    return FL_OK;
}

enum fl_status fl_file_sync_directory(const char *path, struct fl_error *out_error)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || fsync(directory) != 0) {
        enum fl_status status =
            fl_error_set(out_error, FL_IO, "directory %s: %s", path, strerror(errno));
        if (directory >= 0) {
            close(directory);
        }
        return status;
    }
    close(directory);
    return FL_OK;
}

enum fl_status fl_file_place(struct fl_file *file, struct fl_error *out_error)
{
    if (rename(file->temporary, file->path) != 0) {
        return not_written(file, out_error);
    }
    fl_free(file->temporary);
    file->temporary = NULL;
    fl_file_abandon(file);
    return FL_OK;
}

enum fl_status fl_file_publish(struct fl_file *file, struct fl_error *out_error)
{
    if (!file->is_synced) {
        enum fl_status status = fl_file_sync(file, out_error);
        if (status != FL_OK) {
            return status;
        }
    }
    size_t size = directory_size_of(file->path);
    char *directory = size == 0 ? join(".", 1, "") : join(file->path, size, "");
    enum fl_status status =
        directory == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                          : fl_file_place(file, out_error);
    if (status == FL_OK) {
        status = fl_file_sync_directory(directory, out_error);
    }
    fl_free(directory);
    return status;
}

void fl_file_abandon(struct fl_file *file)
{
    if (file->descriptor > 0) {
        close(file->descriptor);
    }
    if (file->temporary != NULL) {
        unlink(file->temporary);
    }
    fl_free(file->temporary);
    fl_free(file->path);
    *file = (struct fl_file){.descriptor = -1};
}

/* By another process than this one. */
static bool is_left_over(const char *name)
{
    const size_t size = strlen(name);
    const size_t beginning = sizeof TEMPORARY_BEGINNING - 1;
    const size_t end = sizeof TEMPORARY_END - 1;
    return size > beginning + end && strncmp(name, TEMPORARY_BEGINNING, beginning) == 0 &&
           strcmp(name + size - end, TEMPORARY_END) == 0 &&
           strtol(name + beginning, NULL, 10) != (long)getpid();
}

void fl_file_sweep(const char *directory)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (is_left_over(entry->d_name)) {
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
}

enum fl_status fl_file_replace(
    const char *path,
    unsigned mode,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    struct fl_file file;
    enum fl_status status = fl_file_begin(&file, path, mode, out_error);

    if (status == FL_OK) {
        status = fl_file_write(&file, bytes, out_error);
    }
    if (status == FL_OK) {
        status = fl_file_publish(&file, out_error);
    }
    fl_file_abandon(&file);
    return status;
}

enum fl_status fl_file_read(
    const char *path,
    size_t bytes_max,
    struct fl_buffer *out_buffer,
    struct fl_error *out_error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        enum fl_status status = errno == ENOENT ? FL_NOT_FOUND : FL_IO;
        return fl_error_set(
            out_error, status, "%s cannot be read: %s", path, strerror(errno));
    }
    struct fl_buffer buffer;
    enum { PIECE_BYTES = 1 << 16 };
    fl_buffer_init(&buffer, bytes_max + PIECE_BYTES);
    ssize_t size = 1;
    while (size != 0) {
        uint8_t *room = fl_buffer_reserve(&buffer, PIECE_BYTES);
        if (room == NULL) {
            break;
        }
        size = read(file, room, PIECE_BYTES);
        if (size < 0 && errno != EINTR) {
            break;
        }
        fl_buffer_added(&buffer, size > 0 ? (size_t)size : 0);
    }
    int reason = errno;
    close(file);
    if (fl_buffer_status(&buffer) == FL_NO_MEMORY) {
        fl_buffer_deinit(&buffer);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (fl_buffer_status(&buffer) != FL_OK || buffer.size > bytes_max) {
        fl_buffer_deinit(&buffer);
        return fl_error_set(
            out_error, FL_LIMIT, "%s is larger than %zu bytes", path, bytes_max);
    }
    if (size < 0) {
        fl_buffer_deinit(&buffer);
        return fl_error_set(
            out_error, FL_IO, "%s cannot be read: %s", path, strerror(reason));
    }
    *out_buffer = buffer;
    return FL_OK;
}
