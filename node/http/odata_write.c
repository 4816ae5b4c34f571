#include "odata.h"

#include <stdio.h>
#include <string.h>

#include "language.h"

/* What PUT does not name is empty afterwards. */
static void empty_the_rest(const struct fl_type *type, json_t *line)
{
    json_t *set = json_object_get(line, "set");
    for (size_t i = 0; set != NULL && i < type->attribute_count; i++) {
        if (type->attributes[i].place != FL_PLACE_NONE &&
            json_object_get(set, type->attributes[i].name) == NULL) {
            (void)json_object_set_new(set, type->attributes[i].name, json_null());
        }
    }
    for (size_t i = 0; set != NULL && i < type->section_count; i++) {
        if (json_object_get(set, type->sections[i].name) == NULL) {
            (void)json_object_set_new(set, type->sections[i].name, json_array());
        }
    }
}

/*
 * PATCH of a record of an independent register: what it does not name stays as it is. The
 * change holds only while the record is the one that was read.
 */
static enum fl_status merge_record(
    struct fl_http *http,
    const struct fl_odata_change *change,
    json_t **out_body,
    struct fl_http_change *out_change,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_arena arena;
    struct fl_object object;
    struct fl_entry entry;
    struct fl_key key;
    json_t *entities = json_array();
    enum fl_status status = fl_odata_key_of(
        change->configuration, change->type, change->key, &key, out_error);
    if (status != FL_OK) {
        json_decref(entities);
        return status;
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    status = fl_change_current(&txn, key, &arena, &object, &entry, out_error);
    if (status == FL_OK &&
        !fl_odata_entities(change->configuration, &object, entry.lsn, entities)) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_txn_abort(&txn);
    fl_arena_deinit(&arena);
    json_t *entity = json_array_get(entities, 0);
    if (status == FL_NOT_FOUND || (status == FL_OK && entity == NULL)) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND, "this record is not here; POST makes it");
    } else if (status == FL_OK) {
        *out_body = json_incref(entity);
        (void)json_object_update(*out_body, (json_t *)(uintptr_t)change->body);
        if (!out_change->has_version) {
            out_change->has_version = true;
            out_change->version = entry.lsn;
        }
    }
    json_decref(entities);
    return status;
}

static enum fl_status line_of(
    struct fl_http *http,
    enum fl_http_method method,
    const struct fl_odata_change *change,
    struct fl_http_change *out_change,
    struct fl_error *out_error)
{
    struct fl_odata_change merged = *change;
    json_t *body = NULL;
    bool is_record =
        fl_kind_is_register(change->type->kind) && !change->type->by_recorder;
    enum fl_status status = FL_OK;
    if (method == FL_HTTP_PATCH && is_record) {
        status = merge_record(http, change, &body, out_change, out_error);
        merged.body = body;
    }
    if (status == FL_OK) {
        status = fl_odata_put_line(&merged, &out_change->line, out_error);
    }
    if (status == FL_OK && method == FL_HTTP_PUT) {
        empty_the_rest(change->type, out_change->line);
    }
    json_decref(body);
    return status;
}

static enum fl_status check_target(
    enum fl_http_method method,
    const struct fl_type *type,
    const struct fl_odata_key *key,
    struct fl_error *out_error)
{
    bool is_constant = type->kind == FL_KIND_CONSTANT;
    if (key->rest.size > 0) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "functions and properties behind an object (%.*s) are not handled",
            (int)(key->rest.size > 60 ? 60 : key->rest.size),
            (const char *)key->rest.data);
    }
    if (method == FL_HTTP_POST && (key->has_key || is_constant)) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "POST goes to a set and makes a new object; PATCH changes one");
    }
    if (method != FL_HTTP_POST && !key->has_key && !is_constant) {
        return fl_error_set(
            out_error, FL_MALFORMED, "name the object: %.*s(guid'...')",
            (int)(key->set.size > 200 ? 200 : key->set.size),
            (const char *)key->set.data);
    }
    return FL_OK;
}

enum fl_status fl_odata_change_of(
    struct fl_http *http,
    enum fl_http_method method,
    const struct fl_odata_key *key,
    const json_t *body,
    const char *if_match,
    struct fl_http_change *out_change,
    struct fl_error *out_error)
{
    struct fl_odata_change change = {
        .configuration = http->node->configuration, .key = key, .body = body};
    *out_change = (struct fl_http_change){.line = NULL};
    enum fl_status status =
        fl_odata_set_find(http->node->configuration, key->set, &change.type, out_error);
    if (status == FL_OK) {
        status = check_target(method, change.type, key, out_error);
    }
    if (status == FL_OK && if_match != NULL && strcmp(if_match, "*") != 0) {
        out_change->has_version = true;
        if (!fl_odata_version_parse(if_match, &out_change->version)) {
            status = fl_error_set(
                out_error, FL_MALFORMED, "If-Match takes a DataVersion, not %.60s",
                if_match);
        }
    }
    if (status != FL_OK) {
        return status;
    }
    bool is_object = fl_kind_has_ref(change.type->kind);
    switch (method) {
    case FL_HTTP_POST:
        out_change->must = FL_HTTP_MUST_BE_NEW;
        return line_of(http, method, &change, out_change, out_error);
    case FL_HTTP_PATCH:
        out_change->must = is_object ? FL_HTTP_MUST_EXIST : FL_HTTP_MUST_NOTHING;
        return line_of(http, method, &change, out_change, out_error);
    case FL_HTTP_PUT:
        return line_of(http, method, &change, out_change, out_error);
    case FL_HTTP_DELETE:
        out_change->must = FL_HTTP_MUST_EXIST;
        return fl_odata_delete_line(&change, &out_change->line, out_error);
    case FL_HTTP_GET:
    case FL_HTTP_OTHER:
        break;
    }
    return fl_error_set(
        out_error, FL_UNSUPPORTED, "a change is POST, PATCH, PUT or DELETE");
}

/* --- one request --- */

static void tell_place(
    struct fl_http_request *request,
    const struct fl_type *type,
    struct fl_key key)
{
    enum { TEXT_BYTES_MAX = 8192 };
    char base[FL_ODATA_BASE_BYTES];
    char set[FL_ODATA_NAME_BYTES];
    char tail[FL_UUID_TEXT_BYTES + 16];
    struct fl_buffer text;
    fl_odata_base(request, base);
    fl_odata_set_name(type, set);
    snprintf(tail, sizeof tail, "(guid'%s')", fl_uuid_text(key.id).text);
    fl_buffer_init(&text, TEXT_BYTES_MAX);
    fl_buffer_put_text(&text, base);
    fl_buffer_put_text(&text, "/");
    fl_http_uri_escape(&text, set);
    fl_buffer_put_text(&text, tail);
    fl_buffer_put_u8(&text, 0);
    if (fl_buffer_status(&text) == FL_OK && text.size <= FL_HTTP_HEADER_BYTES) {
        fl_http_reply_header(request, "Location", (const char *)text.data);
    }
    fl_buffer_deinit(&text);
}

static void tell(struct fl_http_request *request, const struct fl_http_written *written)
{
    const struct fl_configuration *configuration = request->http->node->configuration;
    uint64_t lsn = 0;
    if (written->status != FL_OK && written->precondition) {
        fl_http_reply_error(request, 412, written->error);
        return;
    }
    if (written->status != FL_OK) {
        fl_http_reply_failure(request, written->status, written->error);
        return;
    }
    if (request->method == FL_HTTP_DELETE) {
        fl_http_reply_copy(request, 204, NULL, (struct fl_bytes){NULL, 0});
        return;
    }
    struct fl_key key = written->changes[0].key;
    const struct fl_type *type = fl_configuration_type(configuration, key.type);
    json_t *entity = type == NULL ? NULL : fl_odata_read_one(request, type, key, &lsn);
    bool is_new = request->method == FL_HTTP_POST;
    fl_http_reply_json(
        request, is_new ? 201 : 200, entity == NULL ? json_object() : entity);
    if (is_new && type != NULL && fl_kind_has_ref(type->kind)) {
        tell_place(request, type, key);
    }
}

void fl_odata_write(struct fl_http_request *request, const struct fl_odata_key *key)
{
    struct fl_error error;
    json_t *body = NULL;
    if (request->method != FL_HTTP_DELETE) {
        body = fl_http_request_json(request);
        if (body == NULL) {
            return;
        }
    }
    struct fl_http_change *change = fl_alloc_zeroed(1, sizeof *change);
    enum fl_status status =
        change == NULL ? fl_error_set(&error, FL_NO_MEMORY, "not enough memory")
                       : fl_odata_change_of(
                             request->http, request->method, key, body,
                             fl_http_request_header(request, "If-Match"), change, &error);
    json_decref(body);
    if (status != FL_OK) {
        fl_http_changes_free(change, change == NULL ? 0 : 1);
        fl_http_reply_failure(request, status, &error);
        return;
    }
    fl_http_write(request, change, 1, tell);
}
