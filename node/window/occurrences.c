#include "occurrences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

enum {
    STEPS_MAX = 200000, /* of a rule, in one question: some centuries of days */
    COUNT_MAX = 10000,  /* COUNT is counted from the first each time */
    DATE_BYTES = 8,
    DAY_S = 86400,
};

/* libical takes them as they come: "2026-12-31" would be the year 2026 and rubbish. */
static bool is_date(const char *text, bool *out_has_time)
{
    size_t size = strlen(text);
    *out_has_time = size == DATE_BYTES + 7 && text[DATE_BYTES] == 'T';
    if (size != DATE_BYTES && !*out_has_time) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (i != DATE_BYTES && (text[i] < '0' || text[i] > '9')) {
            return false;
        }
    }
    struct icaltimetype time = icaltime_from_string(text);
    struct icaltimetype normal = icaltime_normalize(time);
    return !icaltime_is_null_time(time) && icaltime_compare(time, normal) == 0;
}

/* libical makes a file's name of it: what could lead elsewhere is no name of a place. */
static icaltimezone *zone_of(const char *name)
{
    for (const char *letter = name; *letter != '\0'; letter++) {
        bool is_word = (*letter >= 'a' && *letter <= 'z') ||
                       (*letter >= 'A' && *letter <= 'Z') ||
                       (*letter >= '0' && *letter <= '9');

        if (!is_word && (letter == name || strchr("/_+-", *letter) == NULL)) {
            return NULL;
        }
    }
    return name[0] == '\0' ? NULL : icaltimezone_get_builtin_timezone(name);
}

static enum fl_status check_dates(
    size_t count,
    const char *const *dates,
    bool time_needed,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < count; i++) {
        bool has_time = false;
        if (!is_date(dates[i], &has_time) || (time_needed && !has_time)) {
            return fl_error_set(
                out_error, FL_MALFORMED, "\"%s\" is no date such as 20261231%s", dates[i],
                time_needed ? "T220000" : "");
        }
    }
    return FL_OK;
}

enum fl_status fl_window_check_zone(const char *zone, struct fl_error *out_error)
{
    return zone_of(zone) != NULL
               ? FL_OK
               : fl_error_set(
                     out_error, FL_MALFORMED,
                     "there is no time zone \"%s\"; their names are those of "
                     "/usr/share/zoneinfo, such as Europe/Moscow (package tzdata)",
                     zone);
}

enum fl_status fl_window_check(const struct fl_window *window, struct fl_error *out_error)
{
    bool has_time = false;
    if (!is_date(window->start, &has_time) || !has_time) {
        return fl_error_set(
            out_error, FL_MALFORMED, "\"%s\" is no time such as 20261231T220000",
            window->start);
    }
    if (zone_of(window->zone) == NULL) {
        return fl_window_check_zone(window->zone, out_error);
    }
    if (window->rule[0] != '\0') {
        struct icalrecurrencetype rule = icalrecurrencetype_from_string(window->rule);
        if (rule.freq == ICAL_NO_RECURRENCE) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "\"%s\" is no rule of RFC 5545, such as FREQ=DAILY or "
                "FREQ=WEEKLY;BYDAY=SA,SU",
                window->rule);
        }
        if (rule.freq == ICAL_SECONDLY_RECURRENCE ||
            rule.freq == ICAL_MINUTELY_RECURRENCE) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "\"%s\": a window comes hourly at most; use a longer one", window->rule);
        }
        if (rule.count > COUNT_MAX) {
            return fl_error_set(
                out_error, FL_MALFORMED, "\"%s\": COUNT is at most %d; use UNTIL",
                window->rule, (int)COUNT_MAX);
        }
    }
    enum fl_status status = check_dates(
        window->except_count, window->excepts, /* time_needed= */ false, out_error);
    return status != FL_OK ? status
                           : check_dates(
                                 window->also_count, window->also,
                                 /* time_needed= */ true, out_error);
}

/* Do the clocks of the zone show this at that moment? */
static bool shows(time_t moment, struct icaltimetype local, icaltimezone *zone)
{
    struct icaltimetype shown =
        icaltime_from_timet_with_zone(moment, /* is_date= */ 0, zone);
    return shown.year == local.year && shown.month == local.month &&
           shown.day == local.day && shown.hour == local.hour &&
           shown.minute == local.minute;
}

/*
 * As RFC 5545, 3.3.5 has it: a time that clocks leave out goes by the offset before the
 * gap, one that they show twice is the first.
 */
static int64_t moment_of(struct icaltimetype local, icaltimezone *zone)
{
    enum { HOUR_S = 3600 };
    local.is_date = 0;
    local.zone = zone;
    time_t moment = icaltime_as_timet_with_zone(local, zone);
    if (!shows(moment, local, zone)) {
        moment += HOUR_S;
    } else if (shows(moment - HOUR_S, local, zone)) {
        moment -= HOUR_S;
    }
    return (int64_t)moment * 1000;
}

/* EXDATE: of a day, or of the very time. */
static bool is_excepted(const struct fl_window *window, struct icaltimetype local)
{
    char text[FL_WINDOW_LOCAL_BYTES];
    snprintf(
        text, sizeof text, "%04u%02u%02uT%02u%02u%02u", (unsigned)local.year % 10000,
        (unsigned)local.month % 100, (unsigned)local.day % 100,
        (unsigned)local.hour % 100, (unsigned)local.minute % 100,
        (unsigned)local.second % 100);
    for (size_t i = 0; i < window->except_count; i++) {
        if (strncmp(window->excepts[i], text, strlen(window->excepts[i])) == 0) {
            return true;
        }
    }
    return false;
}

struct taking {
    const struct fl_window *window;
    icaltimezone *zone;
    int64_t from_ms;
    int64_t to_ms;
    struct fl_occurrence *occurrences;
    size_t count;
    size_t count_max;
};

/* False: it lies behind what is asked for, or there is no room. */
static bool take(struct taking *taking, struct icaltimetype local)
{
    int64_t begin_ms = moment_of(local, taking->zone);
    int64_t end_ms = begin_ms + (int64_t)taking->window->duration_s * 1000;
    if (begin_ms >= taking->to_ms || taking->count == taking->count_max) {
        return false;
    }
    if (end_ms > taking->from_ms && !is_excepted(taking->window, local)) {
        taking->occurrences[taking->count++] = (struct fl_occurrence){begin_ms, end_ms};
    }
    return true;
}

static void take_rule(struct taking *taking, struct icaltimetype start)
{
    struct icalrecurrencetype rule = icalrecurrencetype_from_string(taking->window->rule);
    if (icaltime_is_utc(rule.until)) {
        rule.until = icaltime_convert_to_zone(rule.until, taking->zone);
        rule.until.zone = NULL;
    }
    /* Of a rule that never comes (30 February) libical would seek for centuries. */
    struct icaltimetype end = icaltime_from_timet_with_zone(
        (time_t)(taking->to_ms / 1000) + 2 * DAY_S, /* is_date= */ 0, taking->zone);

    end.zone = NULL;
    if (icaltime_is_null_time(rule.until) || icaltime_compare(end, rule.until) < 0) {
        rule.until = end;
    }
    icalrecur_iterator *iterator = icalrecur_iterator_new(rule, start);

    if (iterator == NULL) {
        return;
    }
    /* Years of past windows are passed over, where the rule does not count them. */
    if (rule.count == 0) {
        time_t before =
            (time_t)(taking->from_ms / 1000 - taking->window->duration_s - 2 * DAY_S);
        struct icaltimetype from =
            icaltime_from_timet_with_zone(before, /* is_date= */ 0, taking->zone);
        if (icaltime_compare(from, start) > 0) {
            from.hour = start.hour;
            from.minute = start.minute;
            from.second = start.second;
            from.zone = start.zone;
            (void)icalrecur_iterator_set_start(iterator, from);
        }
    }
    for (unsigned step = 0; step < STEPS_MAX; step++) {
        struct icaltimetype local = icalrecur_iterator_next(iterator);
        if (icaltime_is_null_time(local) || !take(taking, local)) {
            break;
        }
    }
    icalrecur_iterator_free(iterator);
}

static int compare(const void *a, const void *b)
{
    const struct fl_occurrence *left = a;
    const struct fl_occurrence *right = b;
    return left->begin_ms < right->begin_ms ? -1 : left->begin_ms > right->begin_ms;
}

size_t fl_window_occurrences(
    const struct fl_window *window,
    int64_t from_ms,
    int64_t to_ms,
    struct fl_occurrence *out_occurrences,
    size_t count_max)
{
    struct taking taking = {
        .window = window,
        .zone = zone_of(window->zone),
        .from_ms = from_ms,
        .to_ms = to_ms,
        .occurrences = out_occurrences,
        .count_max = count_max};
    if (taking.zone == NULL) {
        return 0;
    }
    struct icaltimetype start = icaltime_from_string(window->start);
    if (window->rule[0] == '\0') {
        (void)take(&taking, start);
    } else {
        take_rule(&taking, start);
    }
    for (size_t i = 0; i < window->also_count; i++) {
        (void)take(&taking, icaltime_from_string(window->also[i]));
    }
    qsort(out_occurrences, taking.count, sizeof *out_occurrences, compare);
    return taking.count;
}

bool fl_window_local(
    const char *zone_name,
    int64_t unix_ms,
    char out_text[FL_WINDOW_LOCAL_BYTES])
{
    icaltimezone *zone = zone_of(zone_name);
    if (zone == NULL) {
        return false;
    }
    struct icaltimetype local =
        icaltime_from_timet_with_zone((time_t)(unix_ms / 1000), /* is_date= */ 0, zone);
    snprintf(
        out_text, FL_WINDOW_LOCAL_BYTES, "%04u%02u%02uT%02u%02u%02u",
        (unsigned)local.year % 10000, (unsigned)local.month % 100,
        (unsigned)local.day % 100, (unsigned)local.hour % 100,
        (unsigned)local.minute % 100, (unsigned)local.second % 100);
    return true;
}
