/*
 * Small values by name, for whatever a node must remember: "plan/Филиалы" and the like.
 */

#ifndef STORAGE_SETTINGS_H
#define STORAGE_SETTINGS_H

#include "storage/store.h"

enum { FL_SETTING_NAME_BYTES_MAX = 60, FL_SETTING_BYTES_MAX = 4 << 20 };

/* FL_LIMIT: the name or the value is too long. */
void fl_settings_put(struct fl_txn *txn, struct fl_bytes name, struct fl_bytes value);

/* Borrowed until the next read, write or end. */
enum fl_status fl_settings_get(
    struct fl_txn *txn,
    struct fl_bytes name,
    struct fl_bytes *out_value);

/* A name that stays valid while settings change. */
struct fl_setting_name {
    uint8_t bytes[FL_SETTING_NAME_BYTES_MAX];
    size_t size;
};

/* The first setting whose name starts with `prefix` and is above `after` (NULL: the
 * first). `after` and `out_name` may be the same. */
enum fl_status fl_settings_next(
    struct fl_txn *txn,
    struct fl_bytes prefix,
    const struct fl_setting_name *after,
    struct fl_setting_name *out_name,
    struct fl_bytes *out_value);

/* Fine when there is none. */
void fl_settings_remove(struct fl_txn *txn, struct fl_bytes name);

#endif
