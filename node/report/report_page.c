/*
 * The page: words, charts, the table, the vector. Colours follow the reader's day and
 * night; printed it is on white.
 */

#include "markup.h"
#include "report_write.h"

static const char STYLE[] =
    "<style>:root{color-scheme:light dark}body{font:16px system-ui,sans-serif;margin:2em "
    "auto;max-width:70em;padding:0 1em}table{border-collapse:collapse;margin:1em "
    "0}th,td{padding:.25em .8em;text-align:left;border-bottom:1px solid "
    "#8884}th{position:sticky;top:0;background:Canvas}.n{text-align:right;"
    "font-variant-numeric:tabular-nums}.m td{color:#c2410c}svg text{font-size:14px;"
    "fill:currentColor}svg rect{fill:#2563eb}.w{border-left:4px solid #2563eb;padding:"
    ".2em 1em;white-space:pre-line}.w.m{border-color:#c2410c}@media "
    "print{:root{color-scheme:light}th{position:static}}</style>\n";

static void put_between(
    struct fl_buffer *page,
    const char *before,
    const char *text,
    const char *behind)
{
    fl_buffer_put_text(page, before);
    fl_markup_put_text(page, text);
    fl_buffer_put_text(page, behind);
}

static void put_cell(struct fl_buffer *page, const char *text, bool is_number)
{
    put_between(page, is_number ? "<td class=\"n\">" : "<td>", text, "</td>");
}

static void put_table(
    struct fl_buffer *page,
    const struct fl_report *report,
    const struct fl_report_texts *texts)
{
    size_t shown = report->row_count < FL_REPORT_PAGE_ROWS_MAX ? report->row_count
                                                               : FL_REPORT_PAGE_ROWS_MAX;
    fl_buffer_put_text(page, "<table><thead><tr>");
    for (size_t i = 0; i < report->column_count; i++) {
        put_between(page, "<th>", texts->columns[i], "</th>");
    }
    fl_buffer_put_text(page, "</tr></thead><tbody>\n");
    for (size_t row = 0; row < shown; row++) {
        const char *const *cells = report->cells + row * report->column_count;
        fl_buffer_put_text(page, "<tr>");
        for (size_t i = 0; i < report->column_count; i++) {
            put_cell(page, cells[i], report->is_number[i]);
        }
        fl_buffer_put_text(page, "</tr>\n");
    }
    fl_buffer_put_text(page, "</tbody></table>\n");
    if (texts->shown[0] != '\0') {
        put_between(page, "<p>", texts->shown, "</p>\n");
    }
}

static void put_vector(
    struct fl_buffer *page,
    const struct fl_report *report,
    const struct fl_report_texts *texts)
{
    const char *values[FL_REPORT_VECTOR_COLUMNS];
    put_between(page, "<h2>", texts->whose, "</h2>\n<table><thead><tr>");
    for (size_t i = 0; i < FL_REPORT_VECTOR_COLUMNS; i++) {
        put_between(page, "<th>", texts->vector[i], "</th>");
    }
    fl_buffer_put_text(page, "</tr></thead><tbody>\n");
    for (size_t row = 0; row < report->branch_count; row++) {
        const struct fl_report_branch *branch = &report->branches[row];
        fl_buffer_put_text(page, branch->is_missing ? "<tr class=\"m\">" : "<tr>");
        fl_report_texts_branch(texts, branch, values);
        for (size_t i = 0; i < FL_REPORT_VECTOR_COLUMNS; i++) {
            put_cell(page, values[i], /* is_number= */ false);
        }
        fl_buffer_put_text(page, "</tr>\n");
    }
    fl_buffer_put_text(page, "</tbody></table>\n");
}

static void put_head(struct fl_buffer *page, const struct fl_report_texts *texts)
{
    fl_buffer_put_text(
        page, "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta "
              "name=\"viewport\" content=\"width=device-width\">");
    put_between(page, "<title>", texts->title, "</title>\n");
    fl_buffer_put_text(page, STYLE);
    put_between(page, "</head><body>\n<h1>", texts->title, "</h1>\n");
    put_between(page, "<p>", texts->period, "</p>\n");
}

void fl_report_write_page(
    const struct fl_report *report,
    const struct fl_report_texts *texts,
    bool has_vector,
    struct fl_buffer *out_page)
{
    put_head(out_page, texts);
    put_between(
        out_page, fl_report_missing(report) > 0 ? "<p class=\"w m\">" : "<p class=\"w\">",
        (const char *)texts->words.data, "</p>\n");
    fl_report_write_charts(report, texts, out_page);
    put_table(out_page, report, texts);
    if (has_vector) {
        put_vector(out_page, report, texts);
    }
    fl_buffer_put_text(out_page, "</body></html>\n");
}
