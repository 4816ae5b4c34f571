#include "site/site_notes.h"

#include <string.h>

#include "proto/bytes.h"

void fl_site_note(char notes[FL_SITE_NOTES_BYTES], const char *words)
{
    const size_t used = strlen(notes);
    const struct fl_bytes line =
        fl_bytes_utf8_beginning(fl_bytes_of_text(words), FL_SITE_NOTE_BYTES_MAX);
    if (line.size > 0 && used + line.size + 2 <= FL_SITE_NOTES_BYTES) {
        memcpy(notes + used, line.data, line.size);
        memcpy(notes + used + line.size, "\n", 2);
    }
}
