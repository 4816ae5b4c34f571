/*
 * A package as a stream of bytes from a file, with its size and hash as it goes by.
 */

#ifndef NODE_PACKAGE_FILE_H
#define NODE_PACKAGE_FILE_H

#include "exchange/codec.h"
#include "proto/hash.h"

struct fl_package_file {
    int descriptor;
    uint64_t size;
    uint64_t read; /* bytes that went by */
    struct fl_hasher hasher;
};

/* FL_NOT_FOUND: no such file; FL_IO. A zip is told apart in words (FL_UNSUPPORTED). */
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

#endif
