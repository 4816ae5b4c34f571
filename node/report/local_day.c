#include "local_day.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proto/day.h"
#include "window/occurrences.h"

static bool local_text(
    const char *zone,
    int64_t unix_ms,
    char out_text[FL_WINDOW_LOCAL_BYTES])
{
    struct tm local;
    time_t seconds = (time_t)(unix_ms / 1000);
    if (zone[0] != '\0') {
        return fl_window_local(zone, unix_ms, out_text);
    }
    return localtime_r(&seconds, &local) != NULL &&
           strftime(out_text, FL_WINDOW_LOCAL_BYTES, "%Y%m%dT%H%M%S", &local) > 0;
}

enum fl_status fl_local_day(
    const char *zone,
    int64_t unix_ms,
    uint32_t *out_day,
    uint32_t *out_minute,
    struct fl_error *out_error)
{
    char local[FL_WINDOW_LOCAL_BYTES];
    char date[FL_DAY_TEXT_BYTES];
    uint32_t day = 0;
    if (!local_text(zone, unix_ms, local)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no time zone; they are called as Europe/Moscow", zone);
    }
    snprintf(date, sizeof date, "%.4s-%.2s-%.2s", local, local + 4, local + 6);
    if (!fl_day_parse(date, &day)) {
        return fl_error_set(out_error, FL_MALFORMED, "the clock is set to no date");
    }
    uint32_t hour = (uint32_t)(local[9] - '0') * 10 + (uint32_t)(local[10] - '0');
    *out_minute =
        hour * 60 + (uint32_t)(local[11] - '0') * 10 + (uint32_t)(local[12] - '0');
    *out_day = day;
    return FL_OK;
}

int64_t fl_local_day_begin_ms(uint32_t day)
{
    char text[FL_DAY_TEXT_BYTES];
    fl_day_text(day, text);
    struct tm local = {
        .tm_year = (int)strtol(text, NULL, 10) - 1900,
        .tm_mon = (int)strtol(text + 5, NULL, 10) - 1,
        .tm_mday = (int)strtol(text + 8, NULL, 10),
        .tm_isdst = -1};
    return (int64_t)mktime(&local) * 1000;
}
