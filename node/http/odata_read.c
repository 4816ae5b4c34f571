#include "odata.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "odata_query.h"

void fl_odata_base(
    const struct fl_http_request *request,
    char out_text[FL_ODATA_BASE_BYTES])
{
    const char *host = fl_http_request_header(request, "Host");
    bool is_plain = host != NULL && strlen(host) < 256;
    for (const char *each = host; is_plain && *each != '\0'; each++) {
        is_plain = (*each >= 'a' && *each <= 'z') || (*each >= 'A' && *each <= 'Z') ||
                   (*each >= '0' && *each <= '9') || strchr(".:-[]", *each) != NULL;
    }
    if (is_plain) {
        snprintf(
            out_text, FL_ODATA_BASE_BYTES, "%s://%s/odata/standard.odata",
            request->http->is_secure ? "https" : "http", host);
    } else {
        snprintf(
            out_text, FL_ODATA_BASE_BYTES, "%s/odata/standard.odata", request->http->url);
    }
}

static json_t *context_of(
    const struct fl_http_request *request,
    const struct fl_type *type,
    bool is_one)
{
    char base[FL_ODATA_BASE_BYTES];
    char set[FL_ODATA_NAME_BYTES];
    fl_odata_base(request, base);
    fl_odata_set_name(type, set);
    return json_sprintf("%s/$metadata#%s%s", base, set, is_one ? "/@Element" : "");
}

/* --- a page --- */

static json_t *next_link(
    const struct fl_http_request *request,
    const struct fl_odata_query *query,
    const struct fl_type *type)
{
    const char *argument = NULL;
    char value[FL_KEY_BYTES * 2 + 1];
    char number[24];
    char set[FL_ODATA_NAME_BYTES];
    uint64_t top_left = 0;
    struct fl_buffer text;
    if (!fl_odata_query_next(query, &argument, value, &top_left)) {
        return NULL;
    }
    bool by_token = strcmp(argument, "$skiptoken") == 0;
    fl_buffer_init(&text, 4 * FL_HTTP_URI_BYTES_MAX);
    fl_odata_set_name(type, set);
    fl_http_uri_escape(&text, set);
    fl_buffer_put_text(&text, "?");
    for (size_t i = 0; i < request->uri.argument_count; i++) {
        const struct fl_http_argument *each = &request->uri.arguments[i];
        bool is_dropped = strcmp(each->name, argument) == 0 ||
                          (by_token && (strcmp(each->name, "$skip") == 0 ||
                                        strcmp(each->name, "$inlinecount") == 0));
        bool is_top = strcmp(each->name, "$top") == 0;
        snprintf(number, sizeof number, "%" PRIu64, top_left);
        if (!is_dropped) {
            fl_http_uri_escape(&text, each->name);
            fl_buffer_put_text(&text, "=");
            fl_http_uri_escape(&text, is_top ? number : each->value);
            fl_buffer_put_text(&text, "&");
        }
    }
    fl_http_uri_escape(&text, argument);
    fl_buffer_put_text(&text, "=");
    fl_http_uri_escape(&text, value);
    json_t *link = json_stringn((const char *)text.data, text.size);
    fl_buffer_deinit(&text);
    return link;
}

struct reading {
    struct fl_odata_query *query;
    uint32_t type;
    bool count_only;
};

static void reading_free(void *memory)
{
    struct reading *reading = memory;
    if (reading != NULL) {
        fl_odata_query_free(reading->query);
        fl_free(reading);
    }
}

static void answer_page(struct fl_http_request *request, struct reading *reading)
{
    const struct fl_type *type =
        fl_configuration_type(request->http->node->configuration, reading->type);
    uint64_t count = fl_odata_query_count(reading->query);
    if (reading->count_only) {
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, count);
        fl_http_reply_copy(
            request, 200, "text/plain; charset=utf-8", fl_bytes_of_text(text));
        return;
    }
    json_t *link = next_link(request, reading->query, type);
    json_t *page = json_pack("{s:o}", "odata.metadata", context_of(request, type, false));
    if (fl_odata_query_wants_count(reading->query)) {
        (void)json_object_set_new(page, "odata.count", json_sprintf("%" PRIu64, count));
    }
    (void)json_object_set_new(page, "value", fl_odata_query_take(reading->query));
    if (link != NULL) {
        (void)json_object_set_new(page, "odata.nextLink", link);
    }
    fl_http_reply_json(request, 200, page);
}

/* Some slices; true: it is answered. */
static bool go_on(struct fl_http_request *request, struct reading *reading)
{
    struct fl_error error;
    bool done = false;
    while (!done && fl_http_may_look(request)) {
        enum fl_status status = fl_odata_query_run(reading->query, &done, &error);
        if (status != FL_OK) {
            fl_http_reply_failure(request, status, &error);
            return true;
        }
    }
    if (done) {
        answer_page(request, reading);
    }
    return done;
}

static void step_reading(struct fl_http_request *request, uint64_t now_ms)
{
    (void)now_ms;
    (void)go_on(request, request->state);
}

static void read_set(
    struct fl_http_request *request,
    const struct fl_type *type,
    bool count_only)
{
    struct fl_error error;
    struct reading *reading = fl_alloc_zeroed(1, sizeof *reading);
    if (reading == NULL) {
        (void)fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
        fl_http_reply_failure(request, FL_NO_MEMORY, &error);
        return;
    }
    reading->type = type->number;
    reading->count_only = count_only;
    enum fl_status status = fl_odata_query_new(
        request->http->node, type, &request->uri, count_only, &reading->query, &error);
    if (status != FL_OK) {
        fl_http_reply_failure(request, status, &error);
        reading_free(reading);
    } else if (go_on(request, reading)) {
        reading_free(reading);
    } else {
        fl_http_wait(request, step_reading, reading, reading_free);
    }
}

/* --- one --- */

json_t *fl_odata_read_one(
    const struct fl_http_request *request,
    const struct fl_type *type,
    struct fl_key key,
    uint64_t *out_lsn)
{
    struct fl_http *http = request->http;
    struct fl_txn txn;
    struct fl_arena arena;
    struct fl_object object;
    struct fl_entry entry;
    json_t *entity = NULL;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    enum fl_status status = fl_change_current(&txn, key, &arena, &object, &entry, NULL);
    if (status == FL_NOT_FOUND && type->kind == FL_KIND_CONSTANT) {
        /* One that was never given a value has the empty one. */
        object = (struct fl_object){.key = key};
        entry.lsn = 0;
        status = FL_OK;
    }
    if (status == FL_OK) {
        json_t *entities = json_array();
        if (fl_odata_entities(http->node->configuration, &object, entry.lsn, entities)) {
            entity = json_incref(json_array_get(entities, 0));
        }
        json_decref(entities);
        *out_lsn = entry.lsn;
    }
    fl_txn_abort(&txn);
    fl_arena_deinit(&arena);
    if (entity == NULL) {
        return NULL;
    }
    json_t *whole = json_pack("{s:o}", "odata.metadata", context_of(request, type, true));
    (void)json_object_update(whole, entity);
    json_decref(entity);
    return whole;
}

static void read_object(
    struct fl_http_request *request,
    const struct fl_type *type,
    const struct fl_odata_key *address)
{
    struct fl_error error;
    struct fl_key key;
    char version[FL_ODATA_VERSION_BYTES];
    char tag[FL_ODATA_VERSION_BYTES + 4];
    uint64_t lsn = 0;
    enum fl_status status =
        fl_odata_key_of(request->http->node->configuration, type, address, &key, &error);
    if (status != FL_OK) {
        fl_http_reply_failure(request, status, &error);
        return;
    }
    json_t *entity = fl_odata_read_one(request, type, key, &lsn);
    if (entity == NULL) {
        (void)fl_error_set(
            &error, FL_NOT_FOUND, "%.200s is not here (it never was, or was deleted)",
            request->uri.path);
        fl_http_reply_failure(request, FL_NOT_FOUND, &error);
        return;
    }
    const char *select = fl_http_uri_argument(&request->uri, "$select");
    if (select != NULL) {
        fl_odata_select(entity, select);
    }
    fl_http_reply_json(request, 200, entity);
    fl_odata_version(lsn, version);
    snprintf(tag, sizeof tag, "\"%s\"", version);
    fl_http_reply_header(request, "ETag", tag);
}

void fl_odata_read(struct fl_http_request *request, const struct fl_odata_key *key)
{
    const struct fl_type *type = NULL;
    struct fl_error error;
    bool is_count = fl_bytes_equal(key->rest, fl_bytes_of_text("$count"));
    enum fl_status status =
        fl_odata_set_find(request->http->node->configuration, key->set, &type, &error);
    if (status == FL_OK && key->rest.size > 0 && (!is_count || key->has_key)) {
        status = fl_error_set(
            &error, FL_NOT_FOUND,
            "behind a set stands only /$count; refs are read by their own address");
    }
    if (status != FL_OK) {
        fl_http_reply_failure(request, status, &error);
    } else if (key->has_key || type->kind == FL_KIND_CONSTANT) {
        read_object(request, type, key);
    } else {
        read_set(request, type, is_count);
    }
}
