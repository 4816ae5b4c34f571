/*
 * Charts: bars in SVG, drawn here, so that the page is one file that opens anywhere.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "print.h"
#include "proto/day.h"
#include "report_write.h"

enum {
    CHARTS_MAX = 4,
    BARS_MAX = 31, /* the largest; of days the last */
    LABEL_BYTES = 80,
    LABEL_WIDTH = 320,
    BAR_WIDTH = 420,
    VALUE_WIDTH = 140,
    BAR_STEP = 26,
};

struct bar {
    const char *label;
    double value;
};

static int by_value(const void *a, const void *b)
{
    const struct bar *one = a;
    const struct bar *two = b;
    return (one->value < two->value) - (one->value > two->value);
}

static int by_label(const void *a, const void *b)
{
    const struct bar *one = a;
    const struct bar *two = b;
    return strcmp(one->label, two->label);
}

/* One bar for each label, in their order; gives how many. */
static size_t sum_up(
    const struct fl_report *report,
    size_t label,
    size_t value,
    struct bar *bars)
{
    size_t count = 0;
    for (size_t row = 0; row < report->row_count; row++) {
        const char *const *cells = report->cells + row * report->column_count;
        bars[row].label = cells[label] == NULL ? "" : cells[label];
        bars[row].value = cells[value] == NULL ? 0 : strtod(cells[value], NULL);
    }
    qsort(bars, report->row_count, sizeof *bars, by_label);
    for (size_t row = 0; row < report->row_count; row++) {
        if (count > 0 && strcmp(bars[count - 1].label, bars[row].label) == 0) {
            bars[count - 1].value += bars[row].value;
        } else {
            bars[count++] = bars[row];
        }
    }
    return count;
}

static bool are_days(const struct bar *bars, size_t count)
{
    uint32_t day = 0;
    for (size_t i = 0; i < count; i++) {
        if (!fl_day_parse(bars[i].label, &day)) {
            return false;
        }
    }
    return true;
}

static void put_bar(struct fl_buffer *page, const struct bar *bar, double most, size_t y)
{
    char label[LABEL_BYTES];
    double width = bar->value > 0 ? bar->value / most * BAR_WIDTH : 0;
    struct fl_bytes cut =
        fl_bytes_utf8_beginning(fl_bytes_of_text(bar->label), sizeof label - 1);
    snprintf(label, sizeof label, "%.*s", (int)cut.size, (const char *)cut.data);
    fl_print(
        page, "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">", LABEL_WIDTH - 8, y + 17);
    fl_markup_put_text(page, label);
    fl_print(
        page,
        "</text><rect x=\"%d\" y=\"%zu\" width=\"%.1f\" height=\"%d\" rx=\"3\"/><text "
        "x=\"%.1f\" y=\"%zu\">%.15g</text>\n",
        LABEL_WIDTH, y + 3, width, BAR_STEP - 6, LABEL_WIDTH + width + 6, y + 17,
        bar->value);
}

static void put_bars(struct fl_buffer *page, const struct bar *bars, size_t count)
{
    int width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH;
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        most = bars[i].value > most ? bars[i].value : most;
    }
    fl_print(
        page,
        "<svg role=\"img\" viewBox=\"0 0 %d %zu\" width=\"100%%\" style=\"max-width:"
        "%dpx\">\n",
        width, count * BAR_STEP, width);
    for (size_t i = 0; i < count; i++) {
        put_bar(page, &bars[i], most, i * BAR_STEP);
    }
    fl_buffer_put_text(page, "</svg>\n");
}

static void put_chart(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    size_t label,
    size_t value,
    struct bar *bars,
    struct fl_buffer *page)
{
    size_t count = sum_up(report, label, value, bars);
    size_t shown = count < BARS_MAX ? count : BARS_MAX;
    size_t first = 0;
    if (count == report->row_count && count > BARS_MAX) {
        return; /* a bar for each row: the table says as much */
    }
    if (are_days(bars, count)) {
        first = count - shown;
    } else {
        qsort(bars, count, sizeof *bars, by_value);
    }
    fl_buffer_put_text(page, "<h2>");
    fl_markup_put_text(page, texts->columns[value]);
    fl_buffer_put_text(page, ", ");
    fl_markup_put_text(page, texts->columns[label]);
    fl_buffer_put_text(page, "</h2>\n");
    put_bars(page, bars + first, shown);
}

void fl_report_write_charts(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    struct fl_buffer *out_page)
{
    size_t value = report->column_count;
    size_t charts = 0;
    for (size_t i = 0; i < report->column_count; i++) {
        value = report->is_number[i] ? i : value;
    }
    if (report->row_count == 0 || value == report->column_count) {
        return;
    }
    struct bar *bars = fl_alloc_zeroed(report->row_count, sizeof *bars);
    for (size_t i = 0; bars != NULL && i < report->column_count; i++) {
        if (!report->is_number[i] && charts++ < CHARTS_MAX) {
            put_chart(report, texts, i, value, bars, out_page);
        }
    }
    fl_free(bars);
}
