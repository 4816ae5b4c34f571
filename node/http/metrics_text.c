#include "metrics_text.h"

#include <inttypes.h>

#include "print.h"

void fl_metrics_head(
    struct fl_buffer *text,
    const char *name,
    const char *type,
    const char *help)
{
    fl_print(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void fl_metrics_gauge(
    struct fl_buffer *text,
    const char *name,
    const char *help,
    uint64_t value)
{
    fl_metrics_head(text, name, "gauge", help);
    fl_print(text, "%s %" PRIu64 "\n", name, value);
}

void fl_metrics_counter(
    struct fl_buffer *text,
    const char *name,
    const char *help,
    uint64_t value)
{
    fl_metrics_head(text, name, "counter", help);
    fl_print(text, "%s %" PRIu64 "\n", name, value);
}

struct fl_metrics_label fl_metrics_label(const char *text)
{
    struct fl_metrics_label label;
    size_t size = 0;
    for (size_t i = 0; text[i] != '\0' && size + 2 < sizeof label.text; i++) {
        bool is_special = text[i] == '"' || text[i] == '\\' || text[i] == '\n';
        if (is_special) {
            label.text[size++] = '\\';
        }
        label.text[size++] = text[i] == '\n' ? 'n' : text[i];
    }
    label.text[size] = '\0';
    return label;
}
