/*
 * A file of CommerceML that appears whole or not at all. It is sent and forgotten: after
 * a crash the exchange begins anew, so the disk is not waited for.
 */

#ifndef NODE_SITE_FILE_H
#define NODE_SITE_FILE_H

#include "exchange/commerceml.h"
#include "file.h"

struct fl_site_file {
    struct fl_file file;
    struct fl_commerceml_writer *writer; /* NULL: none is open */
};

/* `options->sink` is the file's. */
enum fl_status fl_site_file_open(
    struct fl_site_file *file,
    const char *directory,
    const char *name,
    const struct fl_commerceml_writer_options *options,
    struct fl_error *out_error);
/* Adds its size to `*io_bytes`. */
enum fl_status fl_site_file_publish(
    struct fl_site_file *file,
    uint64_t *io_bytes,
    struct fl_error *out_error);
void fl_site_file_abandon(struct fl_site_file *file); /* fine when none is open */

#endif
