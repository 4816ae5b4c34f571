/*
 * A package as a stream of bytes from a file or into one, plain or the first of a zip
 * archive, with the size and hash of what is unpacked as it goes by.
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

/*
 * `name` is what words call it. FL_NOT_FOUND: no such file; FL_IO; of archives as
 * fl_zip_reader_open().
 */
enum fl_status fl_package_file_open(
    struct fl_package_file *file,
    const char *path,
    const char *name,
    struct fl_error *out_error);
void fl_package_file_close(struct fl_package_file *file);
/* From the beginning again. */
enum fl_status fl_package_file_rewind(
    struct fl_package_file *file,
    struct fl_error *out_error);
struct fl_codec_source fl_package_file_source(struct fl_package_file *file);

/* One that is written, under a temporary name; zero before it begins. */
struct fl_package_output {
    struct fl_file file;
    struct fl_zip_writer *zip; /* NULL: plain */
    bool is_passing;           /* it need not be on the disk */
    uint64_t bytes;            /* before they are packed */
    uint64_t bytes_synced;     /* of these, the last time */
    struct fl_hasher hasher;
};

/*
 * What is written for a `path` that ends in ".zip" goes into an archive of one file of
 * the same name, as 1C packs them.
 */
enum fl_status fl_package_output_begin(
    struct fl_package_output *output,
    const char *path,
    struct fl_error *out_error);
struct fl_codec_sink fl_package_output_sink(struct fl_package_output *output);
/* Between two shares of work: nobody has to wait long for the disk, now or later. */
enum fl_status fl_package_output_rest(
    struct fl_package_output *output,
    struct fl_error *out_error);
/* It is whole, and on the disk under its temporary name unless it is a passing one. */
enum fl_status fl_package_output_close(
    struct fl_package_output *output,
    struct fl_error *out_error);
/* Removes what was not published; fine when it was, or when it never began. */
void fl_package_output_abandon(struct fl_package_output *output);

#endif
