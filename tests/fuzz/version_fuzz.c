/*
 * What the store says of versions: a row is refused, or written again it is the same; and
 * what it packs unpacks to just as much as it says, or not at all. The first byte chooses
 * the kind of row.
 */

#include "arrivals_rows.h"
#include "versions_rows.h"

enum { LSN = 1000, BUFFER_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_arrival(struct fl_bytes value, struct fl_buffer *buffer)
{
    struct fl_arrival arrival;

    if (fl_arrival_decode(value, &arrival) == FL_OK) {
        fl_arrival_encode(&arrival, buffer);
        FL_ASSERT(fl_bytes_equal(fl_buffer_view(buffer), value));
    }
}

static void try_version(struct fl_bytes value, struct fl_buffer *buffer)
{
    static const uint8_t base[] = "what the next version was, or part of it";
    struct fl_decompressor *decompressor = NULL;
    struct fl_version_row row;

    if (fl_version_row_decode(LSN, value, &row) != FL_OK) {
        return;
    }
    fl_version_row_encode(&row, buffer);
    FL_ASSERT(fl_bytes_equal(fl_buffer_view(buffer), value));
    fl_buffer_clear(buffer);
    FL_ASSERT(fl_decompressor_new(&decompressor) == FL_OK);
    if (fl_decompress_against(
            decompressor, (struct fl_bytes){base, sizeof base}, row.packed, row.size,
            buffer) == FL_OK) {
        FL_ASSERT(fl_buffer_view(buffer).size == row.size);
    }
    fl_decompressor_free(decompressor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_buffer buffer;

    if (size == 0) {
        return 0;
    }
    fl_buffer_init(&buffer, BUFFER_BYTES);
    if (data[0] % 2 == 0) {
        try_arrival((struct fl_bytes){data + 1, size - 1}, &buffer);
    } else {
        try_version((struct fl_bytes){data + 1, size - 1}, &buffer);
    }
    fl_buffer_deinit(&buffer);
    return 0;
}
