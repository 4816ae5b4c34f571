/* Bytes as a file of settings of a connection: what is read is written and reads the
 * same. */

#include "exchange/connection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_same(const struct fl_connection *a, const struct fl_connection *b)
{
    for (size_t i = 0; i < FL_CONNECTION_FIELDS; i++) {
        const bool of_a_transport =
            i >= FL_CONNECTION_ARCHIVE_PASSWORD && i <= FL_CONNECTION_FTP_PATH;
        if (!of_a_transport && !fl_bytes_equal(a->fields[i], b->fields[i])) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_arena arena;
    struct fl_buffer bytes;
    struct fl_connection read;
    struct fl_connection again;
    struct fl_error error = {FL_OK, ""};

    fl_arena_init(&arena, 16 << 20);
    fl_buffer_init(&bytes, 16 << 20);
    if (fl_connection_read((struct fl_bytes){data, size}, &arena, &read, &error) ==
        FL_OK) {
        FL_ASSERT(fl_connection_write(&read, &bytes, &error) == FL_OK);
        FL_ASSERT(
            fl_connection_read(fl_buffer_view(&bytes), &arena, &again, &error) == FL_OK);
        FL_ASSERT(is_same(&read, &again));
    } else {
        FL_ASSERT(error.text[0] != '\0');
    }
    fl_buffer_deinit(&bytes);
    fl_arena_deinit(&arena);
    return 0;
}
