#include "odata_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "proto/record.h"

/* A row of an ordered query: what it is ordered by, and where it is. */
struct row {
    struct fl_key key;
    size_t record; /* of the set, for registers */
    struct fl_odata_value values[FL_ODATA_ORDERS_MAX];
    void *texts; /* what the values point into */
};

struct fl_odata_query {
    struct fl_node *node;
    const struct fl_type *type; /* during a call */
    uint32_t type_number;
    uint16_t configuration;
    struct fl_arena arena; /* of the expressions */
    struct fl_odata_filter filter;
    struct fl_odata_order order;
    const char *select;
    uint64_t top;
    uint64_t skip;
    bool has_top;
    bool count_only;
    bool wants_count;
    bool has_single; /* the filter names one object */
    struct fl_key single;
    struct fl_key at; /* the last one looked at */
    bool started;
    bool scanned;
    bool more;
    uint64_t matched;
    uint64_t page;
    uint64_t bytes;
    struct fl_key last_given;
    json_t *entities;
    struct fl_arena object_arena;
    struct row *rows;
    size_t row_count;
    size_t row_room;
};

/* --- asking --- */

static enum fl_status bind_step(
    const struct fl_type *type,
    struct fl_odata_step *step,
    struct fl_error *out_error)
{
    struct fl_odata_property property;
    enum fl_status status =
        fl_odata_property_find(type, step->name, &property, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (property.aspect == FL_ODATA_ASPECT_BYTES ||
        property.aspect == FL_ODATA_ASPECT_TYPE) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED, "%.*s cannot be compared: it is no value",
            (int)step->name.size, (const char *)step->name.data);
    }
    step->aspect = property.aspect;
    step->attribute = property.attribute == NULL ? 0 : property.attribute->number;
    return FL_OK;
}

/* The type that a cast names. */
static enum fl_status bind_literal(
    const struct fl_configuration *configuration,
    struct fl_odata_value *value,
    struct fl_error *out_error)
{
    const struct fl_type *type = NULL;
    if (value->kind != FL_ODATA_GUID || value->set.size == 0) {
        return FL_OK;
    }
    enum fl_status status =
        fl_odata_set_find(configuration, value->set, &type, out_error);
    value->type = status == FL_OK ? type->number : 0;
    return status == FL_NOT_FOUND ? FL_MALFORMED : status;
}

static enum fl_status read_filter(
    struct fl_odata_query *query,
    const char *text,
    struct fl_error *out_error)
{
    struct fl_odata_value value;
    if (text == NULL) {
        return FL_OK;
    }
    enum fl_status status = fl_odata_filter_parse(
        fl_bytes_of_text(text), &query->arena, &query->filter, out_error);
    for (size_t i = 0; i < query->filter.count && status == FL_OK; i++) {
        if (query->filter.steps[i].kind == FL_ODATA_NAME) {
            status = bind_step(query->type, &query->filter.steps[i], out_error);
        } else if (query->filter.steps[i].kind == FL_ODATA_LITERAL) {
            status = bind_literal(
                query->node->configuration, &query->filter.steps[i].value, out_error);
        }
    }
    if (status != FL_OK) {
        fl_error_prefix(out_error, "$filter");
        return status;
    }
    query->has_single = fl_kind_has_ref(query->type->kind) &&
                        fl_odata_filter_requires(&query->filter, "Ref_Key", &value) &&
                        value.kind == FL_ODATA_GUID;
    if (query->has_single) {
        query->single = (struct fl_key){.type = query->type->number, .id = value.uuid};
    }
    return FL_OK;
}

static enum fl_status read_order(
    struct fl_odata_query *query,
    const char *text,
    struct fl_error *out_error)
{
    if (text == NULL || query->count_only) {
        return FL_OK;
    }
    enum fl_status status =
        fl_odata_order_parse(fl_bytes_of_text(text), &query->order, out_error);
    for (size_t i = 0; i < query->order.count && status == FL_OK; i++) {
        query->order.parts[i].step.name = query->order.parts[i].name;
        status = bind_step(query->type, &query->order.parts[i].step, out_error);
    }
    /* Objects lie in the order of their refs already. */
    if (status == FL_OK && query->order.count == 1 &&
        query->order.parts[0].step.aspect == FL_ODATA_ASPECT_REF_KEY &&
        !query->order.parts[0].descending) {
        query->order.count = 0;
    }
    if (status != FL_OK) {
        fl_error_prefix(out_error, "$orderby");
    }
    return status;
}

static int digit_of(char letter)
{
    return letter >= '0' && letter <= '9'   ? letter - '0'
           : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                            : -1;
}

static enum fl_status read_token(
    struct fl_odata_query *query,
    const char *text,
    struct fl_error *out_error)
{
    uint8_t bytes[FL_KEY_BYTES] = {0};
    if (text == NULL) {
        return FL_OK;
    }
    bool is_good = strlen(text) == 2 * sizeof bytes;
    for (size_t i = 0; i < sizeof bytes && is_good; i++) {
        int high = digit_of(text[2 * i]);
        int low = digit_of(text[2 * i + 1]);
        is_good = high >= 0 && low >= 0;
        bytes[i] = (uint8_t)(is_good ? high * 16 + low : 0);
    }
    query->at = fl_key_decode(bytes);
    query->started = true;
    if (!is_good || query->at.type != query->type->number) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "$skiptoken is not one of this set: take it from odata.nextLink as it is");
    }
    return FL_OK;
}

static enum fl_status refuse_others(
    const struct fl_http_uri *uri,
    struct fl_error *out_error)
{
    static const char *const known[] = {"$filter",      "$orderby",   "$top",
                                        "$skip",        "$skiptoken", "$select",
                                        "$inlinecount", "$format",    "allowedOnly"};
    const char *format = fl_http_uri_argument(uri, "$format");
    if (format != NULL && strncmp(format, "json", 4) != 0 &&
        strncmp(format, "application/json", 16) != 0) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "answers are JSON: $format=json, not $format=%.60s", format);
    }
    for (size_t i = 0; i < uri->argument_count; i++) {
        bool is_known = uri->arguments[i].name[0] != '$';
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
            is_known = is_known || strcmp(uri->arguments[i].name, known[k]) == 0;
        }
        if (!is_known) {
            return fl_error_set(
                out_error, FL_UNSUPPORTED,
                "%.60s is not handled; there are $filter, $orderby, $top, $skip, "
                "$select, $inlinecount and $format",
                uri->arguments[i].name);
        }
    }
    return FL_OK;
}

static enum fl_status read_page(
    struct fl_odata_query *query,
    const struct fl_http_uri *uri,
    struct fl_error *out_error)
{
    const char *count = fl_http_uri_argument(uri, "$inlinecount");
    query->wants_count = count != NULL && strcmp(count, "allpages") == 0;
    query->select = fl_http_uri_argument(uri, "$select");
    query->has_top = fl_http_uri_argument(uri, "$top") != NULL;
    enum fl_status status = fl_http_uri_number(
        uri, "$top", FL_ODATA_PAGE_MAX, FL_ODATA_TOP_MAX, &query->top, out_error);
    if (status == FL_OK) {
        status =
            fl_http_uri_number(uri, "$skip", 0, UINT64_MAX / 16, &query->skip, out_error);
    }
    query->page = query->top < FL_ODATA_PAGE_MAX ? query->top : FL_ODATA_PAGE_MAX;
    if (status == FL_OK && query->order.count > 0 &&
        query->skip + query->page > FL_ODATA_TOP_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT,
            "with $orderby, $skip and $top reach %d rows and no further; ask for a part "
            "by $filter, or page without $orderby by odata.nextLink",
            FL_ODATA_TOP_MAX);
    }
    return status;
}

enum fl_status fl_odata_query_new(
    struct fl_node *node,
    const struct fl_type *type,
    const struct fl_http_uri *uri,
    bool count_only,
    struct fl_odata_query **out_query,
    struct fl_error *out_error)
{
    struct fl_odata_query *query = fl_alloc_zeroed(1, sizeof *query);
    if (query == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    query->node = node;
    query->type = type;
    query->type_number = type->number;
    query->configuration = node->configuration_number;
    query->count_only = count_only;
    query->entities = json_array();
    fl_arena_init(&query->arena, FL_HTTP_URI_BYTES_MAX * 4);
    fl_arena_init(&query->object_arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status = refuse_others(uri, out_error);
    if (status == FL_OK) {
        status = read_filter(query, fl_http_uri_argument(uri, "$filter"), out_error);
    }
    if (status == FL_OK) {
        status = read_order(query, fl_http_uri_argument(uri, "$orderby"), out_error);
    }
    if (status == FL_OK) {
        status = read_page(query, uri, out_error);
    }
    if (status == FL_OK) {
        status = read_token(query, fl_http_uri_argument(uri, "$skiptoken"), out_error);
    }
    if (status != FL_OK) {
        fl_odata_query_free(query);
        return status;
    }
    *out_query = query;
    return FL_OK;
}

void fl_odata_query_free(void *memory)
{
    struct fl_odata_query *query = memory;
    if (query == NULL) {
        return;
    }
    for (size_t i = 0; i < query->row_count; i++) {
        fl_free(query->rows[i].texts);
    }
    fl_free(query->rows);
    json_decref(query->entities);
    fl_arena_deinit(&query->arena);
    fl_arena_deinit(&query->object_arena);
    fl_free(query);
}

/* --- one object --- */

struct subject {
    const struct fl_odata_query *query;
    const struct fl_object *object;
    const struct fl_row *record; /* NULL: the object itself */
    uint64_t lsn;
};

static const struct fl_value *field_of(const struct subject *subject, uint32_t number)
{
    for (size_t i = 0; subject->record != NULL && i < subject->record->field_count; i++) {
        if (subject->record->fields[i].number == number) {
            return &subject->record->fields[i].value;
        }
    }
    return fl_object_field(subject->object, number);
}

static bool look_up(
    void *context,
    const struct fl_odata_step *step,
    struct fl_odata_value *out_value)
{
    const struct subject *subject = context;
    const struct fl_configuration *configuration = subject->query->node->configuration;
    if (step->aspect == FL_ODATA_ASPECT_REF_KEY) {
        *out_value = (struct fl_odata_value){
            .kind = FL_ODATA_GUID, .uuid = subject->object->key.id};
        return true;
    }
    if (step->aspect == FL_ODATA_ASPECT_VERSION) {
        return false;
    }
    const struct fl_attribute *attribute =
        fl_type_attribute(subject->query->type, step->attribute);
    const struct fl_value *value = field_of(subject, step->attribute);
    struct fl_value empty = fl_value_empty(&attribute->type);
    if (value == NULL) {
        value = &empty;
    }
    return fl_odata_value_of(configuration, value, out_value);
}

static bool matches(struct subject *subject)
{
    return fl_odata_filter_matches(&subject->query->filter, look_up, subject);
}

/* --- ordered --- */

static int compare_rows(
    const struct fl_odata_query *query,
    const struct row *a,
    const struct row *b)
{
    for (size_t i = 0; i < query->order.count; i++) {
        int order = 0;
        if (!fl_odata_compare(&a->values[i], &b->values[i], &order)) {
            order = (int)a->values[i].kind - (int)b->values[i].kind;
        }
        if (order != 0) {
            return query->order.parts[i].descending ? -order : order;
        }
    }
    uint8_t a_key[FL_KEY_BYTES];
    uint8_t b_key[FL_KEY_BYTES];
    fl_key_encode(a->key, a_key);
    fl_key_encode(b->key, b_key);
    int order = memcmp(a_key, b_key, sizeof a_key);
    return order != 0 ? order : (a->record > b->record) - (a->record < b->record);
}

/* The row's texts leave the object, which is forgotten. */
static bool own_texts(const struct fl_odata_query *query, struct row *row)
{
    size_t size = 0;
    for (size_t i = 0; i < query->order.count; i++) {
        size += row->values[i].kind == FL_ODATA_STRING ? row->values[i].text.size : 0;
    }
    uint8_t *texts = fl_alloc(size + 1);
    row->texts = texts;
    for (size_t i = 0; i < query->order.count && texts != NULL; i++) {
        struct fl_bytes *text = &row->values[i].text;
        if (row->values[i].kind == FL_ODATA_STRING && text->size > 0) {
            memcpy(texts, text->data, text->size);
            text->data = texts;
            texts += text->size;
        }
    }
    return row->texts != NULL;
}

/* Among the first skip + page rows, or not at all. */
static bool keep_row(struct fl_odata_query *query, struct subject *subject, size_t record)
{
    size_t most = (size_t)(query->skip + query->page + 1);
    struct row row = {.key = subject->object->key, .record = record};
    for (size_t i = 0; i < query->order.count; i++) {
        if (!look_up(subject, &query->order.parts[i].step, &row.values[i])) {
            row.values[i] = (struct fl_odata_value){.kind = FL_ODATA_NULL};
        }
    }
    size_t low = 0;
    size_t high = query->row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_rows(query, &query->rows[middle], &row) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == most) {
        return true;
    }
    if (query->row_count == query->row_room && query->row_room < most) {
        size_t room = query->row_room * 2 + 64;
        struct row *rows = fl_realloc(query->rows, room * sizeof *rows);
        if (rows == NULL) {
            return false;
        }
        query->rows = rows;
        query->row_room = room;
    }
    if (!own_texts(query, &row)) {
        return false;
    }
    if (query->row_count == most) {
        fl_free(query->rows[--query->row_count].texts);
    }
    memmove(
        &query->rows[low + 1], &query->rows[low],
        (query->row_count - low) * sizeof *query->rows);
    query->rows[low] = row;
    query->row_count++;
    return true;
}

/* --- walking --- */

/* One that matches, in the order of the walk. */
static bool give(
    struct fl_odata_query *query,
    const struct fl_object *object,
    uint64_t lsn,
    size_t record)
{
    json_t *entities = json_array();
    bool done = fl_odata_entities(query->node->configuration, object, lsn, entities);
    json_t *entity = json_array_get(entities, record);
    done = done && entity != NULL;
    if (done && query->select != NULL) {
        fl_odata_select(entity, query->select);
    }
    done = done && json_array_append(query->entities, entity) == 0;
    json_decref(entities);
    return done;
}

static bool is_full(const struct fl_odata_query *query)
{
    return json_array_size(query->entities) >= query->page ||
           query->bytes > FL_ODATA_PAGE_BYTES;
}

static enum fl_status visit(
    struct fl_odata_query *query,
    const struct fl_entry *entry,
    struct fl_error *out_error)
{
    struct fl_object object;
    fl_arena_reset(&query->object_arena);
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, &query->object_arena, &object);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    size_t count = fl_odata_entity_count(query->type, &object);
    const struct fl_section *records = fl_object_section(&object, FL_SECTION_RECORDS);
    bool apart = fl_kind_is_register(query->type->kind) && !query->type->by_recorder;
    bool given = false;
    for (size_t i = 0; i < count; i++) {
        struct subject subject = {
            query, &object, apart ? &records->rows[i] : NULL, entry->lsn};
        if (!matches(&subject)) {
            continue;
        }
        query->matched++;
        bool done = true;
        if (query->count_only) {
            continue;
        }
        if (query->order.count > 0) {
            done = keep_row(query, &subject, i);
        } else if (query->matched > query->skip && (!is_full(query) || given)) {
            /* Records of one set stay together: a token names sets. */
            done = give(query, &object, entry->lsn, i);
            query->bytes += entry->record.size;
            query->last_given = entry->key;
            given = true;
        } else if (query->matched > query->skip) {
            query->more = true;
        }
        if (!done) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
    }
    return FL_OK;
}

static bool is_enough(const struct fl_odata_query *query)
{
    return query->more && !query->wants_count;
}

static enum fl_status walk_slice(
    struct fl_odata_query *query,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    struct fl_object_walk walk = {0};
    struct fl_entry entry;
    enum fl_status status = FL_OK;
    fl_object_walk_begin(
        &walk, txn,
        query->started ? query->at : (struct fl_key){.type = query->type->number});
    for (size_t i = 0; i < FL_ODATA_SLICE_OBJECTS && status == FL_OK; i++) {
        status = fl_object_walk_next(&walk, &entry);
        if (status == FL_NOT_FOUND ||
            (status == FL_OK && entry.key.type != query->type->number)) {
            query->scanned = true;
            status = FL_OK;
            break;
        }
        if (status != FL_OK) {
            (void)fl_error_set(out_error, status, "an object here does not read");
            break;
        }
        bool is_behind = query->started && fl_key_equal(entry.key, query->at);
        query->at = entry.key;
        query->started = true;
        if (!is_behind && (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0) {
            status = visit(query, &entry, out_error);
        }
        if (is_enough(query)) {
            query->scanned = true;
            break;
        }
    }
    fl_object_walk_end(&walk);
    return status;
}

static enum fl_status look_at_single(
    struct fl_odata_query *query,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    struct fl_entry entry;
    enum fl_status status = fl_object_get(txn, query->single, &entry);
    query->scanned = true;
    if (status == FL_NOT_FOUND ||
        (status == FL_OK &&
         (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0)) {
        return FL_OK;
    }
    return status == FL_OK
               ? visit(query, &entry, out_error)
               : fl_error_set(out_error, status, "an object here does not read");
}

/* The rows of an ordered query, as they are now; what is gone meanwhile is left out. */
static enum fl_status give_rows(
    struct fl_odata_query *query,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    size_t last = (size_t)(query->skip + query->page);
    query->more = query->row_count > last;
    for (size_t i = (size_t)query->skip; i < query->row_count && i < last; i++) {
        struct fl_object object;
        struct fl_entry entry;
        fl_arena_reset(&query->object_arena);
        enum fl_status status = fl_change_current(
            txn, query->rows[i].key, &query->object_arena, &object, &entry, out_error);
        if (status == FL_NOT_FOUND) {
            continue;
        }
        if (status != FL_OK) {
            return status;
        }
        if (query->rows[i].record < fl_odata_entity_count(query->type, &object) &&
            !give(query, &object, entry.lsn, query->rows[i].record)) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
    }
    return FL_OK;
}

enum fl_status fl_odata_query_run(
    struct fl_odata_query *query,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    *out_done = false;
    if (query->configuration != query->node->configuration_number) {
        return fl_error_set(
            out_error, FL_BUSY, "another configuration was loaded meanwhile; ask again");
    }
    /* The node may have read its configuration anew; numbers are the same. */
    query->type = fl_configuration_type(query->node->configuration, query->type_number);
    fl_txn_begin(&txn, query->node->store, FL_TXN_READ);
    enum fl_status status = query->has_single ? look_at_single(query, &txn, out_error)
                                              : walk_slice(query, &txn, out_error);
    if (status == FL_OK && query->scanned && query->order.count > 0) {
        status = give_rows(query, &txn, out_error);
    }
    fl_txn_abort(&txn);
    *out_done = query->scanned;
    return status;
}

json_t *fl_odata_query_take(struct fl_odata_query *query)
{
    json_t *entities = query->entities;
    query->entities = NULL;
    return entities;
}

uint64_t fl_odata_query_count(const struct fl_odata_query *query)
{
    return query->matched;
}

bool fl_odata_query_wants_count(const struct fl_odata_query *query)
{
    return query->wants_count;
}

bool fl_odata_query_next(
    const struct fl_odata_query *query,
    const char **out_argument,
    char out_value[FL_KEY_BYTES * 2 + 1],
    uint64_t *out_top_left)
{
    uint8_t bytes[FL_KEY_BYTES];
    uint64_t given = json_array_size(query->entities);
    if (!query->more || (query->has_top && query->top <= given)) {
        return false;
    }
    *out_top_left = query->has_top ? query->top - given : 0;
    if (query->order.count > 0) {
        *out_argument = "$skip";
        snprintf(out_value, FL_KEY_BYTES * 2 + 1, "%" PRIu64, query->skip + query->page);
        return true;
    }
    *out_argument = "$skiptoken";
    fl_key_encode(query->last_given, bytes);
    fl_bytes_hex((struct fl_bytes){bytes, sizeof bytes}, out_value);
    return true;
}
