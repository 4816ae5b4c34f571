#include "outbox.h"

#include <string.h>

struct fl_outbox_frame {
    struct fl_outbox_frame *next;
    size_t size;
    uint8_t bytes[];
};

enum fl_status fl_outbox_put(
    struct fl_outbox *outbox,
    struct fl_bytes head,
    struct fl_bytes body)
{
    size_t size = head.size + body.size;

    if (outbox->count == FL_OUTBOX_FRAMES_MAX ||
        outbox->bytes + size > FL_OUTBOX_BYTES_MAX) {
        return FL_FULL;
    }
    struct fl_outbox_frame *frame = fl_alloc(sizeof(*frame) + size);

    if (!frame) {
        return FL_NO_MEMORY;
    }
    frame->next = NULL;
    frame->size = size;
    memcpy(frame->bytes, head.data, head.size);
    if (body.size > 0) {
        memcpy(frame->bytes + head.size, body.data, body.size);
    }
    if (outbox->last) {
        outbox->last->next = frame;
    } else {
        outbox->first = frame;
    }
    outbox->last = frame;
    outbox->count++;
    outbox->bytes += size;
    return FL_OK;
}

struct fl_bytes fl_outbox_first(const struct fl_outbox *outbox)
{
    const struct fl_outbox_frame *frame = outbox->first;

    return frame ? (struct fl_bytes){frame->bytes, frame->size} : (struct fl_bytes){0};
}

void fl_outbox_drop(struct fl_outbox *outbox)
{
    struct fl_outbox_frame *frame = outbox->first;

    if (frame) {
        outbox->first = frame->next;
        outbox->last = frame->next ? outbox->last : NULL;
        outbox->count--;
        outbox->bytes -= frame->size;
        fl_free(frame);
    }
}

void fl_outbox_clear(struct fl_outbox *outbox)
{
    while (outbox->first) {
        fl_outbox_drop(outbox);
    }
}
