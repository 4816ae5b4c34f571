/* Any bytes are either no part of a comparison or the one form of one. */

#include "proto/compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fl_compare compare;
    const struct fl_bytes bytes = {data, size};
    const enum fl_status status = fl_compare_decode(bytes, &compare);
    struct fl_buffer again;

    FL_ASSERT(status == FL_OK || status == FL_MALFORMED || status == FL_UNSUPPORTED);
    if (status != FL_OK) {
        return 0;
    }
    fl_buffer_init(&again, FL_COMPARE_BYTES_MAX);
    fl_compare_encode(&compare, &again);
    FL_ASSERT(fl_buffer_status(&again) == FL_OK);
    FL_ASSERT(fl_bytes_equal(fl_buffer_view(&again), bytes));
    fl_buffer_deinit(&again);
    return 0;
}
