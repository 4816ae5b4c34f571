#include "exchange/zip_archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unzip.h>
#include <zip.h>

enum {
    NAME_BYTES = 512,
    PATH_BYTES = 4096,
    PIECE_BYTES = 64 << 10,
    FREE_BYTES = 64 << 20, /* so much may be packed however well */
    RATIO_MAX = 250,
};

static enum fl_status broken(struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_MALFORMED,
        "the archive is damaged: it does not unpack; ask for it again");
}

static enum fl_status no_file(const char *path, struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
}

/* Only names below the directory, of parts that are neither empty nor dots. */
static bool is_safe(const char *name)
{
    if (name[0] == '\0' || strchr(name, '\\') != NULL || strchr(name, ':') != NULL) {
        return false;
    }
    for (const char *part = name; part != NULL;) {
        const size_t size = strcspn(part, "/");
        const bool last = part[size] == '\0';
        if ((size == 0 && !last) || (size == 1 && part[0] == '.') ||
            (size == 2 && part[0] == '.' && part[1] == '.')) {
            return false;
        }
        part = last ? NULL : part + size + 1;
    }
    return true;
}

static void make_folders(char *path, size_t from)
{
    for (char *at = path + from; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
}

static enum fl_status unpack_file(
    unzFile archive,
    const char *path,
    uint64_t *io_left,
    struct fl_error *out_error)
{
    uint8_t *piece = fl_alloc(PIECE_BYTES);
    FILE *file = piece == NULL ? NULL : fopen(path, "wb");
    enum fl_status status = FL_OK;
    int size = 0;
    if (file == NULL) {
        fl_free(piece);
        return no_file(path, out_error);
    }
    if (unzOpenCurrentFile(archive) != UNZ_OK) {
        status = broken(out_error);
    }
    while (status == FL_OK &&
           (size = unzReadCurrentFile(archive, piece, PIECE_BYTES)) > 0) {
        if ((uint64_t)size > *io_left) {
            status = fl_error_set(
                out_error, FL_LIMIT, "the archive unpacks to more than is allowed here");
        } else if (fwrite(piece, 1, (size_t)size, file) != (size_t)size) {
            status = no_file(path, out_error);
        }
        *io_left -= status == FL_OK ? (uint64_t)size : 0;
    }
    /* The sum is looked at when the file is closed. */
    if (status == FL_OK && (size < 0 || unzCloseCurrentFile(archive) != UNZ_OK)) {
        status = broken(out_error);
    }
    if (fclose(file) != 0 && status == FL_OK) {
        status = no_file(path, out_error);
    }
    fl_free(piece);
    return status;
}

static enum fl_status unpack_one(
    unzFile archive,
    const char *directory,
    uint64_t *io_left,
    struct fl_error *out_error)
{
    char name[NAME_BYTES] = "";
    char path[PATH_BYTES];
    unz_file_info64 info;
    if (unzGetCurrentFileInfo64(
            archive, &info, name, sizeof name - 1, NULL, 0, NULL, 0) != UNZ_OK) {
        return broken(out_error);
    }
    const int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (!is_safe(name) || size < 0 || (size_t)size >= sizeof path) {
        return fl_error_set(
            out_error, FL_REFUSED, "the name of a file in the archive leads out of it");
    }
    if ((info.flag & 1u) != 0) {
        return fl_error_set(out_error, FL_UNSUPPORTED, "the archive has a password");
    }
    if (info.uncompressed_size > FREE_BYTES &&
        info.uncompressed_size / RATIO_MAX > info.compressed_size) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the archive unpacks to more than %d times its size: that is no message but "
            "a trap",
            RATIO_MAX);
    }
    make_folders(path, strlen(directory) + 1);
    return path[size - 1] == '/' ? FL_OK : unpack_file(archive, path, io_left, out_error);
}

enum fl_status fl_zip_unpack(
    const char *path,
    const char *directory,
    uint64_t bytes_max,
    struct fl_error *out_error)
{
    unzFile archive = unzOpen64(path);
    uint64_t left = bytes_max;
    if (archive == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the archive is not whole: its end is missing");
    }
    int found = unzGoToFirstFile(archive);
    enum fl_status status = FL_OK;
    for (unsigned i = 0; status == FL_OK && found == UNZ_OK; i++) {
        status = i == FL_ZIP_FILES_MAX
                     ? fl_error_set(
                           out_error, FL_LIMIT, "more than %d files in the archive",
                           FL_ZIP_FILES_MAX)
                     : unpack_one(archive, directory, &left, out_error);
        found = status == FL_OK ? unzGoToNextFile(archive) : found;
    }
    if (status == FL_OK && found != UNZ_END_OF_LIST_OF_FILE) {
        status = broken(out_error);
    }
    (void)unzClose(archive);
    return status;
}

static enum fl_status pack_one(
    zipFile archive,
    const char *path,
    const char *name,
    struct fl_error *out_error)
{
    const zip_fileinfo info = {.dosDate = 0};
    uint8_t *piece = fl_alloc(PIECE_BYTES);
    FILE *file = piece == NULL ? NULL : fopen(path, "rb");
    enum fl_status status = FL_OK;
    size_t size = 0;
    if (file == NULL) {
        fl_free(piece);
        return no_file(path, out_error);
    }
    if (zipOpenNewFileInZip64(
            archive, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED,
            Z_DEFAULT_COMPRESSION, /* zip64= */ 1) != ZIP_OK) {
        status = fl_error_set(out_error, FL_IO, "the archive cannot be written");
    }
    while (status == FL_OK && (size = fread(piece, 1, PIECE_BYTES, file)) > 0) {
        if (zipWriteInFileInZip(archive, piece, (unsigned)size) != ZIP_OK) {
            status = fl_error_set(out_error, FL_IO, "the archive cannot be written");
        }
    }
    if (status == FL_OK && (ferror(file) != 0 || zipCloseFileInZip(archive) != ZIP_OK)) {
        status = fl_error_set(out_error, FL_IO, "the archive cannot be written");
    }
    (void)fclose(file);
    fl_free(piece);
    return status;
}

enum fl_status fl_zip_pack(
    const char *path,
    const char *directory,
    const char *const *names,
    size_t count,
    struct fl_error *out_error)
{
    zipFile archive = zipOpen64(path, APPEND_STATUS_CREATE);
    enum fl_status status = FL_OK;
    if (archive == NULL) {
        return no_file(path, out_error);
    }
    for (size_t i = 0; i < count && status == FL_OK; i++) {
        char from[PATH_BYTES];
        const int size = snprintf(from, sizeof from, "%s/%s", directory, names[i]);
        status =
            size < 0 || (size_t)size >= sizeof from
                ? fl_error_set(out_error, FL_LIMIT, "the name %s is too long", names[i])
                : pack_one(archive, from, names[i], out_error);
    }
    if (zipClose(archive, NULL) != ZIP_OK && status == FL_OK) {
        status = fl_error_set(out_error, FL_IO, "the archive cannot be written");
    }
    return status;
}
