/*
 * Sentences are composed here without the C library's formatting, which a pure layer does
 * not use. A line is cut at FL_TRACE_LINE_BYTES_MAX - 1 bytes.
 */

#include "replication/trace.h"

#include <stddef.h>
#include <string.h>

enum { digits_max = 20 };

struct line {
    char text[FL_TRACE_LINE_BYTES_MAX];
    size_t size;
};

static void put_text(struct line *line, const char *text, size_t size)
{
    size_t room = sizeof(line->text) - 1 - line->size;

    if (size > room) {
        size = room;
    }
    memcpy(line->text + line->size, text, size);
    line->size += size;
}

static void put_number(struct line *line, uint64_t number)
{
    char digits[digits_max];
    size_t next = digits_max;

    do {
        digits[--next] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put_text(line, digits + next, digits_max - next);
}

void fl_trace_tell(
    const struct fl_trace *trace,
    const char *sentence,
    uint64_t first,
    uint64_t second)
{
    struct line line = {.size = 0};
    uint64_t number = first;

    if (!trace->tell) {
        return;
    }
    for (const char *next = sentence; *next; next++) {
        if (*next == '%') {
            put_number(&line, number);
            number = second;
        } else {
            put_text(&line, next, 1);
        }
    }
    trace->tell(trace->context, line.text);
}

void fl_trace_tell_text(
    const struct fl_trace *trace,
    const char *sentence,
    const char *text)
{
    struct line line = {.size = 0};

    if (!trace->tell) {
        return;
    }
    put_text(&line, sentence, strlen(sentence));
    put_text(&line, ": ", 2);
    put_text(&line, text, strlen(text));
    trace->tell(trace->context, line.text);
}
