#include "share.h"

#include <time.h>

static const uint64_t NS_PER_S = 1000000000;
static const uint64_t NS_PER_MS = 1000000;

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

struct fl_share fl_share_begin(uint32_t share_ms)
{
    return (struct fl_share){
        .until_ns = share_ms == 0 ? 0 : now_ns() + share_ms * NS_PER_MS};
}

bool fl_share_is_over(const struct fl_share *share)
{
    return share->until_ns != 0 && now_ns() >= share->until_ns;
}
