/* What a child sends as a closed day; what is read is written as it came. */

#include <stdint.h>
#include <stdlib.h>

#include "proto/day.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_bytes bytes = {data, size};
    struct fl_buffer again;
    struct fl_day day;

    if (fl_day_decode(bytes, &day) == FL_OK) {
        fl_buffer_init(&again, FL_DAY_BYTES_MAX);
        fl_day_encode(&day, &again);
        if (fl_buffer_status(&again) != FL_OK ||
            !fl_bytes_equal(fl_buffer_view(&again), bytes)) {
            abort();
        }
        fl_buffer_deinit(&again);
    }
    return 0;
}
