#include "window_picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "occurrences.h"
#include "print.h"

enum {
    LEFT = 96,
    TOP = 40,
    HOUR_WIDTH = 36,
    DAY_HEIGHT = 34,
    BAR_HEIGHT = 22,
    LEGEND_HEIGHT = 24,
};

static const int64_t DAY_MS = INT64_C(86400000);

static const char *const COLOURS[] = {"#2f6db5", "#2e8b57", "#b5652f", "#7a4fb0",
                                      "#a83b5c", "#50707f", "#8a7a1f", "#1f8a8a"};

struct picture {
    struct fl_buffer *svg;
    const struct fl_calendar *calendar;
    const char *zone;
    unsigned days;
    int64_t days_ms[64]; /* when each of them begins */
};

/* The local midnights; days of 23 and 25 hours too. */
static bool find_days(struct picture *picture, int64_t from_ms)
{
    char local[FL_WINDOW_LOCAL_BYTES];
    if (!fl_window_local(picture->zone, from_ms, local)) {
        return false;
    }
    int64_t at_ms = from_ms;
    for (unsigned day = 0; day <= picture->days; day++) {
        /* Noon of the day, then back by its own clock. */
        if (!fl_window_local(picture->zone, at_ms, local)) {
            return false;
        }
        int hours = (local[9] - '0') * 10 + (local[10] - '0');
        int minutes = (local[11] - '0') * 10 + (local[12] - '0');
        int seconds = (local[13] - '0') * 10 + (local[14] - '0');
        int64_t begin_ms = at_ms - at_ms % 1000 -
                           ((hours * 60 + minutes) * 60 + seconds) * INT64_C(1000);
        picture->days_ms[day] = begin_ms;
        at_ms = begin_ms + DAY_MS + DAY_MS / 2;
    }
    return true;
}

static unsigned colour_of(const struct picture *picture, const struct fl_window *window)
{
    size_t index = (size_t)(window - picture->calendar->windows);
    return (unsigned)(index % (sizeof COLOURS / sizeof COLOURS[0]));
}

static void put_grid(struct picture *picture)
{
    unsigned bottom = TOP + picture->days * DAY_HEIGHT;
    for (unsigned hour = 0; hour <= 24; hour += 2) {
        unsigned x = LEFT + hour * HOUR_WIDTH;
        fl_print(
            picture->svg, "<path d=\"M%u %uV%u\" class=\"grid\"/>", x, (unsigned)TOP,
            bottom);
        fl_print(
            picture->svg, "<text x=\"%u\" y=\"%u\" text-anchor=\"middle\">%02u</text>\n",
            x, (unsigned)TOP - 8, hour);
    }
    for (unsigned day = 0; day < picture->days; day++) {
        char local[FL_WINDOW_LOCAL_BYTES];
        unsigned y = TOP + day * DAY_HEIGHT;
        (void)fl_window_local(picture->zone, picture->days_ms[day], local);
        fl_print(
            picture->svg,
            "<path d=\"M%u %uH%u\" class=\"grid\"/><text x=\"8\" y=\"%u\">%.4s-%.2s-%.2s"
            "</text>\n",
            (unsigned)LEFT, y, (unsigned)(LEFT + 24 * HOUR_WIDTH), y + 22, local,
            local + 4, local + 6);
    }
}

static void put_bar(
    struct picture *picture,
    const struct fl_window_planned *planned,
    unsigned day)
{
    int64_t day_ms = picture->days_ms[day];
    int64_t length_ms = picture->days_ms[day + 1] - day_ms;
    int64_t begin_ms = planned->begin_ms > day_ms ? planned->begin_ms - day_ms : 0;
    int64_t end_ms =
        planned->end_ms < day_ms + length_ms ? planned->end_ms - day_ms : length_ms;
    if (end_ms <= 0 || begin_ms >= length_ms) {
        return;
    }
    double scale = 24.0 * HOUR_WIDTH / (double)length_ms;
    double x = LEFT + (double)begin_ms * scale;
    double width = (double)(end_ms - begin_ms) * scale;
    bool blackout = planned->window->blackout;
    fl_print(
        picture->svg,
        "<rect x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%u\" rx=\"3\" fill=\"%s\" "
        "fill-opacity=\"%s\"><title>",
        x, (unsigned)(TOP + day * DAY_HEIGHT + (DAY_HEIGHT - BAR_HEIGHT) / 2), width,
        (unsigned)BAR_HEIGHT,
        blackout ? "url(#blackout)" : COLOURS[colour_of(picture, planned->window)],
        blackout ? "1" : "0.75");
    fl_markup_put_text(picture->svg, planned->window->name);
    fl_print(picture->svg, ": %llu</title></rect>\n", (unsigned long long)planned->nodes);
}

static void put_legend(struct picture *picture, unsigned y)
{
    for (size_t i = 0; i < picture->calendar->window_count; i++) {
        const struct fl_window *window = &picture->calendar->windows[i];
        fl_print(
            picture->svg,
            "<rect x=\"%u\" y=\"%u\" width=\"14\" height=\"14\" rx=\"3\" fill=\"%s\"/>"
            "<text x=\"%u\" y=\"%u\">",
            (unsigned)LEFT, y,
            window->blackout ? "url(#blackout)" : COLOURS[colour_of(picture, window)],
            (unsigned)LEFT + 22, y + 12);
        fl_markup_put_text(picture->svg, window->name);
        fl_print(picture->svg, " (");
        fl_markup_put_text(picture->svg, window->group);
        fl_print(picture->svg, ")</text>\n");
        y += LEGEND_HEIGHT;
    }
}

enum fl_status fl_window_picture(
    const struct fl_window_plan *plan,
    const struct fl_calendar *calendar,
    const char *zone,
    int64_t from_ms,
    unsigned days,
    struct fl_buffer *out_svg)
{
    struct picture picture = {
        .svg = out_svg, .calendar = calendar, .zone = zone, .days = days};
    if (days >= sizeof picture.days_ms / sizeof picture.days_ms[0] ||
        !find_days(&picture, from_ms)) {
        return FL_NOT_FOUND;
    }
    unsigned width = LEFT + 24 * HOUR_WIDTH + 24;
    unsigned legend = TOP + days * DAY_HEIGHT + 20;
    unsigned height = legend + (unsigned)calendar->window_count * LEGEND_HEIGHT + 10;
    fl_print(
        picture.svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" "
        "height=\"%u\" font-family=\"sans-serif\" font-size=\"13\">\n"
        "<style>text{fill:#223}.grid{stroke:#ccd;stroke-width:1;fill:none}</style>\n"
        "<defs><pattern id=\"blackout\" width=\"6\" height=\"6\" "
        "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect "
        "width=\"6\" "
        "height=\"6\" fill=\"#eee\"/><rect width=\"3\" height=\"6\" "
        "fill=\"#999\"/></pattern></defs>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"8\" "
        "y=\"%u\">",
        width, height, width, height, (unsigned)TOP - 8);
    fl_markup_put_text(picture.svg, zone);
    fl_print(picture.svg, "</text>\n");
    put_grid(&picture);
    for (size_t i = 0; i < plan->count; i++) {
        for (unsigned day = 0; day < days; day++) {
            put_bar(&picture, &plan->items[i], day);
        }
    }
    put_legend(&picture, legend);
    fl_print(picture.svg, "</svg>\n");
    return fl_buffer_status(out_svg);
}
