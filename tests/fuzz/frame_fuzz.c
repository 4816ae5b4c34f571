/* Any bytes are either no frame or the one form of one. */

#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fl_bytes bytes = {data, size};
    struct fl_message_head head;
    struct fl_buffer again;
    struct fl_frame frame;
    const enum fl_status status = fl_frame_decode(bytes, &frame);

    FL_ASSERT(status == FL_OK || status == FL_MALFORMED || status == FL_UNSUPPORTED);
    if (status != FL_OK) {
        return 0;
    }
    fl_buffer_init(&again, FL_FRAME_WIRE_BYTES_MAX);
    fl_frame_encode(&frame, &again);
    FL_ASSERT(fl_buffer_status(&again) == FL_OK);
    FL_ASSERT(fl_bytes_equal(fl_buffer_view(&again), bytes));
    fl_buffer_deinit(&again);
    if (frame.kind == FL_FRAME_MESSAGE) {
        (void)fl_message_open(frame.message, &head);
    }
    return 0;
}
