/* The ceiling of tables: libcsv alone over a file, in blocks of 64 KiB. */

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned long rows;

static void take_cell(void *bytes, size_t size, void *context)
{
    (void)bytes;
    (void)size;
    (void)context;
}

static void take_row(int end, void *context)
{
    (void)end;
    (void)context;
    rows++;
}

int main(int count, char **arguments)
{
    static char block[64 << 10];
    struct csv_parser parser;
    struct timespec begin;
    struct timespec end;
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;

    if (!file || csv_init(&parser, 0) != 0) {
        return 1;
    }
    csv_set_delim(&parser, ';');
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t size; (size = fread(block, 1, sizeof(block), file)) > 0;) {
        if (csv_parse(&parser, block, size, take_cell, take_row, NULL) != size) {
            return 1;
        }
    }
    (void)csv_fini(&parser, take_cell, take_row, NULL);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    printf(
        "%.0f\n", (double)rows / ((double)(end.tv_sec - begin.tv_sec) +
                                  (double)(end.tv_nsec - begin.tv_nsec) / 1e9));
    csv_free(&parser);
    return fclose(file) == 0 ? 0 : 1;
}
