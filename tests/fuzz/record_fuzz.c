/* Any bytes are either no record or the one form of an object. */

#include "proto/limits.h"
#include "proto/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fl_bytes record = {data, size};
    const struct fl_key key = {.type = 1};
    struct fl_object object;
    struct fl_arena arena;
    struct fl_buffer again;

    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&again, FL_RECORD_BYTES_MAX);
    const enum fl_status status = fl_record_decode(key, false, record, &arena, &object);

    FL_ASSERT(status == FL_OK || status == FL_MALFORMED);
    FL_ASSERT(status == fl_record_check(record));
    if (status == FL_OK) {
        FL_ASSERT(fl_record_encode(&object, &again) == FL_OK);
        FL_ASSERT(fl_bytes_equal(fl_buffer_view(&again), record));
    }
    fl_buffer_deinit(&again);
    fl_arena_deinit(&arena);
    return 0;
}
