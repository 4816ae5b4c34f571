/* Any bytes are a statement or words; what is read is text. */

#include <stdlib.h>

#include "exchange/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_statement statement;
    struct fl_error error = {.text = ""};
    const struct fl_bytes file = {data, size};

    if (fl_statement_init(&statement, file, &error) == FL_OK) {
        for (size_t i = 0; i < statement.part_count; i++) {
            const struct fl_statement_part *part = &statement.parts[i];

            for (size_t j = 0; j < part->field_count; j++) {
                if (!fl_bytes_are_utf8(statement.fields[part->field_first + j].value)) {
                    abort();
                }
            }
        }
    } else if (error.text[0] == '\0') {
        abort();
    }
    fl_statement_deinit(&statement);
    return 0;
}
