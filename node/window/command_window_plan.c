/*
 * filial window plan: what comes in the next days, for whom, and whether this node can
 * serve so many; as a table and as a picture. And files of calendars.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command/command_table.h"
#include "daemon/daemon.h"
#include "endpoint/endpoint_window.h"
#include "file.h"
#include "language.h"
#include "occurrences.h"
#include "window_draft.h"
#include "window_ics.h"
#include "window_load.h"
#include "window_picture.h"
#include "window_words.h"

const struct fl_option fl_command_window_plan_options[] = {
    {"days", "N", N_("how many days (default 7)")},
    {"for", "CODE", N_("only what concerns this node")},
    {"svg", "FILE", N_("also a picture of these days")},
    {"zone", "ZONE", N_("the time zone of the picture")},
    {NULL, NULL, NULL}};

const struct fl_option fl_command_window_import_options[] = {
    {"group", "GROUP", N_("the nodes that they are for (default: CATEGORIES, or all)")},
    {"zone", "ZONE", N_("of events that name none (default: UTC)")},
    {"blackout", NULL, N_("they are blackouts, as holidays are")},
    {NULL, NULL, NULL}};

/* ---- files ---- */

FL_HANDLER(window_import)
{
    struct fl_window_draft draft = {0};
    struct fl_buffer text;
    size_t count = 0;
    uint64_t revision = 0;
    const struct fl_window_ics_options options = {
        .group = fl_call_option(call, "group"),
        .zone = fl_call_option(call, "zone"),
        .blackout = fl_call_has(call, "blackout")};
    char *path = fl_call_path(call, call->arguments[0]);
    fl_buffer_init(&text, FL_WINDOW_ICS_BYTES_MAX);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_file_read(path, FL_WINDOW_ICS_BYTES_MAX, &text, out_error);
    if (status == FL_OK) {
        status = fl_window_draft_begin(call->node, &draft, out_error);
    }
    if (status == FL_OK) {
        status = fl_window_ics_read(
            fl_buffer_view(&text), &options, &draft, &count, out_error);
    }
    if (status == FL_OK) {
        status = fl_window_draft_issue(&draft, &revision, out_error);
    }
    if (status == FL_OK) {
        call->wrote = true;
        fl_output_number(call->output, "windows", N_("windows"), count);
        fl_output_number(call->output, "revision", N_("revision"), revision);
    } else {
        fl_error_prefix(out_error, "%s", call->arguments[0]);
    }
    fl_window_draft_deinit(&draft);
    fl_buffer_deinit(&text);
    fl_free(path);
    return status;
}

static enum fl_status write_file(
    struct fl_call *call,
    const char *name,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    char *path = fl_call_path(call, name);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_file_replace(path, 0644, bytes, out_error);
    fl_free(path);
    return status;
}

FL_HANDLER(window_export)
{
    struct fl_buffer text;
    fl_buffer_init(&text, FL_WINDOW_ICS_BYTES_MAX);
    enum fl_status status = fl_window_ics_write(&call->node->windows.calendar, &text);
    if (status == FL_OK) {
        status = write_file(call, call->arguments[0], fl_buffer_view(&text), out_error);
    }
    if (status == FL_OK) {
        fl_output_number(
            call->output, "windows", N_("windows"),
            call->node->windows.calendar.window_count);
    }
    fl_buffer_deinit(&text);
    return status;
}

/* ---- the plan ---- */

static void local_text(
    const char *zone,
    int64_t ms,
    char out_text[FL_WINDOW_DATE_TEXT_BYTES])
{
    char compact[FL_WINDOW_LOCAL_BYTES] = "";
    snprintf(out_text, FL_WINDOW_DATE_TEXT_BYTES, "?");
    if (fl_window_local(zone, ms, compact)) {
        fl_window_date_text(compact, out_text);
    }
}

/* The sites and bases of this node that it is for. */
static void show_endpoints(
    struct fl_output *output,
    struct fl_node *node,
    const struct fl_window *window)
{
    char codes[FL_ENDPOINT_WINDOW_CODES_BYTES];
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    fl_endpoint_window_codes(&node->windows.calendar, window, &txn, codes);
    fl_txn_abort(&txn);
    fl_output_text(output, "endpoints", N_("endpoints"), codes);
}

static bool show_planned(
    struct fl_output *output,
    struct fl_node *node,
    const struct fl_window_plan *plan,
    size_t index,
    uint64_t round_us)
{
    char text[FL_WINDOW_DATE_TEXT_BYTES];
    const struct fl_window_planned *planned = &plan->items[index];
    struct fl_window_load load = fl_window_load(plan, index, round_us);
    fl_output_row(output);
    local_text(planned->window->zone, planned->begin_ms, text);
    fl_output_text(output, "begin", N_("begins"), text);
    local_text(planned->window->zone, planned->end_ms, text);
    fl_output_text(output, "end", N_("ends"), text);
    fl_output_text(output, "zone", N_("zone"), planned->window->zone);
    fl_output_text(output, "window", N_("window"), planned->window->name);
    fl_output_text(output, "group", N_("group"), planned->window->group);
    fl_output_number(output, "nodes", N_("nodes"), planned->nodes);
    show_endpoints(output, node, planned->window);
    fl_window_rate_text(planned->window->bytes_per_second, text);
    fl_output_text(output, "rate", N_("rate"), text);
    fl_output_text(
        output, "note", N_("note"),
        load.overload               ? _("more than this node can serve")
        : planned->window->blackout ? _("blackout")
                                    : "");
    if (output->json) {
        fl_output_number(output, "begin_ms", N_("begins"), (uint64_t)planned->begin_ms);
        fl_output_number(output, "end_ms", N_("ends"), (uint64_t)planned->end_ms);
        fl_output_flag(output, "blackout", N_("blackout"), planned->window->blackout);
        fl_output_flag(output, "overload", N_("overload"), load.overload);
        if (round_us > 0) {
            fl_output_number(output, "needs_s", N_("needs"), load.needs_s);
        }
    }
    return load.overload;
}

static enum fl_status show_picture(
    struct fl_call *call,
    const struct fl_window_plan *plan,
    int64_t from_ms,
    unsigned days,
    struct fl_error *out_error)
{
    const char *name = fl_call_option(call, "svg");
    const struct fl_calendar *calendar = &call->node->windows.calendar;
    const char *zone = fl_call_option(call, "zone");
    struct fl_buffer picture;
    if (name == NULL) {
        return FL_OK;
    }
    if (zone == NULL) {
        zone = calendar->window_count > 0 ? calendar->windows[0].zone : "UTC";
    }
    fl_buffer_init(&picture, FL_WINDOW_PICTURE_BYTES_MAX);
    enum fl_status status =
        fl_window_picture(plan, calendar, zone, from_ms, days, &picture);
    if (status == FL_OK) {
        status = write_file(call, name, fl_buffer_view(&picture), out_error);
    } else {
        (void)fl_error_set(
            out_error, status, "no picture for the time zone \"%s\"", zone);
    }
    fl_buffer_deinit(&picture);
    return status;
}

/* A node that joins later may stand in a group already, and one that joined below stands
   nowhere else here. */
static void warn_of_unknown(struct fl_call *call, const char *code)
{
    const struct fl_calendar *calendar = &call->node->windows.calendar;
    struct fl_peer peer;
    struct fl_txn txn;
    if (code == NULL || strcmp(code, call->node->identity->code) == 0) {
        return;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    bool known =
        fl_plans_peer(&call->node->plans, &txn, fl_bytes_of_text(code), &peer) == FL_OK;
    fl_txn_abort(&txn);
    for (size_t i = 0; i < calendar->group_count; i++) {
        for (size_t k = 0; k < calendar->groups[i].member_count; k++) {
            known = known || strcmp(calendar->groups[i].members[k], code) == 0;
        }
    }
    if (!known) {
        fl_output_warn(
            call->output,
            _("neither a node nor a group here has the code \"%s\"; `filial node list` "
              "and "
              "`filial window group` show them"),
            code);
    }
}

FL_HANDLER(window_plan)
{
    enum { DAYS_MAX = 35 };
    uint64_t days = 7;
    uint64_t overloads = 0;
    uint64_t round_us =
        call->node->daemon != NULL ? fl_daemon_round_us(call->node->daemon) : 0;
    enum fl_status status = fl_call_number(call, "days", 7, &days, out_error);
    if (status == FL_OK && (days == 0 || days > DAYS_MAX)) {
        call->usage = true;
        status =
            fl_error_set(out_error, FL_MALFORMED, "--days takes 1 to %d", (int)DAYS_MAX);
    }
    if (status != FL_OK) {
        return status;
    }
    if (fl_call_has(call, "zone") && !fl_call_has(call, "svg")) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "--zone is that of the picture: give --svg FILE too");
    }
    warn_of_unknown(call, fl_call_option(call, "for"));
    int64_t from_ms = fl_node_now_ms();
    struct fl_window_plan *plan = NULL;
    status = fl_window_plan_new(
        call->node, fl_call_option(call, "for"), (unsigned)days, &plan);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "not enough memory");
    }
    fl_output_list_begin(call->output, "plan");
    for (size_t i = 0; i < plan->count; i++) {
        overloads += show_planned(call->output, call->node, plan, i, round_us);
    }
    fl_output_list_end(call->output);
    if (round_us > 0) {
        fl_output_number(
            call->output, "rounds_per_hour",
            N_("rounds an hour that this node can serve"),
            UINT64_C(3600000000) / round_us);
    }
    fl_output_number(call->output, "overloads", N_("windows with too many"), overloads);
    fl_window_warn(call->output, overloads);
    if (plan->count == FL_WINDOW_PLAN_MAX) {
        fl_output_warn(
            call->output, _("only the first %d are shown: ask for fewer days"),
            (int)FL_WINDOW_PLAN_MAX);
    }
    status = show_picture(call, plan, from_ms, (unsigned)days, out_error);
    fl_free(plan);
    return status;
}
