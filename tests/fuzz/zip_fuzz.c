/*
 * Any bytes are either no archive, in words, or a stream of no more than is allowed; its
 * first file read again is the same.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exchange/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROUNDS_MAX = 1 << 16, BLOCK_BYTES = 4096 };

static char path[64];

static void remove_file(void)
{
    (void)unlink(path);
}

static uint64_t read_all(struct fl_zip_reader *reader, uint64_t *out_sum)
{
    uint8_t block[BLOCK_BYTES];
    struct fl_error error = {FL_OK, ""};
    size_t got = 0;
    uint64_t total = 0;

    *out_sum = 5381;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        const enum fl_status status =
            fl_zip_reader_read(reader, block, sizeof(block), &got, &error);

        if (status != FL_OK) {
            FL_ASSERT(error.text[0] != '\0');
            break;
        }
        if (got == 0) {
            break;
        }
        for (size_t at = 0; at < got; at++) {
            *out_sum = *out_sum * 33 + block[at];
        }
        total += got;
    }
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_zip_reader *reader = NULL;
    struct fl_error error = {FL_OK, ""};
    bool incomplete = false;
    uint64_t sums[2];

    if (path[0] == '\0') {
        strcpy(path, "/tmp/filial-zip-XXXXXX");
        const int descriptor = mkstemp(path);

        FL_ASSERT(descriptor >= 0);
        (void)close(descriptor);
        (void)atexit(remove_file);
    }
    FILE *const file = fopen(path, "wb");

    FL_ASSERT(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    if (fl_zip_reader_open(path, &reader, &incomplete, &error) != FL_OK) {
        FL_ASSERT(error.text[0] != '\0');
        return 0;
    }
    const uint64_t first = read_all(reader, &sums[0]);

    if (fl_zip_reader_rewind(reader, &error) == FL_OK) {
        FL_ASSERT(read_all(reader, &sums[1]) == first && sums[0] == sums[1]);
    }
    fl_zip_reader_close(reader);
    return 0;
}
