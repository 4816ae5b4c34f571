/*
 * filial window: when branches may synchronise, how fast, and what the week looks like.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command_table.h"
#include "language.h"
#include "occurrences.h"
#include "window_draft.h"
#include "window_load.h"
#include "window_words.h"

#define WINDOW_OPTIONS                                                                   \
    {"group", "GROUP", N_("the nodes that it is for (default: all)")},                   \
        {"rule", "RRULE",                                                                \
         N_("how it comes again, by RFC 5545: FREQ=DAILY; once: no more")},              \
        {"at", "22:00", N_("when it begins, by the clocks of its time zone")},           \
        {"from", "2026-12-31", N_("its first day (default: today)")},                    \
        {"for", "4h", N_("how long it is, 31d at most")},                                \
        {"zone", "ZONE", N_("its time zone, such as Europe/Moscow (default: UTC)")},     \
        {"rate", "256k", N_("bits a second of each node at most, or none")},             \
        {"spread", "20m",                                                                \
         N_("its nodes begin within this time, each at its own place")},                 \
        {"catch-up", "6h",                                                               \
         N_("a node that missed it may make it up so long behind it")},                  \
        {"priority", "N",                                                                \
         N_("0 to 9: of several open ones the highest gives the rate")},                 \
        {"except", "DATE", N_("a day or time that falls out; may be repeated")},         \
    {                                                                                    \
        "also", "TIME", N_("a time besides, as 2026-12-30T22:00; may be repeated")       \
    }

const struct fl_option fl_command_window_add_options[] = {
    WINDOW_OPTIONS,
    {"name", "NAME", N_("its name (default: the group's)")},
    {"blackout", NULL, N_("nothing begins in it, whatever windows say")},
    {NULL, NULL, NULL}};

const struct fl_option fl_command_window_change_options[] = {
    WINDOW_OPTIONS,
    {"clear-dates", NULL, N_("forget --except and --also of before")},
    {NULL, NULL, NULL}};

const struct fl_option fl_command_window_group_options[] = {
    {"remove", NULL, N_("take the nodes out of the group")},
    {NULL, NULL, NULL}};

/* ---- options ---- */

static enum fl_status fail_usage(struct fl_call *call, enum fl_status status)
{
    call->usage = true;
    return status;
}

/* "64k" is 64 kilobits a second, as lines are sold. */
static enum fl_status parse_rate(
    struct fl_call *call,
    uint64_t *bytes_per_second,
    struct fl_error *out_error)
{
    const char *text = fl_call_option(call, "rate");
    char *end = NULL;
    if (text == NULL) {
        return FL_OK;
    }
    if (strcmp(text, "none") == 0) {
        *bytes_per_second = 0;
        return FL_OK;
    }
    unsigned long number = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    uint64_t unit = end == NULL             ? 0
                    : strcmp(end, "k") == 0 ? 1000
                    : strcmp(end, "m") == 0 ? 1000000
                                            : 0;
    if (number == 0 || number > 100000 || unit == 0) {
        return fail_usage(
            call,
            fl_error_set(
                out_error, FL_MALFORMED,
                "--rate takes bits a second as 64k, 256k or 2m, or none, not \"%s\"",
                text));
    }
    *bytes_per_second = number * unit / 8;
    return FL_OK;
}

static enum fl_status parse_seconds(
    struct fl_call *call,
    const char *option,
    uint64_t seconds_max,
    uint32_t *seconds,
    struct fl_error *out_error)
{
    uint64_t ms = 0;
    const char *text = fl_call_option(call, option);
    if (text != NULL && strcmp(text, "none") == 0) {
        *seconds = 0;
        return FL_OK;
    }
    enum fl_status status =
        fl_call_duration(call, option, (uint64_t)*seconds * 1000, &ms, out_error);
    if (status == FL_OK && ms / 1000 > seconds_max) {
        status = fail_usage(
            call, fl_error_set(
                      out_error, FL_MALFORMED, "--%s: at most %llu hours", option,
                      (unsigned long long)(seconds_max / 3600)));
    }
    *seconds = (uint32_t)(ms / 1000);
    return status;
}

/* "2026-12-31" or "2026-12-31T22:00" to the calendar's own writing; "": it is neither. */
static const char *compact(const char *text, char out_text[FL_WINDOW_LOCAL_BYTES])
{
    static const char DAY[] = "dddd-dd-dd";
    static const char TIME[] = "dddd-dd-ddTdd:dd";
    size_t size = strlen(text);
    const char *shape = size == sizeof DAY - 1 ? DAY : TIME;
    size_t used = 0;
    if (size != strlen(shape)) {
        return "";
    }
    for (size_t i = 0; i < size; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == 'd' ? !is_digit : text[i] != shape[i]) {
            return "";
        }
        if (shape[i] == 'd' || shape[i] == 'T') {
            out_text[used++] = text[i];
        }
    }
    snprintf(out_text + used, FL_WINDOW_LOCAL_BYTES - used, shape == TIME ? "00" : "");
    return out_text;
}

static enum fl_status parse_dates(
    struct fl_call *call,
    struct fl_window_draft *draft,
    const char *option,
    size_t *count,
    const char ***dates,
    struct fl_error *out_error)
{
    const char *text;
    for (size_t i = 0; (text = fl_call_option_nth(call, option, i)) != NULL; i++) {
        char date[FL_WINDOW_LOCAL_BYTES];
        if (compact(text, date)[0] == '\0') {
            return fail_usage(
                call, fl_error_set(
                          out_error, FL_MALFORMED,
                          "--%s takes 2026-12-31 or 2026-12-31T22:00, not \"%s\"", option,
                          text));
        }
        enum fl_status status =
            fl_window_draft_date(draft, count, dates, date, out_error);
        if (status != FL_OK) {
            return status;
        }
    }
    return FL_OK;
}

/* --from and --at make the start; what is not given stays, or is today, or midnight. */
static enum fl_status parse_start(
    struct fl_call *call,
    struct fl_window_draft *draft,
    struct fl_window *window,
    struct fl_error *out_error)
{
    char start[FL_WINDOW_LOCAL_BYTES] = "";
    char part[FL_WINDOW_LOCAL_BYTES];
    char clock[32];
    const char *from = fl_call_option(call, "from");
    const char *at = fl_call_option(call, "at");
    enum fl_status status = fl_window_check_zone(window->zone, out_error);
    if (status != FL_OK) {
        return fail_usage(call, status);
    }
    if (window->start[0] != '\0') {
        snprintf(start, sizeof start, "%s", window->start);
    } else if (fl_window_local(window->zone, fl_node_now_ms(), start)) {
        memcpy(start + 9, "000000", 7);
    }
    if (from != NULL) {
        if (strlen(from) != 10 || compact(from, part)[0] == '\0') {
            return fail_usage(
                call, fl_error_set(
                          out_error, FL_MALFORMED,
                          "--from takes a day as 2026-12-31, not \"%s\"", from));
        }
        memcpy(start, part, 8);
    }
    if (at != NULL) {
        snprintf(clock, sizeof clock, "2026-01-01T%.12s", at);
        if (strlen(at) != 5 || compact(clock, part)[0] == '\0' ||
            strncmp(part + 9, "24", 2) >= 0 || part[11] > '5') {
            return fail_usage(
                call, fl_error_set(
                          out_error, FL_MALFORMED,
                          "--at takes a time of the day as 22:00, not \"%s\"", at));
        }
        memcpy(start + 8, part + 8, 8);
    }
    window->start = fl_window_draft_text(draft, start);
    return window->start != NULL ? FL_OK : FL_NO_MEMORY;
}

static enum fl_status parse_text(
    struct fl_call *call,
    struct fl_window_draft *draft,
    const char *option,
    const char **text,
    struct fl_error *out_error)
{
    const char *given = fl_call_option(call, option);
    if (given == NULL) {
        return FL_OK;
    }
    if (strlen(given) >= FL_CALENDAR_TEXT_BYTES_MAX) {
        return fl_error_set(out_error, FL_LIMIT, "--%s is too long", option);
    }
    *text = fl_window_draft_text(draft, given);
    return *text != NULL ? FL_OK : FL_NO_MEMORY;
}

static enum fl_status parse_priority(
    struct fl_call *call,
    struct fl_window *window,
    struct fl_error *out_error)
{
    uint64_t priority = 0;
    enum fl_status status =
        fl_call_number(call, "priority", window->priority, &priority, out_error);
    if (status == FL_OK && priority > FL_WINDOW_PRIORITY_MAX) {
        status = fail_usage(
            call, fl_error_set(
                      out_error, FL_MALFORMED, "--priority takes 0 to %d",
                      (int)FL_WINDOW_PRIORITY_MAX));
    }
    window->priority = (uint8_t)priority;
    return status;
}

/* Everything that was given; what was not stays. */
static enum fl_status parse_window(
    struct fl_call *call,
    struct fl_window_draft *draft,
    struct fl_window *window,
    struct fl_error *out_error)
{
    enum { DAY_S = 86400 };
    enum fl_status status = parse_text(call, draft, "group", &window->group, out_error);
    if (status == FL_OK) {
        status = parse_text(call, draft, "rule", &window->rule, out_error);
    }
    if (status == FL_OK && strcmp(window->rule, "once") == 0) {
        window->rule = "";
    }
    if (status == FL_OK) {
        status = parse_text(call, draft, "zone", &window->zone, out_error);
    }
    if (status == FL_OK) {
        status = parse_start(call, draft, window, out_error);
    }
    if (status == FL_OK) {
        status = parse_seconds(
            call, "for", FL_WINDOW_SECONDS_MAX, &window->duration_s, out_error);
    }
    if (status == FL_OK) {
        status = parse_seconds(call, "spread", 7 * DAY_S, &window->spread_s, out_error);
    }
    if (status == FL_OK) {
        status =
            parse_seconds(call, "catch-up", 14 * DAY_S, &window->catch_up_s, out_error);
    }
    if (status == FL_OK) {
        status = parse_rate(call, &window->bytes_per_second, out_error);
    }
    if (status == FL_OK) {
        status = parse_priority(call, window, out_error);
    }
    if (status == FL_OK && fl_call_has(call, "clear-dates")) {
        window->except_count = 0;
        window->also_count = 0;
    }
    if (status == FL_OK) {
        status = parse_dates(
            call, draft, "except", &window->except_count, &window->excepts, out_error);
    }
    if (status == FL_OK) {
        status = parse_dates(
            call, draft, "also", &window->also_count, &window->also, out_error);
    }
    return status;
}

/* ---- changing ---- */

static enum fl_status issue(
    struct fl_call *call,
    struct fl_window_draft *draft,
    const char *name,
    struct fl_error *out_error)
{
    uint64_t revision = 0;
    enum fl_status status = fl_window_draft_issue(draft, &revision, out_error);
    if (status == FL_OK) {
        call->wrote = true;
        if (name != NULL) {
            fl_output_text(call->output, "window", N_("window"), name);
        }
        fl_output_number(call->output, "revision", N_("revision"), revision);
        fl_window_warn(call->output, fl_window_overloads(call->node, /* days= */ 7));
    }
    return status;
}

static enum fl_status no_window(const char *name, struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "there is no window \"%s\"; `filial window list` shows those there are", name);
}

/* The name given, or the group's with a number that is free. */
static void name_window(
    const struct fl_call *call,
    const struct fl_calendar *calendar,
    char out_name[FL_CALENDAR_TEXT_BYTES_MAX])
{
    const char *name = fl_call_option(call, "name");
    const char *group = fl_call_option(call, "group");
    name = name != NULL ? name : group != NULL ? group : "all";
    snprintf(out_name, FL_CALENDAR_TEXT_BYTES_MAX, "%s", name);
    for (unsigned i = 2; fl_call_option(call, "name") == NULL &&
                         fl_calendar_window(calendar, out_name) != NULL;
         i++) {
        snprintf(out_name, FL_CALENDAR_TEXT_BYTES_MAX, "%.900s-%u", name, i);
    }
}

FL_HANDLER(window_add)
{
    struct fl_window_draft draft = {0};
    struct fl_window *window = NULL;
    char name[FL_CALENDAR_TEXT_BYTES_MAX] = "";
    enum fl_status status = fl_window_draft_begin(call->node, &draft, out_error);
    if (status == FL_OK) {
        name_window(call, &draft.calendar, name);
        if (fl_calendar_window(&draft.calendar, name) != NULL) {
            status = fl_error_set(
                out_error, FL_REFUSED,
                "there is a window \"%s\"; `filial window change %s` changes it", name,
                name);
        }
    }
    if (status == FL_OK &&
        (fl_call_option(call, "at") == NULL || fl_call_option(call, "for") == NULL)) {
        status = fail_usage(
            call, fl_error_set(
                      out_error, FL_MALFORMED,
                      "a window needs a beginning and a length: --at 22:00 --for 4h"));
    }
    if (status == FL_OK) {
        status = fl_window_draft_window(&draft, name, &window, out_error);
    }
    if (status == FL_OK) {
        window->blackout = fl_call_has(call, "blackout");
        status = parse_window(call, &draft, window, out_error);
    }
    if (status == FL_OK) {
        status = issue(call, &draft, name, out_error);
    }
    fl_window_draft_deinit(&draft);
    return status;
}

FL_HANDLER(window_change)
{
    struct fl_window_draft draft = {0};
    const char *name = call->arguments[0];
    enum fl_status status = fl_call_changes(call, out_error);
    if (status == FL_OK) {
        status = fl_window_draft_begin(call->node, &draft, out_error);
    }
    if (status == FL_OK && fl_calendar_window(&draft.calendar, name) == NULL) {
        status = no_window(name, out_error);
    }
    if (status == FL_OK) {
        status = parse_window(
            call, &draft, fl_calendar_window(&draft.calendar, name), out_error);
    }
    if (status == FL_OK) {
        status = issue(call, &draft, name, out_error);
    }
    fl_window_draft_deinit(&draft);
    return status;
}

FL_HANDLER(window_remove)
{
    struct fl_window_draft draft = {0};
    enum fl_status status = fl_window_draft_begin(call->node, &draft, out_error);
    for (size_t i = 0; status == FL_OK && i < call->argument_count; i++) {
        if (fl_calendar_window(&draft.calendar, call->arguments[i]) == NULL) {
            status = no_window(call->arguments[i], out_error);
        } else {
            fl_window_draft_remove(&draft, call->arguments[i]);
        }
    }
    if (status == FL_OK) {
        status = issue(call, &draft, NULL, out_error);
    }
    fl_window_draft_deinit(&draft);
    return status;
}

/* ---- groups ---- */

static void show_groups(struct fl_call *call)
{
    const struct fl_calendar *calendar = &call->node->windows.calendar;
    fl_output_list_begin(call->output, "groups");
    for (size_t i = 0; i < calendar->group_count; i++) {
        const struct fl_group *group = &calendar->groups[i];
        json_t *members = json_array();
        for (size_t j = 0; j < group->member_count; j++) {
            json_array_append_new(members, json_string(group->members[j]));
        }
        fl_output_row(call->output);
        fl_output_text(call->output, "group", N_("group"), group->name);
        fl_output_number(call->output, "count", N_("nodes"), group->member_count);
        fl_output_json(call->output, "members", N_("codes"), members);
    }
    fl_output_list_end(call->output);
}

FL_HANDLER(window_group)
{
    struct fl_window_draft draft = {0};
    bool is_member = !fl_call_has(call, "remove");
    if (call->argument_count < 2) {
        show_groups(call);
        return FL_OK;
    }
    if (strcmp(call->arguments[0], "all") == 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "every node is in the group \"all\" by itself");
    }
    enum fl_status status = fl_window_draft_begin(call->node, &draft, out_error);
    for (size_t i = 1; status == FL_OK && i < call->argument_count; i++) {
        if (strlen(call->arguments[i]) > FL_CODE_BYTES_MAX ||
            call->arguments[i][0] == '\0') {
            status = fl_error_set(
                out_error, FL_MALFORMED, "\"%s\" is no code of a node",
                call->arguments[i]);
            break;
        }
        status = fl_window_draft_member(
            &draft, call->arguments[0], call->arguments[i], is_member, out_error);
    }
    if (status == FL_OK) {
        status = issue(call, &draft, NULL, out_error);
    }
    fl_window_draft_deinit(&draft);
    return status;
}

/* ---- showing ---- */

static json_t *dates_json(size_t count, const char *const *dates)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        char text[FL_WINDOW_DATE_TEXT_BYTES];
        fl_window_date_text(dates[i], text);
        json_array_append_new(array, json_string(text));
    }
    return array;
}

static void show_fields(struct fl_output *output, const struct fl_window *window)
{
    char text[FL_WINDOW_DATE_TEXT_BYTES];
    fl_output_text(output, "window", N_("window"), window->name);
    fl_output_text(
        output, "kind", N_("kind"), window->blackout ? _("blackout") : _("window"));
    fl_output_text(output, "group", N_("group"), window->group);
    fl_output_text(
        output, "rule", N_("rule"), window->rule[0] != '\0' ? window->rule : "once");
    fl_window_date_text(window->start, text);
    fl_output_text(output, "start", N_("from"), text);
    fl_window_duration_text(window->duration_s, text);
    fl_output_text(output, "for", N_("for"), text);
    fl_output_text(output, "zone", N_("zone"), window->zone);
    fl_window_rate_text(window->bytes_per_second, text);
    fl_output_text(output, "rate", N_("rate"), text);
    fl_window_duration_text(window->spread_s, text);
    fl_output_text(output, "spread", N_("spread"), text);
    fl_window_duration_text(window->catch_up_s, text);
    fl_output_text(output, "catch_up", N_("catch up"), text);
    fl_output_number(output, "priority", N_("priority"), window->priority);
    if (output->json || window->except_count > 0) {
        fl_output_json(
            output, "except", N_("except"),
            dates_json(window->except_count, window->excepts));
    }
    if (output->json || window->also_count > 0) {
        fl_output_json(
            output, "also", N_("also"), dates_json(window->also_count, window->also));
    }
    if (output->json) {
        fl_output_number(output, "duration_s", N_("seconds"), window->duration_s);
        fl_output_number(
            output, "bytes_per_second", N_("bytes a second"), window->bytes_per_second);
        fl_output_flag(output, "blackout", N_("blackout"), window->blackout);
    }
}

FL_HANDLER(window_list)
{
    const struct fl_windows *windows = &call->node->windows;
    (void)out_error;
    fl_output_list_begin(call->output, "windows");
    for (size_t i = 0; i < windows->calendar.window_count; i++) {
        fl_output_row(call->output);
        show_fields(call->output, &windows->calendar.windows[i]);
    }
    fl_output_list_end(call->output);
    if (windows->calendar.window_count == 0) {
        fl_output_say(
            call->output,
            _("No windows: every node synchronises by its own node.conf. `filial window "
              "add` makes one."));
    }
    return FL_OK;
}

static void show_next(struct fl_output *output, const struct fl_window *window)
{
    enum { NEXT = 5 };
    struct fl_occurrence next[NEXT];
    int64_t now_ms = fl_node_now_ms();
    size_t count = fl_window_occurrences(
        window, now_ms, now_ms + INT64_C(366) * 24 * 3600 * 1000, next, NEXT);
    fl_output_list_begin(output, "next");
    for (size_t i = 0; i < count; i++) {
        const int64_t moments[] = {next[i].begin_ms, next[i].end_ms};
        fl_output_row(output);
        for (size_t j = 0; j < sizeof moments / sizeof moments[0]; j++) {
            char local[FL_WINDOW_LOCAL_BYTES];
            char text[FL_WINDOW_DATE_TEXT_BYTES] = "?";
            if (fl_window_local(window->zone, moments[j], local)) {
                fl_window_date_text(local, text);
            }
            fl_output_text(
                output, j == 0 ? "begin" : "end", j == 0 ? N_("begins") : N_("ends"),
                text);
        }
        fl_output_time(output, "begin_utc", N_("begins, UTC"), next[i].begin_ms);
    }
    fl_output_list_end(output);
}

FL_HANDLER(window_show)
{
    const struct fl_calendar *calendar = &call->node->windows.calendar;
    const struct fl_window *window = fl_calendar_window(calendar, call->arguments[0]);
    if (window == NULL) {
        return no_window(call->arguments[0], out_error);
    }
    show_fields(call->output, window);
    const struct fl_group *group = fl_calendar_group(calendar, window->group);
    if (group != NULL) {
        json_t *members = json_array();
        for (size_t i = 0; i < group->member_count; i++) {
            json_array_append_new(members, json_string(group->members[i]));
        }
        fl_output_json(call->output, "members", N_("codes"), members);
    }
    fl_output_say(call->output, "%s", "");
    show_next(call->output, window);
    return FL_OK;
}
