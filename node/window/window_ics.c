#include "window_ics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

#include "occurrences.h"

enum { EVENTS_MAX = FL_CALENDAR_WINDOWS_MAX, WORD_BYTES = 64 };

/* ---- writing ---- */

static void add_x(icalcomponent *event, const char *name, const char *value)
{
    icalproperty *property = icalproperty_new_x(value);
    icalproperty_set_x_name(property, name);
    icalcomponent_add_property(event, property);
}

static void add_zone(icalproperty *property, const char *zone)
{
    icalproperty_add_parameter(property, icalparameter_new_tzid(zone));
}

static void add_dates(
    icalcomponent *event,
    const struct fl_window *window,
    size_t count,
    const char *const *dates,
    bool excepted)
{
    for (size_t i = 0; i < count; i++) {
        struct icaltimetype time = icaltime_from_string(dates[i]);
        icalproperty *property;
        if (excepted) {
            property = icalproperty_new_exdate(time);
        } else {
            struct icaldatetimeperiodtype period = {
                .time = time, .period = icalperiodtype_null_period()};
            property = icalproperty_new_rdate(period);
        }
        if (time.is_date) {
            icalproperty_add_parameter(
                property, icalparameter_new_value(ICAL_VALUE_DATE));
        } else {
            add_zone(property, window->zone);
        }
        icalcomponent_add_property(event, property);
    }
}

static icalcomponent *event_of(const struct fl_window *window)
{
    icalcomponent *event = icalcomponent_new(ICAL_VEVENT_COMPONENT);
    char word[WORD_BYTES];
    char uid[FL_CALENDAR_TEXT_BYTES_MAX + WORD_BYTES];
    snprintf(uid, sizeof uid, "%s@filial", window->name);
    icalcomponent_add_property(event, icalproperty_new_uid(uid));
    icalcomponent_add_property(event, icalproperty_new_summary(window->name));
    icalcomponent_add_property(event, icalproperty_new_categories(window->group));
    icalproperty *start = icalproperty_new_dtstart(icaltime_from_string(window->start));
    add_zone(start, window->zone);
    icalcomponent_add_property(event, start);
    icalcomponent_add_property(
        event,
        icalproperty_new_duration(icaldurationtype_from_int((int)window->duration_s)));
    if (window->rule[0] != '\0') {
        icalcomponent_add_property(
            event, icalproperty_new_rrule(icalrecurrencetype_from_string(window->rule)));
    }
    add_dates(event, window, window->except_count, window->excepts, /* excepted= */ true);
    add_dates(event, window, window->also_count, window->also, /* excepted= */ false);
    if (window->priority > 0) {
        /* RFC 5545 counts from 1, the highest, to 9; 0 is none. */
        icalcomponent_add_property(
            event, icalproperty_new_priority(10 - (int)window->priority));
    }
    add_x(event, "X-FILIAL-KIND", window->blackout ? "BLACKOUT" : "WINDOW");
    snprintf(word, sizeof word, "%llu", (unsigned long long)window->bytes_per_second);
    add_x(event, "X-FILIAL-RATE", word);
    snprintf(word, sizeof word, "%u", window->spread_s);
    add_x(event, "X-FILIAL-SPREAD", word);
    snprintf(word, sizeof word, "%u", window->catch_up_s);
    add_x(event, "X-FILIAL-CATCH-UP", word);
    return event;
}

/* What other programs need to understand TZID. */
static void add_zones(icalcomponent *root, const struct fl_calendar *calendar)
{
    for (size_t i = 0; i < calendar->window_count; i++) {
        const char *zone_name = calendar->windows[i].zone;
        bool is_first = true;
        for (size_t j = 0; j < i; j++) {
            is_first = is_first && strcmp(calendar->windows[j].zone, zone_name) != 0;
        }
        icaltimezone *zone = icaltimezone_get_builtin_timezone(zone_name);
        icalcomponent *component =
            is_first && zone != NULL ? icaltimezone_get_component(zone) : NULL;
        if (component != NULL) {
            icalcomponent *clone = icalcomponent_new_clone(component);
            icalproperty *id =
                icalcomponent_get_first_property(clone, ICAL_TZID_PROPERTY);
            if (id != NULL) {
                icalproperty_set_tzid(id, zone_name);
            }
            icalcomponent_add_component(root, clone);
        }
    }
}

enum fl_status fl_window_ics_write(
    const struct fl_calendar *calendar,
    struct fl_buffer *out_text)
{
    icalcomponent *root = icalcomponent_new(ICAL_VCALENDAR_COMPONENT);
    icalcomponent_add_property(root, icalproperty_new_version("2.0"));
    icalcomponent_add_property(root, icalproperty_new_prodid("-//Filial//windows//EN"));
    add_zones(root, calendar);
    for (size_t i = 0; i < calendar->window_count; i++) {
        icalcomponent_add_component(root, event_of(&calendar->windows[i]));
    }
    char *text = icalcomponent_as_ical_string_r(root);
    if (text != NULL) {
        fl_buffer_put_text(out_text, text);
    }
    icalmemory_free_buffer(text);
    icalcomponent_free(root);
    return text != NULL ? fl_buffer_status(out_text) : FL_NO_MEMORY;
}

/* ---- reading ---- */

struct reading {
    const struct fl_window_ics_options *options;
    struct fl_window_draft *draft;
    struct fl_error *out_error;
    size_t count; /* of windows read */
    const char *names[EVENTS_MAX];
    const char *uids[EVENTS_MAX]; /* of the same; of the calendar that is read */
};

static const char *x_of(icalcomponent *event, const char *name)
{
    for (icalproperty *property =
             icalcomponent_get_first_property(event, ICAL_X_PROPERTY);
         property != NULL;
         property = icalcomponent_get_next_property(event, ICAL_X_PROPERTY)) {
        if (strcmp(icalproperty_get_x_name(property), name) == 0) {
            const char *value = icalproperty_get_x(property);
            return value != NULL ? value : "";
        }
    }
    return "";
}

static uint32_t number_of(icalcomponent *event, const char *name, uint32_t most)
{
    unsigned long number = strtoul(x_of(event, name), NULL, 10);
    return number > most ? most : (uint32_t)number;
}

static void local_text(struct icaltimetype time, char out_text[FL_WINDOW_LOCAL_BYTES])
{
    snprintf(
        out_text, FL_WINDOW_LOCAL_BYTES, "%04u%02u%02uT%02u%02u%02u",
        (unsigned)time.year % 10000, (unsigned)time.month % 100, (unsigned)time.day % 100,
        (unsigned)time.hour % 100, (unsigned)time.minute % 100,
        (unsigned)time.second % 100);
}

/* On the clocks of the window. */
static struct icaltimetype local_of(struct icaltimetype time, const char *zone)
{
    icaltimezone *there = icaltimezone_get_builtin_timezone(zone);
    return icaltime_is_utc(time) && there != NULL ? icaltime_convert_to_zone(time, there)
                                                  : time;
}

/* By its TZID, whatever a program puts before the name of the place. */
static const char *zone_name_of(const struct reading *reading, icalproperty *start)
{
    struct icaltimetype time = icalproperty_get_dtstart(start);
    icalparameter *parameter =
        icalproperty_get_first_parameter(start, ICAL_TZID_PARAMETER);
    const char *id = parameter != NULL ? icalparameter_get_tzid(parameter) : NULL;
    if (icaltime_is_utc(time)) {
        return "UTC";
    }
    if (id == NULL) {
        return reading->options->zone != NULL ? reading->options->zone : "UTC";
    }
    while (icaltimezone_get_builtin_timezone(id) == NULL) {
        const char *next = strchr(id, '/');
        if (next == NULL) {
            return icalparameter_get_tzid(parameter);
        }
        id = next + 1;
    }
    return id;
}

static enum fl_status read_date(
    struct reading *reading,
    struct fl_window *window,
    struct icaltimetype time,
    bool excepted)
{
    char text[FL_WINDOW_LOCAL_BYTES];
    local_text(local_of(time, window->zone), text);
    if (time.is_date && excepted) {
        text[8] = '\0';
    }
    return fl_window_draft_date(
        reading->draft, excepted ? &window->except_count : &window->also_count,
        excepted ? &window->excepts : &window->also, text, reading->out_error);
}

static enum fl_status read_dates(
    struct reading *reading,
    icalcomponent *event,
    struct fl_window *window,
    bool excepted)
{
    icalproperty_kind kind = excepted ? ICAL_EXDATE_PROPERTY : ICAL_RDATE_PROPERTY;
    for (icalproperty *property = icalcomponent_get_first_property(event, kind);
         property != NULL; property = icalcomponent_get_next_property(event, kind)) {
        struct icaltimetype time = excepted ? icalproperty_get_exdate(property)
                                            : icalproperty_get_rdate(property).time;
        enum fl_status status = read_date(reading, window, time, excepted);
        if (status != FL_OK) {
            return status;
        }
    }
    return FL_OK;
}

static const char *keep(struct reading *reading, const char *text)
{
    const char *kept = strlen(text) < FL_CALENDAR_TEXT_BYTES_MAX
                           ? fl_window_draft_text(reading->draft, text)
                           : NULL;
    return kept != NULL ? kept : "";
}

static void read_rule(
    struct reading *reading,
    icalcomponent *event,
    struct fl_window *window)
{
    icalproperty *property = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
    window->rule = "";
    if (property != NULL) {
        struct icalrecurrencetype rule = icalproperty_get_rrule(property);
        char *text = icalrecurrencetype_as_string_r(&rule);
        window->rule = text != NULL ? keep(reading, text) : "";
        icalmemory_free_buffer(text);
    }
}

static void read_length(
    icalcomponent *event,
    icalproperty *start,
    struct fl_window *window)
{
    enum { DAY_S = 86400 };
    struct icaltimetype from = icalproperty_get_dtstart(start);
    struct icaldurationtype length = icalcomponent_get_duration(event);
    int seconds = icaldurationtype_as_int(length);
    if (seconds <= 0) {
        seconds = from.is_date ? DAY_S : 0;
    }
    window->duration_s = seconds > FL_WINDOW_SECONDS_MAX ? (uint32_t)FL_WINDOW_SECONDS_MAX
                                                         : (uint32_t)seconds;
}

/* Its SUMMARY; with a number, when the file has had it: holidays of several days. */
static void name_event(
    const struct reading *reading,
    const char *summary,
    char out_name[FL_CALENDAR_TEXT_BYTES_MAX])
{
    bool is_taken = true;
    snprintf(out_name, FL_CALENDAR_TEXT_BYTES_MAX, "%s", summary);
    for (unsigned number = 2; is_taken; number++) {
        is_taken = false;
        for (size_t i = 0; i < reading->count && !is_taken; i++) {
            is_taken = strcmp(reading->names[i], out_name) == 0;
        }
        if (is_taken) {
            snprintf(out_name, FL_CALENDAR_TEXT_BYTES_MAX, "%.900s-%u", summary, number);
        }
    }
}

/* It moves or cancels one date of an event that was read before. */
static enum fl_status read_moved(struct reading *reading, icalcomponent *event)
{
    const char *uid = icalcomponent_get_uid(event);
    icalproperty *start = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < reading->count && uid != NULL && start != NULL; i++) {
        struct fl_window *window =
            fl_calendar_window(&reading->draft->calendar, reading->names[i]);
        if (window == NULL || strcmp(reading->uids[i], uid) != 0) {
            continue;
        }
        status = read_date(
            reading, window, icalcomponent_get_recurrenceid(event), /* excepted= */ true);
        if (status == FL_OK && icalcomponent_get_status(event) != ICAL_STATUS_CANCELLED) {
            status = read_date(
                reading, window, icalproperty_get_dtstart(start), /* excepted= */ false);
        }
        break;
    }
    return status;
}

static enum fl_status read_event(struct reading *reading, icalcomponent *event)
{
    const char *name = icalcomponent_get_summary(event);
    icalproperty *start = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
    icalproperty *category =
        icalcomponent_get_first_property(event, ICAL_CATEGORIES_PROPERTY);
    icalproperty *priority =
        icalcomponent_get_first_property(event, ICAL_PRIORITY_PROPERTY);
    struct fl_window *window = NULL;
    char text[FL_WINDOW_LOCAL_BYTES];
    char own_name[FL_CALENDAR_TEXT_BYTES_MAX];
    if (name == NULL || name[0] == '\0' || start == NULL ||
        strlen(name) >= FL_CALENDAR_TEXT_BYTES_MAX) {
        return fl_error_set(
            reading->out_error, FL_MALFORMED,
            "an event has no SUMMARY or no DTSTART: \"%s\"", name != NULL ? name : "");
    }
    name_event(reading, name, own_name);
    enum fl_status status =
        fl_window_draft_window(reading->draft, own_name, &window, reading->out_error);
    if (status != FL_OK) {
        return status;
    }
    const char *uid = icalcomponent_get_uid(event);
    reading->uids[reading->count] = uid != NULL ? uid : "";
    reading->names[reading->count++] = window->name;
    const char *group = reading->options->group;
    if (group == NULL && category != NULL) {
        group = icalproperty_get_categories(category);
    }
    *window = (struct fl_window){
        .name = window->name,
        .group = keep(reading, group != NULL && group[0] != '\0' ? group : "all"),
        .blackout = reading->options->blackout ||
                    strcmp(x_of(event, "X-FILIAL-KIND"), "BLACKOUT") == 0,
        .zone = keep(reading, zone_name_of(reading, start)),
        .spread_s = number_of(event, "X-FILIAL-SPREAD", 7 * 86400),
        .catch_up_s = number_of(event, "X-FILIAL-CATCH-UP", 14 * 86400),
        .bytes_per_second = number_of(event, "X-FILIAL-RATE", UINT32_MAX)};
    local_text(icalproperty_get_dtstart(start), text);
    window->start = keep(reading, text);
    read_rule(reading, event, window);
    read_length(event, start, window);
    if (priority != NULL) {
        int value = icalproperty_get_priority(priority);
        window->priority = value >= 1 && value <= 9 ? (uint8_t)(10 - value) : 0;
    }
    status = read_dates(reading, event, window, /* excepted= */ true);
    return status == FL_OK ? read_dates(reading, event, window, /* excepted= */ false)
                           : status;
}

/* First what stands for itself, then what moves a date of it, wherever it lies. */
static enum fl_status read_events(
    struct reading *reading,
    icalcomponent *root,
    bool moved)
{
    for (icalcomponent *event =
             icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT);
         event != NULL;
         event = icalcomponent_get_next_component(root, ICAL_VEVENT_COMPONENT)) {
        bool is_moved =
            icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY) != NULL;
        enum fl_status status = FL_OK;
        if (!is_moved && !moved && reading->count == EVENTS_MAX) {
            return fl_error_set(
                reading->out_error, FL_LIMIT, "more than %d events", (int)EVENTS_MAX);
        }
        if (is_moved == moved) {
            status = moved ? read_moved(reading, event) : read_event(reading, event);
        }
        if (status != FL_OK) {
            return status;
        }
    }
    return reading->count > 0
               ? FL_OK
               : fl_error_set(
                     reading->out_error, FL_MALFORMED, "no VEVENT is in the calendar");
}

enum fl_status fl_window_ics_read(
    struct fl_bytes bytes,
    const struct fl_window_ics_options *options,
    struct fl_window_draft *draft,
    size_t *out_count,
    struct fl_error *out_error)
{
    struct reading *reading = NULL;
    if (!fl_bytes_are_utf8(bytes)) {
        return fl_error_set(out_error, FL_MALFORMED, "the calendar is not text in UTF-8");
    }
    char *text = fl_alloc(bytes.size + 1);
    reading = fl_alloc_zeroed(1, sizeof *reading);
    if (text == NULL || reading == NULL) {
        fl_free(text);
        fl_free(reading);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    icalcomponent *root = icalparser_parse_string(text);
    fl_free(text);
    if (root == NULL || icalcomponent_isa(root) != ICAL_VCALENDAR_COMPONENT) {
        if (root != NULL) {
            icalcomponent_free(root);
        }
        fl_free(reading);
        return fl_error_set(
            out_error, FL_MALFORMED,
            "this is no calendar: BEGIN:VCALENDAR is expected (RFC 5545)");
    }
    *reading =
        (struct reading){.options = options, .draft = draft, .out_error = out_error};
    enum fl_status status = read_events(reading, root, /* moved= */ false);
    if (status == FL_OK) {
        status = read_events(reading, root, /* moved= */ true);
    }
    if (status == FL_OK) {
        *out_count = reading->count;
    }
    fl_free(reading);
    icalcomponent_free(root);
    return status;
}
