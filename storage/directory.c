/*
 * The lock is held twice: flock on node.lock, whose text names the holder, and flock on
 * the directory itself, which is the same whatever happens to the file. flock belongs
 * to an open file, so it also keeps this process from opening a store a second time:
 * that would take LMDB's own locks away when either is closed.
 */

#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    FILE_SYSTEM_EXT4 = 0xEF53, /* f_type of statfs(2); ext2 and ext3 have the same */
    FILE_SYSTEM_XFS = 0x58465342,
    PID_TEXT_BYTES_MAX = 32,
};

static const char lock_name[] = "node.lock";
static const char data_name[] = "data.mdb";
static const char ballast_name[] = "ballast";

struct fl_directory {
    char *path;
    int descriptor; /* -1: not open */
    int lock;
};

char *fl_directory_join(const char *directory, const char *name)
{
    size_t size = strlen(directory) + 1 + strlen(name) + 1;
    char *path = fl_alloc(size);

    if (path != NULL) {
        (void)snprintf(path, size, "%s/%s", directory, name);
    }
    return path;
}

void fl_directory_close(struct fl_directory *directory)
{
    if (directory == NULL) {
        return;
    }
    if (directory->lock >= 0) {
        (void)close(directory->lock);
    }
    if (directory->descriptor >= 0) {
        (void)close(directory->descriptor);
    }
    fl_free(directory->path);
    fl_free(directory);
}

const char *fl_directory_path(const struct fl_directory *directory)
{
    return directory->path;
}

static enum fl_status check_file_system(
    const struct fl_directory *directory,
    struct fl_error *out_error)
{
    struct statfs file_system;

    if (fstatfs(directory->descriptor, &file_system) != 0) {
        return fl_error_set(
            out_error, FL_IO, "cannot ask for the file system of %s: %s", directory->path,
            strerror(errno));
    }
    if (file_system.f_type == FILE_SYSTEM_EXT4 || file_system.f_type == FILE_SYSTEM_XFS) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, FL_UNSUPPORTED,
        "%s is on a file system of type 0x%lx; a store needs ext4 or xfs on a local "
        "disk, "
        "since others fail without a word when they are full; choose another directory, "
        "or allow any file system for a test",
        directory->path, (unsigned long)file_system.f_type);
}

static enum fl_status open_path(
    struct fl_directory *directory,
    bool create,
    struct fl_error *out_error)
{
    if (create && mkdir(directory->path, 0700) != 0 && errno != EEXIST) {
        return fl_error_set(
            out_error, errno == ENOSPC ? FL_FULL : FL_IO, "cannot make directory %s: %s",
            directory->path, strerror(errno));
    }
    directory->descriptor = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory->descriptor >= 0) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, errno == ENOENT || errno == ENOTDIR ? FL_NOT_FOUND : FL_IO,
        "cannot open directory %s: %s", directory->path, strerror(errno));
}

/* Never opened: closing it would take away the locks of a store that is open. */
static enum fl_status check_data(
    const struct fl_directory *directory,
    struct fl_error *out_error)
{
    struct stat data;

    if (fstatat(directory->descriptor, data_name, &data, 0) == 0) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, errno == ENOENT ? FL_NOT_FOUND : FL_IO,
        "there is no store in %s (%s: %s)", directory->path, data_name, strerror(errno));
}

static enum fl_status in_use(
    const struct fl_directory *directory,
    struct fl_error *out_error)
{
    char text[PID_TEXT_BYTES_MAX] = "";
    ssize_t size = -1;

    if (directory->lock >= 0) {
        size = pread(directory->lock, text, sizeof text - 1, 0);
    }
    text[size > 0 ? size : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return fl_error_set(
        out_error, FL_BUSY,
        "the store in %s is in use by process %s; ask that one, or stop it first",
        directory->path, text[0] != '\0' ? text : "?");
}

static enum fl_status lock(struct fl_directory *directory, struct fl_error *out_error)
{
    char text[PID_TEXT_BYTES_MAX];
    int size = snprintf(text, sizeof text, "%ld\n", (long)getpid());

    directory->lock =
        openat(directory->descriptor, lock_name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (directory->lock < 0) {
        return fl_error_set(
            out_error, errno == ENOSPC ? FL_FULL : FL_IO,
            "cannot write %s/%s: %s; the store needs a directory that it may write to",
            directory->path, lock_name, strerror(errno));
    }
    if (flock(directory->lock, LOCK_EX | LOCK_NB) != 0 ||
        flock(directory->descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return in_use(directory, out_error);
        }
        return fl_error_set(
            out_error, FL_IO, "cannot lock %s/%s: %s", directory->path, lock_name,
            strerror(errno));
    }
    /* Only words for whoever finds it locked: on a full disk they may be missing. */
    if (ftruncate(directory->lock, 0) != 0 ||
        pwrite(directory->lock, text, (size_t)size, 0) != size) {
        return FL_OK;
    }
    return FL_OK;
}

enum fl_status fl_directory_open(
    const struct fl_directory_options *options,
    struct fl_directory **out_directory,
    struct fl_error *out_error)
{
    struct fl_directory *directory = fl_alloc_zeroed(1, sizeof *directory);
    enum fl_status status;

    if (directory == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory to open the store");
    }
    directory->descriptor = -1;
    directory->lock = -1;
    directory->path = fl_directory_join(options->path, ".");
    if (directory->path == NULL) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "no memory to open the store");
        goto end;
    }
    directory->path[strlen(options->path)] = '\0';
    status = open_path(directory, options->create, out_error);
    if (status == FL_OK && !options->create) {
        status = check_data(directory, out_error);
    }
    if (status == FL_OK && !options->allow_any_file_system) {
        status = check_file_system(directory, out_error);
    }
    if (status == FL_OK) {
        status = lock(directory, out_error);
    }
end:
    if (status == FL_OK) {
        *out_directory = directory;
    } else {
        fl_directory_close(directory);
    }
    return status;
}

uint64_t fl_directory_free_bytes(const struct fl_directory *directory)
{
    struct statvfs disk;

    if (fstatvfs(directory->descriptor, &disk) != 0) {
        return 0;
    }
    return (uint64_t)disk.f_bavail * disk.f_frsize;
}

uint64_t fl_directory_ballast_bytes(const struct fl_directory *directory)
{
    struct stat ballast;

    if (fstatat(directory->descriptor, ballast_name, &ballast, 0) != 0) {
        return 0;
    }
    return (uint64_t)ballast.st_size;
}

void fl_directory_make_ballast(
    struct fl_directory *directory,
    uint64_t bytes,
    uint64_t floor_bytes)
{
    uint64_t free_bytes = fl_directory_free_bytes(directory);
    int file;

    if (bytes == 0 || fl_directory_ballast_bytes(directory) >= bytes ||
        free_bytes < floor_bytes || free_bytes - floor_bytes < bytes) {
        return;
    }
    file =
        openat(directory->descriptor, ballast_name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return;
    }
    /* Real blocks, not a hole: they are what is given back. */
    if (posix_fallocate(file, 0, (off_t)bytes) != 0) {
        fl_directory_drop_ballast(directory);
    }
    (void)close(file);
}

void fl_directory_drop_ballast(struct fl_directory *directory)
{
    fl_directory_remove(directory, ballast_name);
}

void fl_directory_remove(struct fl_directory *directory, const char *name)
{
    (void)unlinkat(directory->descriptor, name, 0);
}

enum fl_status fl_directory_sync(
    struct fl_directory *directory,
    struct fl_error *out_error)
{
    if (fsync(directory->descriptor) == 0) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, FL_IO, "cannot bring %s to the disk: %s", directory->path,
        strerror(errno));
}
