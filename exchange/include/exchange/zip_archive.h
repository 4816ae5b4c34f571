/*
 * Archives of many files, as exchanges with sites send them.
 */

#ifndef EXCHANGE_ZIP_ARCHIVE_H
#define EXCHANGE_ZIP_ARCHIVE_H

#include "proto/bytes.h"

enum { FL_ZIP_FILES_MAX = 100000 };

/*
 * Every file of the archive into `directory`, its folders made there; at most `bytes_max`
 * unpacked. FL_MALFORMED: damaged, or not whole; FL_REFUSED: a bomb, or a name that leads
 * out of it; FL_LIMIT; FL_UNSUPPORTED: a password; FL_IO.
 */
enum fl_status fl_zip_unpack(
    const char *path,
    const char *directory,
    uint64_t bytes_max,
    struct fl_error *out_error);

/* An archive of the files `names` of `directory`, over what stands at `path`. */
enum fl_status fl_zip_pack(
    const char *path,
    const char *directory,
    const char *const *names,
    size_t count,
    struct fl_error *out_error);

#endif
