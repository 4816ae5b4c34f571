/*
 * GET /api/changes: what has changed here behind a position, in the order of the journal,
 * each object once and as it is now. A long poll: with nothing new it waits.
 *
 *     ?from=4711&stream=UUID&wait=30&limit=500&sets=Catalog_X,Document_Y
 *     {"stream": "UUID", "next": 4712, "complete": true, "more": false, "changes": [
 *         {"position": 4712, "set": "Catalog_X", "key": {"Ref_Key": "..."},
 *          "deleted": false, "values": [{...}]}]}
 *
 * `from` is the last position that the reader has; `next` is to be the next `from`. A
 * position counts in one stream: the store of a node that was restored has another one,
 * and an old position is refused with 410. `complete` false: deletions behind `from` are
 * forgotten here, so the reader has to compare what it has. `values` are the entities of
 * OData: one, or the records of a register's set.
 */

#include "http_api.h"

#include <stdio.h>
#include <string.h>

#include "odata_entity.h"
#include "proto/record.h"
#include "proto/system.h"
#include "storage/sweeper.h"

enum {
    WAIT_SECONDS_MAX = 60,
    LIMIT = 500,
    LIMIT_MAX = 5000,
    SLICE_ENTRIES = 2048,
    ANSWER_BYTES = 8 << 20, /* of records, behind which an answer ends */
    SETS_MAX = 64,
};

struct feed {
    uint64_t from;
    uint64_t at; /* looked at up to here */
    uint64_t limit;
    uint64_t end_ms;
    uint64_t bytes;
    bool complete;
    bool more;
    size_t set_count; /* 0: all */
    uint32_t sets[SETS_MAX];
    json_t *changes;
};

static void feed_free(void *memory)
{
    struct feed *feed = memory;
    if (feed != NULL) {
        json_decref(feed->changes);
        fl_free(feed);
    }
}

static bool is_wanted(const struct feed *feed, uint32_t type)
{
    bool is_found = feed->set_count == 0;
    for (size_t i = 0; i < feed->set_count; i++) {
        is_found = is_found || feed->sets[i] == type;
    }
    return is_found;
}

/* The filter of a record set: a record that has nothing else. */
static void add_filter(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_object *object,
    json_t *key)
{
    static const char *const suffixes[] = {"", "_Key", "_Type"};
    enum { SUFFIXES = sizeof suffixes / sizeof suffixes[0] };
    struct fl_row row = {object->field_count, object->fields};
    struct fl_section records = {FL_SECTION_RECORDS, 1, &row};
    struct fl_object one = {.key = object->key, .section_count = 1, .sections = &records};
    json_t *entities = json_array();
    (void)fl_odata_entities(configuration, &one, 0, entities);
    json_t *entity = json_array_get(entities, 0);
    json_t *rows = json_object_get(entity, "RecordSet");
    json_t *from = rows != NULL ? json_array_get(rows, 0) : entity;
    for (size_t i = 0; i < type->attribute_count * SUFFIXES; i++) {
        const struct fl_attribute *attribute = &type->attributes[i / SUFFIXES];
        char name[FL_ODATA_NAME_BYTES];
        snprintf(name, sizeof name, "%s%s", attribute->name, suffixes[i % SUFFIXES]);
        json_t *value = json_object_get(from, name);
        if (attribute->in_filter && value != NULL) {
            (void)json_object_set(key, name, value);
        }
    }
    json_decref(entities);
}

/* The members of an entity that name it. */
static json_t *key_json(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_object *object)
{
    json_t *key = json_object();
    if (fl_kind_has_ref(type->kind)) {
        (void)json_object_set_new(
            key, "Ref_Key", json_string(fl_uuid_text(object->key.id).text));
    } else if (fl_kind_is_register(type->kind)) {
        add_filter(configuration, type, object, key);
    }
    return key;
}

static enum fl_status add_change(
    const struct fl_configuration *configuration,
    struct feed *feed,
    const struct fl_entry *entry,
    struct fl_arena *arena,
    struct fl_error *out_error)
{
    const struct fl_type *type = fl_configuration_type(configuration, entry->key.type);
    bool deleted = (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0;
    char set[FL_ODATA_NAME_BYTES];
    struct fl_object object;
    fl_arena_reset(arena);
    enum fl_status status =
        fl_record_decode(entry->key, deleted, entry->record, arena, &object);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    json_t *values = json_array();
    if (!deleted && !fl_odata_entities(configuration, &object, entry->lsn, values)) {
        json_decref(values);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_odata_set_name(type, set);
    json_t *change = json_pack(
        "{s:I, s:s, s:o, s:b, s:b, s:o}", "position", (json_int_t)entry->lsn, "set", set,
        "key", key_json(configuration, type, &object), "deleted", deleted, "withdrawn",
        (entry->flags & FL_ENTRY_WITHDRAWN) != 0, "values", values);
    feed->bytes += entry->record.size;
    return json_array_append_new(feed->changes, change) == 0
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* `*out_end`: the head of the journal is reached, or the answer is full. */
static enum fl_status look(
    struct fl_http *http,
    struct feed *feed,
    bool *out_end,
    struct fl_error *out_error)
{
    const struct fl_configuration *configuration = http->node->configuration;
    struct fl_txn txn;
    struct fl_journal_scan scan = {0};
    struct fl_entry entry;
    struct fl_arena arena;
    enum fl_status status = FL_OK;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    feed->complete = feed->from == 0 || feed->from >= fl_sweep_purged_lsn(&txn);
    fl_journal_scan_begin(&scan, &txn, feed->at + 1);
    for (size_t i = 0; i < SLICE_ENTRIES && status == FL_OK && !feed->more; i++) {
        status = fl_journal_scan_next_live(&scan, &entry);
        bool is_object = status == FL_OK && !fl_system_is(entry.key.type) &&
                         fl_configuration_type(configuration, entry.key.type) != NULL &&
                         is_wanted(feed, entry.key.type);
        if (status == FL_MALFORMED) {
            (void)fl_error_set(
                out_error, status, "an entry of the journal does not read");
        } else if (
            is_object && (json_array_size(feed->changes) >= feed->limit ||
                          feed->bytes > ANSWER_BYTES)) {
            feed->more = true;
        } else if (status == FL_OK) {
            status = is_object
                         ? add_change(configuration, feed, &entry, &arena, out_error)
                         : FL_OK;
            feed->at = entry.lsn;
        }
    }
    *out_end = status == FL_NOT_FOUND || feed->more;
    fl_journal_scan_end(&scan);
    fl_txn_abort(&txn);
    fl_arena_deinit(&arena);
    return status == FL_NOT_FOUND ? FL_OK : status;
}

static void answer(struct fl_http_request *request, struct feed *feed)
{
    json_t *changes = feed->changes;
    feed->changes = NULL;
    fl_http_reply_json(
        request, 200,
        json_pack(
            "{s:s, s:I, s:b, s:b, s:o}", "stream",
            fl_uuid_text(request->http->node->identity->incarnation).text, "next",
            (json_int_t)feed->at, "complete", feed->complete, "more", feed->more,
            "changes", changes));
}

/* True: it is answered. */
static bool go_on(struct fl_http_request *request, struct feed *feed, uint64_t now_ms)
{
    struct fl_error error;
    bool is_end = false;
    if (!fl_http_may_look(request)) {
        return false;
    }
    enum fl_status status = look(request->http, feed, &is_end, &error);
    if (status != FL_OK) {
        fl_http_reply_failure(request, status, &error);
        return true;
    }
    if (!is_end) {
        request->http->has_more = true; /* there is more to do: do not wait */
        return false;
    }
    if (json_array_size(feed->changes) > 0 || now_ms >= feed->end_ms) {
        answer(request, feed);
        return true;
    }
    return false;
}

static void step_feed(struct fl_http_request *request, uint64_t now_ms)
{
    (void)go_on(request, request->state, now_ms);
}

static enum fl_status read_sets(
    struct fl_http_request *request,
    struct feed *feed,
    struct fl_error *out_error)
{
    const char *text = fl_http_uri_argument(&request->uri, "sets");
    enum fl_status status = FL_OK;
    while (text != NULL && *text != '\0' && status == FL_OK) {
        const struct fl_type *type = NULL;
        size_t size = strcspn(text, ",");
        if (feed->set_count == SETS_MAX) {
            return fl_error_set(
                out_error, FL_LIMIT, "sets names at most %d sets", SETS_MAX);
        }
        status = fl_odata_set_find(
            request->http->node->configuration,
            (struct fl_bytes){(const uint8_t *)text, size}, &type, out_error);
        if (status == FL_OK) {
            feed->sets[feed->set_count++] = type->number;
        }
        text += size + (text[size] == ',');
    }
    return status;
}

static enum fl_status read_feed(
    struct fl_http_request *request,
    struct feed *feed,
    struct fl_error *out_error)
{
    const struct fl_http_uri *uri = &request->uri;
    uint64_t seconds = 0;
    enum fl_status status =
        fl_http_uri_number(uri, "wait", 0, WAIT_SECONDS_MAX, &seconds, out_error);
    if (status == FL_OK) {
        status =
            fl_http_uri_number(uri, "from", 0, UINT64_MAX / 16, &feed->from, out_error);
    }
    if (status == FL_OK) {
        status =
            fl_http_uri_number(uri, "limit", LIMIT, LIMIT_MAX, &feed->limit, out_error);
    }
    feed->at = feed->from;
    feed->limit = feed->limit == 0 ? 1 : feed->limit;
    feed->end_ms = request->http->now_ms + seconds * 1000;
    return status == FL_OK ? read_sets(request, feed, out_error) : status;
}

/* A position of another stream, or one that this stream has not reached, means nothing.
 */
static bool is_ours(
    struct fl_http_request *request,
    const struct feed *feed,
    struct fl_error *out_error)
{
    const char *stream = fl_http_uri_argument(&request->uri, "stream");
    struct fl_uuid_text ours = fl_uuid_text(request->http->node->identity->incarnation);
    struct fl_txn txn;
    fl_txn_begin(&txn, request->http->node->store, FL_TXN_READ);
    uint64_t head = fl_journal_head(&txn);
    fl_txn_abort(&txn);
    if ((stream == NULL || strcmp(stream, ours.text) == 0) && feed->from <= head) {
        return true;
    }
    (void)fl_error_set(
        out_error, FL_REFUSED,
        "this position is not one of this store, which was restored or made anew "
        "(stream %s): begin with from=0 and compare what you have",
        ours.text);
    return false;
}

void fl_http_changes(struct fl_http_request *request)
{
    struct fl_error error;
    struct feed *feed = fl_alloc_zeroed(1, sizeof *feed);
    if (feed == NULL) {
        (void)fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
        fl_http_reply_failure(request, FL_NO_MEMORY, &error);
        return;
    }
    feed->changes = json_array();
    enum fl_status status = read_feed(request, feed, &error);
    if (status != FL_OK) {
        fl_http_reply_failure(request, status, &error);
        feed_free(feed);
    } else if (!is_ours(request, feed, &error)) {
        fl_http_reply_error(request, 410, &error);
        feed_free(feed);
    } else if (go_on(request, feed, request->http->now_ms)) {
        feed_free(feed);
    } else {
        fl_http_wait(request, step_feed, feed, feed_free);
    }
}
