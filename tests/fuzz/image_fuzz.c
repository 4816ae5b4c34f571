/*
 * Any bytes are either no image or one whose messages stand one behind the other, each
 * with chunks that its head names, up to the end that its writer left.
 */

#include "proto/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_bytes file = {data, size};
    struct fl_image_head head;
    enum fl_status status = fl_image_open(file, &head);

    FL_ASSERT(status == FL_OK || status == FL_MALFORMED || status == FL_UNSUPPORTED);
    if (status != FL_OK) {
        return 0;
    }
    /* Nobody has the secret of this key. */
    FL_ASSERT(fl_image_verify(file, data + FL_IMAGE_HEAD_BYTES) == FL_UNTRUSTED);
    struct fl_image_reader reader = fl_image_read(file);
    struct fl_image_message message;
    uint64_t bytes = FL_IMAGE_BEGIN_BYTES;

    while ((status = fl_image_next(&reader, &message)) == FL_OK) {
        bytes += 4 + message.head_bytes.size + message.chunks.size;
        FL_ASSERT(bytes <= size);
        FL_ASSERT(
            message.head_bytes.data + message.head_bytes.size == message.chunks.data);
    }
    FL_ASSERT(status == FL_NOT_FOUND || status == FL_MALFORMED);
    FL_ASSERT(status != FL_NOT_FOUND || bytes + 12 == size);
    return 0;
}
