/*
 * The first four bytes are the stated size of a message, the others its chunks as they
 * came over the wire: they unpack to exactly that, or to nothing.
 */

#include "proto/compression.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_decompressor *decompressor = NULL;
    struct fl_buffer plain;

    if (size < 4) {
        return 0;
    }
    const size_t stated = fl_load_u32(data) % (FL_MESSAGE_PLAIN_BYTES_MAX + 1);

    fl_buffer_init(&plain, FL_MESSAGE_PLAIN_BYTES_MAX);
    if (fl_decompressor_new(&decompressor) == FL_OK) {
        const enum fl_status status = fl_decompress(
            decompressor, (struct fl_bytes){data + 4, size - 4}, stated, &plain);

        FL_ASSERT(status == FL_OK || status == FL_MALFORMED);
        FL_ASSERT(plain.size == (status == FL_OK ? stated : 0));
    }
    fl_decompressor_free(decompressor);
    fl_buffer_deinit(&plain);
    return 0;
}
