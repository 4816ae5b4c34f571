/* Any file is a table of texts or words: the first byte chooses CSV or XLSX. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exchange/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const char *format, const char *path)
{
    const struct fl_sheet_options options = {.format = format, .path = path};
    struct fl_error error = {.text = ""};
    struct fl_sheet *sheet = NULL;
    const struct fl_sheet_row *row = NULL;
    enum fl_status status = fl_sheet_open(&options, &sheet, &error);

    while (status == FL_OK) {
        status = fl_sheet_next(sheet, &row, &error);
        if (status == FL_OK && !row) {
            break;
        }
        for (size_t i = 0; status == FL_OK && i < row->cell_count; i++) {
            if (!fl_bytes_are_utf8(row->cells[i])) {
                abort();
            }
        }
    }
    if (status != FL_OK && error.text[0] == '\0') {
        abort();
    }
    fl_sheet_close(sheet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/filial_fuzz_XXXXXX";
    const int descriptor = mkstemp(path);

    if (descriptor < 0 || size == 0) {
        return 0;
    }
    const bool written = write(descriptor, data + 1, size - 1) == (ssize_t)(size - 1);

    (void)close(descriptor);
    if (written) {
        read_all(data[0] == 'x' ? "xlsx" : "csv", path);
    }
    (void)unlink(path);
    return 0;
}
