#include "package_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SYNC_BYTES = 8 << 20 }; /* that may wait for the disk */

enum fl_status fl_package_file_open(
    struct fl_package_file *file,
    const char *path,
    const char *name,
    struct fl_error *out_error)
{
    struct stat found;
    *file = (struct fl_package_file){.descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    if (file->descriptor < 0) {
        enum fl_status status = errno == ENOENT ? FL_NOT_FOUND : FL_IO;
        return fl_error_set(
            out_error, status, "%s cannot be read: %s", name, strerror(errno));
    }
    uint8_t magic[4] = {0};
    if (fstat(file->descriptor, &found) != 0 || !S_ISREG(found.st_mode) ||
        pread(file->descriptor, magic, sizeof magic, 0) < 0) {
        fl_package_file_close(file);
        return fl_error_set(
            out_error, FL_MALFORMED, "%s is not a file that can be read twice", name);
    }
    file->size = (uint64_t)found.st_size;
    fl_hasher_init(&file->hasher);
    if (fl_zip_is((struct fl_bytes){magic, sizeof magic})) {
        enum fl_status status =
            fl_zip_reader_open(path, &file->zip, &file->is_incomplete, out_error);
        if (status != FL_OK) {
            fl_error_prefix(out_error, "%s", name);
            file->is_malformed = status != FL_NO_MEMORY;
            fl_package_file_close(file);
            return status;
        }
        file->size = fl_zip_reader_size(file->zip);
    }
    return FL_OK;
}

void fl_package_file_close(struct fl_package_file *file)
{
    if (file->descriptor >= 0) {
        close(file->descriptor);
    }
    file->descriptor = -1;
    fl_zip_reader_close(file->zip);
    file->zip = NULL;
}

enum fl_status fl_package_file_rewind(
    struct fl_package_file *file,
    struct fl_error *out_error)
{
    file->read = 0;
    fl_hasher_init(&file->hasher);
    if (file->zip != NULL) {
        return fl_zip_reader_rewind(file->zip, out_error);
    }
    if (lseek(file->descriptor, 0, SEEK_SET) != 0) {
        return fl_error_set(
            out_error, FL_IO, "the package cannot be read again: %s", strerror(errno));
    }
    return FL_OK;
}

static enum fl_status read_plain(
    const struct fl_package_file *file,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    ssize_t size;
    do {
        size = read(file->descriptor, out_bytes, size_max);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return fl_error_set(
            out_error, FL_IO, "the package cannot be read: %s", strerror(errno));
    }
    *out_size = (size_t)size;
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
    enum fl_status status =
        file->zip != NULL
            ? fl_zip_reader_read(file->zip, out_bytes, size_max, out_size, out_error)
            : read_plain(file, out_bytes, size_max, out_size, out_error);
    if (status == FL_OK) {
        fl_hasher_add(&file->hasher, (struct fl_bytes){out_bytes, *out_size});
        file->read += *out_size;
    }
    return status;
}

struct fl_codec_source fl_package_file_source(struct fl_package_file *file)
{
    return (struct fl_codec_source){.read = read_some, .context = file};
}

/* NULL in `*out_zip`: it is to be plain. */
static enum fl_status begin_zip(
    const struct fl_file *file,
    struct fl_zip_writer **out_zip,
    struct fl_error *out_error)
{
    static const char ending[] = ".zip";
    const size_t ending_size = sizeof ending - 1;
    const char *slash = strrchr(file->path, '/');
    const char *base = slash == NULL ? file->path : slash + 1;
    const size_t size = strlen(base);
    char name[NAME_MAX + sizeof ending];
    if (size <= ending_size || size > NAME_MAX ||
        strcasecmp(base + size - ending_size, ending) != 0) {
        *out_zip = NULL;
        return FL_OK;
    }
    snprintf(name, sizeof name, "%.*s.xml", (int)(size - ending_size), base);
    return fl_zip_writer_open(file->temporary, name, out_zip, out_error);
}

enum fl_status fl_package_output_begin(
    struct fl_package_output *output,
    const char *path,
    struct fl_error *out_error)
{
    *output = (struct fl_package_output){.bytes = 0};
    fl_hasher_init(&output->hasher);
    enum fl_status status = fl_file_begin(&output->file, path, 0644, out_error);
    return status == FL_OK ? begin_zip(&output->file, &output->zip, out_error) : status;
}

static enum fl_status write_some(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    struct fl_package_output *output = context;
    fl_hasher_add(&output->hasher, bytes);
    output->bytes += bytes.size;
    return output->zip != NULL ? fl_zip_writer_write(output->zip, bytes, out_error)
                               : fl_file_write(&output->file, bytes, out_error);
}

struct fl_codec_sink fl_package_output_sink(struct fl_package_output *output)
{
    return (struct fl_codec_sink){.write = write_some, .context = output};
}

enum fl_status fl_package_output_rest(
    struct fl_package_output *output,
    struct fl_error *out_error)
{
    if (output->is_passing || output->bytes - output->bytes_synced <= SYNC_BYTES) {
        return FL_OK;
    }
    output->bytes_synced = output->bytes;
    return fl_file_sync(&output->file, out_error);
}

enum fl_status fl_package_output_close(
    struct fl_package_output *output,
    struct fl_error *out_error)
{
    struct fl_zip_writer *zip = output->zip;
    output->zip = NULL;
    enum fl_status status = fl_zip_writer_end(zip, out_error);
    return status == FL_OK && !output->is_passing ? fl_file_sync(&output->file, out_error)
                                                  : status;
}

void fl_package_output_abandon(struct fl_package_output *output)
{
    (void)fl_zip_writer_end(output->zip, NULL);
    output->zip = NULL;
    fl_file_abandon(&output->file);
}
