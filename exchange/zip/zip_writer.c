#include <string.h>
#include <time.h>
#include <zip.h>

#include "exchange/zip.h"

enum { PACKED_LEVEL = 6 };

struct fl_zip_writer {
    zipFile archive;
};

static enum fl_status failed(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_IO, "the archive cannot be written");
}

static zip_fileinfo info_of_now(void)
{
    zip_fileinfo info;
    struct tm local;
    const time_t now = time(NULL);

    memset(&info, 0, sizeof(info));
    if (localtime_r(&now, &local)) {
        info.tmz_date.tm_sec = (unsigned)local.tm_sec;
        info.tmz_date.tm_min = (unsigned)local.tm_min;
        info.tmz_date.tm_hour = (unsigned)local.tm_hour;
        info.tmz_date.tm_mday = (unsigned)local.tm_mday;
        info.tmz_date.tm_mon = (unsigned)local.tm_mon;
        info.tmz_date.tm_year = (unsigned)(local.tm_year + 1900);
    }
    return info;
}

enum fl_status fl_zip_writer_open(
    const char *path,
    const char *name,
    struct fl_zip_writer **out_writer,
    struct fl_error *out_error)
{
    enum { NAMES_ARE_UTF8 = 1 << 11, MADE_BY = 0, OWN_WINDOW = -MAX_WBITS };
    struct fl_zip_writer *writer = fl_alloc_zeroed(1, sizeof(*writer));
    const zip_fileinfo info = info_of_now();

    if (!writer) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    writer->archive = zipOpen64(path, APPEND_STATUS_CREATE);
    if (!writer->archive) {
        fl_free(writer);
        return failed(out_error);
    }
    if (zipOpenNewFileInZip4_64(
            writer->archive, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED,
            PACKED_LEVEL, /* raw= */ 0, OWN_WINDOW, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY,
            NULL, 0, MADE_BY, NAMES_ARE_UTF8, /* zip64= */ 1) != ZIP_OK) {
        (void)zipClose(writer->archive, NULL);
        fl_free(writer);
        return failed(out_error);
    }
    *out_writer = writer;
    return FL_OK;
}

enum fl_status fl_zip_writer_write(
    struct fl_zip_writer *writer,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    while (bytes.size > 0) {
        const unsigned part = bytes.size > 1 << 20 ? 1 << 20 : (unsigned)bytes.size;

        if (zipWriteInFileInZip(writer->archive, bytes.data, part) != ZIP_OK) {
            return failed(out_error);
        }
        bytes.data += part;
        bytes.size -= part;
    }
    return FL_OK;
}

enum fl_status fl_zip_writer_end(struct fl_zip_writer *writer, struct fl_error *out_error)
{
    if (!writer) {
        return FL_OK;
    }
    const int entry = zipCloseFileInZip(writer->archive);
    const int whole = zipClose(writer->archive, NULL);

    fl_free(writer);
    return entry == ZIP_OK && whole == ZIP_OK ? FL_OK : failed(out_error);
}
