#include "endpoint_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "endpoint/endpoint_format.h"
#include "file.h"
#include "node.h"

enum { BLOCK_BYTES = 256 << 10 };

/* The first that it is; the directory is behind all others. */
static const struct fl_place_transport *const TRANSPORTS[] = {
    &fl_place_rest, &fl_place_soap, &fl_place_ftp, &fl_place_mail, &fl_place_directory};

static const struct fl_place_transport *transport_of(const struct fl_place *place)
{
    size_t i = 0;
    while (!TRANSPORTS[i]->is(place)) {
        i++;
        FL_ASSERT(i < sizeof TRANSPORTS / sizeof TRANSPORTS[0]);
    }
    return TRANSPORTS[i];
}

enum fl_status fl_place_newest(
    const struct fl_place *place,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    bool *out_has,
    struct fl_error *out_error)
{
    *out_file = (struct fl_place_file){.name = ""};
    *out_has = false;
    return transport_of(place)->newest(place, mask, own, out_file, out_has, out_error);
}

enum fl_status fl_place_get(
    const struct fl_place *place,
    const struct fl_place_file *file,
    const char *path,
    struct fl_error *out_error)
{
    return transport_of(place)->get(place, file, path, out_error);
}

enum fl_status fl_place_put(
    const struct fl_place *place,
    const char *path,
    const char *name,
    struct fl_error *out_error)
{
    return transport_of(place)->put(place, path, name, out_error);
}

void fl_place_remove(const struct fl_place *place, const char *name)
{
    if (transport_of(place)->remove != NULL) {
        transport_of(place)->remove(place, name);
    }
}

/* --- a directory --- */

static bool is_directory(const struct fl_place *place)
{
    return place->url[0] == '\0';
}

static bool is_cancelled(const struct fl_place *place)
{
    return place->cancel != NULL && atomic_load(place->cancel);
}

static enum fl_status trouble(const char *path, struct fl_error *out_error)
{
    enum fl_status status = errno == ENOSPC || errno == EDQUOT ? FL_FULL : FL_IO;
    return fl_error_set(out_error, status, "%s: %s", path, strerror(errno));
}

static int64_t changed_ms(const struct stat *found)
{
    return (int64_t)found->st_mtim.tv_sec * 1000 + found->st_mtim.tv_nsec / 1000000;
}

/* A link may lead to what its maker must not read: it is no message. */
static void look_at(DIR *directory, const char *name, struct fl_place_file *io_newest)
{
    struct stat found;
    if (fstatat(dirfd(directory), name, &found, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(found.st_mode) || found.st_size == 0) {
        return;
    }
    if (io_newest->name[0] == '\0' || changed_ms(&found) > io_newest->changed_ms) {
        snprintf(io_newest->name, sizeof io_newest->name, "%s", name);
        io_newest->size = (uint64_t)found.st_size;
        io_newest->changed_ms = changed_ms(&found);
    }
}

static enum fl_status newest(
    const struct fl_place *place,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    bool *out_has,
    struct fl_error *out_error)
{
    DIR *directory = opendir(place->directory);
    if (directory == NULL) {
        return trouble(place->directory, out_error);
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL && !is_cancelled(place)) {
        *out_has = *out_has || strcmp(entry->d_name, own) == 0;
        if (entry->d_name[0] != '.' && strlen(entry->d_name) < FL_PLACE_NAME_BYTES &&
            fl_endpoint_mask_fits(mask, entry->d_name)) {
            look_at(directory, entry->d_name, out_file);
        }
    }
    closedir(directory);
    return out_file->name[0] == '\0' ? FL_NOT_FOUND : FL_OK;
}

static enum fl_status write_whole(
    int descriptor,
    const uint8_t *bytes,
    size_t size,
    const char *path,
    struct fl_error *out_error)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return trouble(path, out_error);
        }
        bytes += written;
        size -= (size_t)written;
    }
    return FL_OK;
}

static enum fl_status copy_bytes(
    const struct fl_place *place,
    int from,
    const char *from_path,
    int to,
    const char *to_path,
    struct fl_error *out_error)
{
    uint8_t *block = fl_alloc(BLOCK_BYTES);
    enum fl_status status = block == NULL ? FL_NO_MEMORY : FL_OK;
    while (status == FL_OK) {
        ssize_t size = read(from, block, BLOCK_BYTES);
        if (size == 0) {
            break;
        }
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (is_cancelled(place)) {
            status = FL_BUSY;
        } else {
            status = size < 0 ? trouble(from_path, out_error)
                              : write_whole(to, block, (size_t)size, to_path, out_error);
        }
    }
    fl_free(block);
    return status;
}

/* Durable under `to`, made anew. */
static enum fl_status copy_file(
    const struct fl_place *place,
    const char *from,
    const char *to,
    struct stat *out_before,
    struct stat *out_after,
    struct fl_error *out_error)
{
    int source = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0) {
        return trouble(from, out_error);
    }
    (void)unlink(to); /* of a copy that was cut off */
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    enum fl_status status = target < 0 ? trouble(to, out_error) : FL_OK;
    if (status == FL_OK && fstat(source, out_before) != 0) {
        status = trouble(from, out_error);
    }
    if (status == FL_OK) {
        status = copy_bytes(place, source, from, target, to, out_error);
    }
    if (status == FL_OK && (fstat(source, out_after) != 0 || fsync(target) != 0)) {
        status = trouble(to, out_error);
    }
    if (target >= 0 && close(target) != 0 && status == FL_OK) {
        status = trouble(to, out_error);
    }
    close(source);
    if (status != FL_OK) {
        (void)unlink(to);
    }
    return status;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && changed_ms(a) == changed_ms(b);
}

static enum fl_status get(
    const struct fl_place *place,
    const struct fl_place_file *file,
    const char *path,
    struct fl_error *out_error)
{
    struct stat before;
    struct stat after;
    char *from = fl_node_path(place->directory, file->name);
    if (from == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = copy_file(place, from, path, &before, &after, out_error);
    if (status == FL_OK && !is_same(&before, &after)) {
        (void)unlink(path);
        status = fl_error_set(out_error, FL_BUSY, "%s is still being written", from);
    }
    fl_free(from);
    return status;
}

static enum fl_status put(
    const struct fl_place *place,
    const char *path,
    const char *name,
    struct fl_error *out_error)
{
    char part[64];
    struct stat ignored;
    snprintf(part, sizeof part, ".filial-%ld-%u.part", (long)getpid(), place->number);
    char *temporary = fl_node_path(place->directory, part);
    char *to = fl_node_path(place->directory, name);
    enum fl_status status =
        temporary == NULL || to == NULL
            ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
            : copy_file(place, path, temporary, &ignored, &ignored, out_error);
    if (status == FL_OK && rename(temporary, to) != 0) {
        status = trouble(to, out_error);
        (void)unlink(temporary);
    }
    if (status == FL_OK) {
        status = fl_file_sync_directory(place->directory, out_error);
    }
    fl_free(temporary);
    fl_free(to);
    return status;
}

static void remove_file(const struct fl_place *place, const char *name)
{
    char *path = fl_node_path(place->directory, name);
    if (path != NULL) {
        (void)unlink(path);
    }
    fl_free(path);
}

const struct fl_place_transport fl_place_directory =
    {.is = is_directory, .newest = newest, .get = get, .put = put, .remove = remove_file};
