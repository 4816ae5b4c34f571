/*
 * The directory that a store lives in: held by one process, once; on a file system that
 * refuses writes when it is full (others kill the process); with a ballast file that is
 * given up so that a full disk can be cleaned.
 */

#ifndef STORAGE_DIRECTORY_H
#define STORAGE_DIRECTORY_H

#include "storage/store.h"

struct fl_directory;

struct fl_directory_options {
    const char *path;
    bool create;
    bool allow_any_file_system;
};

/* FL_BUSY names the process. Nothing is made in a directory that holds no store. */
enum fl_status fl_directory_open(
    const struct fl_directory_options *options,
    struct fl_directory **out_directory,
    struct fl_error *out_error);
void fl_directory_close(struct fl_directory *directory);

const char *fl_directory_path(const struct fl_directory *directory);
/* Bytes that we may still write on its disk; 0 when it cannot be asked. */
uint64_t fl_directory_free_bytes(const struct fl_directory *directory);

/* Make the ballast when it is missing and `floor_bytes` stay free beside it. */
void fl_directory_make_ballast(
    struct fl_directory *directory,
    uint64_t bytes,
    uint64_t floor_bytes);
void fl_directory_drop_ballast(struct fl_directory *directory);
uint64_t fl_directory_ballast_bytes(const struct fl_directory *directory);

/* Remove a file of the directory; fine when there is none. */
void fl_directory_remove(struct fl_directory *directory, const char *name);
enum fl_status fl_directory_sync(
    struct fl_directory *directory,
    struct fl_error *out_error);

/* `directory`/`name` in memory of its own, to be freed; NULL without memory. */
char *fl_directory_join(const char *directory, const char *name);

#endif
