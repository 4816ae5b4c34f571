#define _GNU_SOURCE /* getrandom() */

#include "random.h"

#include <errno.h>
#include <sys/random.h>

void fl_random_fill(void *out_memory, size_t size)
{
    uint8_t *next = out_memory;
    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);
        FL_ASSERT(got > 0 || errno == EINTR);
        if (got > 0) {
            next += got;
            size -= (size_t)got;
        }
    }
}

struct fl_uuid fl_random_uuid(void)
{
    uint8_t bytes[FL_UUID_BYTES];
    fl_random_fill(bytes, sizeof bytes);
    return fl_uuid_of_random(bytes);
}
