/*
 * Copies of a store. Never by copying its files: they change while they are read.
 */

#ifndef STORAGE_BACKUP_H
#define STORAGE_BACKUP_H

#include "storage/check.h"

/*
 * Write a compact copy of the open store to `target`, a directory that must not exist
 * (FL_REFUSED): under another name first, then on the disk, opened and checked value by
 * value, then renamed. The copy opens as a store; it has our incarnation, so whoever
 * restores it renews that first. `options` may be NULL; `out_report` may be NULL.
 */
enum fl_status fl_store_backup(
    struct fl_store *store,
    const char *target,
    const struct fl_check_options *options,
    struct fl_check_report *out_report,
    struct fl_error *out_error);

/*
 * Give free pages back to the disk: copy the store of `options` compactly, check the
 * copy, put it in place of the old one. No process may have it open. The old file stays
 * beside the new one until that has been opened.
 */
enum fl_status fl_store_compact(
    const struct fl_store_options *options,
    struct fl_error *out_error);

#endif
