#include "leavings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* It has more than is given back at once. */
static bool is_large(int descriptor, off_t *out_bytes)
{
    struct stat found;
    const bool is_known = fstat(descriptor, &found) == 0;
    *out_bytes = is_known ? found.st_size : 0;
    return *out_bytes > FL_LEAVINGS_BYTES_AT_ONCE;
}

void fl_leavings_take(struct fl_leavings *leavings, FILE *file)
{
    off_t bytes = 0;
    int kept = -1;
    if (leavings->count < FL_LEAVINGS_MAX && is_large(fileno(file), &bytes)) {
        kept = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
    }
    (void)fclose(file);
    if (kept >= 0) {
        leavings->descriptors[leavings->count++] = kept;
    }
}

bool fl_leavings_shorten(struct fl_leavings *leavings)
{
    off_t bytes = 0;
    if (leavings->count == 0) {
        return false;
    }
    const int descriptor = leavings->descriptors[leavings->count - 1];
    if (!is_large(descriptor, &bytes) ||
        ftruncate(descriptor, bytes - FL_LEAVINGS_BYTES_AT_ONCE) != 0) {
        (void)close(descriptor);
        leavings->count--;
    }
    return leavings->count > 0;
}

void fl_leavings_end(struct fl_leavings *leavings)
{
    while (leavings->count > 0) {
        (void)close(leavings->descriptors[--leavings->count]);
    }
}
