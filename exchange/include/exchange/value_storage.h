/*
 * What a ХранилищеЗначения holds when it holds binary data, as a picture or a file: its
 * bytes are 1C's own, text in braces and binary parts behind it, packed or not.
 */

#ifndef EXCHANGE_VALUE_STORAGE_H
#define EXCHANGE_VALUE_STORAGE_H

#include "proto/arena.h"

/*
 * The first binary data in `stored`, in `arena` or in `stored` itself; at most
 * `bytes_max` unpacked. Bytes that are no storage at all but begin as a picture does are
 * it. FL_NOT_FOUND: it holds none; FL_LIMIT: it is larger; FL_MALFORMED: it is damaged.
 */
enum fl_status fl_value_storage_read(
    struct fl_bytes stored,
    size_t bytes_max,
    struct fl_arena *arena,
    struct fl_bytes *out_binary);

/* The storage of binary data: equal data are equal bytes. FL_NO_MEMORY. */
enum fl_status fl_value_storage_write(
    struct fl_bytes binary,
    struct fl_arena *arena,
    struct fl_bytes *out_stored);

/* "jpg", "png", "gif", "webp", "bmp", "svg" by its first bytes; NULL: no picture. */
const char *fl_picture_extension(struct fl_bytes bytes);

#endif
