#include "package_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum fl_status fl_package_file_open(
    struct fl_package_file *file,
    const char *path,
    struct fl_error *out_error)
{
    struct stat found;
    *file = (struct fl_package_file){.descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    if (file->descriptor < 0) {
        enum fl_status status = errno == ENOENT ? FL_NOT_FOUND : FL_IO;
        return fl_error_set(
            out_error, status, "%s cannot be read: %s", path, strerror(errno));
    }
    uint8_t magic[4] = {0};
    if (fstat(file->descriptor, &found) != 0 || !S_ISREG(found.st_mode) ||
        pread(file->descriptor, magic, sizeof magic, 0) < 0) {
        fl_package_file_close(file);
        return fl_error_set(
            out_error, FL_MALFORMED, "%s is not a file that can be read twice", path);
    }
    if (memcmp(magic, "PK\003\004", sizeof magic) == 0) {
        fl_package_file_close(file);
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "%s is a zip archive; unpack it and give the .xml that is in it", path);
    }
    file->size = (uint64_t)found.st_size;
    fl_hasher_init(&file->hasher);
    return FL_OK;
}

void fl_package_file_close(struct fl_package_file *file)
{
    if (file->descriptor >= 0) {
        close(file->descriptor);
    }
    file->descriptor = -1;
}

enum fl_status fl_package_file_rewind(
    struct fl_package_file *file,
    struct fl_error *out_error)
{
    if (lseek(file->descriptor, 0, SEEK_SET) != 0) {
        return fl_error_set(
            out_error, FL_IO, "the package cannot be read again: %s", strerror(errno));
    }
    file->read = 0;
    fl_hasher_init(&file->hasher);
    return FL_OK;
}

static enum fl_status read_some(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    struct fl_package_file *file = context;
    ssize_t size;
    do {
        size = read(file->descriptor, out_bytes, size_max);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return fl_error_set(
            out_error, FL_IO, "the package cannot be read: %s", strerror(errno));
    }
    fl_hasher_add(&file->hasher, (struct fl_bytes){out_bytes, (size_t)size});
    file->read += (uint64_t)size;
    *out_size = (size_t)size;
    return FL_OK;
}

struct fl_codec_source fl_package_file_source(struct fl_package_file *file)
{
    return (struct fl_codec_source){.read = read_some, .context = file};
}
