#include "kd2_search.h"

#include <string.h>

#include "change.h"
#include "proto/limits.h"
#include "proto/record.h"
#include "walk.h"

enum { DATE_BYTES = FL_DATETIME_TEXT_BYTES };

void fl_kd2_search_init(struct fl_kd2_search *search, struct fl_node *node)
{
    search->node = node;
    search->txn = NULL;
    search->count = 0;
    search->recent_count = 0;
}

void fl_kd2_search_deinit(struct fl_kd2_search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        fl_lookup_deinit(&search->indexes[i]->lookup);
        fl_free(search->indexes[i]);
    }
    search->count = 0;
}

static int64_t year_of(int64_t date)
{
    char text[DATE_BYTES];
    int64_t first = date;
    fl_datetime_format(date, text);
    memcpy(text + 4, "-01-01T00:00:00", strlen("-01-01T00:00:00"));
    (void)fl_datetime_parse((struct fl_bytes){(uint8_t *)text, 19}, &first);
    return first;
}

static uint64_t hash_of(
    const struct fl_kd2_index *index,
    const struct fl_type *type,
    const struct fl_object *object)
{
    struct fl_value values[FL_LOOKUP_ATTRIBUTES_MAX];
    for (size_t i = 0; i < index->count; i++) {
        const struct fl_attribute *attribute =
            fl_type_attribute(type, index->attributes[i]);
        const struct fl_value *value = fl_object_field(object, index->attributes[i]);
        values[i] = value == NULL ? fl_value_empty(&attribute->type) : *value;
        if (index->by_year && values[i].kind == FL_VALUE_DATE) {
            values[i].date = year_of(values[i].date);
        }
    }
    return fl_lookup_hash(values, index->count);
}

struct building {
    struct fl_kd2_index *index;
    const struct fl_type *type;
    struct fl_arena arena;
};

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct building *building = context;
    struct fl_object object;
    (void)txn;
    (void)out_stop;
    fl_arena_reset(&building->arena);
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, &building->arena, &object);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    uint64_t hash = hash_of(building->index, building->type, &object);
    if (fl_lookup_find(&building->index->lookup, hash) == NULL &&
        fl_lookup_add(&building->index->lookup, hash, entry->key.id) == NULL) {
        return fl_error_set(
            out_error, FL_NO_MEMORY, "there is no room for the index of keys");
    }
    return FL_OK;
}

static void add(
    struct fl_kd2_index *index,
    const struct fl_type *type,
    const struct fl_object *object)
{
    uint64_t hash = hash_of(index, type, object);
    if (fl_lookup_find(&index->lookup, hash) == NULL) {
        (void)fl_lookup_add(&index->lookup, hash, object->key.id);
    }
}

/* What the transaction holds that is not committed yet. */
static void add_recent(struct fl_kd2_search *search, struct building *building)
{
    size_t count =
        search->recent_count < FL_KD2_RECENT ? search->recent_count : FL_KD2_RECENT;
    for (size_t i = 0; i < count && search->txn != NULL; i++) {
        struct fl_object object;
        fl_arena_reset(&building->arena);
        if (search->recent[i].type == building->type->number &&
            fl_change_current(
                search->txn, search->recent[i], &building->arena, &object, NULL, NULL) ==
                FL_OK) {
            add(building->index, building->type, &object);
        }
    }
}

static enum fl_status build(
    struct fl_kd2_search *search,
    struct fl_kd2_index *index,
    const struct fl_type *type,
    struct fl_error *out_error)
{
    struct building building = {.index = index, .type = type};
    fl_arena_init(&building.arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status =
        fl_walk_objects(search->node->store, type->number, visit, &building, out_error);
    if (status == FL_OK) {
        add_recent(search, &building);
    }
    fl_arena_deinit(&building.arena);
    return status;
}

static bool is_index_of(
    const struct fl_kd2_index *index,
    const struct fl_kd2_index *wanted)
{
    return index->type == wanted->type && index->count == wanted->count &&
           index->by_year == wanted->by_year &&
           memcmp(
               index->attributes, wanted->attributes,
               index->count * sizeof index->attributes[0]) == 0;
}

static enum fl_status find_index(
    struct fl_kd2_search *search,
    const struct fl_kd2_index *wanted,
    const struct fl_type *type,
    struct fl_kd2_index **out_index,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < search->count; i++) {
        if (is_index_of(search->indexes[i], wanted)) {
            *out_index = search->indexes[i];
            return FL_OK;
        }
    }
    struct fl_kd2_index *index =
        search->count == FL_KD2_INDEXES_MAX ? NULL : fl_alloc_zeroed(1, sizeof *index);
    if (index == NULL) {
        return fl_error_set(
            out_error, FL_LIMIT, "objects are searched for in more than %d ways",
            (int)FL_KD2_INDEXES_MAX);
    }
    *index = *wanted;
    fl_lookup_init(&index->lookup, search->node->directory);
    search->indexes[search->count++] = index;
    *out_index = index;
    return build(search, index, type, out_error);
}

/* What is asked for, without what is empty: 1C would find whoever has nothing there. */
static void choose(
    struct fl_kd2_index *wanted,
    const struct fl_type *type,
    const struct fl_object *given,
    const uint32_t *attributes,
    size_t attribute_count,
    bool equal_date)
{
    bool has_number = false;
    bool has_date = false;
    *wanted = (struct fl_kd2_index){.type = type->number};
    for (size_t i = 0; i < attribute_count && wanted->count < FL_LOOKUP_ATTRIBUTES_MAX;
         i++) {
        const struct fl_attribute *attribute = fl_type_attribute(type, attributes[i]);
        if (attribute == NULL || fl_object_field(given, attributes[i]) == NULL ||
            attribute->role == FL_ROLE_IS_FOLDER ||
            attribute->role == FL_ROLE_DELETION_MARK) {
            continue;
        }
        has_number = has_number || attribute->role == FL_ROLE_NUMBER;
        has_date = has_date || attribute->role == FL_ROLE_DATE;
        wanted->attributes[wanted->count++] = attributes[i];
    }
    wanted->by_year = has_number && has_date && wanted->count == 2 && !equal_date;
}

enum fl_status fl_kd2_search_find(
    struct fl_kd2_search *search,
    const struct fl_type *type,
    const struct fl_object *given,
    const uint32_t *attributes,
    size_t attribute_count,
    bool equal_date,
    struct fl_uuid *out_id,
    struct fl_error *out_error)
{
    struct fl_kd2_index wanted;
    struct fl_kd2_index *index = NULL;
    choose(&wanted, type, given, attributes, attribute_count, equal_date);
    if (wanted.count == 0) {
        return FL_NOT_FOUND;
    }
    enum fl_status status = find_index(search, &wanted, type, &index, out_error);
    if (status != FL_OK) {
        return status;
    }
    const struct fl_lookup_item *item =
        fl_lookup_find(&index->lookup, hash_of(index, type, given));
    if (item == NULL) {
        return FL_NOT_FOUND;
    }
    *out_id = item->id;
    return FL_OK;
}

void fl_kd2_search_add(struct fl_kd2_search *search, const struct fl_object *object)
{
    const struct fl_type *type =
        fl_configuration_type(search->node->configuration, object->key.type);
    for (size_t i = 0; i < search->count && type != NULL; i++) {
        struct fl_kd2_index *index = search->indexes[i];
        if (index->type == object->key.type) {
            add(index, type, object);
        }
    }
    search->recent[search->recent_count++ % FL_KD2_RECENT] = object->key;
}
