#include "window_draft.h"

#include <string.h>

#include "change/change.h"
#include "occurrences.h"
#include "proto/system.h"
#include "storage/journal.h"

enum { ARENA_BYTES_MAX = 64 << 20 };

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static enum fl_status check_governed_here(
    struct fl_node *node,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_peer parent;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_node_parent(&txn, &parent);
    fl_txn_abort(&txn);
    return status == FL_OK
               ? fl_error_set(
                     out_error, FL_REFUSED,
                     "windows are set at the root of the tree, above the parent \"%s\", "
                     "and come here by themselves",
                     parent.code)
               : FL_OK;
}

const char *fl_window_draft_text(struct fl_window_draft *draft, const char *text)
{
    return fl_arena_text(&draft->arena, fl_bytes_of_text(text));
}

/* The calendar in force, decoded anew so that all of it is the draft's own. */
static enum fl_status copy(
    struct fl_window_draft *draft,
    const struct fl_calendar *calendar)
{
    struct fl_calendar decoded = {.window_count = 0};
    struct fl_buffer bytes;
    fl_buffer_init(&bytes, FL_CALENDAR_BYTES_MAX);
    fl_calendar_encode(calendar, &bytes);
    enum fl_status status = fl_buffer_status(&bytes);
    if (status == FL_OK) {
        status = fl_calendar_decode(fl_buffer_view(&bytes), &draft->arena, &decoded);
    }
    fl_buffer_deinit(&bytes);
    if (status != FL_OK) {
        return status;
    }
    if (decoded.window_count > 0) {
        memcpy(
            draft->calendar.windows, decoded.windows,
            decoded.window_count * sizeof *decoded.windows);
    }
    if (decoded.group_count > 0) {
        memcpy(
            draft->calendar.groups, decoded.groups,
            decoded.group_count * sizeof *decoded.groups);
    }
    draft->calendar.window_count = decoded.window_count;
    draft->calendar.group_count = decoded.group_count;
    return FL_OK;
}

enum fl_status fl_window_draft_begin(
    struct fl_node *node,
    struct fl_window_draft *out_draft,
    struct fl_error *out_error)
{
    *out_draft =
        (struct fl_window_draft){.node = node, .revision = node->windows.revision};
    fl_arena_init(&out_draft->arena, ARENA_BYTES_MAX);
    out_draft->calendar.windows = fl_arena_array(
        &out_draft->arena, FL_CALENDAR_WINDOWS_MAX, sizeof(struct fl_window));
    out_draft->calendar.groups = fl_arena_array(
        &out_draft->arena, FL_CALENDAR_GROUPS_MAX, sizeof(struct fl_group));
    if (out_draft->calendar.windows == NULL || out_draft->calendar.groups == NULL ||
        copy(out_draft, &node->windows.calendar) != FL_OK) {
        return no_memory(out_error);
    }
    return check_governed_here(node, out_error);
}

void fl_window_draft_deinit(struct fl_window_draft *draft)
{
    fl_arena_deinit(&draft->arena);
    *draft = (struct fl_window_draft){0};
}

enum fl_status fl_window_draft_window(
    struct fl_window_draft *draft,
    const char *name,
    struct fl_window **out_window,
    struct fl_error *out_error)
{
    struct fl_calendar *calendar = &draft->calendar;
    struct fl_window *window = fl_calendar_window(calendar, name);
    size_t at = 0;
    if (window != NULL) {
        *out_window = window;
        return FL_OK;
    }
    if (calendar->window_count == FL_CALENDAR_WINDOWS_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "there may be %d windows", (int)FL_CALENDAR_WINDOWS_MAX);
    }
    const char *kept = fl_window_draft_text(draft, name);
    if (kept == NULL) {
        return no_memory(out_error);
    }
    while (at < calendar->window_count && strcmp(calendar->windows[at].name, name) < 0) {
        at++;
    }
    window = &calendar->windows[at];
    memmove(window + 1, window, (calendar->window_count - at) * sizeof *window);
    calendar->window_count++;
    *window = (struct fl_window){
        .name = kept, .group = "all", .rule = "", .start = "", .zone = "UTC"};
    *out_window = window;
    return FL_OK;
}

void fl_window_draft_remove(struct fl_window_draft *draft, const char *name)
{
    struct fl_calendar *calendar = &draft->calendar;
    struct fl_window *window = fl_calendar_window(calendar, name);
    if (window != NULL) {
        size_t at = (size_t)(window - calendar->windows);
        calendar->window_count--;
        memmove(window, window + 1, (calendar->window_count - at) * sizeof *window);
    }
}

/* Room for one more at `at`: the array is copied, the arena forgets the old one. */
static const char **insert(
    struct fl_window_draft *draft,
    const char *const *texts,
    size_t count,
    size_t at,
    const char *text)
{
    const char **grown = fl_arena_array(&draft->arena, count + 1, sizeof *grown);
    const char *kept = fl_window_draft_text(draft, text);
    if (grown == NULL || kept == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < at; i++) {
        grown[i] = texts[i];
    }
    grown[at] = kept;
    for (size_t i = at; i < count; i++) {
        grown[i + 1] = texts[i];
    }
    return grown;
}

enum fl_status fl_window_draft_date(
    struct fl_window_draft *draft,
    size_t *count,
    const char ***dates,
    const char *date,
    struct fl_error *out_error)
{
    if (*count == FL_CALENDAR_DATES_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "a window may have %d dates",
            (int)FL_CALENDAR_DATES_MAX);
    }
    const char **grown = insert(draft, *dates, *count, *count, date);
    if (grown == NULL) {
        return no_memory(out_error);
    }
    *dates = grown;
    (*count)++;
    return FL_OK;
}

static enum fl_status make_group(
    struct fl_window_draft *draft,
    const char *name,
    struct fl_group **out_group,
    struct fl_error *out_error)
{
    struct fl_calendar *calendar = &draft->calendar;
    size_t at = 0;
    if (calendar->group_count == FL_CALENDAR_GROUPS_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "there may be %d groups", (int)FL_CALENDAR_GROUPS_MAX);
    }
    const char *kept = fl_window_draft_text(draft, name);
    if (kept == NULL) {
        return no_memory(out_error);
    }
    while (at < calendar->group_count && strcmp(calendar->groups[at].name, name) < 0) {
        at++;
    }
    struct fl_group *group = &calendar->groups[at];
    memmove(group + 1, group, (calendar->group_count - at) * sizeof *group);
    calendar->group_count++;
    *group = (struct fl_group){.name = kept};
    *out_group = group;
    return FL_OK;
}

static void remove_member(struct fl_calendar *calendar, struct fl_group *group, size_t at)
{
    group->member_count--;
    memmove(
        group->members + at, group->members + at + 1,
        (group->member_count - at) * sizeof *group->members);
    if (group->member_count == 0) {
        size_t place = (size_t)(group - calendar->groups);
        calendar->group_count--;
        memmove(group, group + 1, (calendar->group_count - place) * sizeof *group);
    }
}

enum fl_status fl_window_draft_member(
    struct fl_window_draft *draft,
    const char *name,
    const char *code,
    bool is_member,
    struct fl_error *out_error)
{
    struct fl_group *group = fl_calendar_group(&draft->calendar, name);
    size_t at = 0;
    if (group == NULL && !is_member) {
        return FL_OK;
    }
    if (group == NULL) {
        enum fl_status status = make_group(draft, name, &group, out_error);
        if (status != FL_OK) {
            return status;
        }
    }
    while (at < group->member_count && strcmp(group->members[at], code) < 0) {
        at++;
    }
    bool is_one = at < group->member_count && strcmp(group->members[at], code) == 0;
    if (is_one && !is_member) {
        remove_member(&draft->calendar, group, at);
    }
    if (is_one || !is_member) {
        return FL_OK;
    }
    if (group->member_count == FL_CALENDAR_MEMBERS_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "a group may have %d nodes",
            (int)FL_CALENDAR_MEMBERS_MAX);
    }
    const char **grown = insert(draft, group->members, group->member_count, at, code);
    if (grown == NULL) {
        return no_memory(out_error);
    }
    group->members = grown;
    group->member_count++;
    return FL_OK;
}

/* In the ten years behind its beginning. */
static bool comes(const struct fl_window *window)
{
    struct fl_occurrence first;
    const struct fl_window once = {
        .rule = "",
        .start = window->start,
        .zone = window->zone,
        .duration_s = window->duration_s};
    const int64_t years_ms = INT64_C(3700) * 86400 * 1000;
    if (fl_window_occurrences(&once, INT64_MIN / 2, INT64_MAX / 2, &first, 1) == 0) {
        return false;
    }
    return fl_window_occurrences(
               window, first.begin_ms, first.begin_ms + years_ms, &first, 1) > 0;
}

/* Each window can be understood, comes, and is for somebody. */
static enum fl_status check(
    const struct fl_calendar *calendar,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < calendar->window_count; i++) {
        const struct fl_window *window = &calendar->windows[i];
        enum fl_status status = fl_window_check(window, out_error);
        if (status != FL_OK) {
            fl_error_prefix(out_error, "%s", window->name);
            return status;
        }
        if (!comes(window)) {
            return fl_error_set(
                out_error, FL_MALFORMED, "%s: its rule \"%s\" gives no day in ten years",
                window->name, window->rule);
        }
        if (window->spread_s >= window->duration_s) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "%s: its spread must be shorter than the window itself", window->name);
        }
        if (strcmp(window->group, "all") != 0 &&
            fl_calendar_group(calendar, window->group) == NULL) {
            return fl_error_set(
                out_error, FL_NOT_FOUND,
                "%s: there is no group \"%s\"; `filial window group %s CODE...` makes it",
                window->name, window->group, window->group);
        }
    }
    return FL_OK;
}

static enum fl_status write_record(
    struct fl_window_draft *draft,
    struct fl_bytes body,
    struct fl_buffer *record,
    struct fl_error *out_error)
{
    struct fl_node *node = draft->node;
    struct fl_key key = {.type = FL_SYSTEM_CALENDAR};
    struct fl_system_record system = {
        .revision = draft->revision + 1, .issuer = node->identity->node, .body = body};
    fl_system_seal(
        node->identity->installation, key, &system, node->keys.signing, record);
    if (fl_buffer_status(record) != FL_OK) {
        return no_memory(out_error);
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_WRITE);
    (void)fl_journal_append(
        &txn, &(struct fl_entry){.key = key, .record = fl_buffer_view(record)});
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    return fl_node_reload(node, out_error);
}

enum fl_status fl_window_draft_issue(
    struct fl_window_draft *draft,
    uint64_t *out_revision,
    struct fl_error *out_error)
{
    enum fl_status status = check(&draft->calendar, out_error);
    struct fl_buffer body;
    struct fl_buffer record;
    if (status != FL_OK) {
        return status;
    }
    fl_buffer_init(&body, FL_CALENDAR_BYTES_MAX);
    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    fl_calendar_encode(&draft->calendar, &body);
    status = fl_buffer_status(&body);
    if (status == FL_OK) {
        status = write_record(draft, fl_buffer_view(&body), &record, out_error);
    } else {
        status = fl_error_set(out_error, status, "the calendar is too large");
    }
    fl_buffer_deinit(&record);
    fl_buffer_deinit(&body);
    if (status == FL_OK) {
        *out_revision = draft->revision + 1;
    }
    return status;
}
