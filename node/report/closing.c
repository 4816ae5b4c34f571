#include "closing.h"

#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "local_day.h"
#include "proto/system.h"
#include "storage/settings.h"

enum { NOON = 12 * 60, RECORD_BYTES_MAX = 4096 };

static const char SETTING[] = "report/close-day"; /* "00:30 Europe/Moscow" */

bool fl_closing_parse_time(const char *text, uint32_t *out_minute)
{
    unsigned hour = 0;
    unsigned minute = 0;
    int size = 0;
    if (sscanf(text, "%2u:%2u%n", &hour, &minute, &size) != 2 || text[size] != '\0' ||
        hour > 23 || minute > 59) {
        return false;
    }
    *out_minute = hour * 60 + minute;
    return true;
}

void fl_closing_time_text(uint32_t minute, char out_text[FL_CLOSING_TIME_BYTES])
{
    snprintf(out_text, FL_CLOSING_TIME_BYTES, "%02u:%02u", minute / 60 % 24, minute % 60);
}

void fl_closing_get(struct fl_txn *txn, struct fl_closing *out_closing)
{
    struct fl_bytes value;
    char time[FL_CLOSING_TIME_BYTES];
    *out_closing = (struct fl_closing){.is_automatic = false};
    if (fl_settings_get(txn, fl_bytes_of_text(SETTING), &value) != FL_OK ||
        value.size < sizeof time) {
        return;
    }
    memcpy(time, value.data, sizeof time - 1);
    time[sizeof time - 1] = '\0';
    out_closing->is_automatic = fl_closing_parse_time(time, &out_closing->minute);
    snprintf(
        out_closing->zone, sizeof out_closing->zone, "%.*s",
        (int)(value.size - sizeof time), (const char *)value.data + sizeof time);
}

void fl_closing_put(struct fl_txn *txn, const struct fl_closing *closing)
{
    char time[FL_CLOSING_TIME_BYTES];
    char text[FL_CLOSING_TIME_BYTES + FL_DAY_ZONE_BYTES_MAX + 1];
    if (!closing->is_automatic) {
        fl_settings_remove(txn, fl_bytes_of_text(SETTING));
        return;
    }
    fl_closing_time_text(closing->minute, time);
    snprintf(text, sizeof text, "%s %s", time, closing->zone);
    fl_settings_put(txn, fl_bytes_of_text(SETTING), fl_bytes_of_text(text));
}

static struct fl_key own_key(const struct fl_node *node)
{
    return (struct fl_key){.type = FL_SYSTEM_DAY, .id = node->identity->node};
}

static enum fl_status last_of(
    struct fl_node *node,
    uint64_t *out_revision,
    struct fl_day *out_day)
{
    struct fl_system_record record;
    struct fl_entry entry;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_object_get(&txn, own_key(node), &entry);
    if (status == FL_OK) {
        status = fl_system_open(entry.record, &record);
    }
    if (status == FL_OK) {
        *out_revision = record.revision;
        status = fl_day_decode(record.body, out_day);
    }
    fl_txn_abort(&txn);
    return status;
}

enum fl_status fl_closing_last(struct fl_node *node, struct fl_day *out_day)
{
    uint64_t revision = 0;
    return last_of(node, &revision, out_day);
}

static enum fl_status write_day(
    struct fl_node *node,
    uint64_t revision,
    struct fl_bytes body,
    struct fl_error *out_error)
{
    const struct fl_system_record record = {
        .revision = revision, .issuer = node->identity->node, .body = body};
    struct fl_buffer sealed;
    struct fl_txn txn;
    fl_buffer_init(&sealed, RECORD_BYTES_MAX);
    fl_system_seal(
        node->identity->installation, own_key(node), &record, node->keys.signing,
        &sealed);
    enum fl_status status = fl_buffer_status(&sealed);
    if (status != FL_OK) {
        fl_buffer_deinit(&sealed);
        return fl_error_set(out_error, status, "not enough memory");
    }
    fl_txn_begin(&txn, node->store, FL_TXN_WRITE);
    (void)fl_journal_append(
        &txn,
        &(struct fl_entry){.key = own_key(node), .record = fl_buffer_view(&sealed)});
    status = fl_change_commit(&txn, out_error);
    fl_buffer_deinit(&sealed);
    return status;
}

static enum fl_status may_close(
    uint32_t day,
    uint32_t last,
    const char *zone,
    int64_t now_ms,
    struct fl_error *out_error)
{
    char text[FL_DAY_TEXT_BYTES];
    uint32_t today = 0;
    uint32_t minute = 0;
    enum fl_status status = fl_local_day(zone, now_ms, &today, &minute, out_error);
    if (status == FL_OK && day > today) {
        fl_day_text(day, text);
        return fl_error_set(out_error, FL_REFUSED, "%s has not come yet", text);
    }
    if (status == FL_OK && last > day) {
        fl_day_text(last, text);
        return fl_error_set(
            out_error, FL_REFUSED, "%s is closed already, and days follow each other",
            text);
    }
    return status;
}

enum fl_status fl_closing_close(
    struct fl_node *node,
    uint32_t day,
    const char *zone,
    int64_t now_ms,
    struct fl_error *out_error)
{
    struct fl_day last = {.day = 0};
    struct fl_day closed = {.day = day, .closed_ms = now_ms};
    struct fl_buffer body;
    uint64_t revision = 0;
    (void)last_of(node, &revision, &last);
    enum fl_status status = may_close(day, last.day, zone, now_ms, out_error);
    if (status != FL_OK) {
        return status;
    }
    memcpy(closed.code, node->identity->code, sizeof closed.code);
    snprintf(closed.name, sizeof closed.name, "%s", node->name);
    snprintf(closed.zone, sizeof closed.zone, "%s", zone);
    fl_buffer_init(&body, FL_DAY_BYTES_MAX);
    fl_day_encode(&closed, &body);
    revision = (uint64_t)now_ms > revision ? (uint64_t)now_ms : revision + 1;
    status = fl_buffer_status(&body);
    status = status == FL_OK ? write_day(node, revision, fl_buffer_view(&body), out_error)
                             : fl_error_set(out_error, status, "not enough memory");
    fl_buffer_deinit(&body);
    return status;
}

enum fl_status fl_closing_due(
    struct fl_node *node,
    int64_t now_ms,
    uint32_t *out_day,
    char out_zone[FL_DAY_ZONE_BYTES_MAX + 1])
{
    struct fl_closing closing;
    struct fl_day last;
    struct fl_txn txn;
    uint32_t today = 0;
    uint32_t minute = 0;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    fl_closing_get(&txn, &closing);
    fl_txn_abort(&txn);
    if (!closing.is_automatic ||
        fl_local_day(closing.zone, now_ms, &today, &minute, NULL) != FL_OK) {
        return FL_NOT_FOUND;
    }
    bool is_evening = closing.minute >= NOON;
    uint32_t day = today - (is_evening ? 0 : 1) - (minute >= closing.minute ? 0 : 1);
    if (fl_closing_last(node, &last) == FL_OK && last.day >= day) {
        return FL_NOT_FOUND;
    }
    *out_day = day;
    memcpy(out_zone, closing.zone, sizeof closing.zone);
    return FL_OK;
}
