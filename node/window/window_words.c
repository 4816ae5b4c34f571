#include "window_words.h"

#include <stdio.h>
#include <string.h>

#include "language.h"

void fl_window_date_text(const char *date, char out_text[FL_WINDOW_DATE_TEXT_BYTES])
{
    int used = snprintf(
        out_text, FL_WINDOW_DATE_TEXT_BYTES, "%.4s-%.2s-%.2s", date, date + 4, date + 6);
    if (strlen(date) == strlen("20261231T220000")) {
        snprintf(
            out_text + used, FL_WINDOW_DATE_TEXT_BYTES - (unsigned)used, "T%.2s:%.2s",
            date + 9, date + 11);
    }
}

void fl_window_duration_text(uint32_t seconds, char out_text[FL_WINDOW_DATE_TEXT_BYTES])
{
    static const struct {
        uint32_t seconds;
        char letter;
    } UNITS[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    if (seconds == 0) {
        snprintf(out_text, FL_WINDOW_DATE_TEXT_BYTES, "none");
        return;
    }
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        if (seconds % UNITS[i].seconds == 0) {
            snprintf(
                out_text, FL_WINDOW_DATE_TEXT_BYTES, "%u%c", seconds / UNITS[i].seconds,
                UNITS[i].letter);
            return;
        }
    }
}

void fl_window_rate_text(
    uint64_t bytes_per_second,
    char out_text[FL_WINDOW_DATE_TEXT_BYTES])
{
    unsigned long long bits = bytes_per_second * 8;
    if (bits == 0) {
        snprintf(out_text, FL_WINDOW_DATE_TEXT_BYTES, "none");
    } else if (bits % 1000000 == 0) {
        snprintf(out_text, FL_WINDOW_DATE_TEXT_BYTES, "%llum", bits / 1000000);
    } else {
        snprintf(out_text, FL_WINDOW_DATE_TEXT_BYTES, "%lluk", bits / 1000);
    }
}

void fl_window_warn(struct fl_output *output, uint64_t overloads)
{
    if (overloads > 0) {
        fl_output_warn(
            output,
            _("%llu windows have more nodes than this node can serve: make them longer, "
              "or two groups"),
            (unsigned long long)overloads);
    }
}
