/*
 * The one file that matters in a zip archive, as a stream: 1C takes the first entry for
 * the message and looks at no other; folders before it are passed. Nothing is unpacked to
 * a disk.
 */

#ifndef EXCHANGE_ZIP_H
#define EXCHANGE_ZIP_H

#include "exchange/codec.h"

struct fl_zip_reader;

/* The first bytes of a file say whether it is an archive. */
bool fl_zip_is(struct fl_bytes beginning);

/*
 * FL_MALFORMED: no archive, or not whole (`*out_incomplete`: its end is missing, it may
 * still be written). FL_REFUSED: a bomb, or a name that leads out of the archive.
 * FL_UNSUPPORTED: a password. The caller ends `*out_reader` with the close below.
 */
enum fl_status fl_zip_reader_open(
    const char *path,
    struct fl_zip_reader **out_reader,
    bool *out_incomplete,
    struct fl_error *out_error);
void fl_zip_reader_close(struct fl_zip_reader *reader); /* takes NULL */

/* Size of the entry when unpacked, as the archive says. */
uint64_t fl_zip_reader_size(const struct fl_zip_reader *reader);
/* As fl_codec_source.read; the sum is checked at the end. */
enum fl_status fl_zip_reader_read(
    struct fl_zip_reader *reader,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error);
/* From the beginning again. */
enum fl_status fl_zip_reader_rewind(
    struct fl_zip_reader *reader,
    struct fl_error *out_error);

struct fl_zip_writer;

/* Overwrites `path` with an archive of the one entry `name`. */
enum fl_status fl_zip_writer_open(
    const char *path,
    const char *name,
    struct fl_zip_writer **out_writer,
    struct fl_error *out_error);
enum fl_status fl_zip_writer_write(
    struct fl_zip_writer *writer,
    struct fl_bytes bytes,
    struct fl_error *out_error);
/* The directory of the archive; the writer is closed on failure too. Takes NULL. */
enum fl_status fl_zip_writer_end(
    struct fl_zip_writer *writer,
    struct fl_error *out_error);

#endif
