/*
 * `filial report close-day`.
 */

#include <string.h>

#include "change/change.h"
#include "closing.h"
#include "command/command_table.h"
#include "language.h"
#include "local_day.h"

static enum fl_status take_zone(
    struct fl_call *call,
    char out_zone[FL_DAY_ZONE_BYTES_MAX + 1],
    uint32_t *out_today,
    struct fl_error *out_error)
{
    const char *zone = fl_call_option(call, "zone");
    uint32_t minute = 0;
    zone = zone == NULL ? "" : zone;
    snprintf(out_zone, FL_DAY_ZONE_BYTES_MAX + 1, "%s", zone);
    enum fl_status status =
        fl_local_day(out_zone, fl_node_now_ms(), out_today, &minute, out_error);
    call->usage = status != FL_OK;
    return status;
}

static enum fl_status set_automatic(
    struct fl_call *call,
    const char *at,
    const char *zone,
    struct fl_error *out_error)
{
    struct fl_closing closing = {.is_automatic = at != NULL};
    struct fl_txn txn;
    if (at != NULL && !fl_closing_parse_time(at, &closing.minute)) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--at is a time as 00:30, not \"%s\"", at);
    }
    snprintf(closing.zone, sizeof closing.zone, "%s", zone);
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_closing_put(&txn, &closing);
    enum fl_status status = fl_change_commit(&txn, out_error);
    call->wrote = status == FL_OK;
    return status;
}

static enum fl_status close_one(
    struct fl_call *call,
    uint32_t day,
    const char *zone,
    struct fl_error *out_error)
{
    if (call->argument_count > 0 && !fl_day_parse(call->arguments[0], &day)) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "a day is written as 2026-01-31, not \"%s\"",
            call->arguments[0]);
    }
    enum fl_status status =
        fl_closing_close(call->node, day, zone, fl_node_now_ms(), out_error);
    call->wrote = status == FL_OK;
    return status;
}

static void show(struct fl_call *call)
{
    struct fl_closing closing;
    struct fl_day last;
    struct fl_txn txn;
    char day[FL_DAY_TEXT_BYTES] = "";
    char at[FL_CLOSING_TIME_BYTES] = "";
    bool has_last = fl_closing_last(call->node, &last) == FL_OK;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_closing_get(&txn, &closing);
    fl_txn_abort(&txn);
    if (has_last) {
        fl_day_text(last.day, day);
    }
    if (closing.is_automatic) {
        fl_closing_time_text(closing.minute, at);
    }
    fl_output_text(call->output, "day", N_("last closed day"), day);
    fl_output_time(
        call->output, "closed_at", N_("closed at"), has_last ? last.closed_ms : 0);
    fl_output_text(call->output, "at", N_("closes by itself at"), at);
    fl_output_text(call->output, "zone", N_("zone"), closing.zone);
}

FL_HANDLER(report_close_day)
{
    const char *at = fl_call_option(call, "at");
    char zone[FL_DAY_ZONE_BYTES_MAX + 1];
    uint32_t today = 0;
    enum fl_status status = take_zone(call, zone, &today, out_error);
    if (status == FL_OK && (at != NULL || fl_call_has(call, "off"))) {
        status = set_automatic(call, at, zone, out_error);
    } else if (status == FL_OK && !fl_call_has(call, "show")) {
        status = close_one(call, today, zone, out_error);
    }
    if (status == FL_OK) {
        show(call);
    }
    return status;
}
