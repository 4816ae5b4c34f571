/*
 * Any bytes are either no storage of binary data or give no more than is allowed; what
 * was found is found again when it is kept anew.
 */

#include <stdlib.h>

#include "exchange/value_storage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BYTES_MAX = 100000, ARENA_BYTES = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_arena arena;
    struct fl_bytes found = {NULL, 0};
    struct fl_bytes stored = {NULL, 0};
    struct fl_bytes again = {NULL, 0};

    fl_arena_init(&arena, ARENA_BYTES);
    if (fl_value_storage_read((struct fl_bytes){data, size}, BYTES_MAX, &arena, &found) ==
        FL_OK) {
        FL_ASSERT(found.size <= BYTES_MAX);
        FL_ASSERT(fl_value_storage_write(found, &arena, &stored) == FL_OK);
        FL_ASSERT(fl_value_storage_read(stored, BYTES_MAX, &arena, &again) == FL_OK);
        FL_ASSERT(fl_bytes_equal(found, again));
    }
    fl_arena_deinit(&arena);
    return 0;
}
