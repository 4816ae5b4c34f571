#include "table/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/limits.h"

enum { PATH_BYTES_MAX = 4096, SPOOL_BLOCK_BYTES = 256 << 10 };

enum fl_status fl_scratch_open(
    const char *directory,
    int *out_descriptor,
    struct fl_error *out_error)
{
    char path[PATH_BYTES_MAX];
    const int size = snprintf(path, sizeof(path), "%s/.scratch-XXXXXX", directory);

    if (size < 0 || (size_t)size >= sizeof(path)) {
        return fl_error_set(out_error, FL_LIMIT, "the name %s is too long", directory);
    }
    const int descriptor = mkstemp(path);

    if (descriptor < 0) {
        return fl_error_set(
            out_error, FL_IO, "no room for work can be made in %s: %s", directory,
            strerror(errno));
    }
    (void)unlink(path);
    (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    *out_descriptor = descriptor;
    return FL_OK;
}

void *fl_scratch_map(const char *directory, size_t size)
{
    int descriptor = -1;
    void *bytes = MAP_FAILED;

    if (fl_scratch_open(directory, &descriptor, NULL) != FL_OK) {
        return NULL;
    }
    /* All of it at once: a hole that the disk cannot fill would end the process. */
    if (posix_fallocate(descriptor, 0, (off_t)size) == 0) {
        bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    }
    (void)close(descriptor);
    return bytes == MAP_FAILED ? NULL : bytes;
}

void fl_scratch_unmap(void *bytes, size_t size)
{
    if (bytes) {
        (void)munmap(bytes, size);
    }
}

/* ---- encoded objects ---- */

/* What stands before each: only this process reads it. */
struct head {
    struct fl_key key;
    uint64_t lsn;
    size_t size;
};

struct fl_spool {
    FILE *file;
    struct fl_buffer record;
};

enum fl_status fl_spool_open(
    const char *directory,
    struct fl_spool **out_spool,
    struct fl_error *out_error)
{
    struct fl_spool *spool = fl_alloc_zeroed(1, sizeof(*spool));
    int descriptor = -1;

    if (!spool) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_buffer_init(&spool->record, FL_RECORD_BYTES_MAX);
    enum fl_status status = fl_scratch_open(directory, &descriptor, out_error);

    if (status == FL_OK) {
        spool->file = fdopen(descriptor, "w+b");
    }
    if (status == FL_OK && !spool->file) {
        (void)close(descriptor);
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status != FL_OK) {
        fl_spool_close(spool);
        return status;
    }
    (void)setvbuf(spool->file, NULL, _IOFBF, SPOOL_BLOCK_BYTES);
    *out_spool = spool;
    return FL_OK;
}

void fl_spool_close(struct fl_spool *spool)
{
    if (spool) {
        if (spool->file) {
            (void)fclose(spool->file);
        }
        fl_buffer_deinit(&spool->record);
        fl_free(spool);
    }
}

static enum fl_status fail(struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_IO, "rows cannot be kept on the disk until all are looked at: %s",
        strerror(errno));
}

enum fl_status fl_spool_put(
    struct fl_spool *spool,
    const struct fl_spool_item *item,
    struct fl_error *out_error)
{
    const struct fl_bytes record = item->record;
    const struct head head = {item->key, item->lsn, record.size};

    if (fwrite(&head, sizeof(head), 1, spool->file) != 1 ||
        (record.size > 0 && fwrite(record.data, record.size, 1, spool->file) != 1)) {
        return fail(out_error);
    }
    return FL_OK;
}

enum fl_status fl_spool_rewind(struct fl_spool *spool, struct fl_error *out_error)
{
    return fflush(spool->file) == 0 && fseeko(spool->file, 0, SEEK_SET) == 0
               ? FL_OK
               : fail(out_error);
}

enum fl_status fl_spool_next(
    struct fl_spool *spool,
    struct fl_spool_item *out_item,
    struct fl_error *out_error)
{
    struct head head;
    uint8_t *bytes = NULL;

    if (fread(&head, sizeof(head), 1, spool->file) != 1) {
        return ferror(spool->file) ? fail(out_error) : FL_NOT_FOUND;
    }
    fl_buffer_clear(&spool->record);
    bytes = fl_buffer_reserve(&spool->record, head.size);
    if (!bytes || (head.size > 0 && fread(bytes, head.size, 1, spool->file) != 1)) {
        return fail(out_error);
    }
    *out_item = (struct fl_spool_item){
        .key = head.key, .lsn = head.lsn, .record = {bytes, head.size}};
    return FL_OK;
}
