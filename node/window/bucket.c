#include "bucket.h"

static void fill(struct fl_bucket *bucket, uint64_t now_ms)
{
    int64_t most = (int64_t)bucket->bytes_per_second * 1000;
    uint64_t passed_ms = now_ms > bucket->filled_ms ? now_ms - bucket->filled_ms : 0;

    if (passed_ms > 3600000) {
        passed_ms = 3600000;
    }
    bucket->millibytes += (int64_t)(passed_ms * bucket->bytes_per_second);
    if (bucket->millibytes > most) {
        bucket->millibytes = most;
    }
    bucket->filled_ms = now_ms;
}

void fl_bucket_set(struct fl_bucket *bucket, uint64_t bytes_per_second, uint64_t now_ms)
{
    if (bucket->bytes_per_second == bytes_per_second) {
        return;
    }
    bool was_limited = bucket->bytes_per_second > 0;

    bucket->bytes_per_second = bytes_per_second;
    if (!was_limited) {
        bucket->millibytes = (int64_t)bytes_per_second * 1000;
        bucket->filled_ms = now_ms;
    }
    fill(bucket, now_ms);
}

bool fl_bucket_is_open(struct fl_bucket *bucket, uint64_t now_ms)
{
    if (bucket->bytes_per_second == 0) {
        return true;
    }
    fill(bucket, now_ms);
    return bucket->millibytes > 0;
}

void fl_bucket_take(struct fl_bucket *bucket, size_t bytes)
{
    if (bucket->bytes_per_second > 0) {
        bucket->millibytes -= (int64_t)bytes * 1000;
    }
}

uint64_t fl_bucket_due_ms(const struct fl_bucket *bucket, uint64_t now_ms)
{
    if (bucket->bytes_per_second == 0) {
        return UINT64_MAX;
    }
    if (bucket->millibytes > 0) {
        return now_ms;
    }
    uint64_t missing = (uint64_t)(1 - bucket->millibytes);

    return now_ms + missing / bucket->bytes_per_second + 1;
}
