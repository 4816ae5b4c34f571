/*
 * POST /odata/standard.odata/$batch: changes that are written together, all or none, in
 * one transaction that travels to other nodes as one.
 *
 *     {"requests": [{"id": "1", "method": "POST", "url": "Catalog_X", "body": {...}},
 *                   {"id": "2", "method": "PATCH", "url": "Catalog_X(guid'...')",
 *                    "headers": {"If-Match": "..."}, "body": {...}}]}
 *     {"responses": [{"id": "1", "status": 201, "body": {"Ref_Key": "..."}}, ...]}
 */

#include "odata.h"

#include <stdio.h>
#include <string.h>

#include "change/ref.h"
#include "language.h"

struct item {
    const char *id;
    enum fl_http_method method;
};

struct batch {
    json_t *body; /* what the ids point into */
    struct item *items;
    size_t count;
};

static void batch_free(void *memory)
{
    struct batch *batch = memory;
    if (batch != NULL) {
        json_decref(batch->body);
        fl_free(batch->items);
        fl_free(batch);
    }
}

static enum fl_http_method method_of(const char *text)
{
    static const struct {
        const char *text;
        enum fl_http_method method;
    } methods[] = {
        {"POST", FL_HTTP_POST},   {"PATCH", FL_HTTP_PATCH},   {"MERGE", FL_HTTP_PATCH},
        {"PUT", FL_HTTP_PUT},     {"DELETE", FL_HTTP_DELETE}, {"post", FL_HTTP_POST},
        {"patch", FL_HTTP_PATCH}, {"put", FL_HTTP_PUT},       {"delete", FL_HTTP_DELETE}};
    for (size_t i = 0; text != NULL && i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(text, methods[i].text) == 0) {
            return methods[i].method;
        }
    }
    return FL_HTTP_OTHER;
}

/* Relative to the service, or whole. */
static const char *path_of(const char *url)
{
    static const char root[] = "/odata/standard.odata/";
    const char *found = strstr(url, root);
    return found != NULL ? found + sizeof root - 1 : url + (url[0] == '/');
}

static enum fl_status take_item(
    struct fl_http_request *request,
    const json_t *json,
    struct item *item,
    struct fl_http_change *change,
    struct fl_error *out_error)
{
    const char *url = json_string_value(json_object_get(json, "url"));
    const json_t *body = json_object_get(json, "body");
    const json_t *headers = json_object_get(json, "headers");
    const char *match = json_string_value(json_object_get(headers, "If-Match"));
    struct fl_http_uri uri;
    struct fl_odata_key key;
    char text[4096];
    item->id = json_string_value(json_object_get(json, "id"));
    item->method = method_of(json_string_value(json_object_get(json, "method")));
    if (item->id == NULL || url == NULL || item->method == FL_HTTP_OTHER ||
        (item->method != FL_HTTP_DELETE && !json_is_object(body))) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "it must be {\"id\": \"...\", \"method\": \"POST, PATCH, PUT or DELETE\", "
            "\"url\": \"Catalog_X\", \"body\": {...}}");
    }
    int size = snprintf(text, sizeof text, "/%s", path_of(url));
    if (size < 0 || (size_t)size >= sizeof text) {
        return fl_error_set(out_error, FL_LIMIT, "its address is too long");
    }
    enum fl_status status =
        fl_http_uri_parse(fl_bytes_of_text(text), &request->arena, &uri, out_error);
    if (status == FL_OK) {
        status = fl_odata_key_parse(
            fl_bytes_of_text(uri.path + 1), &request->arena, &key, out_error);
    }
    return status == FL_OK
               ? fl_odata_change_of(
                     request->http, item->method, &key, body, match, change, out_error)
               : status;
}

static json_t *response_of(
    struct fl_http_request *request,
    const struct item *item,
    const struct fl_http_change *change)
{
    const struct fl_configuration *configuration = request->http->node->configuration;
    const struct fl_type *type = fl_configuration_type(configuration, change->key.type);
    json_t *body = json_object();
    unsigned code = item->method == FL_HTTP_POST     ? 201
                    : item->method == FL_HTTP_DELETE ? 204
                                                     : 200;
    if (type != NULL && fl_kind_has_ref(type->kind)) {
        (void)json_object_set_new(
            body, "Ref_Key", json_string(fl_uuid_text(change->key.id).text));
    }
    return json_pack(
        "{s:s, s:i, s:o}", "id", item->id, "status", (int)code, "body", body);
}

static void tell(struct fl_http_request *request, const struct fl_http_written *written)
{
    struct batch *batch = request->state;
    if (written->status != FL_OK) {
        struct fl_error error = *written->error;
        if (written->failed < written->count) {
            fl_error_prefix(
                &error, "request \"%.100s\", nothing was written",
                batch->items[written->failed].id);
        }
        if (written->precondition) {
            fl_http_reply_error(request, 412, &error);
        } else {
            fl_http_reply_failure(request, written->status, &error);
        }
        return;
    }
    json_t *responses = json_array();
    for (size_t i = 0; i < written->count; i++) {
        (void)json_array_append_new(
            responses, response_of(request, &batch->items[i], &written->changes[i]));
    }
    fl_http_reply_json(request, 200, json_pack("{s:o}", "responses", responses));
}

static enum fl_status take_all(
    struct fl_http_request *request,
    struct batch *batch,
    struct fl_http_change *changes,
    struct fl_error *out_error)
{
    const json_t *list = json_object_get(batch->body, "requests");
    for (size_t i = 0; i < batch->count; i++) {
        enum fl_status status = take_item(
            request, json_array_get(list, i), &batch->items[i], &changes[i], out_error);
        if (status != FL_OK) {
            if (batch->items[i].id != NULL) {
                fl_error_prefix(
                    out_error, "request \"%.100s\", nothing was written",
                    batch->items[i].id);
            } else {
                fl_error_prefix(
                    out_error, "request %zu of the batch, nothing was written", i + 1);
            }
            return status;
        }
    }
    return FL_OK;
}

static struct batch *batch_new(json_t *take_body)
{
    struct batch *batch = fl_alloc_zeroed(1, sizeof *batch);
    if (batch == NULL) {
        json_decref(take_body);
        return NULL;
    }
    batch->body = take_body;
    batch->count = json_array_size(json_object_get(take_body, "requests"));
    if (batch->count <= FL_HTTP_CHANGES_MAX) {
        batch->items = fl_alloc_zeroed(batch->count + 1, sizeof *batch->items);
    }
    return batch;
}

void fl_odata_batch(struct fl_http_request *request)
{
    struct fl_error error = {.text = ""};
    const char *type = fl_http_request_header(request, "Content-Type");
    if (type != NULL && strncmp(type, "multipart/", 10) == 0) {
        (void)fl_error_set(
            &error, FL_UNSUPPORTED,
            "a batch is JSON here: Content-Type: application/json, {\"requests\": "
            "[...]}");
        fl_http_reply_error(request, 415, &error);
        return;
    }
    json_t *body = fl_http_request_json(request);
    if (body == NULL) {
        return;
    }
    struct batch *batch = batch_new(body);
    struct fl_http_change *changes =
        batch == NULL || batch->items == NULL
            ? NULL
            : fl_alloc_zeroed(batch->count + 1, sizeof *changes);
    enum fl_status status = FL_OK;
    if (batch != NULL && (batch->count == 0 || batch->count > FL_HTTP_CHANGES_MAX)) {
        status = fl_error_set(
            &error, batch->count == 0 ? FL_MALFORMED : FL_LIMIT,
            "\"requests\" must be an array of 1 to %d changes", FL_HTTP_CHANGES_MAX);
    } else if (changes == NULL) {
        status = fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
    } else {
        status = take_all(request, batch, changes, &error);
    }
    if (status != FL_OK) {
        fl_http_changes_free(changes, changes == NULL ? 0 : batch->count);
        batch_free(batch);
        fl_http_reply_failure(request, status, &error);
        return;
    }
    request->state = batch;
    request->state_free = batch_free;
    fl_http_write(request, changes, batch->count, tell);
}
