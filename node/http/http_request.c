#include "http_request.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *fl_http_request_header(
    const struct fl_http_request *request,
    const char *name)
{
    if (request->connection == NULL) {
        return strcmp(name, "If-Match") == 0 ? request->if_match : NULL;
    }
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

json_t *fl_http_request_json(struct fl_http_request *request)
{
    struct fl_error error;
    json_error_t reason = {.line = 1};
    struct fl_bytes body = fl_buffer_view(&request->body);
    json_t *json = body.size == 0 ? NULL
                                  : json_loadb(
                                        (const char *)body.data, body.size,
                                        JSON_REJECT_DUPLICATES, &reason);
    if (json_is_object(json)) {
        return json;
    }
    if (body.size == 0) {
        (void)fl_error_set(
            &error, FL_MALFORMED, "the request needs a JSON object as its body");
    } else if (json == NULL) {
        (void)fl_error_set(
            &error, FL_MALFORMED, "the body is not JSON, line %d, column %d: %s",
            reason.line, reason.column, reason.text);
    } else {
        (void)fl_error_set(&error, FL_MALFORMED, "the body must be a JSON object");
    }
    json_decref(json);
    fl_http_reply_error(request, 400, &error);
    return NULL;
}

void fl_http_reply_clear(struct fl_http_reply *reply)
{
    if (reply->release != NULL) {
        reply->release(reply->body);
    }
    if (reply->code != 0 && reply->file >= 0) {
        (void)close(reply->file);
    }
    *reply = (struct fl_http_reply){.file = -1};
}

void fl_http_reply_take(
    struct fl_http_request *request,
    unsigned code,
    const char *type,
    char *take_body,
    size_t size,
    void (*release)(void *body))
{
    fl_http_reply_clear(&request->reply);
    request->reply.code = code;
    request->reply.type = type;
    request->reply.body = take_body;
    request->reply.size = size;
    request->reply.release = release;
}

static void no_memory(struct fl_http_request *request)
{
    static char words[] =
        "{\"odata.error\":{\"code\":\"no_memory\",\"message\":{\"lang\":\"en\","
        "\"value\":\"not enough memory\"}}}";
    fl_http_reply_take(request, 500, "application/json", words, sizeof words - 1, NULL);
}

void fl_http_reply_json(struct fl_http_request *request, unsigned code, json_t *take_json)
{
    char *text = take_json == NULL
                     ? NULL
                     : json_dumps(take_json, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(take_json);
    if (text == NULL) {
        no_memory(request);
        return;
    }
    fl_http_reply_take(
        request, code, "application/json; charset=utf-8", text, strlen(text), free);
}

void fl_http_reply_copy(
    struct fl_http_request *request,
    unsigned code,
    const char *type,
    struct fl_bytes body)
{
    char *copy = fl_alloc(body.size + 1);
    if (copy == NULL) {
        no_memory(request);
        return;
    }
    memcpy(copy, body.size == 0 ? (const uint8_t *)"" : body.data, body.size);
    fl_http_reply_take(request, code, type, copy, body.size, fl_free);
}

void fl_http_reply_header(
    struct fl_http_request *request,
    const char *name,
    const char *value)
{
    struct fl_http_reply *reply = &request->reply;
    FL_ASSERT(reply->header_count < FL_HTTP_HEADERS_MAX);
    reply->headers[reply->header_count].name = name;
    snprintf(
        reply->headers[reply->header_count].value, FL_HTTP_HEADER_BYTES, "%s", value);
    reply->header_count++;
}

static unsigned code_of(enum fl_status status)
{
    switch (status) {
    case FL_OK:
        return 200;
    case FL_NOT_FOUND:
        return 404;
    case FL_MALFORMED:
        return 400;
    case FL_UNTRUSTED:
        return 403;
    case FL_REFUSED:
        return 409;
    case FL_BUSY:
        return 503;
    case FL_FULL:
        return 507;
    case FL_LIMIT:
        return 413;
    case FL_UNSUPPORTED:
        return 501;
    case FL_NO_MEMORY:
    case FL_IO:
        return 500;
    }
    return 500;
}

json_t *fl_http_error_json(
    const struct fl_http_request *request,
    const struct fl_error *error)
{
    struct fl_bytes words =
        fl_bytes_utf8_beginning(fl_bytes_of_text(error->text), FL_ERROR_TEXT_BYTES_MAX);
    return json_pack(
        "{s:{s:s, s:{s:s, s:o}}}", "odata.error", "code", fl_status_name(error->status),
        "message", "lang", request->in_russian ? "ru" : "en", "value",
        json_stringn((const char *)words.data, words.size));
}

void fl_http_reply_error(
    struct fl_http_request *request,
    unsigned code,
    const struct fl_error *error)
{
    fl_http_reply_json(request, code, fl_http_error_json(request, error));
    if (code == 401) {
        fl_http_reply_header(request, "WWW-Authenticate", "Bearer realm=\"filial\"");
    }
}

void fl_http_reply_failure(
    struct fl_http_request *request,
    enum fl_status status,
    const struct fl_error *error)
{
    struct fl_error words = *error;
    words.status = status;
    fl_http_reply_error(request, code_of(status), &words);
}

bool fl_http_may_look(struct fl_http_request *request)
{
    struct fl_http *http = request->http;
    if (http->slices_left == 0) {
        http->has_more = true;
        return false;
    }
    http->slices_left--;
    http->served_id = request->id;
    return true;
}

void fl_http_wait(
    struct fl_http_request *request,
    fl_http_step step,
    void *take_state,
    void (*state_free)(void *state))
{
    FL_ASSERT(request->connection != NULL);
    request->step = step;
    request->state = take_state;
    request->state_free = state_free;
}

bool fl_http_go_on(struct fl_http_request *request, uint64_t now_ms)
{
    request->step(request, now_ms);
    if (request->reply.code == 0) {
        return true;
    }
    if (request->state_free != NULL) {
        request->state_free(request->state);
    }
    request->step = NULL;
    request->state = NULL;
    request->state_free = NULL;
    return false;
}
