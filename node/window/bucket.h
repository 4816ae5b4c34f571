/*
 * A token bucket: so many bytes a second on the average, a second's worth at once.
 */

#ifndef NODE_WINDOW_BUCKET_H
#define NODE_WINDOW_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory limits nothing. */
struct fl_bucket {
    uint64_t bytes_per_second; /* 0: any */
    int64_t
        millibytes; /* thousandths of bytes that may go; below 0 after a large frame */
    uint64_t filled_ms;
};

/* Another rate; the bucket keeps what it has. */
void fl_bucket_set(struct fl_bucket *bucket, uint64_t bytes_per_second, uint64_t now_ms);
/* May a frame go? One of any size may when the bucket is not empty. */
bool fl_bucket_is_open(struct fl_bucket *bucket, uint64_t now_ms);
void fl_bucket_take(struct fl_bucket *bucket, size_t bytes);
/* When it is open again, from `now_ms` on; UINT64_MAX: it is not limited. */
uint64_t fl_bucket_due_ms(const struct fl_bucket *bucket, uint64_t now_ms);

#endif
