/* minizip as a stream; what it cannot know, bombs and names, is looked at here. */

#include <stdio.h>
#include <string.h>
#include <unzip.h>

#include "exchange/zip.h"

enum {
    NAME_BYTES = 512,
    FREE_BYTES = 64 << 20, /* so much may be packed however well */
    RATIO_MAX = 250,       /* XML of 1C packs 10 to 40 times */
};

struct fl_zip_reader {
    unzFile archive;
    uint64_t size;
    uint64_t packed;
    uint64_t read;
    bool open;
};

bool fl_zip_is(struct fl_bytes beginning)
{
    return beginning.size >= 4 && memcmp(beginning.data, "PK\003\004", 4) == 0;
}

static enum fl_status broken(struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_MALFORMED,
        "the archive is damaged: it does not unpack; ask for it again");
}

/* Programs that pack a folder name it before its files. */
static bool is_folder(const char *name)
{
    const size_t size = strlen(name);

    return size > 0 && (name[size - 1] == '/' || name[size - 1] == '\\');
}

static bool climbs(const char *name)
{
    const char *part = name;

    if (name[0] == '/' || name[0] == '\\' || (name[0] != '\0' && name[1] == ':')) {
        return true;
    }
    while (part) {
        const size_t size = strcspn(part, "/\\");

        if (size == 2 && memcmp(part, "..", 2) == 0) {
            return true;
        }
        part = part[size] ? part + size + 1 : NULL;
    }
    return false;
}

static bool is_bomb(const struct fl_zip_reader *reader, uint64_t size)
{
    return size > FREE_BYTES && size / RATIO_MAX > reader->packed;
}

static enum fl_status refuse_bomb(struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_REFUSED,
        "the archive unpacks to more than %d times its size: that is no message but a "
        "trap",
        RATIO_MAX);
}

static enum fl_status look(struct fl_zip_reader *reader, struct fl_error *out_error)
{
    char name[NAME_BYTES] = "";
    unz_file_info64 info;

    int found = unzGoToFirstFile(reader->archive);

    while (found == UNZ_OK) {
        if (unzGetCurrentFileInfo64(
                reader->archive, &info, name, sizeof(name) - 1, NULL, 0, NULL, 0) !=
            UNZ_OK) {
            return broken(out_error);
        }
        if (!is_folder(name)) {
            break;
        }
        found = unzGoToNextFile(reader->archive);
    }
    if (found != UNZ_OK) {
        return fl_error_set(out_error, FL_MALFORMED, "the archive is empty");
    }
    if (climbs(name)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the name of the first file in the archive leads out of it");
    }
    if (info.flag & 1u) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "the archive has a password; take it off in the exchange settings of 1C");
    }
    reader->size = info.uncompressed_size;
    reader->packed = info.compressed_size;
    return is_bomb(reader, reader->size) ? refuse_bomb(out_error) : FL_OK;
}

enum fl_status fl_zip_reader_rewind(
    struct fl_zip_reader *reader,
    struct fl_error *out_error)
{
    if (reader->open) {
        (void)unzCloseCurrentFile(reader->archive);
    }
    reader->open = false;
    reader->read = 0;
    if (unzOpenCurrentFile(reader->archive) != UNZ_OK) {
        return broken(out_error);
    }
    reader->open = true;
    return FL_OK;
}

enum fl_status fl_zip_reader_open(
    const char *path,
    struct fl_zip_reader **out_reader,
    bool *out_incomplete,
    struct fl_error *out_error)
{
    struct fl_zip_reader *reader = fl_alloc_zeroed(1, sizeof(*reader));

    *out_incomplete = false;
    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    reader->archive = unzOpen64(path);
    if (!reader->archive) {
        fl_free(reader);
        *out_incomplete = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "the archive is not whole: its end is missing");
    }
    enum fl_status status = look(reader, out_error);

    if (status == FL_OK) {
        status = fl_zip_reader_rewind(reader, out_error);
    }
    if (status != FL_OK) {
        fl_zip_reader_close(reader);
        return status;
    }
    *out_reader = reader;
    return FL_OK;
}

void fl_zip_reader_close(struct fl_zip_reader *reader)
{
    if (!reader) {
        return;
    }
    if (reader->open) {
        (void)unzCloseCurrentFile(reader->archive);
    }
    (void)unzClose(reader->archive);
    fl_free(reader);
}

uint64_t fl_zip_reader_size(const struct fl_zip_reader *reader)
{
    return reader->size;
}

enum fl_status fl_zip_reader_read(
    struct fl_zip_reader *reader,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    *out_size = 0;
    if (!reader->open) {
        return FL_OK;
    }
    const int size = unzReadCurrentFile(
        reader->archive, out_bytes, size_max > 1 << 20 ? 1 << 20 : (unsigned)size_max);

    if (size < 0) {
        return broken(out_error);
    }
    reader->read += (uint64_t)size;
    if (is_bomb(reader, reader->read)) {
        return refuse_bomb(out_error);
    }
    if (size == 0) {
        reader->open = false;
        if (unzCloseCurrentFile(reader->archive) != UNZ_OK ||
            reader->read != reader->size) {
            return broken(out_error);
        }
    }
    *out_size = (size_t)size;
    return FL_OK;
}
