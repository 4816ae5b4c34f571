/* Any text is either refused or settings that print to a file of the same settings. */

#include <stdlib.h>
#include <string.h>

#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct fl_settings *settings, size_t *out_size)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, out_size);
    FL_ASSERT(stream != NULL);
    fl_settings_print(settings, stream);
    fclose(stream);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_settings settings;
    struct fl_settings again;
    struct fl_error error;
    enum fl_status status =
        fl_settings_parse((struct fl_bytes){data, size}, "input", &settings, &error);
    FL_ASSERT(status == FL_OK || status == FL_MALFORMED);
    if (status != FL_OK) {
        return 0;
    }
    size_t text_size = 0;
    char *text = print(&settings, &text_size);
    struct fl_bytes printed = {(const uint8_t *)text, text_size};
    status = fl_settings_parse(printed, "printed", &again, &error);
    FL_ASSERT(status == FL_OK);
    size_t again_size = 0;
    char *again_text = print(&again, &again_size);
    FL_ASSERT(again_size == text_size && memcmp(text, again_text, text_size) == 0);
    free(text);
    free(again_text);
    return 0;
}
