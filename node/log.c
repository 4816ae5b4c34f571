#include "log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log_recent.h"
#include "node.h"
#include "service/log_fields.h"
#include "service/log_journal.h"

enum destination { TO_TEXT, TO_JSON, TO_JOURNAL };

static _Atomic int level_max = FL_LOG_INFO;
static _Atomic int destination = TO_TEXT;

void fl_log_set_level(enum fl_log_level level)
{
    level_max = (int)level;
}

void fl_log_set_style(enum fl_log_style style)
{
    switch (style) {
    case FL_LOG_AUTO:
        destination = fl_log_journal_is_there() ? TO_JOURNAL : TO_TEXT;
        return;
    case FL_LOG_TEXT:
        destination = TO_TEXT;
        return;
    case FL_LOG_JSON:
        destination = TO_JSON;
        return;
    }
}

bool fl_log_has(enum fl_log_level level)
{
    return (int)level <= level_max;
}

const char *fl_log_event_name(enum fl_log_event event)
{
#define FL_LOG_EVENT_NAME(symbol, name) name,
    static const char *const names[] = {FL_LOG_EVENTS(FL_LOG_EVENT_NAME)};
#undef FL_LOG_EVENT_NAME

    FL_ASSERT((unsigned)event < FL_LOG_EVENT_COUNT);
    return names[event];
}

static const char *level_name(enum fl_log_level level)
{
    switch (level) {
    case FL_LOG_ERROR:
        return "error";
    case FL_LOG_WARN:
        return "warn";
    case FL_LOG_INFO:
        return "info";
    case FL_LOG_DEBUG:
        return "debug";
    }
    return "error";
}

struct fl_log_value fl_log_value(const char *text)
{
    struct fl_log_value value;
    const bool is_plain = text[0] != '\0' && strpbrk(text, " \"\\=") == NULL;
    size_t size = strlen(text);
    size_t used = 0;

    if (is_plain) {
        size = fl_bytes_cut(fl_bytes_of_text(text), sizeof(value.text) - 1).size;
        memcpy(value.text, text, size);
        value.text[size] = '\0';
        return value;
    }
    value.text[used++] = '"';
    for (size_t i = 0; i < size; i++) {
        const bool is_escaped = text[i] == '"' || text[i] == '\\';

        const bool is_inside = ((unsigned char)text[i] & 0xC0) == 0x80;
        /* A letter of 4 bytes, the quote, the NUL; bytes that are no text fit too. */
        const size_t room = is_inside ? 3 : 6;

        if (used + room > sizeof(value.text)) {
            break;
        }
        if (is_escaped) {
            value.text[used++] = '\\';
        }
        value.text[used++] = text[i];
    }
    value.text[used++] = '"';
    value.text[used] = '\0';
    return value;
}

static size_t format_time(char *out_text, size_t size, int64_t now_ms)
{
    const time_t seconds = (time_t)(now_ms / 1000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    const size_t used = strftime(out_text, size, "%Y-%m-%dT%H:%M:%S", &parts);
    return used +
           (size_t)snprintf(out_text + used, size - used, ".%03dZ", (int)(now_ms % 1000));
}

size_t fl_log_format(
    char out_line[FL_LOG_LINE_BYTES_MAX],
    int64_t now_ms,
    enum fl_log_level level,
    enum fl_log_event event,
    const char *format,
    va_list arguments)
{
    const size_t size_max = FL_LOG_LINE_BYTES_MAX - 1; /* the end of the line */
    size_t size = format_time(out_line, size_max, now_ms);

    size += (size_t)snprintf(
        out_line + size, size_max - size, " %s %s", level_name(level),
        fl_log_event_name(event));
    if (format[0] != '\0') {
        out_line[size++] = ' ';
        const int wanted = vsnprintf(out_line + size, size_max - size, format, arguments);

        if (wanted > 0 && (size_t)wanted >= size_max - size) {
            size = fl_bytes_cut(fl_bytes_of_text(out_line), size_max - 2).size;
        } else if (wanted > 0) {
            size += (size_t)wanted;
        }
    }
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)out_line[i] < ' ' || out_line[i] == 0x7F) {
            out_line[i] = '?';
        }
    }
    out_line[size++] = '\n';
    return size;
}

/* The fields begin behind the time, the level and the event; of a size without end. */
static struct fl_bytes fields_of(const char *line, size_t size)
{
    size_t begin = size;

    for (size_t i = 0, blanks = 0; i < size && blanks < 3; i++) {
        blanks += line[i] == ' ';
        begin = blanks == 3 ? i + 1 : begin;
    }
    return (struct fl_bytes){
        (const uint8_t *)line + begin, begin < size ? size - 1 - begin : 0};
}

/* In one write, so that lines of threads do not mix. A log that fails stops nobody. */
static void write_line(const char *line, size_t size)
{
    if (write(STDERR_FILENO, line, size) < 0) {
        return;
    }
}

static void write_json(
    const char *line,
    const char *level,
    const char *event,
    const char *fields)
{
    char json[FL_LOG_JSON_BYTES_MAX];
    char time[32];
    const size_t size = strcspn(line, " ");

    (void)snprintf(time, sizeof(time), "%.*s", (int)size, line);
    write_line(json, fl_log_json(json, time, level, event, fields));
}

static void write_out(
    const char *line,
    size_t size,
    struct fl_bytes fields,
    enum fl_log_level level,
    enum fl_log_event event)
{
    char text[FL_LOG_LINE_BYTES_MAX];

    if (destination == TO_TEXT) {
        write_line(line, size);
        return;
    }
    memcpy(text, fields.data, fields.size);
    text[fields.size] = '\0';
    if (destination == TO_JSON) {
        write_json(line, level_name(level), fl_log_event_name(event), text);
    } else if (!fl_log_journal_send(level, fl_log_event_name(event), text)) {
        write_line(line, size);
    }
}

void fl_log(enum fl_log_level level, enum fl_log_event event, const char *format, ...)
{
    char line[FL_LOG_LINE_BYTES_MAX];
    va_list arguments;
    const bool is_kept = level <= FL_LOG_INFO && fl_log_recent_is_on();

    if (!fl_log_has(level) && !is_kept) {
        return;
    }
    const int64_t now_ms = fl_node_now_ms();
    va_start(arguments, format);
    const size_t size = fl_log_format(line, now_ms, level, event, format, arguments);
    va_end(arguments);
    const struct fl_bytes fields = fields_of(line, size);

    if (is_kept) {
        fl_log_recent_add(
            now_ms, level_name(level), fl_log_event_name(event),
            (const char *)fields.data, fields.size);
    }
    if (fl_log_has(level)) {
        write_out(line, size, fields, level, event);
    }
}
