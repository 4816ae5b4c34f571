/*
 * GET /api/events: what the node logs, for a page that updates by itself. A long poll
 * from a number on; "data.changed" is added when the journal has grown.
 *
 *     {"next": 18, "lost": false, "position": 4711, "events": [
 *         {"id": 17, "time": "...", "level": "info", "event": "sync.done",
 *          "fields": {"peer": "Ф01", ...}}]}
 */

#include "http_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/output.h"
#include "log_recent.h"
#include "storage/journal.h"

enum { WAIT_SECONDS = 30, WAIT_SECONDS_MAX = 60, GATHER_MS = 50 };

struct waiter {
    uint64_t from;
    uint64_t position;
    uint64_t end_ms;
    uint64_t found_ms; /* since when there is something: what follows goes along */
    bool as_stream;
};

/* name=value name="with \"quotes\"" */
static json_t *fields_of(const char *text)
{
    json_t *fields = json_object();
    char value[FL_LOG_RECENT_FIELDS_BYTES];
    while (*text != '\0') {
        size_t name_size = strcspn(text, "= ");
        if (text[name_size] != '=') {
            text += name_size + (text[name_size] == ' ');
            continue;
        }
        const char *name = text;
        size_t size = 0;
        text += name_size + 1;
        bool is_quoted = *text == '"';
        text += is_quoted;
        while (*text != '\0' && *text != (is_quoted ? '"' : ' ')) {
            text += is_quoted && *text == '\\' && text[1] != '\0';
            value[size++] = *text++;
        }
        text += *text != '\0';
        text += is_quoted && *text == ' ';
        (void)json_object_setn_new(fields, name, name_size, json_stringn(value, size));
    }
    return fields;
}

static json_t *event_json(const struct fl_log_recent *recent)
{
    char time[FL_OUTPUT_TIME_BYTES];
    fl_output_time_text(recent->time_ms, time);
    return json_pack(
        "{s:I, s:s, s:s, s:s, s:o}", "id", (json_int_t)recent->id, "time", time, "level",
        recent->level, "event", recent->event, "fields", fields_of(recent->fields));
}

static uint64_t head_of(struct fl_http *http)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    uint64_t lsn = fl_journal_head(&txn);
    fl_txn_abort(&txn);
    return lsn;
}

static void answer_stream(
    struct fl_http_request *request,
    uint64_t next,
    uint64_t position,
    json_t *take_events)
{
    struct fl_buffer text;
    char line[64];
    size_t index;
    json_t *event;
    fl_buffer_init(&text, 8 << 20);
    fl_buffer_put_text(&text, "retry: 1000\n\n");
    json_array_foreach(take_events, index, event)
    {
        char *data = json_dumps(event, JSON_COMPACT);
        snprintf(
            line, sizeof line, "id: %llu\nevent: ",
            (unsigned long long)json_integer_value(json_object_get(event, "id")));
        fl_buffer_put_text(&text, line);
        fl_buffer_put_text(&text, json_string_value(json_object_get(event, "event")));
        fl_buffer_put_text(&text, "\ndata: ");
        fl_buffer_put_text(&text, data == NULL ? "{}" : data);
        fl_buffer_put_text(&text, "\n\n");
        free(data);
    }
    snprintf(
        line, sizeof line, "id: %llu\nevent: position\ndata: %llu\n\n",
        (unsigned long long)(next - 1), (unsigned long long)position);
    fl_buffer_put_text(&text, line);
    fl_http_reply_copy(request, 200, "text/event-stream", fl_buffer_view(&text));
    fl_buffer_deinit(&text);
    json_decref(take_events);
}

static void answer(struct fl_http_request *request, const struct waiter *waiter)
{
    struct fl_log_recent recent;
    uint64_t id = waiter->from > 0 ? waiter->from - 1 : 0;
    uint64_t last = fl_log_recent_last();
    bool lost = waiter->from > last + 1 ||
                (last > FL_LOG_RECENT_MAX && id < last - FL_LOG_RECENT_MAX);
    json_t *events = json_array();
    id = waiter->from > last + 1 ? 0 : id;
    while (fl_log_recent_next(id, &recent) == FL_OK) {
        id = recent.id;
        (void)json_array_append_new(events, event_json(&recent));
    }
    uint64_t position = head_of(request->http);
    if (waiter->as_stream) {
        answer_stream(request, id + 1, position, events);
        return;
    }
    fl_http_reply_json(
        request, 200,
        json_pack(
            "{s:I, s:b, s:I, s:o}", "next", (json_int_t)(id + 1), "lost", lost,
            "position", (json_int_t)position, "events", events));
}

static void step_events(struct fl_http_request *request, uint64_t now_ms)
{
    struct waiter *waiter = request->state;
    bool is_news = fl_log_recent_last() + 1 != waiter->from ||
                   head_of(request->http) != waiter->position;
    if (is_news && waiter->found_ms == 0) {
        waiter->found_ms = now_ms;
    }
    if (now_ms >= waiter->end_ms ||
        (waiter->found_ms > 0 && now_ms >= waiter->found_ms + GATHER_MS)) {
        answer(request, waiter);
    }
}

static enum fl_status read_waiter(
    struct fl_http_request *request,
    struct waiter *waiter,
    struct fl_error *out_error)
{
    uint64_t seconds = 0;
    const char *accept = fl_http_request_header(request, "Accept");
    const char *seen = fl_http_request_header(request, "Last-Event-ID");
    waiter->as_stream = accept != NULL && strstr(accept, "text/event-stream") != NULL;
    enum fl_status status = fl_http_uri_number(
        &request->uri, "wait", WAIT_SECONDS, WAIT_SECONDS_MAX, &seconds, out_error);
    if (status == FL_OK) {
        status = fl_http_uri_number(
            &request->uri, "from", fl_log_recent_last() + 1, UINT64_MAX / 16,
            &waiter->from, out_error);
    }
    if (status == FL_OK) {
        status = fl_http_uri_number(
            &request->uri, "position", head_of(request->http), UINT64_MAX / 16,
            &waiter->position, out_error);
    }
    if (status == FL_OK && seen != NULL && waiter->as_stream) {
        waiter->from = strtoull(seen, NULL, 10) + 1;
    }
    bool at_once =
        !waiter->as_stream && fl_http_uri_argument(&request->uri, "from") == NULL;
    waiter->end_ms = request->http->now_ms + (at_once ? 0 : seconds * 1000);
    return status;
}

void fl_http_events(struct fl_http_request *request)
{
    struct fl_error error;
    struct waiter *waiter = fl_alloc_zeroed(1, sizeof *waiter);
    if (waiter == NULL) {
        (void)fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
        fl_http_reply_error(request, 500, &error);
        return;
    }
    if (read_waiter(request, waiter, &error) != FL_OK) {
        fl_http_reply_error(request, 400, &error);
        fl_free(waiter);
        return;
    }
    if (request->http->now_ms >= waiter->end_ms) {
        answer(request, waiter);
        fl_free(waiter);
        return;
    }
    fl_http_wait(request, step_events, waiter, fl_free);
}
