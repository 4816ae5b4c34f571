/* Bytes as an answer of a web service: refused in words, or elements. */

#include "exchange/soap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_arena arena;
    struct fl_element *answer = NULL;
    struct fl_error error = {FL_OK, ""};

    fl_arena_init(&arena, 16 << 20);
    const enum fl_status status =
        fl_soap_read((struct fl_bytes){data, size}, &arena, &answer, &error);

    FL_ASSERT(status == FL_OK ? answer != NULL : error.text[0] != '\0');
    fl_arena_deinit(&arena);
    return 0;
}
