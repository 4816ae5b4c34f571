#include "print.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_BYTES = 1024 };

void fl_print(struct fl_buffer *buffer, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    FL_ASSERT(size >= 0);
    if ((size_t)size < sizeof line) {
        fl_buffer_put_memory(buffer, line, (size_t)size);
    } else {
        char *room = (char *)fl_buffer_reserve(buffer, (size_t)size + 1);
        if (room != NULL) {
            (void)vsnprintf(room, (size_t)size + 1, format, again);
            fl_buffer_added(buffer, (size_t)size);
        }
    }
    va_end(again);
}
