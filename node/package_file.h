/*
 * A package as a stream of bytes from a file, plain or the first of a zip archive, with
 * the size and hash of what is unpacked as it goes by.
 */

#ifndef NODE_PACKAGE_FILE_H
#define NODE_PACKAGE_FILE_H

#include "exchange/codec.h"
#include "exchange/zip.h"
#include "file.h"
#include "proto/hash.h"

struct fl_package_file {
    int descriptor;
    struct fl_zip_reader *zip; /* NULL: plain */
    bool is_incomplete;        /* opening failed because the end is missing */
    bool is_malformed;         /* or because of what the archive is */
    uint64_t size;             /* unpacked */
    uint64_t read;             /* bytes that went by */
    struct fl_hasher hasher;
};

/* FL_NOT_FOUND: no such file; FL_IO; of archives as fl_zip_reader_open(). */
enum fl_status fl_package_file_open(
    struct fl_package_file *file,
    const char *path,
    struct fl_error *out_error);
void fl_package_file_close(struct fl_package_file *file);
/* From the beginning again. */
enum fl_status fl_package_file_rewind(
    struct fl_package_file *file,
    struct fl_error *out_error);
struct fl_codec_source fl_package_file_source(struct fl_package_file *file);

/*
 * What is written to `file`, whose name ends in ".zip", goes into an archive of one file
 * of the same name, as 1C packs them. NULL in `*out_zip`: it is to be plain.
 */
enum fl_status fl_package_file_begin_zip(
    const struct fl_file *file,
    struct fl_zip_writer **out_zip,
    struct fl_error *out_error);

#endif
