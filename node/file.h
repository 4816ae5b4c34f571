/*
 * Files that appear whole or not at all, and small files read whole.
 */

#ifndef NODE_FILE_H
#define NODE_FILE_H

#include <stdio.h>

#include "proto/bytes.h"

/*
 * A file being written under a temporary name beside its place. The name does not begin
 * as the final one: 1C takes Message_A_B.xml.tmp for a message.
 */
struct fl_file {
    char *path;      /* where it will stand */
    char *temporary; /* where it stands meanwhile */
    int descriptor;
    bool is_synced; /* all that was written is on the disk */
};

/* `mode` 0600 or 0644. FL_IO tells the path and the system's words. */
enum fl_status fl_file_begin(
    struct fl_file *file,
    const char *path,
    unsigned mode,
    struct fl_error *out_error);
enum fl_status fl_file_write(
    struct fl_file *file,
    struct fl_bytes bytes,
    struct fl_error *out_error);
/* On the disk under the temporary name, before what the caller does next. */
enum fl_status fl_file_sync(struct fl_file *file, struct fl_error *out_error);
/* Into its place; it and its directory are on the disk. Ends `file` on success. */
enum fl_status fl_file_publish(struct fl_file *file, struct fl_error *out_error);
/* Into its place without waiting for the disk: for what is made anew after a crash. Ends
   `file` on success. */
enum fl_status fl_file_place(struct fl_file *file, struct fl_error *out_error);
/* Removes the temporary file. Fine when published, or never begun. */
void fl_file_abandon(struct fl_file *file);

/*
 * Temporary files of other processes go from a directory in which only this one writes:
 * whoever was killed has left them.
 */
void fl_file_sweep(const char *directory);

/* The file at `path` holds just these bytes, on the disk, or is what it was before. */
enum fl_status fl_file_replace(
    const char *path,
    unsigned mode,
    struct fl_bytes bytes,
    struct fl_error *out_error);

/* The whole of a small file. FL_NOT_FOUND, FL_LIMIT, FL_IO. */
enum fl_status fl_file_read(
    const char *path,
    size_t bytes_max,
    struct fl_buffer *out_buffer,
    struct fl_error *out_error);

/* The directory's own entry on the disk. */
enum fl_status fl_file_sync_directory(const char *path, struct fl_error *out_error);

#endif
